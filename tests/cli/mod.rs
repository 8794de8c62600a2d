//! Tests of the cli floor.

mod csc;
pub mod csc_server;
mod deferred;
mod delivery;
mod hot_folder;
mod keys;
mod mail;
mod new_city;
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
pub mod watch;
mod workers;
