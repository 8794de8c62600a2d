//! Revisions: where each incremental update ends (ISO 32000-2, 7.5.6).

use super::window::window;
use super::xref::{Chain, damaged};
use super::{PdfError, Source};

/// How much of the file's end is searched at a time for the last `startxref`.
const STEP_BYTES: u64 = 64 << 10;
/// The longest `startxref … %%EOF`, white space included.
const MARK_BYTES: usize = 1024;

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

/// A `startxref N %%EOF`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// `N`.
    pub(super) startxref: u64,
    /// The offset behind it and one end of line.
    pub(super) end: u64,
}

/// Returns the revisions, oldest first, from the marks that follow the cross-reference sections.
///
/// A revision is a mark whose offset belongs to the chain of `/Prev` from the last mark; what merely looks like one
/// (inside a stream, or at the head of a linearized file) is none.
pub(super) fn revisions(mut marks: Vec<Mark>, chain: &Chain) -> Result<Vec<Revision>, PdfError> {
    marks.sort_by_key(|mark| mark.end);
    marks.dedup();
    let found: Vec<Revision> = marks
        .iter()
        .filter_map(|mark| {
            let kind = chain.get(&mark.startxref)?.kind;
            (mark.startxref < mark.end).then_some(Revision { end: mark.end, startxref: mark.startxref, kind })
        })
        .collect();
    match found.windows(2).find(|pair| pair[0].startxref == pair[1].startxref) {
        // The same section named twice: only the first ends a revision, the second is appended bytes.
        Some(pair) => Err(damaged(pair[1].end, "two startxref name one cross-reference section")),
        None if found.is_empty() => Err(damaged(0, "no startxref names a cross-reference section before it")),
        None => Ok(found),
    }
}

/// Reads the `startxref N %%EOF` that follows an offset, if one does.
pub(super) fn mark(source: &Source, at: u64) -> Result<Option<Mark>, PdfError> {
    window(source, at, MARK_BYTES, |lexer| {
        lexer.white();
        if !lexer.literally(b"startxref") {
            return None;
        }
        lexer.white();
        let startxref = lexer.number()?;
        if !lexer.literally(b"%%EOF") {
            return None;
        }
        let _ = lexer.literally(b"\r\n") || lexer.literally(b"\n") || lexer.literally(b"\r");
        Some(Mark { startxref, end: at + lexer.position() as u64 })
    })
}

/// Finds the last `startxref N %%EOF`, wherever it is: what follows it must be told, not overlooked.
pub(super) fn last_mark(source: &Source) -> Result<Mark, PdfError> {
    const WORD: &[u8] = b"startxref";
    let mut end = source.size_bytes();
    while end > 0 {
        let start = end.saturating_sub(STEP_BYTES);
        // A word that begins in this step may end in the one searched before.
        let bytes = source.read(start..(end + WORD.len() as u64).min(source.size_bytes()))?;
        for at in memchr::memmem::rfind_iter(&bytes, WORD) {
            if let Some(found) = mark(source, start + at as u64)? {
                return Ok(found);
            }
        }
        end = start;
    }
    Err(damaged(source.size_bytes(), "no startxref before the end of the file"))
}
