//! Between schemes and the identifiers that a service offers (CSC API 2.0.0.2, 11.5 and 11.10).

use crate::asn1::{Oid, oid, writer};
use crate::crypto::{CryptoError, KeyFacts, KeyKind, SignatureScheme, digest_identifier, signature_identifier, verify};
use crate::digest::DigestAlgorithm;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The digests that are signed with, in the order of preference.
const DIGESTS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];

/// How `signHash` is asked for a scheme.
pub(super) struct Asked {
    pub(super) digest: DigestAlgorithm,
    pub(super) hash_algorithm: String,
    pub(super) sign_algo: String,
    pub(super) sign_algo_params: Option<String>,
}

/// Returns how a service is asked for a scheme.
///
/// # Errors
/// [`CryptoError::SchemeNotOfKey`] where it offers nothing that makes it. SHA-1 is never signed with; Ed25519 digests by
/// itself, and a service that is given a hash cannot make it.
pub(super) fn ask_for(scheme: SignatureScheme, offered: &[Oid], facts: KeyFacts) -> Result<Asked, CryptoError> {
    let (digest, general) = match (scheme, facts.kind) {
        (SignatureScheme::RsaPkcs1(digest), KeyKind::Rsa) => (digest, Some(oid::RSA_ENCRYPTION)),
        (SignatureScheme::RsaPss(digest), KeyKind::Rsa) => (digest, None),
        (SignatureScheme::Ecdsa(digest), KeyKind::P256 | KeyKind::P384 | KeyKind::P521) => {
            (digest, Some(oid::EC_PUBLIC_KEY))
        }
        _ => return Err(CryptoError::SchemeNotOfKey(scheme)),
    };
    let exact = signature_identifier(scheme);
    let is_offered = |wanted: &Oid| offered.contains(wanted);
    let sign_algo = Some(exact.oid).filter(is_offered).or(general.filter(is_offered));
    let sign_algo = sign_algo.filter(|_| digest != DigestAlgorithm::Sha1).ok_or(CryptoError::SchemeNotOfKey(scheme))?;
    let parameters = exact.parameters.filter(|_| exact.oid == oid::RSASSA_PSS);
    Ok(Asked {
        digest,
        hash_algorithm: digest_identifier(digest).oid.to_string(),
        sign_algo: sign_algo.to_string(),
        sign_algo_params: parameters.map(|der| STANDARD.encode(der)),
    })
}

/// Returns the scheme that a key signs with when nobody asks for another: the digest asked for where the service offers
/// it, and PKCS #1 v1.5 before PSS.
pub(super) fn preferred(digest: DigestAlgorithm, offered: &[Oid], facts: KeyFacts) -> Option<SignatureScheme> {
    let digests = std::iter::once(digest).chain(DIGESTS);
    let schemes = digests.flat_map(|digest| match facts.kind {
        KeyKind::Rsa => vec![SignatureScheme::RsaPkcs1(digest), SignatureScheme::RsaPss(digest)],
        _ => vec![SignatureScheme::Ecdsa(digest)],
    });
    schemes.into_iter().find(|scheme| ask_for(*scheme, offered, facts).is_ok())
}

/// Returns a signature value as signatures hold it, after it was verified. The standard does not say how an ECDSA value is
/// written; services write the DER sequence, or its two numbers side by side.
pub(super) fn verified(
    public_key_info: &[u8],
    scheme: SignatureScheme,
    message: &[u8],
    value: Vec<u8>,
) -> Result<Vec<u8>, CryptoError> {
    let first = verify(public_key_info, scheme, message, &value);
    if first.is_ok() {
        return Ok(value);
    }
    if matches!(scheme, SignatureScheme::Ecdsa(_)) && !value.is_empty() && value.len().is_multiple_of(2) {
        let (r, s) = value.split_at(value.len() / 2);
        let sequence = writer::sequence(&[writer::unsigned(r), writer::unsigned(s)]);
        return verify(public_key_info, scheme, message, &sequence).map(|()| sequence);
    }
    first.map(|()| value)
}
