//! Updates that their author signs, whatever else is in them.

use super::raw::{Edit, Shape};
use crate::engine::pki::pki;
use fumikura::cms::sign_detached;
use fumikura::crypto::SignatureScheme;
use fumikura::digest::{DigestAlgorithm, hex};
use fumikura::pdf::{Object, ObjectId};
use lopdf::{Dictionary, StringFormat, dictionary};

/// Room for a value, in bytes.
const ROOM: usize = 8_000;
/// Numbers of a byte range that is not known yet.
const UNKNOWN: [i64; 3] = [1_111_111_111, 2_222_222_222, 3_333_333_333];

/// Adds a signature dictionary whose range and value come with [`sealed`].
pub fn value(edit: &mut Edit<'_>, more: Dictionary) -> ObjectId {
    let range: Vec<Object> = std::iter::once(0).chain(UNKNOWN).map(Object::from).collect();
    let mut value = dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached", "ByteRange" => range,
        "Contents" => Object::String(vec![0; ROOM], StringFormat::Hexadecimal),
    };
    more.into_iter().for_each(|(key, one)| value.set(key, one));
    edit.add(value)
}

/// Writes an update that holds one such dictionary, and signs the file.
pub fn sealed(edit: Edit<'_>, base: &[u8], shape: &Shape) -> Vec<u8> {
    sealed_as(edit, base, shape, |cms| cms)
}

/// The same, with something done to the CMS.
pub fn sealed_as(edit: Edit<'_>, base: &[u8], shape: &Shape, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut file = edit.finish(base, shape);
    let room = format!("<{}>", "0".repeat(2 * ROOM));
    let place = |file: &[u8], text: &str| memchr::memmem::rfind(file, text.as_bytes()).expect("it was written");
    let start = place(&file, &room);
    let end = start + room.len();
    for (unknown, known) in UNKNOWN.into_iter().zip([start, end, file.len() - end]) {
        let unknown = unknown.to_string();
        let at = place(&file, &unknown);
        file[at..at + unknown.len()].copy_from_slice(format!("{known:<10}").as_bytes());
    }
    let covered = [&file[..start], &file[end..]].concat();
    let digest = DigestAlgorithm::Sha256.digest(&covered);
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let cms = change(sign_detached(&digest, &pki().identity("signer-p256"), scheme).expect("a test identity signs"));
    let digits = hex(&cms);
    file[start + 1..start + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    file
}

/// An empty signature field that shows nowhere.
pub fn empty_field(name: &str) -> Dictionary {
    dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig", "T" => Object::string_literal(name), "F" => 132,
        "Rect" => super::changes::numbers([0, 0, 0, 0]),
    }
}

/// Takes the certificates out of a CMS: what is signed does not cover them.
pub fn without_certificates(cms: Vec<u8>) -> Vec<u8> {
    let (_, info) = tlv(&cms);
    let (kind, explicit) = split(info);
    let (_, inside) = tlv(explicit);
    let (_, mut rest) = tlv(inside);
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let (one, behind) = split(rest);
        if one[0] != 0xa0 {
            kept.extend_from_slice(one);
        }
        rest = behind;
    }
    let data = wrapped(0xa0, &wrapped(0x30, &kept));
    wrapped(0x30, &[kind, &data].concat())
}

/// Returns the tag and the contents of the first value.
fn tlv(der: &[u8]) -> (u8, &[u8]) {
    let (one, _) = split(der);
    let head = if one[1] < 0x80 { 2 } else { 2 + usize::from(one[1] & 0x7f) };
    (one[0], &one[head..])
}

/// Splits the first value from the rest.
fn split(der: &[u8]) -> (&[u8], &[u8]) {
    let count = if der[1] < 0x80 { 0 } else { usize::from(der[1] & 0x7f) };
    let length = match count {
        0 => usize::from(der[1]),
        _ => der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    der.split_at(2 + count + length)
}

fn wrapped(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).expect("short").to_be_bytes();
    [&[tag, 0x84][..], &length, contents].concat()
}
