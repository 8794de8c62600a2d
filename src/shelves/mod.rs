//! Paper in the offices: furniture with shelves, the volumes that stand there, and how much of it goes when (R10).
//!
//! Everything here is a pure function of what it is given: no disk, no clock. What is not known is not counted as gone.

mod error;
mod forecast;
mod furniture;
mod length;
mod survey;
mod volume;

pub use error::ShelfError;
pub use forecast::{Forecast, ForecastYear, Outlook, Stay, forecast};
pub use furniture::{Furniture, FurnitureUse, MOST_SHELVES, Reading, WIDEST_MM};
pub use length::Millimetres;
pub use survey::{HeadCount, SectionHeads, SectionSpace, Survey, survey};
pub use volume::{Loan, PaperVolume, THICKEST_MM, label};
