//! Evidence records (RFC 4998): one timestamp for many data objects by a hash tree, its renewal, and whether what a record
//! holds fits together. Whom to believe is not asked here; `validate` judges.
//!
//! Where the RFC leaves room, this is done, as other makers do: a first list of one hash is carried on as it is, and not
//! digested again; in a renewal of the tree a data object's digest stands before that of the record so far, unsorted.

mod examine;
mod leaf;
mod object;
mod record;
mod renewal;
mod stamped;
mod tree;

pub use examine::{Examination, Flaw, Stamp, examine};
pub use leaf::Leaf;
pub use object::{DataObject, renewed_leaf};
pub use record::{ArchiveTimestamp, EvidenceRecord, PartialHashTree};
pub use renewal::TimestampRenewal;
pub use stamped::StampedTree;
pub use tree::{HashTree, HashTreeBuilder};

use crate::asn1::Asn1Error;
use crate::cms::CmsError;
use crate::crypto::CryptoError;
use crate::fault::{Fault, Kind};
use crate::tsp::TimestampError;

/// What a bound is worth, and where the number comes from.
pub mod limits {
    /// One record in bytes: a hundred timestamps, each with the revocation lists of a national PKI.
    pub const RECORD_BYTES: usize = 16 << 20;
    /// Timestamps of one record: each costs a path. One a year for a century, renewed twice as often as it must.
    pub const TIMESTAMPS: usize = 256;
    /// Lists of one reduced tree: a binary tree of 2^64 leaves has 64; others build flatter ones.
    pub const LISTS: usize = 256;
    /// Hashes of one record: some build trees of one level, where every leaf's record has all leaves.
    pub const HASHES: usize = 1 << 18;
    /// Digest algorithms, and members of cryptoInfos.
    pub const MEMBERS: usize = 256;
    /// Data objects of one record.
    pub const OBJECTS: usize = 1 << 16;
    /// Leaves of one tree that is built: at 128 bytes each, 512 MiB for the longest digest there is.
    pub const LEAVES: usize = 1 << 22;
}

/// Why a record cannot be read, made or renewed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The bytes are no readable evidence record.
    #[error("the evidence record is not readable: {0}")]
    NotReadable(#[from] Asn1Error),
    /// There is more of something than the limits allow.
    #[error("the evidence record, or its tree, is larger than the limits allow")]
    TooLarge,
    /// A digest algorithm is not supported.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A token is not as RFC 3161 asks.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// A token's signature cannot be taken apart.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// A digest is of another algorithm than the tree's.
    #[error("the digest is of another algorithm than the hash tree")]
    OtherAlgorithm,
    /// There is nothing to be proven.
    #[error("there is nothing to build a hash tree of")]
    Nothing,
    /// The leaf does not stand in the tree at that place.
    #[error("the leaf does not stand at that place of the hash tree")]
    NotInTree,
    /// The token is over something else than the tree's root.
    #[error("the timestamp is not over the root of the hash tree")]
    NotOverRoot,
    /// The record does not prove the data objects that were given.
    #[error("the evidence record is not one over these data objects")]
    OtherData,
}

impl Fault for EvidenceError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "evidence-not-readable",
            Self::TooLarge => "evidence-too-large",
            Self::Crypto(error) => error.code(),
            Self::Timestamp(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::OtherAlgorithm => "evidence-other-algorithm",
            Self::Nothing => "evidence-nothing",
            Self::NotInTree => "evidence-not-in-tree",
            Self::NotOverRoot => "evidence-not-over-root",
            Self::OtherData => "evidence-other-data",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Crypto(error) => error.kind(),
            Self::Timestamp(error) => error.kind(),
            _ => Kind::Refused,
        }
    }
}
