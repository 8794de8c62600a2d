//! Volumes: the paper of a record file as it stands on a shelf, a binder or a folder at a time (分冊), and who has it.

use super::ShelfError;
use crate::id::{FurnitureId, RecordFileId, VolumeId};
use crate::time::Date;
use serde::{Deserialize, Serialize};

/// The thickest volume, in millimetres: a box.
pub const THICKEST_MM: u32 = 2_000;
/// The longest label, in characters: what a barcode on a spine bears.
const LONGEST_LABEL: usize = 40;

/// Reads what is on a label: without the space around it, and nothing that is not seen.
pub fn label(text: &str) -> Result<String, ShelfError> {
    let text = text.trim();
    let fits = (1..=LONGEST_LABEL).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(ShelfError::Label) }
}

/// A volume of a record file's paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperVolume {
    /// The identifier.
    pub id: VolumeId,
    /// What is on its spine or box; no two volumes have the same. No title: it is read by whoever passes.
    pub label: String,
    /// The record file whose paper it is; one volume holds one file's, as one date lets it go.
    pub file: RecordFileId,
    /// How thick it is, in millimetres.
    pub thickness_mm: u32,
    /// The box that it lies in, where it lies in one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub boxed: String,
    /// The furniture that it stands in; none for what is kept elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in: Option<FurnitureId>,
    /// On which shelf, counted from the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<u32>,
    /// The day by which all of it is scanned, or is to be; none where nobody plans that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned_by: Option<Date>,
    /// Who has it now, where it was lent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loan: Option<Loan>,
    /// Counts changes of the row, from 1.
    pub row_version: u64,
}

impl PaperVolume {
    /// Checks that it can be true of paper.
    pub fn check(&self) -> Result<(), ShelfError> {
        if (1..=THICKEST_MM).contains(&self.thickness_mm) { Ok(()) } else { Err(ShelfError::Thickness(THICKEST_MM)) }
    }
}

/// A volume that somebody has taken along (貸出).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// Who has it. Personal data: kept until it comes back, and never in the ledger.
    pub borrower: String,
    /// Since when.
    pub since: Date,
    /// The last day on which it is to come back.
    pub due: Date,
}
