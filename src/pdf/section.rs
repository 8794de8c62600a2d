//! One cross-reference section (ISO 32000-2, 7.5.4, 7.5.8): its rows and its trailer.

use super::lexer::Lexer;
use super::revision::{self, Mark, XrefKind};
use super::window::{stream_data, window};
use super::xref::{Entry, HIGHEST_NUMBER, bounded, damaged, offset_of};
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object, Stream};

/// How many rows of a table are read at a time.
const BATCH: u64 = 2_000;
/// The longest row that writers make: 20 bytes by the standard, some more by habit.
const ROW_BYTES: usize = 24;
/// What a cross-reference stream counts for at least, in bytes: reading one costs something however short it is.
const LEAST_PER_STREAM: usize = 256;
/// The most bytes a trailer dictionary may have.
const TRAILER_BYTES: usize = 16 << 20;

/// A section, and the stream beside it where it names one.
#[derive(Debug)]
pub(super) struct Section {
    /// Its form.
    pub(super) kind: XrefKind,
    /// Its trailer; the dictionary of a stream.
    pub(super) trailer: Dictionary,
    /// Its rows; of one number the first counts.
    pub(super) rows: Vec<(u32, Entry)>,
    /// Whether it says exactly what it holds.
    pub(super) is_exact: bool,
    /// Whether it says what readers differ in.
    pub(super) is_ambiguous: bool,
    /// The `startxref` that follows it.
    pub(super) mark: Option<Mark>,
    /// The offset of the stream beside a table (7.5.8.4).
    pub(super) beside: Option<u64>,
}

/// Reads the sections of one file, within its limits.
pub(super) struct Reading<'a> {
    source: &'a Source,
    limits: &'a Limits,
    /// How many rows the sections had so far.
    rows: usize,
    /// What the streams read so far hold: many sections may name one stream.
    inflated_bytes: usize,
}

impl<'a> Reading<'a> {
    /// Starts with nothing read.
    pub(super) fn new(source: &'a Source, limits: &'a Limits) -> Self {
        Self { source, limits, rows: 0, inflated_bytes: 0 }
    }

    /// Counts the rows of a section.
    ///
    /// # Errors
    /// [`PdfError::TooLarge`].
    pub(super) fn count(&mut self, section: &Section) -> Result<(), PdfError> {
        self.rows += section.rows.len();
        bounded("the number of objects", self.rows, self.limits.objects)
    }

    /// Reads the section at an offset.
    ///
    /// # Errors
    /// Those of [`super::xref::Xref::read`].
    pub(super) fn section(&mut self, offset: u64) -> Result<Section, PdfError> {
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
        let is_ambiguous = repeats(&rows);
        let table = Section { kind: XrefKind::Table, trailer, rows, is_exact: true, is_ambiguous, mark, beside };
        match beside {
            Some(beside) => self.hybrid(table, beside),
            None => Ok(table),
        }
    }

    /// Puts the stream beside a table between the table's own rows: numbers that are free there may be in use in the
    /// stream, for readers who know streams.
    fn hybrid(&mut self, table: Section, beside: u64) -> Result<Section, PdfError> {
        let (free, mut rows): (Vec<_>, Vec<_>) = table.rows.into_iter().partition(|(_, entry)| *entry == Entry::Free);
        let stream = self.stream(beside)?;
        rows.extend(stream.rows);
        rows.extend(free);
        bounded("the number of objects", self.rows + rows.len(), self.limits.objects)?;
        let is_ambiguous = table.is_ambiguous || stream.is_ambiguous;
        Ok(Section { kind: XrefKind::Hybrid, rows, is_ambiguous, ..table })
    }

    /// Reads the rows of one subsection.
    fn run(&self, mut at: u64, first: u64, count: u64, rows: &mut Vec<(u32, Entry)>) -> Result<u64, PdfError> {
        let end = first.checked_add(count).filter(|end| *end <= HIGHEST_NUMBER + 1);
        let end = end.ok_or_else(|| damaged(at, "a cross-reference table with numbers out of range"))?;
        let mut number = first;
        while number < end {
            bounded("the number of objects", self.rows + rows.len(), self.limits.objects)?;
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
        self.inflated_bytes += plain.len().max(LEAST_PER_STREAM);
        bounded("the data of cross-reference streams", self.inflated_bytes, self.limits.inflated_bytes)?;
        let rows = self.stream_rows(&stream.dict, &plain).ok_or_else(neither)??;
        let after = window(self.source, end, 1024, |lexer| {
            lexer.white();
            lexer.literally(b"endstream").then(|| lexer.white());
            lexer.literally(b"endobj").then(|| lexer.position() as u64)
        })?;
        let mark = after.map(|length| revision::mark(self.source, end + length)).transpose()?.flatten();
        // A further stream beside it: some readers follow it from here, too (7.5.8.4 knows it beside tables alone).
        let is_ambiguous = stream.dict.has(b"XRefStm") || repeats(&rows);
        let (kind, is_exact) = (XrefKind::Stream, is_exact(&stream.dict, &plain));
        Ok(Section { kind, trailer: stream.dict, rows, is_exact, is_ambiguous, mark, beside: None })
    }

    /// Reads the rows of a stream by `/W` and `/Index` (7.5.8.2, 7.5.8.3).
    fn stream_rows(&self, dictionary: &Dictionary, data: &[u8]) -> Option<Result<Vec<(u32, Entry)>, PdfError>> {
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
        let (mut rows, mut data) = (Vec::new(), data.chunks_exact(width));
        for run in index.chunks_exact(2) {
            let count = self.rows + rows.len() + run[1].min(data.len());
            if let Err(error) = bounded("the number of objects", count, self.limits.objects) {
                return Some(Err(error));
            }
            if run[0].checked_add(run[1])? as u64 > HIGHEST_NUMBER + 1 {
                return None;
            }
            for number in run[0]..run[0].checked_add(run[1])? {
                // A stream that ends early says nothing of the rest.
                let Some(row) = data.next() else { break };
                rows.push((u32::try_from(number).ok()?, stream_row(row, widths)?));
            }
        }
        Some(Ok(rows))
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
