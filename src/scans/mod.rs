//! Scanned pages: what is seen of each, what that says of its quality, and how a stack with cover sheets comes apart (R8).
//!
//! Everything here is a pure function of what it is given; pixels are looked at elsewhere (`imaging`). What is in doubt goes to
//! a person.

mod page;

pub use page::{Colour, Edge, ScannedPage, Turn};
