//! Reorganisations.

use super::Work;
use super::bodies::{Bind, all, one, run};
use crate::id::ReorganisationId;
use crate::office::ports::{ReorganisationRows, StoreError};
use crate::office::reorganisation::Reorganisation;
use async_trait::async_trait;

#[async_trait]
impl ReorganisationRows for Work {
    async fn put_reorganisation(&mut self, row: &Reorganisation) -> Result<(), StoreError> {
        let sql = "INSERT INTO reorganisations (id, row_version, proposed, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET row_version = $2, body = $4 WHERE reorganisations.row_version = $2 - 1";
        let binds = vec![
            Bind::of(row.id),
            Bind::count(row.row_version)?,
            Bind::Number(row.proposed.at.as_second()),
            Bind::json(row)?,
        ];
        if run(self.connection(), sql, binds).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn reorganisation(&mut self, id: ReorganisationId) -> Result<Option<Reorganisation>, StoreError> {
        one(self.connection(), "SELECT body FROM reorganisations WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn reorganisations(&mut self) -> Result<Vec<Reorganisation>, StoreError> {
        all(self.connection(), "SELECT body FROM reorganisations ORDER BY proposed, id", vec![]).await
    }
}
