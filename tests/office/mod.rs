//! Tests of the office floor.

mod access;
mod accounts;
mod batch;
mod brake;
mod certificates;
mod checkpoints;
pub mod city;
mod claims;
mod copies;
pub mod database;
mod doubles;
mod fixity;
mod hall;
mod histories;
mod holds;
mod memory;
mod notices;
pub mod postgres;
mod records;
mod refusals;
mod resident;
mod restored;
mod rule_versions;
mod scale;
mod transfer;
mod turns;
mod upgrade;
