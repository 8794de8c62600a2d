//! SQLite's troubles in the words of the port.

use crate::office::ports::StoreError;
use sqlx::migrate::MigrateError;

/// Sorts an error of the driver. The texts name tables and constraints, never values.
pub(in crate::store) fn database(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(inner) if inner.is_unique_violation() => StoreError::Conflict,
        sqlx::Error::Database(inner) => {
            // Primary result codes: sqlite.org/rescode.html.
            let code = inner.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
            match code {
                Some(5 | 6) => StoreError::Unavailable(inner.message().to_owned()),
                Some(8 | 10 | 13 | 14) => StoreError::Disk(inner.message().to_owned()),
                _ => StoreError::Damaged(inner.message().to_owned()),
            }
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => StoreError::Unavailable(error.to_string()),
        sqlx::Error::Io(inner) => StoreError::Disk(inner.to_string()),
        _ => StoreError::Damaged(error.to_string()),
    }
}

/// Sorts an error of bringing the tables up to date.
pub(super) fn migration(error: &MigrateError) -> StoreError {
    StoreError::Damaged(format!("the tables could not be brought up to date: {error}"))
}
