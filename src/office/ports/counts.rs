//! What is counted for whoever watches over the service: numbers alone.

use super::StoreError;
use crate::time::Instant;
use async_trait::async_trait;

/// One number: of what, in which state, how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Of what: `notices`, `tray`, `disposals`, `packages`, `upgrades`, `seals`, `ledger`.
    pub what: String,
    /// The state; empty where all are counted.
    pub state: String,
    /// How many.
    pub number: u64,
}

/// Counts over whole tables, in one transaction.
#[async_trait]
pub trait CountRows: Send {
    /// Counts notices, documents in the tray and disposals by state, packages by what the last look at them found, levels of
    /// seals that are still to be reached (`pending`, and `overdue` at an instant), uses of the seal, entries of the ledger.
    async fn counts(&mut self, now: Instant) -> Result<Vec<Count>, StoreError>;
}
