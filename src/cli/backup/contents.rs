//! What a backup has in it, for who can open it.

use super::rows::RowsForm;
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::BackedUpEnd;
use crate::office::ports::BackupError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::Read;

/// The longest text of it, in bytes.
const LONGEST_BYTES: u64 = 1 << 30;

/// What a backup has in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// The backup.
    pub id: String,
    /// The vault that it is of.
    pub vault: String,
    /// The version of the program that made it.
    pub program: String,
    /// What the copy of the database is.
    pub database: RowsForm,
    /// The end of the ledger, and how the records stand.
    pub end: BackedUpEnd,
    /// The proof trees, with the SHA-256 of their files.
    pub trees: Vec<(u64, Sha256Hex)>,
    /// How many packages it has.
    pub packages: u64,
    /// Records that are in the database, but were destroyed, or left the tray, while the backup was made.
    pub went: Vec<RecordId>,
    /// Records of which the archive had no sound package.
    pub lost: Vec<RecordId>,
    /// What is not in it: files that `city.toml` names outside of its folder, links, what is too large.
    pub left_out: Vec<String>,
}

impl Contents {
    /// Reads it.
    ///
    /// # Errors
    /// [`BackupError::Altered`], [`BackupError::Mixed`] where it is of another backup than its folder says.
    pub fn read(input: impl Read, id: &str, vault: &str) -> Result<Self, BackupError> {
        let place = || super::CONTENTS.to_owned();
        let mut bytes = Vec::new();
        let read = input.take(LONGEST_BYTES).read_to_end(&mut bytes);
        read.map_err(|error| BackupError::Altered { place: place(), what: error.to_string() })?;
        let contents: Self = serde_json::from_slice(&bytes)
            .map_err(|error| BackupError::Altered { place: place(), what: error.to_string() })?;
        match contents.id == id && contents.vault == vault {
            true => Ok(contents),
            false => Err(BackupError::Mixed { place: place() }),
        }
    }

    /// Returns the records that may lack their packages.
    pub fn lacking(&self) -> BTreeSet<RecordId> {
        self.went.iter().chain(&self.lost).copied().collect()
    }
}
