//! Shows and reads records, searches them, and lists the registers (R4).

use super::error::FilingError;
use super::standing::{Measure, Standing};
use super::views::{RecordView, RegisterRow, is_hidden};
use super::{READERS, allow};
use crate::id::{NoticeId, RecordId};
use crate::office::ports::{DisposalRegisterRow, RecordRow, Tombstone, Transaction, VaultError};
use crate::office::{Actor, Office, OfficeError};
use crate::package::{PackageContents, PackageLimits, read_bag};
use crate::records::Disposition;

impl Office {
    /// Shows a record with its file's dates today. Sealed-off and destroyed records are refused by name.
    pub async fn record_view(&self, actor: &Actor, id: RecordId) -> Result<RecordView, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let row = shown(&mut *tx, id).await?;
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let standing = measure.stand_by_id(&mut *tx, row.record.file).await?;
        Ok(RecordView {
            row,
            file_title: standing.row.file.title.clone(),
            class_path: standing.class_path.clone(),
            dates: standing.due.clone(),
            holds: standing.holds_in_force(measure.today),
        })
    }

    /// Returns the record of a notice, where it is filed.
    pub async fn record_of_notice(&self, actor: &Actor, notice: NoticeId) -> Result<Option<RecordRow>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.record_of_notice(notice).await?)
    }

    /// Reads a record's package: originals as they were received, what is said of them, and their report (R9).
    ///
    /// Every reading is in the ledger.
    pub async fn read_record(&self, actor: &Actor, id: RecordId) -> Result<PackageContents, OfficeError> {
        let bag = self.read_bag(actor, id).await?;
        Ok(read_bag(&bag, &PackageLimits::default()).map_err(VaultError::from)?)
    }

    /// Reads a record's bag as it was packed, digests checked, for export.
    pub async fn read_bag(&self, actor: &Actor, id: RecordId) -> Result<Vec<u8>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.begin().await?;
        let row = shown(&mut *tx, id).await?;
        tx.append(self.entry(actor, "record.read", id)?).await?;
        tx.commit().await?;
        let (package, sha256) = (row.receipt.package, row.receipt.sealed_sha256);
        self.with_vault(move |vault| vault.read(package, &sha256)).await
    }

    /// Searches titles and document numbers; sealed-off records are not found. At most `limit`, newest first.
    pub async fn search_records(&self, actor: &Actor, words: &str, limit: u32) -> Result<Vec<RecordRow>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let found = tx.find_records(words.trim(), limit).await?;
        Ok(found.into_iter().filter(|row| !is_hidden(row.record.state)).collect())
    }

    /// Returns the register (文書ファイル管理簿): every record file with its dates today, by class and title (R4).
    pub async fn register(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let mut rows = Vec::new();
        for row in tx.files().await? {
            rows.push(Standing::register_row(&measure.stand(&mut *tx, row).await?));
        }
        Ok(rows)
    }

    /// Returns what is due today, whatever its action at expiry (R5).
    pub async fn due_list(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        let rows = self.register(actor).await?;
        Ok(rows.into_iter().filter(|row| row.destroyed_on.is_none() && row.dates.due).collect())
    }

    /// Returns the queue 満了日を計算できない文書: record files whose last day cannot be told. They are kept.
    ///
    /// Permanent files and files in use have no last day by rule; they are not in the queue.
    pub async fn undetermined_files(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        let rows = self.register(actor).await?;
        let counted = |row: &RegisterRow| row.period.parse::<u32>().is_ok();
        Ok(rows.into_iter().filter(|row| row.is_undetermined() && counted(row)).collect())
    }

    /// Returns what is due but not for destruction: to be transferred or decided on.
    pub async fn due_otherwise(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        let rows = self.due_list(actor).await?;
        Ok(rows.into_iter().filter(|row| row.action != Disposition::Destroy.word()).collect())
    }

    /// Returns the 移管・廃棄簿, oldest first (R5).
    pub async fn disposal_register(&self, actor: &Actor) -> Result<Vec<DisposalRegisterRow>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.disposal_register().await?)
    }

    /// Returns the tombstone of a destroyed record.
    pub async fn tombstone(&self, actor: &Actor, id: RecordId) -> Result<Option<Tombstone>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.tombstone(id).await?)
    }
}

/// Returns a record that may be shown.
async fn shown(tx: &mut dyn Transaction, id: RecordId) -> Result<RecordRow, OfficeError> {
    match tx.record(id).await? {
        Some(row) if is_hidden(row.record.state) => Err(FilingError::SealedOff(id).into()),
        Some(row) => Ok(row),
        None if tx.tombstone(id).await?.is_some() => Err(FilingError::Destroyed(id).into()),
        None => Err(FilingError::NoSuchRecord(id).into()),
    }
}
