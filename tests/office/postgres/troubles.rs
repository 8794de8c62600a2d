//! What can go wrong with a server, and that no password is told.

use super::database::{execute, open, url};
use super::server::server;
use fumikura::fault::Fault;
use fumikura::id::{RecordFileId, UserId};
use fumikura::office::ports::{AccountRow, Factors, Store, StoreError};
use fumikura::store::{PostgresAddress, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const PASSWORD: &str = "p@ss:wörd";

async fn opened(url: &str, password: Option<&str>) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&PostgresAddress::parse(url, password)?).await
}

/// Returns the refusal's code, after a look that it tells no secret.
async fn refused(url: &str, password: Option<&str>) -> &'static str {
    let error = opened(url, password).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("ss:w"), "{error}");
    error.code()
}

async fn administer(sql: &str) {
    let mut connection = PgConnection::connect(&server().unwrap().url("postgres")).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

fn account(number: u8, login: &str) -> AccountRow {
    AccountRow {
        id: UserId::from_bytes([number; 16]),
        login: login.to_owned(),
        name: "見本".to_owned(),
        section: String::new(),
        roles: [].into(),
        password: String::new(),
        enabled: true,
        failures: 0,
        locked_until: None,
        system: false,
        must_change: false,
        factors: Factors::default(),
        subject: None,
        notes: Vec::new(),
    }
}

#[tokio::test]
async fn a_conflict_ends_the_unit_of_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.sqlite");
    if server().is_none() {
        return;
    }
    let store = open(&path).await;
    let mut tx = store.begin().await.unwrap();
    tx.put_account(&account(1, "sato")).await.unwrap();
    assert_eq!(tx.put_account(&account(2, "sato")).await.unwrap_err(), StoreError::Conflict);
    assert_eq!(tx.put_account(&account(3, "ito")).await.unwrap_err(), StoreError::Conflict, "said again");
    assert_eq!(tx.commit().await.unwrap_err(), StoreError::Conflict, "a commit that the server would roll back");
    assert_eq!(store.read().await.unwrap().accounts().await.unwrap(), []);
}

#[tokio::test]
async fn a_lost_connection_is_unavailability_and_the_next_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.sqlite");
    if server().is_none() {
        return;
    }
    let store = open(&path).await;
    let mut tx = store.begin().await.unwrap();
    tx.put_account(&account(1, "sato")).await.unwrap();
    let others = "datname = current_database() AND pid <> pg_backend_pid()";
    let sql = format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}");
    execute(&path, sql).await;
    assert_eq!(tx.put_account(&account(2, "ito")).await.unwrap_err().code(), "store-unavailable");
    assert_eq!(tx.commit().await.unwrap_err().code(), "store-unavailable");
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.accounts().await.unwrap(), []);
}

#[tokio::test]
async fn a_turn_that_does_not_come_is_unavailability() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.sqlite");
    let Some(url) = url(&path).await else { return };
    let impatient = opened(&format!("{url}&options=-c%20lock_timeout%3D200"), None).await.unwrap();
    let store = open(&path).await;
    let tx = store.begin().await.unwrap();
    assert_eq!(impatient.begin().await.err().unwrap().code(), "store-unavailable");
    drop(tx);
    impatient.begin().await.unwrap();
    impatient.close().await;
}

/// Returns which file of the server holds the table of records.
async fn file_of_records(url: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = "SELECT pg_relation_filepath('records')";
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn tables_are_written_anew_where_something_was_destroyed_and_nobody_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.sqlite");
    let Some(url) = url(&path).await else { return };
    let (store, other) = (open(&path).await, open(&path).await);
    let before = file_of_records(&url).await;
    store.settle().await.unwrap();
    assert_eq!(file_of_records(&url).await, before, "nothing was destroyed");
    let mut reader = other.read().await.unwrap();
    assert_eq!(reader.records().await.unwrap(), []);
    let mut tx = store.begin().await.unwrap();
    tx.remove_claimed_records(&[RecordFileId::from_bytes([1; 16])]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.settle().await.unwrap_err().code(), "store-unavailable", "a reader still sees it");
    assert_eq!(file_of_records(&url).await, before);
    drop(reader);
    store.settle().await.unwrap();
    let after = file_of_records(&url).await;
    assert_ne!(after, before);
    store.settle().await.unwrap();
    assert_eq!(file_of_records(&url).await, after, "once is enough");
}

#[tokio::test]
async fn only_what_holds_every_text_is_a_database_for_us() {
    let Some(server) = server() else { return };
    assert_eq!(refused(&server.url("not_there"), Some(PASSWORD)).await, "store-unavailable");
    administer("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0").await;
    assert_eq!(refused(&server.url("ascii"), None).await, "store-address");
    let others = server.url("ascii").replace("city@", "keeper@").replace("ascii", "others");
    administer("CREATE DATABASE others").await;
    assert_eq!(refused(&others, None).await, "store-unavailable", "tables may not be made there");
    administer("CREATE DATABASE newer").await;
    opened(&server.url("newer"), None).await.unwrap().close().await;
    let mut connection = PgConnection::connect(&server.url("newer")).await.unwrap();
    let sql = "INSERT INTO _sqlx_migrations VALUES (9999, 'of a newer program', now(), true, '', 0)";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    assert_eq!(refused(&server.url("newer"), None).await, "store-damaged");
}

#[tokio::test]
async fn a_password_goes_over_proven_tls_and_nowhere_else() {
    let Some(server) = server() else { return };
    let Some(url) = server.url_with_tls("locked") else { return };
    administer("CREATE DATABASE locked OWNER keeper").await;
    opened(&format!("{url}&sslmode=verify-full"), Some(PASSWORD)).await.unwrap().close().await;
    assert_eq!(refused(&format!("{url}&sslmode=verify-full"), Some("p@ss:wrong")).await, "store-unavailable");
    assert_eq!(refused(&format!("{url}&sslmode=disable"), Some(PASSWORD)).await, "store-unavailable");
    let (unproven, _) = url.split_once('?').unwrap();
    assert_eq!(refused(&format!("{unproven}?sslmode=verify-full"), Some(PASSWORD)).await, "store-unavailable");
    let other_name = url.replace("localhost", "127.0.0.1");
    assert_eq!(refused(&format!("{other_name}&sslmode=verify-full"), Some(PASSWORD)).await, "store-unavailable");
}

#[tokio::test]
async fn addresses_are_refused_without_being_repeated() {
    for url in [
        "mysql://db.example/city",
        "postgres:/city:p@ss:wörd@db.example/city",
        "postgres://city:p@ss:wörd@db.example/city",
        "postgres://city:@db.example/city",
        "postgres://city:1/p@ss:wörd@db.example/city",
        "postgres://city:p@ss:wörd?sslmode=disable@db.example/city",
        "postgres://city@db.example/city?password=p@ss:wörd",
        "postgres://city@db.example/city?pasword=p@ss:wörd",
        "postgres://city@db.example/city?sslmode=p@ss:wörd",
        "postgres://city@db.example:p@ss:wörd/city",
    ] {
        assert_eq!(refused(url, None).await, "store-address", "{url}");
    }
    // To another machine TLS is not left to chance; to this one there need be none.
    for (url, mode) in [
        ("postgres://city@db.example/city", "VerifyFull"),
        ("postgres://city@192.0.2.1/city", "VerifyFull"),
        ("postgres://city@db.example/city?sslmode=disable", "Disable"),
        ("postgres://city@127.0.0.1/city", "Prefer"),
        ("postgres://city@[::1]/city", "Prefer"),
        ("postgresql://city@localhost/city", "Prefer"),
        ("postgres://city@localhost/city?host=/run/postgresql", "Prefer"),
        ("postgres://city@%2Frun%2Fpostgresql/city", "Prefer"),
    ] {
        let address = PostgresAddress::parse(url, Some(PASSWORD)).unwrap();
        assert_eq!(address.tls(), mode, "{url}");
        assert_eq!((address.to_string().as_str(), format!("{address:?}").as_str()), (url, url));
    }
}
