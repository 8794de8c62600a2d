//! A look over a document before a tree is made of it: what a tree costs grows with depth and attributes faster than with length.

use super::{Limits, XmlError};
use memchr::{memchr, memmem};

/// Refuses what is too deep, has too much, or declares a document type.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), XmlError> {
    let (mut depth, mut elements) = (0usize, 0usize);
    let mut rest = text.as_bytes();
    while let Some(at) = memchr(b'<', rest) {
        rest = after(rest, at + 1);
        if let Some(inside) = rest.strip_prefix(b"!--") {
            rest = beyond(inside, b"-->")?;
        } else if let Some(inside) = rest.strip_prefix(b"![CDATA[") {
            rest = beyond(inside, b"]]>")?;
        } else if rest.starts_with(b"!") {
            return Err(XmlError::DocumentType);
        } else if rest.starts_with(b"?") {
            rest = beyond(rest, b"?>")?;
        } else if rest.starts_with(b"/") {
            depth = depth.saturating_sub(1);
            rest = beyond(rest, b">")?;
        } else {
            let tag = Tag::read(rest)?;
            if tag.attributes > limits.attributes {
                return Err(XmlError::TooLarge("attributes"));
            }
            elements += 1;
            depth += usize::from(!tag.is_empty);
            if elements > limits.elements || depth > limits.depth {
                return Err(XmlError::TooLarge("elements"));
            }
            rest = after(rest, tag.length);
        }
    }
    Ok(())
}

/// What is told from a start tag.
struct Tag {
    length: usize,
    attributes: usize,
    is_empty: bool,
}

impl Tag {
    /// Reads up to the end of a start tag, beyond values in quotes.
    fn read(bytes: &[u8]) -> Result<Self, XmlError> {
        let (mut quote, mut attributes, mut before) = (None, 0, 0u8);
        for (at, &byte) in bytes.iter().enumerate() {
            match (quote, byte) {
                (Some(open), _) if byte == open => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => attributes += 1,
                (None, b'>') => return Ok(Self { length: at + 1, attributes, is_empty: before == b'/' }),
                (None, _) => {}
            }
            before = byte;
        }
        Err(unended())
    }
}

fn beyond<'a>(bytes: &'a [u8], end: &[u8]) -> Result<&'a [u8], XmlError> {
    memmem::find(bytes, end).map(|at| after(bytes, at + end.len())).ok_or_else(unended)
}

fn after(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

fn unended() -> XmlError {
    XmlError::Malformed("something in it does not end".to_owned())
}
