//! Why a verb of the tray, or of paper, is refused.

use crate::fault::{Fault, Kind};
use crate::id::{RecordId, ShreddingListId};
use crate::office::ports::{DigitiserError, TrayState};
use crate::scans::ScanRefusal;

/// A refusal by one of the verbs of tray and paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrayError {
    /// No such document, or none that the actor may see.
    #[error("there is no document {0} in the tray")]
    NoSuchItem(RecordId),
    /// It is past what is asked, or not there yet.
    #[error("the document is {}; that cannot be done now", .0.word())]
    NotNow(TrayState),
    /// There are no bytes.
    #[error("the document has no bytes")]
    Empty,
    /// There are too many bytes.
    #[error("the document is larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    /// Nobody has said yet where it goes.
    #[error("no record file was chosen")]
    NoFile,
    /// Who scanned it cannot be the second person.
    #[error("who scanned it cannot be the one who looks at the scan")]
    SamePerson,
    /// Not every page was looked at that has to be.
    #[error("these pages have to be looked at first: {}", numbers(.0))]
    NotLookedAt(Vec<u32>),
    /// No reason was given.
    #[error("a reason is needed")]
    NoReason,
    /// A page is named twice, or is none of it, or a part has none.
    #[error("the parts do not name pages of the document, each once at most")]
    BadParts,
    /// It has no pages.
    #[error("the document has no pages that could be shown")]
    NoPages,
    /// There is no paper of this record.
    #[error("there is no paper of record {0} on the books")]
    NoPaper(RecordId),
    /// No such list.
    #[error("there is no shredding list {0}")]
    NoSuchList(ShreddingListId),
    /// There is nothing on the list.
    #[error("the list is empty")]
    EmptyList,
    /// The list changed since it was shown, or is not the one that was shown.
    #[error("this is not the list that was shown")]
    ListChanged,
    /// The list is past that.
    #[error("the list is past that, or has not come so far")]
    ListNotNow,
    /// Paper is kept.
    #[error(transparent)]
    Paper(#[from] ScanRefusal),
    /// The document cannot be made pages of.
    #[error(transparent)]
    Digitiser(#[from] DigitiserError),
}

fn numbers(pages: &[u32]) -> String {
    pages.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

impl Fault for TrayError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchItem(_) => "tray-not-found",
            Self::NotNow(_) => "tray-not-now",
            Self::Empty => "intake-empty",
            Self::TooLarge(_) => "intake-too-large",
            Self::NoFile => "tray-no-file",
            Self::SamePerson => "tray-same-person",
            Self::NotLookedAt(_) => "tray-not-looked-at",
            Self::NoReason => "tray-no-reason",
            Self::BadParts => "tray-bad-parts",
            Self::NoPages => "tray-no-pages",
            Self::NoPaper(_) => "paper-not-found",
            Self::NoSuchList(_) => "shredding-not-found",
            Self::EmptyList => "shredding-empty",
            Self::ListChanged => "shredding-changed",
            Self::ListNotNow => "shredding-not-now",
            Self::Paper(error) => error.code(),
            Self::Digitiser(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchItem(_) | Self::NoPaper(_) | Self::NoSuchList(_) | Self::NoPages => Kind::NotFound,
            Self::NotNow(_) | Self::ListChanged | Self::ListNotNow => Kind::Conflict,
            Self::Empty
            | Self::TooLarge(_)
            | Self::NoFile
            | Self::SamePerson
            | Self::NotLookedAt(_)
            | Self::NoReason
            | Self::BadParts
            | Self::EmptyList => Kind::Refused,
            Self::Paper(error) => error.kind(),
            Self::Digitiser(error) => error.kind(),
        }
    }
}
