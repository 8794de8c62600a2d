//! Rows whose whole is a JSON body beside a few columns that are looked up or constrained.

use crate::office::ports::StoreError;
use crate::store::connection::Connection;
pub(super) use crate::store::connection::{Bind, Row};
use serde::de::DeserializeOwned;
use std::fmt::Display;

/// Runs a statement and returns how many rows it touched.
pub(super) async fn run(connection: &mut Connection, sql: &'static str, binds: Vec<Bind>) -> Result<u64, StoreError> {
    connection.run(sql, binds).await
}

/// Returns the rows that a statement finds.
pub(super) async fn rows(
    connection: &mut Connection,
    sql: &'static str,
    binds: Vec<Bind>,
) -> Result<Vec<Row>, StoreError> {
    connection.rows(sql, binds).await
}

/// Returns the body of the first row, if there is one; a body that cannot be read is an error.
pub(super) async fn one<T: DeserializeOwned>(
    connection: &mut Connection,
    sql: &'static str,
    binds: Vec<Bind>,
) -> Result<Option<T>, StoreError> {
    connection.rows(sql, binds).await?.first().map(read).transpose()
}

/// Returns the bodies of all rows; one that cannot be read is an error, as to skip it would be to forget it.
pub(super) async fn all<T: DeserializeOwned>(
    connection: &mut Connection,
    sql: &'static str,
    binds: Vec<Bind>,
) -> Result<Vec<T>, StoreError> {
    connection.rows(sql, binds).await?.iter().map(read).collect()
}

/// Reads the body of a row.
pub(super) fn read<T: DeserializeOwned>(row: &Row) -> Result<T, StoreError> {
    column(row, "body")
}

/// Reads a body in a column of another name.
pub(super) fn column<T: DeserializeOwned>(row: &Row, name: &str) -> Result<T, StoreError> {
    serde_json::from_str(&row.get::<String>(name)?).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// Rows in one statement.
const ROWS_AT_ONCE: usize = 100;

/// Runs an INSERT for many rows, a few at a time in one statement: `head` ends in VALUES, `tail` says what is done where a
/// row is there already. What comes of it is the same as of a statement for each.
pub(super) async fn insert(
    connection: &mut Connection,
    head: &'static str,
    tail: &'static str,
    mut rows: Vec<Vec<Bind>>,
) -> Result<(), StoreError> {
    while !rows.is_empty() {
        let later = rows.split_off(rows.len().min(ROWS_AT_ONCE));
        let (mut lists, mut before) = (Vec::new(), 0);
        for row in &rows {
            lists.push(connection.places(before, row.len()));
            before += row.len();
        }
        let sql = format!("{head} {}{tail}", lists.join(", "));
        connection.run(sqlx::AssertSqlSafe(sql), rows.into_iter().flatten().collect()).await?;
        rows = later;
    }
    Ok(())
}

/// Returns the rows that a statement finds for any of many identifiers, a few at a time in one statement: `head` ends in IN.
/// Where it asks for one thing more, that is its last place.
pub(super) async fn among(
    connection: &mut Connection,
    head: &'static str,
    ids: &[impl Display],
    tail: Option<(&'static str, &str)>,
) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    for some in ids.chunks(ROWS_AT_ONCE) {
        let (mut sql, mut binds) = (format!("{head} {}", connection.places(0, some.len())), Vec::new());
        binds.extend(some.iter().map(Bind::of));
        if let Some((tail, value)) = tail {
            sql.push_str(&format!(" {tail} {}", connection.places(some.len(), 1)));
            binds.push(Bind::of(value));
        }
        found.extend(connection.rows(sqlx::AssertSqlSafe(sql), binds).await?);
    }
    Ok(found)
}

/// Runs a statement for any of many identifiers, a few at a time: `head` ends in IN. Returns how many rows it touched.
pub(super) async fn run_among(
    connection: &mut Connection,
    head: &'static str,
    ids: &[impl Display],
) -> Result<u64, StoreError> {
    let mut touched = 0;
    for some in ids.chunks(ROWS_AT_ONCE) {
        let sql = format!("{head} {}", connection.places(0, some.len()));
        touched += connection.run(sqlx::AssertSqlSafe(sql), some.iter().map(Bind::of).collect()).await?;
    }
    Ok(touched)
}
