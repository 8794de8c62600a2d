//! PostgreSQL: one writer that waits for its turn among all processes, readers beside it, each on one moment.

mod address;
mod copies;
mod error;

use super::connection::Connection;
use super::rows::{Work, forget_words};
use super::{CONTENTS_REMEMBER, migrations};
use crate::office::ports::{Store, StoreError, Transaction};
pub use address::PostgresAddress;
use async_trait::async_trait;
pub use copies::{PostgresMoment, clear_trial, empty_database, restore_dump};
pub(super) use error::database;
use sqlx::PgConnection;
use sqlx::postgres::{PgPool, PgPoolOptions};
use std::time::Duration;

/// Readers at a time.
const READERS: u32 = 8;
/// How long a unit of work waits for its turn in this process; for other processes' turns see [`CUSTOMS`].
const PATIENCE: Duration = Duration::from_secs(30);

/// The database's customs on every connection of ours. What the administrator set otherwise stays, but a commit is on
/// disk before it is acknowledged, nobody waits for another process without end, and one that fell silent (its machine
/// or the network went) loses its turn.
const CUSTOMS: [&str; 3] = [
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    "SELECT set_config('lock_timeout', '30s', false) WHERE current_setting('lock_timeout') = '0'",
    "SELECT set_config('idle_in_transaction_session_timeout', '5min', false)
        WHERE current_setting('idle_in_transaction_session_timeout') = '0'",
];

/// Tells whether somebody may still see what was there before a transaction: a reader of this database, or one that takes
/// its view now while an older transaction goes on anywhere on the server.
const STILL_SEEN: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot()) < $1::xid8 OR EXISTS (
    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND age(backend_xmin) > age($1::xid8::xid))";
/// How often it is asked whether they are gone, and how many times at most.
const A_WHILE: Duration = Duration::from_millis(100);
const LONGEST_TRIES: u32 = 100;

/// Takes the turn to write, until the transaction ends; 0x66756d69 is "fumi".
///
/// One writer at a time, in whatever process, is what SQLite gives. As nobody writes between the lock and the commit,
/// READ COMMITTED is as good as SERIALIZABLE, and no unit of work fails for another's sake; a stricter level would even
/// show a writer the state from before it waited.
const TURN: &str = "SELECT pg_advisory_xact_lock(1718971753)";

/// The city's database on a server.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    writer: PgPool,
    readers: PgPool,
}

impl PostgresStore {
    /// Connects to a database that is there, and brings its tables up to date.
    pub async fn open(address: &PostgresAddress) -> Result<Self, StoreError> {
        let writer = pool(1).connect_with(address.options()).await.map_err(error::opening)?;
        let encoding: String =
            sqlx::query_scalar("SHOW server_encoding").fetch_one(&writer).await.map_err(error::opening)?;
        if encoding != "UTF8" {
            return Err(StoreError::Address("the database must be of the encoding UTF8"));
        }
        migrations::postgres()?.run(&writer).await.map_err(error::migration)?;
        let readers = pool(READERS).connect_lazy_with(address.options());
        Ok(Self { writer, readers })
    }

    /// Ties a new database to an archive; one that is tied to another is refused. A city with another archive would find
    /// every package missing, and prove as destroyed what only lies elsewhere.
    pub async fn belong_to(&self, archive: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO house (archive) VALUES ($1) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(archive).execute(&self.writer).await.map_err(database)?;
        let known: String =
            sqlx::query_scalar("SELECT archive FROM house").fetch_one(&self.writer).await.map_err(database)?;
        match known == archive {
            true => Ok(()),
            false => Err(StoreError::Address("the database there belongs to another archive")),
        }
    }

    /// Takes the words of what was destroyed out of the index; its table is then written anew with the others.
    async fn forget_words(&self) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM places_left)";
        if !sqlx::query_scalar::<_, bool>(sql).fetch_one(&self.readers).await.map_err(error::opening)? {
            return Ok(());
        }
        let mut connection = Connection::Postgres(self.begin_to_write().await?, None);
        forget_words(&mut connection).await?;
        connection.commit().await
    }

    /// Begins a transaction when its turn to write has come.
    async fn begin_to_write(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, StoreError> {
        let how = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
        let mut transaction = self.writer.begin_with(how).await.map_err(error::opening)?;
        sqlx::query(TURN).execute(&mut *transaction).await.map_err(error::opening)?;
        Ok(transaction)
    }

    /// Closes every connection.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Waits for those who may still see what was there before a transaction. Returns false where one stays too long.
async fn unseen(readers: &PgPool, transaction: &str) -> Result<bool, sqlx::Error> {
    for _ in 0..LONGEST_TRIES {
        if !sqlx::query_scalar::<_, bool>(STILL_SEEN).bind(transaction).fetch_one(readers).await? {
            return Ok(true);
        }
        tokio::time::sleep(A_WHILE).await;
    }
    Ok(false)
}

/// Writes the tables anew that held what was destroyed, and their old files go. Returns false where one is in use.
async fn rewrite(connection: &mut PgConnection, made: i64) -> Result<bool, sqlx::Error> {
    // Whoever wants a table meanwhile waits behind us, so we do not wait for long.
    sqlx::query("SELECT set_config('lock_timeout', '2s', false)").execute(&mut *connection).await?;
    match sqlx::query("VACUUM (FULL) records, ingest_intents, notice_files, word_shards, text_blocks")
        .execute(&mut *connection)
        .await
    {
        Err(error) if error::is_busy(&error) => return Ok(false),
        done => done?,
    };
    sqlx::query("UPDATE destructions SET forgotten = $1").bind(made).execute(connection).await?;
    Ok(true)
}

fn pool(connections: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
    options.after_connect(|connection, _| Box::pin(greet(connection)))
}

async fn greet(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    for custom in CUSTOMS {
        sqlx::query(custom).execute(&mut *connection).await?;
    }
    Ok(())
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        Ok(Work::on(Connection::Postgres(self.begin_to_write().await?, None)))
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let how = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let transaction = self.readers.begin_with(how).await.map_err(error::opening)?;
        Ok(Work::on(Connection::Postgres(transaction, None)))
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM texts_left)";
        if sqlx::query_scalar::<_, bool>(sql).fetch_one(&self.readers).await.map_err(error::opening)? {
            return Err(StoreError::Unavailable(CONTENTS_REMEMBER.to_owned()));
        }
        self.forget_words().await?;
        // The server's own log forgets in its own time. Where nothing was destroyed since the last time, nothing is to do.
        let sql = "SELECT made, pg_current_xact_id()::text FROM destructions WHERE made > forgotten";
        let found = sqlx::query_as(sql).fetch_optional(&self.readers).await.map_err(error::opening)?;
        let Some((made, transaction)): Option<(i64, String)> = found else { return Ok(()) };
        let mut done = unseen(&self.readers, &transaction).await.map_err(database)?;
        if done {
            let mut connection = self.writer.acquire().await.map_err(error::opening)?;
            let rewritten = rewrite(&mut connection, made).await.map_err(database);
            // Not given back: it is less patient than the others.
            connection.close().await.map_err(database)?;
            done = rewritten?;
        }
        match done {
            true => Ok(()),
            false => Err(StoreError::Unavailable("somebody still reads what was destroyed".to_owned())),
        }
    }
}
