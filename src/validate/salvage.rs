//! Signatures that the file's structure does not lead to: found in the raw bytes, so that damage or a disguise of the
//! structure cannot make a signed file look like one that was never signed, or like one that merely cannot be read.

use crate::cms::SignedData;
use crate::digest::{Digest, DigestAlgorithm};
use crate::pades::EmbeddedSignature;
use crate::pdf::{PdfError, Source, hexadecimal, hexadecimal_digits};
use crate::tsp::TimestampToken;
use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::sync::Arc;

/// How many signatures are searched for; more than any file carries.
const MOST: usize = 64;
/// The shortest string that can hold a signature, in hexadecimal digits.
const SHORTEST: usize = 256;
/// The longest string that is read: far more than any CMS with its revocation lists.
const LONGEST: usize = 4 << 20;
/// How much of the file is searched at a time, in bytes.
const STEP_BYTES: u64 = 8 << 20;
/// How a string begins that holds a SignedData: with the tag of a SEQUENCE.
const START: &[u8] = b"<30";
/// How many bytes may be digested where no byte range can be relied on, whatever the file's size, and a byte of the file.
const DIGESTED_BYTES: u64 = 64 << 20;
const DIGESTED_FACTOR: u64 = 16;

/// A hexadecimal string in the raw bytes that holds a readable signature.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where the string stands, with its angle brackets.
    pub(super) span: Range<u64>,
    /// What it holds.
    pub(super) signed_data: Arc<SignedData>,
}

/// Every hexadecimal string of a file that holds a readable signature.
pub(super) struct Strings {
    found: Vec<Found>,
    /// Whether some end of the file gives each one's digest, once it was tried.
    fits: Vec<OnceCell<Option<bool>>>,
    /// How many bytes may still be digested to find out.
    left: Cell<u64>,
}

impl Strings {
    /// Finds them.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub(super) fn search(source: &Source) -> Result<Self, PdfError> {
        let found = search(source)?;
        let allowed = DIGESTED_BYTES.saturating_add(source.size_bytes().saturating_mul(DIGESTED_FACTOR));
        Ok(Self { fits: found.iter().map(|_| OnceCell::new()).collect(), found, left: Cell::new(allowed) })
    }

    /// Takes bytes that are to be digested out of what is allowed for the file; none where there is not so much left.
    pub(super) fn spend(&self, bytes: u64) -> Option<()> {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or(0));
        left.map(drop)
    }

    /// Returns them in the order of the file.
    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// Returns what a signature holds, where its string is one of them: the bytes are those that were read here.
    pub(super) fn of(&self, signature: &EmbeddedSignature) -> Option<Arc<SignedData>> {
        let gap = &signature.coverage.as_ref().ok()?.gap;
        let found = self.found.iter().find(|found| found.span == *gap && !signature.contents.is_empty())?;
        Some(Arc::clone(&found.signed_data))
    }

    /// Tells whether some end of the file gives the digest that one of them was made over.
    pub(super) fn fits_any_end(&self, source: &Source, index: usize) -> Option<bool> {
        let (found, fits) = (self.found.get(index)?, self.fits.get(index)?);
        *fits.get_or_init(|| {
            self.spend(source.size_bytes())?;
            fits_any_end(source, &found.span, &found.signed_data)
        })
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
    let start = memchr::memmem::Finder::new(START);
    let mut at = 0;
    while let Some(open) = start.find(bytes.get(at..).unwrap_or_default()).map(|offset| at + offset) {
        at = open + 1;
        let rest = &bytes[at..];
        let digits = hexadecimal_digits(rest);
        if digits == rest.len() && !is_last && digits < LONGEST {
            return base + open as u64;
        }
        if digits >= SHORTEST
            && rest.get(digits) == Some(&b'>')
            && let Some(bytes) = hexadecimal(&rest[..digits])
            && let Ok(signed_data) = SignedData::parse(&bytes)
        {
            let span = base + open as u64..base + (at + digits + 1) as u64;
            found.push(Found { span, signed_data: Arc::new(signed_data) });
            if found.len() >= MOST {
                break;
            }
        }
        at += digits;
    }
    let cut = if is_last { 0 } else { START.len() - 1 };
    base + (bytes.len() - cut) as u64
}

/// Returns the digest that the signature must have been made over, if any end of the file gives it, and whether one did.
///
/// Where the byte range cannot be relied on, a signature of the usual form covers all but its own string, to the end
/// of some revision: each end is tried, and no end fits only where the bytes differ from those that were signed.
fn fits_any_end(source: &Source, span: &Range<u64>, signed: &Arc<SignedData>) -> Option<bool> {
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
pub(super) fn digest_algorithm(signed: &Arc<SignedData>) -> Option<DigestAlgorithm> {
    match &signed.e_content {
        None => signed.signer.digest_algorithm,
        Some(_) if signed.is_timestamp() => {
            TimestampToken::of(Arc::clone(signed)).ok().map(|token| token.imprint.algorithm)
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
pub(super) fn is_signed(signed: &Arc<SignedData>, digest: &Digest) -> bool {
    match &signed.e_content {
        None => signed.verify_digest(digest).is_ok(),
        Some(_) if !is_over_content(signed) && signed.verify_content().is_err() => false,
        Some(_) if signed.is_timestamp() => {
            TimestampToken::of(Arc::clone(signed)).is_ok_and(|token| token.imprint == *digest)
        }
        Some(content) => digest.algorithm == DigestAlgorithm::Sha1 && *content == digest.bytes,
    }
}
