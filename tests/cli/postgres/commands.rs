//! What commands say of a database on a server, and that they never say its password.

use super::place;
use crate::office::postgres::server::server;
use sqlx::{Connection, PgConnection};
use std::fs;
use std::process::{Command, Output};

const PASSWORD: &str = "p@ss:wörd";

fn fumikura(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(words).env("RUST_LOG", "trace");
    command
}

/// Everything a command said, after a look that the password is not in it.
fn said(output: &Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("ss:w"), "{text}");
    text
}

#[test]
fn what_is_about_a_file_is_refused_and_the_ledger_is_verified_by_the_city() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("city");
    let [option, url] = place::options(&dir).try_into().unwrap_or_default();
    if url.is_empty() {
        return;
    }
    let at = dir.to_str().unwrap();
    for told in ["作りました", "続けます"] {
        let made = fumikura(&["demo", "--no-serve", "--dir", at, &option, &url]).output().unwrap();
        assert!(made.status.success() && said(&made).contains(told), "{}", said(&made));
    }
    assert!(!dir.join("fumikura.db").exists());
    for (words, status, told) in [
        (vec!["ledger", "verify", "--dir", at], 0, "件まで正しくつながっています"),
        (vec!["db", "migrate", "--dir", at], 0, url.as_str()),
        (vec!["ledger", "verify", "--db", "postgres://city:p@ss:wörd@db.example/city"], 64, "--dir"),
        (vec!["db", "backup", "/nowhere/city.db", "--dir", at], 64, "store-on-server"),
        (vec!["db", "restore", "/nowhere/city.db", "--dir", at], 64, "store-on-server"),
    ] {
        let output = fumikura(&words).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{words:?}: {}", said(&output));
        assert!(said(&output).contains(told), "{words:?}: {}", said(&output));
    }
    // The same database with another archive, where nothing that the rows speak of is.
    let stranger = folder.path().join("stranger");
    let words = ["demo", "--no-serve", "--dir", stranger.to_str().unwrap(), &option, &url];
    let refused = fumikura(&words).output().unwrap();
    assert!(refused.status.code() == Some(65) && said(&refused).contains("another archive"), "{}", said(&refused));
    let elsewhere = folder.path().join("other");
    let words = ["demo", "--no-serve", "--dir", elsewhere.to_str().unwrap(), "--database"];
    let secret = fumikura(&words).arg("postgres://city:p@ss:wörd@db.example/city").output().unwrap();
    assert_eq!(secret.status.code(), Some(65));
    assert!(said(&secret).contains("store-address") && !elsewhere.join("city.toml").exists());
}

#[tokio::test]
async fn a_password_comes_from_the_environment_or_a_file_and_is_never_told() {
    let Some(server) = server() else { return };
    let Some(url) = server.url_with_tls("from_a_file") else { return };
    let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
    sqlx::query("CREATE DATABASE from_a_file OWNER keeper").execute(&mut connection).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("city");
    let at = dir.to_str().unwrap();
    let url = format!("{url}&sslmode=verify-full");
    let made = fumikura(&["demo", "--no-serve", "--dir", at, "--database", &url]).env("PGPASSWORD", PASSWORD).output();
    let made = made.unwrap();
    assert!(made.status.success(), "{}", said(&made));

    let verify = || fumikura(&["ledger", "verify", "--dir", at]).output().unwrap();
    assert_eq!(verify().status.code(), Some(69), "{}", said(&verify()));
    let config = dir.join("city.toml");
    let text = fs::read_to_string(&config).unwrap();
    assert!(!text.contains("ss:w"));
    fs::write(&config, format!("database_password_file = \"keys/database.password\"\n{text}")).unwrap();
    fs::write(dir.join("keys/database.password"), "p@ss:wrong\n").unwrap();
    assert_eq!(verify().status.code(), Some(69), "{}", said(&verify()));
    fs::write(dir.join("keys/database.password"), format!("{PASSWORD}\n")).unwrap();
    assert_eq!(verify().status.code(), Some(0), "{}", said(&verify()));
}
