//! Verification of signature values: by `ring`, and by RustCrypto for what `ring` lacks.

use super::key::split;
use super::rare;
use super::{CryptoError, KeyKind, SignatureScheme, key_facts};
use crate::digest::DigestAlgorithm;

/// Verifies a signature over a message with the key of a DER `SubjectPublicKeyInfo`.
///
/// Errors: [`CryptoError::BadSignature`] where the value does not fit, [`CryptoError::SchemeNotOfKey`] where the key is
/// of another kind, [`CryptoError::UnsupportedAlgorithm`] for combinations that no library here offers.
pub fn verify(spki_der: &[u8], scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
    let (identifier, key) = split(spki_der)?;
    let facts = key_facts(spki_der)?;
    if let (SignatureScheme::Dsa(digest), KeyKind::Dsa) = (scheme, facts.kind) {
        return super::dsa::verify(&identifier, key, digest, message, signature);
    }
    if !super::pss::permits(&identifier, scheme) {
        return Err(CryptoError::SchemeNotOfKey(scheme));
    }
    match algorithm(scheme, facts.kind, facts.bits) {
        Ok(algorithm) => ring::signature::UnparsedPublicKey::new(algorithm, key)
            .verify(message, signature)
            .map_err(|_| CryptoError::BadSignature),
        Err(CryptoError::UnsupportedAlgorithm) => rare::verify(scheme, facts.kind, key, message, signature),
        Err(error) => Err(error),
    }
}

fn algorithm(
    scheme: SignatureScheme,
    kind: KeyKind,
    bits: u32,
) -> Result<&'static dyn ring::signature::VerificationAlgorithm, CryptoError> {
    use DigestAlgorithm::{Sha1, Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512, Shake256};
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
            Sha3_256 | Sha3_384 | Sha3_512 | Shake256 => return Err(CryptoError::UnsupportedAlgorithm),
        },
        (SignatureScheme::RsaPss(digest), KeyKind::Rsa) => match digest {
            Sha256 => &ring::RSA_PSS_2048_8192_SHA256,
            Sha384 => &ring::RSA_PSS_2048_8192_SHA384,
            Sha512 => &ring::RSA_PSS_2048_8192_SHA512,
            Sha1 | Sha3_256 | Sha3_384 | Sha3_512 | Shake256 => return Err(CryptoError::UnsupportedAlgorithm),
        },
        (SignatureScheme::RsaPssWith(_), KeyKind::Rsa) => return Err(CryptoError::UnsupportedAlgorithm),
        (SignatureScheme::Ecdsa(Sha256), KeyKind::P256) => &ring::ECDSA_P256_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Sha384), KeyKind::P256) => &ring::ECDSA_P256_SHA384_ASN1,
        (SignatureScheme::Ecdsa(Sha256), KeyKind::P384) => &ring::ECDSA_P384_SHA256_ASN1,
        (SignatureScheme::Ecdsa(Sha384), KeyKind::P384) => &ring::ECDSA_P384_SHA384_ASN1,
        (SignatureScheme::Ecdsa(_), KeyKind::P256 | KeyKind::P384 | KeyKind::P521 | KeyKind::Brainpool(_))
        | (SignatureScheme::Ed448, KeyKind::Ed448) => return Err(CryptoError::UnsupportedAlgorithm),
        (SignatureScheme::Ed25519, KeyKind::Ed25519) => &ring::ED25519,
        _ => return Err(CryptoError::SchemeNotOfKey(scheme)),
    })
}
