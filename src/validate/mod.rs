//! Validation of signed PDFs (EN 319 102-1): evidence, then judgement, then a report. Does no IO.

pub mod changes;
mod report;
mod syntax;

pub use report::*;
