//! Revisions: where each incremental update ends, found by following the cross-reference chain (ISO 32000-2, 7.5).

use super::PdfError;
use std::collections::BTreeMap;

/// The form of a cross-reference section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XrefKind {
    /// A classic table (ISO 32000-2, 7.5.4).
    Table,
    /// A cross-reference stream (7.5.8).
    Stream,
    /// A table with `/XRefStm` beside it (7.5.8.4).
    Hybrid,
}

/// One revision: the original file or one incremental update (ISO 32000-2, 7.5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The first byte after the revision: after its `%%EOF` and one end-of-line marker.
    pub end: u64,
    /// The offset of the cross-reference section that its `startxref` names.
    pub startxref: u64,
    /// The form of that section.
    pub kind: XrefKind,
}

/// Finds the revisions, oldest first.
///
/// A revision is a `startxref … %%EOF` whose offset belongs to the chain of `/Prev` from the last `startxref`; text that
/// merely looks like one (inside a stream, or the head of a linearized file) is none.
pub(super) fn revisions(bytes: &[u8], most: usize) -> Result<Vec<Revision>, PdfError> {
    let marks = end_marks(bytes, most)?;
    let Some(last) = marks.last() else {
        return Err(damaged(bytes.len(), "no startxref before the end of the file"));
    };
    let chain = chain(bytes, last.startxref, most)?;
    let found: Vec<Revision> = marks
        .iter()
        .filter_map(|mark| {
            let kind = *chain.get(&mark.startxref)?;
            (mark.startxref < mark.end).then_some(Revision { end: mark.end, startxref: mark.startxref, kind })
        })
        .collect();
    match found.windows(2).find(|pair| pair[0].startxref == pair[1].startxref) {
        // The same section named twice: only the first ends a revision, the second is appended bytes.
        Some(pair) => Err(damaged(pair[1].end as usize, "two startxref name one cross-reference section")),
        None => Ok(found),
    }
}

#[derive(Clone, Copy)]
struct EndMark {
    startxref: u64,
    end: u64,
}

/// Finds every `startxref N %%EOF`.
fn end_marks(bytes: &[u8], most: usize) -> Result<Vec<EndMark>, PdfError> {
    let mut marks = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], b"startxref").map(|at| at + from) {
        from = at + b"startxref".len();
        let mut cursor = Cursor { bytes, at: from };
        cursor.skip_white();
        let Some(startxref) = cursor.unsigned() else { continue };
        cursor.skip_white();
        if !bytes[cursor.at..].starts_with(b"%%EOF") {
            continue;
        }
        let mut end = cursor.at + b"%%EOF".len();
        if bytes[end..].starts_with(b"\r\n") {
            end += 2;
        } else if matches!(bytes.get(end), Some(b'\r' | b'\n')) {
            end += 1;
        }
        marks.push(EndMark { startxref, end: end as u64 });
        if marks.len() > most {
            return Err(PdfError::TooLarge {
                what: "the number of revisions",
                found: marks.len() as u64,
                allowed: most as u64,
            });
        }
    }
    Ok(marks)
}

/// Follows `/Prev` from a section and returns each section's offset and form.
fn chain(bytes: &[u8], start: u64, most: usize) -> Result<BTreeMap<u64, XrefKind>, PdfError> {
    let mut sections = BTreeMap::new();
    let mut next = Some(start);
    while let Some(offset) = next {
        let section = section(bytes, offset)?;
        if sections.insert(offset, section.kind).is_some() {
            return Err(damaged(offset as usize, "the chain of cross-reference sections loops"));
        }
        if sections.len() > most {
            return Err(PdfError::TooLarge {
                what: "the number of cross-reference sections",
                found: sections.len() as u64,
                allowed: most as u64,
            });
        }
        next = section.previous;
    }
    Ok(sections)
}

struct Section {
    kind: XrefKind,
    previous: Option<u64>,
}

/// Reads a section's form and `/Prev`.
fn section(bytes: &[u8], offset: u64) -> Result<Section, PdfError> {
    let at = usize::try_from(offset).ok().filter(|at| *at < bytes.len());
    let at = at.ok_or_else(|| damaged(bytes.len(), "a cross-reference offset points outside the file"))?;
    let mut cursor = Cursor { bytes, at };
    cursor.skip_white();
    let table = bytes[cursor.at..].starts_with(b"xref");
    if table {
        let trailer = find(&bytes[cursor.at..], b"trailer")
            .ok_or_else(|| damaged(at, "a cross-reference table without trailer"))?;
        cursor.at += trailer + b"trailer".len();
    } else {
        let header = cursor.unsigned().is_some() && cursor.white() && cursor.unsigned().is_some() && cursor.white();
        if !header || !bytes[cursor.at..].starts_with(b"obj") {
            return Err(damaged(at, "neither a cross-reference table nor a cross-reference stream"));
        }
        cursor.at += b"obj".len();
    }
    let entries = cursor.top_level_integers().ok_or_else(|| damaged(at, "a trailer dictionary that cannot be read"))?;
    let kind = match (table, entries.contains_key(b"XRefStm".as_slice())) {
        (true, true) => XrefKind::Hybrid,
        (true, false) => XrefKind::Table,
        (false, _) => XrefKind::Stream,
    };
    Ok(Section { kind, previous: entries.get(b"Prev".as_slice()).copied() })
}

/// Reads tokens at a byte offset; enough of ISO 32000-2, 7.2 to find the integers of one dictionary.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_white(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0 => self.at += 1,
                b'%' if !self.bytes[self.at..].starts_with(b"%%EOF") => self.skip_line(),
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn white(&mut self) -> bool {
        let before = self.at;
        self.skip_white();
        self.at > before
    }

    fn unsigned(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        std::str::from_utf8(&self.bytes[start..self.at]).ok()?.parse().ok()
    }

    /// Reads a dictionary and returns the entries of its own level whose value is an integer.
    fn top_level_integers(&mut self) -> Option<BTreeMap<Vec<u8>, u64>> {
        let mut found = BTreeMap::new();
        let mut depth = 0_u32;
        loop {
            self.skip_white();
            match self.peek()? {
                b'<' if self.bytes[self.at..].starts_with(b"<<") => (self.at, depth) = (self.at + 2, depth + 1),
                b'>' if self.bytes[self.at..].starts_with(b">>") => {
                    (self.at, depth) = (self.at + 2, depth.checked_sub(1)?);
                    if depth == 0 {
                        return Some(found);
                    }
                }
                _ if depth == 0 => return None,
                b'<' => self.at += self.bytes[self.at..].iter().position(|byte| *byte == b'>')? + 1,
                b'(' => self.skip_literal()?,
                b'[' => (self.at, depth) = (self.at + 1, depth + 1),
                b']' => (self.at, depth) = (self.at + 1, depth.checked_sub(1).filter(|left| *left > 0)?),
                b'/' => {
                    let name = self.name();
                    if depth == 1 {
                        self.skip_white();
                        if let Some(value) = self.unsigned() {
                            found.entry(name).or_insert(value);
                        }
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.at += 1;
        let start = self.at;
        while self.peek().is_some_and(|byte| !b" \t\r\n\x0c\0()<>[]{}/%".contains(&byte)) {
            self.at += 1;
        }
        self.bytes[start..self.at].to_vec()
    }

    fn skip_literal(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            match self.peek()? {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

fn damaged(at: usize, what: &str) -> PdfError {
    PdfError::Damaged { at: at as u64, what: what.to_owned() }
}
