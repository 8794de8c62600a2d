//! The same walks over PostgreSQL.

// The files are the same on purpose, and not every walk needs all that the city has.
#![allow(clippy::duplicate_mod, dead_code)]

#[path = "../access.rs"]
mod access;
#[path = "../api/mod.rs"]
mod api;
#[path = "../batch.rs"]
mod batch;
#[path = "../browser.rs"]
mod browser;
#[path = "../city.rs"]
mod city;
#[path = "../held.rs"]
mod held;
#[path = "../pages.rs"]
mod pages;
#[path = "../search.rs"]
mod search;
#[path = "../walk.rs"]
mod walk;

use crate::office::postgres::database;
