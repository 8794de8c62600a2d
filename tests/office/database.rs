//! The database of a story: a file of SQLite. `postgres/database.rs` is its other form.

use fumikura::office::ports::Store;
use fumikura::store::SqliteStore;
use std::path::Path;
use std::sync::Arc;

/// The migration that begins the fixity audit.
pub const FIXITY: &str = include_str!("../../src/store/sqlite/migrations/0005_fixity.sql");

/// The migration that begins the search by words.
pub const WORDS: &str = include_str!("../../src/store/sqlite/migrations/0012_words.sql");

/// The migration that begins the filters beside words.
pub const FILTERS: &str = include_str!("../../src/store/sqlite/migrations/0017_filters.sql");

/// The migration that begins the proofs of notices.
pub const PROOFS: &str = include_str!("../../src/store/sqlite/migrations/0029_notice_proofs.sql");

/// The migration that finds wishes for a more open class.
pub const WISHES: &str = include_str!("../../src/store/sqlite/migrations/0027_wishes.sql");

/// Opens the database of a place, and makes it where there is none.
pub async fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path).await.expect("a database"))
}

/// Changes the database behind the office's back.
pub async fn execute(path: &Path, sql: String) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("the database is there");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("the statement runs");
}

/// Returns the texts in the first column of what a statement finds.
pub async fn texts(path: &Path, sql: &'static str) -> Vec<String> {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("the database is there");
    sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("the statement runs")
}

/// Returns whatever lies in the database's files.
pub async fn bytes(path: &Path) -> String {
    let files = [path.to_owned(), path.with_extension("sqlite-wal")];
    let bytes = files.iter().flat_map(|path| std::fs::read(path).unwrap_or_default()).collect::<Vec<u8>>();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until what a killed process had begun is over: at once, as it did its work itself.
pub async fn rest(_: &Path) {}
