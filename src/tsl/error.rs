//! Why a trusted list is not taken.

use crate::fault::{Fault, Kind};
use crate::time::Instant;
use crate::xml::XmlError;

/// Why a trusted list is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TslError {
    /// The document or its signature is not believed.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Nobody was named who may have signed it.
    #[error("no certificate of the list's signer was given")]
    SignerNeeded,
    /// The signer's certificate was not in force when the list was issued.
    #[error("the signer's certificate was not in force when the list was issued")]
    SignerNotInForce,
    /// The document is no trusted list of a known version, or lacks what it needs.
    #[error("the document is not a trusted list of a known version: {0}")]
    NotReadable(&'static str),
    /// The list demands to be understood in what is not known here.
    #[error("the list has a critical extension that is not known")]
    CriticalExtension,
    /// The list's time is over.
    #[error("the list was to be replaced by {0}")]
    Stale(Instant),
    /// The list is older than one that was taken before.
    #[error("the list has number {sequence}, and number {known} was taken before")]
    Older {
        /// The list's sequence number.
        sequence: u64,
        /// That of the one before.
        known: u64,
    },
    /// The list is another scheme's than the one that was taken before.
    #[error("the list is another scheme's than the one taken before")]
    OtherScheme,
}

impl Fault for TslError {
    fn code(&self) -> &'static str {
        match self {
            Self::Xml(error) => error.code(),
            Self::SignerNeeded => "tsl-signer-needed",
            Self::SignerNotInForce => "tsl-signer-not-in-force",
            Self::NotReadable(_) => "tsl-not-readable",
            Self::CriticalExtension => "tsl-critical-extension",
            Self::Stale(_) => "tsl-stale",
            Self::Older { .. } => "tsl-older",
            Self::OtherScheme => "tsl-other-scheme",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}
