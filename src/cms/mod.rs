//! SignedData (RFC 5652) and the CAdES attributes that PAdES needs (RFC 5035, RFC 6211).

mod attributes;
mod bag;
mod identity;
mod material;
mod sign;
mod signed_data;
mod verify;

pub use attributes::{AlgorithmProtection, Attribute, CertificateReference};
pub use bag::certificates_of;
pub use identity::SigningIdentity;
pub use material::{ValidationData, add_validation_data};
pub use sign::{add_signature_timestamp, sign_content, sign_detached};
pub use signed_data::{SignedData, SignerIdentifier, SignerInfo};
pub use verify::{AttributeOrder, Verified};

use crate::asn1::Asn1Error;
use crate::crypto::CryptoError;
use crate::fault::{Fault, Kind};

/// What can go wrong with a CMS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// The bytes are not a readable SignedData.
    #[error("the CMS is not readable: {0}")]
    NotReadable(#[from] Asn1Error),
    /// The CMS is of another kind than SignedData.
    #[error("the CMS is not SignedData")]
    NotSignedData,
    /// There is no signer, or more than one.
    #[error("the CMS has {0} signers where one is needed")]
    SignerCount(usize),
    /// A signature or digest algorithm is not supported, or the key failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The private key and the certificate do not belong together.
    #[error("the private key does not belong to the certificate")]
    KeyNotOfCertificate,
    /// The digest algorithm may not be used for new signatures.
    #[error("{0} is not used for new signatures")]
    DigestNotForSigning(&'static str),
    /// The key is too short for new signatures.
    #[error("an RSA key of {0} bits is not used for new signatures; 2048 are needed")]
    KeyTooShort(u32),
    /// The digest handed in is not the one that goes with the scheme; Ed25519 goes with SHA-512 (RFC 8419, 3.1).
    #[error("the digest does not go with the signature scheme")]
    DigestNotOfScheme,
    /// The signed digest and the digest of the content differ.
    #[error("the digest in the signature is not the digest of the content")]
    DigestMismatch,
    /// The signature value does not verify.
    #[error("the signature value does not verify with the signer's key")]
    BadSignature,
    /// Signed attributes are missing or contradict each other.
    #[error("the signed attributes are not usable: {0}")]
    BadAttributes(&'static str),
}

impl Fault for CmsError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "cms-not-readable",
            Self::NotSignedData => "cms-not-signed-data",
            Self::SignerCount(_) => "cms-signer-count",
            Self::Crypto(error) => error.code(),
            Self::KeyNotOfCertificate => "cms-key-not-of-certificate",
            Self::DigestNotForSigning(_) => "cms-digest-not-for-signing",
            Self::KeyTooShort(_) => "cms-key-too-short",
            Self::DigestNotOfScheme => "cms-digest-not-of-scheme",
            Self::DigestMismatch => "cms-digest-mismatch",
            Self::BadSignature => "cms-bad-signature",
            Self::BadAttributes(_) => "cms-bad-attributes",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Crypto(error) => error.kind(),
            _ => Kind::Refused,
        }
    }
}
