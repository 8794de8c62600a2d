//! Raw cryptography behind one port: the [`Signer`] trait, signature verification, and randomness as an argument.
//!
//! Verification is done by `ring` here in the engine; private keys live in `keystore`, which implements [`Signer`].

mod algorithm;
mod brainpool512;
mod dsa;
mod key;
mod pss;
pub mod rare;
mod verify;

pub use algorithm::{digest_algorithm, digest_identifier, scheme_of, signature_identifier, signer_identifier};
pub use dsa::{inherits_parameters, with_parameters_of};
pub use key::{Brainpool, KeyFacts, KeyKind, key_facts, public_key_bits};
pub use pss::PssParameters;
pub use rare::{signed_digest, verify_digest};
pub use verify::verify;

use crate::digest::DigestAlgorithm;
use crate::fault::{Fault, Kind};

/// A signature scheme with the digest it is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with MGF1 over the same digest and a salt as long as the digest (RFC 8017, 8.1).
    RsaPss(DigestAlgorithm),
    /// RSASSA-PSS with other parameters, only read.
    RsaPssWith(PssParameters),
    /// ECDSA with a DER signature value (SEC 1); the curve is the key's.
    Ecdsa(DigestAlgorithm),
    /// Ed25519 (RFC 8032), which digests by itself.
    Ed25519,
    /// Ed448 (RFC 8032), which digests by itself, only read.
    Ed448,
    /// DSA (FIPS 186-4), only read.
    Dsa(DigestAlgorithm),
}

/// A private key that signs, wherever it lives.
pub trait Signer: Send + Sync {
    /// Returns the DER `SubjectPublicKeyInfo` of the key.
    fn public_key_info(&self) -> &[u8];
    /// Returns the scheme this key uses for a digest algorithm when nobody asks for another.
    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme;
    /// Signs a message; the signer digests it as the scheme says. ECDSA values come back as DER.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError>;
    /// Signs several messages, in their order. One by one here; a key at a remote service has them authorised together,
    /// which only the signer can do.
    fn sign_many(&self, scheme: SignatureScheme, messages: &[&[u8]]) -> Result<Vec<Vec<u8>>, CryptoError> {
        messages.iter().map(|message| self.sign(scheme, message)).collect()
    }
    /// Tells whether signing waits for something outside this process, as a token or a service. Unless a signer knows that it does
    /// not, it does.
    fn is_elsewhere(&self) -> bool {
        true
    }
}

/// A source of unpredictable bytes. Only `cli` makes a real one.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError>;
}

/// What a key that lives elsewhere met with: code, kind and words of the fault of whoever reached for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Elsewhere {
    code: &'static str,
    kind: Kind,
    words: String,
}

impl Elsewhere {
    /// Carries a fault from a higher floor.
    pub fn of(fault: &dyn Fault) -> Self {
        Self { code: fault.code(), kind: fault.kind(), words: fault.to_string() }
    }
}

/// What can go wrong in raw cryptography.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoEntropy,
    /// The key cannot sign by this scheme.
    #[error("the key cannot sign by {0:?}")]
    SchemeNotOfKey(SignatureScheme),
    /// The token with the key is gone, or has ended the session.
    #[error("the token with the key is gone, or has ended the session")]
    KeyGone,
    /// The key lives elsewhere, and could not be used there.
    #[error(transparent)]
    Elsewhere(Elsewhere),
    /// The key refused to sign.
    #[error("the key refused to sign")]
    SigningFailed,
    /// The public key cannot be read.
    #[error("the public key cannot be read")]
    BadPublicKey,
    /// The signature algorithm, or its parameters, are not supported here.
    #[error("the signature algorithm or its parameters are not supported")]
    UnsupportedAlgorithm,
    /// The digest algorithm is not supported here.
    #[error("the digest algorithm is not supported")]
    UnsupportedDigest,
    /// The signature value does not fit the message and the key.
    #[error("the signature value does not fit the message and the key")]
    BadSignature,
}

impl Fault for CryptoError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoEntropy => "crypto-no-entropy",
            Self::SchemeNotOfKey(_) => "crypto-scheme-not-of-key",
            Self::KeyGone => "crypto-key-gone",
            Self::Elsewhere(trouble) => trouble.code,
            Self::SigningFailed => "crypto-signing-failed",
            Self::BadPublicKey => "crypto-bad-public-key",
            Self::UnsupportedAlgorithm => "crypto-unsupported-algorithm",
            Self::UnsupportedDigest => "crypto-unsupported-digest",
            Self::BadSignature => "crypto-bad-signature",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Elsewhere(trouble) => trouble.kind,
            Self::NoEntropy | Self::KeyGone | Self::SigningFailed => Kind::Unavailable,
            Self::SchemeNotOfKey(_)
            | Self::BadPublicKey
            | Self::UnsupportedAlgorithm
            | Self::UnsupportedDigest
            | Self::BadSignature => Kind::Refused,
        }
    }
}
