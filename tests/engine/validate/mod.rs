//! Validation: what passes, what every kind of attack leads to, and how it is said.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod attacks;
mod attacks_on_forms;
mod attacks_on_lengths;
pub mod bench;
mod flips;
mod outcomes;
mod past;
mod permitted;
mod reports;
mod wording;
