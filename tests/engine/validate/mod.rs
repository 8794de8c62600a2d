//! Validation: what passes, what every kind of attack leads to, and how it is said.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod attack;
mod attacks;
mod attacks_on_forms;
mod attacks_on_lengths;
pub mod bench;
mod flips;
mod formats;
mod lasting;
mod older_forms;
mod outcomes;
mod past;
pub mod permitted;
mod reports;
mod stamps;
mod wild;
mod wording;
