//! Cities on PostgreSQL, by command: killed at any moment, too.

// The files are the same on purpose, and not every story needs all that the city has.
#![allow(clippy::duplicate_mod, dead_code)]

mod backup;
mod commands;
#[path = "../notices.rs"]
mod notices;
pub mod place;
#[path = "../records_killed.rs"]
mod records_killed;
