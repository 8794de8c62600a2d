//! The rows of furniture, head counts and volumes of paper.

use super::StoreError;
use crate::id::{FurnitureId, RecordFileId, VolumeId};
use crate::shelves::{Furniture, PaperVolume, SectionHeads};
use async_trait::async_trait;

/// Reads and writes of shelves and paper in one transaction. Rows that cannot be read are errors, never skipped.
#[async_trait]
pub trait ShelfRows: Send {
    /// Adds or changes a piece of furniture; a label that another has is a conflict.
    async fn put_furniture(&mut self, furniture: &Furniture) -> Result<(), StoreError>;
    /// Returns a piece of furniture.
    async fn furniture(&mut self, id: FurnitureId) -> Result<Option<Furniture>, StoreError>;
    /// Returns the piece of furniture with a label.
    async fn furniture_labelled(&mut self, label: &str) -> Result<Option<Furniture>, StoreError>;
    /// Returns every piece of furniture, by section and label.
    async fn all_furniture(&mut self) -> Result<Vec<Furniture>, StoreError>;

    /// Adds or changes the head counts of a section.
    async fn put_heads(&mut self, heads: &SectionHeads) -> Result<(), StoreError>;
    /// Returns every section's head counts, by section.
    async fn heads(&mut self) -> Result<Vec<SectionHeads>, StoreError>;

    /// Adds or changes a volume; a label that another has is a conflict.
    async fn put_volume(&mut self, volume: &PaperVolume) -> Result<(), StoreError>;
    /// Returns a volume.
    async fn volume(&mut self, id: VolumeId) -> Result<Option<PaperVolume>, StoreError>;
    /// Returns the volume with a label.
    async fn volume_labelled(&mut self, label: &str) -> Result<Option<PaperVolume>, StoreError>;
    /// Returns the volumes of a record file, by label.
    async fn volumes_of(&mut self, file: RecordFileId) -> Result<Vec<PaperVolume>, StoreError>;
    /// Returns the volumes that stand in a piece of furniture, by label.
    async fn volumes_in(&mut self, furniture: FurnitureId) -> Result<Vec<PaperVolume>, StoreError>;
    /// Returns the volumes that are lent, those that are to come back first first.
    async fn lent_volumes(&mut self) -> Result<Vec<PaperVolume>, StoreError>;
    /// Returns volumes by record file, those after one, at most `limit`.
    async fn volumes_after(
        &mut self,
        after: Option<(RecordFileId, VolumeId)>,
        limit: u32,
    ) -> Result<Vec<PaperVolume>, StoreError>;
    /// Takes a volume off; tells whether it was there.
    async fn remove_volume(&mut self, id: VolumeId) -> Result<bool, StoreError>;
}
