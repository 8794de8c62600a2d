//! Transfer (移管): a record file is handed to the archives, and our copy may go once their receipt names every record with
//! the hash that we hold. Nothing here destroys.

use super::bury::register_row;
use super::error::FilingError;
use super::files::unlisted;
use super::glance::Glances;
use super::plan::{candidate, onward};
use super::standing::{Measure, Standing};
use super::views::{TransferDraft, TransferList, TransferReceived};
use super::{KEEPERS, READERS, allow};
use crate::digest::Sha256Hex;
use crate::id::RecordFileId;
use crate::office::ports::{FileRow, RecordRow, Survey, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{
    Candidate, DisposalItem, Disposition, ReceiptLine, RecordFile, RecordState, Transfer, TransferReceipt,
    receipt_faults,
};
use std::collections::BTreeSet;

/// Files that are read at once in a walk through what has expired.
const PAGE: u32 = 500;

impl Office {
    /// Returns what is to be written out for the archives: every record of a file that may be transferred today. Changes
    /// nothing.
    pub async fn draft_transfer(&self, actor: &Actor, file: RecordFileId) -> Result<TransferDraft, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.read().await?;
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let standing = transferable(&mut *tx, &measure, file).await?;
        let item = ready(&measure, &standing)?;
        Ok(TransferDraft { item, records: standing.records })
    }

    /// Writes down that a file was handed over with the manifest of a hash: its records are in transfer from here on.
    ///
    /// To be called once everything that the draft names lies on the disk. What stands in the database must still be what
    /// was written out.
    pub async fn send_transfer(
        &self,
        actor: &Actor,
        draft: &TransferDraft,
        manifest_sha256: &Sha256Hex,
    ) -> Result<Transfer, OfficeError> {
        allow(actor, KEEPERS)?;
        let file = draft.item.file;
        let mut tx = self.begin().await?;
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let standing = transferable(&mut *tx, &measure, file).await?;
        if ready(&measure, &standing)? != draft.item {
            return Err(FilingError::TransferChanged(file).into());
        }
        for mut record in standing.records {
            record.record.state = onward(record.record.state, RecordState::InTransfer)?;
            tx.put_record(&record).await?;
        }
        let (sent_on, sent_by) = (measure.today, actor.user());
        let transfer = Transfer { sent_on, sent_by, manifest_sha256: manifest_sha256.clone(), receipt: None };
        put(&mut *tx, standing.row, Some(transfer.clone())).await?;
        let entry = self.entry(actor, "transfer.sent", file)?.with("manifest", manifest_sha256)?;
        tx.append(entry.with_number("records", draft.item.members.len() as u64)?).await?;
        tx.commit().await?;
        Ok(transfer)
    }

    /// Takes in the archives' receipt: where it names every record with the hash that we hold, and no other, the file is
    /// transferred, and our copy is due for destruction by the usual way. One line that is wrong, and nothing is done.
    ///
    /// With `try_only`, nothing is done either way.
    pub async fn receive_transfer(
        &self,
        actor: &Actor,
        file: RecordFileId,
        lines: &[ReceiptLine],
        receipt_sha256: &Sha256Hex,
        try_only: bool,
    ) -> Result<TransferReceived, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let (row, mut transfer, records) = under_way(&mut *tx, file).await?;
        let held = records.iter().map(|row| (row.record.id, row.record.sha256.clone())).collect();
        let faults = receipt_faults(&held, lines);
        if try_only || !faults.is_empty() {
            return Ok(TransferReceived { faults, is_done: false });
        }
        let references: BTreeSet<&String> = lines.iter().filter_map(|line| line.reference.as_ref()).collect();
        transfer.receipt = Some(TransferReceipt {
            sha256: receipt_sha256.clone(),
            references: references.into_iter().cloned().collect(),
            received_on: self.today(),
        });
        back_to_due(&mut *tx, row, records, Some(transfer)).await?;
        let standing = Measure::read_at_least_holds(&mut *tx, self.today()).await?.stand_by_id(&mut *tx, file).await?;
        let expired = standing.due.expires_on.ok_or(FilingError::TransferNotReady(file))?;
        let counted = standing.records.len() as u64;
        tx.add_to_register(&register_row(&standing, (counted, expired), None, self.today())).await?;
        let entry = self.entry(actor, "transfer.received", file)?.with("receipt", receipt_sha256)?;
        tx.append(entry.with_number("records", counted)?).await?;
        tx.commit().await?;
        Ok(TransferReceived { faults, is_done: true })
    }

    /// Calls a transfer off before its receipt came: the file is due as it was before.
    pub async fn cancel_transfer(&self, actor: &Actor, file: RecordFileId) -> Result<(), OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let (row, transfer, records) = under_way(&mut *tx, file).await?;
        back_to_due(&mut *tx, row, records, None).await?;
        let entry = self.entry(actor, "transfer.cancelled", file)?;
        tx.append(entry.with("manifest", transfer.manifest_sha256)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns what is due for the archives, and what was sent to them while we still have our copy.
    pub async fn transfers(&self, actor: &Actor) -> Result<TransferList, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let (measure, reader) = (Measure::read(&mut *tx, self.today()).await?, self.reader(actor));
        let (expired, mut after) = (Survey::ExpiredBefore(measure.today), None);
        let mut glances = Glances::read(&mut *tx, measure).await?;
        let asks = |file: &RecordFile| file.transfer.is_none() && file.asks_for_transfer();
        let mut to_send = Vec::new();
        loop {
            let page = tx.survey(expired, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.file.id);
            // Of what has expired most is for destruction; only the rest is judged.
            for surveyed in page.into_iter().filter(|one| asks(&one.file)) {
                let glance = glances.glance(&mut *tx, surveyed).await?;
                if glance.due.due {
                    to_send.push(glance.register_row(&reader));
                }
            }
        }
        drop(tx);
        Ok(TransferList { to_send, sent: self.surveyed(actor, Survey::Transfers, |_| true).await? })
    }
}

/// Returns a file that the archives are to have and do not have, and that no hold keeps here.
async fn transferable(
    tx: &mut dyn Transaction,
    measure: &Measure,
    file: RecordFileId,
) -> Result<Standing, OfficeError> {
    let row = unlisted(tx, file).await?;
    if row.file.transfer.is_some() {
        return Err(FilingError::Transferred(file).into());
    }
    if !row.file.asks_for_transfer() {
        return Err(FilingError::NotForTransfer(file).into());
    }
    let standing = measure.stand(tx, row).await?;
    if standing.held { Err(FilingError::TransferHeld(file).into()) } else { Ok(standing) }
}

/// Returns a file's records as a list would have them, if it is due and settled: what is asked of a file before its copy
/// may be destroyed is asked before it is handed over.
fn ready(measure: &Measure, standing: &Standing) -> Result<DisposalItem, OfficeError> {
    let candidate = Candidate { disposition: Disposition::Destroy, ..candidate(measure, standing) };
    let item = candidate.judge(measure.today).ok().filter(|item| !item.members.is_empty());
    Ok(item.ok_or(FilingError::TransferNotReady(standing.row.file.id))?)
}

/// Returns a file that was sent and has no receipt, with its records, all of them in transfer.
async fn under_way(
    tx: &mut dyn Transaction,
    file: RecordFileId,
) -> Result<(FileRow, Transfer, Vec<RecordRow>), OfficeError> {
    let row = tx.file(file).await?.ok_or(FilingError::NoSuchFile(file))?;
    let transfer = match &row.file.transfer {
        Some(transfer) if transfer.receipt.is_none() => transfer.clone(),
        Some(_) => return Err(FilingError::Transferred(file).into()),
        None => return Err(FilingError::NotInTransfer(file).into()),
    };
    let records = tx.records_in(file).await?;
    if records.iter().any(|row| row.record.state != RecordState::InTransfer) {
        return Err(FilingError::NotInTransfer(file).into());
    }
    Ok((row, transfer, records))
}

/// Ends a file's way: its records are due again.
async fn back_to_due(
    tx: &mut dyn Transaction,
    row: FileRow,
    records: Vec<RecordRow>,
    transfer: Option<Transfer>,
) -> Result<(), OfficeError> {
    for mut record in records {
        record.record.state = record.record.state.step(RecordState::Due)?;
        tx.put_record(&record).await?;
    }
    put(tx, row, transfer).await
}

/// Writes a file with how far it is on its way: its row says something else from here on.
async fn put(tx: &mut dyn Transaction, mut row: FileRow, transfer: Option<Transfer>) -> Result<(), OfficeError> {
    row.file.transfer = transfer;
    row.file.row_version = row.file.row_version.saturating_add(1);
    tx.put_file(&row).await?;
    Ok(())
}
