//! Batches to seal.

use super::Work;
use super::bodies::{Bind, Row, all, one, rows, run};
use crate::digest::Sha256Hex;
use crate::id::BatchId;
use crate::office::notices::{BatchCount, BatchItem, BatchItemState, SealBatch};
use crate::office::ports::{BatchRows, StoreError};
use async_trait::async_trait;

#[async_trait]
impl BatchRows for Work {
    async fn insert_batch(&mut self, batch: &SealBatch, items: &[BatchItem]) -> Result<(), StoreError> {
        let sql = "INSERT INTO seal_batches (id, list_hash, body) VALUES ($1, $2, $3)";
        let binds = vec![Bind::of(batch.id), Bind::of(&batch.list_hash), Bind::json(batch)?];
        run(self.connection(), sql, binds).await?;
        for item in items {
            let sql = "INSERT INTO seal_batch_items (batch_id, position, notice_id, sha256, state)
                VALUES ($1, $2, $3, $4, 'listed')";
            let position = Bind::count(item.position.into())?;
            let binds = vec![Bind::of(batch.id), position, Bind::of(item.notice), Bind::of(&item.sha256)];
            run(self.connection(), sql, binds).await?;
        }
        Ok(())
    }

    async fn update_batch(&mut self, batch: &SealBatch) -> Result<(), StoreError> {
        let sql = "UPDATE seal_batches SET body = $2 WHERE id = $1";
        run(self.connection(), sql, vec![Bind::of(batch.id), Bind::json(batch)?]).await?;
        Ok(())
    }

    async fn release_batch_items(&mut self, batch: BatchId) -> Result<(), StoreError> {
        let sql = "UPDATE seal_batch_items SET state = 'pending' WHERE batch_id = $1 AND state = 'listed'";
        run(self.connection(), sql, vec![Bind::of(batch)]).await?;
        Ok(())
    }

    async fn settle_batch_item(
        &mut self,
        batch: BatchId,
        position: u32,
        state: &BatchItemState,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE seal_batch_items SET state = $3, settled = $4
            WHERE batch_id = $1 AND position = $2 AND state = 'pending'";
        let binds = vec![Bind::of(batch), Bind::count(position.into())?, Bind::of(state.name()), Bind::json(state)?];
        Ok(run(self.connection(), sql, binds).await? == 1)
    }

    async fn batch(&mut self, id: BatchId) -> Result<Option<SealBatch>, StoreError> {
        one(self.connection(), "SELECT body FROM seal_batches WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn batches(&mut self) -> Result<Vec<SealBatch>, StoreError> {
        all(self.connection(), "SELECT body FROM seal_batches ORDER BY seq DESC", vec![]).await
    }

    async fn batch_items(&mut self, batch: BatchId) -> Result<Vec<BatchItem>, StoreError> {
        let sql = "SELECT position, notice_id, sha256, state, settled FROM seal_batch_items
            WHERE batch_id = $1 ORDER BY position";
        rows(self.connection(), sql, vec![Bind::of(batch)]).await?.iter().map(item).collect()
    }

    async fn batch_count(&mut self, batch: BatchId) -> Result<BatchCount, StoreError> {
        let sql = "SELECT state, COUNT(*) AS number FROM seal_batch_items WHERE batch_id = $1 GROUP BY state";
        let mut count = BatchCount::default();
        for row in rows(self.connection(), sql, vec![Bind::of(batch)]).await? {
            let number = u64::try_from(row.get::<i64>("number")?).unwrap_or_default();
            match row.get::<String>("state")?.as_str() {
                "sealed" => count.sealed += number,
                "refused" => count.refused += number,
                _ => count.open += number,
            }
        }
        Ok(count)
    }
}

fn item(row: &Row) -> Result<BatchItem, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of a batch's item cannot be read"));
    let settled: Option<String> = row.get("settled")?;
    let state = match (text(row, "state")?.as_str(), settled) {
        ("listed", None) => BatchItemState::Listed,
        ("pending", None) => BatchItemState::Pending,
        ("sealed" | "refused", Some(json)) => serde_json::from_str(&json).map_err(|_| damaged("end"))?,
        _ => return Err(damaged("state")),
    };
    let position: i64 = row.get("position")?;
    Ok(BatchItem {
        position: u32::try_from(position).map_err(|_| damaged("position"))?,
        notice: text(row, "notice_id")?.parse().map_err(|_| damaged("notice"))?,
        sha256: Sha256Hex::parse(&text(row, "sha256")?).ok_or_else(|| damaged("hash"))?,
        state,
    })
}

fn text(row: &Row, column: &str) -> Result<String, StoreError> {
    row.get(column)
}
