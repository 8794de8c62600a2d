//! Accounts by command: passwords that others set, second factors of who acts, and a provider in the city's file.

use super::records_killed::City;
use crate::office::city::{self as office, TestClock};
use crate::office::factors::authenticator;
use fumikura::cli::SystemClock;
use fumikura::office::Office;
use fumikura::store::SqliteStore;
use fumikura::time::Clock;
use fumikura::vault::{DiskVault, VaultFolders};
use std::fs;
use std::process::Output;
use std::sync::Arc;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Enrols an authenticator for somebody, as their browser would; returns its secret and a recovery code.
async fn enrol(city: &City, login: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at("2026-06-01T01:00:00Z"));
    let mut parts = office::parts(folder.path(), &clock).await;
    let below = |name: &str| city.path(&format!("city/{name}")).into();
    let folders = VaultFolders {
        copies: vec![below("archive"), below("archive-copy")],
        keys: vec![below("keys/packages"), below("keys/packages-copy")],
        master_key: below("keys/vault.key"),
    };
    parts.clock = Arc::new(SystemClock);
    parts.store = Arc::new(SqliteStore::open(city.path("city/fumikura.db").as_ref()).await.unwrap());
    parts.vault = Arc::new(DiskVault::create_or_open(folders, Arc::new(SystemClock)).unwrap());
    let office = Office::new(parts);
    let password = fs::read_to_string(city.path(&format!("city/{login}"))).unwrap();
    let session = office.sign_in(login, password.into()).await.unwrap().secret;
    let begun = office.begin_totp(&session).await.unwrap();
    let codes = office.confirm_totp(&session, &authenticator(&begun.secret, office.now())).await.unwrap();
    (begun.secret.to_string(), codes[0].to_string())
}

#[tokio::test]
async fn who_acts_by_command_gives_a_code_where_the_account_asks_for_one() {
    let city = City::new(7);
    let (secret, recovery) = enrol(&city, "records").await;
    let listed = ["hold", "list"];
    let without = city.output("records", &listed);
    assert!(without.status.code() == Some(65) && said(&without).contains("code-missing"), "{}", said(&without));
    // The step of the moment went into the enrolment; the next one is within what clocks may differ by.
    let later = SystemClock.now() + jiff::SignedDuration::from_secs(30);
    let file = city.path("code");
    fs::write(&file, authenticator(&secret, later)).unwrap();
    let with_code = |words: &[&str]| city.command("records", words).args(["--code-file", &file]).output().unwrap();
    let first = with_code(&listed);
    assert!(first.status.success(), "{}", said(&first));
    let again = with_code(&listed);
    assert!(said(&again).contains("account-wrong-code"), "{}", said(&again));
    // Holds are placed without the vault: where its key is away, a recovery code stands in.
    fs::rename(city.path("city/keys/vault.key"), city.path("away")).unwrap();
    assert!(said(&with_code(&listed)).contains("account-factor-sealed"));
    fs::write(&file, &recovery).unwrap();
    let held = with_code(&["hold", "place", "--kind", "audit", "--reason", "監査", "--class", "B-02"]);
    assert!(held.status.success(), "{}", said(&held));
    fs::rename(city.path("away"), city.path("city/keys/vault.key")).unwrap();

    let reset = city.output("", &["user", "reset-factor", "records"]);
    assert!(reset.status.success(), "{}", said(&reset));
    assert!(city.output("records", &listed).status.success());
}

#[test]
fn a_password_that_the_operator_sets_is_changed_before_anything_else() {
    let city = City::new(8);
    fs::write(city.path("new"), "four unrelated words here").unwrap();
    fs::write(city.path("known"), "password1234").unwrap();
    let set = |file: &str| city.output("", &["user", "password", "records", "--password-file", &city.path(file)]);
    assert!(said(&set("known")).contains("account-common-password"));
    assert!(set("new").status.success());
    fs::copy(city.path("new"), city.path("city/records")).unwrap();
    let listed = city.output("records", &["hold", "list"]);
    assert!(said(&listed).contains("account-password-to-change"), "{}", said(&listed));
}

#[test]
fn a_provider_and_passkeys_need_the_address_that_browsers_use() {
    let city = City::new(9);
    let config = city.path("city/city.toml");
    let text = fs::read_to_string(&config).unwrap();
    let oidc = "[oidc]\nissuer = \"https://login.example\"\nclient_id = \"bunko\"\nclient_secret_file = \"secret\"\n";
    let text = text.lines().filter(|line| !line.starts_with("public_url")).collect::<Vec<_>>().join("\n");
    let text = text.replace("127.0.0.1:8480", "127.0.0.1:0");
    let serve = |head: &str, tail: &str| {
        fs::write(&config, format!("{head}\n{text}\n{tail}")).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fumikura"));
        said(&command.args(["serve", "--config", &config]).output().unwrap())
    };
    assert!(serve("", oidc).contains("[oidc] needs public_url"));
    assert!(serve("public_url = \"http://bunko.example\"", "").contains("account-bad-public-url"));
    let named = "public_url = \"https://bunko.example\"";
    fs::write(city.path("city/secret"), "\n").unwrap();
    assert!(serve(named, oidc).contains("secret is empty"));
    fs::write(city.path("city/secret"), "geheim\n").unwrap();
    assert!(serve(named, &oidc.replace("https:", "http:")).contains("provider-options"));
    assert!(serve(named, &format!("{oidc}is_second_factor = true\n")).contains("needs acr or amr"));
}
