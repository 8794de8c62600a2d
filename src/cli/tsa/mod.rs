//! What surrounds a timestamping authority: the journal of its tokens, and the watch over its clock.

mod clock;
mod journal;

pub use clock::{ClockStatus, Watch};
pub use journal::Journal;
