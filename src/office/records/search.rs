//! Searches records by words, in titles and numbers and then in contents. What a reader may not see is not found, and does not
//! count. Beside words it may ask for class, section, days and access class; words may then be none.
//!
//! The index says where words may be; whether they are there the title says, or the text itself, which is opened with the key
//! of its package, and of those records alone that the reader may see. So what is restricted costs nobody's time and shows in
//! no count; and what was destroyed cannot be opened.

use super::contents::open;
use super::error::FilingError;
use super::narrowing::wanted;
use super::sight::SEARCHED;
use super::views::{FoundIn, RecordHit, RecordsFound, SearchCursor, is_hidden};
use super::{READERS, allow};
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{FoundRecord, IndexKeys, RecordRow, SearchedPart, Transaction};
use crate::office::{Actor, Office, OfficeError, side_by_side};
use crate::records::{
    AccessClass, Excerpt, Reader, RecordFile, RecordFilter, SearchWords, found_in, may_see, normal_form,
};
use std::collections::{BTreeMap, BTreeSet};

/// Places that are found at once at first, and at most: the more of them a reader may not see, the more.
const PAGE: u32 = 150;
const LONGEST_PAGE: u32 = 1600;
/// Records that are read at once.
const READ: usize = 50;
const FEW_MORE: usize = 4;
/// Texts that are opened for one page at most; where the words stand in so few of them, the next page goes on.
const MOST_OPENED: usize = 600;

impl Office {
    /// Searches titles, document numbers and contents for all of some words, whatever the form of their characters;
    /// sealed-off records, and those that the actor may not see, are not found. At most `limit`: what is found by title and
    /// number first, newest first, then what is found in contents, newest first. No words are in every title.
    ///
    /// Where titles of restricted records are shown, the ledger says so first, once for each of their files. In a copy that
    /// nobody has confirmed it cannot, and they are left out.
    pub async fn search_records(&self, actor: &Actor, words: &str, limit: u32) -> Result<RecordsFound, OfficeError> {
        self.search_on(actor, words, &RecordFilter::default(), None, limit).await
    }

    /// Goes on with a search from where it had come, or begins one: among the records that a filter lets through.
    ///
    /// # Errors
    /// [`FilingError::DaysReversed`] where the filter's last day is before its first.
    pub async fn search_on(
        &self,
        actor: &Actor,
        words: &str,
        filter: &RecordFilter,
        from: Option<SearchCursor>,
        limit: u32,
    ) -> Result<RecordsFound, OfficeError> {
        allow(actor, READERS)?;
        let (reader, words) = (self.reader(actor), SearchWords::of(words));
        let mut tx = self.read().await?;
        let found = self.found(&mut *tx, &reader, (&words, filter), (from, limit)).await?;
        if found.restricted.is_empty() {
            return Ok(found.answer());
        }
        if tx.unconfirmed_copy().await?.is_some() {
            return Ok(found.without_restricted());
        }
        drop(tx);
        // Again, where nobody can change meanwhile who may see what.
        let mut tx = self.begin_reading().await?;
        let found = self.found(&mut *tx, &reader, (&words, filter), (from, limit)).await?;
        for (file, titles) in &found.restricted {
            let entry = self.entry(actor, SEARCHED, *file)?.with_number("titles", titles.len() as u64)?;
            let shown = |hit: &&RecordHit| titles.contains(&hit.row.record.id) && hit.excerpt.is_some();
            tx.append(match found.hits.iter().filter(shown).count() {
                0 => entry,
                texts => entry.with_number("texts", texts as u64)?,
            })
            .await?;
        }
        tx.commit().await?;
        Ok(found.answer())
    }

    async fn found(
        &self,
        tx: &mut dyn Transaction,
        reader: &Reader,
        (words, filter): (&SearchWords, &RecordFilter),
        (from, limit): (Option<SearchCursor>, u32),
    ) -> Result<Found, OfficeError> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let wanted = wanted(tx, filter, reader.today).await?;
        let part = tx.searched_part(&wanted).await?;
        let keys = self.index_keys().ok();
        let mut found = Found { has_all_contents: true, ..Found::default() };
        if let Some(keys) = &keys {
            found.has_all_contents = tx.has_all_texts(keys).await?;
        }
        let before = match from.and_then(|from| from.after) {
            Some(record) => Some(tx.place_of(record).await?.ok_or(FilingError::NoSuchRecord(record))?),
            None => None,
        };
        let begins_in_contents = from.is_some_and(|from| from.stage == FoundIn::Contents);
        let mut search = Search { office: self, tx, reader, words, part, most, found, files: Files::default() };
        if !begins_in_contents && !search.titles(before).await? {
            return Ok(search.found);
        }
        match keys {
            _ if words.is_empty() => {}
            // Without its key nobody reads the index.
            None => search.found.has_all_contents = false,
            Some(keys) => search.contents(&keys, before.filter(|_| begins_in_contents)).await?,
        }
        Ok(search.found)
    }
}

/// What was found, and which restricted records of which files are among it.
#[derive(Default)]
struct Found {
    hits: Vec<RecordHit>,
    restricted: BTreeMap<RecordFileId, BTreeSet<RecordId>>,
    next: Option<SearchCursor>,
    has_all_contents: bool,
}

impl Found {
    fn answer(self) -> RecordsFound {
        let Self { hits, next, has_all_contents, .. } = self;
        RecordsFound { hits, unlogged: 0, next, has_all_contents }
    }

    /// Leaves out what is restricted, and tells how much that is.
    fn without_restricted(mut self) -> RecordsFound {
        let restricted: BTreeSet<RecordId> = std::mem::take(&mut self.restricted).into_values().flatten().collect();
        self.hits.retain(|hit| !restricted.contains(&hit.row.record.id));
        RecordsFound { unlogged: restricted.len(), ..self.answer() }
    }
}

/// A search under way.
struct Search<'a> {
    office: &'a Office,
    tx: &'a mut dyn Transaction,
    reader: &'a Reader,
    words: &'a SearchWords,
    part: SearchedPart,
    most: usize,
    found: Found,
    files: Files,
}

impl Search<'_> {
    /// Goes on through what has the words in title or number until so many are found that the reader may see. Tells whether
    /// it came to the end; else the answer says where it goes on.
    async fn titles(&mut self, before: Option<u64>) -> Result<bool, OfficeError> {
        let (mut before, mut page) = (before, PAGE);
        while self.most > 0 {
            let there = self.tx.find_records(self.words, &self.part, before, page).await?;
            let Some(last) = there.last() else { return Ok(true) };
            // Fewer than were asked for are the last ones.
            let is_end = there.len() < page as usize;
            before = Some(last.place);
            let there = self.opened(there).await?;
            for some in there.chunks(READ) {
                let ids: Vec<RecordId> = some.iter().map(|one| one.record).collect();
                let rows = self.tx.records_with(self.words, &ids).await?;
                for (_, row) in self.seen(some, rows).await? {
                    if self.found.hits.len() == self.most {
                        self.goes_on(FoundIn::Title);
                        return Ok(false);
                    }
                    self.take(RecordHit { row, found_in: FoundIn::Title, excerpt: None })?;
                }
            }
            if is_end {
                return Ok(true);
            }
            page = LONGEST_PAGE.min(page * 2);
        }
        Ok(false)
    }

    /// Goes on through what may have the words in its contents, and opens the texts of those that the reader may see.
    async fn contents(&mut self, keys: &IndexKeys, before: Option<u64>) -> Result<(), OfficeError> {
        let (mut before, mut page, mut opened) = (before, PAGE, 0);
        let mut last_checked = None;
        loop {
            let there = self.tx.find_texts(keys, self.words, &self.part, before, page).await?;
            let Some(last) = there.last() else { return Ok(()) };
            let is_end = there.len() < page as usize;
            before = Some(last.place);
            let there = self.opened(there).await?;
            let mut left = there.as_slice();
            while !left.is_empty() {
                // As many as may still be shown, and a few to know whether there is more.
                let wanted = (self.most - self.found.hits.len() + FEW_MORE).min(READ);
                let (some, later) = left.split_at(wanted.min(left.len()));
                left = later;
                let ids: Vec<RecordId> = some.iter().map(|one| one.record).collect();
                let rows = self.tx.records_with(&SearchWords::default(), &ids).await?;
                let mut rows = self.seen(some, rows).await?;
                // What has all of them in title and number was found by these.
                rows.retain(|(_, row)| {
                    !self.words.stand_in([row.record.title.as_str()].into_iter().chain(row.record.number.as_deref()))
                });
                if opened >= MOST_OPENED && !rows.is_empty() {
                    self.found.next = Some(SearchCursor { stage: FoundIn::Contents, after: last_checked });
                    return Ok(());
                }
                opened += rows.len();
                for (row, read) in self.read(rows).await? {
                    match read {
                        Read::Found(excerpt) if self.found.hits.len() == self.most => {
                            drop(excerpt);
                            self.goes_on(FoundIn::Contents);
                            return Ok(());
                        }
                        Read::Found(excerpt) => {
                            last_checked = Some(row.record.id);
                            self.take(RecordHit { row, found_in: FoundIn::Contents, excerpt })?;
                            continue;
                        }
                        Read::Other => {}
                        Read::Unreadable => self.found.has_all_contents = false,
                    }
                    last_checked = Some(row.record.id);
                }
            }
            if is_end {
                return Ok(());
            }
            page = LONGEST_PAGE.min(page * 2);
        }
    }

    /// Leaves out what is restricted, and not for this reader: it is not even read.
    async fn opened(&mut self, mut there: Vec<FoundRecord>) -> Result<Vec<FoundRecord>, OfficeError> {
        let closed = there.iter().filter(|one| one.restricted).map(|one| one.file).collect();
        self.files.read(self.tx, closed).await?;
        there.retain(|one| !one.restricted || self.files.opens(one.file, self.reader));
        Ok(there)
    }

    /// Brings rows into the order of their places, each with its own, and leaves out what is sealed off or not for this
    /// reader.
    async fn seen(
        &mut self,
        order: &[FoundRecord],
        rows: Vec<RecordRow>,
    ) -> Result<Vec<(u64, RecordRow)>, OfficeError> {
        self.files.read(self.tx, rows.iter().map(|row| row.record.file).collect()).await?;
        let mut rows: BTreeMap<RecordId, RecordRow> = rows.into_iter().map(|row| (row.record.id, row)).collect();
        let mut seen = Vec::new();
        for one in order {
            let Some(row) = rows.remove(&one.record).filter(|row| !is_hidden(row.record.state)) else { continue };
            if may_see(self.files.get(row.record.file)?, Some(&row.record), self.reader) {
                seen.push((one.place, row));
            }
        }
        Ok(seen)
    }

    /// Opens the texts of records, and says of each whether the words stand in it, its title and its number.
    async fn read(&mut self, rows: Vec<(u64, RecordRow)>) -> Result<Vec<(RecordRow, Read)>, OfficeError> {
        let places: Vec<u64> = rows.iter().map(|(place, _)| *place).collect();
        let mut texts: BTreeMap<u64, Vec<u8>> = self.tx.texts_at(&places).await?.into_iter().collect();
        let words = self.words.clone();
        let mut all: Vec<(RecordRow, Option<Vec<u8>>)> =
            rows.into_iter().map(|(place, row)| (row, texts.remove(&place))).collect();
        let read = self.office.with_vault(move |vault| {
            let packages: Vec<_> = all.iter().map(|(row, _)| row.receipt.package).collect();
            let mut keyed: Vec<_> = all.drain(..).zip(vault.text_keys(&packages)?).collect();
            let read = side_by_side(&mut keyed, |((row, sealed), key)| {
                let text = sealed.as_ref().zip(key.as_ref().ok()).and_then(|(sealed, key)| open(key, sealed).ok());
                text.map_or(Read::Unreadable, |text| Read::of(row, &text, &words))
            })?;
            Ok(keyed.into_iter().map(|((row, _), _)| row).zip(read).collect::<Vec<_>>())
        });
        read.await
    }

    fn take(&mut self, hit: RecordHit) -> Result<(), OfficeError> {
        let record = &hit.row.record;
        if self.files.get(record.file)?.access_of(Some(record)) == AccessClass::Restricted {
            self.found.restricted.entry(record.file).or_default().insert(record.id);
        }
        self.found.hits.push(hit);
        Ok(())
    }

    /// Says that there is more after the last hit.
    fn goes_on(&mut self, stage: FoundIn) {
        let last = self.found.hits.last().filter(|hit| hit.found_in == stage);
        self.found.next = Some(SearchCursor { stage, after: last.map(|hit| hit.row.record.id) });
    }
}

/// What came of opening a text.
enum Read {
    /// All words are there; what stands around the first that is in the text.
    Found(Option<Excerpt>),
    /// They are not.
    Other,
    /// It could not be opened.
    Unreadable,
}

impl Read {
    fn of(row: &RecordRow, text: &str, words: &SearchWords) -> Self {
        let beside = [Some(row.record.title.as_str()), row.record.number.as_deref()];
        let beside: Vec<String> = beside.into_iter().flatten().map(normal_form).collect();
        found_in(text, &beside, words).map_or(Self::Other, Self::Found)
    }
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

    fn get(&self, file: RecordFileId) -> Result<&RecordFile, FilingError> {
        self.0.get(&file).ok_or(FilingError::NoSuchFile(file))
    }

    /// Tells whether a reader may see what is restricted in a file.
    fn opens(&self, file: RecordFileId, reader: &Reader) -> bool {
        self.0.get(&file).is_none_or(|file| file.opens(AccessClass::Restricted, reader))
    }
}
