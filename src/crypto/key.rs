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
    /// Ed25519.
    Ed25519,
    /// DSA.
    Dsa,
    /// Another kind, which nothing here can use.
    Other,
}

/// What there is to know of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyFacts {
    /// The kind.
    pub kind: KeyKind,
    /// The size in bits: the RSA modulus, DSA's p, or the curve's field; 0 where unknown.
    pub bits: u32,
}

/// Reads the facts of a DER `SubjectPublicKeyInfo`.
pub fn key_facts(spki_der: &[u8]) -> Result<KeyFacts, CryptoError> {
    let (algorithm, bits) = split(spki_der)?;
    let facts = |kind, bits| Ok(KeyFacts { kind, bits });
    match algorithm.oid {
        oid::RSA_ENCRYPTION | oid::RSASSA_PSS => facts(KeyKind::Rsa, rsa_bits(bits)?),
        oid::EC_PUBLIC_KEY => match algorithm.parameters.as_deref().map(curve) {
            Some(Some(oid::P256)) => facts(KeyKind::P256, 256),
            Some(Some(oid::P384)) => facts(KeyKind::P384, 384),
            Some(Some(oid::P521)) => facts(KeyKind::P521, 521),
            _ => facts(KeyKind::Other, 0),
        },
        oid::ED25519 => facts(KeyKind::Ed25519, 256),
        oid::DSA => super::dsa::facts(&algorithm),
        _ => facts(KeyKind::Other, 0),
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
