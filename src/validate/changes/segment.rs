//! The raw bytes between two revisions: every one must belong to an object, a cross-reference section or a trailer
//! that the later revision's cross-reference names. Nothing may hide between them, and no dictionary may say one
//! thing twice, because readers differ in which of the two they believe.

use super::ChangeKind;
use super::comparison::Comparison;
use super::view::View;
use crate::validate::syntax::{Scanner, Token};
use lopdf::xref::XrefEntry;
use lopdf::{Object, ObjectId};
use std::collections::BTreeMap;

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
            if here != Some((number, *generation)) || comparison.older.entry(number).is_some() {
                wrong.push((number, *generation));
            }
        }
    }
    for id in wrong {
        comparison.report(ChangeKind::HiddenBytes, Some(id), "xref");
    }
}

/// Objects in a new object stream get the same reading as those in the open.
fn compressed(comparison: &mut Comparison<'_>) {
    let mut wrong = Vec::new();
    for id in comparison.newer.ids() {
        let Some(Object::Stream(stream)) = comparison.newer.get(id) else { continue };
        if !stream.dict.has_type(b"ObjStm") || !comparison.differs(id) {
            continue;
        }
        let inside = match stream.dict.get(b"Filter") {
            Ok(_) => stream.decompressed_content_with_limit(OBJECT_STREAM_BYTES).ok(),
            Err(_) => Some(stream.content.clone()),
        };
        let readable = inside.is_some_and(|inside| {
            let mut scanner = Scanner::new(&inside);
            loop {
                match scanner.next() {
                    Ok(Token::End) => break true,
                    Ok(_) => {}
                    Err(_) => break false,
                }
            }
        });
        if !readable {
            wrong.push(id);
        }
    }
    for id in wrong {
        comparison.report(ChangeKind::Unreadable, Some(id), "ObjStm");
    }
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
