//! Buries what was destroyed: tombstones, the 移管・廃棄簿, the ledger, and the rows go, in one transaction (R5).

use super::decide::disposal;
use super::error::FilingError;
use super::run::{Carried, Gone};
use super::standing::{Measure, Standing, period_text};
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{AbsenceEvidence, DisposalRegisterRow, ItemRow, StoreError, Tombstone, Transaction};
use crate::office::{Office, OfficeError};
use crate::records::{ItemState, RecordState};
use crate::time::Date;
use std::collections::BTreeSet;

/// A file that is gone, as it stands in the transaction that buries it.
type Grave<'a> = (Standing, &'a ItemRow, &'a [AbsenceEvidence]);

impl Office {
    /// Buries files of one disposal in one transaction; where that fails each by itself, so that one row that cannot be
    /// read or written keeps no other from its tombstones.
    pub(super) async fn bury(&self, actor: &str, id: DisposalId, gone: Gone) -> Result<Carried, OfficeError> {
        let Gone { proven, stuck } = gone;
        let braked = match self.bury_together(actor, id, &proven).await {
            Err(first) if proven.len() > 1 => {
                for one in &proven {
                    self.bury_together(actor, id, std::slice::from_ref(one)).await.ok();
                }
                return Err(first);
            }
            done => done?,
        };
        let destroyed = proven.iter().map(|(item, _)| item.item.file).collect();
        Ok(Carried { destroyed, stuck, braked })
    }

    /// Buries files in one transaction. Returns whether the brake stopped the run.
    async fn bury_together(
        &self,
        actor: &str,
        id: DisposalId,
        proven: &[(ItemRow, Vec<AbsenceEvidence>)],
    ) -> Result<bool, OfficeError> {
        if proven.is_empty() {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let measure = Measure::read_at_least_holds(&mut *tx, self.today()).await?;
        let ids: Vec<RecordFileId> = proven.iter().map(|(item, _)| item.item.file).collect();
        let claimed = tx.items_among(id, &ids).await?.into_iter().filter(|item| item.state == ItemState::Claimed);
        let claimed: BTreeSet<RecordFileId> = claimed.map(|item| item.item.file).collect();
        let mut standings = measure.stand_all(&mut *tx, &ids).await?;
        let mut graves = Vec::new();
        for (item, proofs) in proven.iter().filter(|(item, _)| claimed.contains(&item.item.file)) {
            let file = item.item.file;
            let standing = standings.remove(&file).ok_or(FilingError::NoSuchFile(file))?;
            graves.push((standing, item, proofs.as_slice()));
        }
        self.write_tombstones(&mut *tx, actor, &graves).await?;
        remove(&mut *tx, &measure, graves).await?;
        let mut row = disposal(&mut *tx, id).await?;
        let braked = self.brake(&mut *tx, actor, &mut row).await?;
        tx.commit().await?;
        Ok(braked)
    }

    /// Writes what is left of the records, and the entries that say so.
    async fn write_tombstones(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        graves: &[Grave<'_>],
    ) -> Result<(), OfficeError> {
        let (mut stones, mut entries) = (Vec::new(), Vec::new());
        for (_, item, proofs) in graves {
            let (disposal, file) = (item.disposal, item.item.file);
            for (member, evidence) in item.item.members.iter().zip(*proofs) {
                let (record, package_sha256) = (member.record, member.package_sha256.clone());
                let entry = self.entry_by(actor, "record.destroyed", record)?.with("disposal", disposal)?;
                entries.push(entry.with("package", &package_sha256)?);
                let (evidence, destroyed_at) = (evidence.clone(), evidence.proven_at);
                stones.push(Tombstone {
                    record,
                    file,
                    disposal,
                    package_sha256,
                    destroyed_at,
                    evidence,
                    confirmed_at: None,
                });
            }
            let entry = self.entry_by(actor, "disposal.destroyed", file)?.with("disposal", disposal)?;
            entries.push(entry.with_number("records", item.item.members.len() as u64)?);
        }
        tx.put_tombstones(&stones).await?;
        tx.append_all(entries).await?;
        Ok(())
    }
}

/// Writes the files' lines of the 移管・廃棄簿 and removes the rows of their records, whose tombstones are written.
async fn remove(tx: &mut dyn Transaction, measure: &Measure, graves: Vec<Grave<'_>>) -> Result<(), OfficeError> {
    let (mut lines, mut files, mut items, mut records) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (mut standing, item, _) in graves {
        let file = item.item.file;
        let listed: BTreeSet<RecordId> = item.item.members.iter().map(|member| member.record).collect();
        let claimed = standing.records.iter().filter(|row| row.record.state == RecordState::Claimed);
        if claimed.map(|row| row.record.id).collect::<BTreeSet<_>>() != listed {
            // A row that the list does not name, or one too few: neither may go or stay unseen.
            return Err(FilingError::NotOnList(file).into());
        }
        let members = listed.len() as u64;
        let line = register_row(&standing, (members, item.item.expires_on), Some(item.disposal), measure.today);
        // What the archives have stands there since their receipt came, and once.
        if line.receipt.is_none() || !tx.complete_in_register(&line).await? {
            lines.push(line);
        }
        let notices =
            standing.records.iter().filter(|row| listed.contains(&row.record.id)).filter_map(|row| row.notice);
        for notice in notices {
            // A copy of the notice in the database must not outlive the record of it.
            tx.remove_notice_files(notice).await?;
            tx.remove_contact(notice).await?;
        }
        records += members;
        standing.row.destroyed_on = Some(measure.today);
        files.push(standing.row);
        items.push(ItemRow { state: ItemState::PrimaryGone, ..item.clone() });
    }
    tx.add_all_to_register(&lines).await?;
    let ids: Vec<RecordFileId> = files.iter().map(|row| row.file.id).collect();
    if tx.remove_claimed_records(&ids).await? != records {
        return Err(ids.first().map_or(StoreError::Conflict.into(), |file| FilingError::NotOnList(*file).into()));
    }
    tx.put_files(&files).await?;
    tx.put_items(&items).await?;
    Ok(())
}

/// Words a file's line of the 移管・廃棄簿, with how many records it has and its last day.
pub(super) fn register_row(
    standing: &Standing,
    (records, expires_on): (u64, Date),
    disposal: Option<DisposalId>,
    today: Date,
) -> DisposalRegisterRow {
    let file = &standing.row.file;
    DisposalRegisterRow {
        file: file.id,
        title: file.title.clone(),
        class: standing.class_path.clone(),
        period: period_text(file.terms.years),
        starts_on: standing.due.starts_on,
        expires_on,
        creator: file.creator.clone(),
        records,
        disposal,
        disposed_on: file.receipt().map_or(today, |receipt| receipt.received_on),
        receipt: file.receipt().cloned(),
    }
}
