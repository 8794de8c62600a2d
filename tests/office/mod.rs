//! Tests of the office floor.

mod accounts;
mod batch;
pub mod city;
mod copies;
pub mod database;
mod hall;
mod notices;
pub mod postgres;
mod records;
mod refusals;
mod resident;
mod turns;
mod upgrade;
