//! What can be wrong with a package.

use crate::fault::{Fault, Kind};

/// Why a package cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A package without an original is no record.
    #[error("a package holds at least one original")]
    NoOriginal,
    /// Something could not be written into the package.
    #[error("the package could not be put together: {0}")]
    NotMade(String),
    /// Not in the age format, or cut short, or changed.
    #[error("the package cannot be decrypted: {0}")]
    NotDecryptable(String),
    /// The key is another package's.
    #[error("the package is encrypted under another key")]
    WrongKey,
    /// A key that is no key.
    #[error("a package key cannot be read")]
    BadKey,
    /// Somebody's public half that is none.
    #[error("recipient {number} is no public key of age (age1…)")]
    BadRecipient {
        /// Its place among the recipients, from 1.
        number: usize,
    },
    /// Not a ZIP of the kind written here.
    #[error("the package is not a readable ZIP: {0}")]
    NotAZip(String),
    /// Not a bag of the kind written here.
    #[error("the package is not a BagIt bag: {0}")]
    NotABag(String),
    /// A file in the bag does not have the digest that the manifest names.
    #[error("{path} does not have the digest that its manifest names")]
    Changed {
        /// The path in the bag.
        path: String,
    },
    /// A file named by a manifest is not there.
    #[error("{path} is named in a manifest but is not in the package")]
    Missing {
        /// The path in the bag.
        path: String,
    },
    /// A file that no manifest names.
    #[error("{path} is in the package but no manifest names it")]
    Unlisted {
        /// The path in the bag.
        path: String,
    },
    /// Larger than the reader allows.
    #[error("the package is larger than {limit} {unit}")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
}

impl Fault for PackageError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoOriginal => "package-no-original",
            Self::NotMade(_) => "package-not-made",
            Self::NotDecryptable(_) => "package-not-decryptable",
            Self::WrongKey => "package-wrong-key",
            Self::BadKey => "package-bad-key",
            Self::BadRecipient { .. } => "package-bad-recipient",
            Self::NotAZip(_) => "package-not-a-zip",
            Self::NotABag(_) => "package-not-a-bag",
            Self::Changed { .. } => "package-changed",
            Self::Missing { .. } => "package-missing-file",
            Self::Unlisted { .. } => "package-unlisted-file",
            Self::TooLarge { .. } => "package-too-large",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotMade(_) => Kind::Defect,
            _ => Kind::Refused,
        }
    }
}
