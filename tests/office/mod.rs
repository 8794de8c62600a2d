//! Tests of the office floor.

mod accounts;
pub mod city;
mod copies;
mod hall;
mod notices;
mod records;
mod refusals;
mod resident;
mod upgrade;
