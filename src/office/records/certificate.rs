//! Ends a disposal: backups aged out, the certificate written, sealed and itself filed (R5).

use super::decide::{disposal, wrong_state};
use super::error::FilingError;
use super::ingest::admitting;
use super::items::Items;
use super::views::NewRecord;
use super::{KEEPERS, allow};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::notices::SealUse;
use crate::office::ports::{CertifiedFile, DisposalCertificate, DisposalRow};
use crate::office::{Actor, Office, OfficeError};
use crate::pades::Level;
use crate::records::{AccessClass, DisposalState, ItemState};
use std::collections::BTreeSet;

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
        let new = NewRecord {
            file,
            title: format!("廃棄証明書（{} 決定）", row.plan.as_of),
            number: Some(format!("disposal-{id}")),
            created: self.today(),
            original_name: format!("disposal-certificate-{id}.pdf"),
            media_type: "application/pdf".to_owned(),
            bytes: Vec::new(),
            derivatives: Vec::new(),
            validation_report: None,
            notice: None,
            digitisation: None,
            access: self.access_of_certificate(id).await?,
        };
        let (record, filed) = self.reserve_certificate(actor, id, &new).await?;
        if !filed {
            let model = self.certificate_model(&row).await?;
            let bytes = self.sealed_certificate(actor, id, model).await?;
            self.file_as(actor, record, NewRecord { bytes, ..new }).await?;
        }
        self.write_certified(&actor.user().to_string(), id, record).await?;
        Ok(record)
    }

    /// Returns the class of a certificate of its own: it names the files, so that it is restricted where one of them is.
    async fn access_of_certificate(&self, id: DisposalId) -> Result<Option<AccessClass>, OfficeError> {
        let mut tx = self.read().await?;
        let restricted: BTreeSet<RecordFileId> =
            tx.restricted_files().await?.into_iter().map(|row| row.file.id).collect();
        let mut items = Items::all(id);
        while let Some(page) = items.next(&mut *tx).await? {
            if page.iter().any(|row| restricted.contains(&row.item.file)) {
                return Ok(Some(AccessClass::Restricted));
            }
        }
        Ok(None)
    }

    /// Chooses which record the certificate will be, before it is sealed; tells whether it is filed already. What a
    /// document says of itself, its number or its title, does not make it the certificate.
    async fn reserve_certificate(
        &self,
        actor: &Actor,
        id: DisposalId,
        new: &NewRecord,
    ) -> Result<(RecordId, bool), OfficeError> {
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        if let Some(record) = row.certificate_to_be
            && tx.record(record).await?.is_some()
        {
            return Ok((record, true));
        }
        // The seal is not used for a certificate that its file would not take.
        admitting(&mut *tx, new).await?;
        if let Some(record) = row.certificate_to_be {
            return Ok((record, false));
        }
        let record = RecordId::from_bytes(self.random()?);
        row.certificate_to_be = Some(record);
        tx.put_disposal(&row).await?;
        tx.append(self.entry(actor, "disposal.certificate-announced", id)?.with("record", record)?).await?;
        tx.commit().await?;
        Ok((record, false))
    }

    /// Moves a drained disposal on: its items and tombstones are confirmed once no backup can hold the records:
    /// neither by its age, nor by what the store of backups has.
    async fn wait_for_backups(&self, actor: &Actor, id: DisposalId) -> Result<DisposalRow, OfficeError> {
        // While the store of backups is away nobody can say that nothing is left in it.
        let oldest = self.oldest_backup().await?;
        let mut tx = self.begin().await?;
        let now = self.now();
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
        let horizon = jiff::SignedDuration::from_hours(24 * i64::from(self.settings().disposal.backup_horizon_days));
        let aged = row.drained_at.and_then(|drained| drained.checked_add(horizon).ok());
        let Some(aged) = aged else { return Err(wrong_state(id, row.state, "drained at a known time")) };
        if now < aged {
            tx.commit().await?;
            return Err(FilingError::BackupsNotAged(aged).into());
        }
        if let Some(oldest) = oldest.filter(|oldest| row.drained_at.is_none_or(|drained| *oldest <= drained)) {
            tx.commit().await?;
            return Err(FilingError::BackupsRemain(oldest).into());
        }
        let mut gone = Items::in_state(id, ItemState::PrimaryGone);
        while let Some(mut page) = gone.next(&mut *tx).await? {
            page.iter_mut().for_each(|item| item.state = ItemState::Confirmed);
            tx.put_items(&page).await?;
        }
        let mut stones = tx.tombstones(id).await?;
        stones.retain(|stone| stone.confirmed_at.is_none());
        stones.iter_mut().for_each(|stone| stone.confirmed_at = Some(now));
        tx.put_tombstones(&stones).await?;
        tx.append(self.entry(actor, "disposal.confirmed", id)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    async fn certificate_model(&self, row: &DisposalRow) -> Result<DisposalCertificate, OfficeError> {
        let id = row.plan.id;
        let mut tx = self.read().await?;
        let register = tx.disposal_register().await?;
        let times: Vec<_> = tx.tombstones(id).await?.iter().map(|stone| stone.destroyed_at).collect();
        let drained = row.drained_at.unwrap_or(row.planned_at);
        let destroyed =
            (times.iter().min().copied().unwrap_or(drained), times.iter().max().copied().unwrap_or(drained));
        let files = register.into_iter().filter(|entry| entry.disposal == Some(id)).map(|entry| CertifiedFile {
            class: entry.class,
            title: entry.title,
            expired_on: entry.expires_on,
            records: entry.records,
        });
        let decided = [
            ("起案", Some(row.proposer)),
            ("承認（1）", row.approval_1.as_ref().map(|approval| approval.by)),
            ("承認（2）", row.approval_2.as_ref().map(|approval| approval.by)),
        ];
        let mut people = Vec::new();
        for (part, user) in decided {
            if let Some(user) = user {
                let account = tx.account(user).await?.ok_or(OfficeError::NoSuchUser)?;
                people.push((part.to_owned(), account.name));
            }
        }
        let (mut rules, mut items) = (BTreeSet::new(), Items::all(id));
        while let Some(page) = items.next(&mut *tx).await? {
            rules.extend(page.iter().map(|row| format!("{} 第{}版", row.item.rule.set, row.item.rule.version)));
        }
        let last = tx.entries_about(&id.to_string()).await?.pop();
        Ok(DisposalCertificate {
            office: self.settings().office.clone(),
            written_at: self.now(),
            rules: rules.into_iter().collect::<Vec<_>>().join("、"),
            disposal: id.to_string(),
            list_hash: row.plan.list_hash.to_string(),
            people,
            destroyed,
            issued_on: self.today(),
            files: files.collect(),
            ledger_hash: last.map(|entry| entry.hash.to_string()).unwrap_or_default(),
        })
    }

    /// Writes the certificate, seals it, and puts the use of the seal into its log (N10).
    async fn sealed_certificate(
        &self,
        actor: &Actor,
        id: DisposalId,
        model: DisposalCertificate,
    ) -> Result<Vec<u8>, OfficeError> {
        let renderer = self.renderer.clone();
        let rendered = self.busy(move || renderer.disposal_certificate(&model)).await??;
        let before = Sha256Hex::of(&rendered.pdf);
        let (sealed, certificate) = self.apply_seal(rendered.pdf, rendered.seal, None).await?;
        let after = Sha256Hex::of(&sealed);
        let row = SealUse {
            at: self.now(),
            by: actor.user(),
            subject: id.to_string(),
            before,
            after: after.clone(),
            certificate,
            level: Level::BT.name().to_owned(),
        };
        let mut tx = self.begin().await?;
        tx.add_seal_use(&row).await?;
        tx.append(self.entry(actor, "disposal.certificate-sealed", id)?.with("sha256", after)?).await?;
        tx.commit().await?;
        Ok(sealed)
    }

    /// Writes down that the certificate is filed; only the record that was chosen for it can be it.
    pub(super) async fn write_certified(
        &self,
        actor: &str,
        id: DisposalId,
        record: RecordId,
    ) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        if row.state == DisposalState::Certified {
            return Ok(());
        }
        if row.state != DisposalState::WaitBackups || row.certificate_to_be != Some(record) {
            return Err(wrong_state(id, row.state, "waiting for this certificate"));
        }
        row.state = DisposalState::Certified;
        row.certificate = Some(record);
        tx.put_disposal(&row).await?;
        tx.append(self.entry_by(actor, "disposal.certified", id)?.with("record", record)?).await?;
        tx.commit().await?;
        Ok(())
    }
}
