//! One connection of ours for both databases: a statement with its values goes in, rows come out.

use super::{postgres, sqlite};
use crate::office::ports::StoreError;
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{Database, Decode, Encode, Postgres, Row as _, SqlSafeStr, Sqlite, Type};

/// A value for a place in a statement.
pub(super) enum Bind {
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
    Null,
}

impl Bind {
    /// Writes anything that has a text form. PostgreSQL has no place for the character NUL in a text.
    pub(super) fn of(value: impl ToString) -> Self {
        let text = value.to_string();
        Self::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }

    /// Writes a text form or NULL.
    pub(super) fn maybe(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Null, Self::of)
    }

    /// Writes what rows are to come after in order; nothing stands for before all.
    pub(super) fn after(value: Option<impl ToString>) -> Self {
        value.map_or_else(|| Self::Text(String::new()), Self::of)
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

/// A connection with a transaction going on in it; rolled back when dropped without commit.
pub(super) enum Connection {
    /// To SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// To PostgreSQL, with the first failure: a COMMIT after one is a ROLLBACK there, and nothing says so.
    Postgres(sqlx::Transaction<'static, Postgres>, Option<StoreError>),
}

impl Connection {
    /// Writes places for so many values in brackets, which follow those before; nothing else than places ever comes into a
    /// statement so. SQLite looks a place with a number up among all the others, one without has its turn.
    pub(super) fn places(&self, before: usize, count: usize) -> String {
        let places: Vec<String> = match self {
            Self::Sqlite(_) => vec!["?".to_owned(); count],
            Self::Postgres(..) => (1..=count).map(|number| format!("${}", before + number)).collect(),
        };
        format!("({})", places.join(", "))
    }

    /// Runs a statement and returns how many rows it touched.
    pub(super) async fn run(&mut self, sql: impl SqlSafeStr, binds: Vec<Bind>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(tx) => {
                let done = bound(sql, binds).execute(&mut **tx).await.map_err(sqlite::database)?;
                Ok(done.rows_affected())
            }
            Self::Postgres(tx, failed) => {
                let done = kept(failed, bound(sql, binds).execute(&mut **tx).await)?;
                Ok(done.rows_affected())
            }
        }
    }

    /// Runs a statement and returns its rows.
    pub(super) async fn rows(&mut self, sql: impl SqlSafeStr, binds: Vec<Bind>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(tx) => {
                let rows = bound(sql, binds).fetch_all(&mut **tx).await.map_err(sqlite::database)?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(tx, failed) => {
                let rows = kept(failed, bound(sql, binds).fetch_all(&mut **tx).await)?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Makes everything written durable, at once.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await.map_err(sqlite::database),
            Self::Postgres(_, Some(failure)) => Err(failure),
            Self::Postgres(tx, None) => tx.commit().await.map_err(postgres::database),
        }
    }
}

/// Keeps the first failure in mind, and says it again for whatever follows.
fn kept<T>(failed: &mut Option<StoreError>, done: Result<T, sqlx::Error>) -> Result<T, StoreError> {
    done.map_err(|error| failed.get_or_insert_with(|| postgres::database(error)).clone())
}

fn bound<DB: Database>(sql: impl SqlSafeStr, binds: Vec<Bind>) -> Query<'static, DB, <DB as Database>::Arguments>
where
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> Vec<u8>: Encode<'q, DB> + Type<DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
{
    binds.into_iter().fold(sqlx::query(sql), |query, bind| match bind {
        Bind::Text(text) => query.bind(text),
        Bind::Number(number) => query.bind(number),
        Bind::Bytes(bytes) => query.bind(bytes),
        Bind::Null => query.bind(None::<String>),
    })
}

/// A row of an answer.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// Returns what a column holds.
    pub(super) fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column).map_err(sqlite::database),
            Self::Postgres(row) => row.try_get(column).map_err(postgres::database),
        }
    }
}
