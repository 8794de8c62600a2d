//! The rows of every port, by statements that both databases take as they are.

mod accounts;
mod batches;
mod bodies;
mod browsers;
mod counts;
mod delivery;
mod filters;
mod fixity;
mod ledger;
mod memory;
mod notices;
mod proofs;
mod puts;
mod records;
mod reorganisations;
mod shards;
mod shelves;
mod surveys;
mod text_keys;
mod text_shards;
mod text_upkeep;
mod texts;
mod tokens;
mod tray;
mod words;
mod workers;

use super::connection::Connection;
use crate::ledger::Entry;
use crate::office::ports::{StoreError, Transaction};
use async_trait::async_trait;
pub(super) use words::forget as forget_words;

/// A unit of work; rolled back when dropped without commit.
pub(super) struct Work {
    connection: Connection,
    /// The ledger's last entry once this unit of work has written it: nobody else writes meanwhile.
    last: Option<Entry>,
    /// Whether the words of what it files are left for later.
    indexes_later: bool,
}

impl Work {
    /// Begins to work on a connection whose transaction has begun.
    pub(super) fn on(connection: Connection) -> Box<dyn Transaction> {
        Box::new(Self { connection, last: None, indexes_later: false })
    }

    fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

#[async_trait]
impl Transaction for Work {
    async fn unconfirmed_copy(&mut self) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT ledger_seq FROM copies WHERE confirmed = 0 ORDER BY ledger_seq LIMIT 1";
        let rows = self.connection.rows(sql, vec![]).await?;
        let seq: Option<i64> = rows.first().map(|row| row.get("ledger_seq")).transpose()?;
        Ok(seq.map(i64::unsigned_abs))
    }

    async fn mark_copy(&mut self) -> Result<(), StoreError> {
        let sql = "INSERT INTO copies (ledger_seq) SELECT (SELECT coalesce(max(seq), 0) FROM ledger)
            WHERE NOT EXISTS (SELECT 1 FROM copies WHERE confirmed = 0)";
        self.connection.run(sql, vec![]).await?;
        Ok(())
    }

    async fn confirm_copy(&mut self) -> Result<(), StoreError> {
        self.connection.run("UPDATE copies SET confirmed = 1 WHERE confirmed = 0", vec![]).await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.connection.commit().await
    }
}
