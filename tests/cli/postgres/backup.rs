//! A city whose database is on a server: backed up as of one moment, tried in a database that is there for that, and restored into one
//! that is empty.

use super::place;
use super::records_killed::City;
use crate::office::postgres::database;
use fumikura::package::PackageIdentity;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn refused(output: &Output, status: i32, code: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(status) && told.contains(code), "{}: {told}", output.status);
}

fn state(city: &City, dir: &str) -> String {
    let mut command = Command::new(city.command("", &[]).get_program());
    let output = command.args(["db", "state", "--dir", &city.path(dir)]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn restored(city: &City, to: &str) -> Output {
    let mut command = Command::new(city.command("", &[]).get_program());
    command.args(["backup", "restore", "--from", &city.path("store"), "--identity", &city.path("identity.txt")]);
    command.args(["--to", &city.path(to)]).output().unwrap()
}

/// Empties a database; the suite makes each with its tables.
async fn empty(name: &Path) {
    for sql in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        database::execute(name, sql.to_owned()).await;
    }
}

#[tokio::test]
async fn a_city_on_a_server_is_backed_up_and_restored_with_its_database() {
    let city = City::new(21);
    let config = city.path("city/city.toml");
    let text = fs::read_to_string(&config).unwrap();
    // Without a server there is nothing to tell that the stories on SQLite do not.
    if !text.contains("postgres://") {
        return;
    }
    let identity = PackageIdentity::generate();
    fs::write(city.path("identity.txt"), identity.to_text().as_bytes()).unwrap();
    let text = text.replace("backup_horizon_days = 0", "backup_horizon_days = 35");
    let backup = format!("{text}\n[backup]\nstore = \"../store\"\nrecipients = [\"{}\"]\n", identity.recipient());
    fs::write(&config, &backup).unwrap();
    assert!(city.output("", &["backup", "init"]).status.success());
    refused(&city.output("", &["backup", "make"]), 65, "backup-no-trial-database");
    let trial = place::options(Path::new(&city.path("trial"))).pop().unwrap();
    empty(&PathBuf::from(city.path("trial.sqlite"))).await;
    fs::write(&config, format!("{backup}trial_database = \"{trial}\"\n")).unwrap();

    let (id, _) = city.approved_disposal();
    let before = state(&city, "city");
    let first = city.json("", &["backup", "make"]);
    assert!(first["trial"]["records"].as_u64() >= Some(24));
    let run = || city.json("manager1", &["disposal", "run", &id])["drained"] == true;
    assert!(run() || run());

    let live = PathBuf::from(city.path("city.sqlite"));
    refused(&restored(&city, "new"), 65, "store-in-the-way");
    empty(&live).await;
    let output = restored(&city, "new");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(state(&city, "new"), before);
    fs::rename(city.path("city"), city.path("lost")).unwrap();
    fs::rename(city.path("new"), city.path("city")).unwrap();
    let shown = city.json("manager1", &["db", "confirm"]);
    assert_eq!(shown["gone"].as_array().unwrap().len(), 24, "what was destroyed stays destroyed");
    city.json("manager1", &["db", "confirm", "--shown", shown["sha256"].as_str().unwrap()]);
    city.json("", &["backup", "make"]);
    // Whatever is not there for trials is never emptied.
    let other = place::options(Path::new(&city.path("other"))).pop().unwrap();
    database::execute(&PathBuf::from(city.path("other.sqlite")), "CREATE TABLE precious (id integer)".to_owned()).await;
    fs::write(&config, format!("{backup}trial_database = \"{other}\"\n")).unwrap();
    refused(&city.output("", &["backup", "make"]), 65, "store-in-the-way");
}
