//! Searches records by words. What a reader may not see is not found, and does not count.

use super::error::FilingError;
use super::sight::SEARCHED;
use super::views::{RecordsFound, is_hidden};
use super::{READERS, allow};
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{RecordRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{AccessClass, Reader, RecordFile, may_see};
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are read at once.
const PAGE: u32 = 500;

impl Office {
    /// Searches titles and document numbers; sealed-off records, and those that the actor may not see, are not found. At
    /// most `limit`, newest first.
    ///
    /// Where titles of restricted records are shown, the ledger says so first, once for each of their files. In a copy that
    /// nobody has confirmed it cannot, and they are left out.
    pub async fn search_records(&self, actor: &Actor, words: &str, limit: u32) -> Result<RecordsFound, OfficeError> {
        allow(actor, READERS)?;
        let (reader, words) = (self.reader(actor), words.trim());
        let mut tx = self.read().await?;
        let found = find(&mut *tx, &reader, words, limit).await?;
        if found.restricted.is_empty() {
            return Ok(RecordsFound { rows: found.rows, unlogged: 0 });
        }
        if tx.unconfirmed_copy().await?.is_some() {
            return Ok(found.without_restricted());
        }
        drop(tx);
        // Again, where nobody can change meanwhile who may see what.
        let mut tx = self.begin_reading().await?;
        let found = find(&mut *tx, &reader, words, limit).await?;
        for (file, titles) in found.restricted {
            tx.append(self.entry(actor, SEARCHED, file)?.with_number("titles", titles.len() as u64)?).await?;
        }
        tx.commit().await?;
        Ok(RecordsFound { rows: found.rows, unlogged: 0 })
    }
}

/// What was found, and which restricted records of which files are among it.
#[derive(Default)]
struct Found {
    rows: Vec<RecordRow>,
    restricted: BTreeMap<RecordFileId, BTreeSet<RecordId>>,
}

impl Found {
    /// Leaves out what is restricted, and tells how much that is.
    fn without_restricted(self) -> RecordsFound {
        let restricted: BTreeSet<RecordId> = self.restricted.into_values().flatten().collect();
        let mut rows = self.rows;
        rows.retain(|row| !restricted.contains(&row.record.id));
        RecordsFound { rows, unlogged: restricted.len() }
    }
}

/// Goes on through what has the words until so many are found that a reader may see.
async fn find(tx: &mut dyn Transaction, reader: &Reader, words: &str, limit: u32) -> Result<Found, OfficeError> {
    let (mut found, mut after, most) = (Found::default(), None, usize::try_from(limit).unwrap_or(usize::MAX));
    let mut files: BTreeMap<RecordFileId, RecordFile> = BTreeMap::new();
    loop {
        let page = tx.find_records(words, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.record.id);
        for row in page.into_iter().filter(|row| !is_hidden(row.record.state)) {
            if found.rows.len() == most {
                return Ok(found);
            }
            let id = row.record.file;
            let file = match files.remove(&id) {
                Some(file) => file,
                None => tx.file(id).await?.ok_or(FilingError::NoSuchFile(id))?.file,
            };
            if may_see(&file, Some(&row.record), reader) {
                if file.access_of(Some(&row.record)) == AccessClass::Restricted {
                    found.restricted.entry(id).or_default().insert(row.record.id);
                }
                found.rows.push(row);
            }
            files.insert(id, file);
        }
    }
}
