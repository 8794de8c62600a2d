//! The items of a list, page by page: a list may be longer than anybody wants to hold at once.

use crate::digest::Sha256Hex;
use crate::id::{DisposalId, RecordFileId};
use crate::office::OfficeError;
use crate::office::ports::{DisposalRow, ItemRow, Transaction};
use crate::records::{ItemState, ListHash};

/// Items in one page.
const PAGE: u32 = 500;

/// A walk through the items of a list, by file. Items that change their state behind the walker are not met again.
pub(super) struct Items {
    disposal: DisposalId,
    state: Option<ItemState>,
    after: Option<RecordFileId>,
}

impl Items {
    /// Walks through all items.
    pub(super) fn all(disposal: DisposalId) -> Self {
        Self { disposal, state: None, after: None }
    }

    /// Walks through those in a state.
    pub(super) fn in_state(disposal: DisposalId, state: ItemState) -> Self {
        Self { disposal, state: Some(state), after: None }
    }

    /// Returns the next page; none at the end.
    pub(super) async fn next(&mut self, tx: &mut dyn Transaction) -> Result<Option<Vec<ItemRow>>, OfficeError> {
        self.next_of(tx, PAGE).await
    }

    /// Returns a page of at most so many.
    pub(super) async fn next_of(
        &mut self,
        tx: &mut dyn Transaction,
        most: u32,
    ) -> Result<Option<Vec<ItemRow>>, OfficeError> {
        let page = match self.state {
            Some(state) => tx.items_in(self.disposal, state, self.after, most).await?,
            None => tx.items_after(self.disposal, self.after, most).await?,
        };
        let Some(last) = page.last() else { return Ok(None) };
        self.after = Some(last.item.file);
        Ok(Some(page))
    }

    /// Goes back to just after an item, so that those that follow it are met.
    pub(super) fn back_to(&mut self, item: &ItemRow) {
        self.after = Some(item.item.file);
    }
}

/// Recomputes a list's hash from the item ledger, withdrawn items included, as they were on the list too. It is of what
/// stands in the database, letter by letter.
pub(super) async fn list_hash(tx: &mut dyn Transaction, row: &DisposalRow) -> Result<Sha256Hex, OfficeError> {
    let (mut hash, mut after) = (ListHash::new(row.plan.id, row.plan.as_of), None);
    loop {
        let page = tx.frozen_items(row.plan.id, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(hash.finish()) };
        after = Some(*last);
        page.iter().for_each(|(_, item)| hash.add(item));
    }
}
