//! Signatures that the file's structure does not lead to: found in the raw bytes, so that damage or a disguise of the
//! structure cannot make a signed file look like one that was never signed, or like one that merely cannot be read.

use crate::cms::SignedData;
use crate::digest::{Digest, DigestAlgorithm};
use crate::pdf::{PdfError, Source};
use crate::tsp::TimestampToken;
use std::cell::OnceCell;
use std::ops::Range;

/// How many signatures are searched for; more than any file carries.
const MOST: usize = 64;
/// The shortest string that can hold a signature, in hexadecimal digits.
const SHORTEST: usize = 256;
/// The longest string that is read: far more than any CMS with its revocation lists.
const LONGEST: usize = 4 << 20;
/// How much of the file is searched at a time, in bytes.
const STEP_BYTES: u64 = 8 << 20;
/// The first octet of a SignedData, as hexadecimal digits.
const SEQUENCE: &[u8] = b"30";

/// A hexadecimal string in the raw bytes that holds a readable signature.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where the string stands, with its angle brackets.
    pub(super) span: Range<u64>,
    /// What it holds.
    pub(super) signed_data: SignedData,
}

/// Every hexadecimal string of a file that holds a readable signature.
pub(super) struct Strings {
    found: Vec<Found>,
    /// Whether some end of the file gives each one's digest, once it was tried.
    fits: Vec<OnceCell<Option<bool>>>,
}

impl Strings {
    /// Finds them.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub(super) fn search(source: &Source) -> Result<Self, PdfError> {
        let found = search(source)?;
        Ok(Self { fits: found.iter().map(|_| OnceCell::new()).collect(), found })
    }

    /// Returns them in the order of the file.
    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// Tells whether some end of the file gives the digest that one of them was made over.
    pub(super) fn fits_any_end(&self, source: &Source, index: usize) -> Option<bool> {
        let (found, fits) = (self.found.get(index)?, self.fits.get(index)?);
        *fits.get_or_init(|| fits_any_end(source, &found.span, &found.signed_data))
    }
}

fn search(source: &Source) -> Result<Vec<Found>, PdfError> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < source.size_bytes() && found.len() < MOST {
        let to = (from + STEP_BYTES).min(source.size_bytes());
        // The next step begins where this one's last string may have been cut.
        from = search_step(&source.read(from..to)?, from, to == source.size_bytes(), &mut found);
    }
    Ok(found)
}

/// Searches a piece of the file, and returns the offset to go on from.
fn search_step(bytes: &[u8], base: u64, is_last: bool, found: &mut Vec<Found>) -> u64 {
    let mut at = 0;
    while let Some(open) = memchr::memchr(b'<', bytes.get(at..).unwrap_or_default()).map(|offset| at + offset) {
        at = open + 1;
        let rest = &bytes[at..];
        if !rest.starts_with(SEQUENCE) && rest.len() >= SEQUENCE.len() {
            continue;
        }
        let digits = rest.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(rest.len());
        if digits == rest.len() && !is_last && digits < LONGEST {
            return base + open as u64;
        }
        if digits >= SHORTEST
            && rest.get(digits) == Some(&b'>')
            && let Ok(signed_data) = SignedData::parse(&decode(&rest[..digits]))
        {
            let span = base + open as u64..base + (at + digits + 1) as u64;
            found.push(Found { span, signed_data });
            if found.len() >= MOST {
                break;
            }
        }
        at += digits;
    }
    base + bytes.len() as u64
}

/// Returns the digest that the signature must have been made over, if any end of the file gives it, and whether one did.
///
/// Where the byte range cannot be relied on, a signature of the usual form covers all but its own string, to the end
/// of some revision: each end is tried, and no end fits only where the bytes differ from those that were signed.
fn fits_any_end(source: &Source, span: &Range<u64>, signed: &SignedData) -> Option<bool> {
    let algorithm = digest_algorithm(signed)?;
    let mut hasher = source.digest(0..span.start, algorithm).ok()?;
    let mut done = span.end;
    for end in ends(source, span.end)? {
        source.pass(done..end, &mut |bytes| hasher.update(bytes)).ok()?;
        done = end;
        let after = source.read(end..(end + 2).min(source.size_bytes())).ok()?;
        // The end-of-line behind the mark may belong to the signed bytes, in any of its forms, or not.
        for tail in [&b""[..], b"\n", b"\r\n", b"\r"] {
            if after.starts_with(tail) {
                let mut whole = hasher.clone();
                whole.update(tail);
                if is_signed(signed, &whole.finish()) {
                    return Some(true);
                }
            }
        }
    }
    Some(false)
}

/// Lists where revisions seem to end behind an offset, and the end of the file.
fn ends(source: &Source, from: u64) -> Option<Vec<u64>> {
    const MARK: &[u8] = b"%%EOF";
    let mut ends = Vec::new();
    let mut at = from;
    while at < source.size_bytes() && ends.len() < MOST {
        let to = (at + STEP_BYTES).min(source.size_bytes());
        let bytes = source.read(at..to).ok()?;
        ends.extend(memchr::memmem::find_iter(&bytes, MARK).map(|found| at + (found + MARK.len()) as u64));
        at = if to == source.size_bytes() { to } else { to - MARK.len() as u64 + 1 };
    }
    ends.truncate(MOST);
    ends.push(source.size_bytes());
    Some(ends)
}

/// Returns the algorithm by which the file's bytes were digested.
pub(super) fn digest_algorithm(signed: &SignedData) -> Option<DigestAlgorithm> {
    match &signed.e_content {
        None => signed.signer.digest_algorithm,
        Some(_) if signed.is_timestamp() => {
            TimestampToken::parse(&signed.der).ok().map(|token| token.imprint.algorithm)
        }
        // adbe.pkcs7.sha1: the content is the SHA-1 digest of the file (ISO 32000-1, 12.8.3.3).
        Some(_) => Some(DigestAlgorithm::Sha1),
    }
}

/// Tells whether the signature says at all which digest was signed: in an attribute, or, without attributes, as its content.
pub(super) fn has_digest(signed: &SignedData) -> bool {
    signed.signer.message_digest.is_some() || is_over_content(signed)
}

/// Tells whether the content itself is what was signed, without attributes (RFC 5652, 5.4).
fn is_over_content(signed: &SignedData) -> bool {
    signed.signer.signed_attributes_raw.is_none() && signed.e_content.is_some() && !signed.is_timestamp()
}

/// Tells whether a digest of the file's bytes is the one that was signed, and the CMS's own digest fits as well.
pub(super) fn is_signed(signed: &SignedData, digest: &Digest) -> bool {
    match &signed.e_content {
        None => signed.verify_digest(digest).is_ok(),
        Some(_) if !is_over_content(signed) && signed.verify_content().is_err() => false,
        Some(_) if signed.is_timestamp() => {
            TimestampToken::parse(&signed.der).is_ok_and(|token| token.imprint == *digest)
        }
        Some(content) => digest.algorithm == DigestAlgorithm::Sha1 && *content == digest.bytes,
    }
}

fn decode(digits: &[u8]) -> Vec<u8> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    };
    digits.chunks(2).map(|pair| nibble(pair[0]) << 4 | pair.get(1).copied().map_or(0, nibble)).collect()
}
