//! DER and BER, object identifiers, certificates and CRLs as parsed facts over their raw bytes.
//!
//! Nothing here is ever re-encoded: a [`Certificate`] keeps the bytes it was read from, and what is signed is sliced
//! out of them. [`normalise`] turns tolerated BER into DER with bounds on depth and size.

mod algorithm;
mod ber;
mod certificate;
mod crl;
mod demands;
mod encoded;
mod extensions;
mod general_name;
mod name;
mod ocsp;
pub mod oid;
mod pem;
mod points;
pub mod reader;
mod time;
pub mod writer;

pub use algorithm::AlgorithmIdentifier;
pub use ber::{Normalised, normalise};
pub use certificate::Certificate;
pub use crl::{CertificateList, RevocationReason, RevokedEntry};
pub use demands::{CertificatePolicies, NameConstraints, PolicyConstraints};
pub use extensions::{BasicConstraints, Extension, Extensions, KeyUsage};
pub use general_name::GeneralName;
pub use name::Name;
pub use ocsp::{CertId, OcspResponse, OcspStatus, ResponderId, SingleResponse, ocsp_request, ocsp_request_with_nonce};
pub use oid::Oid;
pub use pem::{PemBlock, pem_blocks, pem_encode};
pub use points::{DistributionPoint, IssuingDistributionPoint, PointName, ReasonSet, freshest_uris};
pub use reader::{Reader, Tlv};
pub use time::{generalized_time_der, parse_time, time_der};

/// What a bound is worth, and where the number comes from.
pub mod limits {
    /// Nested constructed values. The deepest certificate in common use stays below 16.
    pub const DEPTH: usize = 48;
    /// One BER value in bytes: a CMS with every CRL of a national PKI stays below.
    pub const SIZE_BYTES: usize = 64 << 20;
    /// Certificates in one CMS or one bundle: the largest public trust list holds a few hundred.
    pub const CERTIFICATES: usize = 4096;
    /// Distribution points of one certificate, and names of one point: each is compared with those of every list.
    pub const POINTS: usize = 64;
    /// One distinguished name in bytes: RFC 5280, appendix A, has 64 characters for most attributes.
    pub const NAME_BYTES: usize = 4096;
}

/// What can be wrong with ASN.1 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Asn1Error {
    /// The bytes end within a value, or a length points past the end.
    #[error("the ASN.1 value is cut short")]
    Truncated,
    /// A tag or length that BER does not allow, or that this reader refuses.
    #[error("the ASN.1 tag or length is not readable")]
    Malformed,
    /// Another value stands where the structure asks for this one.
    #[error("the ASN.1 structure is not {0}")]
    Unexpected(&'static str),
    /// Bytes follow where the structure ends.
    #[error("bytes follow the end of {0}")]
    Trailing(&'static str),
    /// Values nest deeper, or are larger or more, than the limits allow.
    #[error("the ASN.1 value is nested too deep or too large")]
    TooLarge,
    /// The PEM text has no readable block of the kind asked for.
    #[error("no readable PEM block of the kind asked for")]
    BadPem,
}

impl crate::fault::Fault for Asn1Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "asn1-truncated",
            Self::Malformed => "asn1-malformed",
            Self::Unexpected(_) => "asn1-unexpected",
            Self::Trailing(_) => "asn1-trailing",
            Self::TooLarge => "asn1-too-large",
            Self::BadPem => "asn1-bad-pem",
        }
    }

    fn kind(&self) -> crate::fault::Kind {
        crate::fault::Kind::Refused
    }
}
