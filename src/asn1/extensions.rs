//! Certificate extensions (RFC 5280, 4.2) as facts; the unknown ones are kept by name and criticality.

use super::demands::{CertificatePolicies, NameConstraints, PolicyConstraints, read_inhibit_any, read_mappings};
use super::general_name::{GeneralName, general_names};
use super::points::{DistributionPoint, point_uris, read_points};
use super::reader::{Reader, Tlv, tag};
use super::{Asn1Error, Oid, oid};

/// One extension as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What it is.
    pub oid: Oid,
    /// Whether who does not know it must reject.
    pub critical: bool,
    /// The contents of its OCTET STRING.
    pub value: Vec<u8>,
}

/// basicConstraints (RFC 5280, 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub ca: bool,
    /// How many intermediate certificates may follow.
    pub path_length: Option<u64>,
}

/// keyUsage (RFC 5280, 4.2.1.3) as a set of bits; bit 0 is digitalSignature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(pub u16);

impl KeyUsage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// nonRepudiation, also called contentCommitment.
    pub const NON_REPUDIATION: Self = Self(1 << 1);
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// keyCertSign.
    pub const KEY_CERT_SIGN: Self = Self(1 << 5);
    /// cRLSign.
    pub const CRL_SIGN: Self = Self(1 << 6);

    /// Tells whether any of the other set's bits is here.
    pub fn allows_any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Joins two sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The extensions of a certificate.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// Every extension in the order encoded.
    pub all: Vec<Extension>,
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage purposes, and whether the extension is critical.
    pub extended_key_usage: Option<(Vec<Oid>, bool)>,
    /// subjectKeyIdentifier.
    pub subject_key_identifier: Option<Vec<u8>>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// certificatePolicies.
    pub policies: Option<CertificatePolicies>,
    /// policyMappings: the issuer's policy and the subject's.
    pub policy_mappings: Vec<(Oid, Oid)>,
    /// policyConstraints.
    pub policy_constraints: Option<PolicyConstraints>,
    /// inhibitAnyPolicy: how many certificates may follow before anyPolicy no longer counts.
    pub inhibit_any_policy: Option<u64>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// subjectAltName.
    pub subject_alt_names: Vec<GeneralName>,
    /// cRLDistributionPoints.
    pub crl_points: Vec<DistributionPoint>,
    /// Known extensions whose contents cannot be read: no path may rest on a certificate that has one.
    pub broken: Vec<Oid>,
    /// OCSP responders of authorityInfoAccess.
    pub ocsp_uris: Vec<String>,
    /// caIssuers of authorityInfoAccess.
    pub issuer_uris: Vec<String>,
}

impl Extensions {
    /// Reads the contents of `[3] Extensions`. An extension that stands twice, or whose known form is broken, is an error.
    pub fn from_sequence(sequence: Tlv<'_>) -> Result<Self, Asn1Error> {
        let (all, mut found) = (read_all(sequence)?, Self::default());
        for extension in &all {
            found.note(extension)?;
        }
        Ok(Self { all, ..found })
    }

    /// Returns an extension by its identifier.
    pub fn by_oid(&self, oid: &Oid) -> Option<&Extension> {
        self.all.iter().find(|extension| extension.oid == *oid)
    }

    /// Returns the URIs of cRLDistributionPoints.
    pub fn crl_uris(&self) -> Vec<String> {
        point_uris(&self.crl_points)
    }

    fn note(&mut self, extension: &Extension) -> Result<(), Asn1Error> {
        let value = extension.value.as_slice();
        match extension.oid {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            oid::EXTENDED_KEY_USAGE => self.extended_key_usage = Some((oid_list(value)?, extension.critical)),
            oid::SUBJECT_KEY_IDENTIFIER => {
                let octets = Tlv::only(value, "a key identifier")?.expect(tag::OCTET_STRING, "a key identifier")?;
                self.subject_key_identifier = Some(octets.value.to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => self.authority_key_identifier = authority_key_identifier(value)?,
            // The URIs are hints for fetching, not facts that decide: a broken one is no hint.
            oid::AUTHORITY_INFO_ACCESS => {
                self.ocsp_uris = access_uris(value, &oid::AD_OCSP).unwrap_or_default();
                self.issuer_uris = access_uris(value, &oid::AD_CA_ISSUERS).unwrap_or_default();
            }
            _ => {
                if self.note_demand(extension).is_err() {
                    self.broken.push(extension.oid);
                }
            }
        }
        Ok(())
    }

    /// Notes what matters to paths alone: a certificate in which it is broken can be looked at, but never be believed.
    fn note_demand(&mut self, extension: &Extension) -> Result<(), Asn1Error> {
        let value = extension.value.as_slice();
        match extension.oid {
            oid::CERTIFICATE_POLICIES => self.policies = Some(CertificatePolicies::read(value)?),
            oid::POLICY_MAPPINGS => self.policy_mappings = read_mappings(value)?,
            oid::POLICY_CONSTRAINTS => self.policy_constraints = Some(PolicyConstraints::read(value)?),
            oid::INHIBIT_ANY_POLICY => self.inhibit_any_policy = Some(read_inhibit_any(value)?),
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::read(value)?),
            oid::SUBJECT_ALT_NAME => {
                self.subject_alt_names = general_names(sequence_tlv(value, "subjectAltName")?.value)?;
            }
            oid::CRL_DISTRIBUTION_POINTS => self.crl_points = read_points(value)?,
            _ => {}
        }
        Ok(())
    }
}

/// Reads a SEQUENCE of extensions; the same extension twice is refused (RFC 5280, 4.2).
pub(super) fn read_all(sequence: Tlv<'_>) -> Result<Vec<Extension>, Asn1Error> {
    const WHAT: &str = "a list of extensions";
    let mut all: Vec<Extension> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    let mut fields = sequence.expect(tag::SEQUENCE, WHAT)?.contents();
    while !fields.is_empty() {
        let mut extension = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        let oid = extension.next_tlv()?.oid(WHAT)?;
        let critical = extension.optional(tag::BOOLEAN)?.map(|truth| truth.boolean(WHAT)).transpose()?.unwrap_or(false);
        let value = extension.expect(tag::OCTET_STRING, WHAT)?.value.to_vec();
        extension.finish(WHAT)?;
        if !known.insert(oid) {
            return Err(Asn1Error::Unexpected("a list without repeated extensions"));
        }
        all.push(Extension { oid, critical, value });
    }
    Ok(all)
}

fn sequence_tlv<'a>(value: &'a [u8], what: &'static str) -> Result<Tlv<'a>, Asn1Error> {
    Tlv::only(value, what)?.expect(tag::SEQUENCE, what)
}

fn sequence<'a>(value: &'a [u8], what: &'static str) -> Result<Reader<'a>, Asn1Error> {
    Ok(sequence_tlv(value, what)?.contents())
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, Asn1Error> {
    const WHAT: &str = "basicConstraints";
    let mut fields = sequence(value, WHAT)?;
    let ca = fields.optional(tag::BOOLEAN)?.map(|truth| truth.boolean(WHAT)).transpose()?.unwrap_or(false);
    let path_length = fields.optional(tag::INTEGER)?.map(|number| number.unsigned(WHAT)).transpose()?;
    fields.finish(WHAT)?;
    Ok(BasicConstraints { ca, path_length })
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, Asn1Error> {
    const WHAT: &str = "keyUsage";
    let bits = Tlv::only(value, WHAT)?.expect(tag::BIT_STRING, WHAT)?.value;
    let (unused, octets) = bits.split_first().ok_or(Asn1Error::Unexpected(WHAT))?;
    // Old certificates hold a machine word: DER leaves the zeros at the end out, and they say nothing.
    let (named, rest) = octets.split_at(octets.len().min(2));
    if *unused > 7 || octets.len() > 8 || rest.iter().any(|octet| *octet != 0) {
        return Err(Asn1Error::Unexpected(WHAT));
    }
    let set =
        named.iter().enumerate().fold(0u16, |set, (index, octet)| set | u16::from(octet.reverse_bits()) << (8 * index));
    Ok(KeyUsage(set))
}

fn oid_list(value: &[u8]) -> Result<Vec<Oid>, Asn1Error> {
    let mut fields = sequence(value, "a list of object identifiers")?;
    let mut all = Vec::new();
    while !fields.is_empty() {
        all.push(fields.next_tlv()?.oid("a list of object identifiers")?);
    }
    Ok(all)
}

fn authority_key_identifier(value: &[u8]) -> Result<Option<Vec<u8>>, Asn1Error> {
    let mut fields = sequence(value, "authorityKeyIdentifier")?;
    Ok(fields.optional(tag::context_primitive(0))?.map(|identifier| identifier.value.to_vec()))
}

fn access_uris(value: &[u8], method: &Oid) -> Result<Vec<String>, Asn1Error> {
    let mut accesses = sequence(value, "authorityInfoAccess")?;
    let mut all = Vec::new();
    while !accesses.is_empty() {
        let mut access = accesses.expect(tag::SEQUENCE, "an access description")?.contents();
        if access.next_tlv()?.oid("an access method")? == *method
            && let GeneralName::Uri(uri) = GeneralName::from_tlv(access.next_tlv()?)?
        {
            all.push(uri);
        }
    }
    Ok(all)
}
