//! The items of a list, page by page: a list may be longer than anybody wants to hold at once.

use crate::digest::{Sha256, Sha256Hex, sha256};
use crate::id::{DisposalId, RecordFileId};
use crate::office::OfficeError;
use crate::office::ports::{DisposalRow, ItemRow, Transaction};
use crate::records::{ItemState, ListHash};
use crate::time::Date;

/// Items in one page.
const PAGE: u32 = 500;
/// A run reads its whole list again after each such part of it, however long it is.
const PARTS: usize = 4;
/// After fewer files than this it is not read again.
const LEAST: usize = 2048;

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
    Ok(Whole::read(tx, row).await?.hash)
}

/// What a run knows of its list: the hash that the whole of it came to, and the digest of every item as it stood then.
///
/// An item that still has its digest is, letter by letter, the one that went into that hash. So a claim need not read the whole
/// list again: it reads its own items, and where one of them is another, or new, the whole list at once. Besides, the whole
/// is read again after every part of it, as others may change what no claim has come to yet.
#[derive(Default)]
pub(super) struct KnownList {
    whole: Option<Whole>,
    /// Items that were asked for since the whole was read.
    since: usize,
}

/// A list as it was read to its end.
struct Whole {
    disposal: DisposalId,
    as_of: Date,
    hash: Sha256Hex,
    /// By file.
    items: Vec<(RecordFileId, Sha256)>,
}

impl KnownList {
    /// Returns the list's hash as recomputed from the item ledger, of which these items were read in this transaction.
    pub(super) async fn hash(
        &mut self,
        tx: &mut dyn Transaction,
        row: &DisposalRow,
        items: &[(ItemRow, String)],
    ) -> Result<Sha256Hex, OfficeError> {
        self.since = self.since.saturating_add(items.len());
        if let Some(whole) = &self.whole
            && self.since <= LEAST.max(whole.items.len() / PARTS)
            && whole.is_of(row)
            && items.iter().all(|(item, frozen)| whole.has(item.item.file, frozen))
        {
            return Ok(whole.hash.clone());
        }
        self.since = items.len();
        Ok(self.whole.insert(Whole::read(tx, row).await?).hash.clone())
    }
}

impl Whole {
    async fn read(tx: &mut dyn Transaction, row: &DisposalRow) -> Result<Self, OfficeError> {
        let (disposal, as_of) = (row.plan.id, row.plan.as_of);
        let (mut hash, mut items, mut after) = (ListHash::new(disposal, as_of), Vec::new(), None);
        loop {
            let page = tx.frozen_items(disposal, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (file, frozen) in &page {
                hash.add(frozen);
                items.push((*file, sha256(frozen.as_bytes())));
            }
        }
        items.sort_unstable();
        Ok(Self { disposal, as_of, hash: hash.finish(), items })
    }

    /// Tells whether it is the list of a disposal for its day: both are in the hash.
    fn is_of(&self, row: &DisposalRow) -> bool {
        (self.disposal, self.as_of) == (row.plan.id, row.plan.as_of)
    }

    /// Tells whether a file's item stood in it like this.
    fn has(&self, file: RecordFileId, frozen: &str) -> bool {
        let found = self.items.binary_search_by_key(&file, |(file, _)| *file).ok();
        let item = found.and_then(|place| self.items.get(place));
        item.is_some_and(|(_, digest)| *digest == sha256(frozen.as_bytes()))
    }
}
