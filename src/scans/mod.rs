//! Scanned pages: what is seen of each, what that says of its quality, and how a stack with cover sheets comes apart (R8).
//!
//! Everything here is a pure function of what it is given; pixels are looked at elsewhere (`imaging`). What is in doubt goes to
//! a person.

mod cover;
mod page;
mod stack;

pub use cover::{CoverError, CoverSheet, SheetLayout};
pub use page::{Colour, Edge, ScannedPage, Turn};
pub use stack::{Division, Doubt, Part, divide};
