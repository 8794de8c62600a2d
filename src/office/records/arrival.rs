//! What a document is when it arrives: told by its content, and, where it is signed, with what validation says of it (R9).

use super::error::FilingError;
use super::sight::seen_file;
use super::{FILERS, allow};
use crate::digest::Sha256Hex;
use crate::formats::identify;
use crate::id::{RecordFileId, RecordId};
use crate::office::{Actor, Office, OfficeError};
use crate::records::may_see;
use crate::wording::report_json;

/// A document that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The bytes, untouched.
    pub bytes: Vec<u8>,
    /// The media type, by the content.
    pub media_type: String,
    /// The validation report of a signed PDF.
    pub validation_report: Option<serde_json::Value>,
}

impl Office {
    /// Returns the record of a file that has these bytes under this name, where the actor may see it: what was filed before.
    pub async fn filed_before(
        &self,
        actor: &Actor,
        file: RecordFileId,
        name: &str,
        sha256: &Sha256Hex,
    ) -> Result<Option<RecordId>, OfficeError> {
        allow(actor, FILERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let row = seen_file(&mut *tx, &reader, file).await?;
        let same = tx.records_of_bytes(sha256).await?.into_iter().map(|row| row.record);
        let mut same = same.filter(|record| record.file == file && record.original_name == name);
        Ok(same.find(|record| may_see(&row.file, Some(record), &reader)).map(|record| record.id))
    }

    /// Looks at a document before it is filed. What is no PDF, cannot be read as one or has no signature has no report.
    ///
    /// # Errors
    /// [`FilingError::Infected`]; [`OfficeError::Scan`] where the virus check does not answer.
    pub async fn look_at(&self, name: &str, bytes: Vec<u8>) -> Result<Arrival, OfficeError> {
        let (judge, now, name, scanner) = (self.judge(), self.now(), name.to_owned(), self.scanner.clone());
        self.busy(move || {
            // Before anything else reads it.
            if let Some(found) = scanner.map(|scanner| scanner.scan(&bytes)).transpose()?.flatten() {
                return Err(FilingError::Infected(found).into());
            }
            let media_type = identify(&bytes, &name).media_type;
            let is_pdf = bytes.starts_with(b"%PDF-") || media_type == "application/pdf";
            let report = if is_pdf { judge.validate(&bytes, now).ok() } else { None };
            let report = report.filter(|report| !report.signatures.is_empty());
            let validation_report = report.map(|report| report_json(&report, &name));
            Ok(Arrival { bytes, media_type, validation_report })
        })
        .await?
    }
}
