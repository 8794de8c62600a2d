//! Where the values of one indirect dictionary stand in the file's bytes (ISO 32000-2, 7.2 and 7.3).
//!
//! A parsed object no longer knows its place; whoever must compare parsed facts with raw bytes asks here.

use super::Pdf;
use super::lexer::Lexer;
use super::objects::LEAST_WORK;
use super::window::window;
use lopdf::ObjectId;
use std::ops::Range;

/// The most bytes a dictionary may have.
const DICTIONARY_BYTES: usize = 64 << 20;

/// One entry of a dictionary as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEntry {
    /// The key without the slash, `#xx` escapes decoded.
    pub key: Vec<u8>,
    /// The bytes of the value, without surrounding white space.
    pub span: Range<u64>,
}

/// Returns the entries of an indirect dictionary in file order, repeated keys included.
pub(super) fn entries(pdf: &Pdf, id: ObjectId) -> Option<Vec<RawEntry>> {
    let offset = pdf.object_offset(id)?;
    pdf.spend(LEAST_WORK)?;
    let mut looked = 0;
    let read = window(pdf.source(), offset, DICTIONARY_BYTES, |lexer| {
        let found = values(lexer, id, offset);
        looked = lexer.position();
        found
    });
    pdf.spend(looked as u64)?;
    read.ok().flatten()
}

fn values(lexer: &mut Lexer<'_>, id: ObjectId, offset: u64) -> Option<Vec<RawEntry>> {
    lexer.white();
    if lexer.object_head()? != id {
        return None;
    }
    lexer.white();
    if !lexer.literally(b"<<") {
        return None;
    }
    let mut entries = Vec::new();
    loop {
        lexer.white();
        if lexer.literally(b">>") {
            return Some(entries);
        }
        let key = lexer.name()?;
        lexer.white();
        let start = offset + lexer.position() as u64;
        lexer.object()?;
        entries.push(RawEntry { key, span: start..offset + lexer.position() as u64 });
    }
}
