//! A private key in memory that signs: `aws-lc-rs`, measured at twice ring's speed for RSA.

use super::{KeyError, rare};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Oid, oid, writer};
use crate::crypto::{CryptoError, SignatureScheme, Signer, key_facts};
use crate::digest::DigestAlgorithm;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as aws, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use zeroize::Zeroizing;

/// A private key held in memory by the cryptographic library, which wipes it when dropped.
pub struct SoftwareSigner {
    key: Key,
    public_key_info: Vec<u8>,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    /// The key, and the digest that goes with its curve (RFC 5753, 7.1.3).
    Ec(EcdsaKeyPair, DigestAlgorithm),
    Ed25519(Ed25519KeyPair),
}

/// A curve: its identifier, its algorithm, its digest.
type Curve = (Oid, &'static aws::EcdsaSigningAlgorithm, DigestAlgorithm);

const CURVES: [Curve; 3] = [
    (oid::P256, &aws::ECDSA_P256_SHA256_ASN1_SIGNING, DigestAlgorithm::Sha256),
    (oid::P384, &aws::ECDSA_P384_SHA384_ASN1_SIGNING, DigestAlgorithm::Sha384),
    (oid::P521, &aws::ECDSA_P521_SHA512_ASN1_SIGNING, DigestAlgorithm::Sha512),
];

impl SoftwareSigner {
    /// Takes a private key in PKCS#8 DER (RFC 5958).
    ///
    /// Errors: [`KeyError::UnknownFormat`] where the bytes are no such key, [`KeyError::UnsupportedKey`] where its kind,
    /// size or numbers are refused.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let algorithm = pkcs8_algorithm(der).map_err(|_| KeyError::UnknownFormat)?;
        match algorithm.oid {
            oid::RSA_ENCRYPTION => Self::rsa(RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::UnsupportedKey)?),
            oid::EC_PUBLIC_KEY => Self::ec(curve(algorithm.parameters.as_deref())?, der),
            oid::ED25519 => {
                let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError::UnsupportedKey)?;
                let public = pair.public_key().as_ref().to_vec();
                Ok(Self::with(Key::Ed25519(pair), &AlgorithmIdentifier::bare(oid::ED25519), &public))
            }
            _ => Err(KeyError::UnsupportedKey),
        }
    }

    /// Takes an RSAPrivateKey in DER (PKCS #1; RFC 8017, A.1.2).
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, KeyError> {
        Self::rsa(RsaKeyPair::from_der(der).map_err(|_| KeyError::UnsupportedKey)?)
    }

    /// Takes an ECPrivateKey in DER that names its curve (SEC 1; RFC 5915, 3).
    pub fn from_sec1(der: &[u8]) -> Result<Self, KeyError> {
        let parameters = sec1_parameters(der).map_err(|_| KeyError::UnknownFormat)?;
        Self::ec(curve(parameters.as_deref())?, der)
    }

    /// Returns the key in PKCS#8 DER.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let copied = |der: &[u8]| Zeroizing::new(der.to_vec());
        let made = match &self.key {
            Key::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(&**pair).ok().map(|der| copied(der.as_ref())),
            Key::Ec(pair, _) => pair.to_pkcs8v1().ok().map(|der| copied(der.as_ref())),
            Key::Ed25519(pair) => pair.to_pkcs8v1().ok().map(|der| copied(der.as_ref())),
        };
        made.ok_or(KeyError::UnsupportedKey)
    }

    /// Signs by a scheme that the library does not offer.
    fn sign_rarely(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let kind = key_facts(&self.public_key_info)?.kind;
        let pkcs8 = self.to_pkcs8().map_err(|_| CryptoError::SigningFailed)?;
        rare::sign(&pkcs8, kind, scheme, message)
    }

    fn rsa(pair: RsaKeyPair) -> Result<Self, KeyError> {
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self::with(Key::Rsa(Box::new(pair)), &AlgorithmIdentifier::with_null(oid::RSA_ENCRYPTION), &public))
    }

    fn ec((name, algorithm, digest): Curve, der: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).map_err(|_| KeyError::UnsupportedKey)?;
        let public = pair.public_key().as_ref().to_vec();
        let identifier = AlgorithmIdentifier { oid: oid::EC_PUBLIC_KEY, parameters: Some(writer::oid(&name)) };
        Ok(Self::with(Key::Ec(pair, digest), &identifier, &public))
    }

    fn with(key: Key, algorithm: &AlgorithmIdentifier, public: &[u8]) -> Self {
        let public_key_info = writer::sequence(&[algorithm.to_der(), writer::bit_octets(public)]);
        Self { key, public_key_info }
    }
}

impl Signer for SoftwareSigner {
    fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    /// RSA: PKCS #1 v1.5.
    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme {
        match &self.key {
            Key::Rsa(_) => SignatureScheme::RsaPkcs1(digest),
            Key::Ec(..) => SignatureScheme::Ecdsa(digest),
            Key::Ed25519(_) => SignatureScheme::Ed25519,
        }
    }

    fn is_elsewhere(&self) -> bool {
        false
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match (&self.key, scheme) {
            (Key::Rsa(pair), SignatureScheme::RsaPkcs1(digest)) => match pkcs1(digest) {
                Some(padding) => rsa_sign(pair, padding, message),
                None => self.sign_rarely(scheme, message),
            },
            (Key::Rsa(pair), SignatureScheme::RsaPss(digest)) => match pss(digest) {
                Some(padding) => rsa_sign(pair, padding, message),
                None => self.sign_rarely(scheme, message),
            },
            (Key::Ec(pair, own), SignatureScheme::Ecdsa(digest)) if *own == digest => {
                let signature = pair.sign(&SystemRandom::new(), message);
                signature.map(|value| value.as_ref().to_vec()).map_err(|_| CryptoError::SigningFailed)
            }
            (Key::Ed25519(pair), SignatureScheme::Ed25519) => {
                pair.try_sign(message).map(|value| value.as_ref().to_vec()).map_err(|_| CryptoError::SigningFailed)
            }
            (Key::Ec(..), SignatureScheme::Ecdsa(_)) => self.sign_rarely(scheme, message),
            _ => Err(CryptoError::SchemeNotOfKey(scheme)),
        }
    }
}

impl std::fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SoftwareSigner(…)")
    }
}

fn rsa_sign(pair: &RsaKeyPair, padding: &'static dyn aws::RsaEncoding, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), message, &mut signature).map_err(|_| CryptoError::SigningFailed)?;
    Ok(signature)
}

fn pkcs1(digest: DigestAlgorithm) -> Option<&'static dyn aws::RsaEncoding> {
    match digest {
        DigestAlgorithm::Sha256 => Some(&aws::RSA_PKCS1_SHA256),
        DigestAlgorithm::Sha384 => Some(&aws::RSA_PKCS1_SHA384),
        DigestAlgorithm::Sha512 => Some(&aws::RSA_PKCS1_SHA512),
        _ => None,
    }
}

fn pss(digest: DigestAlgorithm) -> Option<&'static dyn aws::RsaEncoding> {
    match digest {
        DigestAlgorithm::Sha256 => Some(&aws::RSA_PSS_SHA256),
        DigestAlgorithm::Sha384 => Some(&aws::RSA_PSS_SHA384),
        DigestAlgorithm::Sha512 => Some(&aws::RSA_PSS_SHA512),
        _ => None,
    }
}

fn curve(parameters: Option<&[u8]>) -> Result<Curve, KeyError> {
    let read = || Tlv::only(parameters?, "a curve").ok()?.oid("a curve").ok();
    let name = read().ok_or(KeyError::UnsupportedKey)?;
    CURVES.into_iter().find(|(known, ..)| *known == name).ok_or(KeyError::UnsupportedKey)
}

/// Reads the algorithm of a PKCS#8 PrivateKeyInfo.
pub(super) fn pkcs8_algorithm(der: &[u8]) -> Result<AlgorithmIdentifier, Asn1Error> {
    const WHAT: &str = "a PKCS#8 key";
    let mut fields = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    fields.expect(tag::INTEGER, WHAT)?;
    let algorithm = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
    fields.expect(tag::OCTET_STRING, WHAT)?;
    Ok(algorithm)
}

/// Reads the curve of an ECPrivateKey.
fn sec1_parameters(der: &[u8]) -> Result<Option<Vec<u8>>, Asn1Error> {
    const WHAT: &str = "a SEC 1 key";
    let mut fields = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    fields.expect(tag::INTEGER, WHAT)?;
    fields.expect(tag::OCTET_STRING, WHAT)?;
    Ok(fields.optional(tag::context(0))?.map(|explicit| explicit.value.to_vec()))
}
