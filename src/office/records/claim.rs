//! Claims files: the one transaction that tests every gate from the database and passes the point of no return (R5, R6).

use super::decide::{disposal, wrong_state};
use super::error::FilingError;
use super::holds::take_back;
use super::items::KnownList;
use super::standing::{Measure, Standing};
use crate::digest::Sha256Hex;
use crate::fault::Fault;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{DisposalRow, ItemClaim, ItemRow, PackageName, RecordRow, Transaction, Vault, VaultError};
use crate::office::{Office, OfficeError, Role, side_by_side};
use crate::records::{
    DisposalFacts, DisposalState, Gate, GraceFacts, ItemState, MemberFacts, OfficerFacts, RecordState, gates,
};
use crate::time::{Instant, japanese_date};
use std::collections::BTreeMap;

/// A file with its packages, to be looked at.
type Listed = (RecordFileId, Vec<(RecordId, PackageName, Sha256Hex)>);

/// A file whose packages were looked at, with the digest of each that was found sound; none for one that was not.
pub(super) struct Looked {
    file: RecordFileId,
    sound: BTreeMap<RecordId, Option<Sha256Hex>>,
}

/// What came of claiming some files.
pub(super) struct Claims {
    /// The disposal.
    pub(super) row: DisposalRow,
    /// The files that are claimed now.
    pub(super) items: Vec<ItemRow>,
    /// The files that went back, with the gates that were shut.
    pub(super) withdrawn: Vec<(RecordFileId, Vec<Gate>)>,
    /// Whether the brake stopped the run.
    pub(super) braked: bool,
}

/// What the gates of every file of one list ask for, read once in the transaction that claims.
struct Grounds {
    now: Instant,
    measure: Measure,
    officers: OfficerFacts,
    list_hash: (Option<Sha256Hex>, Option<Sha256Hex>),
    grace: GraceFacts,
}

impl Office {
    /// Claims files in one transaction that reads everything the gates ask for and tests them all for each file; one with
    /// a gate shut goes back in that same transaction. One that went back meanwhile by somebody else's deed is left alone.
    pub(super) async fn claim(
        &self,
        actor: &str,
        id: DisposalId,
        files: Vec<Looked>,
        list: &mut KnownList,
    ) -> Result<Claims, OfficeError> {
        let mut tx = self.begin().await?;
        // Read when the turn has come: what others wrote while this waited lies before it, and the gates are tested as of it.
        let now = self.now();
        let mut row = disposal(&mut *tx, id).await?;
        if row.state != DisposalState::Running {
            return Err(wrong_state(id, row.state, "running"));
        }
        self.trust_clock(&mut *tx, id, now).await?;
        let mut claims = Claims { row: row.clone(), items: Vec::new(), withdrawn: Vec::new(), braked: false };
        if self.brake(&mut *tx, actor, &mut row).await? {
            tx.commit().await?;
            return Ok(Claims { row, braked: true, ..claims });
        }
        let room = self.room(&mut *tx, &row).await?;
        let ids: Vec<RecordFileId> = files.iter().map(|looked| looked.file).collect();
        let items = tx.frozen_among(id, &ids).await?;
        let grounds = Grounds {
            now,
            measure: Measure::read(&mut *tx, japanese_date(now)).await?,
            officers: officers(&mut *tx, &row).await?,
            list_hash: (approved_hash(&row), Some(list.hash(&mut *tx, &row, &items).await?)),
            grace: GraceFacts { ends_at: row.grace_ends_at, now: Some(now) },
        };
        let mut standings = grounds.measure.stand_all(&mut *tx, &ids).await?;
        let mut items: BTreeMap<_, _> = items.into_iter().map(|(item, _)| (item.item.file, item)).collect();
        let mut open = Vec::new();
        for looked in files {
            if room.is_some_and(|room| open.len() as u64 >= room) {
                break;
            }
            let item = items.remove(&looked.file).filter(|item| item.state == ItemState::SealedOff);
            let Some(item) = item else { continue };
            let standing = standings.remove(&looked.file).ok_or(FilingError::NoSuchFile(looked.file))?;
            let shut = gates(&facts(&grounds, &standing, &item, &looked));
            if shut.is_empty() {
                open.push((item, standing.records));
                continue;
            }
            self.withdraw(&mut *tx, actor, item, standing, &shut).await?;
            claims.withdrawn.push((looked.file, shut));
        }
        claims.items = self.write_claims(&mut *tx, actor, &grounds, open).await?;
        tx.commit().await?;
        Ok(claims)
    }

    /// Takes a file back whose gates are not all open.
    async fn withdraw(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        item: ItemRow,
        standing: Standing,
        shut: &[Gate],
    ) -> Result<(), OfficeError> {
        let codes: Vec<String> = shut.iter().map(|gate| gate.code().to_owned()).collect();
        let entry = self.entry_by(actor, "disposal.withdrawn", item.item.file)?.with("disposal", item.disposal)?;
        take_back(tx, item, standing, codes.clone()).await?;
        tx.append(entry.with_words("because", codes)?).await?;
        Ok(())
    }

    /// Writes the claims of files all of whose gates are open.
    async fn write_claims(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        grounds: &Grounds,
        open: Vec<(ItemRow, Vec<RecordRow>)>,
    ) -> Result<Vec<ItemRow>, OfficeError> {
        let list = grounds.list_hash.0.as_ref().map(Sha256Hex::as_str).unwrap_or_default();
        let (mut entries, mut records, mut items) = (Vec::new(), Vec::new(), Vec::new());
        for (item, members) in open {
            let entry = self.entry_by(actor, "disposal.claimed", item.item.file)?.with("disposal", item.disposal)?;
            entries.push(entry.with("list", list)?);
            for mut record in members {
                record.record.state = record.record.state.step(RecordState::Claimed)?;
                records.push(record);
            }
            items.push(item);
        }
        tx.put_record_states(&records).await?;
        for (item, entry) in items.iter_mut().zip(tx.append_all(entries).await?) {
            item.state = ItemState::Claimed;
            item.claim = Some(ItemClaim { at: grounds.now, ledger_hash: entry.hash });
        }
        tx.put_items(&items).await?;
        Ok(items)
    }

    /// Looks at every package of some files just before they are claimed. A file of which something cannot be looked at
    /// now says nothing about it, and waits: it comes back with the code of the trouble.
    ///
    /// Not within the claim's transaction: a disk that hangs would keep holds from being placed. What lies between this
    /// look and the claim is the look at the rest of the same few files, the destruction of the few before them and the burial of
    /// those before these, and the wait for the turn to write. Bytes that go bad in that while are destroyed a moment later instead
    /// of being repaired first; a package that was replaced by another shuts the gate, as the claim knows the digest of what was
    /// seen.
    pub(super) async fn look(
        &self,
        items: &[ItemRow],
    ) -> Result<(Vec<Looked>, Vec<(RecordFileId, &'static str)>), OfficeError> {
        let ids: Vec<RecordFileId> = items.iter().map(|item| item.item.file).collect();
        let mut files: BTreeMap<RecordFileId, Listed> = ids.iter().map(|file| (*file, (*file, Vec::new()))).collect();
        for row in self.read().await?.records_among(&ids).await? {
            let (file, receipt) = (row.record.file, row.receipt);
            if let Some((_, packages)) = files.get_mut(&file) {
                packages.push((row.record.id, receipt.package, receipt.sealed_sha256));
            }
        }
        let mut files: Vec<Listed> = files.into_values().collect();
        // Side by side, as it is the processor that this waits for; the shorter it takes, the less lies in between.
        let looks =
            self.with_vault(move |vault| side_by_side(&mut files, |one| look_at(vault, one)).map_err(VaultError::from));
        let looks = looks.await?;
        let (mut looked, mut passed_over) = (Vec::new(), Vec::new());
        for look in looks {
            match look {
                Ok(file) => looked.push(file),
                Err((file, trouble)) => passed_over.push((file, trouble.code())),
            }
        }
        Ok((looked, passed_over))
    }
}

/// Looks at every package of one file.
fn look_at(vault: &dyn Vault, (file, packages): &Listed) -> Result<Looked, (RecordFileId, VaultError)> {
    let mut sound = BTreeMap::new();
    for (record, package, sha256) in packages {
        let health = vault.check(*package, sha256).map_err(|trouble| (*file, trouble))?;
        if let Some(place) = health.unread() {
            return Err((*file, VaultError::Unread { package: *package, place }));
        }
        sound.insert(*record, health.is_sound().then(|| sha256.clone()));
    }
    Ok(Looked { file: *file, sound })
}

/// Returns the hash that both approvers approved.
fn approved_hash(row: &DisposalRow) -> Option<Sha256Hex> {
    let (first, second) = (row.approval_1.as_ref()?, row.approval_2.as_ref()?);
    (first.list_hash == second.list_hash).then(|| second.list_hash.clone())
}

fn facts(grounds: &Grounds, standing: &Standing, item: &ItemRow, looked: &Looked) -> DisposalFacts {
    let (file, measure) = (&standing.row.file, &grounds.measure);
    let members = standing.records.iter().map(|row| {
        let listed = item.item.members.iter().find(|member| member.record == row.record.id);
        let same_package = listed.is_some_and(|member| member.package_sha256 == row.receipt.sealed_sha256);
        let seen = looked.sound.get(&row.record.id);
        MemberFacts {
            record: row.record.id,
            listed: listed.is_some(),
            state: Some(row.record.state),
            row_version: (listed.map(|member| member.row_version), Some(row.record.row_version)),
            package_sound: seen.map(|seen| same_package && seen.as_ref() == Some(&row.receipt.sealed_sha256)),
        }
    });
    DisposalFacts {
        file: file.id,
        trusted_today: Some(measure.today),
        due: Some(standing.due.clone()),
        held: Some(standing.held),
        disposition: Some(file.present_action()),
        rule_current: measure.rule_is_current(file),
        appraised_for_destruction: file.appraised_for_destruction(),
        board_required: Some(file.board_required),
        board_consented: Some(file.board_consent.is_some_and(|day| day <= measure.today)),
        item_state: Some(item.state),
        row_version: (Some(item.item.row_version), Some(file.row_version)),
        list_hash: grounds.list_hash.clone(),
        officers: grounds.officers.clone(),
        grace: grounds.grace,
        members: Some(members.collect()),
        listed_members: Some(item.item.members.len()),
    }
}

/// Asks again whether proposer and approvers are active and in role.
async fn officers(tx: &mut dyn Transaction, row: &DisposalRow) -> Result<OfficerFacts, OfficeError> {
    let approver_1 = row.approval_1.as_ref().map(|approval| approval.by);
    let approver_2 = row.approval_2.as_ref().map(|approval| approval.by);
    let mut in_role = true;
    for user in [Some(row.proposer), approver_1, approver_2] {
        in_role &= match user {
            Some(user) => {
                tx.account(user).await?.is_some_and(|row| row.enabled && row.roles.contains(&Role::RecordsManager))
            }
            None => false,
        };
    }
    Ok(OfficerFacts { proposer: Some(row.proposer), approver_1, approver_2, in_role: Some(in_role) })
}
