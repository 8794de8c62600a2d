//! Finds the objects of a file whose cross-reference data are wrong: by their heads, the last of a number as the newest,
//! and those in object streams by these. What is found so is looked at, and never believed.

use super::lexer::Lexer;
use super::objects::Objects;
use super::xref::{Entry, bounded};
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object};
use std::collections::BTreeMap;

/// The most bytes of white space and digits that are looked at before `obj`.
const HEAD_BYTES: usize = 32;
/// The entries of a trailer that are about the file and not about its cross-reference data.
const KEPT: [&[u8]; 4] = [b"Root", b"Info", b"ID", b"Encrypt"];

/// Searches a file, and returns where its objects stand, and a trailer.
///
/// # Errors
/// [`PdfError::TooLarge`], [`PdfError::Read`].
pub(super) fn search(source: &Source, limits: &Limits) -> Result<(Vec<(u32, Entry)>, Dictionary), PdfError> {
    let bytes = source.read(0..source.size_bytes())?;
    let mut found = BTreeMap::new();
    for at in memchr::memmem::find_iter(&bytes, b"obj") {
        if let Some((number, entry)) = head_before(&bytes, at) {
            found.insert(number, entry);
            bounded("the number of objects", found.len(), limits.objects)?;
        }
    }
    let mut trailer = Dictionary::new();
    let mut left = bytes.len().saturating_mul(2);
    for at in memchr::memmem::find_iter(&bytes, b"trailer") {
        let mut lexer = Lexer::new(bytes.get(at + b"trailer".len()..).unwrap_or_default());
        lexer.white();
        lexer.dictionary().iter().for_each(|dictionary| keep(&mut trailer, dictionary));
        // One within another is read more than once; more than twice each byte is no trailer's.
        left = left.saturating_sub(lexer.position());
        if left == 0 {
            break;
        }
    }
    let placed = found.iter().map(|(number, entry)| (*number, *entry)).collect();
    let objects = Objects::new(source.clone(), *limits, placed);
    let mut catalogue = None;
    for (number, entry) in found.clone() {
        let Entry::At { generation, .. } = entry else { continue };
        let id = (number, generation);
        match objects.kind(id).as_deref() {
            Some(b"ObjStm") => {
                for (index, inside) in (0..).zip(objects.contained(number)) {
                    found.entry(inside).or_insert(Entry::InStream { container: number, index });
                    bounded("the number of objects", found.len(), limits.objects)?;
                }
            }
            Some(b"XRef") => objects.dictionary(id).iter().for_each(|dictionary| keep(&mut trailer, dictionary)),
            Some(b"Catalog") => catalogue = Some(id),
            _ => {}
        }
    }
    objects.trouble()?;
    if let (false, Some(id)) = (trailer.has(b"Root"), catalogue) {
        trailer.set("Root", Object::Reference(id));
    }
    Ok((found.into_iter().collect(), trailer))
}

fn keep(trailer: &mut Dictionary, newer: &Dictionary) {
    for key in KEPT {
        if let Ok(value) = newer.get(key) {
            trailer.set(key, value.clone());
        }
    }
}

/// Reads `N G ` backwards from where `obj` stands.
pub(super) fn head_before(bytes: &[u8], at: usize) -> Option<(u32, Entry)> {
    let from = at.saturating_sub(HEAD_BYTES);
    let before = bytes.get(from..at)?;
    let (rest, generation) = number_at_end(before)?;
    let (rest, number) = number_at_end(rest).filter(|_| rest.len() < before.len())?;
    let entry = Entry::At { offset: (from + rest.len()) as u64, generation: u16::try_from(generation).ok()? };
    Some((u32::try_from(number).ok()?, entry))
}

/// Splits white space, and the digits before it, off the end.
fn number_at_end(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0))? + 1;
    let start = bytes[..end].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    let number = std::str::from_utf8(&bytes[start..end]).ok()?.parse().ok()?;
    Some((&bytes[..start], number))
}
