//! Checks that a rule set holds together: gaps, overlaps, classes nothing reaches, references to nothing.

use serde::{Deserialize, Serialize};

/// What is wrong in a rule file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFinding {
    /// What.
    pub code: RuleFindingCode,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The class or rule it is about.
    pub subject: String,
    /// In words, English.
    pub message: String,
}

/// The kinds of finding about a rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleFindingCode {
    /// A class for record files has days without any rule.
    Gap,
    /// Two rules of one class apply on the same day.
    Overlap,
    /// A class cannot be reached from the top, because its parents go in a circle or too deep.
    UnreachableClass,
    /// A rule can never apply: nothing is left for it, or its days are none.
    UnreachableRule,
    /// A class or a rule names a class that does not exist.
    UnknownReference,
    /// A code or identifier is used twice.
    Duplicate,
    /// Something that must be said is empty.
    Unsaid,
    /// Days that end before they begin.
    DatesReversed,
    /// Terms that do not fit together, for example an event rule without its event.
    Contradiction,
}
