//! The database behind the office's port: the same statements, carried to SQLite or to PostgreSQL.

mod connection;
mod postgres;
mod rows;
mod sqlite;

pub use postgres::{PostgresAddress, PostgresStore};
pub use sqlite::{SqliteStore, Staged, backup};
