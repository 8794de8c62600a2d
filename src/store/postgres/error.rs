//! PostgreSQL's troubles in the words of the port.

use crate::office::ports::StoreError;
use sqlx::migrate::MigrateError;

/// A lock was not to be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Sorts an error of the driver. A server's message names tables and constraints; the values stand in its detail, which
/// is not repeated.
pub(in crate::store) fn database(error: sqlx::Error) -> StoreError {
    let sqlx::Error::Database(inner) = &error else { return without_answer(error) };
    let message = inner.message().to_owned();
    // Appendix A of PostgreSQL's manual: two characters of class, three of condition.
    match inner.code().as_deref().unwrap_or_default() {
        "23505" => StoreError::Conflict,
        "53100" | "58030" => StoreError::Disk(message),
        // A lock, a right or a server that can be written to is lacking.
        LOCK_NOT_AVAILABLE | "42501" | "25006" => StoreError::Unavailable(message),
        code if ["08", "28", "3D", "40", "53", "57"].iter().any(|class| code.starts_with(class)) => {
            StoreError::Unavailable(message)
        }
        _ => StoreError::Damaged(message),
    }
}

/// Sorts an error before any statement of ours: whatever it is, the database cannot be had as it is now.
pub(super) fn opening(error: sqlx::Error) -> StoreError {
    match database(error) {
        StoreError::Damaged(message) => StoreError::Unavailable(message),
        other => other,
    }
}

/// Sorts an error of bringing the tables up to date.
pub(super) fn migration(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => match database(error) {
            StoreError::Damaged(message) => behind(&message),
            other => other,
        },
        other => behind(&other.to_string()),
    }
}

/// Tells whether somebody else held what was asked for.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == LOCK_NOT_AVAILABLE)
}

fn behind(what: &str) -> StoreError {
    StoreError::Damaged(format!("the tables could not be brought up to date: {what}"))
}

/// Sorts what the driver says where the server said nothing.
fn without_answer(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Damaged(error.to_string()),
    }
}
