//! Private keys from PEM, DER and PKCS#12 files, as signers; key generation; the demonstration PKI.
//!
//! Key material is wiped from memory when dropped, as far as it passes through this module's own buffers, and never
//! stands in an error or a log line.

mod demo;
mod file;
mod generate;
mod pbe;
mod pkcs12;
mod software;

pub use demo::{DemoHolder, DemoPki, DemoPkiFiles, key_pem, make_demo_pki, write_demo_pki, write_new};
pub use file::{OpenedKey, open, open_bytes};
pub use generate::{KeyAlgorithm, encrypt_pkcs8, generate};
pub use software::SoftwareSigner;

use crate::fault::{Fault, Kind};
use std::path::PathBuf;
use std::str::FromStr;
use zeroize::Zeroizing;

/// A passphrase, wiped when dropped.
pub type Passphrase = Zeroizing<String>;

/// Where a key is: the `REF` of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyReference {
    /// `file:PATH`: PEM, DER or PKCS#12.
    File(PathBuf),
}

impl FromStr for KeyReference {
    type Err = KeyError;

    /// Reads `file:PATH`. A `pkcs11:` URI (RFC 7512) gets an error of its own.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("pkcs11", _)) => Err(KeyError::TokenUnsupported),
            _ => Err(KeyError::BadReference),
        }
    }
}

impl std::fmt::Display for KeyReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// What can go wrong with keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The reference is neither `file:PATH` nor a `pkcs11:` URI.
    #[error("a key is named as file:PATH or pkcs11:…")]
    BadReference,
    /// Keys on PKCS#11 tokens are not supported by this build.
    #[error("keys on PKCS#11 tokens are not supported by this version")]
    TokenUnsupported,
    /// The file cannot be read or written.
    #[error("the key file cannot be read or written: {0}")]
    File(#[from] std::io::Error),
    /// The file is larger than any key file.
    #[error("the file is too large to be a key")]
    TooLarge,
    /// The file holds no private key in a format that is known here.
    #[error("the file holds no private key in a known format (PKCS#8, PKCS#1, SEC1, PKCS#12; PEM or DER)")]
    UnknownFormat,
    /// The file holds more than one private key.
    #[error("the file holds more than one private key")]
    SeveralKeys,
    /// The file is encrypted and no passphrase was given.
    #[error("the key is encrypted and needs a passphrase")]
    PassphraseNeeded,
    /// The passphrase does not open the file.
    #[error("the passphrase does not open the key")]
    WrongPassphrase,
    /// The file is encrypted in a way that is not supported.
    #[error("the key is encrypted in a way that is not supported here; convert it to PKCS#8 with PBES2")]
    UnsupportedEncryption,
    /// The key is of a kind or size that is not used here.
    #[error("the key is of a kind or size that is not supported (RSA 2048 to 8192, P-256, P-384, P-521, Ed25519)")]
    UnsupportedKey,
    /// The certificate does not belong to the key.
    #[error("the certificate does not belong to the private key")]
    KeyNotOfCertificate,
    /// A certificate in the file is not readable.
    #[error("a certificate in the file is not readable: {0}")]
    Certificate(#[from] crate::asn1::Asn1Error),
    /// A key could not be generated.
    #[error("a key could not be generated")]
    GenerationFailed,
    /// A file that would be overwritten exists.
    #[error("a file of that name exists and is not overwritten")]
    Exists,
    /// A certificate could not be issued.
    #[error(transparent)]
    Issue(#[from] crate::pki::issue::IssueError),
    /// Raw cryptography failed.
    #[error(transparent)]
    Crypto(#[from] crate::crypto::CryptoError),
}

impl Fault for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::BadReference => "key-bad-reference",
            Self::TokenUnsupported => "key-token-unsupported",
            Self::File(_) => "key-file",
            Self::TooLarge => "key-too-large",
            Self::UnknownFormat => "key-unknown-format",
            Self::SeveralKeys => "key-several",
            Self::PassphraseNeeded => "key-passphrase-needed",
            Self::WrongPassphrase => "key-wrong-passphrase",
            Self::UnsupportedEncryption => "key-unsupported-encryption",
            Self::UnsupportedKey => "key-unsupported",
            Self::KeyNotOfCertificate => "key-not-of-certificate",
            Self::Certificate(_) => "key-certificate-unreadable",
            Self::GenerationFailed => "key-generation-failed",
            Self::Exists => "key-file-exists",
            Self::Issue(error) => error.code(),
            Self::Crypto(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::BadReference => Kind::Usage,
            Self::File(error) if error.kind() == std::io::ErrorKind::StorageFull => Kind::Disk,
            Self::GenerationFailed => Kind::Unavailable,
            Self::Exists => Kind::Conflict,
            Self::Issue(error) => error.kind(),
            Self::Crypto(error) => error.kind(),
            _ => Kind::Refused,
        }
    }
}
