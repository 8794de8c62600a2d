//! The processes that work on the database, and their leases.

use super::Work;
use super::bodies::{Bind, Row, rows, run};
use crate::id::WorkerId;
use crate::office::ports::{StoreError, WorkerRow, WorkerRows};
use async_trait::async_trait;

#[async_trait]
impl WorkerRows for Work {
    async fn add_worker(&mut self, id: WorkerId, place: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO workers (id, place, beat) VALUES ($1, $2, 0)";
        run(self.connection(), sql, vec![Bind::of(id), Bind::of(place)]).await?;
        Ok(())
    }

    async fn beat(&mut self, id: WorkerId) -> Result<bool, StoreError> {
        let sql = "UPDATE workers SET beat = beat + 1 WHERE id = $1";
        Ok(run(self.connection(), sql, vec![Bind::of(id)]).await? > 0)
    }

    async fn workers(&mut self) -> Result<Vec<WorkerRow>, StoreError> {
        let worker = |row: &Row| {
            let beat: i64 = row.get("beat")?;
            Ok(WorkerRow { id: worker_id(row, "id")?, place: row.get("place")?, beat: beat.unsigned_abs() })
        };
        let found = rows(self.connection(), "SELECT id, place, beat FROM workers ORDER BY id", vec![]).await?;
        found.iter().map(worker).collect()
    }

    async fn is_worker(&mut self, id: WorkerId) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM workers WHERE id = $1";
        Ok(!rows(self.connection(), sql, vec![Bind::of(id)]).await?.is_empty())
    }

    async fn remove_worker(&mut self, id: WorkerId) -> Result<bool, StoreError> {
        Ok(run(self.connection(), "DELETE FROM workers WHERE id = $1", vec![Bind::of(id)]).await? > 0)
    }

    async fn take_lease(&mut self, what: &str, worker: WorkerId) -> Result<bool, StoreError> {
        let sql = "INSERT INTO leases (what, worker_id) VALUES ($1, $2) ON CONFLICT (what) DO NOTHING";
        run(self.connection(), sql, vec![Bind::of(what), Bind::of(worker)]).await?;
        let sql = "SELECT what FROM leases WHERE what = $1 AND worker_id = $2";
        Ok(!rows(self.connection(), sql, vec![Bind::of(what), Bind::of(worker)]).await?.is_empty())
    }

    async fn release_lease(&mut self, what: &str, worker: WorkerId) -> Result<(), StoreError> {
        let sql = "DELETE FROM leases WHERE what = $1 AND worker_id = $2";
        run(self.connection(), sql, vec![Bind::of(what), Bind::of(worker)]).await?;
        Ok(())
    }

    async fn leases(&mut self) -> Result<Vec<(String, WorkerId)>, StoreError> {
        let lease = |row: &Row| Ok((row.get("what")?, worker_id(row, "worker_id")?));
        let found = rows(self.connection(), "SELECT what, worker_id FROM leases ORDER BY what", vec![]).await?;
        found.iter().map(lease).collect()
    }
}

fn worker_id(row: &Row, column: &str) -> Result<WorkerId, StoreError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| StoreError::Damaged(format!("{column} of a worker is no identifier")))
}
