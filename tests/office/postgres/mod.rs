//! The same stories on PostgreSQL, and what only a server can do.

// The files are the same on purpose, and not every story needs all that the city has.
#![allow(clippy::duplicate_mod, dead_code)]

#[path = "../access.rs"]
mod access;
#[path = "../accounts.rs"]
mod accounts;
#[path = "../awaiting.rs"]
mod awaiting;
#[path = "../batch.rs"]
mod batch;
#[path = "../brake.rs"]
mod brake;
#[path = "../certificates.rs"]
mod certificates;
#[path = "../city.rs"]
pub mod city;
#[path = "../claims.rs"]
mod claims;
#[path = "../contents.rs"]
mod contents;
pub mod database;
#[path = "../delivery.rs"]
mod delivery;
#[path = "../doubles.rs"]
mod doubles;
#[path = "../factors.rs"]
mod factors;
#[path = "../falling_due.rs"]
mod falling_due;
#[path = "../filters.rs"]
mod filters;
#[path = "../fixity.rs"]
mod fixity;
#[path = "../hall.rs"]
mod hall;
#[path = "../holds.rs"]
mod holds;
#[path = "../memory.rs"]
mod memory;
#[path = "../notice_proofs.rs"]
mod notice_proofs;
#[path = "../notices.rs"]
mod notices;
#[path = "../outbox.rs"]
mod outbox;
#[path = "../pages.rs"]
pub mod pages;
#[path = "../paging.rs"]
mod paging;
#[path = "../papers.rs"]
mod papers;
#[path = "../passkeys.rs"]
mod passkeys;
#[path = "../proof_futures.rs"]
mod proof_futures;
#[path = "../proofs.rs"]
mod proofs;
#[path = "../records.rs"]
mod records;
#[path = "../refusals.rs"]
mod refusals;
#[path = "../reorganisation.rs"]
mod reorganisation;
#[path = "../resident.rs"]
mod resident;
#[path = "../rule_versions.rs"]
mod rule_versions;
#[path = "../scale.rs"]
mod scale;
#[path = "../search.rs"]
mod search;
#[path = "../searches.rs"]
mod searches;
pub mod server;
#[path = "../shelves.rs"]
mod shelves;
#[path = "../take_back.rs"]
mod take_back;
#[path = "../transfer.rs"]
mod transfer;
#[path = "../tray.rs"]
mod tray;
mod troubles;
#[path = "../turns.rs"]
mod turns;
#[path = "../upgrade.rs"]
mod upgrade;
#[path = "../workers.rs"]
mod workers;
