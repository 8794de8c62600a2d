//! Reading the ledger, and holding it to its chain.

use super::notices::SealUse;
use super::{Actor, Office, OfficeError, Role};
use crate::ledger::{Checkpoint, Entry, Verifier};

/// Who may read the ledger.
const READERS: &[Role] = &[Role::Auditor, Role::RecordsManager, Role::Administrator];
/// Entries read at a time.
const PAGE: u32 = 1000;

/// What a check of the whole ledger found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerState {
    /// How many entries there are.
    pub entries: u64,
    /// The last entry; none in an empty ledger.
    pub checkpoint: Option<Checkpoint>,
}

impl Office {
    /// Checks every entry of the ledger from the first.
    ///
    /// # Errors
    /// [`OfficeError::Ledger`] names the first entry that does not hold.
    pub async fn verify_ledger(&self) -> Result<LedgerState, OfficeError> {
        self.verify_ledger_against(Vec::new()).await
    }

    /// Checks every entry of the ledger from the first, and that each checkpoint taken earlier is met on the way.
    ///
    /// # Errors
    /// [`OfficeError::Ledger`] names the first entry that does not hold, or the checkpoint that is not met.
    pub async fn verify_ledger_against(&self, checkpoints: Vec<Checkpoint>) -> Result<LedgerState, OfficeError> {
        let mut tx = self.read().await?;
        let mut verifier = Verifier::new(checkpoints);
        let mut state = LedgerState { entries: 0, checkpoint: None };
        loop {
            let page = tx.entries_after(state.entries, PAGE).await?;
            for entry in &page {
                verifier.take(entry)?;
                state.entries = entry.seq;
                state.checkpoint = Some(Checkpoint { seq: entry.seq, hash: entry.hash.clone(), at: entry.at });
            }
            if page.len() < PAGE as usize {
                verifier.finish(self.now())?;
                return Ok(state);
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
