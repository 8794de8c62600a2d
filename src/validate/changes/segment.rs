//! The raw bytes between two revisions: every one must belong to an object, a cross-reference section or a trailer
//! that the later revision's cross-reference names. Nothing may hide between them, and no dictionary may say one
//! thing twice, because readers differ in which of the two they believe.

use super::ChangeKind;
use super::comparison::Comparison;
use super::view::View;
use crate::validate::syntax::{Scanner, Token, ascending};
use lopdf::xref::XrefEntry;
use lopdf::{Object, ObjectId, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// How much an object stream of an update may hold, decompressed.
const OBJECT_STREAM_BYTES: usize = 32 << 20;

/// Checks the bytes from one revision's end to the next one's.
pub(super) fn check(bytes: &[u8], from: usize, to: usize, comparison: &mut Comparison<'_>) {
    let Some(segment) = bytes.get(from..to) else {
        return comparison.report(ChangeKind::Unreadable, None, "");
    };
    let placed = placed(comparison.newer, from, to);
    let mut reader = Reader { scanner: Scanner::new(segment), base: from, view: comparison.newer, placed };
    if let Err(fault) = reader.read() {
        let at = reader.base + reader.scanner.position();
        comparison.report(fault, None, &format!("@{at}"));
    }
    for (number, id) in std::mem::take(&mut reader.placed) {
        // The cross-reference points into these bytes, and no object stands there.
        comparison.report(ChangeKind::HiddenBytes, Some(id), &format!("@{number}"));
    }
    moved(bytes, from, comparison);
    compressed(comparison);
}

/// Lists the objects that the cross-reference places between two offsets.
fn placed(view: View<'_>, from: usize, to: usize) -> BTreeMap<usize, ObjectId> {
    let entries = view.entries().filter_map(|(number, entry)| match entry {
        XrefEntry::Normal { offset, generation } => Some((*offset as usize, (number, *generation))),
        _ => None,
    });
    entries.filter(|(offset, _)| (from..to).contains(offset)).collect()
}

/// An entry that changed without an object in the new bytes makes an old number mean other old bytes.
fn moved(bytes: &[u8], from: usize, comparison: &mut Comparison<'_>) {
    let mut wrong = Vec::new();
    for (number, entry) in comparison.newer.entries() {
        let XrefEntry::Normal { offset, generation } = entry else { continue };
        let same = matches!(comparison.older.entry(number),
            Some(XrefEntry::Normal { offset: o, generation: g }) if o == offset && g == generation);
        if !same && (*offset as usize) < from {
            let here = bytes.get(*offset as usize..from).and_then(|rest| Scanner::new(rest).object_head());
            // An object that this parser gives up on is still shown by a reader that does not.
            let unread = comparison.newer.get((number, *generation)).is_none();
            if here != Some((number, *generation)) || unread || comparison.older.entry(number).is_some() {
                wrong.push((number, *generation));
            }
        }
    }
    for id in wrong {
        comparison.report(ChangeKind::HiddenBytes, Some(id), "xref");
    }
}

/// Objects in object streams: a new stream gets the same reading as bytes in the open, and each changed entry must find
/// its number at its index, once.
fn compressed(comparison: &mut Comparison<'_>) {
    let (older, newer) = (comparison.older, comparison.newer);
    let mut heads: BTreeMap<u32, Option<Vec<u32>>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for id in newer.ids().filter(|id| comparison.differs(*id)) {
        if let Some(Object::Stream(stream)) = newer.get(id)
            && stream.dict.has_type(b"ObjStm")
        {
            heads.insert(id.0, head(stream).filter(|_| is_well_formed(stream)));
        }
    }
    wrong.extend(heads.iter().filter(|(_, head)| head.is_none()).map(|(number, _)| (*number, 0)));
    for (number, entry) in newer.entries() {
        let XrefEntry::Compressed { container, index } = entry else { continue };
        let same = matches!(older.entry(number),
            Some(XrefEntry::Compressed { container: c, index: i }) if c == container && i == index);
        if same {
            continue;
        }
        let numbers = heads.entry(*container).or_insert_with(|| match newer.get((*container, 0)) {
            Some(Object::Stream(stream)) => head(stream),
            _ => None,
        });
        let placed = numbers.as_ref().and_then(|numbers| numbers.get(usize::from(*index)));
        if placed != Some(&number) {
            wrong.push((number, 0));
        }
    }
    wrong.extend(overlapping_index(newer).then_some((0, 0)));
    for id in wrong {
        comparison.report(ChangeKind::Unreadable, Some(id), "ObjStm");
    }
}

fn inflated(stream: &Stream) -> Option<Vec<u8>> {
    match stream.dict.get(b"Filter") {
        Ok(_) => stream.decompressed_content_with_limit(OBJECT_STREAM_BYTES).ok(),
        Err(_) => Some(stream.content.clone()),
    }
}

/// Reads the object numbers at the head of an object stream (ISO 32000-2, 7.5.7); one that stands twice makes it
/// unreadable.
fn head(stream: &Stream) -> Option<Vec<u32>> {
    let inside = inflated(stream)?;
    let count =
        usize::try_from(stream.dict.get(b"N").ok()?.as_i64().ok()?).ok().filter(|count| *count <= inside.len())?;
    let mut scanner = Scanner::new(&inside);
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        numbers.push(scanner.unsigned()?);
        scanner.unsigned()?;
    }
    let unique: BTreeSet<u32> = numbers.iter().copied().collect();
    (unique.len() == numbers.len()).then_some(numbers)
}

/// Tells whether the objects in an object stream can be read token by token, no dictionary with one key twice.
fn is_well_formed(stream: &Stream) -> bool {
    let Some(inside) = inflated(stream) else { return false };
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

/// Reads an update's bytes as a sequence of objects, cross-reference sections and trailers.
struct Reader<'a> {
    scanner: Scanner<'a>,
    base: usize,
    view: View<'a>,
    placed: BTreeMap<usize, ObjectId>,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), ChangeKind> {
        loop {
            self.scanner.skip_space();
            let start = self.base + self.scanner.position();
            if let Some(id) = self.scanner.object_head() {
                self.object(start, id)?;
                continue;
            }
            match self.scanner.next().map_err(|_| ChangeKind::HiddenBytes)? {
                Token::End => return Ok(()),
                Token::Keyword(b"xref") => self.scanner.xref_table().ok_or(ChangeKind::HiddenBytes)?,
                Token::Keyword(b"trailer") => self.value()?,
                Token::Keyword(b"startxref") => self.number()?,
                _ => return Err(ChangeKind::HiddenBytes),
            }
        }
    }

    /// Reads one indirect object; the cross-reference must name it at this very place.
    fn object(&mut self, start: usize, id: ObjectId) -> Result<(), ChangeKind> {
        let named = self.placed.remove(&start) == Some(id);
        let is_section = start == self.view.xref_start();
        if !named && !is_section {
            return Err(ChangeKind::HiddenBytes);
        }
        self.value()?;
        self.scanner.skip_space();
        if self.scanner.keyword(b"stream") {
            let length = self.stream_length(id, is_section).ok_or(ChangeKind::Unreadable)?;
            self.scanner.stream(length).ok_or(ChangeKind::HiddenBytes)?;
        }
        self.scanner.skip_space();
        if self.scanner.keyword(b"endobj") { Ok(()) } else { Err(ChangeKind::HiddenBytes) }
    }

    fn stream_length(&self, id: ObjectId, is_section: bool) -> Option<usize> {
        if let Some(Object::Stream(stream)) = self.view.get(id) {
            return Some(stream.content.len());
        }
        let trailer = self.view.trailer();
        match trailer.get(b"Length") {
            Ok(Object::Integer(length)) if is_section => usize::try_from(*length).ok(),
            _ => None,
        }
    }

    fn value(&mut self) -> Result<(), ChangeKind> {
        self.scanner.value().map_err(|_| ChangeKind::HiddenBytes)
    }

    fn number(&mut self) -> Result<(), ChangeKind> {
        match self.scanner.next() {
            Ok(Token::Number(_)) => Ok(()),
            _ => Err(ChangeKind::HiddenBytes),
        }
    }
}
