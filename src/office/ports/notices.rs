//! The rows of notices.

use super::StoreError;
use crate::digest::Sha256Hex;
use crate::id::NoticeId;
use crate::office::notices::{Notice, NoticeState, ProofCounts, SealUse};
use crate::time::{FiscalYear, Instant};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Which of a notice's two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeFile {
    /// The PDF as drafted.
    Draft,
    /// The PDF with the seal.
    Sealed,
}

/// The numbers that were given in a fiscal year under a symbol (N19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenNumbers {
    /// The fiscal year.
    pub year: i16,
    /// The symbol.
    pub symbol: String,
    /// The last number; all from 1 on were given.
    pub last: u32,
}

/// Reads and writes of notices in one transaction.
#[async_trait]
pub trait NoticeRows: Send {
    /// Adds a notice.
    async fn insert_notice(&mut self, notice: &Notice) -> Result<(), StoreError>;
    /// Changes a notice whose row version is one less than the one given; else [`StoreError::Conflict`].
    async fn update_notice(&mut self, notice: &Notice) -> Result<(), StoreError>;
    /// Returns a notice.
    async fn notice(&mut self, id: NoticeId) -> Result<Option<Notice>, StoreError>;
    /// Returns every notice, newest first.
    async fn notices(&mut self) -> Result<Vec<Notice>, StoreError>;
    /// Returns notices, perhaps only those in a state, the newest first, each with its place in that order; after a place, at
    /// most `limit`.
    async fn notices_in(
        &mut self,
        state: Option<NoticeState>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Notice)>, StoreError>;
    /// Returns notices in the order of their last changes, each with the number of that change; after a number, at most
    /// `limit`. Every change has a number of its own, and a later one a greater.
    async fn notices_changed(&mut self, after: u64, limit: u32) -> Result<Vec<(u64, Notice)>, StoreError>;
    /// Returns the number of the last change of any notice; 0 where there is none.
    async fn last_notice_change(&mut self) -> Result<u64, StoreError>;
    /// Returns the notices with a level still to be reached, the nearest deadline first.
    async fn notices_to_upgrade(&mut self) -> Result<Vec<Notice>, StoreError>;
    /// Returns notices whose proofs were judged by something else than this, or not yet, in the order of their making, each with
    /// its place in that; after a place, at most `limit`.
    async fn notices_to_judge(
        &mut self,
        by: &Sha256Hex,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Notice)>, StoreError>;
    /// Returns notices whose earlier timestamps lack something that is to be looked for until an instant, the earliest first; at
    /// most `limit`.
    async fn notices_to_settle(&mut self, until: Instant, limit: u32) -> Result<Vec<Notice>, StoreError>;
    /// Returns notices whose proofs end, or ended, before an instant, the soonest first, each with its place in that order;
    /// after a place, at most `limit`.
    async fn notices_ending(
        &mut self,
        before: Instant,
        after: Option<(Instant, u64)>,
        limit: u32,
    ) -> Result<Vec<((Instant, u64), Notice)>, StoreError>;
    /// Returns how many proofs of notices there are; an alarm is one that holds and ends before an instant.
    async fn proof_counts(&mut self, alarm: Instant) -> Result<ProofCounts, StoreError>;
    /// Returns the notice whose sealed file has this digest, or had it between two upgrades.
    async fn notice_of_sealed(&mut self, sha256: &Sha256Hex) -> Result<Option<Notice>, StoreError>;
    /// Returns the notice of a recipient's link, by the digest of the link's secret.
    async fn notice_of_link(&mut self, link: &Sha256Hex) -> Result<Option<Notice>, StoreError>;
    /// Returns the issued notice of a paper, by the digest of what it says ([`Notice::paper_key`]).
    async fn notice_of_paper(&mut self, key: &Sha256Hex) -> Result<Option<Notice>, StoreError>;
    /// Writes one of a notice's files; a sealed one is never replaced.
    async fn put_notice_file(&mut self, id: NoticeId, which: NoticeFile, bytes: &[u8]) -> Result<(), StoreError>;
    /// Puts a longer file in the place of the sealed one, which must be its beginning; else [`StoreError::Conflict`].
    async fn grow_sealed_file(&mut self, id: NoticeId, bytes: &[u8]) -> Result<(), StoreError>;
    /// Returns one of a notice's files.
    async fn notice_file(&mut self, id: NoticeId, which: NoticeFile) -> Result<Option<Vec<u8>>, StoreError>;
    /// Tells whether there is one of a notice's files.
    async fn has_notice_file(&mut self, id: NoticeId, which: NoticeFile) -> Result<bool, StoreError>;
    /// Takes a notice's files away, when the record that keeps them is destroyed (R5). Returns how many there were.
    async fn remove_notice_files(&mut self, id: NoticeId) -> Result<u64, StoreError>;
    /// Takes the next number of a fiscal year and symbol: 1, 2, 3 … without gaps (N19).
    async fn next_number(&mut self, year: FiscalYear, symbol: &str) -> Result<u32, StoreError>;
    /// Returns how many numbers of each fiscal year and symbol were given.
    async fn given_numbers(&mut self) -> Result<Vec<GivenNumbers>, StoreError>;
    /// Writes down how many were given, where a database is made anew.
    async fn put_given_numbers(&mut self, row: &GivenNumbers) -> Result<(), StoreError>;
    /// Adds a use of the seal to the log (鍵使用記録, N10).
    async fn add_seal_use(&mut self, row: &SealUse) -> Result<(), StoreError>;
    /// Returns the newest uses of the seal, newest first.
    async fn seal_uses(&mut self, limit: u32) -> Result<Vec<SealUse>, StoreError>;
}
