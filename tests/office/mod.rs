//! Tests of the office floor.

mod accounts;
mod batch;
mod certificates;
pub mod city;
mod claims;
mod copies;
mod doubles;
mod hall;
mod holds;
mod notices;
mod records;
mod refusals;
mod resident;
mod restored;
mod rule_versions;
mod upgrade;
