//! Backup and restore of the database.

use super::city::{City, clerk};
use fumikura::fault::Fault;
use fumikura::ledger::Verifier;
use fumikura::office::ports::{Store, StoreError};
use fumikura::store::{SqliteStore, Staged, backup};
use fumikura::time::Clock;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn code<T>(result: Result<T, StoreError>) -> &'static str {
    match result {
        Ok(_) => "was not refused",
        Err(error) => error.code(),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_of_a_city_at_work_restores_to_the_same_ledger() {
    let city = City::found().await;
    let (id, _) = city.issued("permit").await;
    let end = city.office.verify_ledger(vec![]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (copy, place) = (folder.path().join("copy.sqlite"), folder.path().join("city.sqlite"));
    let live = city.folder.path().join("city.sqlite");
    backup(&live, &copy).await.unwrap();
    for file in [&live, &copy] {
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner's eyes", file.display());
    }
    assert_eq!(code(backup(&live, &copy).await), "store-in-the-way");
    let before = fs::read(&copy).unwrap();

    let staged = Staged::restore(&copy, &place).await.unwrap();
    assert!(!place.exists(), "it is looked at before it takes its place");
    let store = staged.open().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert!(tx.notice(id).await.unwrap().is_some());
    let mut verifier = Verifier::new([end.clone()]);
    for entry in tx.entries_after(0, 1000).await.unwrap() {
        verifier.take(&entry).unwrap();
    }
    assert_eq!(verifier.finish(city.clock.now()).unwrap().hash, end.hash);
    drop(tx);
    store.close().await;
    staged.settle().unwrap();
    assert_eq!(names(folder.path()), ["city.sqlite", "copy.sqlite"], "nothing half-done remains");
    assert_eq!(fs::read(&copy).unwrap(), before, "the backup is only read");
    SqliteStore::open(&place).await.unwrap();
}

#[tokio::test]
async fn restore_overwrites_nothing_and_takes_no_damaged_backup() {
    let city = City::found().await;
    city.submitted("permit").await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, place) = (folder.path().join("copy.sqlite"), folder.path().join("city.sqlite"));
    let live = city.folder.path().join("city.sqlite");
    backup(&live, &copy).await.unwrap();
    assert_eq!(code(Staged::restore(&copy, &live).await), "store-in-the-way");
    city.office.notices(&clerk()).await.unwrap();
    fs::write(folder.path().join("city.sqlite-wal"), b"left by a crash").unwrap();
    assert_eq!(code(Staged::restore(&copy, &place).await), "store-in-the-way", "a stale log would be played into it");
    fs::remove_file(folder.path().join("city.sqlite-wal")).unwrap();

    assert_eq!(code(Staged::restore(&folder.path().join("none"), &place).await), "store-unavailable");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(code(Staged::restore(&copy, &place).await), "store-damaged");
    fs::write(&copy, b"<html>no database</html>").unwrap();
    assert_eq!(code(Staged::restore(&copy, &place).await), "store-damaged");
    assert_eq!(names(folder.path()), ["copy.sqlite"]);
}
