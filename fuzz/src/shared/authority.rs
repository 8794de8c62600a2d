//! A key that is no secret: its seed is written here, so that certificates made up by a fuzzer can be signed.

use super::der::split;
use fumikura::crypto::{CryptoError, Entropy, SignatureScheme, Signer};
use fumikura::digest::DigestAlgorithm;
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::sync::LazyLock;

static KEY: LazyLock<(Ed25519KeyPair, Vec<u8>)> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any seed makes a key");
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let public = [&head, pair.public_key().as_ref()].concat();
    (pair, public)
});

/// The known key as a signer.
#[derive(Clone, Copy, Debug)]
pub struct Known;

impl Signer for Known {
    fn public_key_info(&self) -> &[u8] {
        &KEY.1
    }

    fn default_scheme(&self, _: DigestAlgorithm) -> SignatureScheme {
        SignatureScheme::Ed25519
    }

    fn sign(&self, _: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(KEY.0.sign(message).as_ref().to_vec())
    }
}

impl Entropy for Known {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        buffer.iter_mut().zip(1..).for_each(|(byte, number)| *byte = number);
        Ok(())
    }
}

/// Signs a certificate, list or OCSP response anew whose signature has the length of one by the known key.
pub fn signed_anew(der: &[u8]) -> Vec<u8> {
    let mut out = der.to_vec();
    if let Some((start, end)) = basic(der).or(Some((0, der.len())))
        && let Some((tbs, place)) = parts(der, start, end)
    {
        let value = KEY.0.sign(&der[tbs]);
        out[place..place + 64].copy_from_slice(value.as_ref());
    }
    out
}

/// Returns where the signed part stands, and where the signature.
fn parts(der: &[u8], start: usize, end: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let (0x30, fields, _) = split(der.get(start..end)?)? else { return None };
    let at = |rest: &[u8]| rest.as_ptr() as usize - der.as_ptr() as usize;
    let (_, _, behind_tbs) = split(fields)?;
    let (_, _, behind_algorithm) = split(behind_tbs)?;
    let (tag, bits, _) = split(behind_algorithm)?;
    let fits = tag == 0x03 && bits.len() == 65 && bits[0] == 0;
    fits.then(|| (at(fields)..at(behind_tbs), at(bits) + 1))
}

/// Returns where the basic response in an OCSP response stands.
fn basic(der: &[u8]) -> Option<(usize, usize)> {
    let (0x30, fields, _) = split(der)? else { return None };
    let (0x0a, _, rest) = split(fields)? else { return None };
    let (0xa0, explicit, _) = split(rest)? else { return None };
    let (0x30, bytes, _) = split(explicit)? else { return None };
    let (_, _, rest) = split(bytes)?;
    let (0x04, basic, _) = split(rest)? else { return None };
    let start = basic.as_ptr() as usize - der.as_ptr() as usize;
    Some((start, start + basic.len()))
}
