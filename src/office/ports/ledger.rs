//! The rows of the ledger.

use super::StoreError;
use crate::ledger::{Entry, NewEntry};
use async_trait::async_trait;

/// Reads and appends ledger entries in one transaction with what they tell of.
#[async_trait]
pub trait LedgerRows: Send {
    /// Chains an entry to the last one and writes it.
    async fn append(&mut self, entry: NewEntry) -> Result<Entry, StoreError>;
    /// Chains entries to the last one, in their order, and writes them.
    async fn append_all(&mut self, entries: Vec<NewEntry>) -> Result<Vec<Entry>, StoreError>;
    /// Returns the entries after a place in the chain (0: from the first), oldest first, at most `limit`.
    async fn entries_after(&mut self, seq: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// Returns the newest entries, newest first.
    async fn newest_entries(&mut self, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// Returns the entries about a subject, oldest first.
    async fn entries_about(&mut self, subject: &str) -> Result<Vec<Entry>, StoreError>;
}
