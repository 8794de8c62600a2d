//! Verification of signature values: `ring`, and `aws-lc-rs` for what `ring` lacks where the service is built.

use super::key::split;
use super::{CryptoError, KeyKind, SignatureScheme, key_facts};
use crate::digest::DigestAlgorithm;

/// Verifies a signature over a message with the key of a DER `SubjectPublicKeyInfo`.
///
/// Errors: [`CryptoError::BadSignature`] where the value does not fit, [`CryptoError::SchemeNotOfKey`] where the key is
/// of another kind, [`CryptoError::UnsupportedAlgorithm`] for combinations that no library here offers.
pub fn verify(spki_der: &[u8], scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
    let (_, key) = split(spki_der)?;
    let facts = key_facts(spki_der)?;
    match algorithm(scheme, facts.kind, facts.bits) {
        Ok(algorithm) => ring::signature::UnparsedPublicKey::new(algorithm, key)
            .verify(message, signature)
            .map_err(|_| CryptoError::BadSignature),
        Err(CryptoError::UnsupportedAlgorithm) => verify_elsewhere(scheme, facts.kind, key, message, signature),
        Err(error) => Err(error),
    }
}

fn algorithm(
    scheme: SignatureScheme,
    kind: KeyKind,
    bits: u32,
) -> Result<&'static dyn ring::signature::VerificationAlgorithm, CryptoError> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    use ring::signature as ring;
    Ok(match (scheme, kind) {
        (SignatureScheme::RsaPkcs1(digest), KeyKind::Rsa) => match digest {
            // Old and weak signatures are verified too: whether they are believed is the policy's matter.
            Sha1 => &ring::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Sha256 if bits < 2048 => &ring::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            Sha512 if bits < 2048 => &ring::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            Sha256 => &ring::RSA_PKCS1_2048_8192_SHA256,
            Sha384 => &ring::RSA_PKCS1_2048_8192_SHA384,
            Sha512 => &ring::RSA_PKCS1_2048_8192_SHA512,
        },
        (SignatureScheme::RsaPss(digest), KeyKind::Rsa) => match digest {
            Sha256 => &ring::RSA_PSS_2048_8192_SHA256,
            Sha384 => &ring::RSA_PSS_2048_8192_SHA384,
            Sha512 => &ring::RSA_PSS_2048_8192_SHA512,
            Sha1 => return Err(CryptoError::UnsupportedAlgorithm),
        },
        (SignatureScheme::Ecdsa(Sha256), KeyKind::P256) => &ring::ECDSA_P256_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Sha384), KeyKind::P256) => &ring::ECDSA_P256_SHA384_ASN1,
        (SignatureScheme::Ecdsa(Sha256), KeyKind::P384) => &ring::ECDSA_P384_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Sha384), KeyKind::P384) => &ring::ECDSA_P384_SHA384_ASN1,
        (SignatureScheme::Ecdsa(_), KeyKind::P256 | KeyKind::P384 | KeyKind::P521) => {
            return Err(CryptoError::UnsupportedAlgorithm);
        }
        (SignatureScheme::Ed25519, KeyKind::Ed25519) => &ring::ED25519,
        _ => return Err(CryptoError::SchemeNotOfKey(scheme)),
    })
}

#[cfg(feature = "service")]
fn verify_elsewhere(
    scheme: SignatureScheme,
    kind: KeyKind,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    use aws_lc_rs::signature as aws;
    let algorithm: &'static dyn aws::VerificationAlgorithm = match (scheme, kind) {
        (SignatureScheme::Ecdsa(Sha1), KeyKind::P256) => &aws::ECDSA_P256_SHA1_ASN1,
        (SignatureScheme::Ecdsa(Sha512), KeyKind::P256) => &aws::ECDSA_P256_SHA512_ASN1,
        (SignatureScheme::Ecdsa(Sha512), KeyKind::P384) => &aws::ECDSA_P384_SHA512_ASN1,
        (SignatureScheme::Ecdsa(Sha256), KeyKind::P521) => &aws::ECDSA_P521_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Sha384), KeyKind::P521) => &aws::ECDSA_P521_SHA384_ASN1,
        (SignatureScheme::Ecdsa(Sha512), KeyKind::P521) => &aws::ECDSA_P521_SHA512_ASN1,
        _ => return Err(CryptoError::UnsupportedAlgorithm),
    };
    aws::UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| CryptoError::BadSignature)
}

#[cfg(not(feature = "service"))]
fn verify_elsewhere(_: SignatureScheme, _: KeyKind, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), CryptoError> {
    Err(CryptoError::UnsupportedAlgorithm)
}
