//! Validation: what passes, what every kind of attack leads to, and how it is said.

mod attacks;
mod bench;
mod flips;
mod outcomes;
mod permitted;
mod wording;
