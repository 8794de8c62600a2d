//! Private keys from PEM, DER and PKCS#12 files and on PKCS#11 tokens, as signers; key generation; the demonstration PKI.
//!
//! Key material is wiped from memory when dropped, as far as it passes through this module's own buffers, and never
//! stands in an error or a log line.

mod demo;
mod file;
mod fresh;
mod generate;
mod pbe;
mod pkcs12;
mod rare;
mod software;
mod token;

pub use demo::{DemoHolder, DemoPki, DemoPkiFiles, key_pem, make_demo_pki, renewed_list, write_demo_pki, write_new};
pub use file::{OpenedKey, open, open_bytes};
pub use fresh::FreshKeys;
pub use generate::{KeyAlgorithm, encrypt_pkcs8, generate};
pub use software::SoftwareSigner;
pub use token::{TokenEntry, TokenUri, list};

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
    /// A `pkcs11:` URI (RFC 7512).
    Token(TokenUri),
    /// `csc:URL`: a credential at a remote signing service, which `fetch` reaches.
    Remote(String),
}

impl FromStr for KeyReference {
    type Err = KeyError;

    /// Reads `file:PATH`, a `pkcs11:` URI or `csc:URL`.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("pkcs11", _)) => text.parse().map(Self::Token),
            Some(("csc", url)) if !url.is_empty() => Ok(Self::Remote(url.to_owned())),
            _ => Err(KeyError::BadReference),
        }
    }
}

impl std::fmt::Display for KeyReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Token(uri) => uri.fmt(f),
            Self::Remote(url) => write!(f, "csc:{url}"),
        }
    }
}

/// What can go wrong with keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The reference is neither `file:PATH` nor a `pkcs11:` URI nor `csc:URL`.
    #[error("a key is named as file:PATH, pkcs11:… or csc:https://…")]
    BadReference,
    /// The `pkcs11:` URI is none that is understood.
    #[error("the pkcs11: URI cannot be used: {0}")]
    BadTokenUri(&'static str),
    /// No module is named.
    #[error("which PKCS#11 module? Add ?module-path=… to the URI, or set FUMIKURA_PKCS11_MODULE")]
    TokenModuleNeeded,
    /// The module cannot be loaded.
    #[error("the PKCS#11 module cannot be loaded: {0}")]
    TokenModule(String),
    /// No token fits.
    #[error("no token fits the URI; there are: {0}")]
    TokenNotFound(String),
    /// Several tokens fit.
    #[error("several tokens fit the URI; there are: {0}")]
    TokenSeveral(String),
    /// No key on the token fits.
    #[error("the token holds no private key that fits the URI")]
    TokenKeyNotFound,
    /// The token tells neither the key's public half nor a certificate of it.
    #[error("the token tells neither the public half of the key nor a certificate with its identifier")]
    TokenPublicMissing,
    /// The PIN is another. It is not tried again.
    #[error("the PIN is not the token's; it was tried once and is not tried again")]
    TokenPinWrong,
    /// The token is locked.
    #[error("the token is locked after too many wrong PINs")]
    TokenPinLocked,
    /// One more wrong PIN would lock the token.
    #[error("one more wrong PIN would lock the token; unlock it with its own tool first")]
    TokenPinLastTry,
    /// The token, or the session with it, is no more.
    #[error("the token is gone, or has ended the session")]
    TokenGone,
    /// The token fails otherwise.
    #[error("the token fails: {0}")]
    Token(String),
    /// The key cannot be copied off its token.
    #[error("the key is on a token or at a service and never leaves it")]
    NeverLeaves,
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
            Self::BadTokenUri(_) => "key-bad-token-uri",
            Self::TokenModuleNeeded => "key-token-module-needed",
            Self::TokenModule(_) => "key-token-module",
            Self::TokenNotFound(_) => "key-token-not-found",
            Self::TokenSeveral(_) => "key-token-several",
            Self::TokenKeyNotFound => "key-token-key-not-found",
            Self::TokenPublicMissing => "key-token-public-missing",
            Self::TokenPinWrong => "key-token-pin-wrong",
            Self::TokenPinLocked => "key-token-pin-locked",
            Self::TokenPinLastTry => "key-token-pin-last-try",
            Self::TokenGone => "key-token-gone",
            Self::Token(_) => "key-token",
            Self::NeverLeaves => "key-never-leaves",
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
            Self::BadReference | Self::BadTokenUri(_) | Self::TokenModuleNeeded => Kind::Usage,
            Self::TokenModule(_) | Self::TokenNotFound(_) | Self::TokenGone | Self::Token(_) => Kind::Unavailable,
            Self::File(error) if error.kind() == std::io::ErrorKind::StorageFull => Kind::Disk,
            Self::GenerationFailed => Kind::Unavailable,
            Self::Exists => Kind::Conflict,
            Self::Issue(error) => error.kind(),
            Self::Crypto(error) => error.kind(),
            _ => Kind::Refused,
        }
    }
}
