//! Tests of the cli floor.

mod keys;
mod sign;
