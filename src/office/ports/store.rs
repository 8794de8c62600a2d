//! The port behind which the database lies: units of work that hold together or leave nothing.

use super::{
    AccountRows, BatchRows, BrowserRows, CountRows, DeliveryRows, FixityRows, LedgerRows, MemoryRows, NoticeRows,
    ProofRows, RecordRows, ReorganisationRows, ShelfRows, TokenRows, TrayRows, WorkerRows,
};
use crate::fault::{Fault, Kind};
use async_trait::async_trait;

/// The database. One writer at a time; readers see the last committed state.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit of work that may write; waits for its turn.
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError>;
    /// Begins a unit of work that only reads.
    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError>;
    /// Sees to it that what was deleted lies in no log of the database either, once the index of contents has forgotten it
    /// ([`super::RecordRows::forget_texts`]).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where somebody still reads what the log holds: then it is to be asked again.
    async fn settle(&self) -> Result<(), StoreError>;
}

/// A unit of work. Dropped without [`Transaction::commit`], it leaves nothing behind.
#[async_trait]
pub trait Transaction:
    AccountRows
    + BatchRows
    + BrowserRows
    + CountRows
    + DeliveryRows
    + FixityRows
    + LedgerRows
    + MemoryRows
    + NoticeRows
    + ProofRows
    + RecordRows
    + ReorganisationRows
    + ShelfRows
    + TokenRows
    + TrayRows
    + WorkerRows
    + Send
{
    /// Returns the ledger entry that a copy ends at, where the database is a copy that nobody has confirmed.
    async fn unconfirmed_copy(&mut self) -> Result<Option<u64>, StoreError>;
    /// Writes down that the database is a copy of an earlier one, and that nobody has confirmed it yet.
    async fn mark_copy(&mut self) -> Result<(), StoreError>;
    /// Writes down that the database goes on from here, after somebody has held it to vault and ledger.
    async fn confirm_copy(&mut self) -> Result<(), StoreError>;
    /// Makes everything written durable, at once.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// What the database can do wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or another process holds it.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The disk is full or failed.
    #[error("the database's disk failed or is full: {0}")]
    Disk(String),
    /// A row cannot be read, or a value cannot be stored.
    #[error("the database holds something that cannot be read: {0}")]
    Damaged(String),
    /// A row of that key is there already, or was changed meanwhile.
    #[error("the row is there already, or was changed meanwhile")]
    Conflict,
    /// A file that would be overwritten is there already.
    #[error("{0} is there already; it is not overwritten")]
    InTheWay(String),
    /// The address of a database cannot be used; it is not repeated, as a password may be in it.
    #[error("the database's address: {0}")]
    Address(&'static str),
}

impl Fault for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store-unavailable",
            Self::Disk(_) => "store-disk",
            Self::Damaged(_) => "store-damaged",
            Self::Conflict => "store-conflict",
            Self::InTheWay(_) => "store-in-the-way",
            Self::Address(_) => "store-address",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable(_) => Kind::Unavailable,
            Self::Disk(_) | Self::Damaged(_) => Kind::Disk,
            Self::Conflict => Kind::Conflict,
            Self::InTheWay(_) | Self::Address(_) => Kind::Refused,
        }
    }
}
