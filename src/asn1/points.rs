//! Distribution points of revocation lists, seen from a certificate and from a list (RFC 5280, 4.2.1.13 and 5.2.5).

use super::general_name::{GeneralName, general_names};
use super::reader::{Reader, Tlv, tag};
use super::{Asn1Error, Extension, Name, RevocationReason, limits, oid};

/// A set of reasons (RFC 5280, 4.2.1.13: ReasonFlags).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonSet(u16);

impl ReasonSet {
    /// None.
    pub const NONE: Self = Self(0);
    /// All that a certificate can be revoked for: bits 1 to 8.
    pub const ALL: Self = Self(0x1fe);

    /// Tells whether every reason is here.
    pub fn is_all(self) -> bool {
        self.0 & Self::ALL.0 == Self::ALL.0
    }

    /// Tells whether a reason of the other set is missing here.
    pub fn lacks_any(self, of: Self) -> bool {
        of.0 & !self.0 != 0
    }

    /// Returns what both sets hold.
    pub const fn shared(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Joins two sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Makes the set of one reason; empty where no flag stands for it.
    pub fn of(reason: RevocationReason) -> Self {
        use RevocationReason as R;
        Self(match reason {
            R::KeyCompromise => 1 << 1,
            R::CaCompromise => 1 << 2,
            R::AffiliationChanged => 1 << 3,
            R::Superseded => 1 << 4,
            R::CessationOfOperation => 1 << 5,
            R::CertificateHold => 1 << 6,
            R::PrivilegeWithdrawn => 1 << 7,
            R::AaCompromise => 1 << 8,
            R::Unspecified | R::RemoveFromCrl => 0,
        })
    }

    fn from_bits(value: &[u8]) -> Result<Self, Asn1Error> {
        match value {
            [unused @ 0..=7, octets @ ..] if (1..=2).contains(&octets.len()) => {
                let low = u16::from(octets[0].reverse_bits());
                let high = octets.get(1).map_or(0, |octet| u16::from(octet.reverse_bits()));
                let kept = 8 * octets.len() as u32 - u32::from(*unused);
                Ok(Self((low | high << 8) & Self::ALL.0 & ((1u32 << kept) - 1) as u16))
            }
            [0] => Ok(Self::NONE),
            _ => Err(Asn1Error::Unexpected("a set of reasons")),
        }
    }
}

/// The name of a distribution point (RFC 5280, 4.2.1.13: DistributionPointName).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointName {
    /// Whole names.
    Full(Vec<GeneralName>),
    /// Attributes to be put below the name of the list's issuer: the contents of a RelativeDistinguishedName.
    Relative(Vec<u8>),
}

impl PointName {
    /// Returns the whole names; a relative one is completed with the issuer of the list.
    pub fn names(&self, issuer: &Name) -> Vec<GeneralName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(rdn) => issuer.with_relative(rdn).map(GeneralName::Directory).into_iter().collect(),
        }
    }

    fn from_explicit(explicit: Tlv<'_>) -> Result<Self, Asn1Error> {
        const WHAT: &str = "the name of a distribution point";
        let name = Tlv::only(explicit.value, WHAT)?;
        match name.tag {
            0xa0 => Ok(Self::Full(few_names(name.value)?)),
            0xa1 => Ok(Self::Relative(name.value.to_vec())),
            _ => Err(Asn1Error::Unexpected(WHAT)),
        }
    }
}

/// Reads the names of one point.
fn few_names(contents: &[u8]) -> Result<Vec<GeneralName>, Asn1Error> {
    let names = general_names(contents)?;
    if names.len() <= limits::POINTS { Ok(names) } else { Err(Asn1Error::TooLarge) }
}

/// A distribution point that a certificate names (RFC 5280, 4.2.1.13).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DistributionPoint {
    /// Where the list is to be had.
    pub name: Option<PointName>,
    /// The reasons that the list tells of; all, where it does not say.
    pub reasons: Option<ReasonSet>,
    /// Who issues the list, where that is somebody else than the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

/// Reads cRLDistributionPoints or freshestCRL.
pub(super) fn read_points(value: &[u8]) -> Result<Vec<DistributionPoint>, Asn1Error> {
    const WHAT: &str = "cRLDistributionPoints";
    let mut points = Tlv::only(value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    let mut all = Vec::new();
    while !points.is_empty() {
        let mut fields = points.expect(tag::SEQUENCE, WHAT)?.contents();
        let name = fields.optional(tag::context(0))?.map(PointName::from_explicit).transpose()?;
        let reasons = fields.optional(tag::context_primitive(1))?;
        let reasons = reasons.map(|bits| ReasonSet::from_bits(bits.value)).transpose()?;
        let crl_issuer = fields.optional(tag::context(2))?.map(|names| few_names(names.value)).transpose()?;
        fields.finish(WHAT)?;
        if all.len() >= limits::POINTS {
            return Err(Asn1Error::TooLarge);
        }
        all.push(DistributionPoint { name, reasons, crl_issuer: crl_issuer.unwrap_or_default() });
    }
    Ok(all)
}

/// Returns the URIs that points name.
pub(super) fn point_uris(points: &[DistributionPoint]) -> Vec<String> {
    let uri = |name: &GeneralName| match name {
        GeneralName::Uri(uri) => Some(uri.clone()),
        _ => None,
    };
    let full = |point: &DistributionPoint| match &point.name {
        Some(PointName::Full(names)) => names.iter().filter_map(uri).collect(),
        _ => Vec::new(),
    };
    points.iter().flat_map(full).collect()
}

/// Returns the URIs of freshestCRL among the extensions of a certificate or a list (RFC 5280, 4.2.1.15 and 5.2.6): where
/// its delta lists are to be had. They are hints for fetching: a broken extension is no hint.
pub fn freshest_uris(extensions: &[Extension]) -> Vec<String> {
    let found = extensions.iter().find(|extension| extension.oid == oid::FRESHEST_CRL);
    found.and_then(|extension| read_points(&extension.value).ok()).map(|points| point_uris(&points)).unwrap_or_default()
}

/// issuingDistributionPoint (RFC 5280, 5.2.5): which certificates a list is about.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct IssuingDistributionPoint {
    /// The point's name.
    pub point: Option<PointName>,
    /// Only end-entity certificates.
    pub only_user_certificates: bool,
    /// Only CA certificates.
    pub only_ca_certificates: bool,
    /// Only some reasons.
    pub only_some_reasons: Option<ReasonSet>,
    /// Entries may be of other issuers.
    pub indirect: bool,
    /// Only attribute certificates.
    pub only_attribute_certificates: bool,
}

impl IssuingDistributionPoint {
    /// Reads the extension.
    pub(super) fn read(value: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "issuingDistributionPoint";
        let mut fields = Tlv::only(value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let mut scope = Self {
            point: fields.optional(tag::context(0))?.map(PointName::from_explicit).transpose()?,
            ..Self::default()
        };
        scope.only_user_certificates = truth(&mut fields, 1)?;
        scope.only_ca_certificates = truth(&mut fields, 2)?;
        let reasons = fields.optional(tag::context_primitive(3))?;
        scope.only_some_reasons = reasons.map(|bits| ReasonSet::from_bits(bits.value)).transpose()?;
        scope.indirect = truth(&mut fields, 4)?;
        scope.only_attribute_certificates = truth(&mut fields, 5)?;
        fields.finish(WHAT)?;
        Ok(scope)
    }
}

fn truth(fields: &mut Reader<'_>, number: u8) -> Result<bool, Asn1Error> {
    match fields.optional(tag::context_primitive(number))?.map(|field| field.value) {
        None => Ok(false),
        Some([octet]) => Ok(*octet != 0),
        Some(_) => Err(Asn1Error::Unexpected("issuingDistributionPoint")),
    }
}
