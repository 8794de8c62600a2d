//! Tests of the office floor.
