//! The raw bytes between two revisions: every one must belong to an object, a cross-reference section or a trailer
//! that the later revision's cross-reference names. Nothing may hide between them, and no dictionary may say one
//! thing twice, because readers differ in which of the two they believe.

use super::ChangeKind;
use super::comparison::Comparison;
use super::view::View;
use crate::pdf::{Dictionary, Entry, Object, ObjectId, Stream};
use crate::validate::syntax::{Scanner, Token, ascending};
use std::collections::{BTreeMap, BTreeSet};

/// The largest update that is looked through, in bytes.
const SEGMENT_BYTES: u64 = 512 << 20;
/// The longest `N G obj`, white space included.
const HEAD_BYTES: u64 = 64;
/// How much an object stream of an update may hold, decompressed.
const OBJECT_STREAM_BYTES: usize = 32 << 20;

/// Checks the bytes from one revision's end to the next one's.
pub(super) fn check(comparison: &mut Comparison<'_>) {
    let (older, newer) = (comparison.older.pdf().source(), comparison.newer.pdf().source());
    let (from, to) = (older.size_bytes(), newer.size_bytes());
    let segment = if to.saturating_sub(from) <= SEGMENT_BYTES { newer.read(from..to).ok() } else { None };
    let Some(segment) = segment else {
        return comparison.report(ChangeKind::Unreadable, None, "");
    };
    let view = comparison.newer;
    let Some(placed) = placed(view, from, to) else {
        return comparison.report(ChangeKind::HiddenBytes, None, "xref");
    };
    // An update has one cross-reference section, and goes on where the revision before it ends (7.5.6): a section between
    // the two would be read by nobody here.
    let previous = view.trailer().get(b"Prev").and_then(Object::as_i64).ok();
    let goes_on = previous.and_then(|at| u64::try_from(at).ok()) == Some(comparison.older.pdf().xref_start());
    if !view.pdf().is_xref_exact() || !goes_on {
        comparison.report(ChangeKind::Unreadable, None, "xref");
    }
    let scanner = Scanner::new(&segment);
    let mut reader = Reader { bytes: &segment, scanner, base: from, view, placed, sections: 0 };
    if let Err(fault) = reader.read() {
        let at = reader.base + reader.scanner.position() as u64;
        comparison.report(fault, None, format!("@{at}").as_str());
    }
    for (number, id) in std::mem::take(&mut reader.placed) {
        // The cross-reference points into these bytes, and no object stands there.
        comparison.report(ChangeKind::HiddenBytes, Some(id), &format!("@{number}"));
    }
    moved(from, to, comparison);
    compressed(comparison);
}

/// Lists the objects that the cross-reference places between two offsets; none where it places two at one.
fn placed(view: View<'_>, from: u64, to: u64) -> Option<BTreeMap<u64, ObjectId>> {
    let mut placed = BTreeMap::new();
    for (number, entry) in view.entries() {
        if let Entry::At { offset, generation } = entry
            && (from..to).contains(&offset)
            && placed.insert(offset, (number, generation)).is_some()
        {
            return None;
        }
    }
    Some(placed)
}

/// An entry that changed without an object in the new bytes makes an old number mean other old bytes.
fn moved(from: u64, to: u64, comparison: &mut Comparison<'_>) {
    let (older, newer) = (comparison.older, comparison.newer);
    let mut wrong = Vec::new();
    for (number, entry) in newer.entries() {
        let Entry::At { offset, generation } = entry else { continue };
        if offset >= to && older.entry(number) != Some(entry) {
            // Behind the end of the file: what a reader makes of it is its own guess.
            wrong.push((number, generation));
        }
        if older.entry(number) != Some(entry) && offset < from {
            let end = from.min(offset.saturating_add(HEAD_BYTES));
            let here = newer.pdf().source().read(offset..end).ok().and_then(|rest| Scanner::new(&rest).object_head());
            // An object that this parser gives up on is still shown by a reader that does not.
            let unread = newer.get((number, generation)).is_none();
            if here != Some((number, generation)) || unread || older.entry(number).is_some() {
                wrong.push((number, generation));
            }
        }
    }
    for id in wrong {
        comparison.report(ChangeKind::HiddenBytes, Some(id), "xref");
    }
}

/// Objects in object streams: a new stream gets the same reading as bytes in the open, holds nothing but what the
/// cross-reference places there, and each changed entry must find its number at its index, once, and be readable. What an old stream's dictionary refers to decides on what it holds,
/// and may not differ.
fn compressed(comparison: &mut Comparison<'_>) {
    let (older, newer) = (comparison.older, comparison.newer);
    let mut heads: BTreeMap<u32, Option<Vec<u32>>> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut containers = BTreeSet::new();
    for id in newer.ids().filter(|id| comparison.differs(*id)) {
        if let Some(Object::Stream(stream)) = newer.get(id)
            && stream.dict.has_type(b"ObjStm")
        {
            heads.insert(id.0, head(newer, stream).filter(|_| is_plain(&stream.dict) && is_well_formed(newer, stream)));
        }
    }
    let is_whole = |container: u32, head: &[u32]| {
        let placed = |(index, number): (usize, &u32)| {
            let here = u32::try_from(index).ok().map(|index| Entry::InStream { container, index });
            here.is_some() && newer.entry(*number) == here
        };
        head.iter().enumerate().all(placed)
    };
    let unsound = |(number, head): (&u32, &Option<Vec<u32>>)| {
        let sound = head.as_ref().is_some_and(|head| is_whole(*number, head));
        (!sound).then_some((*number, 0))
    };
    wrong.extend(heads.iter().filter_map(unsound));
    for (number, entry) in newer.entries() {
        let Entry::InStream { container, index } = entry else { continue };
        if containers.insert(container) {
            let others = newer.pdf().references((container, 0));
            others.iter().flat_map(|all| all.iter()).for_each(|id| comparison.require_same_from(*id, "ObjStm"));
        }
        if older.entry(number) == Some(entry) {
            continue;
        }
        let numbers = heads.entry(container).or_insert_with(|| match newer.get((container, 0)) {
            Some(Object::Stream(stream)) => head(newer, stream),
            _ => None,
        });
        let placed = numbers.as_ref().and_then(|numbers| numbers.get(index as usize));
        if placed != Some(&number) || newer.get((number, 0)).is_none() {
            wrong.push((number, 0));
        }
    }
    wrong.extend(overlapping_index(newer).then_some((0, 0)));
    for id in wrong {
        comparison.report(ChangeKind::Unreadable, Some(id), "ObjStm");
    }
}

/// Tells whether everything that decides on an object stream's content stands in its own dictionary, in a form that all
/// readers know.
fn is_plain(dictionary: &Dictionary) -> bool {
    let mut others = Vec::new();
    dictionary.iter().for_each(|(_, value)| crate::pdf::references(value, &mut others));
    let flate = |filter: &Object| matches!(filter, Object::Name(name) if name == b"FlateDecode");
    let known = match dictionary.get(b"Filter") {
        Err(_) => true,
        Ok(Object::Array(filters)) => filters.len() <= 1 && filters.iter().all(flate),
        Ok(filter) => flate(filter),
    };
    known && others.is_empty() && !dictionary.has(b"Extends")
}

fn inflated(view: View<'_>, stream: &Stream) -> Option<Vec<u8>> {
    view.pdf().inflated(stream, OBJECT_STREAM_BYTES)
}

/// Reads the object numbers at the head of an object stream (ISO 32000-2, 7.5.7); one that stands twice makes it
/// unreadable.
fn head(view: View<'_>, stream: &Stream) -> Option<Vec<u32>> {
    let inside = inflated(view, stream)?;
    let count =
        usize::try_from(stream.dict.get(b"N").ok()?.as_i64().ok()?).ok().filter(|count| *count <= inside.len())?;
    let mut scanner = Scanner::new(&inside);
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(scanner.unsigned()?);
        scanner.unsigned()?;
    }
    let unique: BTreeSet<u32> = numbers.iter().copied().collect();
    (unique.len() == numbers.len()).then_some(numbers)
}

/// Tells whether the objects in an object stream can be read token by token, no dictionary with one key twice.
fn is_well_formed(view: View<'_>, stream: &Stream) -> bool {
    let Some(inside) = inflated(view, stream) else { return false };
    let mut scanner = Scanner::new(&inside);
    loop {
        match scanner.next() {
            Ok(Token::End) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Tells whether the newest section, where it is a stream, lists a number twice (7.5.8.2).
fn overlapping_index(view: View<'_>) -> bool {
    let Ok(Object::Array(index)) = view.trailer().get(b"Index") else { return false };
    let number = |object: &Object| object.as_i64().ok().and_then(|number| u64::try_from(number).ok());
    let ranges: Option<Vec<(u64, u64)>> =
        index.chunks(2).map(|pair| Some((number(pair.first()?)?, number(pair.get(1)?)?))).collect();
    ranges.is_none_or(|mut ranges| !ascending(&mut ranges))
}

/// Reads an update's bytes as objects, one cross-reference section with its trailer, and one `startxref` at the end.
struct Reader<'a> {
    bytes: &'a [u8],
    scanner: Scanner<'a>,
    base: u64,
    view: View<'a>,
    placed: BTreeMap<u64, ObjectId>,
    sections: usize,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), ChangeKind> {
        loop {
            self.scanner.skip_space();
            let start = self.base + self.scanner.position() as u64;
            if let Some(id) = self.scanner.object_head() {
                self.object(start, id)?;
                continue;
            }
            match self.scanner.next().map_err(|_| ChangeKind::HiddenBytes)? {
                Token::Keyword(b"xref") if start == self.view.pdf().xref_start() => {
                    self.sections += 1;
                    self.scanner.xref_table().ok_or(ChangeKind::HiddenBytes)?;
                    let follows = self.scanner.keyword(b"trailer");
                    if !follows {
                        return Err(ChangeKind::HiddenBytes);
                    }
                    self.value()?;
                }
                Token::Keyword(b"startxref") => return self.end(),
                _ => return Err(ChangeKind::HiddenBytes),
            }
        }
    }

    /// Reads one indirect object; the cross-reference must name it at this very place, and it must be read as one.
    fn object(&mut self, start: u64, id: ObjectId) -> Result<(), ChangeKind> {
        let named = self.placed.remove(&start) == Some(id);
        let is_section = start == self.view.pdf().xref_start();
        if !named && !is_section {
            return Err(ChangeKind::HiddenBytes);
        }
        self.sections += usize::from(is_section);
        self.value()?;
        let end = self.base + self.scanner.position() as u64;
        self.scanner.skip_space();
        if self.scanner.keyword(b"stream") {
            let length = self.stream_length(id, is_section).ok_or(ChangeKind::Unreadable)?;
            self.scanner.stream(length).ok_or(ChangeKind::HiddenBytes)?;
        } else if self.view.pdf().object_end(id) != Some(end) {
            return Err(ChangeKind::Unreadable);
        }
        let read = self.view.get(id).filter(|_| named);
        if named && read.is_none() {
            return Err(ChangeKind::Unreadable);
        }
        // A second section would be believed by whoever comes upon it.
        let is_other_section = |object: &Object| match object {
            Object::Stream(stream) => self.view.name(&stream.dict, b"Type") == Some(b"XRef"),
            _ => false,
        };
        if !is_section && read.is_some_and(is_other_section) {
            return Err(ChangeKind::HiddenBytes);
        }
        self.scanner.skip_space();
        if self.scanner.keyword(b"endobj") { Ok(()) } else { Err(ChangeKind::HiddenBytes) }
    }

    /// Returns the length of a stream's data, where it is the very one that the dictionary states.
    fn stream_length(&self, id: ObjectId, is_section: bool) -> Option<usize> {
        let number = |object: &Object| usize::try_from(object.as_i64().ok()?).ok();
        if let Some(range) = self.view.pdf().stream_range(id) {
            let length = usize::try_from(range.end - range.start).ok()?;
            let Some(Object::Stream(stream)) = self.view.get(id) else { return None };
            let stated = number(self.view.value(&stream.dict, b"Length")?)?;
            return (stated == length).then_some(length);
        }
        match self.view.trailer().get(b"Length") {
            Ok(length) if is_section => number(length),
            _ => None,
        }
    }

    fn value(&mut self) -> Result<(), ChangeKind> {
        self.scanner.value().map_err(|_| ChangeKind::HiddenBytes)
    }

    /// Reads the offset behind `startxref`, the mark of the end, and nothing more; no comment before may have spoken.
    fn end(&mut self) -> Result<(), ChangeKind> {
        /// White space around the offset and the mark: more than this, and some readers look in vain.
        const SPACE_BYTES: usize = 16;
        let whole = self.bytes.get(self.scanner.position()..).unwrap_or_default();
        let offset = whole.trim_ascii().strip_suffix(b"%%EOF").map(<[u8]>::trim_ascii_end);
        let named = self.view.pdf().xref_start().to_string();
        let close = whole.len() <= named.len() + b"%%EOF".len() + SPACE_BYTES;
        let said = offset == Some(named.as_bytes()) && !self.scanner.has_telling_comment();
        let ends = said && close && self.sections == 1;
        if ends { Ok(()) } else { Err(ChangeKind::HiddenBytes) }
    }
}
