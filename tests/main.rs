//! The one test binary; its modules mirror src/.

// The bans keep the program from panicking and from reading its surroundings; a test does both, helpers included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod cli;
mod engine;
mod house;
mod http;
mod office;
mod records;
mod render;
