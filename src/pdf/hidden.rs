//! What stands in a file beside the objects that its cross-reference data place. A reader that builds these data anew, for
//! whatever flaw, comes upon it and believes the last that it finds of a number; one that does not never sees it.

use super::lexer::{Lexer, is_regular};
use super::rebuilt::head_before;
use super::window::window;
use super::xref::Entry;
use super::{Pdf, PdfError};
use lopdf::{Dictionary, Object, ObjectId};
use std::collections::HashSet;
use std::ops::Range;

/// How much of the file is looked through at a time.
const STEP_BYTES: u64 = 8 << 20;
/// How far steps overlap: the longest head of an object, and the longest word searched for.
const OVERLAP_BYTES: u64 = 64;
/// How far before a word the comment begins at most that it stands in.
const COMMENT_BYTES: usize = 1024;
/// The most bytes a trailer dictionary may have.
const TRAILER_BYTES: usize = 16 << 20;

impl Pdf {
    /// Tells whether the first bytes of the file hold an object, an object stream or a trailer that its cross-reference
    /// data never name, or name as long since replaced, and that a reader who builds these data anew could take for what
    /// is in use. What stands in the data of a stream counts where `in_streams` says so.
    ///
    /// # Errors
    /// [`PdfError::Read`]; [`Pdf::trouble`] tells what else kept it from finding out.
    pub fn hides_objects(&self, end: u64, in_streams: bool) -> Result<bool, PdfError> {
        let mut search = Search::new(self, end, in_streams);
        let end = end.min(self.source().size_bytes());
        let mut from = 0;
        while from < end {
            let to = from.saturating_add(STEP_BYTES).min(end);
            let start = from.saturating_sub(OVERLAP_BYTES);
            if search.hides(start, &self.source().read(start..to)?)? {
                return Ok(true);
            }
            from = to;
        }
        Ok(false)
    }
}

struct Search<'a> {
    pdf: &'a Pdf,
    end: u64,
    in_streams: bool,
    /// Where any section places an object in the open, in file order.
    places: Vec<(u64, ObjectId)>,
    /// The numbers that have a place in what is looked through.
    numbers: HashSet<u32>,
    /// What stood in an object stream by an older section.
    contained: HashSet<(u32, Entry)>,
    /// The offsets of the object streams that were looked into.
    opened: HashSet<u64>,
    /// The object that was looked at last: where it begins and ends.
    known: (u64, u64),
    /// Behind the last `trailer` that was come upon.
    trailer: u64,
    /// The numbers that objects refer to, once somebody asked.
    referenced: Option<HashSet<u32>>,
}

impl<'a> Search<'a> {
    fn new(pdf: &'a Pdf, end: u64, in_streams: bool) -> Self {
        let mut places: Vec<_> = pdf.entries().iter().chain(pdf.replaced()).filter_map(placed).collect();
        places.sort_unstable();
        places.dedup();
        let numbers = places.iter().take_while(|(offset, _)| *offset < end).map(|(_, id)| id.0).collect();
        let in_stream = |row: &&(u32, Entry)| matches!(row.1, Entry::InStream { .. });
        let contained = pdf.replaced().iter().filter(in_stream).copied().collect();
        let (opened, known) = (HashSet::new(), (0, 0));
        Self { pdf, end, in_streams, places, numbers, contained, opened, known, trailer: 0, referenced: None }
    }

    fn hides(&mut self, base: u64, bytes: &[u8]) -> Result<bool, PdfError> {
        for at in memchr::memmem::find_iter(bytes, b"obj") {
            if self.is_hidden_object(base, bytes, at) {
                return Ok(true);
            }
        }
        for at in memchr::memmem::find_iter(bytes, b"trailer") {
            if self.is_hidden_trailer(base + (at + b"trailer".len()) as u64)? {
                return Ok(true);
            }
        }
        let names = memchr::memchr_iter(b'/', bytes).filter(|at| is_object_stream(&bytes[at + 1..]));
        Ok(names.map(|at| base + at as u64).any(|at| self.holds_what_is_not_placed(at)))
    }

    /// Tells whether the `obj` at a place heads an object that no section places there, or whose number has since been
    /// placed before it.
    fn is_hidden_object(&mut self, base: u64, bytes: &[u8], at: usize) -> bool {
        let before = bytes.get(..at).unwrap_or_default();
        if before.last().is_none_or(|byte| byte.is_ascii_alphabetic()) {
            return false;
        }
        let place = base + at as u64;
        let Some((number, Entry::At { offset, generation })) = head_before(bytes, at) else {
            // A head with a comment or a long gap in it is one for some readers; a word in a comment is none.
            let ends = bytes.get(at + b"obj".len()).is_none_or(|byte| !is_regular(*byte));
            let before = &before[before.len().saturating_sub(COMMENT_BYTES)..];
            let line = before.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |end| end + 1);
            return ends && !before[line..].contains(&b'%') && !self.is_inside(place);
        };
        let offset = base + offset;
        if self.places.binary_search(&(offset, (number, generation))).is_ok() {
            let newest = self.pdf.place(number);
            return matches!(newest, Some(Entry::At { offset: newest, .. }) if newest < offset);
        }
        let is_section = self.has_section(offset..offset + 1);
        if is_section || (self.is_inside(place) && !self.in_streams) {
            return false;
        }
        // A number that came into use only behind all this is found there last.
        let came_later = matches!(self.pdf.place(number), Some(Entry::At { offset, .. }) if offset >= self.end);
        let is_used = if came_later { self.numbers.contains(&number) } else { self.is_used(number) };
        let kind = self.pdf.kind_at((number, generation), offset);
        is_used || matches!(kind.as_deref(), Some(b"XRef" | b"ObjStm" | b"Catalog"))
    }

    /// Tells whether the dictionary behind a `trailer` is no section's and names another catalogue.
    fn is_hidden_trailer(&mut self, at: u64) -> Result<bool, PdfError> {
        let before = std::mem::replace(&mut self.trailer, at);
        let since = self.before(at).map_or(0, |(place, _)| place).max(before);
        if at <= before || self.has_section(since..at) {
            return Ok(false);
        }
        let mut looked = 0;
        let read = window(self.pdf.source(), at, TRAILER_BYTES, |lexer| {
            lexer.white();
            let read = lexer.dictionary();
            looked = lexer.position() as u64;
            read
        })?;
        if self.pdf.spend(looked).is_none() {
            return Ok(true);
        }
        let root = |trailer: &Dictionary| trailer.get(b"Root").and_then(Object::as_reference).ok();
        let Some(other) = read.as_ref().and_then(root) else { return Ok(false) };
        Ok(root(self.pdf.trailer()) != Some(other) && (self.in_streams || !self.is_inside(at)))
    }

    /// Tells whether the object stream whose type stands at a place holds a number that no section places in it.
    fn holds_what_is_not_placed(&mut self, at: u64) -> bool {
        let Some((offset, id)) = self.before(at) else { return false };
        let is_next = self.opened.insert(offset) && !self.has_section(offset..at);
        if !is_next || self.pdf.kind_at(id, offset).is_none_or(|kind| kind != b"ObjStm") {
            return false;
        }
        if self.pdf.object_offset(id) != Some(offset) {
            return true;
        }
        let held = self.pdf.contained(id.0);
        let is_placed = |number: u32, index: u32| {
            let here = Entry::InStream { container: id.0, index };
            self.pdf.place(number) == Some(here) || self.contained.contains(&(number, here))
        };
        let others: Vec<u32> =
            (0..).zip(held).filter(|(index, number)| !is_placed(*number, *index)).map(|(_, number)| number).collect();
        others.into_iter().any(|number| self.is_used(number))
    }

    /// Tells whether a place lies within an object that a section places before it.
    fn is_inside(&mut self, at: u64) -> bool {
        if (self.known.0..self.known.1).contains(&at) {
            return true;
        }
        let Some((offset, id)) = self.before(at) else { return false };
        self.known = (offset, self.pdf.end_at(id, offset).unwrap_or(offset).min(self.end));
        at < self.known.1
    }

    fn has_section(&self, range: Range<u64>) -> bool {
        let sections = self.pdf.sections();
        let next = sections.partition_point(|section| *section < range.start);
        sections.get(next).is_some_and(|section| *section < range.end)
    }

    /// Returns the last object that any section places before an offset.
    fn before(&self, at: u64) -> Option<(u64, ObjectId)> {
        let index = self.places.partition_point(|(offset, _)| *offset < at);
        self.places.get(index.checked_sub(1)?).copied()
    }

    /// Tells whether a number is in use, or anything refers to it.
    fn is_used(&mut self, number: u32) -> bool {
        if self.pdf.place(number).is_some_and(|entry| entry != Entry::Free) {
            return true;
        }
        let pdf = self.pdf;
        let referenced = self.referenced.get_or_insert_with(|| {
            let ids = pdf.entries().iter().filter_map(|(number, entry)| match entry {
                Entry::Free => None,
                Entry::At { generation, .. } => Some((*number, *generation)),
                Entry::InStream { .. } => Some((*number, 0)),
            });
            let named = ids.filter_map(|id| pdf.references(id)).flat_map(|found| found.to_vec());
            named.map(|(number, _)| number).collect()
        });
        referenced.contains(&number)
    }
}

fn placed((number, entry): &(u32, Entry)) -> Option<(u64, ObjectId)> {
    match entry {
        Entry::At { offset, generation } => Some((*offset, (*number, *generation))),
        _ => None,
    }
}

/// Tells whether a name, from behind its solidus, is `ObjStm`, however it is spelled.
fn is_object_stream(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'O' | b'#'))
        && Lexer::new(&[b"/", &name[..name.len().min(24)]].concat())
            .name()
            .is_some_and(|name| name.starts_with(b"ObjStm"))
}
