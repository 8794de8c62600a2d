//! The engine behind a page: the trust that a service publishes, and the verdict on a file that never leaves the device.
//!
//! The page's script comes in through `door.rs`, a program of its own for wasm32; nothing here knows of it.

mod trust;
mod verdict;

pub use trust::{TrustError, trust_from_json, trust_to_json};
pub use verdict::answer;

/// What an engine says of itself: its version, and a number for the sources it was made from. A service hands out only the
/// engine that was made from its own.
pub const IDENTITY: &str = concat!("fumikura-engine ", env!("CARGO_PKG_VERSION"), " ", env!("FUMIKURA_SOURCES"));

/// The largest file that is judged in a page, in bytes: it is held in memory whole.
pub const LARGEST_FILE_BYTES: u64 = 256 * 1024 * 1024;
