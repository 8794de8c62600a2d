//! Backups as the office sees them: what was destroyed leaves them, and nothing is certified before the older ones are gone.

use super::city::sealing;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::office::ports::{BackupError, BackupSet, BackupShelf, BackupStanding};
use fumikura::office::{Office, backed_up};
use fumikura::records::DisposalState;
use fumikura::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// A store of backups that remembers what it was told, and may be away.
#[derive(Default)]
struct Shelf {
    sets: Mutex<Vec<Instant>>,
    forgotten: Mutex<BTreeSet<Sha256Hex>>,
    is_away: Mutex<bool>,
}

impl Shelf {
    fn is_there(&self) -> Result<(), BackupError> {
        let away = || BackupError::NoStore { place: "store".to_owned() };
        if *self.is_away.lock().unwrap() { Err(away()) } else { Ok(()) }
    }

    fn hold(&self, made_at: &[&str]) {
        *self.sets.lock().unwrap() = made_at.iter().map(|at| at.parse().unwrap()).collect();
    }
}

impl BackupShelf for Shelf {
    fn forget(&self, packages: &[Sha256Hex]) -> Result<u64, BackupError> {
        self.is_there()?;
        let mut forgotten = self.forgotten.lock().unwrap();
        Ok(packages.iter().filter(|sha256| forgotten.insert((*sha256).clone())).count() as u64)
    }

    fn standing(&self) -> Result<BackupStanding, BackupError> {
        self.is_there()?;
        let set = |made_at: &Instant| BackupSet {
            id: made_at.to_string(),
            made_at: *made_at,
            expires_at: *made_at,
            packages: 0,
            package_bytes: 0,
            own_bytes: 0,
            trouble: None,
            trials: Vec::new(),
        };
        let sets = self.sets.lock().unwrap().iter().map(set).collect();
        Ok(BackupStanding { sets, ..BackupStanding::default() })
    }
}

async fn with_shelf(folder: &std::path::Path) -> (Hall, Office, Arc<Shelf>) {
    let hall = Hall::with(folder, |parts, _, _| sealing(parts)).await;
    let shelf = Arc::new(Shelf::default());
    let office = hall.office.clone().with_backups(shelf.clone());
    (hall, office, shelf)
}

#[tokio::test]
async fn what_was_destroyed_leaves_the_backups_and_waits_for_a_store_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, office, shelf) = with_shelf(folder.path()).await;
    let files = [hall.closed_file(ROADS, 2).await, hall.closed_file(ROADS, 1).await];
    let mut sealed = BTreeMap::new();
    for file in files {
        let records = office.file_view(&hall.auditor, file).await.unwrap().records;
        let packages: BTreeSet<Sha256Hex> = records.iter().map(|row| row.receipt.sealed_sha256.clone()).collect();
        sealed.insert(file, packages);
    }
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.at(AFTER_GRACE);
    let first = office.run_disposal(&hall.managers[0], id, 1).await.unwrap().destroyed;
    assert_eq!(*shelf.forgotten.lock().unwrap(), sealed[&first[0]]);
    *shelf.is_away.lock().unwrap() = true;
    let second = office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((second.destroyed.len(), second.drained), (1, true), "no store of backups holds a destruction up");
    assert_eq!(office.forget_in_backups().await.unwrap_err().code(), "backup-no-store");
    *shelf.is_away.lock().unwrap() = false;
    let (count, last) = office.forget_in_backups().await.unwrap();
    assert_eq!(count, sealed[&second.destroyed[0]].len() as u64);
    assert!(last.is_some());
    assert_eq!(shelf.forgotten.lock().unwrap().len(), 3);
    hall.clean().await;
}

#[tokio::test]
async fn nothing_is_certified_before_the_older_backups_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, office, shelf) = with_shelf(folder.path()).await;
    // Algorithms of these days are still believed.
    let file = hall.closed_file_of("2015-04-10", ROADS, 1).await;
    let id = hall.approved(&[file]).await.plan.id;
    let drained = "2026-04-11T01:00:00Z";
    hall.at(drained);
    assert!(office.run_disposal(&hall.managers[0], id, 9).await.unwrap().drained);
    let open = hall.open_file("A-01-03").await;
    hall.at("2026-05-20T00:00:00Z");
    let manager = &hall.managers[0];
    shelf.hold(&["2026-05-12T00:00:00Z", drained]);
    assert_eq!(code(office.certify_disposal(manager, id, open).await), "disposal-backups-remain");
    *shelf.is_away.lock().unwrap() = true;
    assert_eq!(code(office.certify_disposal(manager, id, open).await), "backup-no-store", "nobody can say");
    *shelf.is_away.lock().unwrap() = false;
    let state = office.disposal(&hall.auditor, id).await.unwrap().row.state;
    assert_eq!(state, DisposalState::WaitBackups);
    shelf.hold(&["2026-05-12T00:00:00Z"]);
    office.certify_disposal(manager, id, open).await.unwrap();
}

#[tokio::test]
async fn a_backup_holds_what_the_rows_name_and_a_city_at_work_is_no_restored_one() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, office, _) = with_shelf(folder.path()).await;
    hall.closed_file(ROADS, 3).await;
    let store = super::database::open(&folder.path().join("office.sqlite")).await;
    let rows = backed_up(&mut *store.read().await.unwrap()).await.unwrap();
    assert_eq!((rows.packages.len(), rows.end.state.records), (3, 3));
    let refused = office.try_restored(&rows.end, &rows.trees, &BTreeSet::new()).await;
    assert_eq!(code(refused), "backup-trial");
    assert_eq!(code(office.backups(&hall.clerk).await), "office-not-in-role");
    assert!(office.backups(&hall.auditor).await.unwrap().is_some());
}
