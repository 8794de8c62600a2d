//! A certificate revocation list (RFC 5280, 5): the bytes it was read from, and the facts in them.

use super::extensions::{Extension, read_all};
use super::name::general_names;
use super::reader::{Tlv, tag};
use super::time::parse_time;
use super::{AlgorithmIdentifier, Asn1Error, Name, oid, pem_blocks};
use crate::time::Instant;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A revocation list. Cheap to clone; the bytes are never re-encoded.
#[derive(Clone)]
pub struct CertificateList(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: Range<usize>,
    issuer: Name,
    this_update: Instant,
    next_update: Option<Instant>,
    revoked: HashMap<Vec<u8>, RevokedEntry>,
    extensions: Vec<Extension>,
    scope: Option<IssuingDistributionPoint>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    /// Entries with a critical extension that is not understood, which forbids using the list (RFC 5280, 5.3).
    unusable_entries: bool,
}

/// One revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// When the issuer revoked it.
    pub revoked_at: Instant,
    /// Why, where the list says so.
    pub reason: Option<RevocationReason>,
    /// When the key is known or suspected to have become unsafe, where the list says so (RFC 5280, 5.3.2).
    pub invalid_since: Option<Instant>,
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

/// distributionPoint of an issuing distribution point, or of a certificate (RFC 5280, 4.2.1.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DistributionPoint {
    /// The encodings of the GeneralNames of a full name.
    FullName(Vec<Vec<u8>>),
    /// A name relative to the issuer's, which is not followed.
    Relative,
}

impl DistributionPoint {
    /// Returns the full names; none where the name is relative.
    pub fn names(&self) -> &[Vec<u8>] {
        match self {
            Self::FullName(names) => names,
            Self::Relative => &[],
        }
    }
}

/// issuingDistributionPoint (RFC 5280, 5.2.5): which certificates a list is about.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct IssuingDistributionPoint {
    /// The point's name.
    pub point: Option<DistributionPoint>,
    /// Only end-entity certificates.
    pub only_user_certificates: bool,
    /// Only CA certificates.
    pub only_ca_certificates: bool,
    /// Only some reasons.
    pub only_some_reasons: bool,
    /// Entries may be of other issuers.
    pub indirect: bool,
    /// Only attribute certificates.
    pub only_attribute_certificates: bool,
}

impl CertificateList {
    /// Reads one list. Bytes after it are an error.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a certificate revocation list";
        let mut outer = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let tbs = outer.expect(tag::SEQUENCE, WHAT)?;
        let signature_algorithm = AlgorithmIdentifier::from_tlv(outer.next_tlv()?)?;
        let signature = outer.next_tlv()?.bit_octets("a revocation list's signature")?.to_vec();
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
        let mut unusable_entries = false;
        let revoked = match fields.optional(tag::SEQUENCE)? {
            Some(entries) => read_entries(entries, &mut unusable_entries)?,
            None => HashMap::new(),
        };
        let extensions = match fields.optional(tag::context(0))? {
            Some(explicit) => read_all(Tlv::only(explicit.value, WHAT)?)?,
            None => Vec::new(),
        };
        fields.finish(WHAT)?;
        let scope = extensions.iter().find(|extension| extension.oid == oid::ISSUING_DISTRIBUTION_POINT);
        let scope = scope.map(|extension| read_scope(&extension.value)).transpose()?;
        let start = tbs.raw.as_ptr() as usize - der.as_ptr() as usize;
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            tbs: start..start + tbs.raw.len(),
            issuer,
            this_update,
            next_update,
            revoked,
            extensions,
            scope,
            signature_algorithm,
            signature,
            unusable_entries,
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

    /// Returns the bytes it was read from.
    pub fn der(&self) -> &[u8] {
        &self.0.der
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

    /// Returns the entry of a serial number's contents octets.
    pub fn entry(&self, serial: &[u8]) -> Option<&RevokedEntry> {
        self.0.revoked.get(serial)
    }

    /// Returns the number of revoked certificates.
    pub fn entry_count(&self) -> usize {
        self.0.revoked.len()
    }

    /// Tells whether an entry carries a critical extension that is not understood.
    pub fn has_unusable_entries(&self) -> bool {
        self.0.unusable_entries
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
        self.0.der == other.0.der
    }
}

impl Eq for CertificateList {}

impl std::fmt::Debug for CertificateList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateList({}, {}, {} entries)", self.0.issuer, self.0.this_update, self.0.revoked.len())
    }
}

fn read_entries(entries: Tlv<'_>, unusable: &mut bool) -> Result<HashMap<Vec<u8>, RevokedEntry>, Asn1Error> {
    const WHAT: &str = "an entry of a revocation list";
    let mut revoked = HashMap::new();
    let mut fields = entries.contents();
    while !fields.is_empty() {
        let mut entry = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        let serial = entry.expect(tag::INTEGER, WHAT)?.value.to_vec();
        let mut facts = RevokedEntry { revoked_at: parse_time(entry.next_tlv()?)?, reason: None, invalid_since: None };
        if let Some(extensions) = entry.optional(tag::SEQUENCE)? {
            for extension in read_all(extensions)? {
                match extension.oid {
                    oid::CRL_REASON => facts.reason = Some(reason(&extension.value)?),
                    oid::INVALIDITY_DATE => facts.invalid_since = Some(parse_time(Tlv::only(&extension.value, WHAT)?)?),
                    _ => *unusable |= extension.critical,
                }
            }
        }
        entry.finish(WHAT)?;
        revoked.insert(serial, facts);
    }
    Ok(revoked)
}

fn reason(value: &[u8]) -> Result<RevocationReason, Asn1Error> {
    const WHAT: &str = "a revocation reason";
    match Tlv::only(value, WHAT)?.expect(tag::ENUMERATED, WHAT)?.value {
        [number] => RevocationReason::of_number(*number).ok_or(Asn1Error::Unexpected(WHAT)),
        _ => Err(Asn1Error::Unexpected(WHAT)),
    }
}

fn read_scope(value: &[u8]) -> Result<IssuingDistributionPoint, Asn1Error> {
    const WHAT: &str = "issuingDistributionPoint";
    let mut fields = Tlv::only(value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    let mut scope = IssuingDistributionPoint::default();
    while !fields.is_empty() {
        let field = fields.next_tlv()?;
        let truth = || match field.value {
            [octet] => Ok(*octet != 0),
            _ => Err(Asn1Error::Unexpected(WHAT)),
        };
        match field.tag {
            0xa0 => {
                let full = field.contents().optional(tag::context(0))?;
                scope.point = Some(match full {
                    Some(names) => DistributionPoint::FullName(general_names(names.value)?),
                    None => DistributionPoint::Relative,
                });
            }
            0x81 => scope.only_user_certificates = truth()?,
            0x82 => scope.only_ca_certificates = truth()?,
            0x83 => scope.only_some_reasons = true,
            0x84 => scope.indirect = truth()?,
            0x85 => scope.only_attribute_certificates = truth()?,
            _ => return Err(Asn1Error::Unexpected(WHAT)),
        }
    }
    Ok(scope)
}
