//! The ledger.

use super::Work;
use super::bodies::{Bind, all, one, run};
use crate::ledger::{Entry, NewEntry};
use crate::office::ports::{LedgerRows, StoreError};
use async_trait::async_trait;

#[async_trait]
impl LedgerRows for Work {
    async fn append(&mut self, entry: NewEntry) -> Result<Entry, StoreError> {
        let last = match self.last.take() {
            Some(last) => Some(last),
            None => one(self.connection(), "SELECT body FROM ledger ORDER BY seq DESC LIMIT 1", vec![]).await?,
        };
        let entry = entry.chain(last.as_ref());
        let binds =
            vec![Bind::count(entry.seq)?, Bind::of(entry.subject.as_str()), Bind::of(&entry.hash), Bind::json(&entry)?];
        run(self.connection(), "INSERT INTO ledger (seq, subject, hash, body) VALUES ($1, $2, $3, $4)", binds).await?;
        self.last = Some(entry.clone());
        Ok(entry)
    }

    async fn entries_after(&mut self, seq: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let binds = vec![Bind::count(seq)?, Bind::count(limit.into())?];
        all(self.connection(), "SELECT body FROM ledger WHERE seq > $1 ORDER BY seq LIMIT $2", binds).await
    }

    async fn newest_entries(&mut self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let binds = vec![Bind::count(limit.into())?];
        all(self.connection(), "SELECT body FROM ledger ORDER BY seq DESC LIMIT $1", binds).await
    }

    async fn entries_about(&mut self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        all(self.connection(), "SELECT body FROM ledger WHERE subject = $1 ORDER BY seq", vec![Bind::of(subject)]).await
    }
}
