//! The commands of records, run as a person runs them.
