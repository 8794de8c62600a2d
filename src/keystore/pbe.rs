//! Password-based decryption: PBES2 (RFC 8018, 6.2), and for old files the schemes of PKCS#12 (RFC 7292, appendix B).

use super::{KeyError, Passphrase};
use crate::asn1::reader::Tlv;
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Oid};
use crate::digest::{DigestAlgorithm, Hasher};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut, InnerIvInit, KeyIvInit};
use pkcs8::der::Decode;
use zeroize::Zeroizing;

/// PBES2 (RFC 8018, A.4).
const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
/// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292, C).
const SHA1_3DES: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.3");
/// pbeWithSHAAnd40BitRC2-CBC (RFC 7292, C).
const SHA1_RC2_40: Oid = Oid::new_unwrap("1.2.840.113549.1.12.1.6");

/// How often a file may ask to iterate: beyond this, opening it would only hold up the machine.
pub(super) const MAX_ITERATIONS: u64 = 10_000_000;

/// Decrypts by the algorithm that a file names.
pub(super) fn decrypt(
    algorithm: &[u8],
    ciphertext: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let read = || AlgorithmIdentifier::from_tlv(Tlv::only(algorithm, "an encryption algorithm")?);
    let identifier = read().map_err(|_| KeyError::UnknownFormat)?;
    match identifier.oid {
        PBES2 => pbes2(algorithm, ciphertext, passphrase),
        SHA1_3DES => {
            let (key, iv) = keys::<24>(&identifier, passphrase)?;
            let cipher = cbc::Decryptor::<des::TdesEde3>::new_from_slices(key.as_slice(), iv.as_slice());
            unpadded(cipher.map_err(|_| KeyError::UnsupportedEncryption)?, ciphertext)
        }
        SHA1_RC2_40 => {
            let (key, iv) = keys::<5>(&identifier, passphrase)?;
            let rc2 = rc2::Rc2::new_with_eff_key_len(key.as_slice(), 40);
            let cipher = cbc::Decryptor::<rc2::Rc2>::inner_iv_slice_init(rc2, iv.as_slice());
            unpadded(cipher.map_err(|_| KeyError::UnsupportedEncryption)?, ciphertext)
        }
        _ => Err(KeyError::UnsupportedEncryption),
    }
}

/// What a derived octet string is for (RFC 7292, B.3).
#[derive(Clone, Copy)]
pub(super) enum Derived {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// Derives octets from a passphrase (RFC 7292, B.2).
pub(super) fn derive(
    digest: DigestAlgorithm,
    passphrase: &Passphrase,
    salt: &[u8],
    iterations: u64,
    purpose: Derived,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = if matches!(digest, DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512) { 128 } else { 64 };
    // BMPString with two zero octets at the end (RFC 7292, B.1).
    let units = passphrase.encode_utf16().chain(std::iter::once(0)).flat_map(u16::to_be_bytes);
    let password = Zeroizing::new(units.collect::<Vec<u8>>());
    let filled =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect() };
    let mut state = Zeroizing::new(filled(salt));
    state.extend_from_slice(&Zeroizing::new(filled(&password)));
    let mut out = Zeroizing::new(Vec::with_capacity(length + digest.length_bytes()));
    while out.len() < length {
        let mut hasher = Hasher::new(digest);
        hasher.update(&vec![purpose as u8; block]);
        hasher.update(&state);
        let mut round = Zeroizing::new(hasher.finish().bytes);
        for _ in 1..iterations {
            round = Zeroizing::new(digest.digest(&round).bytes);
        }
        out.extend_from_slice(&round);
        let addend = Zeroizing::new(filled(&round)[..block].to_vec());
        for chunk in state.chunks_exact_mut(block) {
            // chunk + addend + 1, modulo 2^(8 * block)
            let mut carry = 1u16;
            for (octet, add) in chunk.iter_mut().zip(addend.iter()).rev() {
                carry += u16::from(*octet) + u16::from(*add);
                *octet = carry as u8;
                carry >>= 8;
            }
        }
    }
    out.truncate(length);
    out
}

fn pbes2(algorithm: &[u8], ciphertext: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    use pkcs8::pkcs5::{EncryptionScheme, Error, pbes2::Kdf};
    let scheme = EncryptionScheme::from_der(algorithm).map_err(|_| KeyError::UnsupportedEncryption)?;
    let affordable = scheme.pbes2().is_some_and(|parameters| match &parameters.kdf {
        Kdf::Pbkdf2(kdf) => u64::from(kdf.iteration_count) <= MAX_ITERATIONS,
        Kdf::Scrypt(kdf) => {
            // 128 * N * r octets of memory: at most 1 GiB.
            let memory = kdf.cost_parameter.saturating_mul(u64::from(kdf.block_size)).saturating_mul(128);
            memory <= 1 << 30 && kdf.parallelization <= 16
        }
        _ => false,
    });
    if !affordable {
        return Err(KeyError::UnsupportedEncryption);
    }
    match scheme.decrypt(passphrase.as_bytes(), ciphertext) {
        Ok(plain) => Ok(Zeroizing::new(plain)),
        Err(
            Error::UnsupportedAlgorithm { .. } | Error::NoPbes1CryptSupport | Error::AlgorithmParametersInvalid { .. },
        ) => Err(KeyError::UnsupportedEncryption),
        Err(_) => Err(KeyError::WrongPassphrase),
    }
}

type KeyAndIv = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

fn keys<const LENGTH: usize>(identifier: &AlgorithmIdentifier, passphrase: &Passphrase) -> Result<KeyAndIv, KeyError> {
    let read = || {
        let parameters = identifier.parameters.as_deref().unwrap_or_default();
        let mut fields = Tlv::only(parameters, "encryption parameters")?.contents();
        Ok::<_, Asn1Error>((fields.next_tlv()?.value.to_vec(), fields.next_tlv()?.unsigned("an iteration count")?))
    };
    let (salt, iterations) = read().map_err(|_| KeyError::UnknownFormat)?;
    if iterations > MAX_ITERATIONS {
        return Err(KeyError::UnsupportedEncryption);
    }
    let derive = |purpose, length| derive(DigestAlgorithm::Sha1, passphrase, &salt, iterations, purpose, length);
    Ok((derive(Derived::Key, LENGTH), derive(Derived::Iv, 8)))
}

fn unpadded(cipher: impl BlockDecryptMut, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let length = cipher.decrypt_padded_mut::<Pkcs7>(&mut buffer).map_err(|_| KeyError::WrongPassphrase)?.len();
    buffer.truncate(length);
    Ok(buffer)
}
