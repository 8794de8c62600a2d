//! The attributes that CAdES and PAdES baseline signatures use, read and written.

use super::CmsError;
use crate::asn1::reader::{Reader, Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Certificate, Oid, oid, writer};
use crate::crypto::{SignatureScheme, digest_algorithm, digest_identifier, signer_identifier};
use crate::digest::{Digest, DigestAlgorithm};

/// One attribute (RFC 5652, 5.3): its type and its values as raw encodings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What it is.
    pub oid: Oid,
    /// The encodings of its values.
    pub values: Vec<Vec<u8>>,
}

/// An issuer's name as encoded, and a serial number's contents octets.
type IssuerSerial = (Vec<u8>, Vec<u8>);

/// The certificate that a signature names as its own (RFC 2634, 5.4; RFC 5035, 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateReference {
    /// The digest of the certificate.
    pub digest: Digest,
    /// Issuer and serial number, where given: the name's encoding, and the serial's contents octets.
    pub issuer_serial: Option<IssuerSerial>,
}

impl CertificateReference {
    /// Tells whether the reference is to this certificate: digest, and issuer and serial where given.
    pub fn fits(&self, certificate: &Certificate) -> bool {
        let issuer_serial_fits = self.issuer_serial.as_ref().is_none_or(|(issuer, serial)| {
            let same_issuer = issuer == certificate.issuer_der()
                || crate::asn1::Name::from_der(issuer).is_ok_and(|name| name.same_as(certificate.issuer_name()));
            same_issuer && serial == certificate.serial()
        });
        issuer_serial_fits && certificate.fingerprint(self.digest.algorithm) == self.digest
    }
}

/// CMSAlgorithmProtection (RFC 6211, 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmProtection {
    /// The digest algorithm.
    pub digest: AlgorithmIdentifier,
    /// The signature algorithm, where given.
    pub signature: Option<AlgorithmIdentifier>,
}

/// Reads the contents of SignedAttributes or UnsignedAttributes.
pub(super) fn read_attributes(contents: &[u8]) -> Result<Vec<Attribute>, Asn1Error> {
    const WHAT: &str = "an attribute";
    let mut fields = Reader::new(contents);
    let mut all = Vec::new();
    while !fields.is_empty() {
        let mut attribute = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        let oid = attribute.next_tlv()?.oid(WHAT)?;
        let mut members = attribute.expect(tag::SET, WHAT)?.contents();
        attribute.finish(WHAT)?;
        let mut values = Vec::new();
        while !members.is_empty() {
            values.push(members.next_tlv()?.raw.to_vec());
        }
        all.push(Attribute { oid, values });
    }
    Ok(all)
}

/// Returns the only value of an attribute that may stand only once, or `None` where it does not stand.
pub(super) fn single<'a>(attributes: &'a [Attribute], oid: &Oid) -> Result<Option<Tlv<'a>>, CmsError> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == *oid);
    let Some(first) = found.next() else { return Ok(None) };
    match (first.values.as_slice(), found.next()) {
        ([value], None) => Ok(Some(Tlv::only(value, "an attribute value")?)),
        _ => Err(CmsError::BadAttributes("an attribute stands more than once")),
    }
}

/// Reads signing-certificate-v2, or signing-certificate where only that stands. The first reference is the signer's.
pub(super) fn read_reference(attributes: &[Attribute]) -> Result<Option<CertificateReference>, CmsError> {
    const WHAT: &str = "a signing-certificate attribute";
    let (value, is_v2) = match single(attributes, &oid::SIGNING_CERTIFICATE_V2)? {
        Some(value) => (value, true),
        None => match single(attributes, &oid::SIGNING_CERTIFICATE)? {
            Some(value) => (value, false),
            None => return Ok(None),
        },
    };
    let mut references = value.expect(tag::SEQUENCE, WHAT)?.contents().expect(tag::SEQUENCE, WHAT)?.contents();
    let mut first = references.expect(tag::SEQUENCE, WHAT)?.contents();
    let mut algorithm = if is_v2 { DigestAlgorithm::Sha256 } else { DigestAlgorithm::Sha1 };
    if is_v2 && let Some(identifier) = first.optional(tag::SEQUENCE)? {
        algorithm = digest_algorithm(&AlgorithmIdentifier::from_tlv(identifier)?)?;
    }
    let bytes = first.expect(tag::OCTET_STRING, WHAT)?.value.to_vec();
    let issuer_serial = first.optional(tag::SEQUENCE)?.map(read_issuer_serial).transpose()?.flatten();
    Ok(Some(CertificateReference { digest: Digest { algorithm, bytes }, issuer_serial }))
}

/// Reads CMSAlgorithmProtection.
pub(super) fn read_protection(attributes: &[Attribute]) -> Result<Option<AlgorithmProtection>, CmsError> {
    const WHAT: &str = "an algorithm protection attribute";
    let Some(value) = single(attributes, &oid::ALGORITHM_PROTECTION)? else { return Ok(None) };
    let mut fields = value.expect(tag::SEQUENCE, WHAT)?.contents();
    let digest = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
    let signature = match fields.optional(tag::context(1))? {
        Some(implicit) => Some(AlgorithmIdentifier::from_contents(implicit.value)?),
        None => None,
    };
    Ok(Some(AlgorithmProtection { digest, signature }))
}

/// Writes an attribute with one value.
pub(super) fn attribute(oid: &Oid, value: &[u8]) -> Vec<u8> {
    writer::sequence(&[writer::oid(oid), writer::set_of(&[value])])
}

/// Writes signing-certificate-v2 (RFC 5035, 3): the default SHA-256 is not written, the issuer is a directoryName.
pub(super) fn signing_certificate_v2(certificate: &Certificate, algorithm: DigestAlgorithm) -> Vec<u8> {
    let mut parts = Vec::new();
    if algorithm != DigestAlgorithm::Sha256 {
        parts.push(digest_identifier(algorithm).to_der());
    }
    parts.push(writer::octets(&certificate.fingerprint(algorithm).bytes));
    let directory_name = writer::context(4, &[certificate.issuer_der()]);
    let names = writer::sequence(&[directory_name]);
    parts.push(writer::sequence(&[names, writer::tlv(tag::INTEGER, certificate.serial())]));
    let references = writer::sequence(&[writer::sequence(&parts)]);
    attribute(&oid::SIGNING_CERTIFICATE_V2, &writer::sequence(&[references]))
}

/// Writes CMSAlgorithmProtection (RFC 6211, 2).
pub(super) fn algorithm_protection(digest: DigestAlgorithm, scheme: SignatureScheme) -> Vec<u8> {
    let signature = signer_identifier(scheme).to_der();
    // [1] IMPLICIT: the SEQUENCE tag gives way.
    let mut implicit = signature;
    implicit[0] = tag::context(1);
    attribute(&oid::ALGORITHM_PROTECTION, &writer::sequence(&[digest_identifier(digest).to_der(), implicit]))
}

/// Reads IssuerSerial (RFC 5035, 5). A name that is not one directoryName is taken as not given.
fn read_issuer_serial(tlv: Tlv<'_>) -> Result<Option<IssuerSerial>, Asn1Error> {
    const WHAT: &str = "an issuer and serial number";
    let mut fields = tlv.contents();
    let mut names = fields.expect(tag::SEQUENCE, WHAT)?.contents();
    let name = names.next_tlv()?;
    let serial = fields.expect(tag::INTEGER, WHAT)?.value.to_vec();
    let one_directory_name = name.tag == tag::context(4) && names.is_empty();
    Ok(one_directory_name.then(|| (name.value.to_vec(), serial)))
}
