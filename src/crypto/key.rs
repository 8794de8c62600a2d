//! Public keys (RFC 5280, 4.1.2.7; RFC 5480; RFC 8017; RFC 8410) as facts.

use super::CryptoError;
use crate::asn1::reader::{Reader, Tlv, tag, without_leading_zeros};
use crate::asn1::{AlgorithmIdentifier, oid};

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// ECDSA on a curve of the Brainpool group, only read.
    Brainpool(Brainpool),
    /// Ed25519.
    Ed25519,
    /// Ed448, only read.
    Ed448,
    /// DSA.
    Dsa,
    /// Another kind, which nothing here can use.
    Other,
}

/// The curves of RFC 5639 that are strong enough to be met: random ones (r1) and their twists (t1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Brainpool {
    /// brainpoolP256r1.
    P256r1,
    /// brainpoolP256t1.
    P256t1,
    /// brainpoolP384r1.
    P384r1,
    /// brainpoolP384t1.
    P384t1,
    /// brainpoolP512r1.
    P512r1,
    /// brainpoolP512t1.
    P512t1,
}

/// What there is to know of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyFacts {
    /// The kind.
    pub kind: KeyKind,
    /// The size in bits: the RSA modulus, DSA's p, or the curve's field; 0 where unknown.
    pub bits: u32,
}

const OTHER: KeyFacts = KeyFacts { kind: KeyKind::Other, bits: 0 };

/// Reads the facts of a DER `SubjectPublicKeyInfo`.
pub fn key_facts(spki_der: &[u8]) -> Result<KeyFacts, CryptoError> {
    let (algorithm, bits) = split(spki_der)?;
    let facts = |kind, bits| Ok(KeyFacts { kind, bits });
    match algorithm.oid {
        oid::RSA_ENCRYPTION | oid::RSASSA_PSS => facts(KeyKind::Rsa, rsa_bits(bits)?),
        oid::EC_PUBLIC_KEY => Ok(algorithm.parameters.as_deref().and_then(curve).map_or(OTHER, on_curve)),
        oid::ED25519 => facts(KeyKind::Ed25519, 256),
        oid::ED448 => facts(KeyKind::Ed448, 448),
        oid::DSA => super::dsa::facts(&algorithm),
        _ => Ok(OTHER),
    }
}

/// Returns the subjectPublicKey octets of a DER `SubjectPublicKeyInfo`: what key identifiers digest (RFC 5280, 4.2.1.2).
pub fn public_key_bits(spki_der: &[u8]) -> Result<&[u8], CryptoError> {
    split(spki_der).map(|(_, bits)| bits)
}

pub(super) fn split(spki_der: &[u8]) -> Result<(AlgorithmIdentifier, &[u8]), CryptoError> {
    let read = || {
        let mut fields = Tlv::only(spki_der, "a public key")?.expect(tag::SEQUENCE, "a public key")?.contents();
        let algorithm = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
        let bits = fields.next_tlv()?.bit_octets("a public key")?;
        fields.finish("a public key")?;
        Ok::<_, crate::asn1::Asn1Error>((algorithm, bits))
    };
    read().map_err(|_| CryptoError::BadPublicKey)
}

fn on_curve(curve: oid::Oid) -> KeyFacts {
    let brainpool = KeyKind::Brainpool;
    let (kind, bits) = match curve {
        oid::P256 => (KeyKind::P256, 256),
        oid::P384 => (KeyKind::P384, 384),
        oid::P521 => (KeyKind::P521, 521),
        oid::BRAINPOOL_P256R1 => (brainpool(Brainpool::P256r1), 256),
        oid::BRAINPOOL_P256T1 => (brainpool(Brainpool::P256t1), 256),
        oid::BRAINPOOL_P384R1 => (brainpool(Brainpool::P384r1), 384),
        oid::BRAINPOOL_P384T1 => (brainpool(Brainpool::P384t1), 384),
        oid::BRAINPOOL_P512R1 => (brainpool(Brainpool::P512r1), 512),
        oid::BRAINPOOL_P512T1 => (brainpool(Brainpool::P512t1), 512),
        _ => return OTHER,
    };
    KeyFacts { kind, bits }
}

fn curve(parameters: &[u8]) -> Option<oid::Oid> {
    Tlv::only(parameters, "a curve").ok()?.oid("a curve").ok()
}

fn rsa_bits(key: &[u8]) -> Result<u32, CryptoError> {
    let read = || {
        let mut fields = Reader::new(key).expect(tag::SEQUENCE, "an RSA key")?.contents();
        Ok::<_, crate::asn1::Asn1Error>(fields.expect(tag::INTEGER, "an RSA key")?.value)
    };
    let modulus = without_leading_zeros(read().map_err(|_| CryptoError::BadPublicKey)?);
    let first = modulus.first().ok_or(CryptoError::BadPublicKey)?;
    u32::try_from(modulus.len() * 8).map(|bits| bits - first.leading_zeros()).map_err(|_| CryptoError::BadPublicKey)
}
