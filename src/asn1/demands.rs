//! What a CA demands of the certificates below it: policies, their mappings and constraints, and names (RFC 5280, 4.2.1.4,
//! 4.2.1.5, 4.2.1.10, 4.2.1.11, 4.2.1.14).

use super::general_name::GeneralName;
use super::reader::{Reader, Tlv, tag};
use super::{Asn1Error, Oid, oid};

/// certificatePolicies (RFC 5280, 4.2.1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicies {
    /// The policies, in the order of the certificate; none stands twice.
    pub policies: Vec<Oid>,
    /// Whether a policy has a qualifier of a kind that RFC 5280 does not define.
    pub unknown_qualifiers: bool,
}

/// policyConstraints (RFC 5280, 4.2.1.11): how many certificates may follow before the demand counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PolicyConstraints {
    /// An acceptable policy must be there.
    pub require_explicit: Option<u64>,
    /// Policies may no longer be mapped.
    pub inhibit_mapping: Option<u64>,
}

/// nameConstraints (RFC 5280, 4.2.1.10).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NameConstraints {
    /// Where names must lie; for each form that occurs here.
    pub permitted: Vec<GeneralName>,
    /// Where names must not lie.
    pub excluded: Vec<GeneralName>,
}

impl CertificatePolicies {
    /// Reads the extension; a policy that stands twice is refused.
    pub(super) fn read(value: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "certificatePolicies";
        let mut fields = sequence(value, WHAT)?;
        let mut found = Self { policies: Vec::new(), unknown_qualifiers: false };
        let mut seen = std::collections::BTreeSet::new();
        while !fields.is_empty() {
            let mut information = fields.expect(tag::SEQUENCE, WHAT)?.contents();
            let policy = information.next_tlv()?.oid(WHAT)?;
            if let Some(qualifiers) = information.optional(tag::SEQUENCE)? {
                let mut qualifiers = qualifiers.contents();
                while !qualifiers.is_empty() {
                    let kind = qualifiers.expect(tag::SEQUENCE, WHAT)?.contents().next_tlv()?.oid(WHAT)?;
                    found.unknown_qualifiers |= ![oid::QT_CPS, oid::QT_USER_NOTICE].contains(&kind);
                }
            }
            information.finish(WHAT)?;
            if !seen.insert(policy) {
                return Err(Asn1Error::Unexpected("a list without repeated policies"));
            }
            found.policies.push(policy);
        }
        Ok(found)
    }
}

impl PolicyConstraints {
    pub(super) fn read(value: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "policyConstraints";
        let mut fields = sequence(value, WHAT)?;
        let mut number = |context| -> Result<Option<u64>, Asn1Error> {
            fields.optional(tag::context_primitive(context))?.map(|field| skip_certificates(field.value)).transpose()
        };
        let found = Self { require_explicit: number(0)?, inhibit_mapping: number(1)? };
        fields.finish(WHAT)?;
        // An empty one is forbidden (4.2.1.11).
        if found == Self::default() { Err(Asn1Error::Unexpected(WHAT)) } else { Ok(found) }
    }
}

impl NameConstraints {
    pub(super) fn read(value: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "nameConstraints";
        let mut fields = sequence(value, WHAT)?;
        let mut trees = |context| -> Result<Vec<GeneralName>, Asn1Error> {
            fields.optional(tag::context(context))?.map_or(Ok(Vec::new()), |trees| subtrees(trees.contents()))
        };
        let found = Self { permitted: trees(0)?, excluded: trees(1)? };
        fields.finish(WHAT)?;
        // An empty one is forbidden (4.2.1.10).
        if found == Self::default() { Err(Asn1Error::Unexpected(WHAT)) } else { Ok(found) }
    }
}

/// Reads GeneralSubtrees. `minimum` must be zero and `maximum` absent: nobody defines what else they would mean.
fn subtrees(mut fields: Reader<'_>) -> Result<Vec<GeneralName>, Asn1Error> {
    const WHAT: &str = "a subtree of names";
    let mut all = Vec::new();
    while !fields.is_empty() {
        let mut subtree = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        all.push(GeneralName::from_tlv(subtree.next_tlv()?)?);
        let minimum = subtree.optional(tag::context_primitive(0))?;
        if minimum.is_some_and(|minimum| minimum.value != [0]) {
            return Err(Asn1Error::Unexpected(WHAT));
        }
        subtree.finish(WHAT)?;
    }
    Ok(all)
}

/// Reads policyMappings: pairs of the issuer's policy and the subject's.
pub(super) fn read_mappings(value: &[u8]) -> Result<Vec<(Oid, Oid)>, Asn1Error> {
    const WHAT: &str = "policyMappings";
    let mut fields = sequence(value, WHAT)?;
    let mut all = Vec::new();
    while !fields.is_empty() {
        let mut pair = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        all.push((pair.next_tlv()?.oid(WHAT)?, pair.next_tlv()?.oid(WHAT)?));
        pair.finish(WHAT)?;
    }
    Ok(all)
}

/// Reads inhibitAnyPolicy.
pub(super) fn read_inhibit_any(value: &[u8]) -> Result<u64, Asn1Error> {
    const WHAT: &str = "inhibitAnyPolicy";
    skip_certificates(Tlv::only(value, WHAT)?.expect(tag::INTEGER, WHAT)?.value)
}

fn skip_certificates(digits: &[u8]) -> Result<u64, Asn1Error> {
    Tlv { tag: tag::INTEGER, value: digits, raw: digits }.unsigned("a number of certificates")
}

fn sequence<'a>(value: &'a [u8], what: &'static str) -> Result<Reader<'a>, Asn1Error> {
    Ok(Tlv::only(value, what)?.expect(tag::SEQUENCE, what)?.contents())
}
