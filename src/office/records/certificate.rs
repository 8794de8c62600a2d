//! Ends a disposal: backups aged out, the certificate written, sealed and itself filed (R5).

use super::decide::{disposal, wrong_state};
use super::error::FilingError;
use super::views::NewRecord;
use super::{KEEPERS, allow};
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{CertificateItem, DisposalCertificate, DisposalRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{DisposalState, ItemState};

impl Office {
    /// Certifies a drained disposal (R5): confirms that backups have aged out, writes the certificate, seals it with the
    /// official seal, and files it in the record file given. Returns the certificate's record.
    ///
    /// May be repeated after a crash; the certificate is filed once.
    pub async fn certify_disposal(
        &self,
        actor: &Actor,
        id: DisposalId,
        file: RecordFileId,
    ) -> Result<RecordId, OfficeError> {
        allow(actor, KEEPERS)?;
        let row = self.wait_for_backups(actor, id).await?;
        if let Some(record) = row.certificate {
            return Ok(record);
        }
        let number = format!("disposal-{id}");
        let earlier = self.begin().await?.find_records(&number, 10).await?;
        let earlier = earlier.into_iter().find(|found| found.record.number.as_deref() == Some(number.as_str()));
        let record = match earlier {
            Some(found) => found.record.id,
            None => {
                let model = self.certificate_model(&row).await?;
                let pdf = self.sealed_certificate(&model).await?;
                let new = NewRecord {
                    file,
                    title: format!("廃棄証明書 {}", model.disposed_until),
                    number: Some(number),
                    created: self.today(),
                    original_name: format!("disposal-certificate-{id}.pdf"),
                    media_type: "application/pdf".to_owned(),
                    bytes: pdf,
                    validation_report: None,
                    notice: None,
                };
                self.file_record(actor, new).await?.record
            }
        };
        self.write_certified(actor, id, record).await?;
        Ok(record)
    }

    /// Moves a drained disposal on: its items and tombstones are confirmed once no backup can hold the records.
    async fn wait_for_backups(&self, actor: &Actor, id: DisposalId) -> Result<DisposalRow, OfficeError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        match row.state {
            DisposalState::Certified => return Ok(row),
            DisposalState::Drained => {
                row.state = DisposalState::WaitBackups;
                tx.put_disposal(&row).await?;
                tx.append(self.entry(actor, "disposal.waiting-for-backups", id)?).await?;
            }
            DisposalState::WaitBackups => {}
            other => return Err(wrong_state(id, other, "drained")),
        }
        let horizon = jiff::SignedDuration::from_hours(24 * i64::from(self.disposal_policy().backup_horizon_days));
        let aged = row.drained_at.and_then(|drained| drained.checked_add(horizon).ok());
        let Some(aged) = aged else { return Err(wrong_state(id, row.state, "drained at a known time")) };
        if now < aged {
            tx.commit().await?;
            return Err(FilingError::BackupsNotAged(aged).into());
        }
        for mut item in tx.items(id).await? {
            if item.state == ItemState::PrimaryGone {
                item.state = ItemState::Confirmed;
                tx.put_item(&item).await?;
            }
        }
        for mut stone in tx.tombstones(id).await? {
            if stone.confirmed_at.is_none() {
                stone.confirmed_at = Some(now);
                tx.put_tombstone(&stone).await?;
            }
        }
        tx.append(self.entry(actor, "disposal.confirmed", id)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn certificate_model(&self, row: &DisposalRow) -> Result<DisposalCertificate, OfficeError> {
        let id = row.plan.id;
        let mut tx = self.begin().await?;
        let register = tx.disposal_register().await?;
        let stones = tx.tombstones(id).await?;
        let items: Vec<CertificateItem> = register
            .into_iter()
            .filter(|entry| entry.disposal == id)
            .map(|entry| CertificateItem {
                title: entry.title,
                class: entry.class,
                period: entry.period,
                expires_on: entry.expires_on,
                records: entry.records,
                disposed_on: entry.disposed_on,
            })
            .collect();
        let proposer = person(&mut *tx, Some(row.proposer)).await?;
        let approver_1 = person(&mut *tx, row.approval_1.as_ref().map(|approval| approval.by)).await?;
        let approver_2 = person(&mut *tx, row.approval_2.as_ref().map(|approval| approval.by)).await?;
        Ok(DisposalCertificate {
            disposal: id,
            list_hash: row.plan.list_hash.clone(),
            planned_on: row.plan.as_of,
            disposed_until: items.iter().map(|item| item.disposed_on).max().unwrap_or(row.plan.as_of),
            issued_on: self.today(),
            office: self.settings().office_name.clone(),
            decided_by: vec![proposer, approver_1, approver_2],
            records: stones.len() as u64,
            checks: stones.iter().map(|stone| stone.evidence.checks.len() as u64).sum(),
            items,
        })
    }

    async fn write_certified(&self, actor: &Actor, id: DisposalId, record: RecordId) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        if row.state == DisposalState::Certified {
            return Ok(());
        }
        row.state = DisposalState::Certified;
        row.certificate = Some(record);
        tx.put_disposal(&row).await?;
        tx.append(self.entry(actor, "disposal.certified", id)?.with("record", record)?).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Returns the name of a person as the certificate shows it.
async fn person(tx: &mut dyn Transaction, user: Option<crate::id::UserId>) -> Result<String, OfficeError> {
    let Some(user) = user else { return Ok(String::new()) };
    super::display_name(tx, user).await
}
