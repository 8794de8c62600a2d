//! Searches records by words. What a reader may not see is not found, and does not count.

use super::error::FilingError;
use super::sight::SEARCHED;
use super::views::{RecordsFound, is_hidden};
use super::{READERS, allow};
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{RecordRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{AccessClass, Reader, RecordFile, SearchWords, may_see};
use std::collections::{BTreeMap, BTreeSet};

/// Places that are found at once at first, and at most: the more of them a reader may not see, the more.
const PAGE: u32 = 150;
const LONGEST_PAGE: u32 = 1600;
/// Records that are read at once.
const READ: usize = 50;

impl Office {
    /// Searches titles and document numbers for all of some words, whatever the form of their characters; sealed-off records,
    /// and those that the actor may not see, are not found. At most `limit`, newest first. No words are in every title.
    ///
    /// Where titles of restricted records are shown, the ledger says so first, once for each of their files. In a copy that
    /// nobody has confirmed it cannot, and they are left out.
    pub async fn search_records(&self, actor: &Actor, words: &str, limit: u32) -> Result<RecordsFound, OfficeError> {
        allow(actor, READERS)?;
        let (reader, words) = (self.reader(actor), SearchWords::of(words));
        let mut tx = self.read().await?;
        let found = find(&mut *tx, &reader, &words, limit).await?;
        if found.restricted.is_empty() {
            return Ok(RecordsFound { rows: found.rows, unlogged: 0 });
        }
        if tx.unconfirmed_copy().await?.is_some() {
            return Ok(found.without_restricted());
        }
        drop(tx);
        // Again, where nobody can change meanwhile who may see what.
        let mut tx = self.begin_reading().await?;
        let found = find(&mut *tx, &reader, &words, limit).await?;
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
async fn find(
    tx: &mut dyn Transaction,
    reader: &Reader,
    words: &SearchWords,
    limit: u32,
) -> Result<Found, OfficeError> {
    let (mut found, mut before, mut page) = (Found::default(), None, PAGE);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut files = Files::default();
    while found.rows.len() < most {
        let mut there = tx.find_records(words, before, page).await?;
        let Some(last) = there.last() else { break };
        before = Some(last.place);
        // What is restricted, and not for this reader, is not even read.
        files.read(tx, there.iter().filter(|one| one.restricted).map(|one| one.file).collect()).await?;
        there.retain(|one| !one.restricted || files.opens(one.file, reader));
        for some in there.chunks(READ) {
            let ids: Vec<RecordId> = some.iter().map(|one| one.record).collect();
            let rows = tx.records_with(words, &ids).await?.into_iter().map(|row| (row.record.id, row));
            let mut rows: BTreeMap<RecordId, RecordRow> = rows.collect();
            files.read(tx, rows.values().map(|row| row.record.file).collect()).await?;
            for row in ids.iter().filter_map(|id| rows.remove(id)).filter(|row| !is_hidden(row.record.state)) {
                let id = row.record.file;
                let file = files.0.get(&id).ok_or(FilingError::NoSuchFile(id))?;
                if found.rows.len() == most {
                    return Ok(found);
                }
                if may_see(file, Some(&row.record), reader) {
                    if file.access_of(Some(&row.record)) == AccessClass::Restricted {
                        found.restricted.entry(id).or_default().insert(row.record.id);
                    }
                    found.rows.push(row);
                }
            }
        }
        page = LONGEST_PAGE.min(page * 2);
    }
    Ok(found)
}

/// The files of what was found, each read once.
#[derive(Default)]
struct Files(BTreeMap<RecordFileId, RecordFile>);

impl Files {
    /// Reads those of some files that are not read yet.
    async fn read(&mut self, tx: &mut dyn Transaction, files: BTreeSet<RecordFileId>) -> Result<(), OfficeError> {
        let new: Vec<RecordFileId> = files.into_iter().filter(|id| !self.0.contains_key(id)).collect();
        self.0.extend(tx.files_among(&new).await?.into_iter().map(|row| (row.file.id, row.file)));
        Ok(())
    }

    /// Tells whether a reader may see what is restricted in a file.
    fn opens(&self, file: RecordFileId, reader: &Reader) -> bool {
        self.0.get(&file).is_none_or(|file| file.opens(AccessClass::Restricted, reader))
    }
}
