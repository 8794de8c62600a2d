//! Reading the ledger, and holding it to its chain.

use super::notices::SealUse;
use super::{Actor, Office, OfficeError, Role};
use crate::ledger::{Checkpoint, Entry, LedgerError, Verifier};
use crate::time::{Date, japanese_date};

/// Who may read the ledger.
const READERS: &[Role] = &[Role::Auditor, Role::RecordsManager, Role::Administrator];
/// Entries read at a time.
const PAGE: u32 = 1000;

impl Office {
    /// Checks every entry of the ledger from the first, and returns the checkpoint of its end; its place is the number
    /// of entries. Each given checkpoint must be met on the way.
    ///
    /// # Errors
    /// [`OfficeError::Ledger`] names the first entry that does not hold.
    pub async fn verify_ledger(&self, pinned: Vec<Checkpoint>) -> Result<Checkpoint, OfficeError> {
        let mut verifier = Verifier::new(pinned);
        self.each_entry(1, &mut |entry| verifier.take(entry)).await?;
        Ok(verifier.finish(self.now())?)
    }

    /// Takes every entry from a place on, in order, in one view of the database.
    pub(super) async fn each_entry(
        &self,
        first: u64,
        take: &mut (dyn FnMut(&Entry) -> Result<(), LedgerError> + Send),
    ) -> Result<(), OfficeError> {
        let mut tx = self.read().await?;
        let mut last = first.saturating_sub(1);
        loop {
            let page = tx.entries_after(last, PAGE).await?;
            for entry in &page {
                take(entry)?;
                last = entry.seq;
            }
            if page.len() < PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Returns the newest ledger entries, newest first.
    pub async fn newest_entries(&self, actor: &Actor, limit: u32) -> Result<Vec<Entry>, OfficeError> {
        actor.require_any(READERS)?;
        Ok(self.read().await?.newest_entries(limit).await?)
    }

    /// Returns so many entries before a place in the chain (none: the end), newest first.
    pub async fn entries_before(
        &self,
        actor: &Actor,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Entry>, OfficeError> {
        actor.require_any(READERS)?;
        let mut tx = self.read().await?;
        let Some(before) = before else { return Ok(tx.newest_entries(limit).await?) };
        let after = before.saturating_sub(u64::from(limit) + 1);
        let mut entries = tx.entries_after(after, limit).await?;
        entries.retain(|entry| entry.seq < before);
        entries.reverse();
        Ok(entries)
    }

    /// Returns the place in the chain of the first entry after a day in Japan, or the one behind the last: times only go on.
    pub async fn place_after_day(&self, actor: &Actor, day: Date) -> Result<u64, OfficeError> {
        actor.require_any(READERS)?;
        let mut tx = self.read().await?;
        let (mut from, mut to) = (1, tx.newest_entries(1).await?.first().map_or(0, |entry| entry.seq) + 1);
        while from < to {
            let middle = from + (to - from) / 2;
            match tx.entries_after(middle - 1, 1).await?.first() {
                Some(entry) if japanese_date(entry.at) <= day => from = middle + 1,
                _ => to = middle,
            }
        }
        Ok(from)
    }

    /// Returns the entries about a subject, newest first.
    pub async fn entries_about(&self, actor: &Actor, subject: &str) -> Result<Vec<Entry>, OfficeError> {
        actor.require_any(READERS)?;
        let mut entries = self.read().await?.entries_about(subject).await?;
        entries.reverse();
        Ok(entries)
    }

    /// Returns the newest uses of the seal (鍵使用記録, N10), newest first.
    pub async fn seal_uses(&self, actor: &Actor, limit: u32) -> Result<Vec<SealUse>, OfficeError> {
        actor.require_any(&[Role::SealKeeper, Role::Auditor, Role::Administrator])?;
        Ok(self.read().await?.seal_uses(limit).await?)
    }
}
