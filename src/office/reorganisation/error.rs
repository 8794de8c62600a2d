//! Why a reorganisation cannot be proposed, approved or taken back.

use super::ReorganisationState;
use crate::fault::{Fault, Kind};
use crate::id::ReorganisationId;
use crate::time::Date;

/// Why a reorganisation cannot be proposed, approved or taken back. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReorganisationError {
    /// It has no title.
    #[error("the reorganisation has no title")]
    Untitled,
    /// Its day is too far away to be meant.
    #[error("{0} is more than a year away")]
    Day(Date),
    /// Something is wrong with its lines.
    #[error("{} of its lines cannot be done; the first: {}", .0.len(), first(.0))]
    Unsound(Vec<MoveFault>),
    /// No such reorganisation.
    #[error("there is no reorganisation {0}")]
    NotThere(ReorganisationId),
    /// Its state does not allow this.
    #[error("the reorganisation is {} already", .0.word())]
    State(ReorganisationState),
    /// It is not the one that was shown.
    #[error("the reorganisation is not the one that was shown; look at it again")]
    NotAsShown,
    /// Its day has come, and a section that issues notices would take a name without a symbol for their numbers (N19).
    #[error("{0:?} has no symbol for document numbers, and its day has come")]
    NoSymbol(String),
    /// Whoever proposed it approves it.
    #[error("another person than the one who proposed it approves it")]
    SamePerson,
    /// Neither of the two persons has one of the roles.
    #[error("of the two persons one is an administrator and one a records manager")]
    OneSide,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveFault {
    /// The line, from 1; 0 for all of them together.
    pub line: usize,
    /// What.
    pub trouble: MoveTrouble,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveTrouble {
    /// There is no line.
    #[error("nothing moves")]
    Nothing,
    /// No section is named.
    #[error("a section is not named")]
    Unnamed,
    /// Nobody and nothing is of that section.
    #[error("nobody and nothing is of the section {0:?}")]
    UnknownSection(String),
    /// The section would take over everything from itself.
    #[error("{0:?} would take over everything from itself")]
    Itself(String),
    /// Another line says the same, or something else of it.
    #[error("line {0} moves the same")]
    Twice(usize),
    /// The plan has no such class.
    #[error("there is no class {0}")]
    NoSuchClass(String),
    /// The section keeps no such record file.
    #[error("the section keeps no record file {0}")]
    NoSuchFile(String),
    /// There is no such type of notice.
    #[error("there is no type of notice {0:?}")]
    NoSuchKind(String),
    /// Nobody of that login is in the section.
    #[error("nobody is in the section with the login {0:?}")]
    NoSuchPerson(String),
}

impl Fault for ReorganisationError {
    fn code(&self) -> &'static str {
        match self {
            Self::Untitled => "reorganisation-untitled",
            Self::Day(_) => "reorganisation-day",
            Self::Unsound(_) => "reorganisation-unsound",
            Self::NotThere(_) => "reorganisation-not-there",
            Self::State(_) => "reorganisation-state",
            Self::NotAsShown => "reorganisation-not-as-shown",
            Self::NoSymbol(_) => "reorganisation-no-symbol",
            Self::SamePerson => "reorganisation-same-person",
            Self::OneSide => "reorganisation-one-side",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Untitled | Self::Day(_) | Self::Unsound(_) | Self::NoSymbol(_) => Kind::Refused,
            Self::NotThere(_) => Kind::NotFound,
            Self::State(_) | Self::NotAsShown => Kind::Conflict,
            Self::SamePerson | Self::OneSide => Kind::Forbidden,
        }
    }
}

impl MoveTrouble {
    /// Returns the code of the sentence that says it, with what it is about.
    pub fn said(&self) -> (&'static str, String) {
        match self {
            Self::Nothing => ("move-nothing", String::new()),
            Self::Unnamed => ("move-unnamed", String::new()),
            Self::UnknownSection(section) => ("move-unknown-section", section.clone()),
            Self::Itself(section) => ("move-itself", section.clone()),
            Self::Twice(line) => ("move-twice", line.to_string()),
            Self::NoSuchClass(class) => ("move-no-such-class", class.clone()),
            Self::NoSuchFile(file) => ("move-no-such-file", file.clone()),
            Self::NoSuchKind(kind) => ("move-no-such-kind", kind.clone()),
            Self::NoSuchPerson(login) => ("move-no-such-person", login.clone()),
        }
    }
}

fn first(faults: &[MoveFault]) -> String {
    faults.first().map_or_else(String::new, |fault| format!("line {}: {}", fault.line, fault.trouble))
}
