//! The one test binary; its modules mirror src/.

// In a test a broken expectation is the message.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod cli;
mod engine;
mod evidence;
mod house;
mod http;
mod imaging;
mod office;
mod records;
mod render;
#[cfg(feature = "templates")]
mod typeset;

/// Counts, so that tests on hostile input can tell what memory they take.
#[global_allocator]
static ALLOCATOR: engine::hostile::shared::limits::Counting = engine::hostile::shared::limits::Counting;
