//! Changes who may see a record file or a record, and tells who read one (閲覧の範囲・閲覧の記録).

use super::error::FilingError;
use super::sight::{LISTED, READ, SEARCHED, VIEWED};
use super::{KEEPERS, allow, said};
use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId};
use crate::ledger::Entry;
use crate::office::ports::{FileRow, RecordRow, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::{AccessClass, AccessGrant, ClassStep, ClassWish, Grantee};
use crate::time::{Date, Instant};
use std::collections::BTreeMap;

/// Who may read who read.
const WITNESSES: &[Role] = &[Role::RecordsManager, Role::Auditor];

/// What has an access class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTarget {
    /// A record file.
    File(RecordFileId),
    /// A record, for a class of its own.
    Record(RecordId),
}

/// A change of who may see something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// Another class: a stricter one at once, a more open one when a second records manager wishes the same. The class that
    /// there is takes back a wish that waits.
    Class {
        /// The class.
        class: AccessClass,
        /// Why; for a more open class it must be said.
        reason: String,
    },
    /// The file lets somebody in.
    Grant {
        /// A login, or a section's name.
        to: String,
        /// The last day; none while it is needed.
        until: Option<Date>,
        /// Why.
        reason: String,
    },
    /// The file lets somebody in no more.
    Revoke {
        /// A login, or a section's name.
        from: String,
    },
}

/// Who may see something, after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessView {
    /// The file's class, or the record's own.
    pub class: AccessClass,
    /// A more open class that waits for a second records manager.
    pub waits: Option<AccessClass>,
    /// Whom a file lets in besides.
    pub grants: Vec<AccessGrant>,
}

/// One reading of a record, as the ledger tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReading {
    /// When.
    pub at: Instant,
    /// Who: an account, or the system.
    pub by: String,
    /// The name of the account today.
    pub name: Option<String>,
    /// What was read: `record.read` (bytes), `record.viewed`, `file.viewed` or `file.searched` (its title, in a list).
    pub what: String,
    /// The entry of the ledger.
    pub seq: u64,
}

impl Office {
    /// Changes who may see a record file, or the class of a record's own. Neither reasons nor names are in the ledger.
    ///
    /// # Errors
    /// [`RecordsError::SecondPerson`](crate::records::RecordsError::SecondPerson) where one person wishes a more open class
    /// twice; [`FilingError::NoSuchGrantee`] for neither an account nor the section of one.
    pub async fn change_access(
        &self,
        actor: &Actor,
        target: AccessTarget,
        change: AccessChange,
    ) -> Result<AccessView, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let view = match (target, change) {
            (AccessTarget::File(id), AccessChange::Class { class, reason }) => {
                let mut row = file(&mut *tx, id).await?;
                let before = row.file.access.class;
                let step = row.file.access.take(self.wish(actor, class, reason))?;
                tx.put_file(&row).await?;
                self.write_step(&mut *tx, actor, &id.to_string(), step, (before, class)).await?;
                view_of(&row)
            }
            (AccessTarget::Record(id), AccessChange::Class { class, reason }) => {
                let mut row = record(&mut *tx, id).await?;
                let before = own_class(&row);
                let step = row.record.take(self.wish(actor, class, reason))?;
                tx.put_record(&row).await?;
                self.write_step(&mut *tx, actor, &id.to_string(), step, (before, class)).await?;
                let waits = row.record.access.as_ref().and_then(|own| own.wish.as_ref()).map(|wish| wish.class);
                AccessView { class: own_class(&row), waits, grants: Vec::new() }
            }
            (AccessTarget::File(id), AccessChange::Grant { to, until, reason }) => {
                said(&reason, "reason")?;
                if let Some(later) = until.filter(|day| *day < self.today()) {
                    return Err(FilingError::DaysReversed { earlier: self.today(), later }.into());
                }
                let grant =
                    AccessGrant { to: grantee(&mut *tx, &to).await?, until, reason, by: actor.user(), at: self.now() };
                self.put_grant(&mut *tx, actor, id, grant).await?
            }
            (AccessTarget::File(id), AccessChange::Revoke { from }) => {
                let from = named(&mut *tx, &from).await?;
                self.take_back_grant(&mut *tx, actor, id, &from).await?
            }
            (AccessTarget::Record(id), AccessChange::Grant { .. } | AccessChange::Revoke { .. }) => {
                return Err(FilingError::GrantOnRecord(id).into());
            }
        };
        tx.commit().await?;
        Ok(view)
    }

    async fn put_grant(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: RecordFileId,
        grant: AccessGrant,
    ) -> Result<AccessView, OfficeError> {
        let mut row = file(tx, id).await?;
        let mut entry = self.entry(actor, "access.granted", id)?.with("to", word_of(&grant.to))?;
        if let Some(until) = grant.until {
            entry = entry.with("until", until)?;
        }
        row.file.access.grants.retain(|earlier| earlier.to != grant.to);
        row.file.access.grants.push(grant);
        tx.put_file(&row).await?;
        tx.append(entry).await?;
        Ok(view_of(&row))
    }

    async fn take_back_grant(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: RecordFileId,
        from: &Grantee,
    ) -> Result<AccessView, OfficeError> {
        let mut row = file(tx, id).await?;
        let before = row.file.access.grants.len();
        row.file.access.grants.retain(|grant| grant.to != *from);
        if row.file.access.grants.len() == before {
            return Err(FilingError::NotGranted(id).into());
        }
        tx.put_file(&row).await?;
        tx.append(self.entry(actor, "access.revoked", id)?.with("from", word_of(from))?).await?;
        Ok(view_of(&row))
    }

    /// Returns who read a record and when, as the ledger tells it, oldest first: its bytes, what it is, and the lists in
    /// which its title was shown while it, or its file, was restricted.
    pub async fn reads_of(&self, actor: &Actor, id: RecordId) -> Result<Vec<RecordReading>, OfficeError> {
        allow(actor, WITNESSES)?;
        let mut tx = self.read().await?;
        let (file, since) = match (tx.record(id).await?, tx.tombstone(id).await?) {
            (Some(row), _) => (row.record.file, Some(row.record.filed_at)),
            (None, Some(stone)) => (stone.file, None),
            (None, None) => return Err(FilingError::NoSuchRecord(id).into()),
        };
        let mut entries = tx.entries_about(&id.to_string()).await?;
        entries.retain(|entry| [READ, VIEWED].contains(&entry.verb.as_str()));
        // Before it was filed, no list of its file can have shown it.
        let of_file = tx.entries_about(&file.to_string()).await?.into_iter();
        let lists = of_file.filter(|entry| [LISTED, SEARCHED].contains(&entry.verb.as_str()));
        entries.extend(lists.filter(|entry| since.is_none_or(|since| entry.at >= since)));
        entries.sort_by_key(|entry| entry.seq);
        let names: BTreeMap<String, String> =
            tx.accounts().await?.into_iter().map(|account| (account.id.to_string(), account.name)).collect();
        Ok(entries.into_iter().map(|entry| reading(entry, &names)).collect())
    }

    fn wish(&self, actor: &Actor, class: AccessClass, reason: String) -> ClassWish {
        ClassWish { class, reason, by: actor.user(), at: self.now() }
    }

    async fn write_step(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        subject: &str,
        step: ClassStep,
        (before, wished): (AccessClass, AccessClass),
    ) -> Result<(), OfficeError> {
        let verb = match step {
            ClassStep::Unchanged => return Ok(()),
            ClassStep::TakenBack => "access.kept",
            ClassStep::Raised => "access.raised",
            ClassStep::Wished => "access.lowering-wished",
            ClassStep::Lowered => "access.lowered",
        };
        let entry = self.entry(actor, verb, subject)?.with("from", before.word())?;
        tx.append(entry.with("to", wished.word())?).await?;
        Ok(())
    }
}

fn reading(entry: Entry, names: &BTreeMap<String, String>) -> RecordReading {
    let by = entry.actor.as_str().to_owned();
    RecordReading {
        at: entry.at,
        name: names.get(&by).cloned(),
        by,
        what: entry.verb.as_str().to_owned(),
        seq: entry.seq,
    }
}

fn view_of(row: &FileRow) -> AccessView {
    let access = &row.file.access;
    let waits = access.wish.as_ref().map(|wish| wish.class);
    AccessView { class: access.class, waits, grants: access.grants.clone() }
}

fn own_class(row: &RecordRow) -> AccessClass {
    row.record.access.as_ref().map_or(AccessClass::Public, |own| own.class)
}

async fn file(tx: &mut dyn Transaction, id: RecordFileId) -> Result<FileRow, OfficeError> {
    Ok(tx.file(id).await?.ok_or(FilingError::NoSuchFile(id))?)
}

async fn record(tx: &mut dyn Transaction, id: RecordId) -> Result<RecordRow, OfficeError> {
    Ok(tx.record(id).await?.ok_or(FilingError::NoSuchRecord(id))?)
}

/// Returns whom a login or a section's name means.
async fn grantee(tx: &mut dyn Transaction, text: &str) -> Result<Grantee, OfficeError> {
    let to = named(tx, text).await?;
    let Grantee::Section(section) = &to else { return Ok(to) };
    let is_there = tx.accounts().await?.iter().any(|account| account.section.trim() == section);
    if is_there && !section.is_empty() { Ok(to) } else { Err(FilingError::NoSuchGrantee.into()) }
}

/// Returns whom a login means, else a section of that name, whether there is one or not.
async fn named(tx: &mut dyn Transaction, text: &str) -> Result<Grantee, OfficeError> {
    let text = text.trim();
    let account = tx.account_of_login(text).await?;
    Ok(account.map_or_else(|| Grantee::Section(text.to_owned()), |account| Grantee::User(account.id)))
}

/// Names somebody in the ledger: an account by its identifier, a section by the hash of its name.
fn word_of(to: &Grantee) -> String {
    match to {
        Grantee::User(user) => format!("user:{user}"),
        Grantee::Section(section) => format!("section:{}", Sha256Hex::of(section.as_bytes())),
    }
}
