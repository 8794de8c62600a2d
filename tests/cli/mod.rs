//! Tests of the cli floor.
