//! New keys, and their encrypted form on disk.

use super::KeyError;
use crate::asn1::writer;
use crate::crypto::Entropy;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature as aws;
use zeroize::Zeroizing;

/// The kind and size of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA, 2048 bits.
    Rsa2048,
    /// RSA, 3072 bits.
    Rsa3072,
    /// RSA, 4096 bits.
    Rsa4096,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// Ed25519.
    Ed25519,
}

/// How often PBKDF2 iterates for keys that are written: what OWASP asks for HMAC-SHA-256 since 2023.
const ITERATIONS: u32 = 600_000;

/// Generates a private key and returns its PKCS#8 DER. The randomness is the cryptographic library's own, seeded by the
/// operating system.
pub fn generate(algorithm: KeyAlgorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let made = match algorithm {
        KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048),
        KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072),
        KeyAlgorithm::Rsa4096 => rsa(KeySize::Rsa4096),
        KeyAlgorithm::P256 => ec(&aws::ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyAlgorithm::P384 => ec(&aws::ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyAlgorithm::P521 => ec(&aws::ECDSA_P521_SHA512_ASN1_SIGNING),
        KeyAlgorithm::Ed25519 => {
            let document = aws::Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()).ok();
            document.map(|document| Zeroizing::new(document.as_ref().to_vec()))
        }
    };
    made.ok_or(KeyError::GenerationFailed)
}

/// Encrypts a PKCS#8 key: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018, 6.2), which every tool opens.
pub fn encrypt_pkcs8(pkcs8: &[u8], passphrase: &str, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    entropy.fill(&mut salt)?;
    entropy.fill(&mut iv)?;
    let scheme = pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, iv)
        .map_err(|_| KeyError::UnsupportedEncryption)?;
    let ciphertext = scheme.encrypt(passphrase, pkcs8).map_err(|_| KeyError::UnsupportedEncryption)?;
    let scheme = pkcs8::pkcs5::EncryptionScheme::from(scheme);
    let scheme = pkcs8::der::Encode::to_der(&scheme).map_err(|_| KeyError::UnsupportedEncryption)?;
    Ok(writer::sequence(&[scheme, writer::octets(&ciphertext)]))
}

fn rsa(size: KeySize) -> Option<Zeroizing<Vec<u8>>> {
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&KeyPair::generate(size).ok()?).ok()?;
    Some(Zeroizing::new(der.as_ref().to_vec()))
}

fn ec(algorithm: &'static aws::EcdsaSigningAlgorithm) -> Option<Zeroizing<Vec<u8>>> {
    let document = aws::EcdsaKeyPair::generate(algorithm).and_then(|pair| pair.to_pkcs8v1()).ok()?;
    Some(Zeroizing::new(document.as_ref().to_vec()))
}
