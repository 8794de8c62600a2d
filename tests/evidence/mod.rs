//! Evidence records: trees and their reduction, renewals, what is found of every change, and other readers' opinions.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]
#![allow(clippy::disallowed_methods, reason = "where the tools are, the environment says")]

mod attacks;
pub mod bench;
mod facts;
mod flips;
mod foreign;
mod interop;
mod lasting;
mod limits;
mod renewals;
mod trees;
