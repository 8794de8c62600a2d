//! The rows of proof trees.

use super::Work;
use super::bodies::{Bind, all, insert, one};
use crate::office::ports::{ProofRows, ProofTreeRow, StoreError};
use crate::office::proofs::Rehearsal;
use async_trait::async_trait;

#[async_trait]
impl ProofRows for Work {
    async fn put_proof_tree(&mut self, row: &ProofTreeRow) -> Result<(), StoreError> {
        let last = Bind::count(row.entries.map_or(0, |(_, last)| last))?;
        let stands = Bind::flag(row.standing.is_some());
        let binds = vec![Bind::count(row.number)?, last, stands, Bind::json(row)?];
        let head = "INSERT INTO proof_trees (number, last_entry, stands, body) VALUES";
        let tail = " ON CONFLICT (number) DO UPDATE SET last_entry = excluded.last_entry, stands = excluded.stands,
                body = excluded.body";
        insert(self.connection(), head, tail, vec![binds]).await
    }

    async fn proof_trees(&mut self) -> Result<Vec<ProofTreeRow>, StoreError> {
        all(self.connection(), "SELECT body FROM proof_trees ORDER BY number", vec![]).await
    }

    async fn night_over(&mut self, seq: u64) -> Result<Option<ProofTreeRow>, StoreError> {
        let sql = "SELECT body FROM proof_trees WHERE last_entry >= $1 ORDER BY last_entry LIMIT 1";
        let night: Option<ProofTreeRow> = one(self.connection(), sql, vec![Bind::count(seq)?]).await?;
        Ok(night.filter(|night| night.entries.is_some_and(|(first, _)| first <= seq)))
    }

    async fn standing_proof_trees(&mut self) -> Result<Vec<ProofTreeRow>, StoreError> {
        all(self.connection(), "SELECT body FROM proof_trees WHERE stands = 1 ORDER BY number", vec![]).await
    }

    async fn put_rehearsal(&mut self, rehearsal: &Rehearsal) -> Result<(), StoreError> {
        let head = "INSERT INTO rehearsals (id, body) VALUES";
        let tail = " ON CONFLICT (id) DO UPDATE SET body = excluded.body";
        insert(self.connection(), head, tail, vec![vec![Bind::count(1)?, Bind::json(rehearsal)?]]).await
    }

    async fn rehearsal(&mut self) -> Result<Option<Rehearsal>, StoreError> {
        one(self.connection(), "SELECT body FROM rehearsals WHERE id = 1", vec![]).await
    }
}
