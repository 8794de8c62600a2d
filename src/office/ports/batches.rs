//! The rows of batches to seal.

use super::StoreError;
use crate::id::BatchId;
use crate::office::notices::{BatchCount, BatchItem, BatchItemState, SealBatch};
use async_trait::async_trait;

/// Reads and writes of batches in one transaction.
#[async_trait]
pub trait BatchRows: Send {
    /// Adds a frozen batch with its list.
    async fn insert_batch(&mut self, batch: &SealBatch, items: &[BatchItem]) -> Result<(), StoreError>;
    /// Changes what is known of a batch; its list stays.
    async fn update_batch(&mut self, batch: &SealBatch) -> Result<(), StoreError>;
    /// Makes every listed item a pending one; [`StoreError::Conflict`] where a notice waits on another list.
    async fn release_batch_items(&mut self, batch: BatchId) -> Result<(), StoreError>;
    /// Settles a pending item. Returns whether it was pending.
    async fn settle_batch_item(
        &mut self,
        batch: BatchId,
        position: u32,
        state: &BatchItemState,
    ) -> Result<bool, StoreError>;
    /// Returns a batch.
    async fn batch(&mut self, id: BatchId) -> Result<Option<SealBatch>, StoreError>;
    /// Returns every batch, newest first.
    async fn batches(&mut self) -> Result<Vec<SealBatch>, StoreError>;
    /// Returns a batch's list in its order.
    async fn batch_items(&mut self, batch: BatchId) -> Result<Vec<BatchItem>, StoreError>;
    /// Counts a batch's items by state.
    async fn batch_count(&mut self, batch: BatchId) -> Result<BatchCount, StoreError>;
}
