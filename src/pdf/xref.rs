//! Cross-reference data (ISO 32000-2, 7.5.4, 7.5.5, 7.5.8): where each object stands, by following `/Prev` from the end.

use super::lexer::Lexer;
use super::revision::{self, Mark, Revision, XrefKind};
use super::window::{stream_data, window};
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object, Stream};
use std::collections::BTreeMap;

/// How many rows of a table are read at a time.
const BATCH: u64 = 2_000;
/// The longest row that writers make: 20 bytes by the standard, some more by habit.
const ROW_BYTES: usize = 24;
/// What a cross-reference stream counts for at least, in bytes: reading one costs something however short it is.
const LEAST_PER_STREAM: usize = 256;
/// The highest object number that all readers accept: half of what ISO 32000-1, annex C, knows. With a higher one, some
/// build the table anew.
pub(super) const HIGHEST_NUMBER: u64 = 4_194_303;
/// The most bytes a trailer dictionary may have.
const TRAILER_BYTES: usize = 16 << 20;

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Nowhere: the number is free.
    Free,
    /// At an offset in the file, with its generation number.
    At {
        /// The offset of the object's number.
        offset: u64,
        /// The generation.
        generation: u16,
    },
    /// In an object stream.
    InStream {
        /// The object stream's number.
        container: u32,
        /// The index in it.
        index: u32,
    },
}

/// All cross-reference sections of a file, merged.
#[derive(Debug)]
pub(super) struct Xref {
    /// By object number.
    pub(super) entries: Vec<(u32, Entry)>,
    /// The newest section's trailer; the dictionary of the stream where that is one.
    pub(super) trailer: Dictionary,
    /// The offset of the newest section.
    pub(super) start: u64,
    /// Whether the newest section says exactly what it holds.
    pub(super) is_exact: bool,
    /// The revisions, oldest first.
    pub(super) revisions: Vec<Revision>,
    /// What older sections say of numbers of which a newer one says something else.
    pub(super) replaced: Vec<(u32, Entry)>,
    /// The offsets of all sections, in file order.
    pub(super) sections: Vec<u64>,
    /// Whether any section says what readers differ in: lists a number twice, or is a stream with a stream beside it.
    pub(super) is_ambiguous: bool,
}

impl Xref {
    /// Reads the cross-reference data of a file.
    ///
    /// # Errors
    /// [`PdfError::Damaged`] for what is not as written, [`PdfError::TooLarge`] over a limit, [`PdfError::Read`].
    pub(super) fn read(source: &Source, limits: &Limits) -> Result<Self, PdfError> {
        let last = revision::last_mark(source)?;
        let mut reading =
            Reading { source, limits, rows: Vec::new(), inflated_bytes: 0, beside: Vec::new(), is_ambiguous: false };
        let mut sections = BTreeMap::new();
        let mut marks = vec![last];
        let (mut trailer, mut is_exact) = (None, true);
        let mut next = Some(last.startxref);
        while let Some(offset) = next {
            let section = reading.section(offset)?;
            if sections.insert(offset, section.kind).is_some() {
                return Err(damaged(offset, "the chain of cross-reference sections loops"));
            }
            bounded("the number of cross-reference sections", sections.len(), limits.revisions)?;
            let size = section.trailer.get(b"Size").and_then(Object::as_i64).unwrap_or(0);
            if u64::try_from(size).is_ok_and(|size| size > HIGHEST_NUMBER + 1) {
                return Err(damaged(offset, "a cross-reference section for more objects than a file may have"));
            }
            marks.extend(section.mark);
            next = previous(&section.trailer, offset)?;
            if trailer.is_none() {
                is_exact = section.is_exact;
            }
            trailer.get_or_insert(section.trailer);
        }
        let is_ambiguous = reading.is_ambiguous;
        let mut entries = reading.rows;
        // The first row of a number is its newest.
        entries.sort_by_key(|(number, _)| *number);
        let mut replaced = Vec::new();
        entries.dedup_by(|older, kept| {
            let same = older.0 == kept.0;
            if same && older.1 != kept.1 {
                replaced.push(*older);
            }
            same
        });
        let revisions = revision::revisions(marks, &sections)?;
        let mut sections: Vec<u64> = sections.into_keys().chain(reading.beside).collect();
        sections.sort_unstable();
        Ok(Self {
            entries,
            replaced,
            sections,
            trailer: trailer.unwrap_or_default(),
            start: last.startxref,
            is_exact,
            revisions,
            is_ambiguous,
        })
    }
}

struct Section {
    kind: XrefKind,
    trailer: Dictionary,
    is_exact: bool,
    /// The `startxref` that follows the section.
    mark: Option<Mark>,
}

struct Reading<'a> {
    source: &'a Source,
    limits: &'a Limits,
    /// Newest sections first; of one number the first row counts.
    rows: Vec<(u32, Entry)>,
    /// What the streams read so far hold: many sections may name one stream.
    inflated_bytes: usize,
    /// The offsets of streams beside tables.
    beside: Vec<u64>,
    is_ambiguous: bool,
}

impl Reading<'_> {
    fn section(&mut self, offset: u64) -> Result<Section, PdfError> {
        let after = window(self.source, offset, TRAILER_BYTES, |lexer| {
            lexer.white();
            lexer.literally(b"xref").then(|| lexer.position() as u64)
        })?;
        match after {
            Some(length) => self.table(offset, offset + length),
            None => self.stream(offset),
        }
    }

    /// Reads a table (7.5.4), its trailer, and the stream beside it (7.5.8.4).
    fn table(&mut self, offset: u64, mut at: u64) -> Result<Section, PdfError> {
        let mut rows = Vec::new();
        loop {
            let head = window(self.source, at, TRAILER_BYTES, |lexer| {
                lexer.white();
                if lexer.literally(b"trailer") {
                    return Some((None, lexer.position()));
                }
                let run = (lexer.number()?, lexer.number()?);
                Some((Some(run), lexer.position()))
            })?;
            let (run, length) = head.ok_or_else(|| damaged(at, "a cross-reference table that cannot be read"))?;
            at += length as u64;
            let Some((first, count)) = run else { break };
            at = self.run(at, first, count, &mut rows)?;
        }
        let read = window(self.source, at, TRAILER_BYTES, |lexer| {
            lexer.white();
            Some((lexer.dictionary()?, lexer.position()))
        })?;
        let (trailer, length) = read.ok_or_else(|| damaged(at, "a trailer dictionary that cannot be read"))?;
        let mark = revision::mark(self.source, at + length as u64)?;
        let beside = trailer.get(b"XRefStm").ok().map(|beside| offset_of(beside, offset)).transpose()?;
        self.is_ambiguous |= repeats(&rows);
        // Numbers that are free here may be in use in the stream, for readers who know streams.
        let (free, used): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, entry)| *entry == Entry::Free);
        self.rows.extend(used);
        if let Some(beside) = beside {
            self.stream(beside)?;
            self.beside.push(beside);
        }
        self.rows.extend(free);
        bounded("the number of objects", self.rows.len(), self.limits.objects)?;
        let kind = if beside.is_some() { XrefKind::Hybrid } else { XrefKind::Table };
        Ok(Section { kind, trailer, is_exact: true, mark })
    }

    /// Reads the rows of one subsection.
    fn run(&self, mut at: u64, first: u64, count: u64, rows: &mut Vec<(u32, Entry)>) -> Result<u64, PdfError> {
        let end = first.checked_add(count).filter(|end| *end <= HIGHEST_NUMBER + 1);
        let end = end.ok_or_else(|| damaged(at, "a cross-reference table with numbers out of range"))?;
        let mut number = first;
        while number < end {
            bounded("the number of objects", self.rows.len() + rows.len(), self.limits.objects)?;
            let batch = BATCH.min(end - number);
            let read = window(self.source, at, BATCH as usize * ROW_BYTES * 4, |lexer| {
                let entries = (0..batch).map(|_| row(lexer)).collect::<Option<Vec<_>>>()?;
                Some((entries, lexer.position()))
            })?;
            let (entries, length) = read.ok_or_else(|| damaged(at, "a row of the cross-reference table"))?;
            rows.extend((number..).map(|number| number as u32).zip(entries));
            (at, number) = (at + length as u64, number + batch);
        }
        Ok(at)
    }

    /// Reads a cross-reference stream (7.5.8).
    fn stream(&mut self, offset: u64) -> Result<Section, PdfError> {
        let neither = || damaged(offset, "neither a cross-reference table nor a cross-reference stream");
        let head = window(self.source, offset, TRAILER_BYTES, |lexer| {
            lexer.white();
            lexer.object_head()?;
            lexer.white();
            let dictionary = lexer.dictionary()?;
            Some((dictionary, stream_data(lexer)?))
        })?;
        let (dictionary, start) = head.ok_or_else(neither)?;
        let start = offset + start as u64;
        let length =
            dictionary.get(b"Length").and_then(Object::as_i64).ok().and_then(|length| u64::try_from(length).ok());
        let end = length.and_then(|length| start.checked_add(length)).ok_or_else(neither)?;
        if !dictionary.has_type(b"XRef") || end - start > self.limits.inflated_bytes as u64 {
            return Err(neither());
        }
        let data = self.source.read(start..end).map_err(|_| neither())?.into_owned();
        let stream = Stream::new(dictionary, data);
        let left = self.limits.inflated_bytes.saturating_sub(self.inflated_bytes);
        let plain = match stream.dict.has(b"Filter") {
            true => stream.decompressed_content_with_limit(left).map_err(|_| neither())?,
            false => stream.content,
        };
        // Some readers follow it from here, too (7.5.8.4 knows it beside tables alone).
        self.is_ambiguous |= stream.dict.has(b"XRefStm");
        self.inflated_bytes += plain.len().max(LEAST_PER_STREAM);
        bounded("the data of cross-reference streams", self.inflated_bytes, self.limits.inflated_bytes)?;
        self.stream_rows(&stream.dict, &plain).ok_or_else(neither)??;
        let after = window(self.source, end, 1024, |lexer| {
            lexer.white();
            lexer.literally(b"endstream").then(|| lexer.white());
            lexer.literally(b"endobj").then(|| lexer.position() as u64)
        })?;
        let mark = after.map(|length| revision::mark(self.source, end + length)).transpose()?.flatten();
        Ok(Section { kind: XrefKind::Stream, is_exact: is_exact(&stream.dict, &plain), trailer: stream.dict, mark })
    }

    /// Reads the rows of a stream by `/W` and `/Index` (7.5.8.2, 7.5.8.3).
    fn stream_rows(&mut self, dictionary: &Dictionary, data: &[u8]) -> Option<Result<(), PdfError>> {
        let integers = |key: &[u8]| {
            let items = dictionary.get(key).ok()?.as_array().ok()?;
            items
                .iter()
                .map(|item| item.as_i64().ok().and_then(|n| usize::try_from(n).ok()))
                .collect::<Option<Vec<_>>>()
        };
        let widths: [usize; 3] = integers(b"W")?.get(..3)?.try_into().ok()?;
        let width: usize = widths.iter().sum();
        if width == 0 || widths.iter().any(|width| *width > 8) {
            return None;
        }
        let size = usize::try_from(dictionary.get(b"Size").ok()?.as_i64().ok()?).ok()?;
        let index = if dictionary.has(b"Index") { integers(b"Index")? } else { vec![0, size] };
        let own = self.rows.len();
        let mut rows = data.chunks_exact(width);
        for run in index.chunks_exact(2) {
            let count = self.rows.len() + run[1].min(rows.len());
            if let Err(error) = bounded("the number of objects", count, self.limits.objects) {
                return Some(Err(error));
            }
            if run[0].checked_add(run[1])? as u64 > HIGHEST_NUMBER + 1 {
                return None;
            }
            for number in run[0]..run[0].checked_add(run[1])? {
                // A stream that ends early says nothing of the rest.
                let Some(row) = rows.next() else { break };
                self.rows.push((u32::try_from(number).ok()?, stream_row(row, widths)?));
            }
        }
        self.is_ambiguous |= repeats(&self.rows[own..]);
        Some(Ok(()))
    }
}

/// Tells whether a number stands twice among the rows of one section.
fn repeats(rows: &[(u32, Entry)]) -> bool {
    let mut numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    numbers.windows(2).any(|pair| pair[0] == pair[1])
}

/// Reads `nnnnnnnnnn ggggg n`.
fn row(lexer: &mut Lexer<'_>) -> Option<Entry> {
    lexer.white();
    let (offset, generation) = (lexer.number()?, lexer.number()?);
    if lexer.keyword(b"f") {
        return Some(Entry::Free);
    }
    // An object at 0 would stand where the header is: writers mean a number that is not in use.
    let in_use = lexer.keyword(b"n").then_some(offset > 0)?;
    // The generation never passes 65,535 (7.5.4).
    let generation = u16::try_from(generation).ok()?;
    Some(if in_use { Entry::At { offset, generation } } else { Entry::Free })
}

fn stream_row(row: &[u8], widths: [usize; 3]) -> Option<Entry> {
    let field =
        |from: usize, width: usize| row[from..from + width].iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let kind = if widths[0] == 0 { 1 } else { field(0, widths[0]) };
    let (second, third) = (field(widths[0], widths[1]), field(widths[0] + widths[1], widths[2]));
    Some(match kind {
        1 if second > 0 => Entry::At { offset: second, generation: u16::try_from(third).ok()? },
        2 => Entry::InStream { container: u32::try_from(second).ok()?, index: u32::try_from(third).ok()? },
        // Types not known are references to null (table 18).
        _ => Entry::Free,
    })
}

/// Tells whether a stream has as many rows as its index says, each of a type that all readers know, none at offset 0, and
/// no filter but Flate.
fn is_exact(dictionary: &Dictionary, data: &[u8]) -> bool {
    let numbers = |key: &[u8]| -> Option<Vec<usize>> {
        let items = dictionary.get(key).ok()?.as_array().ok()?;
        items.iter().map(|item| usize::try_from(item.as_i64().ok()?).ok()).collect()
    };
    let flate = |filter: &Object| matches!(filter, Object::Name(name) if name == b"FlateDecode");
    let filtered = match dictionary.get(b"Filter") {
        Err(_) => true,
        Ok(Object::Array(filters)) => filters.len() <= 1 && filters.iter().all(flate),
        Ok(filter) => flate(filter),
    };
    let size = dictionary.get(b"Size").and_then(Object::as_i64).ok().and_then(|size| usize::try_from(size).ok());
    let index = if dictionary.has(b"Index") { numbers(b"Index") } else { size.map(|size| vec![0, size]) };
    let (Some(index), Some(widths)) = (index, numbers(b"W")) else { return false };
    let (width, rows) = (widths.iter().sum::<usize>(), index.chunks(2).filter_map(|run| run.get(1)).sum::<usize>());
    let Ok(known) = <[usize; 3]>::try_from(widths) else { return false };
    let is_known = |row: &[u8]| {
        let kind = row.iter().take(known[0]).fold(0_u64, |kind, byte| kind << 8 | u64::from(*byte));
        let kind = if known[0] == 0 { 1 } else { kind };
        kind <= 2 && (kind != 1 || row.iter().skip(known[0]).take(known[1]).any(|byte| *byte != 0))
    };
    let whole = rows.checked_mul(width) == Some(data.len()) && width > 0 && index.len().is_multiple_of(2);
    filtered && whole && data.chunks_exact(width).all(is_known)
}

fn previous(trailer: &Dictionary, at: u64) -> Result<Option<u64>, PdfError> {
    trailer.get(b"Prev").ok().map(|previous| offset_of(previous, at)).transpose()
}

fn offset_of(object: &Object, at: u64) -> Result<u64, PdfError> {
    let offset = object.as_i64().ok().and_then(|offset| u64::try_from(offset).ok());
    offset.ok_or_else(|| damaged(at, "a trailer that names no offset where it should"))
}

pub(super) fn bounded(what: &'static str, found: usize, allowed: usize) -> Result<(), PdfError> {
    let (found, allowed) = (found as u64, allowed as u64);
    if found > allowed { Err(PdfError::TooLarge { what, found, allowed }) } else { Ok(()) }
}

pub(super) fn damaged(at: u64, what: &str) -> PdfError {
    PdfError::Damaged { at, what: what.to_owned() }
}
