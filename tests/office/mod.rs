//! Tests of the office floor.

mod hall;
mod records;
