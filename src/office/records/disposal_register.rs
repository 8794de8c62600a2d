//! Reads the 移管・廃棄簿 a page at a time, for screens and for files (R5), without titles that the reader may not see.

use super::{READERS, allow};
use crate::id::RecordFileId;
use crate::office::ports::{DisposalRegisterRow, RegisterWalk, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{Reader, WITHHELD, may_see};
use std::collections::BTreeSet;

/// Rows that are read at once where all of them are walked through.
const PAGE: u32 = 1000;

/// A page of the 移管・廃棄簿, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalRegisterPage {
    /// The rows.
    pub rows: Vec<DisposalRegisterRow>,
    /// The number before which the next page goes on; none on the last.
    pub next: Option<u64>,
    /// How many rows the whole register has.
    pub all: u64,
}

impl Office {
    /// Returns a page of the 移管・廃棄簿: the rows before a number, or the newest, at most so many.
    pub async fn disposal_register_page(
        &self,
        actor: &Actor,
        before: Option<u64>,
        most: u32,
    ) -> Result<DisposalRegisterPage, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let all = tx.count_disposal_register().await?;
        // One more than is shown tells whether there is a next page.
        let mut found = tx.disposal_register_page(RegisterWalk::Before(before), most.saturating_add(1)).await?;
        let is_last = found.len() <= most as usize;
        found.truncate(most as usize);
        let next = found.last().map(|(number, _)| *number).filter(|_| !is_last);
        let withheld = withheld(&mut *tx, &self.reader(actor)).await?;
        let rows = found.into_iter().map(|(_, row)| veiled(row, &withheld)).collect();
        Ok(DisposalRegisterPage { rows, next, all })
    }

    /// Returns the whole 移管・廃棄簿, oldest first.
    pub async fn disposal_register(&self, actor: &Actor) -> Result<Vec<DisposalRegisterRow>, OfficeError> {
        let mut rows = Vec::new();
        self.walk_disposal_register(actor, |row| rows.push(row.clone())).await?;
        Ok(rows)
    }

    /// Takes every row of the 移管・廃棄簿, oldest first, as of one moment. Returns how many they are.
    pub async fn walk_disposal_register(
        &self,
        actor: &Actor,
        mut take: impl FnMut(&DisposalRegisterRow) + Send,
    ) -> Result<u64, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let withheld = withheld(&mut *tx, &self.reader(actor)).await?;
        let (mut after, mut taken) = (0, 0);
        loop {
            let page = tx.disposal_register_page(RegisterWalk::After(after), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(taken) };
            after = *last;
            taken += page.len() as u64;
            page.into_iter().for_each(|(_, row)| take(&veiled(row, &withheld)));
        }
    }
}

/// Returns the files whose titles a reader may not see.
async fn withheld(tx: &mut dyn Transaction, reader: &Reader) -> Result<BTreeSet<RecordFileId>, OfficeError> {
    let restricted = tx.restricted_files().await?.into_iter().map(|row| row.file);
    Ok(restricted.filter(|file| !may_see(file, None, reader)).map(|file| file.id).collect())
}

fn veiled(mut row: DisposalRegisterRow, withheld: &BTreeSet<RecordFileId>) -> DisposalRegisterRow {
    if withheld.contains(&row.file) {
        WITHHELD.clone_into(&mut row.title);
    }
    row
}
