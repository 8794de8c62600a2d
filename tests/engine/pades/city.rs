//! A small city hall for the tests: a root, an issuing CA, a seal and a timestamping authority.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeys, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
};
use fumikura::asn1::{BasicConstraints, Certificate, KeyUsage, Name, Oid, oid, writer};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::{CryptoError, Entropy, SignatureScheme, Signer};
use fumikura::digest::DigestAlgorithm;
use fumikura::pki::issue::{CertificateTemplate, Issuer, issue_certificate};
use fumikura::time::{FixedClock, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource};
use std::sync::{Arc, OnceLock};

/// The moment at which all tests happen.
pub const NOW: &str = "2026-11-23T03:00:00Z";

/// Returns [`NOW`].
pub fn now() -> Instant {
    NOW.parse().unwrap()
}

/// Real randomness.
pub struct Chance;

impl Entropy for Chance {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        aws_lc_rs::rand::fill(buffer).map_err(|_| CryptoError::NoEntropy)
    }
}

/// A private key in memory.
pub enum Key {
    Rsa(RsaKeys, Vec<u8>),
    P256(EcdsaKeyPair, Vec<u8>),
    Ed25519(Ed25519KeyPair, Vec<u8>),
}

/// Makes an RSA key.
pub fn rsa(bits: KeySize) -> Arc<Key> {
    let pair = RsaKeys::generate(bits).unwrap();
    let parameters = [writer::oid(&Oid::new_unwrap("1.2.840.113549.1.1.1")), writer::null()];
    let info = writer::sequence(&[writer::sequence(&parameters), writer::bit_octets(pair.public_key().as_ref())]);
    Arc::new(Key::Rsa(pair, info))
}

/// Makes a P-256 key.
pub fn p256() -> Arc<Key> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let parameters = ["1.2.840.10045.2.1", "1.2.840.10045.3.1.7"].map(|oid| writer::oid(&Oid::new_unwrap(oid)));
    let info = writer::sequence(&[writer::sequence(&parameters), writer::bit_octets(pair.public_key().as_ref())]);
    Arc::new(Key::P256(pair, info))
}

/// Makes an Ed25519 key.
pub fn ed25519() -> Arc<Key> {
    let pair = Ed25519KeyPair::generate().unwrap();
    let info = writer::sequence(&[
        writer::sequence(&[writer::oid(&Oid::new_unwrap("1.3.101.112"))]),
        writer::bit_octets(pair.public_key().as_ref()),
    ]);
    Arc::new(Key::Ed25519(pair, info))
}

impl Signer for Key {
    fn public_key_info(&self) -> &[u8] {
        match self {
            Self::Rsa(_, info) | Self::P256(_, info) | Self::Ed25519(_, info) => info,
        }
    }

    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme {
        match self {
            Self::Rsa(..) => SignatureScheme::RsaPkcs1(digest),
            Self::P256(..) => SignatureScheme::Ecdsa(digest),
            Self::Ed25519(..) => SignatureScheme::Ed25519,
        }
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let unfit = CryptoError::SchemeNotOfKey(scheme);
        match (self, scheme) {
            (Self::Rsa(pair, _), scheme) => {
                let padding: &'static dyn RsaEncoding = match scheme {
                    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256) => &RSA_PKCS1_SHA256,
                    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384) => &RSA_PKCS1_SHA384,
                    SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512) => &RSA_PKCS1_SHA512,
                    SignatureScheme::RsaPss(DigestAlgorithm::Sha256) => &RSA_PSS_SHA256,
                    _ => return Err(unfit),
                };
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut value)
                    .map_err(|_| CryptoError::SigningFailed)?;
                Ok(value)
            }
            (Self::P256(pair, _), SignatureScheme::Ecdsa(DigestAlgorithm::Sha256)) => {
                let value = pair.sign(&SystemRandom::new(), message).map_err(|_| CryptoError::SigningFailed)?;
                Ok(value.as_ref().to_vec())
            }
            (Self::Ed25519(pair, _), SignatureScheme::Ed25519) => Ok(pair.sign(message).as_ref().to_vec()),
            _ => Err(unfit),
        }
    }
}

/// The city's certificates.
pub struct City {
    pub root: Certificate,
    ca: Certificate,
    ca_key: Arc<Key>,
    tsa: Arc<Authority>,
}

/// Returns the one city of this test run.
pub fn city() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(found)
}

impl City {
    /// Issues a seal certificate for a key.
    pub fn seal(&self, key: Arc<Key>) -> SigningIdentity {
        let usage = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION);
        let certificate = self.leaf("見本市長", &*key, usage, None);
        SigningIdentity::new(key, certificate, vec![self.ca.clone(), self.root.clone()]).unwrap()
    }

    /// Returns the seal with an RSA-2048 key.
    pub fn usual_seal(&self) -> SigningIdentity {
        static SEAL: OnceLock<SigningIdentity> = OnceLock::new();
        SEAL.get_or_init(|| self.seal(rsa(KeySize::Rsa2048))).clone()
    }

    /// Returns the timestamping authority in this process.
    pub fn timestamps(&self) -> LocalSource {
        LocalSource::new(Arc::clone(&self.tsa), Arc::new(FixedClock(now())), Arc::new(Chance))
    }

    fn leaf(&self, name: &str, key: &Key, usage: KeyUsage, extended: Option<(Vec<Oid>, bool)>) -> Certificate {
        issue(&self.ca_key, self.ca.subject_name(), name, key, |template| {
            template.key_usage = Some(usage);
            template.extended_key_usage = extended;
        })
    }
}

fn found() -> City {
    let (root_key, ca_key, tsa_key) = (p256(), p256(), p256());
    let authority = |template: &mut CertificateTemplate<'_>| {
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
    };
    let root_name = name("見本市 試験用ルート");
    let root = issue(&root_key, &root_name, "見本市 試験用ルート", &root_key, authority);
    let ca = issue(&root_key, &root_name, "見本市 試験用認証局", &ca_key, authority);
    let stamping = Some((vec![oid::KP_TIME_STAMPING], true));
    let tsa = issue(&ca_key, ca.subject_name(), "見本市 試験用時刻認証局", &tsa_key, |template| {
        template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
        template.extended_key_usage = stamping;
    });
    let identity = SigningIdentity::new(tsa_key, tsa, vec![ca.clone(), root.clone()]).unwrap();
    let options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.99999.1"));
    City { root, ca, ca_key, tsa: Arc::new(Authority::new(identity, options).unwrap()) }
}

fn issue(
    issuer_key: &Key,
    issuer: &Name,
    subject: &str,
    key: &Key,
    shape: impl FnOnce(&mut CertificateTemplate<'_>),
) -> Certificate {
    let mut serial = [0; 16];
    Chance.fill(&mut serial).unwrap();
    serial[0] = serial[0] & 0x7f | 0x40;
    let subject = name(subject);
    let (from, to) = ("2020-01-01T00:00:00Z".parse().unwrap(), "2049-01-01T00:00:00Z".parse().unwrap());
    let mut template = CertificateTemplate::new(&subject, key.public_key_info(), &serial, from, to);
    shape(&mut template);
    let issuer = Issuer { name: issuer, signer: issuer_key, digest: DigestAlgorithm::Sha256 };
    issue_certificate(&template, issuer).unwrap()
}

fn name(common: &str) -> Name {
    Name::from_attributes(&[(oid::COUNTRY, "JP"), (oid::ORGANIZATION, "見本市(試験用)"), (oid::COMMON_NAME, common)])
}
