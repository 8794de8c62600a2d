//! Writes DER (X.690, 10 and 11) from the inside out: each function returns one whole encoding.

use super::Oid;
use super::reader::{tag, without_leading_zeros};

/// Writes any tag around contents.
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(contents.len() + 6);
    out.push(tag);
    push_length(&mut out, contents.len());
    out.extend_from_slice(contents);
    out
}

/// Writes a SEQUENCE of encodings.
pub fn sequence<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &joined(parts))
}

/// Writes a SET OF encodings, sorted as DER asks (X.690, 11.6).
pub fn set_of<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    tlv(tag::SET, &sorted(parts))
}

/// Writes a constructed context tag around encodings: EXPLICIT, or an IMPLICIT SEQUENCE.
pub fn context<T: AsRef<[u8]>>(number: u8, parts: &[T]) -> Vec<u8> {
    tlv(tag::context(number), &joined(parts))
}

/// Writes an INTEGER from an unsigned big-endian number.
pub fn unsigned(digits: &[u8]) -> Vec<u8> {
    let digits = without_leading_zeros(digits);
    let mut contents = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        contents.push(0);
    }
    contents.extend_from_slice(digits);
    tlv(tag::INTEGER, &contents)
}

/// Writes an INTEGER.
pub fn integer(number: u64) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// Writes a BOOLEAN.
pub fn boolean(truth: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if truth { 0xff } else { 0 }])
}

/// Writes NULL.
pub fn null() -> Vec<u8> {
    vec![tag::NULL, 0]
}

/// Writes an OBJECT IDENTIFIER.
pub fn oid(oid: &Oid) -> Vec<u8> {
    tlv(tag::OID, oid.as_bytes())
}

/// Writes an OCTET STRING.
pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, bytes)
}

/// Writes a BIT STRING of whole octets.
pub fn bit_octets(bytes: &[u8]) -> Vec<u8> {
    let mut contents = Vec::with_capacity(bytes.len() + 1);
    contents.push(0);
    contents.extend_from_slice(bytes);
    tlv(tag::BIT_STRING, &contents)
}

/// Writes a UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8, text.as_bytes())
}

/// Joins encodings in the order given.
pub fn joined<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.as_ref().len()).sum());
    parts.iter().for_each(|part| all.extend_from_slice(part.as_ref()));
    all
}

/// Joins encodings in ascending order.
pub fn sorted<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    parts.sort_unstable();
    joined(&parts)
}

/// Appends a definite length (X.690, 8.1.3).
pub fn push_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = length.to_be_bytes();
    let digits = without_leading_zeros(&bytes);
    out.push(0x80 | digits.len() as u8);
    out.extend_from_slice(digits);
}
