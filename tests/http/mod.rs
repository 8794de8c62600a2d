//! The web service, driven in process and once over a real socket.

mod access;
mod api;
mod batch;
pub mod browser;
mod chromium;
mod city;
mod delivery;
mod devtools;
mod held;
mod in_browser;
pub mod other_reader;
mod pages;
mod postgres;
mod search;
mod shell;
mod shelves;
mod socket;
mod traces;
mod tray;
mod walk;

use crate::office::database;
