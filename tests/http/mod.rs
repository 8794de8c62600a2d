//! Tests of the http floor.
