//! DSA (FIPS 186-4), for old certificates only: verification, and keys that leave their parameters to the issuer's
//! (RFC 3279, 2.3.2; RFC 5280, 6.1.4 (d) to (f)).

use super::key::split;
use super::{CryptoError, KeyFacts, KeyKind};
use crate::asn1::reader::{Tlv, tag, without_leading_zeros};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, oid, writer};
use crate::digest::DigestAlgorithm;
use dsa::BigUint;
use dsa::signature::hazmat::PrehashVerifier;

/// The sizes of p that FIPS 186-4, 4.2 knows.
const P_BITS: std::ops::RangeInclusive<usize> = 1024..=3072;
/// The sizes of q.
const Q_BITS: std::ops::RangeInclusive<usize> = 160..=256;

/// Tells whether a key is one of DSA that leaves its parameters to its issuer's.
pub fn inherits_parameters(spki_der: &[u8]) -> bool {
    split(spki_der).is_ok_and(|(algorithm, _)| algorithm.oid == oid::DSA && algorithm.has_no_parameters())
}

/// Completes a key with the parameters of its issuer's; `None` where these are no DSA parameters.
pub fn with_parameters_of(spki_der: &[u8], issuer_spki_der: &[u8]) -> Option<Vec<u8>> {
    let (own, key) = split(spki_der).ok()?;
    let (issuers, _) = split(issuer_spki_der).ok()?;
    let both = own.oid == oid::DSA && issuers.oid == oid::DSA && !issuers.has_no_parameters();
    let whole = AlgorithmIdentifier { oid: own.oid, parameters: issuers.parameters };
    both.then(|| writer::sequence(&[whole.to_der(), writer::bit_octets(key)]))
}

/// Returns the facts of a key by its parameters; of unknown size where they are left to the issuer's.
pub(super) fn facts(algorithm: &AlgorithmIdentifier) -> Result<KeyFacts, CryptoError> {
    let bits = match &algorithm.parameters {
        Some(parameters) if !algorithm.has_no_parameters() => numbers(parameters, 3)?[0].bits() as u32,
        _ => 0,
    };
    Ok(KeyFacts { kind: KeyKind::Dsa, bits })
}

/// Verifies a signature with a key's parameters and octets.
pub(super) fn verify(
    algorithm: &AlgorithmIdentifier,
    key: &[u8],
    digest: DigestAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), CryptoError> {
    let parameters = algorithm.parameters.as_deref().ok_or(CryptoError::BadPublicKey)?;
    let [p, q, g] = numbers(parameters, 3)?.try_into().map_err(|_| CryptoError::BadPublicKey)?;
    let y = Tlv::only(key, "a DSA key").and_then(number).map_err(|_| CryptoError::BadPublicKey)?;
    let one = BigUint::from(1u8);
    let is_odd = |number: &BigUint| number.to_bytes_le().first().is_some_and(|octet| octet & 1 == 1);
    let sound = P_BITS.contains(&p.bits()) && Q_BITS.contains(&q.bits()) && is_odd(&p) && is_odd(&q);
    if !sound || g <= one || g >= p || y <= one || y >= p {
        return Err(CryptoError::BadPublicKey);
    }
    let parameters = dsa::Components::from_components(p, q, g).map_err(|_| CryptoError::BadPublicKey)?;
    let key = dsa::VerifyingKey::from_components(parameters, y).map_err(|_| CryptoError::BadPublicKey)?;
    let [r, s] = numbers(signature, 2)
        .ok()
        .and_then(|both| <[BigUint; 2]>::try_from(both).ok())
        .ok_or(CryptoError::BadSignature)?;
    let value = dsa::Signature::from_components(r, s).map_err(|_| CryptoError::BadSignature)?;
    key.verify_prehash(&digest.digest(message).bytes, &value).map_err(|_| CryptoError::BadSignature)
}

/// Reads a SEQUENCE of so many positive numbers, in DER.
fn numbers(der: &[u8], count: usize) -> Result<Vec<BigUint>, CryptoError> {
    const WHAT: &str = "DSA numbers";
    let read = || {
        let whole = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?;
        let mut fields = whole.contents();
        let all = (0..count).map(|_| number(fields.next_tlv()?)).collect::<Result<Vec<_>, Asn1Error>>()?;
        fields.finish(WHAT)?;
        let strict = writer::sequence(&all.iter().map(|n| writer::unsigned(&n.to_bytes_be())).collect::<Vec<_>>());
        if strict == der { Ok(all) } else { Err(Asn1Error::Unexpected(WHAT)) }
    };
    read().map_err(|_| CryptoError::BadPublicKey)
}

fn number(tlv: Tlv<'_>) -> Result<BigUint, Asn1Error> {
    let digits = tlv.expect(tag::INTEGER, "a DSA number")?.value;
    match digits.first() {
        Some(first) if first & 0x80 == 0 => Ok(BigUint::from_bytes_be(without_leading_zeros(digits))),
        _ => Err(Asn1Error::Unexpected("a DSA number")),
    }
}
