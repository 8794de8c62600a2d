//! The database of a story: one of its own on the suite's server, named in the file where SQLite would have its own.

use super::server::{Server, server};
use fumikura::office::ports::Store;
use fumikura::store::{PostgresAddress, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The migration that begins the fixity audit.
pub const FIXITY: &str = include_str!("../../../src/store/postgres/migrations/0005_fixity.sql");

/// The migration that begins the search by words.
pub const WORDS: &str = include_str!("../../../src/store/postgres/migrations/0012_words.sql");

/// The migration that begins the filters beside words.
pub const FILTERS: &str = include_str!("../../../src/store/postgres/migrations/0017_filters.sql");

/// The migration that begins the proofs of notices.
pub const PROOFS: &str = include_str!("../../../src/store/postgres/migrations/0029_notice_proofs.sql");

/// The migration that finds wishes for a more open class.
pub const WISHES: &str = include_str!("../../../src/store/postgres/migrations/0027_wishes.sql");

/// Opens the database of a place, and makes it where there is none.
///
/// Where no server can be had, the story is told on SQLite once more, and says so.
pub async fn open(path: &Path) -> Arc<dyn Store> {
    match url(path).await {
        Some(url) => Arc::new(PostgresStore::open(&PostgresAddress::parse(&url, None).unwrap()).await.unwrap()),
        None => crate::office::database::open(path).await,
    }
}

/// Returns the URL of the database of a place, and makes it where there is none.
pub async fn url(path: &Path) -> Option<String> {
    if let Ok(url) = fs::read_to_string(path)
        && PostgresAddress::is_meant(&url)
    {
        return Some(url);
    }
    let server = server()?;
    let url = server.url(&server.make(path).await);
    fs::write(path, &url).unwrap();
    Some(url)
}

async fn connect(path: &Path) -> Option<PgConnection> {
    Some(PgConnection::connect(&url(path).await?).await.expect("the database is there"))
}

/// Changes the database behind the office's back.
pub async fn execute(path: &Path, sql: String) {
    let Some(mut connection) = connect(path).await else { return crate::office::database::execute(path, sql).await };
    // Bytes are written otherwise than in SQLite.
    let sql = AssertSqlSafe(sql.replace("x'", r"'\x"));
    sqlx::query(sql).execute(&mut connection).await.expect("the statement runs");
}

/// Returns the texts in the first column of what a statement finds.
pub async fn texts(path: &Path, sql: &'static str) -> Vec<String> {
    let Some(mut connection) = connect(path).await else { return crate::office::database::texts(path, sql).await };
    sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("the statement runs")
}

/// Returns whatever lies in the database's files.
pub async fn bytes(path: &Path) -> String {
    let Some(mut connection) = connect(path).await else { return crate::office::database::bytes(path).await };
    sqlx::query("CHECKPOINT").execute(&mut connection).await.unwrap();
    let sql = "SELECT pg_relation_filepath('pg_class')";
    let place: String = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    let folder = server().map(Server::data).unwrap().join(place);
    let files = fs::read_dir(folder.parent().unwrap()).unwrap().flatten();
    let bytes = files.flat_map(|file| fs::read(file.path()).unwrap_or_default()).collect::<Vec<u8>>();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until what a killed process had begun is over: its last word may still be on the way.
pub async fn rest(path: &Path) {
    let Some(url) = url(path).await else { return };
    let store = PostgresStore::open(&PostgresAddress::parse(&url, None).unwrap()).await.unwrap();
    drop(store.begin().await.unwrap());
}
