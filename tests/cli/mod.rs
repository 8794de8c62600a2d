//! Tests of the cli floor.

mod deferred;
mod keys;
mod records;
mod records_killed;
mod sign;
mod token;
mod validate;
