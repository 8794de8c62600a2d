//! The ledger.

use super::Work;
use super::bodies::{Bind, all, insert, one};
use crate::ledger::{Entry, NewEntry};
use crate::office::ports::{LedgerRows, StoreError};
use async_trait::async_trait;

#[async_trait]
impl LedgerRows for Work {
    async fn append(&mut self, entry: NewEntry) -> Result<Entry, StoreError> {
        let mut entries = self.append_all(vec![entry]).await?;
        entries.pop().ok_or(StoreError::Conflict)
    }

    async fn append_all(&mut self, entries: Vec<NewEntry>) -> Result<Vec<Entry>, StoreError> {
        let mut last = match self.last.take() {
            Some(last) => Some(last),
            None => one(self.connection(), "SELECT body FROM ledger ORDER BY seq DESC LIMIT 1", vec![]).await?,
        };
        let (mut chained, mut rows) = (Vec::new(), Vec::new());
        for entry in entries {
            let entry = entry.chain(last.as_ref());
            let (seq, hash) = (Bind::count(entry.seq)?, Bind::of(&entry.hash));
            rows.push(vec![seq, Bind::of(entry.subject.as_str()), hash, Bind::json(&entry)?]);
            last = Some(entry.clone());
            chained.push(entry);
        }
        insert(self.connection(), "INSERT INTO ledger (seq, subject, hash, body) VALUES", "", rows).await?;
        self.last = last;
        Ok(chained)
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
