//! The database behind the office's port.

mod sqlite;

pub use sqlite::{SqliteStore, Staged, backup};
