//! Furniture, head counts and volumes of paper.

use super::Work;
use super::bodies::{Bind, all, one, run};
use crate::id::{FurnitureId, RecordFileId, VolumeId};
use crate::office::ports::{ShelfRows, StoreError};
use crate::shelves::{Furniture, PaperVolume, SectionHeads};
use async_trait::async_trait;

const ALL_FURNITURE: &str = "SELECT body FROM furniture ORDER BY section, label";
const VOLUMES_AFTER: &str = "SELECT body FROM paper_volumes
    WHERE file_id >= $1 AND (file_id > $1 OR id > $2) ORDER BY file_id, id LIMIT $3";

#[async_trait]
impl ShelfRows for Work {
    async fn put_furniture(&mut self, furniture: &Furniture) -> Result<(), StoreError> {
        let sql = "INSERT INTO furniture (id, label, section, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET label = $2, section = $3, body = $4";
        let Furniture { id, label, section, .. } = furniture;
        run(self.connection(), sql, vec![Bind::of(id), Bind::of(label), Bind::of(section), Bind::json(furniture)?])
            .await?;
        Ok(())
    }

    async fn furniture(&mut self, id: FurnitureId) -> Result<Option<Furniture>, StoreError> {
        one(self.connection(), "SELECT body FROM furniture WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn furniture_labelled(&mut self, label: &str) -> Result<Option<Furniture>, StoreError> {
        one(self.connection(), "SELECT body FROM furniture WHERE label = $1", vec![Bind::of(label)]).await
    }

    async fn all_furniture(&mut self) -> Result<Vec<Furniture>, StoreError> {
        all(self.connection(), ALL_FURNITURE, vec![]).await
    }

    async fn put_heads(&mut self, heads: &SectionHeads) -> Result<(), StoreError> {
        let sql = "INSERT INTO section_heads (section, body) VALUES ($1, $2)
            ON CONFLICT (section) DO UPDATE SET body = $2";
        run(self.connection(), sql, vec![Bind::of(&heads.section), Bind::json(heads)?]).await?;
        Ok(())
    }

    async fn heads(&mut self) -> Result<Vec<SectionHeads>, StoreError> {
        all(self.connection(), "SELECT body FROM section_heads ORDER BY section", vec![]).await
    }

    async fn put_volume(&mut self, volume: &PaperVolume) -> Result<(), StoreError> {
        let sql = "INSERT INTO paper_volumes (id, label, file_id, furniture_id, due_back, body)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET label = $2, file_id = $3, furniture_id = $4, due_back = $5, body = $6";
        let binds = vec![
            Bind::of(volume.id),
            Bind::of(&volume.label),
            Bind::of(volume.file),
            Bind::maybe(volume.stands_in),
            Bind::maybe(volume.loan.as_ref().map(|loan| loan.due)),
            Bind::json(volume)?,
        ];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn volume(&mut self, id: VolumeId) -> Result<Option<PaperVolume>, StoreError> {
        one(self.connection(), "SELECT body FROM paper_volumes WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn volume_labelled(&mut self, label: &str) -> Result<Option<PaperVolume>, StoreError> {
        one(self.connection(), "SELECT body FROM paper_volumes WHERE label = $1", vec![Bind::of(label)]).await
    }

    async fn volumes_of(&mut self, file: RecordFileId) -> Result<Vec<PaperVolume>, StoreError> {
        let sql = "SELECT body FROM paper_volumes WHERE file_id = $1 ORDER BY label";
        all(self.connection(), sql, vec![Bind::of(file)]).await
    }

    async fn volumes_in(&mut self, furniture: FurnitureId) -> Result<Vec<PaperVolume>, StoreError> {
        let sql = "SELECT body FROM paper_volumes WHERE furniture_id = $1 ORDER BY label";
        all(self.connection(), sql, vec![Bind::of(furniture)]).await
    }

    async fn lent_volumes(&mut self) -> Result<Vec<PaperVolume>, StoreError> {
        let sql = "SELECT body FROM paper_volumes WHERE due_back IS NOT NULL ORDER BY due_back, label";
        all(self.connection(), sql, vec![]).await
    }

    async fn volumes_after(
        &mut self,
        after: Option<(RecordFileId, VolumeId)>,
        limit: u32,
    ) -> Result<Vec<PaperVolume>, StoreError> {
        let (file, id) = after.unzip();
        let binds = vec![Bind::after(file), Bind::after(id), Bind::count(limit.into())?];
        all(self.connection(), VOLUMES_AFTER, binds).await
    }

    async fn remove_volume(&mut self, id: VolumeId) -> Result<bool, StoreError> {
        Ok(run(self.connection(), "DELETE FROM paper_volumes WHERE id = $1", vec![Bind::of(id)]).await? > 0)
    }
}
