//! What of the records a search looks at beside words.

use crate::records::{AccessClass, ClassCode};
use crate::time::Date;

/// What a record must be to be found, as rows say it; what is none is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedRecords {
    /// What its file must be.
    pub files: WantedFiles,
    /// The first day on which it may have been made or received.
    pub from: Option<Date>,
    /// The last one.
    pub until: Option<Date>,
    /// Its own class or its file's, the stricter one.
    pub access: Option<AccessClass>,
}

/// What a record file must be, as its row says it; what is none is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedFiles {
    /// Of one of these classes.
    pub classes: Option<Vec<ClassCode>>,
    /// Made or kept by one of these: names as the database returns them.
    pub sections: Option<Vec<String>>,
}

/// The part of the order of answers that a search looks at. Places are as rows have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchedPart {
    /// The first place.
    pub from: i64,
    /// The place after the last one.
    pub end: i64,
    /// Which of these.
    pub which: SearchedPlaces,
}

/// Which places between two ends a search looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchedPlaces {
    /// All of them.
    All,
    /// These, in order: they are few.
    These(Vec<i64>),
    /// Those whose rows fit: they are many.
    Fitting(WantedFiles, Option<AccessClass>),
}

impl WantedFiles {
    /// Tells whether any file will do.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

/// The whole.
impl Default for SearchedPart {
    fn default() -> Self {
        Self { from: 0, end: i64::MAX, which: SearchedPlaces::All }
    }
}
