//! Tests of the cli floor.

mod accounts;
mod csc;
pub mod csc_server;
mod deferred;
mod hot_folder;
mod keys;
mod notices;
mod online;
mod online_web;
pub mod place;
mod postgres;
mod records;
mod records_faulty;
mod records_killed;
mod seal_batch;
mod shelves;
mod sign;
pub mod site;
pub mod token;
mod tray;
mod trust;
mod validate;
mod virus_check;
mod watch;
mod workers;
