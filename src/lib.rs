//! Fumikura (文庫): electronic official seals on PDF notices, and a records archive that keeps and destroys by rule.
//!
//! Modules stand in floor order: each imports only from the floors above it in this list.
//! `ARCHITECTURE.md` beside this file holds the floor table, and a test holds the code to it.

#![forbid(unsafe_code)]

// The engine: bytes in, bytes out; no disk, no socket, no clock of its own.
pub mod digest;
pub mod fault;
pub mod id;
pub mod time;

pub mod asn1;
#[cfg(feature = "service")]
pub mod formats;
pub mod ledger;
pub mod pdf;
pub mod records;
#[cfg(feature = "service")]
pub mod scans;
pub mod shelves;

pub mod crypto;
#[cfg(feature = "service")]
pub mod texts;

pub mod policy;
#[cfg(feature = "service")]
pub mod xml;

pub mod cms;
pub mod pki;

#[cfg(feature = "service")]
pub mod tsl;
pub mod tsp;

pub mod evidence;
pub mod pades;

pub mod validate;

pub mod wording;

pub mod browser;

// The service: verbs, the adapters behind their ports, and the two doors.
#[cfg(feature = "service")]
pub mod package;

#[cfg(feature = "service")]
pub mod office;

#[cfg(feature = "service")]
pub mod fetch;
#[cfg(feature = "service")]
pub mod imaging;
#[cfg(feature = "service")]
pub mod keystore;
#[cfg(feature = "service")]
pub mod render;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "templates")]
pub mod typeset;
#[cfg(feature = "service")]
pub mod vault;

#[cfg(feature = "service")]
pub mod http;

#[cfg(feature = "service")]
pub mod cli;
