//! Facts before judgement: which signatures there are, over which bytes, whether digests fit, and what was changed
//! between the revisions. Nothing here asks whom to trust or what is allowed.

use super::changes::Step;
use super::material::TOKENS;
use super::report::{Coverage, Finding};
use super::salvage::{self, Found, Strings};
use super::steps;
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cms::{CmsError, SignedData};
use crate::digest::{Digest, DigestAlgorithm, Hasher, Sha256};
use crate::pades::{self, CoverageProblem, EmbeddedSignature};
use crate::pdf::{Limits, Pdf, PdfError, Source};
use crate::time::Instant;
use crate::tsp::{TimestampError, TimestampToken};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// How many earlier revisions are searched for a signature that the newest no longer leads to.
const OLD_REVISIONS: usize = 64;
/// Everything found in one file.
pub(super) struct Evidence {
    /// The file, where it can be read.
    pub(super) pdf: Option<Pdf>,
    /// The signatures in the order of what they cover.
    pub(super) signatures: Vec<SignatureEvidence>,
    /// The changes from the revision of each key to the next one.
    pub(super) steps: BTreeMap<usize, Step>,
    /// The validation data that the file carries.
    pub(super) store: StoreEvidence,
    /// What was found about the file as a whole.
    pub(super) findings: Vec<Finding>,
}

/// Everything found about one signature.
pub(super) struct SignatureEvidence {
    /// The signature dictionary's facts; `None` where the structure does not lead to it.
    pub(super) embedded: Option<EmbeddedSignature>,
    /// The CMS in it, or why it cannot be read.
    pub(super) cms: Result<Arc<SignedData>, CmsError>,
    /// The timestamps in its unsigned attributes, or why they cannot be read.
    pub(super) tokens: Vec<Result<TimestampToken, TimestampError>>,
    /// Whether the digest of the covered bytes is the one that was signed; `None` where neither could be had.
    pub(super) digest_fits: Option<bool>,
    /// The digest of the covered bytes, by the algorithm that the signature names; `None` where it could not be had.
    pub(super) covered: Option<Digest>,
    /// The digest of what the signature value is over, where that is the content itself, not signed attributes.
    pub(super) bare_digest: Option<Digest>,
    /// How much of the file is covered.
    pub(super) coverage: Coverage,
    /// The revision that is covered, counted from 0.
    pub(super) revision: Option<usize>,
    /// Whether the form of the newest revision does not lead to it.
    pub(super) is_outside_form: bool,
    /// What the signer claims as time.
    pub(super) claimed_time: Option<Instant>,
}

impl SignatureEvidence {
    /// Tells whether this is a document timestamp.
    pub(super) fn is_timestamp(&self) -> bool {
        match &self.embedded {
            Some(embedded) => embedded.is_document_timestamp,
            None => self.cms.as_ref().is_ok_and(|cms| cms.is_timestamp()),
        }
    }

    /// Reads it as the timestamp that it is.
    pub(super) fn as_token(&self, embedded: &EmbeddedSignature) -> Result<TimestampToken, TimestampError> {
        match &self.cms {
            _ if is_bare_value(embedded) => TimestampToken::parse(&embedded.contents),
            Ok(cms) => TimestampToken::of(Arc::clone(cms)),
            Err(error) => Err(error.clone().into()),
        }
    }

    /// Returns why the byte range cannot be relied on, if so.
    pub(super) fn range_problem(&self) -> Option<CoverageProblem> {
        self.embedded.as_ref().and_then(|embedded| embedded.coverage.as_ref().err().copied())
    }
}

/// Certificates and lists in the security store (DSS) of the newest revision.
#[derive(Default)]
pub(super) struct StoreEvidence {
    /// The certificates.
    pub(super) certificates: Vec<Certificate>,
    /// The revocation lists.
    pub(super) crls: Vec<CertificateList>,
    /// The OCSP responses.
    pub(super) ocsps: Vec<OcspResponse>,
    /// Whether it holds revocation data of any kind.
    pub(super) has_revocation: bool,
    /// The first revision with a store, counted from 0.
    pub(super) since: Option<usize>,
    /// What the store held in each revision that a document timestamp covers, by the SHA-256 of its DER.
    pub(super) held: BTreeMap<usize, Vec<Sha256>>,
}

/// Collects the facts. A file that cannot be read but holds signatures gives evidence too.
///
/// # Errors
/// [`PdfError`] where the file cannot be read and holds no signature either, or is encrypted or too large.
pub(super) fn collect(source: &Source, password: Option<&[u8]>, limits: &Limits) -> Result<Evidence, PdfError> {
    let mut findings = Vec::new();
    let strings = Strings::search(source)?;
    let pdf = match Pdf::read_locked(source.clone(), password, limits) {
        Ok(pdf) => Some(pdf),
        Err(
            error @ (PdfError::Encrypted
            | PdfError::Password { .. }
            | PdfError::TooLarge { .. }
            | PdfError::Empty
            | PdfError::Read(_)),
        ) => return Err(error),
        Err(error) => {
            if strings.found().is_empty() {
                return Err(error);
            }
            findings.push(Finding::error("file-unreadable").with("problem", error.to_string()));
            None
        }
    };
    if pdf.as_ref().is_some_and(Pdf::is_repaired) {
        findings.push(Finding::error("file-repaired"));
    }
    let found = pdf.as_ref().map(pades::signatures).unwrap_or_default();
    if found.len() > pades::MOST_SIGNATURES {
        let (found, allowed) = (found.len() as u64, pades::MOST_SIGNATURES as u64);
        return Err(PdfError::TooLarge { what: "the number of signatures", found, allowed });
    }
    let mut signatures: Vec<SignatureEvidence> = pdf
        .iter()
        .zip([found])
        .flat_map(|(pdf, found)| found.into_iter().map(|found| embedded(pdf, found, &strings)))
        .collect();
    signatures.extend(stray(source, pdf.as_ref(), &signatures, &strings));
    signatures.extend(pdf.iter().flat_map(unreadable_values));
    let count = signatures.len();
    signatures.retain(|signature| !pdf.as_ref().is_some_and(|pdf| grants_usage(pdf, signature)));
    if signatures.len() < count {
        findings.push(Finding::info("usage-rights").clause("ISO 32000-1 12.8.2.3"));
    }
    if signatures.is_empty() && pdf.as_ref().is_some_and(|pdf| !pdf.is_repaired() && steps::goes_on(pdf)) {
        findings.push(Finding::warning("file-cut-short").clause("ISO 32000-2 7.5.6"));
    }
    let first = signatures.iter().filter_map(|signature| signature.revision).min();
    let steps = match (&pdf, first) {
        (Some(pdf), Some(first)) => steps::between(pdf, first),
        _ => BTreeMap::new(),
    };
    let stamped = signatures.iter().filter(|signature| signature.is_timestamp()).filter_map(|stamp| stamp.revision);
    let store = pdf.as_ref().map(|pdf| super::store::read(pdf, stamped)).unwrap_or_default();
    // What seemed to be missing may only have been unreadable.
    pdf.as_ref().map_or(Ok(()), Pdf::trouble)?;
    Ok(Evidence { pdf, signatures, steps, store, findings })
}

/// Gathers the facts of a signature that the form leads to.
fn embedded(pdf: &Pdf, found: EmbeddedSignature, strings: &Strings) -> SignatureEvidence {
    let source = pdf.source();
    let cms = match strings.of(&found) {
        _ if is_bare_value(&found) => SignedData::from_pkcs1(&found.contents, &found.certificates).map(Arc::new),
        Some(known) => Ok(known),
        None => SignedData::parse(&found.contents).map(Arc::new),
    };
    let covered = match (&cms, &found.coverage) {
        (Ok(cms), Ok(range)) => {
            signed_algorithm(&found, cms).and_then(|algorithm| range.digest(source, algorithm).ok())
        }
        _ => None,
    };
    let bare_digest = cms.as_ref().ok().and_then(|cms| bare_digest(source, &found, cms, covered.as_ref()));
    let digest_fits = match (&cms, &found.coverage) {
        (Ok(cms), _) if !salvage::has_digest(cms) => None,
        (Ok(cms), Ok(_)) => covered.as_ref().map(|digest| fits(&found, cms, digest)),
        (Ok(cms), Err(_)) => unreliable_range(source, &found, cms, strings),
        _ => None,
    };
    let (coverage, revision) = match &found.coverage {
        Ok(covered) if covered.whole_file => (Coverage::WholeFile, covered.revision),
        Ok(covered) if covered.revision.is_some() => (Coverage::WholeRevision, covered.revision),
        Ok(_) => (Coverage::Partial, None),
        Err(_) => (Coverage::Nothing, None),
    };
    let claimed_time = found
        .claimed_time
        .as_deref()
        .and_then(pdf_date)
        .or_else(|| cms.as_ref().ok().and_then(|cms| cms.signer.claimed_signing_time));
    SignatureEvidence {
        embedded: Some(found),
        tokens: cms.as_ref().map(|cms| tokens(cms)).unwrap_or_default(),
        cms,
        digest_fits,
        covered,
        bare_digest,
        coverage,
        revision,
        claimed_time,
        is_outside_form: false,
    }
}

/// Tells whether the value stands alone, without a CMS around it.
fn is_bare_value(found: &EmbeddedSignature) -> bool {
    found.sub_filter.as_deref() == Some("adbe.x509.rsa_sha1")
}

fn tokens(cms: &SignedData) -> Vec<Result<TimestampToken, TimestampError>> {
    cms.signer.signature_timestamps.iter().take(TOKENS).map(|der| TimestampToken::parse(der)).collect()
}

/// Returns the digest of what a signature without signed attributes is over: the covered bytes, or the digest of them that
/// it holds. Only the older forms may be without (EN 319 142-1, 6.3 asks for attributes). Bytes that begin otherwise than
/// a PDF does are left out: they might be attributes that someone signed elsewhere.
fn bare_digest(
    source: &Source,
    found: &EmbeddedSignature,
    cms: &SignedData,
    covered: Option<&Digest>,
) -> Option<Digest> {
    let older =
        matches!(found.sub_filter.as_deref(), Some("adbe.pkcs7.detached" | "adbe.pkcs7.sha1" | "adbe.x509.rsa_sha1"));
    if !older || cms.signer.signed_attributes_raw.is_some() {
        return None;
    }
    match &cms.e_content {
        Some(content) => Some(cms.signer.digest_algorithm?.digest(content)),
        None if *source.read(0..5.min(source.size_bytes())).ok()? == *b"%PDF-" => covered.cloned(),
        None => None,
    }
}

/// Returns the algorithm that the covered bytes were digested with.
fn signed_algorithm(found: &EmbeddedSignature, cms: &Arc<SignedData>) -> Option<DigestAlgorithm> {
    // Content beside a detached signature is refused for its form; what counts is the file.
    if is_detached(found) { cms.signer.digest_algorithm } else { salvage::digest_algorithm(cms) }
}

/// Compares the digest of what is covered with the one that was signed.
fn fits(found: &EmbeddedSignature, cms: &Arc<SignedData>, covered: &Digest) -> bool {
    if is_detached(found) { cms.verify_digest(covered).is_ok() } else { salvage::is_signed(cms, covered) }
}

fn is_detached(found: &EmbeddedSignature) -> bool {
    matches!(found.sub_filter.as_deref(), Some("ETSI.CAdES.detached" | "adbe.pkcs7.detached"))
}

/// Where the byte range is of no sound form, it may still name bytes; and where it does not, or they do not fit, the
/// signature's own string tells what must have been signed.
fn unreliable_range(
    source: &Source,
    found: &EmbeddedSignature,
    cms: &Arc<SignedData>,
    strings: &Strings,
) -> Option<bool> {
    let number = |number: &i64| u64::try_from(*number).ok();
    let part = |pair: &[i64]| {
        let start = number(&pair[0])?;
        Some(start..start.checked_add(number(&pair[1])?)?)
    };
    let stated: Option<Vec<_>> = found.byte_range.chunks_exact(2).map(part).collect();
    let named = stated.filter(|parts| !parts.is_empty() && parts.len() <= 16);
    let covered = |algorithm| {
        let bytes = named.iter().flatten().map(|part| part.end - part.start).fold(0, u64::saturating_add);
        strings.spend(bytes)?;
        let mut hasher = Hasher::new(algorithm);
        for part in named.iter().flatten() {
            source.pass(part.clone(), &mut |bytes| hasher.update(bytes)).ok()?;
        }
        Some(hasher.finish())
    };
    let digest = signed_algorithm(found, cms).filter(|_| named.is_some()).and_then(covered);
    if digest.is_some_and(|digest| fits(found, cms, &digest)) {
        return Some(true);
    }
    let places = strings.found().iter().enumerate().filter(|(_, place)| place.signed_data.der == cms.der);
    let answers: Vec<bool> = places.filter_map(|(index, _)| strings.fits_any_end(source, index)).collect();
    if answers.is_empty() { None } else { Some(answers.contains(&true)) }
}

/// Tells of signature fields whose value stands in the file and cannot be read: they were signed, whatever by.
fn unreadable_values(pdf: &Pdf) -> impl Iterator<Item = SignatureEvidence> + use<> {
    let unreadable = pades::signature_fields(pdf).into_iter().filter(|field| field.is_unreadable);
    unreadable.map(|_| SignatureEvidence {
        embedded: None,
        cms: Err(CmsError::NotSignedData),
        tokens: Vec::new(),
        digest_fits: None,
        covered: None,
        bare_digest: None,
        coverage: Coverage::Nothing,
        revision: None,
        is_outside_form: false,
        claimed_time: None,
    })
}

/// Finds signatures in the raw bytes that no field leads to and that are no part of another object's stream.
fn stray(source: &Source, pdf: Option<&Pdf>, known: &[SignatureEvidence], strings: &Strings) -> Vec<SignatureEvidence> {
    let read = || known.iter().filter_map(|known| known.cms.as_ref().ok());
    let is_read = |found: &Found| read().any(|cms| Arc::ptr_eq(cms, &found.signed_data));
    let mut strays: Vec<(usize, &Found)> =
        strings.found().iter().enumerate().filter(|(_, found)| !is_read(found)).collect();
    if !strays.is_empty() {
        let known_der: HashSet<&[u8]> = read().map(|cms| cms.der.as_slice()).collect();
        strays.retain(|(_, found)| !known_der.contains(found.signed_data.der.as_slice()));
    }
    strays.retain(|(_, found)| !pdf.is_some_and(|pdf| super::store::inside_stream(pdf, found.span.start)));
    let mut of_old = pdf.map(|pdf| as_of_old(pdf, &strays, strings)).unwrap_or_default();
    let evidence = |(index, found): (usize, &Found)| {
        of_old.remove(&index).unwrap_or_else(|| SignatureEvidence {
            digest_fits: strings.fits_any_end(source, index),
            covered: None,
            bare_digest: None,
            claimed_time: found.signed_data.signer.claimed_signing_time,
            embedded: None,
            cms: Ok(Arc::clone(&found.signed_data)),
            tokens: tokens(&found.signed_data),
            coverage: Coverage::Nothing,
            revision: None,
            is_outside_form: true,
        })
    };
    strays.into_iter().map(evidence).collect()
}

/// Tells whether a signature that no form has ever led to is the one by which a file is given usage rights: it is for
/// the reader's features, and no one has signed the document with it.
fn grants_usage(pdf: &Pdf, signature: &SignatureEvidence) -> bool {
    let (None, Ok(cms), Ok((_, catalogue))) = (&signature.embedded, &signature.cms, pdf.catalog()) else {
        return false;
    };
    let rights = pdf.entry(catalogue, b"Perms").and_then(|permissions| permissions.as_dict().ok());
    let contents = |key: &[u8]| {
        let dictionary = pdf.entry(rights?, key)?.as_dict().ok()?;
        pdf.entry(dictionary, b"Contents")?.as_str().ok()
    };
    let is_same = |bytes: &[u8]| SignedData::parse(bytes).is_ok_and(|rights| rights.der == cms.der);
    !pdf.is_repaired() && [&b"UR3"[..], b"UR"].into_iter().filter_map(contents).any(is_same)
}

/// Finds signatures in the form of an earlier revision: a later one that no longer leads to them has changed that.
fn as_of_old(pdf: &Pdf, strays: &[(usize, &Found)], strings: &Strings) -> BTreeMap<usize, SignatureEvidence> {
    let mut all = BTreeMap::new();
    let count = pdf.revisions().len();
    for index in (0..count.saturating_sub(1)).rev().take(OLD_REVISIONS) {
        if all.len() == strays.len() {
            break;
        }
        let Ok(earlier) = pdf.at_revision(index) else { continue };
        for mut found in pades::signatures(&earlier) {
            let is_it = |stray: &Found| match &found.coverage {
                Ok(covered) => covered.gap == stray.span,
                Err(_) => found.contents.starts_with(&stray.signed_data.der),
            };
            let stray = strays.iter().find(|(place, stray)| !all.contains_key(place) && is_it(stray));
            let Some((place, _)) = stray else { continue };
            if let Ok(covered) = &mut found.coverage {
                covered.whole_file = false;
            }
            all.insert(*place, SignatureEvidence { is_outside_form: true, ..embedded(&earlier, found, strings) });
        }
    }
    all
}

/// Reads a PDF date (ISO 32000-2, 7.9.4): `D:YYYYMMDDHHmmSSOHH'mm`, later parts optional; without zone it is UTC.
fn pdf_date(text: &str) -> Option<Instant> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(14).collect();
    let part = |from: usize, to: usize, missing: i8| match digits.get(from..to) {
        Some(part) => part.parse::<i8>().ok(),
        None => Some(missing),
    };
    let year: i16 = digits.get(..4)?.parse().ok()?;
    let (month, day) = (part(4, 6, 1)?, part(6, 8, 1)?);
    let (hour, minute, second) = (part(8, 10, 0)?, part(10, 12, 0)?, part(12, 14, 0)?);
    let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second.min(59), 0).ok()?;
    let zone: Vec<char> = text.get(digits.len()..)?.chars().filter(|c| *c != '\'').collect();
    let number = |from: usize| -> Option<i32> {
        let pair: String = zone.get(from..from + 2)?.iter().collect();
        pair.parse().ok()
    };
    let seconds = match zone.first() {
        Some('+') => number(1)? * 3600 + number(3).unwrap_or(0) * 60,
        Some('-') => -(number(1)? * 3600 + number(3).unwrap_or(0) * 60),
        _ => 0,
    };
    let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
    offset.to_timestamp(civil).ok()
}
