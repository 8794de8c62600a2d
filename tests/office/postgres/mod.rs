//! The same stories on PostgreSQL, and what only a server can do.

// The files are the same on purpose, and not every story needs all that the city has.
#![allow(clippy::duplicate_mod, dead_code)]

#[path = "../accounts.rs"]
mod accounts;
#[path = "../batch.rs"]
mod batch;
#[path = "../city.rs"]
pub mod city;
pub mod database;
#[path = "../hall.rs"]
mod hall;
#[path = "../notices.rs"]
mod notices;
#[path = "../records.rs"]
mod records;
#[path = "../refusals.rs"]
mod refusals;
#[path = "../resident.rs"]
mod resident;
pub mod server;
mod troubles;
#[path = "../turns.rs"]
mod turns;
#[path = "../upgrade.rs"]
mod upgrade;
