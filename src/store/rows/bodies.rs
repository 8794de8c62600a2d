//! Rows whose whole is a JSON body beside a few columns that are looked up or constrained.

use crate::office::ports::StoreError;
use crate::store::connection::Connection;
pub(super) use crate::store::connection::{Bind, Row};
use serde::de::DeserializeOwned;

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
