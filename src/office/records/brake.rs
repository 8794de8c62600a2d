//! The brake: after the first hundredth of a list the run stops by itself, once, until somebody has looked and goes on (R5).

use super::views::DisposalPolicy;
use crate::id::DisposalId;
use crate::office::ports::{DisposalRow, Transaction};
use crate::office::{Office, OfficeError};
use crate::records::{DisposalState, ItemState};
use std::collections::BTreeMap;

/// How far a list has come, by its item ledger.
pub(super) struct Progress(BTreeMap<ItemState, u64>);

impl Progress {
    /// Counts a list's items.
    pub(super) async fn read(tx: &mut dyn Transaction, id: DisposalId) -> Result<Self, OfficeError> {
        Ok(Self(tx.item_counts(id).await?))
    }

    /// Tells whether a run has nothing more to do.
    pub(super) fn is_settled(&self) -> bool {
        self.0.iter().all(|(state, items)| *items == 0 || state.is_settled())
    }

    /// Tells whether anything on the list is past or off it.
    pub(super) fn has_begun(&self) -> bool {
        self.0.iter().any(|(state, items)| *items > 0 && *state != ItemState::SealedOff)
    }

    /// Returns how many files may still be claimed before the brake stops the run.
    fn room(&self, row: &DisposalRow, policy: &DisposalPolicy) -> u64 {
        let first = (row.files * u64::from(policy.brake_percent)).div_ceil(100).max(1);
        first.saturating_sub(self.past_return())
    }

    /// Counts the files past the point of no return.
    fn past_return(&self) -> u64 {
        let past = [ItemState::Claimed, ItemState::PrimaryGone, ItemState::Confirmed];
        past.iter().filter_map(|state| self.0.get(state)).sum()
    }

    fn waits(&self) -> bool {
        self.0.get(&ItemState::SealedOff).is_some_and(|items| *items > 0)
    }
}

impl Office {
    /// Returns how many files may still be claimed before the brake stops the run; none where it does not any more.
    pub(super) async fn room(&self, tx: &mut dyn Transaction, row: &DisposalRow) -> Result<Option<u64>, OfficeError> {
        if !self.will_brake(row) {
            return Ok(None);
        }
        Ok(Some(Progress::read(tx, row.plan.id).await?.room(row, &self.settings().disposal)))
    }

    /// Tells whether the brake is still to come; after it nobody counts the list.
    fn will_brake(&self, row: &DisposalRow) -> bool {
        !row.braked && self.settings().disposal.brake_percent > 0
    }

    /// Stops a run whose first part is claimed while more is waiting, in the transaction that came to know it. Returns
    /// whether it did.
    pub(super) async fn brake(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        row: &mut DisposalRow,
    ) -> Result<bool, OfficeError> {
        let id = row.plan.id;
        if row.state != DisposalState::Running || !self.will_brake(row) {
            return Ok(false);
        }
        let progress = Progress::read(tx, id).await?;
        if progress.room(row, &self.settings().disposal) > 0 || !progress.waits() {
            return Ok(false);
        }
        (row.state, row.braked) = (DisposalState::Paused, true);
        tx.put_disposal(row).await?;
        let entry = self.entry_by(actor, "disposal.braked", id)?.with_number("files", progress.past_return())?;
        tx.append(entry.with_number("of", row.files)?).await?;
        Ok(true)
    }
}
