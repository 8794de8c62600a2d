//! Tests of the cli floor.

mod csc;
mod csc_server;
mod deferred;
mod keys;
mod records;
mod records_killed;
mod sign;
mod token;
mod validate;
