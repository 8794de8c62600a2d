//! Why a proof cannot be made or handed out.

use crate::asn1::Asn1Error;
use crate::evidence::EvidenceError;
use crate::fault::{Fault, Kind};
use crate::tsp::TimestampError;

/// Why a proof cannot be made or handed out.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// There is no place where proof trees are kept.
    #[error("there is no place where proof trees are kept; the command line names the folders as proofs in city.toml")]
    NoShelf,
    /// The city has no timestamping authority.
    #[error("proofs rest on timestamps, and city.toml names no authority under [timestamps]")]
    NoAuthority,
    /// The file of a tree is not what was put there.
    #[error("the proof tree {number} is not what it should be: {what}")]
    Damaged {
        /// The tree's number.
        number: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// No tree is over this yet.
    #[error("nothing proves {0} yet; the next nightly run will")]
    NotYet(String),
    /// A package could not be digested anew.
    #[error("the package of record {0} cannot be digested by the new algorithm now")]
    NotDigested(String),
    /// The authority's timestamps end no later than what they would renew.
    #[error("a timestamp by {0} would end no later than what it renews; have the authority renew its certificate")]
    GainsNothing(String),
    /// What is to be renewed rests on lists that are older than it.
    #[error(
        "a renewal helps once the authorities of earlier timestamps have published lists that are younger than the newest one"
    )]
    ListsAwaited,
    /// Coming decades cannot be rehearsed.
    #[error("coming decades cannot be rehearsed: {0}")]
    NoRehearsal(&'static str),
    /// No digest algorithm that is built in is believed for long enough.
    #[error("the policy believes no digest algorithm for as long as a proof is to hold")]
    NoAlgorithm,
    /// The evidence record.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The timestamp.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
}

impl ProofError {
    /// Says what is wrong with a tree's file.
    pub(super) fn damaged(number: u64, what: &'static str) -> Self {
        Self::Damaged { number, what }
    }
}

impl From<Asn1Error> for ProofError {
    fn from(error: Asn1Error) -> Self {
        Self::Evidence(error.into())
    }
}

impl Fault for ProofError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoShelf => "proof-no-shelf",
            Self::NoAuthority => "proof-no-authority",
            Self::Damaged { .. } => "proof-damaged",
            Self::NotYet(_) => "proof-not-yet",
            Self::NotDigested(_) => "proof-not-digested",
            Self::GainsNothing(_) => "proof-gains-nothing",
            Self::ListsAwaited => "proof-lists-awaited",
            Self::NoRehearsal(_) => "proof-no-rehearsal",
            Self::NoAlgorithm => "proof-no-algorithm",
            Self::Evidence(error) => error.code(),
            Self::Timestamp(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoShelf | Self::NoAuthority | Self::NotYet(_) | Self::NoAlgorithm | Self::NoRehearsal(_) => {
                Kind::Refused
            }
            Self::GainsNothing(_) | Self::ListsAwaited => Kind::Unavailable,
            Self::Damaged { .. } | Self::NotDigested(_) => Kind::Disk,
            Self::Evidence(error) => error.kind(),
            Self::Timestamp(error) => error.kind(),
        }
    }
}
