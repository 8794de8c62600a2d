//! The rows of the processes that work on one database, and of the leases that each of them has.

use super::StoreError;
use crate::id::WorkerId;
use async_trait::async_trait;

/// A process that works on the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRow {
    /// The process.
    pub id: WorkerId,
    /// The folder of its city, by a name that no other machine's folder has.
    pub place: String,
    /// Counted on by the process while it lives. Who sees the same number for long takes it for dead.
    pub beat: u64,
}

/// Reads and writes of workers and leases in one transaction.
///
/// A worker's identifier is its fencing token: it is random and taken off once, so that whoever was taken for dead never
/// comes back under it. Its leases go with it.
#[async_trait]
pub trait WorkerRows: Send {
    /// Adds a worker.
    async fn add_worker(&mut self, id: WorkerId, place: &str) -> Result<(), StoreError>;
    /// Counts a worker's beat on; tells whether it is still among the workers.
    async fn beat(&mut self, id: WorkerId) -> Result<bool, StoreError>;
    /// Returns the workers, by identifier.
    async fn workers(&mut self) -> Result<Vec<WorkerRow>, StoreError>;
    /// Tells whether a worker is among them.
    async fn is_worker(&mut self, id: WorkerId) -> Result<bool, StoreError>;
    /// Takes a worker off, with its leases; tells whether it was there.
    async fn remove_worker(&mut self, id: WorkerId) -> Result<bool, StoreError>;
    /// Gives a worker the lease on something, where nobody has it; tells whether it is this worker's now.
    async fn take_lease(&mut self, what: &str, worker: WorkerId) -> Result<bool, StoreError>;
    /// Takes back a worker's lease on something.
    async fn release_lease(&mut self, what: &str, worker: WorkerId) -> Result<(), StoreError>;
    /// Returns what there are leases on, with the worker that has each.
    async fn leases(&mut self) -> Result<Vec<(String, WorkerId)>, StoreError>;
}
