//! Signing by the schemes that `aws-lc-rs` does not offer: ECDSA with another digest than the curve's, RSA with SHA-3; by
//! RustCrypto, over the digest. RSA values are blinded; its known timing leak is one of decryption (RUSTSEC-2023-0071).

use crate::crypto::{CryptoError, KeyKind, SignatureScheme, rare};
use crate::digest::DigestAlgorithm;
use ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::DecodePrivateKey;
use rsa::rand_core::OsRng;

/// Signs a message with a key in PKCS#8 DER.
///
/// # Errors
/// [`CryptoError::SchemeNotOfKey`] for what is signed elsewhere or nowhere.
pub(super) fn sign(
    pkcs8: &[u8],
    kind: KeyKind,
    scheme: SignatureScheme,
    message: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let failed = || CryptoError::SigningFailed;
    let refused = CryptoError::SchemeNotOfKey(scheme);
    match (scheme, kind) {
        // SHA-1 is never signed with (N13).
        (SignatureScheme::Ecdsa(DigestAlgorithm::Sha1) | SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1), _) => {
            Err(refused)
        }
        (SignatureScheme::Ecdsa(digest), KeyKind::P256) => {
            let key = p256::ecdsa::SigningKey::from_pkcs8_der(pkcs8).map_err(|_| failed())?;
            let value: p256::ecdsa::Signature =
                key.sign_prehash(&digest.digest(message).bytes).map_err(|_| failed())?;
            Ok(value.to_der().as_bytes().to_vec())
        }
        (SignatureScheme::Ecdsa(digest), KeyKind::P384) => {
            let key = p384::ecdsa::SigningKey::from_pkcs8_der(pkcs8).map_err(|_| failed())?;
            let value: p384::ecdsa::Signature =
                key.sign_prehash(&digest.digest(message).bytes).map_err(|_| failed())?;
            Ok(value.to_der().as_bytes().to_vec())
        }
        (SignatureScheme::Ecdsa(digest), KeyKind::P521) => {
            let key = p521::ecdsa::SigningKey::from_pkcs8_der(pkcs8).map_err(|_| failed())?;
            let hash = rare::for_field(&digest.digest(message).bytes, 521);
            let value: p521::ecdsa::Signature = key.sign_prehash(&hash).map_err(|_| failed())?;
            Ok(value.to_der().as_bytes().to_vec())
        }
        (SignatureScheme::RsaPkcs1(digest), KeyKind::Rsa) => {
            let key = rsa_key(pkcs8).ok_or_else(failed)?;
            let hash = digest.digest(message).bytes;
            key.sign_with_rng(&mut OsRng, rare::pkcs1(digest), &hash).map_err(|_| failed())
        }
        (SignatureScheme::RsaPss(digest), KeyKind::Rsa) => {
            let key = rsa_key(pkcs8).ok_or_else(failed)?;
            let padding = rare::pss(digest).ok_or(refused)?;
            key.sign_with_rng(&mut OsRng, padding, &digest.digest(message).bytes).map_err(|_| failed())
        }
        _ => Err(refused),
    }
}

fn rsa_key(pkcs8: &[u8]) -> Option<rsa::RsaPrivateKey> {
    rsa::pkcs8::DecodePrivateKey::from_pkcs8_der(pkcs8).ok()
}
