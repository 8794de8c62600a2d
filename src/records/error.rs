//! What can be wrong with rule sets and records.

use crate::fault::{Fault, Kind};

/// Why a rule set or a change to a record is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError {
    /// The rule file is not readable TOML of the right shape.
    #[error("line {line}, column {column}: {message}")]
    RuleFileUnreadable {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// The rule file is larger than any rule set is.
    #[error("the rule file is larger than {limit_bytes} bytes")]
    RuleFileTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The rule set has errors; `rules check` lists them.
    #[error("the rule set has {errors} errors; the first is on line {line}: {message}")]
    RuleSetBroken {
        /// How many.
        errors: usize,
        /// Line of the first, from 1.
        line: usize,
        /// The first in words.
        message: String,
    },
    /// A record file has one retention rule, and this is another (R3).
    #[error("the record file is kept under rule {bound}, and {offered} is another")]
    MixedRules {
        /// The rule of the file.
        bound: String,
        /// The rule of what was to be put in.
        offered: String,
    },
    /// A state does not lead to another.
    #[error("a record in state {from} does not become {to}")]
    StateNotReachable {
        /// The present state.
        from: &'static str,
        /// The state asked for.
        to: &'static str,
    },
    /// Something that must be said was left empty.
    #[error("{0} must be said")]
    Unsaid(&'static str),
    /// A more open access class takes two persons.
    #[error("a more open access class takes a second person; the same one has wished it twice")]
    SecondPerson,
    /// The frozen list is empty.
    #[error("nothing on the list is due")]
    NothingDue,
}

impl Fault for RecordsError {
    fn code(&self) -> &'static str {
        match self {
            Self::RuleFileUnreadable { .. } => "rule-file-unreadable",
            Self::RuleFileTooLarge { .. } => "rule-file-too-large",
            Self::RuleSetBroken { .. } => "rule-set-broken",
            Self::MixedRules { .. } => "record-file-mixed-rules",
            Self::StateNotReachable { .. } => "record-state-not-reachable",
            Self::Unsaid(_) => "records-unsaid",
            Self::SecondPerson => "access-second-person",
            Self::NothingDue => "disposal-nothing-due",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::StateNotReachable { .. } => Kind::Conflict,
            Self::SecondPerson => Kind::Forbidden,
            _ => Kind::Refused,
        }
    }
}
