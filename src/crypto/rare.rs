//! What `ring` cannot verify: ECDSA on P-521 or with another digest than the curve's, and RSA with SHA-3; by RustCrypto,
//! over the digest.

use super::{CryptoError, KeyKind, PssParameters, SignatureScheme};
use crate::crypto::digest_identifier;
use crate::digest::DigestAlgorithm;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::{Pkcs1v15Sign, Pss, RsaPublicKey};

/// The largest RSA modulus that is verified, in bits: beyond, a signature costs too much time.
const RSA_BITS: usize = 8192;

/// Verifies a signature with the octets of a public key.
///
/// # Errors
/// [`CryptoError::BadSignature`], [`CryptoError::BadPublicKey`], and [`CryptoError::UnsupportedAlgorithm`] for what
/// nothing here verifies.
pub(super) fn verify(
    scheme: SignatureScheme,
    kind: KeyKind,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    let bad_key = |_| CryptoError::BadPublicKey;
    match (scheme, kind) {
        (SignatureScheme::Ecdsa(digest), KeyKind::P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            let value = p256::ecdsa::DerSignature::from_bytes(signature).and_then(p256::ecdsa::Signature::try_from);
            prehashed(&key, digest, message, value)
        }
        (SignatureScheme::Ecdsa(digest), KeyKind::P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            let value = p384::ecdsa::DerSignature::from_bytes(signature).and_then(p384::ecdsa::Signature::try_from);
            prehashed(&key, digest, message, value)
        }
        (SignatureScheme::Ecdsa(digest), KeyKind::P521) => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(bad_key)?;
            let value = p521::ecdsa::Signature::from_der(signature).map_err(|_| CryptoError::BadSignature)?;
            key.verify_prehash(&for_p521(digest, message), &value).map_err(|_| CryptoError::BadSignature)
        }
        (SignatureScheme::RsaPkcs1(digest), KeyKind::Rsa) => {
            let padding = pkcs1(digest);
            rsa_key(key)?
                .verify(padding, &digest.digest(message).bytes, signature)
                .map_err(|_| CryptoError::BadSignature)
        }
        (SignatureScheme::RsaPss(digest), KeyKind::Rsa) => {
            super::pss::verify(&rsa_key(key)?, PssParameters::usual(digest), message, signature)
        }
        (SignatureScheme::RsaPssWith(parameters), KeyKind::Rsa) => {
            super::pss::verify(&rsa_key(key)?, parameters, message, signature)
        }
        _ => Err(CryptoError::UnsupportedAlgorithm),
    }
}

/// Digests a message for P-521, whose library wants no less than half a field: leading zeros do not change the number
/// that is signed (FIPS 186-5, 6.4.1).
pub fn for_p521(digest: DigestAlgorithm, message: &[u8]) -> Vec<u8> {
    const LEAST: usize = 33;
    let hash = digest.digest(message).bytes;
    let mut padded = vec![0; LEAST.saturating_sub(hash.len())];
    padded.extend_from_slice(&hash);
    padded
}

fn prehashed<S, E>(
    key: &impl PrehashVerifier<S>,
    digest: DigestAlgorithm,
    message: &[u8],
    value: Result<S, E>,
) -> Result<(), CryptoError> {
    let value = value.map_err(|_| CryptoError::BadSignature)?;
    key.verify_prehash(&digest.digest(message).bytes, &value).map_err(|_| CryptoError::BadSignature)
}

/// Reads an RSA public key of a bearable size.
pub(super) fn rsa_key(octets: &[u8]) -> Result<RsaPublicKey, CryptoError> {
    let key = RsaPublicKey::from_pkcs1_der(octets).map_err(|_| CryptoError::BadPublicKey)?;
    let bits = rsa::traits::PublicKeyParts::n(&key).bits();
    if bits <= RSA_BITS { Ok(key) } else { Err(CryptoError::UnsupportedAlgorithm) }
}

/// Makes the padding of RSASSA-PKCS1-v1_5: the head of a DigestInfo (RFC 8017, 9.2).
pub fn pkcs1(digest: DigestAlgorithm) -> Pkcs1v15Sign {
    use crate::asn1::{AlgorithmIdentifier, writer};
    let length = digest.length_bytes();
    let identifier = AlgorithmIdentifier::with_null(digest_identifier(digest).oid).to_der();
    let whole = writer::sequence(&[identifier, writer::octets(&vec![0; length])]);
    let prefix = whole[..whole.len() - length].into();
    Pkcs1v15Sign { hash_len: Some(length), prefix }
}

/// Makes the padding of RSASSA-PSS with MGF1 over the same digest and a salt as long as it; only for SHA-3, the rest is
/// done elsewhere.
pub fn pss(digest: DigestAlgorithm) -> Option<Pss> {
    let salt = digest.length_bytes();
    match digest {
        DigestAlgorithm::Sha3_256 => Some(Pss::new_with_salt::<sha3::Sha3_256>(salt)),
        DigestAlgorithm::Sha3_384 => Some(Pss::new_with_salt::<sha3::Sha3_384>(salt)),
        DigestAlgorithm::Sha3_512 => Some(Pss::new_with_salt::<sha3::Sha3_512>(salt)),
        _ => None,
    }
}
