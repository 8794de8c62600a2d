//! Turns tolerated BER (indefinite lengths, strings in pieces, long lengths) into DER-like definite form.
//!
//! Only the shape of tags and lengths changes; contents octets stay, and a SET keeps the order it had. Values already
//! of definite form come out byte for byte, so that what a signature covers can be digested as it stood.

use super::reader::tag;
use super::writer::{push_length, tlv};
use super::{Asn1Error, limits};

/// The outcome of [`normalise`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    /// The value in definite form.
    pub der: Vec<u8>,
    /// Whether anything had to change.
    pub changed: bool,
    /// How many bytes of the input the value took.
    pub consumed: usize,
}

/// Reads the first BER value of a byte string and returns it in definite form (X.690, 8.1.3).
pub fn normalise(bytes: &[u8]) -> Result<Normalised, Asn1Error> {
    if bytes.len() > limits::SIZE_BYTES {
        return Err(Asn1Error::TooLarge);
    }
    let (end, has_indefinite) = scan(bytes, 0, limits::DEPTH)?;
    if !has_indefinite {
        return Ok(Normalised { der: bytes[..end].to_vec(), changed: false, consumed: end });
    }
    let mut out = Vec::with_capacity(end);
    rewrite(bytes, 0, &mut out)?;
    Ok(Normalised { der: out, changed: true, consumed: end })
}

/// Header of the value at a position: tag, start of contents, and length unless indefinite.
struct Header {
    tag: u8,
    contents: usize,
    length: Option<usize>,
}

fn header(bytes: &[u8], at: usize) -> Result<Header, Asn1Error> {
    let tag = *bytes.get(at).ok_or(Asn1Error::Truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(Asn1Error::Malformed);
    }
    let first = *bytes.get(at + 1).ok_or(Asn1Error::Truncated)?;
    match first {
        0x80 if tag & 0x20 != 0 => Ok(Header { tag, contents: at + 2, length: None }),
        0x80 | 0xff => Err(Asn1Error::Malformed),
        0..=0x7f => bounded(bytes, tag, at + 2, usize::from(first)),
        _ => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(at + 2..at + 2 + count).ok_or(Asn1Error::Truncated)?;
            let digits = super::reader::without_leading_zeros(digits);
            if digits.len() > 4 {
                return Err(Asn1Error::TooLarge);
            }
            let length = digits.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
            bounded(bytes, tag, at + 2 + count, usize::try_from(length).map_err(|_| Asn1Error::TooLarge)?)
        }
    }
}

fn bounded(bytes: &[u8], tag: u8, contents: usize, length: usize) -> Result<Header, Asn1Error> {
    if length > bytes.len().saturating_sub(contents) {
        return Err(Asn1Error::Truncated);
    }
    Ok(Header { tag, contents, length: Some(length) })
}

fn is_end(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 2) == Some(&[0, 0])
}

/// Returns where the value at a position ends, and whether it or a value within needs rewriting.
fn scan(bytes: &[u8], at: usize, depth: usize) -> Result<(usize, bool), Asn1Error> {
    if depth == 0 {
        return Err(Asn1Error::TooLarge);
    }
    let head = header(bytes, at)?;
    if head.tag == 0 {
        return Err(Asn1Error::Malformed);
    }
    // Lengths of up to four octets are read everywhere, minimal or not: rewriting them would break signatures over them.
    let mut rewrite = head.length.is_none() || head.contents - at > 6;
    if head.tag & 0x20 == 0 {
        return Ok((head.contents + head.length.ok_or(Asn1Error::Malformed)?, rewrite));
    }
    rewrite |= is_string_in_pieces(head.tag);
    let end = head.length.map(|length| head.contents + length);
    let within = &bytes[..end.unwrap_or(bytes.len())];
    let mut position = head.contents;
    while end.map_or(!is_end(within, position), |end| position < end) {
        let (next, inner) = scan(within, position, depth - 1)?;
        rewrite |= inner;
        position = next;
    }
    Ok((if end.is_some() { position } else { position + 2 }, rewrite))
}

/// Writes the value at a position in definite form and returns where it ended. `scan` has bounded the depth.
/// A value with nothing to change is copied as it stands.
fn rewrite(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Asn1Error> {
    let (end, needed) = scan(bytes, at, limits::DEPTH)?;
    if !needed {
        out.extend_from_slice(&bytes[at..end]);
        return Ok(end);
    }
    let head = header(bytes, at)?;
    let definite = head.length.map(|length| head.contents + length);
    if head.tag & 0x20 == 0 {
        let end = definite.ok_or(Asn1Error::Malformed)?;
        out.extend(tlv(head.tag, &bytes[head.contents..end]));
        return Ok(end);
    }
    let within = &bytes[..definite.unwrap_or(bytes.len())];
    let mut contents = Vec::new();
    let mut position = head.contents;
    let pieces = is_string_in_pieces(head.tag);
    while definite.map_or(!is_end(within, position), |end| position < end) {
        if pieces {
            position = piece(within, position, &mut contents)?;
        } else {
            position = rewrite(within, position, &mut contents)?;
        }
    }
    out.push(if pieces { head.tag & !0x20 } else { head.tag });
    push_length(out, contents.len());
    out.append(&mut contents);
    Ok(if definite.is_some() { position } else { position + 2 })
}

/// Adds the contents of one piece of a constructed OCTET STRING; pieces may themselves be in pieces.
fn piece(bytes: &[u8], at: usize, contents: &mut Vec<u8>) -> Result<usize, Asn1Error> {
    let mut whole = Vec::new();
    let end = rewrite(bytes, at, &mut whole)?;
    let (tlv, _) = super::Tlv::read(&whole)?;
    contents.extend_from_slice(tlv.expect(tag::OCTET_STRING, "a piece of an OCTET STRING")?.value);
    Ok(end)
}

fn is_string_in_pieces(tag: u8) -> bool {
    tag == super::reader::tag::OCTET_STRING | 0x20
}
