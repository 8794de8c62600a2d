//! SQLite: one writer that takes its lock at once, readers beside it, every commit on disk before it is acknowledged.

mod accounts;
mod batches;
mod bodies;
mod copies;
mod error;
mod ledger;
mod notices;
mod records;

use crate::office::ports::{Store, StoreError, Transaction};
use async_trait::async_trait;
pub use copies::{Staged, backup};
use error::database;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row, Sqlite};
use std::path::Path;
use std::time::Duration;

/// Readers at a time.
const READERS: u32 = 8;
/// How long a unit of work waits for its turn, also for another process's.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the log waits for those who read what it holds.
const PATIENCE_FOR_READERS: Duration = Duration::from_secs(2);

/// The city's database in one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the database, makes it where there is none, and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        // It holds names: a new one is for its owner's eyes, and what SQLite puts beside it takes its mode.
        copies::make_private(path)?;
        let options = options(path);
        let writer = pool(1).connect_with(options.clone()).await.map_err(database)?;
        sqlx::migrate!("src/store/sqlite/migrations").run(&writer).await.map_err(|error| error::migration(&error))?;
        let readers = pool(READERS).connect_with(options.read_only(true)).await.map_err(database)?;
        Ok(Self { writer, readers })
    }

    /// Closes every connection, so that one file is all there is of the database.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // What is deleted is overwritten: a withdrawn title does not linger in the file.
        .pragma("secure_delete", "ON")
}

async fn patience(connection: &mut SqliteConnection, time: Duration) -> Result<(), StoreError> {
    let sql = format!("PRAGMA busy_timeout = {}", time.as_millis());
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(connection).await.map_err(database)?;
    Ok(())
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE)
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        SqliteTransaction::begin(&self.writer, "BEGIN IMMEDIATE").await
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        SqliteTransaction::begin(&self.readers, "BEGIN DEFERRED").await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.acquire().await.map_err(database)?;
        // Nobody else writes while this waits for readers: it waits less long than a unit of work.
        patience(&mut writer, PATIENCE_FOR_READERS).await?;
        // The log is emptied into the file, where deleted content is overwritten, and then cut to nothing.
        let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *writer).await.map_err(database);
        patience(&mut writer, PATIENCE).await?;
        match emptied?.try_get::<i64, _>(0).map_err(database)? {
            0 => Ok(()),
            _ => Err(StoreError::Unavailable("somebody reads what the log still holds".to_owned())),
        }
    }
}

/// A unit of work on one connection; rolled back when dropped without commit.
pub(super) struct SqliteTransaction(sqlx::Transaction<'static, Sqlite>);

impl SqliteTransaction {
    async fn begin(pool: &SqlitePool, how: &'static str) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Box::new(Self(pool.begin_with(how).await.map_err(database)?)))
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn unconfirmed_copy(&mut self) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT ledger_seq FROM copies WHERE confirmed = 0 ORDER BY ledger_seq LIMIT 1";
        let row = sqlx::query(sql).fetch_optional(self.connection()).await.map_err(database)?;
        let seq = row.map(|row| row.try_get::<i64, _>(0)).transpose().map_err(database)?;
        Ok(seq.map(i64::unsigned_abs))
    }

    async fn mark_copy(&mut self) -> Result<(), StoreError> {
        let sql = "INSERT INTO copies (ledger_seq) SELECT (SELECT coalesce(max(seq), 0) FROM ledger)
            WHERE NOT EXISTS (SELECT 1 FROM copies WHERE confirmed = 0)";
        bodies::run(self.connection(), sql, vec![]).await?;
        Ok(())
    }

    async fn confirm_copy(&mut self) -> Result<(), StoreError> {
        bodies::run(self.connection(), "UPDATE copies SET confirmed = 1 WHERE confirmed = 0", vec![]).await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.0.commit().await.map_err(database)
    }
}
