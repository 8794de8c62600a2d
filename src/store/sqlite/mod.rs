//! SQLite: one writer that takes its lock at once, readers beside it, every commit on disk before it is acknowledged.

mod copies;
mod error;

use super::connection::Connection;
use super::rows::{Work, forget_words};
use super::{CONTENTS_REMEMBER, migrations};
use crate::office::ports::{Store, StoreError, Transaction};
use async_trait::async_trait;
pub use copies::{Staged, backup};
pub(super) use error::database;
use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;

/// Readers at a time.
const READERS: u32 = 8;
/// How long a unit of work waits for its turn, also for another process's.
const PATIENCE: Duration = Duration::from_secs(30);

/// Memory for the pages that a unit of work reads and writes, in KiB; with SQLite's own 2,000 a large one writes a page again
/// and again.
const WRITERS_PAGES_KIB: u32 = 65_536;
/// Rows that a statement may find before anybody has taken them: the fewer, the more often two threads wait for each other.
const ROWS_UNDER_WAY: usize = 1_000;
/// How long the log waits for those who read what it holds.
const PATIENCE_FOR_READERS: Duration = Duration::from_secs(2);

/// Writes the index of words anew, in the order of its rows, and gives up the pages where it lay.
const WRITE_INDEX_ANEW: [&str; 4] = [
    "CREATE TABLE word_shards_anew (shard INTEGER PRIMARY KEY, postings BLOB NOT NULL)",
    "INSERT INTO word_shards_anew SELECT shard, postings FROM word_shards ORDER BY shard",
    "DROP TABLE word_shards",
    "ALTER TABLE word_shards_anew RENAME TO word_shards",
];

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
        let writers = options.clone().pragma("cache_size", format!("-{WRITERS_PAGES_KIB}"));
        let writer = pool(1).connect_with(writers).await.map_err(database)?;
        migrations::sqlite()?.run(&writer).await.map_err(|error| error::migration(&error))?;
        let readers = pool(READERS).connect_with(options.read_only(true)).await.map_err(database)?;
        Ok(Self { writer, readers })
    }

    /// Takes the words of what was destroyed out of the index. Where there are any, the index is written anew: pages out of
    /// which SQLite moved a row keep what they held of it, and only a page that is given up is overwritten.
    async fn forget_words(&self) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM places_left)";
        if !sqlx::query_scalar::<_, bool>(sql).fetch_one(&self.readers).await.map_err(database)? {
            return Ok(());
        }
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(database)?;
        let mut connection = Connection::Sqlite(transaction);
        if forget_words(&mut connection).await? {
            for sql in WRITE_INDEX_ANEW {
                connection.run(sql, vec![]).await?;
            }
        }
        connection.commit().await
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
        .row_buffer_size(ROWS_UNDER_WAY)
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
        begin(&self.writer, "BEGIN IMMEDIATE").await
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        begin(&self.readers, "BEGIN DEFERRED").await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM texts_left)";
        if sqlx::query_scalar::<_, bool>(sql).fetch_one(&self.readers).await.map_err(database)? {
            return Err(StoreError::Unavailable(CONTENTS_REMEMBER.to_owned()));
        }
        self.forget_words().await?;
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

async fn begin(pool: &SqlitePool, how: &'static str) -> Result<Box<dyn Transaction>, StoreError> {
    Ok(Work::on(Connection::Sqlite(pool.begin_with(how).await.map_err(database)?)))
}
