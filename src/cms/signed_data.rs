//! Reads SignedData (RFC 5652, 5) tolerantly: BER is taken, the bytes that a signature covers stay as they stood.

use super::attributes::{read_attributes, read_protection, read_reference, single};
use super::{AlgorithmProtection, Attribute, CertificateReference, CmsError};
use crate::asn1::reader::{Reader, Tlv, tag};
use crate::asn1::{
    AlgorithmIdentifier, Asn1Error, Certificate, CertificateList, Name, OcspResponse, Oid, limits, normalise, oid,
    parse_time,
};
use crate::crypto::{CryptoError, SignatureScheme, digest_algorithm, digest_identifier, scheme_of, signed_digest};
use crate::digest::DigestAlgorithm;
use crate::time::Instant;

/// A SignedData with exactly one signer.
#[derive(Clone, Debug)]
pub struct SignedData {
    /// The whole ContentInfo in definite form.
    pub der: Vec<u8>,
    /// Whether the bytes were BER that had to be brought into definite form.
    pub was_ber: bool,
    /// How many bytes of the input the ContentInfo took; padding may follow.
    pub consumed: usize,
    /// Whether bytes other than zero follow the ContentInfo.
    pub has_trailing_bytes: bool,
    /// The type of the content.
    pub content_type: Oid,
    /// The encapsulated content, `None` where the signature is detached.
    pub e_content: Option<Vec<u8>>,
    /// The one signer.
    pub signer: SignerInfo,
    /// The embedded certificates that could be read.
    pub certificates: Vec<Certificate>,
    /// The embedded revocation lists that could be read.
    pub crls: Vec<CertificateList>,
    /// The embedded OCSP responses that could be read: among the lists (RFC 5940, 2), or in an unsigned attribute (RFC 5126, 6.3.4).
    pub ocsps: Vec<OcspResponse>,
    /// How many embedded certificates, lists and responses could not be read.
    pub unreadable: usize,
}

/// How a signer is named (RFC 5652, 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// Issuer and serial number: the name, and the serial's contents octets.
    IssuerSerial(Name, Vec<u8>),
    /// The subject key identifier.
    KeyIdentifier(Vec<u8>),
}

impl SignerIdentifier {
    /// Tells whether the certificate is the one named.
    pub fn fits(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerSerial(issuer, serial) => {
                serial == certificate.serial() && issuer.same_as(certificate.issuer_name())
            }
            Self::KeyIdentifier(identifier) => {
                certificate.extensions().subject_key_identifier.as_ref() == Some(identifier)
            }
        }
    }
}

/// A signer: what was signed, how, and what came with it (RFC 5652, 5.3).
#[derive(Clone, Debug)]
pub struct SignerInfo {
    /// How the signer is named.
    pub sid: SignerIdentifier,
    /// The digest algorithm, or `None` where it is not supported.
    pub digest_algorithm: Option<DigestAlgorithm>,
    /// The digest algorithm's identifier as it stands.
    pub digest_identifier: AlgorithmIdentifier,
    /// The signature scheme, or why it is not supported.
    pub scheme: Result<SignatureScheme, CryptoError>,
    /// The signature algorithm's identifier as it stands.
    pub signature_identifier: AlgorithmIdentifier,
    /// The signed attributes with the tag they stand under, `[0]`; `None` where there are none.
    pub signed_attributes_raw: Option<Vec<u8>>,
    /// The signed attributes.
    pub signed_attributes: Vec<Attribute>,
    /// The unsigned attributes.
    pub unsigned_attributes: Vec<Attribute>,
    /// The message-digest attribute.
    pub message_digest: Option<Vec<u8>>,
    /// The content-type attribute.
    pub content_type: Option<Oid>,
    /// The certificate that the signature names as its own.
    pub signing_certificate: Option<CertificateReference>,
    /// The algorithm protection attribute.
    pub algorithm_protection: Option<AlgorithmProtection>,
    /// The signing-time attribute: a claim, nothing more.
    pub claimed_signing_time: Option<Instant>,
    /// The signature value: what a signature timestamp is over.
    pub signature: Vec<u8>,
    /// Signature timestamp tokens (RFC 3161, appendix A), each a DER ContentInfo.
    pub signature_timestamps: Vec<Vec<u8>>,
}

impl SignedData {
    /// Reads the first ContentInfo of a byte string; what follows is reported, not judged.
    ///
    /// Errors: [`CmsError::NotReadable`], [`CmsError::NotSignedData`], [`CmsError::SignerCount`],
    /// [`CmsError::BadAttributes`] where an attribute that may stand once stands twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, CmsError> {
        const WHAT: &str = "SignedData";
        let normalised = normalise(bytes)?;
        let mut info = Tlv::only(&normalised.der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if info.next_tlv()?.oid(WHAT)? != oid::SIGNED_DATA {
            return Err(CmsError::NotSignedData);
        }
        let explicit = info.expect(tag::context(0), WHAT)?;
        let mut fields = Tlv::only(explicit.value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        fields.expect(tag::INTEGER, WHAT)?;
        fields.expect(tag::SET, WHAT)?;
        let (content_type, e_content) = read_content(fields.expect(tag::SEQUENCE, WHAT)?)?;
        let (mut certificates, mut crls, mut ocsps, mut unreadable) = (Vec::new(), Vec::new(), Vec::new(), 0);
        if let Some(set) = fields.optional(tag::context(0))? {
            collect(set, Certificate::from_der, &mut certificates, &mut unreadable)?;
        }
        if let Some(set) = fields.optional(tag::context(1))? {
            let mut statements = Vec::new();
            collect(set, Statement::read, &mut statements, &mut unreadable)?;
            for statement in statements {
                match statement {
                    Statement::List(list) => crls.push(list),
                    Statement::Response(response) => ocsps.push(*response),
                }
            }
        }
        let mut signers = fields.expect(tag::SET, WHAT)?.contents();
        let mut infos = Vec::new();
        while !signers.is_empty() {
            infos.push(signers.next_tlv()?);
        }
        fields.finish(WHAT)?;
        info.finish(WHAT)?;
        let &[signer] = infos.as_slice() else { return Err(CmsError::SignerCount(infos.len())) };
        let signer = SignerInfo::read(signer)?;
        ocsps.extend(super::material::stored_responses(&signer.unsigned_attributes));
        let has_trailing_bytes = bytes[normalised.consumed..].iter().any(|&byte| byte != 0);
        let (was_ber, consumed) = (normalised.changed, normalised.consumed);
        Ok(Self {
            content_type,
            e_content,
            signer,
            certificates,
            crls,
            ocsps,
            unreadable,
            was_ber,
            consumed,
            has_trailing_bytes,
            der: normalised.der,
        })
    }

    /// Reads a bare PKCS #1 value in an OCTET STRING, the form of `adbe.x509.rsa_sha1` (ISO 32000-1, 12.8.3.2): no attributes,
    /// and the first certificate beside it is the signer's. Which digest was signed, the value itself tells.
    ///
    /// # Errors
    /// [`CmsError::NotReadable`] where there is no such value or no readable certificate.
    pub fn from_pkcs1(bytes: &[u8], certificates: &[Vec<u8>]) -> Result<Self, CmsError> {
        const WHAT: &str = "a PKCS #1 value";
        let (value, rest) = Tlv::read(bytes)?;
        let signature = value.expect(tag::OCTET_STRING, WHAT)?.value.to_vec();
        let read = |der: &Vec<u8>| Certificate::from_der(der);
        let certificates = certificates.iter().take(limits::CERTIFICATES).map(read).collect::<Result<Vec<_>, _>>()?;
        let first = certificates.first().ok_or(Asn1Error::Unexpected("the signer's certificate"))?;
        let digest = signed_digest(first.spki_der(), &signature);
        let signature_identifier = AlgorithmIdentifier::with_null(oid::RSA_ENCRYPTION);
        let unknown = AlgorithmIdentifier::bare(oid::RSA_ENCRYPTION);
        let signer = SignerInfo {
            sid: SignerIdentifier::IssuerSerial(first.issuer_name().clone(), first.serial().to_vec()),
            digest_algorithm: digest,
            digest_identifier: digest.map_or(unknown, digest_identifier),
            scheme: scheme_of(&signature_identifier, digest),
            signature_identifier,
            signed_attributes_raw: None,
            signed_attributes: Vec::new(),
            unsigned_attributes: Vec::new(),
            message_digest: None,
            content_type: None,
            signing_certificate: None,
            algorithm_protection: None,
            claimed_signing_time: None,
            signature,
            signature_timestamps: Vec::new(),
        };
        Ok(Self {
            der: value.raw.to_vec(),
            was_ber: false,
            consumed: value.raw.len(),
            has_trailing_bytes: rest.iter().any(|&byte| byte != 0),
            content_type: oid::DATA,
            e_content: None,
            signer,
            certificates,
            crls: Vec::new(),
            ocsps: Vec::new(),
            unreadable: 0,
        })
    }

    /// Returns the embedded certificate that the signer names: by the signing-certificate attribute where there is one,
    /// else by the signer identifier.
    pub fn signer_certificate(&self) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| self.signer.names(certificate))
    }
}

impl SignerInfo {
    /// Tells whether the signature names this certificate as its own: signer identifier, and the signing-certificate
    /// attribute where there is one (EN 319 102-1, 5.2.3).
    pub fn names(&self, certificate: &Certificate) -> bool {
        let referred = self.signing_certificate.as_ref().is_none_or(|reference| reference.fits(certificate));
        referred && self.sid.fits(certificate)
    }

    fn read(tlv: Tlv<'_>) -> Result<Self, CmsError> {
        const WHAT: &str = "a SignerInfo";
        let mut fields = tlv.expect(tag::SEQUENCE, WHAT)?.contents();
        fields.expect(tag::INTEGER, WHAT)?;
        let sid = read_sid(fields.next_tlv()?)?;
        let digest_identifier = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
        let signed = fields.optional(tag::context(0))?;
        let signature_identifier = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
        let signature = fields.expect(tag::OCTET_STRING, WHAT)?.value.to_vec();
        let unsigned = fields.optional(tag::context(1))?;
        fields.finish(WHAT)?;
        let signed_attributes = signed.map_or(Ok(Vec::new()), |set| read_attributes(set.value))?;
        let unsigned_attributes = unsigned.map_or(Ok(Vec::new()), |set| read_attributes(set.value))?;
        let octets =
            |value: Tlv<'_>| value.expect(tag::OCTET_STRING, "a message-digest attribute").map(|v| v.value.to_vec());
        let digest_algorithm = digest_algorithm(&digest_identifier).ok();
        let stamps = unsigned_attributes.iter().filter(|attribute| attribute.oid == oid::TIME_STAMP_TOKEN);
        Ok(Self {
            message_digest: single(&signed_attributes, &oid::MESSAGE_DIGEST)?.map(octets).transpose()?,
            content_type: single(&signed_attributes, &oid::CONTENT_TYPE)?.map(|v| v.oid(WHAT)).transpose()?,
            claimed_signing_time: single(&signed_attributes, &oid::SIGNING_TIME)?.map(parse_time).transpose()?,
            signing_certificate: read_reference(&signed_attributes)?,
            algorithm_protection: read_protection(&signed_attributes)?,
            signature_timestamps: stamps.flat_map(|attribute| attribute.values.clone()).collect(),
            scheme: scheme_of(&signature_identifier, digest_algorithm),
            signed_attributes_raw: signed.map(|set| set.raw.to_vec()),
            sid,
            digest_algorithm,
            digest_identifier,
            signature_identifier,
            signed_attributes,
            unsigned_attributes,
            signature,
        })
    }
}

fn read_content(tlv: Tlv<'_>) -> Result<(Oid, Option<Vec<u8>>), Asn1Error> {
    const WHAT: &str = "EncapsulatedContentInfo";
    let mut fields = tlv.contents();
    let content_type = fields.next_tlv()?.oid(WHAT)?;
    let content = match fields.optional(tag::context(0))? {
        // PKCS #7 allowed any value here; what was signed are its contents octets.
        Some(explicit) => Some(Tlv::only(explicit.value, WHAT)?.value.to_vec()),
        None => None,
    };
    fields.finish(WHAT)?;
    Ok((content_type, content))
}

fn read_sid(tlv: Tlv<'_>) -> Result<SignerIdentifier, Asn1Error> {
    const WHAT: &str = "a signer identifier";
    if tlv.tag == tag::context_primitive(0) {
        return Ok(SignerIdentifier::KeyIdentifier(tlv.value.to_vec()));
    }
    let mut fields = tlv.expect(tag::SEQUENCE, WHAT)?.contents();
    let issuer = Name::from_der(fields.next_tlv()?.raw)?;
    let serial = fields.expect(tag::INTEGER, WHAT)?.value.to_vec();
    fields.finish(WHAT)?;
    Ok(SignerIdentifier::IssuerSerial(issuer, serial))
}

/// What is said of revocations (RFC 5652, 10.2.1; RFC 5940, 2).
enum Statement {
    List(CertificateList),
    Response(Box<OcspResponse>),
}

impl Statement {
    fn read(der: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a statement on revocation";
        let member = Tlv::only(der, WHAT)?;
        if member.tag != tag::context(1) {
            return CertificateList::from_der(der).map(Self::List);
        }
        let mut fields = member.contents();
        if fields.next_tlv()?.oid(WHAT)? != oid::RI_OCSP_RESPONSE {
            return Err(Asn1Error::Unexpected(WHAT));
        }
        OcspResponse::from_der(fields.next_tlv()?.raw).map(|response| Self::Response(Box::new(response)))
    }
}

/// Reads each member of a set of certificates or statements; members of other kinds or unreadable ones are counted.
pub(super) fn collect<T>(
    set: Tlv<'_>,
    read: fn(&[u8]) -> Result<T, Asn1Error>,
    into: &mut Vec<T>,
    unreadable: &mut usize,
) -> Result<(), Asn1Error> {
    let mut members = Reader::new(set.value);
    while !members.is_empty() {
        match read(members.next_tlv()?.raw) {
            Ok(member) => into.push(member),
            Err(_) => *unreadable += 1,
        }
        if into.len() + *unreadable > limits::CERTIFICATES {
            return Err(Asn1Error::TooLarge);
        }
    }
    Ok(())
}
