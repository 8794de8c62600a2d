//! Tests of the office floor.

pub mod city;
mod notices;
mod refusals;
