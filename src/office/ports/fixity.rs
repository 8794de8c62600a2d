//! The rows of the fixity audit: which package was read when, and what is wrong with it.

use super::{RecordRow, StoreError};
use crate::id::RecordId;
use crate::time::Instant;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// How a package was found when it was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixityState {
    /// Every copy and every key is what it should be.
    Sound,
    /// A copy or key is missing or damaged and could not be put right, but the package can be read.
    Damaged,
    /// No copy, or no key, is sound.
    Lost,
    /// A copy or key could not be read; whether it is sound is not known.
    Unread,
}

/// What is known of one record's package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixityRow {
    /// The record.
    pub record: RecordId,
    /// When every copy and key was last read to its end, sound or not.
    pub read_at: Instant,
    /// When it was last looked at, whether or not it could be read to its end; the lowest has its turn next.
    pub looked_at: Instant,
    /// How it was found.
    pub state: FixityState,
    /// Since when it is not sound; none where it is.
    pub since: Option<Instant>,
    /// When a copy or key of it was last put right.
    pub repaired_at: Option<Instant>,
}

/// The audit as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixityCounts {
    /// How many records have bytes in the vault.
    pub records: u64,
    /// How many of them are not known to be sound.
    pub unsound: u64,
    /// How many were last read before the term, or never.
    pub overdue: u64,
    /// How many of the sound ones wait for their turn longer than a whole round takes.
    pub behind: u64,
    /// How many of the sound ones were looked at since yesterday, or filed since then.
    pub recent: u64,
    /// How many were put right since the term began.
    pub repaired: u64,
    /// When the one was read that was read longest ago.
    pub oldest_read_at: Option<Instant>,
}

/// Reads and writes of the audit in one transaction. Only records whose bytes must exist are counted and listed.
#[async_trait]
pub trait FixityRows: Send {
    /// Adds or changes what is known of a record's package.
    async fn put_fixity(&mut self, row: &FixityRow) -> Result<(), StoreError>;
    /// Adds or changes what is known of packages, each of another record.
    async fn put_all_fixity(&mut self, rows: &[FixityRow]) -> Result<(), StoreError>;
    /// Returns what is known of a record's package.
    async fn fixity(&mut self, record: RecordId) -> Result<Option<FixityRow>, StoreError>;
    /// Returns the records that are known as sound, the least recently looked at first; what was never looked at comes
    /// before all else.
    async fn next_to_audit(&mut self, limit: u32) -> Result<Vec<RecordRow>, StoreError>;
    /// Returns the records that are not sound and were last looked at until an instant, the least recently first.
    async fn unsettled_fixity(&mut self, until: Instant, limit: u32) -> Result<Vec<RecordRow>, StoreError>;
    /// Returns the records that are not sound, or were last read before an instant, with what is known of them.
    async fn fixity_alarms(
        &mut self,
        read_before: Instant,
        limit: u32,
    ) -> Result<Vec<(RecordRow, Option<FixityRow>)>, StoreError>;
    /// Counts the records from when the term, the round and the day began.
    async fn fixity_counts(&mut self, term: Instant, round: Instant, day: Instant) -> Result<FixityCounts, StoreError>;
}

impl FixityRow {
    /// Returns what is known of a package that was just read and found sound.
    pub fn sound(record: RecordId, at: Instant) -> Self {
        Self { record, read_at: at, looked_at: at, state: FixityState::Sound, since: None, repaired_at: None }
    }
}

impl FixityState {
    /// Returns the word that the database has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Damaged => "damaged",
            Self::Lost => "lost",
            Self::Unread => "unread",
        }
    }
}
