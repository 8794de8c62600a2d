//! Tests of the office floor.

mod accounts;
pub mod city;
mod notices;
mod refusals;
mod resident;
