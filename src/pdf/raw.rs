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

/// Returns the entries of an indirect dictionary in file order, repeated keys included; or, where a key is named, those of
/// the direct dictionary that is its value there.
pub(super) fn entries(pdf: &Pdf, id: ObjectId, inside: Option<&[u8]>) -> Option<Vec<RawEntry>> {
    let offset = pdf.object_offset(id)?;
    pdf.spend(LEAST_WORK)?;
    let mut looked = 0;
    let read = window(pdf.source(), offset, DICTIONARY_BYTES, |lexer| {
        lexer.white();
        let found = match (lexer.object_head()? == id, inside) {
            (true, None) => dictionary(lexer, offset),
            (true, Some(key)) => value(lexer, offset, key),
            _ => None,
        };
        looked = lexer.position();
        found
    });
    pdf.spend(looked as u64)?;
    read.ok().flatten()
}

fn dictionary(lexer: &mut Lexer<'_>, offset: u64) -> Option<Vec<RawEntry>> {
    let mut entries = Vec::new();
    each(lexer, |lexer, key| {
        let start = offset + lexer.position() as u64;
        lexer.object()?;
        entries.push(RawEntry { key, span: start..offset + lexer.position() as u64 });
        Some(())
    })?;
    Some(entries)
}

/// Reads the dictionary that is the value of a key; where the key stands twice, it is unclear which is meant.
fn value(lexer: &mut Lexer<'_>, offset: u64, wanted: &[u8]) -> Option<Vec<RawEntry>> {
    let mut found = None;
    each(lexer, |lexer, key| match (key == wanted, &found) {
        (false, _) => lexer.object().map(drop),
        (true, Some(_)) => None,
        (true, None) => {
            found = Some(dictionary(lexer, offset)?);
            Some(())
        }
    })?;
    found
}

/// Goes through a dictionary; `take` passes over each value.
fn each<'a>(lexer: &mut Lexer<'a>, mut take: impl FnMut(&mut Lexer<'a>, Vec<u8>) -> Option<()>) -> Option<()> {
    lexer.white();
    if !lexer.literally(b"<<") {
        return None;
    }
    loop {
        lexer.white();
        if lexer.literally(b">>") {
            return Some(());
        }
        let key = lexer.name()?;
        lexer.white();
        take(lexer, key)?;
    }
}
