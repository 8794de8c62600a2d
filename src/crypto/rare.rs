//! What `ring` cannot verify: ECDSA on P-521, on the Brainpool curves or with another digest than the curve's, RSA with
//! SHA-3, and Ed448; by RustCrypto.

use super::{Brainpool, CryptoError, KeyKind, PssParameters, SignatureScheme, brainpool512};
use crate::asn1::AlgorithmIdentifier;
use crate::asn1::reader::{Tlv, tag};
use crate::crypto::digest_identifier;
use crate::digest::{Digest, DigestAlgorithm};
use ecdsa::signature::hazmat::PrehashVerifier;
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
    match (scheme, kind) {
        (SignatureScheme::Ed448, KeyKind::Ed448) => ed448(key, message, signature),
        _ => match message_digest(scheme) {
            Some(algorithm) => by_digest(scheme, kind, key, &algorithm.digest(message), signature),
            None => Err(CryptoError::UnsupportedAlgorithm),
        },
    }
}

/// Verifies a signature over a message of which only the digest is at hand, with the key of a DER `SubjectPublicKeyInfo`.
///
/// # Errors
/// As [`super::verify()`]; [`CryptoError::UnsupportedAlgorithm`] also for EdDSA, which needs the message, and for DSA.
pub fn verify_digest(
    spki_der: &[u8],
    scheme: SignatureScheme,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), CryptoError> {
    let (identifier, key) = super::key::split(spki_der)?;
    let kind = super::key_facts(spki_der)?.kind;
    if !super::pss::permits(&identifier, scheme) || message_digest(scheme) != Some(digest.algorithm) {
        return Err(CryptoError::SchemeNotOfKey(scheme));
    }
    by_digest(scheme, kind, key, digest, signature)
}

/// Returns the digest algorithm that a PKCS #1 v1.5 signature names inside itself, opened with the signer's key (RFC 8017,
/// 9.2). Proves nothing yet.
pub fn signed_digest(spki_der: &[u8], signature: &[u8]) -> Option<DigestAlgorithm> {
    const WHAT: &str = "a DigestInfo";
    let (_, key) = super::key::split(spki_der).ok()?;
    let key = rsa_key(key).ok()?;
    let value = rsa::BigUint::from_bytes_be(signature);
    let opened = rsa::hazmat::rsa_encrypt(&key, &value).ok()?.to_bytes_be();
    // The number has lost the first octet, which is zero.
    let padded = opened.strip_prefix(&[1])?;
    let end = padded.iter().position(|octet| *octet != 0xff)?;
    let info = padded.get(end..)?.strip_prefix(&[0])?;
    let mut fields = Tlv::only(info, WHAT).ok()?.expect(tag::SEQUENCE, WHAT).ok()?.contents();
    let identifier = AlgorithmIdentifier::from_tlv(fields.next_tlv().ok()?).ok()?;
    super::digest_algorithm(&identifier).ok()
}

/// Returns the algorithm by which a scheme digests the message; EdDSA does it in its own way.
fn message_digest(scheme: SignatureScheme) -> Option<DigestAlgorithm> {
    match scheme {
        SignatureScheme::RsaPkcs1(digest)
        | SignatureScheme::RsaPss(digest)
        | SignatureScheme::Ecdsa(digest)
        | SignatureScheme::Dsa(digest) => Some(digest),
        SignatureScheme::RsaPssWith(parameters) => Some(parameters.digest),
        SignatureScheme::Ed25519 | SignatureScheme::Ed448 => None,
    }
}

fn by_digest(
    scheme: SignatureScheme,
    kind: KeyKind,
    key: &[u8],
    digest: &Digest,
    signature: &[u8],
) -> Result<(), CryptoError> {
    match (scheme, kind) {
        (SignatureScheme::Ecdsa(_), kind) => ecdsa(kind, key, digest, signature),
        (SignatureScheme::RsaPkcs1(algorithm), KeyKind::Rsa) => {
            rsa_key(key)?.verify(pkcs1(algorithm), &digest.bytes, signature).map_err(|_| CryptoError::BadSignature)
        }
        (SignatureScheme::RsaPss(algorithm), KeyKind::Rsa) => {
            super::pss::verify(&rsa_key(key)?, PssParameters::usual(algorithm), digest, signature)
        }
        (SignatureScheme::RsaPssWith(parameters), KeyKind::Rsa) => {
            super::pss::verify(&rsa_key(key)?, parameters, digest, signature)
        }
        _ => Err(CryptoError::UnsupportedAlgorithm),
    }
}

fn ecdsa(kind: KeyKind, key: &[u8], digest: &Digest, signature: &[u8]) -> Result<(), CryptoError> {
    macro_rules! verify_on {
        ($curve:ty, $bits:literal) => {{
            let key = ecdsa::VerifyingKey::<$curve>::from_sec1_bytes(key).map_err(|_| CryptoError::BadPublicKey)?;
            let value = ecdsa::Signature::from_der(signature).map_err(|_| CryptoError::BadSignature)?;
            let hash = for_field(&digest.bytes, $bits);
            key.verify_prehash(&hash, &value).map_err(|_| CryptoError::BadSignature)
        }};
    }
    match kind {
        KeyKind::P256 => verify_on!(p256::NistP256, 256),
        KeyKind::P384 => verify_on!(p384::NistP384, 384),
        KeyKind::P521 => verify_on!(p521::NistP521, 521),
        KeyKind::Brainpool(Brainpool::P256r1) => verify_on!(bp256::BrainpoolP256r1, 256),
        KeyKind::Brainpool(Brainpool::P256t1) => verify_on!(bp256::BrainpoolP256t1, 256),
        KeyKind::Brainpool(Brainpool::P384r1) => verify_on!(bp384::BrainpoolP384r1, 384),
        KeyKind::Brainpool(Brainpool::P384t1) => verify_on!(bp384::BrainpoolP384t1, 384),
        KeyKind::Brainpool(Brainpool::P512r1) => verify_on!(brainpool512::R1, 512),
        KeyKind::Brainpool(Brainpool::P512t1) => verify_on!(brainpool512::T1, 512),
        _ => Err(CryptoError::UnsupportedAlgorithm),
    }
}

/// Lengthens a digest for ECDSA, whose library wants no less than half a field: leading zeros do not change the number that
/// is signed as long as it is shorter than the field (FIPS 186-5, 6.4.1).
pub fn for_field(digest: &[u8], field_bits: usize) -> Vec<u8> {
    let least = field_bits.div_ceil(8).div_ceil(2);
    let mut padded = vec![0; least.saturating_sub(digest.len())];
    padded.extend_from_slice(digest);
    padded
}

fn ed448(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
    // Of the last octet of a point only the sign of x is used (RFC 8032, 5.2.2); the library does not look at the rest.
    let is_point = |octets: &[u8]| octets.get(56).is_some_and(|last| last & 0x7f == 0);
    if !is_point(key) {
        return Err(CryptoError::BadPublicKey);
    }
    if !is_point(signature) {
        return Err(CryptoError::BadSignature);
    }
    let octets = key.try_into().map_err(|_| CryptoError::BadPublicKey)?;
    let key = ed448_goldilocks::VerifyingKey::from_bytes(octets).map_err(|_| CryptoError::BadPublicKey)?;
    let value = ed448_goldilocks::Signature::from_slice(signature).map_err(|_| CryptoError::BadSignature)?;
    key.verify_raw(&value, message).map_err(|_| CryptoError::BadSignature)
}

/// Reads an RSA public key of a bearable size.
fn rsa_key(octets: &[u8]) -> Result<RsaPublicKey, CryptoError> {
    let key = RsaPublicKey::from_pkcs1_der(octets).map_err(|_| CryptoError::BadPublicKey)?;
    let bits = rsa::traits::PublicKeyParts::n(&key).bits();
    if bits <= RSA_BITS { Ok(key) } else { Err(CryptoError::UnsupportedAlgorithm) }
}

/// Makes the padding of RSASSA-PKCS1-v1_5: the head of a DigestInfo (RFC 8017, 9.2).
pub fn pkcs1(digest: DigestAlgorithm) -> Pkcs1v15Sign {
    use crate::asn1::writer;
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
