//! Why a verb of shelves and paper is refused.

use crate::fault::{Fault, Kind};
use crate::id::{FurnitureId, VolumeId};
use crate::shelves::ShelfError;
use crate::time::Date;

/// A refusal by one of the verbs of shelves and paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// No such piece of furniture.
    #[error("there is no furniture {0}")]
    NoSuchFurniture(FurnitureId),
    /// No such volume.
    #[error("there is no volume {0}")]
    NoSuchVolume(VolumeId),
    /// Nothing has this label.
    #[error("nothing is labelled {0:?}")]
    NoSuchLabel(String),
    /// Another one has the label.
    #[error("the label {0:?} is taken")]
    LabelTaken(String),
    /// The furniture was taken away before.
    #[error("the furniture was taken away")]
    FurnitureGone,
    /// Volumes still stand there.
    #[error("{0} volumes stand in it; move them first")]
    FurnitureTaken(u64),
    /// The furniture has fewer shelves.
    #[error("the furniture has {0} shelves")]
    NoSuchShelf(u32),
    /// The volume is lent.
    #[error("the volume is lent until {0}")]
    Lent(Date),
    /// The volume is not lent.
    #[error("the volume is not lent")]
    NotLent,
    /// The day lies ahead.
    #[error("{0} is in the future")]
    Future(Date),
    /// A loan ends before it begins.
    #[error("{0} is past")]
    Past(Date),
    /// What is said cannot be true of shelves or paper.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

impl Fault for PaperError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchFurniture(_) => "furniture-not-found",
            Self::NoSuchVolume(_) => "volume-not-found",
            Self::NoSuchLabel(_) => "label-not-found",
            Self::LabelTaken(_) => "label-taken",
            Self::FurnitureGone => "furniture-gone",
            Self::FurnitureTaken(_) => "furniture-not-empty",
            Self::NoSuchShelf(_) => "furniture-no-such-shelf",
            Self::Lent(_) => "volume-lent",
            Self::NotLent => "volume-not-lent",
            Self::Future(_) => "survey-in-future",
            Self::Past(_) => "loan-ends-in-past",
            Self::Shelf(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchFurniture(_) | Self::NoSuchVolume(_) | Self::NoSuchLabel(_) => Kind::NotFound,
            Self::LabelTaken(_) | Self::FurnitureGone | Self::FurnitureTaken(_) | Self::Lent(_) | Self::NotLent => {
                Kind::Conflict
            }
            Self::NoSuchShelf(_) | Self::Future(_) | Self::Past(_) => Kind::Refused,
            Self::Shelf(error) => error.kind(),
        }
    }
}
