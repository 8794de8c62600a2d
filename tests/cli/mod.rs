//! Tests of the cli floor.

mod keys;
mod records;
mod records_killed;
mod sign;
