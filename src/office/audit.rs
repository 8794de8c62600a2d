//! Reading the ledger, and holding it to its chain.

use super::notices::SealUse;
use super::{Actor, Office, OfficeError, Role};
use crate::ledger::{Checkpoint, Entry, LedgerError, Verifier};

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

    /// Returns the newest uses of the seal (鍵使用記録, N10), newest first.
    pub async fn seal_uses(&self, actor: &Actor, limit: u32) -> Result<Vec<SealUse>, OfficeError> {
        actor.require_any(&[Role::SealKeeper, Role::Auditor, Role::Administrator])?;
        Ok(self.read().await?.seal_uses(limit).await?)
    }
}
