//! What can be wrong with what is said of shelves and paper.

use crate::fault::{Fault, Kind};

/// Why something said of furniture or of a volume is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShelfError {
    /// A label is empty, longer than its barcode bears, or has characters that no label has.
    #[error("a label has 1 to 40 characters, and no space at its ends")]
    Label,
    /// A shelf of no width, or wider than any room.
    #[error("a shelf is 1 to {0} mm wide")]
    Width(u32),
    /// No shelf, or more than any furniture has.
    #[error("furniture has 1 to {0} shelves")]
    Shelves(u32),
    /// More than full.
    #[error("a shelf is 0 to 100 per cent full")]
    Fill,
    /// A volume of no thickness, or thicker than any binder or box.
    #[error("a volume is 1 to {0} mm thick")]
    Thickness(u32),
    /// Something that must be said was left empty.
    #[error("{0} must be said")]
    Unsaid(&'static str),
}

impl Fault for ShelfError {
    fn code(&self) -> &'static str {
        match self {
            Self::Label => "shelf-label",
            Self::Width(_) => "shelf-width",
            Self::Shelves(_) => "shelf-count",
            Self::Fill => "shelf-fill",
            Self::Thickness(_) => "volume-thickness",
            Self::Unsaid(_) => "shelf-unsaid",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}
