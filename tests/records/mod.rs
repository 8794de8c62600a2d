//! Records: dates and their reasons, rule sets, gates, plans, ledger, packages, vault, and their commands.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail as its body does")]

mod access;
mod backups;
mod buckets;
mod commands;
mod disposal;
pub mod exports;
mod formats;
mod gates;
mod gates_random;
mod ledger;
pub mod objects;
mod oracle;
pub mod package;
mod retention;
mod rules;
mod rules_random;
mod shelves;
mod texts;
mod vault;
mod vault_crash;
mod vault_many;
mod vault_memory;
mod words;
