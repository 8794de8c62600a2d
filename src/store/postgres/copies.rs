//! Copies of a database on a server by the server's own tools, as of one moment that its rows can be read of, too.

use super::{PostgresAddress, PostgresStore, database, error};
use crate::office::ports::{StoreError, Transaction};
use crate::store::connection::Connection;
use crate::store::rows::Work;
use sqlx::{Connection as _, PgConnection, Row as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// The table that says of a database that it is there for trials alone, and may be emptied.
const TRIAL: &str = "fumikura_trial";
/// How much of what a tool complains of is told, in characters.
const LONGEST_COMPLAINT: usize = 300;

/// A moment of the database: its rows as they were, and what the server calls it.
pub struct PostgresMoment {
    /// The rows.
    pub rows: Box<dyn Transaction>,
    snapshot: String,
}

impl PostgresStore {
    /// Takes a moment, for as long as it is held.
    pub async fn moment(&self) -> Result<PostgresMoment, StoreError> {
        let how = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let mut transaction = self.readers.begin_with(how).await.map_err(error::opening)?;
        // It stands still while it is copied, however long that takes.
        let sql = "SELECT set_config('idle_in_transaction_session_timeout', '0', true), pg_export_snapshot()";
        let row = sqlx::query(sql).fetch_one(&mut *transaction).await.map_err(database)?;
        let snapshot = row.try_get(1).map_err(database)?;
        Ok(PostgresMoment { rows: Work::on(Connection::Postgres(transaction, None)), snapshot })
    }
}

impl PostgresMoment {
    /// Copies the database as of the moment into a new file (`pg_dump`, its custom format). It keeps its thread busy.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the program is not there or fails, with what it says.
    pub fn dump(&self, address: &PostgresAddress, to: &Path) -> Result<(), StoreError> {
        let mut command = address.tool("pg_dump");
        command.args(["--format=custom", "--no-owner", "--no-privileges"]);
        command.arg(format!("--snapshot={}", self.snapshot)).arg("--file").arg(to);
        run(command.arg(format!("--dbname={address}")), "pg_dump")
    }
}

/// Puts a copy into a database that is there and empty (`pg_restore`), all of it or nothing. It keeps its thread busy.
///
/// # Errors
/// As [`PostgresMoment::dump`].
pub fn restore_dump(address: &PostgresAddress, from: &Path) -> Result<(), StoreError> {
    let mut command = address.tool("pg_restore");
    command.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]);
    run(command.arg(format!("--dbname={address}")).arg(from), "pg_restore")
}

/// Refuses a database that is not empty. One that is there for trials is emptied first.
///
/// # Errors
/// [`StoreError::InTheWay`].
pub async fn empty_database(address: &PostgresAddress, is_trial: bool) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect_with(&address.options()).await.map_err(error::opening)?;
    let count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    let marked = "SELECT to_regclass('public.fumikura_trial') IS NOT NULL";
    let is_marked: bool = sqlx::query_scalar(marked).fetch_one(&mut connection).await.map_err(database)?;
    if is_trial && is_marked {
        clear(&mut connection).await?;
    }
    let tables: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await.map_err(database)?;
    if tables > 0 {
        return Err(StoreError::InTheWay(format!("{tables} tables of {address}")));
    }
    if is_trial {
        let sql = format!("CREATE TABLE {TRIAL} (trial integer)");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.map_err(database)?;
    }
    connection.close().await.map_err(database)
}

/// Empties a database that is there for trials.
///
/// # Errors
/// [`StoreError::InTheWay`] for any other.
pub async fn clear_trial(address: &PostgresAddress) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect_with(&address.options()).await.map_err(error::opening)?;
    let marked = "SELECT to_regclass('public.fumikura_trial') IS NOT NULL";
    let is_marked: bool = sqlx::query_scalar(marked).fetch_one(&mut connection).await.map_err(database)?;
    if !is_marked {
        return Err(StoreError::InTheWay(address.to_string()));
    }
    clear(&mut connection).await?;
    connection.close().await.map_err(database)
}

async fn clear(connection: &mut PgConnection) -> Result<(), StoreError> {
    for sql in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        sqlx::query(sql).execute(&mut *connection).await.map_err(database)?;
    }
    Ok(())
}

fn run(command: &mut Command, program: &str) -> Result<(), StoreError> {
    let unavailable = |what: String| StoreError::Unavailable(format!("{program}: {what}"));
    let output = command.stdin(Stdio::null()).output().map_err(|error| unavailable(error.to_string()))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(unavailable(said.trim().chars().take(LONGEST_COMPLAINT).collect()))
        }
    }
}
