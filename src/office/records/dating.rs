//! The last day that is stored with each file, by which lists find what may be due: it is what the program computes.
//!
//! It is computed at every change of a file. A later program may compute otherwise, and nothing that is due may be missed.

use super::SYSTEM;
use crate::id::RecordFileId;
use crate::office::ports::Transaction;
use crate::office::{Office, OfficeError};
use crate::records::{due_date, expiry_date};

/// Files in one page.
const PAGE: u32 = 1000;

impl Office {
    /// Stores the last day of files anew whose stored one is another than what is computed. Returns which they were.
    pub(super) async fn date_anew(&self) -> Result<Vec<RecordFileId>, OfficeError> {
        let today = self.today();
        let stale = stale(&mut *self.read().await?).await?;
        for id in &stale {
            let mut tx = self.begin().await?;
            let Some(mut row) = tx.file(*id).await? else { continue };
            row.dates = due_date(&row.file.terms, &row.file.facts, &[], today);
            tx.put_file(&row).await?;
            let last = row.dates.expires_on.map_or_else(|| "none".to_owned(), |day| day.to_string());
            tx.append(self.entry_by(SYSTEM, "file.dated", id)?.with("expires", last)?).await?;
            tx.commit().await?;
        }
        Ok(stale)
    }
}

/// Returns the files whose stored last day is not what is computed.
pub(super) async fn stale(tx: &mut dyn Transaction) -> Result<Vec<RecordFileId>, OfficeError> {
    let (mut stale, mut after) = (Vec::new(), None);
    loop {
        let page = tx.living_files(after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(stale) };
        after = Some(last.id);
        let differs = page.into_iter().filter(|(file, stored)| expiry_date(&file.terms, &file.facts) != *stored);
        stale.extend(differs.map(|(file, _)| file.id));
    }
}
