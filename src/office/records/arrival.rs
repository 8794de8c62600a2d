//! What a document is when it arrives: told by its content, and, where it is signed, with what validation says of it (R9).

use crate::formats::identify;
use crate::office::{Office, OfficeError};
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
    /// Looks at a document before it is filed. What is no PDF, cannot be read as one or has no signature has no report.
    pub async fn look_at(&self, name: &str, bytes: Vec<u8>) -> Result<Arrival, OfficeError> {
        let (judge, now, name) = (self.judge(), self.now(), name.to_owned());
        self.busy(move || {
            let media_type = identify(&bytes, &name).media_type;
            let is_pdf = bytes.starts_with(b"%PDF-") || media_type == "application/pdf";
            let report = if is_pdf { judge.validate(&bytes, now).ok() } else { None };
            let report = report.filter(|report| !report.signatures.is_empty());
            let validation_report = report.map(|report| report_json(&report, &name));
            Arrival { bytes, media_type, validation_report }
        })
        .await
    }
}
