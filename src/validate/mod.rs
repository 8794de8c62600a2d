//! Validation of signed PDFs (EN 319 102-1): evidence, then judgement, then a report. Does no IO.

mod report;
mod sub_indication;

pub use report::*;
pub use sub_indication::SubIndication;
