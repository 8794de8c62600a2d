//! Makes SignedData (RFC 5652, 5.1) in DER, and adds a signature timestamp to one that exists.

use super::attributes::{algorithm_protection, attribute, signing_certificate_v2};
use super::{CmsError, SignedData, SigningIdentity};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Oid, oid, writer};
use crate::crypto::{KeyKind, SignatureScheme, digest_identifier, key_facts, signer_identifier};
use crate::digest::{Digest, DigestAlgorithm};

/// Signs a digest of content that stays outside, and returns the DER ContentInfo.
///
/// Signed attributes: content-type, message-digest, signing-certificate-v2, algorithm protection; no signing-time, as
/// EN 319 142-1, 6.3 asks. The scheme's digest must be the digest's algorithm.
///
/// Errors: [`CmsError::DigestNotForSigning`] for SHA-1, [`CmsError::Crypto`] where the key cannot or will not sign.
pub fn sign_detached(
    content_digest: &Digest,
    identity: &SigningIdentity,
    scheme: SignatureScheme,
) -> Result<Vec<u8>, CmsError> {
    sign(&oid::DATA, None, content_digest, identity, scheme)
}

/// Signs content that is put inside, and returns the DER ContentInfo: timestamp tokens are made so (RFC 3161, 2.4.2).
/// With `embed_certificates` off, no certificate is put in.
pub fn sign_content(
    content_type: &Oid,
    content: &[u8],
    identity: &SigningIdentity,
    scheme: SignatureScheme,
    embed_certificates: bool,
) -> Result<Vec<u8>, CmsError> {
    let algorithm = digest_of(scheme);
    let content = Content { bytes: content, embed_certificates };
    sign(content_type, Some(&content), &algorithm.digest(content.bytes), identity, scheme)
}

/// Adds a signature timestamp (id-aa-timeStampToken) to a CMS, and returns the DER ContentInfo. The token must be over
/// the signature value; that is the caller's to check. What stood before stays byte for byte.
pub fn add_signature_timestamp(cms_der: &[u8], token_der: &[u8]) -> Result<Vec<u8>, CmsError> {
    const WHAT: &str = "SignedData";
    let existing = SignedData::parse(cms_der)?;
    let token = SignedData::parse(token_der)?;
    let outer = Tlv::only(&existing.der, WHAT)?;
    let mut info = outer.contents();
    let (kind, explicit) = (info.next_tlv()?, info.next_tlv()?);
    let mut parts: Vec<Vec<u8>> = Vec::new();
    let mut fields = Tlv::only(explicit.value, WHAT)?.contents();
    while !fields.is_empty() {
        parts.push(fields.next_tlv()?.raw.to_vec());
    }
    // The signers are the last field (RFC 5652, 5.1), and there is exactly one signer.
    let signers = parts.pop().ok_or(CmsError::NotSignedData)?;
    let signer = Tlv::only(&signers, WHAT)?.contents().next_tlv()?;
    let mut signer_parts: Vec<Vec<u8>> = Vec::new();
    let mut signer_fields = signer.contents();
    while !signer_fields.is_empty() {
        signer_parts.push(signer_fields.next_tlv()?.raw.to_vec());
    }
    let mut unsigned = match signer_parts.pop_if(|part| part.first() == Some(&tag::context(1))) {
        Some(set) => members(&set)?,
        None => Vec::new(),
    };
    unsigned.push(attribute(&oid::TIME_STAMP_TOKEN, &token.der));
    signer_parts.push(writer::tlv(tag::context(1), &writer::sorted(&unsigned)));
    parts.push(writer::set_of(&[writer::sequence(&signer_parts)]));
    Ok(writer::sequence(&[kind.raw.to_vec(), writer::context(0, &[writer::sequence(&parts)])]))
}

/// The shortest RSA key that signs (N13).
const RSA_BITS: u32 = 2048;

struct Content<'a> {
    bytes: &'a [u8],
    embed_certificates: bool,
}

fn sign(
    content_type: &Oid,
    content: Option<&Content<'_>>,
    digest: &Digest,
    identity: &SigningIdentity,
    scheme: SignatureScheme,
) -> Result<Vec<u8>, CmsError> {
    let algorithm = digest.algorithm;
    if algorithm == DigestAlgorithm::Sha1 {
        return Err(CmsError::DigestNotForSigning(algorithm.name()));
    }
    if digest.bytes.len() != algorithm.length_bytes() || digest_of(scheme) != algorithm {
        return Err(CmsError::DigestNotOfScheme);
    }
    let certificate = identity.certificate();
    let key = key_facts(certificate.spki_der())?;
    if key.kind == KeyKind::Rsa && key.bits < RSA_BITS {
        return Err(CmsError::KeyTooShort(key.bits));
    }
    let attributes = writer::sorted(&[
        attribute(&oid::CONTENT_TYPE, &writer::oid(content_type)),
        attribute(&oid::MESSAGE_DIGEST, &writer::octets(&digest.bytes)),
        signing_certificate_v2(certificate, algorithm),
        algorithm_protection(algorithm, scheme),
    ]);
    let signature = identity.signer().sign(scheme, &writer::tlv(tag::SET, &attributes))?;
    let signer = writer::sequence(&[
        writer::integer(1),
        writer::sequence(&[certificate.issuer_der().to_vec(), writer::tlv(tag::INTEGER, certificate.serial())]),
        digest_identifier(algorithm).to_der(),
        writer::tlv(tag::context(0), &attributes),
        signer_identifier(scheme).to_der(),
        writer::octets(&signature),
    ]);
    let mut encapsulated = vec![writer::oid(content_type)];
    encapsulated.extend(content.map(|content| writer::context(0, &[writer::octets(content.bytes)])));
    // Version 3 where the content is not id-data (RFC 5652, 5.1).
    let version = if *content_type == oid::DATA { 1 } else { 3 };
    let mut parts = vec![
        writer::integer(version),
        writer::set_of(&[digest_identifier(algorithm).to_der()]),
        writer::sequence(&encapsulated),
    ];
    if content.is_none_or(|content| content.embed_certificates) {
        let all: Vec<&[u8]> =
            std::iter::once(certificate).chain(identity.chain()).map(crate::asn1::Certificate::der).collect();
        parts.push(writer::tlv(tag::context(0), &writer::sorted(&all)));
    }
    parts.push(writer::set_of(&[signer]));
    Ok(writer::sequence(&[writer::oid(&oid::SIGNED_DATA), writer::context(0, &[writer::sequence(&parts)])]))
}

fn members(set: &[u8]) -> Result<Vec<Vec<u8>>, CmsError> {
    let mut fields = Tlv::only(set, "a set of attributes")?.contents();
    let mut all = Vec::new();
    while !fields.is_empty() {
        all.push(fields.next_tlv()?.raw.to_vec());
    }
    Ok(all)
}

/// Returns the digest that goes with a scheme; Ed25519 goes with SHA-512, Ed448 with SHAKE256 (RFC 8419, 3.1).
fn digest_of(scheme: SignatureScheme) -> DigestAlgorithm {
    match scheme {
        SignatureScheme::RsaPkcs1(digest) | SignatureScheme::RsaPss(digest) | SignatureScheme::Ecdsa(digest) => digest,
        SignatureScheme::Dsa(digest) => digest,
        SignatureScheme::RsaPssWith(parameters) => parameters.digest,
        SignatureScheme::Ed25519 => DigestAlgorithm::Sha512,
        SignatureScheme::Ed448 => DigestAlgorithm::Shake256,
    }
}
