//! Scanned pages: what is seen of each, what that says of its quality, how a stack with cover sheets comes apart, and what
//! becomes of the paper (R8).
//!
//! Everything here is a pure function of what it is given; pixels are looked at elsewhere (`imaging`). What is in doubt goes to
//! a person.

mod cover;
mod page;
mod paper;
mod quality;
mod stack;

pub use cover::{CoverError, CoverSheet, SheetLayout};
pub use page::{Colour, Edge, ScannedPage, Turn, page_numbers};
pub use paper::{
    Exclusion, ExclusionGround, PAPER_WAITS_DAYS, PaperFacts, PaperGate, PaperOriginal, PaperState, ScanRefusal,
    ShreddingEnd, ShreddingList,
};
pub use quality::{Flag, PageFlags, ScanStandard};
pub use stack::{Division, Doubt, Part, divide};
