//! Rows whose whole is a JSON body beside a few columns that are looked up or constrained.

use super::error::database;
use crate::office::ports::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Row, Sqlite};

/// A value for a place in a statement.
pub(super) enum Bind {
    Text(String),
    Number(i64),
    Null,
}

impl Bind {
    /// Writes anything that has a text form.
    pub(super) fn of(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// Writes a text form or NULL.
    pub(super) fn maybe(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Null, Self::of)
    }

    /// Writes a count; one beyond the column's range is refused.
    pub(super) fn count(value: u64) -> Result<Self, StoreError> {
        i64::try_from(value).map(Self::Number).map_err(|_| StoreError::Damaged("a count is too large".to_owned()))
    }

    /// Writes a yes or no as 1 or 0.
    pub(super) fn flag(value: bool) -> Self {
        Self::Number(i64::from(value))
    }

    /// Writes the JSON form.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, StoreError> {
        serde_json::to_string(value).map(Self::Text).map_err(|error| StoreError::Damaged(error.to_string()))
    }
}

/// Runs a statement and returns how many rows it touched.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    sql: &'static str,
    binds: Vec<Bind>,
) -> Result<u64, StoreError> {
    Ok(bound(sql, binds).execute(connection).await.map_err(database)?.rows_affected())
}

/// Returns the body of the first row, if there is one; a body that cannot be read is an error.
pub(super) async fn one<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    binds: Vec<Bind>,
) -> Result<Option<T>, StoreError> {
    let row = bound(sql, binds).fetch_optional(connection).await.map_err(database)?;
    row.map(|row| read(&row.try_get::<String, _>("body").map_err(database)?)).transpose()
}

/// Returns the bodies of all rows; one that cannot be read is an error, as to skip it would be to forget it.
pub(super) async fn all<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    binds: Vec<Bind>,
) -> Result<Vec<T>, StoreError> {
    let rows = bound(sql, binds).fetch_all(connection).await.map_err(database)?;
    rows.iter().map(|row| read(&row.try_get::<String, _>("body").map_err(database)?)).collect()
}

fn bound(sql: &'static str, binds: Vec<Bind>) -> Query<'static, Sqlite, SqliteArguments> {
    binds.into_iter().fold(sqlx::query(sql), |query, bind| match bind {
        Bind::Text(text) => query.bind(text),
        Bind::Number(number) => query.bind(number),
        Bind::Null => query.bind(None::<String>),
    })
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Damaged(error.to_string()))
}
