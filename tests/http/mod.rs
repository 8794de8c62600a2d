//! The web service, driven in process and once over a real socket.

mod access;
mod account;
mod accounts;
mod again;
mod api;
mod attacks;
mod backups;
mod batch;
pub mod browser;
mod chromium;
mod city;
mod days;
mod delivery;
mod desk;
mod devtools;
mod first_visit;
mod held;
mod in_browser;
pub mod other_reader;
mod pages;
mod paper;
mod passkeys;
mod postgres;
mod processes;
mod proofs;
mod provider;
mod reorganisations;
mod roles;
mod search;
mod shell;
mod shelves;
mod socket;
mod tls;
mod traces;
mod tray;
#[cfg(feature = "templates")]
mod typeset;
mod walk;

use crate::office::database;
