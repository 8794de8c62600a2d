//! The rows of reorganisations.

use super::StoreError;
use crate::id::ReorganisationId;
use crate::office::reorganisation::Reorganisation;
use async_trait::async_trait;

/// Reads and writes of reorganisations in one transaction.
#[async_trait]
pub trait ReorganisationRows: Send {
    /// Adds a reorganisation, or changes one whose version is the one before; [`StoreError::Conflict`] otherwise.
    async fn put_reorganisation(&mut self, row: &Reorganisation) -> Result<(), StoreError>;
    /// Returns a reorganisation.
    async fn reorganisation(&mut self, id: ReorganisationId) -> Result<Option<Reorganisation>, StoreError>;
    /// Returns every reorganisation, in the order of proposing.
    async fn reorganisations(&mut self) -> Result<Vec<Reorganisation>, StoreError>;
}
