//! A dated list of trust anchors (N11): which certificate is believed from which day to which, for example the timestamping
//! services that the minister accredited (総務大臣認定).

use super::anchors::Term;
use crate::fault::{Fault, Kind};
use crate::time::Date;
use serde::Deserialize;
use std::path::PathBuf;

/// A list as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustList {
    /// The certificate files, relative to the list, with the term of what is in them.
    pub entries: Vec<(PathBuf, Term)>,
}

/// What can be wrong with a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustListError {
    /// The file is not TOML of the expected form.
    #[error("the list is not readable: {0}")]
    NotReadable(String),
    /// A term ends before it begins.
    #[error("the term of {0} ends before it begins")]
    BackwardTerm(String),
}

impl Fault for TrustListError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "trust-list-not-readable",
            Self::BackwardTerm(_) => "trust-list-backward-term",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    anchor: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: PathBuf,
    from: Option<Date>,
    until: Option<Date>,
}

impl TrustList {
    /// Reads `[[anchor]]` tables with `file` and, as days in Japan, `from` and `until`.
    pub fn from_toml(text: &str) -> Result<Self, TrustListError> {
        let file: File =
            toml::from_str(text).map_err(|error| TrustListError::NotReadable(error.message().to_owned()))?;
        let entry = |entry: Entry| match (entry.from, entry.until) {
            (Some(from), Some(until)) if until < from => {
                Err(TrustListError::BackwardTerm(entry.file.display().to_string()))
            }
            (from, until) => Ok((entry.file, Term { from, until })),
        };
        Ok(Self { entries: file.anchor.into_iter().map(entry).collect::<Result<_, _>>()? })
    }
}
