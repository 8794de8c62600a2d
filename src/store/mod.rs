//! The database behind the office's port: the same statements, carried to SQLite or to PostgreSQL.

mod connection;
mod migrations;
mod postgres;
mod rows;
mod sqlite;

pub use postgres::{PostgresAddress, PostgresMoment, PostgresStore, clear_trial, empty_database, restore_dump};
pub use sqlite::{SqliteStore, Staged, backup};

/// Why a database does not settle before it was told to forget in the index of contents, which is under another's key.
const CONTENTS_REMEMBER: &str = "the index of contents still holds what was destroyed";
