//! Cover sheets for stacks: each is for one record file, and tells itself from every other.

use super::{FILERS, allow};
use crate::id::RecordFileId;
use crate::office::records::FilingError;
use crate::office::records::sight::seen_file;
use crate::office::{Actor, Office, OfficeError};
use crate::records::RecordFile;
use crate::scans::CoverSheet;

/// The most sheets that are made at once.
const MOST_SHEETS: u32 = 200;

impl Office {
    /// Makes cover sheets for a record file that takes documents: so many, each for so many pages where that is said.
    pub async fn cover_sheets(
        &self,
        actor: &Actor,
        file: RecordFileId,
        sheets: u32,
        pages: Option<u32>,
    ) -> Result<(RecordFile, Vec<CoverSheet>), OfficeError> {
        allow(actor, FILERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let row = seen_file(&mut *tx, &reader, file).await?;
        if row.file.closed {
            return Err(FilingError::FileClosed(file).into());
        }
        let mut made = Vec::new();
        for _ in 0..sheets.clamp(1, MOST_SHEETS) {
            made.push(CoverSheet { file, pages, sheet: self.random()? });
        }
        Ok((row.file, made))
    }
}
