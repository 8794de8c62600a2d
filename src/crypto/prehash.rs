//! Verification over a digest that was made elsewhere: for content that is too large to be handed over whole.

use super::key::split;
use super::{CryptoError, KeyKind, SignatureScheme, key_facts, rare};
use crate::digest::Digest;
use p256::ecdsa::signature::hazmat::PrehashVerifier;

/// Verifies a signature over the message of a digest: RSASSA-PKCS1-v1_5, and ECDSA on P-256 and P-384.
///
/// Errors: [`CryptoError::BadSignature`] where the value does not fit, [`CryptoError::SchemeNotOfKey`] where the key is
/// for another scheme, [`CryptoError::UnsupportedAlgorithm`] for others, and where the digest is not the scheme's.
pub fn verify_digest(
    spki_der: &[u8],
    scheme: SignatureScheme,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), CryptoError> {
    let (identifier, key) = split(spki_der)?;
    if !super::pss::permits(&identifier, scheme) {
        return Err(CryptoError::SchemeNotOfKey(scheme));
    }
    let bad_key = |_| CryptoError::BadPublicKey;
    let bad = |_| CryptoError::BadSignature;
    match (scheme, key_facts(spki_der)?.kind) {
        (SignatureScheme::RsaPkcs1(of) | SignatureScheme::Ecdsa(of), _) if of != digest.algorithm => {
            Err(CryptoError::UnsupportedAlgorithm)
        }
        (SignatureScheme::RsaPkcs1(of), KeyKind::Rsa) => {
            rare::rsa_key(key)?.verify(rare::pkcs1(of), &digest.bytes, signature).map_err(|_| CryptoError::BadSignature)
        }
        (SignatureScheme::Ecdsa(_), KeyKind::P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            let value = p256::ecdsa::Signature::from_der(signature).map_err(bad)?;
            key.verify_prehash(&digest.bytes, &value).map_err(bad)
        }
        (SignatureScheme::Ecdsa(_), KeyKind::P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            let value = p384::ecdsa::Signature::from_der(signature).map_err(bad)?;
            key.verify_prehash(&digest.bytes, &value).map_err(bad)
        }
        _ => Err(CryptoError::UnsupportedAlgorithm),
    }
}
