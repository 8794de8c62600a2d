//! A certificate revocation list (RFC 5280, 5): the bytes it was read from, and the facts in them.

use super::encoded::Encoded;
use super::extensions::{Extension, read_all};
use super::general_name::{GeneralName, general_names};
use super::points::IssuingDistributionPoint;
use super::reader::{Tlv, tag, without_leading_zeros};
use super::time::parse_time;
use super::{AlgorithmIdentifier, Asn1Error, Name, Oid, oid, pem_blocks};
use crate::digest::Sha256;
use crate::time::Instant;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A revocation list. Cheap to clone; the bytes are never re-encoded.
#[derive(Clone)]
pub struct CertificateList(Arc<Inner>);

struct Inner {
    der: Encoded,
    tbs: Range<usize>,
    issuer: Name,
    this_update: Instant,
    next_update: Option<Instant>,
    entries: Entries,
    extensions: Vec<Extension>,
    scope: Option<IssuingDistributionPoint>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    /// cRLNumber and BaseCRLNumber, big-endian without leading zeros.
    number: Option<Vec<u8>>,
    base_number: Option<Vec<u8>>,
}

/// Entries by serial number.
type BySerial = HashMap<Vec<u8>, RevokedEntry>;

/// The entries of a list.
#[derive(Default)]
struct Entries {
    /// Of the certificates of the list's own issuer.
    own: BySerial,
    /// Of the certificates of others, which an indirect list names (RFC 5280, 5.3.3).
    others: Vec<(Vec<GeneralName>, BySerial)>,
    /// Whether an entry has a critical extension that is not understood, which forbids using the list (RFC 5280, 5.3).
    unusable: bool,
}

/// One revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// When the issuer revoked it.
    pub revoked_at: Instant,
    /// Why, where the list says so.
    pub reason: Option<RevocationReason>,
}

/// CRLReason (RFC 5280, 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// No reason given.
    Unspecified,
    /// The subject's key is known or suspected to be in other hands.
    KeyCompromise,
    /// The issuer's key is.
    CaCompromise,
    /// The subject's name or affiliation changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The certificate is no longer needed.
    CessationOfOperation,
    /// The certificate is suspended.
    CertificateHold,
    /// A delta list takes an entry back.
    RemoveFromCrl,
    /// A privilege was withdrawn.
    PrivilegeWithdrawn,
    /// The attribute authority's key is compromised.
    AaCompromise,
}

impl RevocationReason {
    const NUMBERS: [(Self, u8); 10] = [
        (Self::Unspecified, 0),
        (Self::KeyCompromise, 1),
        (Self::CaCompromise, 2),
        (Self::AffiliationChanged, 3),
        (Self::Superseded, 4),
        (Self::CessationOfOperation, 5),
        (Self::CertificateHold, 6),
        (Self::RemoveFromCrl, 8),
        (Self::PrivilegeWithdrawn, 9),
        (Self::AaCompromise, 10),
    ];

    /// Returns the reason of a number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::NUMBERS.iter().find(|(_, known)| *known == number).map(|(reason, _)| *reason)
    }

    /// Returns the number of the reason.
    pub fn number(self) -> u8 {
        Self::NUMBERS.iter().find(|(known, _)| *known == self).map_or(0, |(_, number)| *number)
    }
}

impl CertificateList {
    /// Reads one list. Bytes after it are an error.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a certificate revocation list";
        let mut outer = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let tbs = outer.expect(tag::SEQUENCE, WHAT)?;
        let signature_algorithm = AlgorithmIdentifier::from_tlv(outer.next_tlv()?)?;
        let signature = outer.next_tlv()?.signature_octets("a revocation list's signature")?.to_vec();
        outer.finish(WHAT)?;

        let mut fields = tbs.contents();
        let version = fields.optional(tag::INTEGER)?.map(|number| number.unsigned(WHAT)).transpose()?.unwrap_or(0);
        if version > 1 || AlgorithmIdentifier::from_tlv(fields.next_tlv()?)? != signature_algorithm {
            return Err(Asn1Error::Unexpected(WHAT));
        }
        let issuer = Name::from_der(fields.next_tlv()?.raw)?;
        let this_update = parse_time(fields.next_tlv()?)?;
        let is_time = |next: Option<u8>| matches!(next, Some(tag::UTC_TIME | tag::GENERALIZED_TIME));
        let next_update = if is_time(fields.peek()) { Some(parse_time(fields.next_tlv()?)?) } else { None };
        let mut entries = match fields.optional(tag::SEQUENCE)? {
            Some(entries) => Entries::read(entries)?,
            None => Entries::default(),
        };
        let extensions = match fields.optional(tag::context(0))? {
            Some(_) if version == 0 => return Err(Asn1Error::Unexpected("a list whose version has extensions")),
            Some(explicit) => read_all(Tlv::only(explicit.value, WHAT)?)?,
            None => Vec::new(),
        };
        fields.finish(WHAT)?;
        let scope = extensions.iter().find(|extension| extension.oid == oid::ISSUING_DISTRIBUTION_POINT);
        let scope = scope.map(|extension| IssuingDistributionPoint::read(&extension.value)).transpose()?;
        // Only an indirect list may name others (RFC 5280, 5.2.5).
        entries.unusable |= !entries.others.is_empty() && !scope.as_ref().is_some_and(|scope| scope.indirect);
        let number = |wanted: &Oid| {
            let found = extensions.iter().find(|extension| extension.oid == *wanted);
            found.map(|extension| list_number(&extension.value)).transpose()
        };
        let (number, base_number) = (number(&oid::CRL_NUMBER)?, number(&oid::DELTA_CRL_INDICATOR)?);
        let start = tbs.raw.as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self(Arc::new(Inner {
            der: Encoded::of(der),
            tbs: start..start + tbs.raw.len(),
            issuer,
            this_update,
            next_update,
            entries,
            extensions,
            scope,
            signature_algorithm,
            signature,
            number,
            base_number,
        })))
    }

    /// Reads every list of a DER file or a PEM text. No list at all is an error.
    pub fn from_file_bytes(bytes: &[u8]) -> Result<Vec<Self>, Asn1Error> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem_blocks(bytes)?;
        let lists = blocks.iter().filter(|block| block.label == "X509 CRL").map(|block| Self::from_der(&block.der));
        let all = lists.collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() { Err(Asn1Error::BadPem) } else { Ok(all) }
    }

    /// Returns what tells this list from every other one that lives; its clones have the same.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Returns the bytes it was read from.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Returns their SHA-256, which is computed once.
    pub fn sha256(&self) -> &Sha256 {
        self.0.der.sha256()
    }

    /// Returns the signed part, `TBSCertList`, as it stands in the bytes.
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// Returns the issuer's name.
    pub fn issuer_name(&self) -> &Name {
        &self.0.issuer
    }

    /// Returns when the list was made.
    pub fn this_update(&self) -> Instant {
        self.0.this_update
    }

    /// Returns by when the next list will be made, where the list says so.
    pub fn next_update(&self) -> Option<Instant> {
        self.0.next_update
    }

    /// Returns the entry of a serial number's contents octets, of the list's own issuer.
    pub fn entry(&self, serial: &[u8]) -> Option<&RevokedEntry> {
        self.0.entries.own.get(minimal(serial))
    }

    /// Returns the entry of a certificate by its issuer and serial number (RFC 5280, 5.3.3 and 6.3.3 (j)).
    pub fn entry_of(&self, issuer: &Name, serial: &[u8]) -> Option<&RevokedEntry> {
        let names = |names: &[GeneralName]| {
            names.iter().any(|name| matches!(name, GeneralName::Directory(name) if name.same_as(issuer)))
        };
        let own = if self.0.issuer.same_as(issuer) { self.entry(serial) } else { None };
        own.or_else(|| {
            let theirs = self.0.entries.others.iter().filter(|(issuers, _)| names(issuers));
            theirs.filter_map(|(_, entries)| entries.get(minimal(serial))).next()
        })
    }

    /// Returns the number of revoked certificates.
    pub fn entry_count(&self) -> usize {
        self.0.entries.count()
    }

    /// Tells whether an entry carries a critical extension that is not understood.
    pub fn has_unusable_entries(&self) -> bool {
        self.0.entries.unusable
    }

    /// Returns cRLNumber (RFC 5280, 5.2.3), big-endian without leading zeros.
    pub fn number(&self) -> Option<&[u8]> {
        self.0.number.as_deref()
    }

    /// Returns BaseCRLNumber of a delta list (RFC 5280, 5.2.4), big-endian without leading zeros.
    pub fn base_number(&self) -> Option<&[u8]> {
        self.0.base_number.as_deref()
    }

    /// Returns the list's own extensions.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// Returns what the list is about, where it is restricted.
    pub fn scope(&self) -> Option<&IssuingDistributionPoint> {
        self.0.scope.as_ref()
    }

    /// Returns the algorithm of the issuer's signature.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.signature_algorithm
    }

    /// Returns the issuer's signature value.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }
}

impl PartialEq for CertificateList {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der() == other.der()
    }
}

impl Eq for CertificateList {}

impl std::fmt::Debug for CertificateList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateList({}, {}, {} entries)", self.0.issuer, self.0.this_update, self.entry_count())
    }
}

impl Entries {
    fn read(entries: Tlv<'_>) -> Result<Self, Asn1Error> {
        const WHAT: &str = "an entry of a revocation list";
        let mut all = Self::default();
        let mut fields = entries.contents();
        while !fields.is_empty() {
            let mut entry = fields.expect(tag::SEQUENCE, WHAT)?.contents();
            let serial = minimal(entry.expect(tag::INTEGER, WHAT)?.value).to_vec();
            let mut facts = RevokedEntry { revoked_at: parse_time(entry.next_tlv()?)?, reason: None };
            if let Some(extensions) = entry.optional(tag::SEQUENCE)? {
                all.note(read_all(extensions)?, &mut facts)?;
            }
            entry.finish(WHAT)?;
            // The issuer that an entry names is that of those after it too (RFC 5280, 5.3.3).
            let group = all.others.last_mut().map_or(&mut all.own, |(_, entries)| entries);
            group.insert(serial, facts);
        }
        Ok(all)
    }

    fn note(&mut self, extensions: Vec<Extension>, facts: &mut RevokedEntry) -> Result<(), Asn1Error> {
        for extension in extensions {
            let value = || Tlv::only(&extension.value, "an entry's extension");
            match extension.oid {
                oid::CRL_REASON => facts.reason = Some(reason(&extension.value)?),
                // Since when the key may have been unsafe (5.3.2); what counts is when the issuer revoked (EN 319 102-1, 5.5.4).
                oid::INVALIDITY_DATE => {
                    parse_time(value()?)?;
                }
                oid::CERTIFICATE_ISSUER => {
                    let names = general_names(value()?.expect(tag::SEQUENCE, "certificateIssuer")?.value)?;
                    self.others.push((names, HashMap::new()));
                }
                _ => self.unusable |= extension.critical,
            }
        }
        Ok(())
    }

    fn count(&self) -> usize {
        self.own.len() + self.others.iter().map(|(_, entries)| entries.len()).sum::<usize>()
    }
}

/// Drops octets of an INTEGER that repeat its sign: some issuers write them in one place and not in another.
fn minimal(mut serial: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = serial
        && let [second, ..] = rest
        && (*first == 0 && second & 0x80 == 0 || *first == 0xff && second & 0x80 != 0)
    {
        serial = rest;
    }
    serial
}

fn list_number(value: &[u8]) -> Result<Vec<u8>, Asn1Error> {
    const WHAT: &str = "the number of a revocation list";
    let digits = Tlv::only(value, WHAT)?.expect(tag::INTEGER, WHAT)?.value;
    Ok(without_leading_zeros(digits).to_vec())
}

fn reason(value: &[u8]) -> Result<RevocationReason, Asn1Error> {
    const WHAT: &str = "a revocation reason";
    match Tlv::only(value, WHAT)?.expect(tag::ENUMERATED, WHAT)?.value {
        [number] => RevocationReason::of_number(*number).ok_or(Asn1Error::Unexpected(WHAT)),
        _ => Err(Asn1Error::Unexpected(WHAT)),
    }
}
