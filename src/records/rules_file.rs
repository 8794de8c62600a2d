//! Reads a rule set from its TOML file, remembering on which line everything stands.

use super::{RecordsError, RuleFinding, RuleSet};

/// A rule file as read: the set, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// The set as written, even where it has errors.
    pub set: RuleSet,
    /// What is wrong, by line.
    pub findings: Vec<RuleFinding>,
}

impl RuleFile {
    /// The largest rule file that is read, in bytes.
    pub const LARGEST_BYTES: usize = 4 << 20;

    /// Reads a rule file and checks it. Findings are no error; unreadable TOML is.
    pub fn read(text: &str) -> Result<Self, RecordsError> {
        let _ = text;
        Err(RecordsError::Unsaid("a rule set"))
    }

    /// Returns the set if nothing is wrong with it.
    pub fn sound(self) -> Result<RuleSet, RecordsError> {
        match self.findings.first() {
            None => Ok(self.set),
            Some(first) => Err(RecordsError::RuleSetBroken {
                errors: self.findings.len(),
                line: first.line,
                message: first.message.clone(),
            }),
        }
    }
}
