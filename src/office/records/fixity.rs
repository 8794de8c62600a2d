//! The fixity audit: every package, in every copy and with every key, is read and hashed within a term; what is damaged is
//! put right from a good copy, and what cannot be stays an alarm until it is settled.
//!
//! What was read when is in the database, so that a run goes on where the last one ended, whoever ran it. What could not be
//! read now is not damaged: it is neither put right nor counted as read, and tried again the day after.

use super::{KEEPERS, READERS, SYSTEM, allow};
use crate::fault::Fault;
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{
    CopyHealth, FixityCounts, FixityRow, FixityState, PackageHealth, RecordRow, Transaction, VaultError,
};
use crate::office::{Actor, Office, OfficeError};
use crate::time::Instant;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// A day: what is not sound is looked at again after one, and what is to be read is shared out over days.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The most alarms that are shown at once; all are counted.
const SHOWN: u32 = 200;

/// Within how many days every package is read (city).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixityPolicy {
    /// The term in whole days, from 1. A round is paced to take four fifths of it.
    pub term_days: u16,
}

impl Default for FixityPolicy {
    fn default() -> Self {
        Self { term_days: 90 }
    }
}

/// Where a run of the audit ends; the first bound that is reached ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditBounds {
    /// The most packages.
    pub records: u32,
    /// The most bytes, every copy counted.
    pub bytes: u64,
    /// The longest time.
    pub time: SignedDuration,
}

impl Default for AuditBounds {
    /// Every package once, however long that takes.
    fn default() -> Self {
        Self { records: u32::MAX, bytes: u64::MAX, time: SignedDuration::MAX }
    }
}

/// What a run of the audit did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditRun {
    /// How many packages were read to their end, in every copy and with every key.
    pub read: u64,
    /// How many bytes that were, keys left out.
    pub bytes: u64,
    /// Those of which a copy or key was put right.
    pub repaired: Vec<RecordId>,
    /// Those of which a copy or key could not be put right.
    pub damaged: Vec<RecordId>,
    /// Those that cannot be read back any more.
    pub lost: Vec<RecordId>,
    /// Those that could not be read to their end now.
    pub unread: Vec<RecordId>,
    /// The code of the trouble that ended the run: the vault could not be looked at.
    pub stopped: Option<&'static str>,
}

/// How the audit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FixityView {
    /// Within how many days every package is to be read.
    pub term_days: u16,
    /// How many records have packages.
    pub records: u64,
    /// When the package was read that was read longest ago.
    pub oldest_read_at: Option<Instant>,
    /// How many packages were put right within the term: a disk that needs this often is failing.
    pub repaired: u64,
    /// How many are not known to be sound.
    pub unsound: u64,
    /// How many were not read within the term.
    pub overdue: u64,
    /// What is wrong, the least recently read first; at most 200 of them.
    pub alarms: Vec<FixityAlarm>,
}

/// One thing that is wrong until it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FixityAlarm {
    /// `fixity-lost`, `fixity-damaged`, `fixity-unread` or `fixity-overdue`.
    pub code: &'static str,
    /// The record.
    pub record: RecordId,
    /// The file it is in.
    pub file: RecordFileId,
    /// Since when; for one that is overdue, when it was last read.
    pub since: Option<Instant>,
}

impl Office {
    /// Reads and hashes packages, the least recently read first, until a bound is reached or every one was read once.
    pub async fn audit_fixity(&self, actor: &Actor, bounds: AuditBounds) -> Result<AuditRun, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.read().await?;
        let unsettled = tx.unsettled_fixity(self.now(), bounds.records).await?;
        let sound = tx.next_to_audit(bounds.records).await?;
        drop(tx);
        self.audit(&actor.user().to_string(), in_turns(unsettled, sound), bounds).await
    }

    /// Does the share of an interval, so that every package has its turn within four fifths of the term; to be called once
    /// in each. What is behind is caught up with, in no more than a quarter of the interval.
    pub async fn audit_in_step(&self, interval: SignedDuration) -> Result<AuditRun, OfficeError> {
        let mut tx = self.read().await?;
        let counts = self.counts(&mut *tx).await?;
        let a_day = counts.records.saturating_mul(seconds(DAY)).div_ceil(seconds(self.round()));
        let a_step = a_day.saturating_mul(seconds(interval)).div_ceil(seconds(DAY));
        let share = a_step.min(a_day.saturating_sub(counts.recent)).max(counts.behind);
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        // What is not sound is looked at beside them, and takes nobody's turn.
        let mut queue = tx.unsettled_fixity(self.before(DAY), share.max(1)).await?;
        queue.extend(tx.next_to_audit(share).await?);
        drop(tx);
        let time = interval.checked_div(4).unwrap_or(interval);
        self.audit(SYSTEM, queue, AuditBounds { time, ..AuditBounds::default() }).await
    }

    /// Returns how the audit stands, and what is wrong.
    pub async fn fixity(&self, actor: &Actor) -> Result<FixityView, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let counts = self.counts(&mut *tx).await?;
        let alarms = self.fixity_alarms(&mut *tx, SHOWN).await?;
        let FixityCounts { records, unsound, overdue, repaired, oldest_read_at, .. } = counts;
        let term_days = self.settings.fixity.term_days;
        Ok(FixityView { term_days, records, oldest_read_at, repaired, unsound, overdue, alarms })
    }

    /// Returns what is wrong, the least recently read first.
    pub(super) async fn fixity_alarms(
        &self,
        tx: &mut dyn Transaction,
        limit: u32,
    ) -> Result<Vec<FixityAlarm>, OfficeError> {
        let rows = tx.fixity_alarms(self.before(self.term()), limit).await?;
        Ok(rows.into_iter().map(|(record, fixity)| alarm(&record, fixity)).collect())
    }

    async fn counts(&self, tx: &mut dyn Transaction) -> Result<FixityCounts, OfficeError> {
        Ok(tx.fixity_counts(self.before(self.term()), self.before(self.round()), self.before(DAY)).await?)
    }

    async fn audit(&self, who: &str, queue: Vec<RecordRow>, bounds: AuditBounds) -> Result<AuditRun, OfficeError> {
        // In a copy that nobody has confirmed a package may be gone for a reason that is not in it.
        drop(self.begin().await?);
        let end = self.now().checked_add(bounds.time).unwrap_or(Instant::MAX);
        let mut run = AuditRun::default();
        for (count, row) in queue.into_iter().enumerate() {
            if count >= bounds.records as usize || run.bytes >= bounds.bytes || self.now() >= end {
                break;
            }
            match self.audit_one(who, &row, &mut run).await {
                Ok(()) => {}
                Err(OfficeError::Vault(trouble)) => {
                    run.stopped = Some(trouble.code());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if run.read > 0 {
            let mut tx = self.begin().await?;
            let entry = self.entry_by(who, "fixity.audited", "vault")?.with_number("read", run.read)?;
            let entry = entry.with_number("bytes", run.bytes)?.with_number("repaired", run.repaired.len() as u64)?;
            let entry = entry.with_number("damaged", run.damaged.len() as u64)?;
            let entry = entry.with_number("lost", run.lost.len() as u64)?;
            tx.append(entry.with_number("unread", run.unread.len() as u64)?).await?;
            tx.commit().await?;
        }
        Ok(run)
    }

    async fn audit_one(&self, who: &str, row: &RecordRow, run: &mut AuditRun) -> Result<(), OfficeError> {
        let (id, package, sha256) = (row.record.id, row.receipt.package, row.receipt.sealed_sha256.clone());
        let health = match self.with_vault(move |vault| vault.check(package, &sha256)).await {
            Ok(health) => health,
            // The vault is not there as a whole: that says nothing of this package.
            Err(error @ OfficeError::Vault(VaultError::Layout(_))) => return Err(error),
            Err(OfficeError::Vault(_)) => return self.note_unread(id, run).await,
            Err(error) => return Err(error),
        };
        if health.unread().is_some() {
            return self.note_unread(id, run).await;
        }
        run.read += 1;
        run.bytes = run.bytes.saturating_add(row.receipt.sealed_size_bytes.saturating_mul(health.copies.len() as u64));
        if health.is_sound() {
            self.settle_fixity(who, id, FixityState::Sound, &health).await?;
            return Ok(());
        }
        let worst = if health.is_readable() { FixityState::Damaged } else { FixityState::Lost };
        if !self.settle_fixity(who, id, worst, &health).await? {
            // It was destroyed while this looked at it.
            return Ok(());
        }
        if worst == FixityState::Lost {
            run.lost.push(id);
        } else if self.repair_fixity(who, row).await? {
            run.repaired.push(id);
        } else {
            run.damaged.push(id);
        }
        Ok(())
    }

    /// Puts a package right, and writes down that it is. Returns whether it is.
    async fn repair_fixity(&self, who: &str, row: &RecordRow) -> Result<bool, OfficeError> {
        let (id, package, sha256) = (row.record.id, row.receipt.package, row.receipt.sealed_sha256.clone());
        match self.with_vault(move |vault| Ok(vault.repair(package, &sha256))).await? {
            Ok(health) if health.is_sound() => self.settle_fixity(who, id, FixityState::Sound, &health).await,
            // What stands in the way now does not for ever: the alarm stays, and the next look tries again.
            Ok(_) | Err(_) => Ok(false),
        }
    }

    /// Writes down how a package was found that was read to its end, with what the ledger is to know of it. Returns false
    /// where the record's bytes need not exist any more: then nothing is written.
    async fn settle_fixity(
        &self,
        who: &str,
        id: RecordId,
        state: FixityState,
        health: &PackageHealth,
    ) -> Result<bool, OfficeError> {
        let mut tx = self.begin().await?;
        if !keeps_bytes(&mut *tx, id).await? {
            return Ok(false);
        }
        let now = self.now();
        let before = tx.fixity(id).await?;
        let was = before.as_ref().map_or(FixityState::Sound, |row| row.state);
        let repaired_at = before.as_ref().and_then(|row| row.repaired_at);
        let mut row = FixityRow { repaired_at, ..FixityRow::sound(id, now) };
        if state != FixityState::Sound {
            row.state = state;
            row.since = before.and_then(|row| row.since).or(Some(now));
        }
        let verb = match (was, state) {
            (FixityState::Damaged | FixityState::Lost, FixityState::Sound) => {
                row.repaired_at = Some(now);
                Some("fixity.repaired")
            }
            (was, FixityState::Damaged) if was != FixityState::Damaged => Some("fixity.damaged"),
            (was, FixityState::Lost) if was != FixityState::Lost => Some("fixity.lost"),
            _ => None,
        };
        tx.put_fixity(&row).await?;
        if let Some(verb) = verb {
            let entry = self.entry_by(who, verb, id)?;
            tx.append(entry.with_words("places", health.places(|one| one != CopyHealth::Sound))?).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down that a package could not be read now: it stays as long unread as it was. What was known to be wrong
    /// with it is not forgotten.
    async fn note_unread(&self, id: RecordId, run: &mut AuditRun) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let Some(record) = tx.record(id).await?.filter(|row| row.record.state.keeps_bytes()) else { return Ok(()) };
        let before = tx.fixity(id).await?.unwrap_or(FixityRow::sound(id, record.record.filed_at));
        let state = if before.state == FixityState::Sound { FixityState::Unread } else { before.state };
        let since = before.since.or(Some(self.now()));
        tx.put_fixity(&FixityRow { state, since, looked_at: self.now(), ..before }).await?;
        tx.commit().await?;
        run.unread.push(id);
        Ok(())
    }

    fn term(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.settings.fixity.term_days))
    }

    /// How long a round takes: shorter than the term, so that a late turn is not yet an alarm.
    fn round(&self) -> SignedDuration {
        self.term() * 4 / 5
    }

    fn before(&self, time: SignedDuration) -> Instant {
        self.now().checked_sub(time).unwrap_or(Instant::MIN)
    }
}

/// Takes from two queues by turns, so that neither keeps the other waiting.
fn in_turns(one: Vec<RecordRow>, other: Vec<RecordRow>) -> Vec<RecordRow> {
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut queue = Vec::with_capacity(one.len() + other.len());
    while one.len() + other.len() > 0 {
        queue.extend(one.next());
        queue.extend(other.next());
    }
    queue
}

fn seconds(time: SignedDuration) -> u64 {
    u64::try_from(time.as_secs()).unwrap_or(0).max(1)
}

async fn keeps_bytes(tx: &mut dyn Transaction, id: RecordId) -> Result<bool, OfficeError> {
    Ok(tx.record(id).await?.is_some_and(|row| row.record.state.keeps_bytes()))
}

fn alarm(row: &RecordRow, fixity: Option<FixityRow>) -> FixityAlarm {
    let (record, file) = (row.record.id, row.record.file);
    let (code, since) = match fixity {
        Some(FixityRow { state: FixityState::Lost, since, .. }) => ("fixity-lost", since),
        Some(FixityRow { state: FixityState::Damaged, since, .. }) => ("fixity-damaged", since),
        Some(FixityRow { state: FixityState::Unread, since, .. }) => ("fixity-unread", since),
        Some(FixityRow { state: FixityState::Sound, read_at, .. }) => ("fixity-overdue", Some(read_at)),
        None => ("fixity-overdue", None),
    };
    FixityAlarm { code, record, file, since }
}
