//! Reads the 移管・廃棄簿 a page at a time, for screens and for files (R5).

use super::{READERS, allow};
use crate::office::ports::{DisposalRegisterRow, RegisterWalk};
use crate::office::{Actor, Office, OfficeError};

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
        Ok(DisposalRegisterPage { rows: found.into_iter().map(|(_, row)| row).collect(), next, all })
    }

    /// Takes every row of the 移管・廃棄簿, oldest first, as of one moment. Returns how many they are.
    pub async fn walk_disposal_register(
        &self,
        actor: &Actor,
        mut take: impl FnMut(&DisposalRegisterRow) + Send,
    ) -> Result<u64, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let (mut after, mut taken) = (0, 0);
        loop {
            let page = tx.disposal_register_page(RegisterWalk::After(after), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(taken) };
            after = *last;
            taken += page.len() as u64;
            page.iter().for_each(|(_, row)| take(row));
        }
    }
}
