//! What the vault remembers of the rows: the records' database is made anew from it as it was, and nothing that was destroyed
//! is in it.

use super::database;
use super::doubles::MoodyStore;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, day, record};
use fumikura::office::OfficeError;
use fumikura::office::ports::{Memory, MemoryUnit, Vault};
use fumikura::office::records::{NewHold, rebuild};
use fumikura::package::{PackageIdentity, seal, wrap_identity};
use fumikura::records::{AppraisalOutcome, HoldKind, HoldScope};
use fumikura::time::Clock;
use std::fs;
use std::sync::atomic::Ordering;

fn index(hall: &Hall) -> Memory {
    hall.vault.memory().unwrap().unwrap()
}

/// Returns every line that is remembered.
fn remembered(hall: &Hall) -> String {
    let lines = index(hall).parts.into_iter().flat_map(|part| hall.vault.memory_part(&part).unwrap());
    String::from_utf8(lines.collect()).unwrap()
}

/// Returns the names in a folder of each copy.
fn names(hall: &Hall, folder: &str) -> Vec<Vec<String>> {
    let list = |copy: &str| {
        let files = fs::read_dir(hall.folder.join(copy).join(folder)).unwrap().flatten();
        let mut names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    ["archive", "second"].map(list).to_vec()
}

#[tokio::test]
async fn a_lost_database_is_made_anew_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (gone, open, held) =
        (hall.closed_file(ROADS, 2).await, hall.open_file(ROADS).await, hall.closed_file(ROADS, 1).await);
    hall.at("2027-04-10T00:00:00Z");
    let listed = hall.closed_file_of("2027-04-10", ROADS, 1).await;
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(held), reason: "監査 3号".to_owned() };
    let hold = hall.office.place_hold(&hall.clerk, new).await.unwrap().hold;
    hall.at(DUE);
    let id = hall.approved(&[gone]).await.plan.id;
    hall.at(AFTER_GRACE);
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [gone]);
    hall.at("2033-04-01T00:00:00Z");
    hall.office.appraise(&hall.managers[0], listed, AppraisalOutcome::Destroy).await.unwrap();
    let second = hall.office.plan_disposal(&hall.managers[0], None).await.unwrap();
    hall.office.file_record(&hall.clerk, record(open, 7)).await.unwrap();
    let before = hall.office.records_state().await.unwrap();
    assert_eq!((before.files, before.records, before.holds, before.tombstones), (4, 3, 1, 2));
    assert_eq!(hall.office.remember().await.unwrap(), Some(before.ledger_seq));

    let rebuilt = hall.made_anew("anew.sqlite").await.unwrap();
    assert_eq!(rebuilt, before);
    assert_eq!(code(hall.made_anew("anew.sqlite").await), "store-in-the-way", "rows are never written over");
    let anew = hall.over("anew.sqlite").await;
    assert_eq!(anew.records_state().await.unwrap(), before);
    anew.verify_ledger(Vec::new()).await.unwrap();
    assert_eq!(anew.disposal_register(&hall.auditor).await.unwrap().len(), 1);
    // It is a copy until somebody has looked, and goes on from there.
    assert_eq!(anew.remember().await.unwrap(), None);
    assert_eq!(code(anew.close_file(&hall.clerk, open, day("2026-04-11")).await), "office-copy-unconfirmed");
    let shown = anew.restored(&hall.auditor).await.unwrap().unwrap();
    assert_eq!((&shown.gone[..], &shown.unknown[..], &shown.holds[..]), (&[][..], &[][..], &[hold][..]));
    assert_eq!(shown.listed, [listed]);
    anew.confirm_restored(&hall.managers[0], &shown.hash()).await.unwrap();
    assert_eq!(anew.recover().await.unwrap().quarantined, Vec::<String>::new());
    anew.close_file(&hall.clerk, open, day("2026-04-11")).await.unwrap();
    assert!(anew.remember().await.unwrap() > Some(before.ledger_seq));
    assert_eq!(anew.disposal(&hall.auditor, second.plan.id).await.unwrap().row.plan.list_hash, second.plan.list_hash);
}

#[tokio::test]
async fn nothing_that_was_destroyed_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let mut files = Vec::new();
    for title in ["宛名 見本花子 様", "宛名 見本次郎 様"] {
        let file = hall.open_file(ROADS).await;
        let mut new = record(file, 1);
        title.clone_into(&mut new.title);
        hall.office.file_record(&hall.clerk, new).await.unwrap();
        hall.office.close_file(&hall.clerk, file, day("2026-04-10")).await.unwrap();
        files.push((file, title));
    }
    hall.office.remember().await.unwrap();
    assert!(files.iter().all(|(_, title)| remembered(&hall).contains(title)));
    hall.at(DUE);
    let id = hall.approved(&[files[0].0, files[1].0]).await.plan.id;
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 1).await.unwrap();
    assert_eq!((report.destroyed.len(), report.drained), (1, false));
    for (file, title) in &files {
        assert_eq!(remembered(&hall).contains(title), !report.destroyed.contains(file), "{title}");
    }
    hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert!(files.iter().all(|(_, title)| !remembered(&hall).contains(title)));
    let indexes = names(&hall, "memory");
    assert!(indexes[0].len() == 1 && indexes[0] == indexes[1], "no copy keeps an older one: {indexes:?}");
    let parts = names(&hall, "memory-parts");
    assert!(parts[0].len() == index(&hall).parts.len() && parts[0] == parts[1], "nor older parts: {parts:?}");
    hall.clean().await;
}

#[tokio::test]
async fn what_a_kill_left_remembered_goes_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = None;
    let hall = Hall::with(folder.path(), |parts, _, clock| {
        let moody = MoodyStore::new(&parts.store, clock);
        parts.store = moody.clone();
        store = Some(moody);
    })
    .await;
    let files = [hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 1).await];
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.office.remember().await.unwrap();
    hall.at(AFTER_GRACE);
    let dies = &store.unwrap().dies_before_settling;
    dies.store(true, Ordering::SeqCst);
    assert!(hall.office.run_disposal(&hall.managers[0], id, 1).await.is_err());
    dies.store(false, Ordering::SeqCst);
    let count = |hall: &Hall| remembered(hall).matches("original_name").count();
    assert_eq!((count(&hall), hall.packages()), (2, 1), "one record too many is remembered");
    let report = hall.office.recover().await.unwrap();
    assert_eq!((report.memory_kept, count(&hall)), (false, 1));
    assert!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().drained);
    assert_eq!(count(&hall), 0);
}

#[tokio::test]
async fn only_what_the_holder_of_the_master_key_wrote_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    hall.open_file(ROADS).await;
    hall.office.remember().await.unwrap();
    let good = remembered(&hall);
    // A recipient is no secret: anybody can encrypt to it, and to the master's a key.
    let master = PackageIdentity::parse(&fs::read_to_string(hall.folder.join("master.txt")).unwrap()).unwrap();
    let key = PackageIdentity::generate();
    let forged = Memory { seq: 99_999, ..index(&hall) };
    let forged = seal(&serde_json::to_vec(&forged).unwrap(), &key).unwrap();
    let wrapped = wrap_identity(&key, &master).unwrap();
    let name = names(&hall, "memory")[0][0].clone();
    let newer = hall.folder.join("archive/memory").join(format!("{:020}.rows", 99_999));
    fs::write(&newer, &forged).unwrap();
    fs::write(hall.folder.join("keys/memory").join(format!("{:020}.key", 99_999)), wrapped).unwrap();
    assert_eq!(remembered(&hall), good, "an older one that is proven counts");
    fs::write(hall.folder.join("archive/memory").join(&name), &forged).unwrap();
    assert_eq!(remembered(&hall), good, "so does another copy");
    fs::write(hall.folder.join("second/memory").join(&name), b"damaged").unwrap();
    assert!(hall.vault.memory().is_err(), "nothing is made from what is not proven");
    // What claims to be newer than the ledger is of another past, and goes with its key.
    hall.office.remember().await.unwrap();
    assert!(!newer.exists());
    assert_eq!(names(&hall, "memory")[0], names(&hall, "memory")[1]);
    assert_eq!(fs::read_dir(hall.folder.join("keys/memory")).unwrap().count(), 1);
    assert_eq!(remembered(&hall), good);
}

#[tokio::test]
async fn what_is_remembered_as_of_an_older_entry_than_a_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    hall.office.remember().await.unwrap();
    let seq = hall.office.records_state().await.unwrap().ledger_seq;
    hall.open_file(ROADS).await;
    let pin = hall.office.verify_ledger(Vec::new()).await.unwrap();
    let store = database::open(&hall.folder.join("anew.sqlite")).await;
    let vault = hall.vault.clone();
    let refused = rebuild(&*store, vault.clone(), &index(&hall), vec![pin.clone()], hall.clock.now()).await;
    assert!(matches!(refused, Err(OfficeError::Ledger(_))), "{refused:?}");
    assert!(hall.vault.remembers(seq).unwrap());
    hall.office.remember().await.unwrap();
    let state = rebuild(&*store, vault, &index(&hall), vec![pin], hall.clock.now()).await.unwrap();
    assert_eq!(state, hall.office.records_state().await.unwrap());
}

#[tokio::test]
async fn only_what_changed_is_written_anew_and_a_lost_or_damaged_part_is_put_right() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (one, other) = (hall.open_file(ROADS).await, hall.open_file(ROADS).await);
    let of = |memory: &Memory, file: &dyn ToString| {
        let unit = MemoryUnit::Files(file.to_string()[..3].to_owned());
        memory.parts.iter().find(|part| part.unit == unit).unwrap().sha256.clone()
    };
    hall.office.remember().await.unwrap();
    let before = index(&hall);
    hall.office.file_record(&hall.clerk, record(one, 1)).await.unwrap();
    hall.office.remember().await.unwrap();
    let after = index(&hall);
    assert_ne!(of(&before, &one), of(&after, &one));
    assert_eq!(of(&before, &other), of(&after, &other), "nothing of it changed");
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap(), hall.office.records_state().await.unwrap());
    // A part that a copy lost is found out though nothing else changed, and every part is written anew.
    let part = |memory: &Memory| hall.folder.join(format!("second/memory-parts/{}.part", of(memory, &other)));
    fs::remove_file(part(&after)).unwrap();
    assert!(!hall.vault.remembers(after.seq).unwrap());
    hall.office.remember().await.unwrap();
    assert_ne!(of(&after, &other), of(&index(&hall), &other));
    // One that is damaged is found out when its turn comes to be read again.
    let damaged = index(&hall);
    fs::write(part(&damaged), b"damaged").unwrap();
    assert!(remembered(&hall).contains("original_name"), "the other copy serves");
    for _ in 0..16 {
        hall.office.file_record(&hall.clerk, record(one, 2)).await.unwrap();
        hall.office.remember().await.unwrap();
    }
    assert_ne!(of(&damaged, &other), of(&index(&hall), &other));
    assert!(names(&hall, "memory-parts").iter().all(|names| names.len() == index(&hall).parts.len()));
}

#[tokio::test]
async fn what_changes_without_the_office_is_remembered_too() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.office.remember().await.unwrap();
    let store = database::open(&hall.folder.join("office.sqlite")).await;
    let mut tx = store.begin().await.unwrap();
    let mut row = tx.file(file).await.unwrap().unwrap();
    "移した先".clone_into(&mut row.file.place);
    tx.put_file(&row).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!remembered(&hall).contains("移した先"), "the ledger is where it was, and with it what is remembered");
    hall.open_file(ROADS).await;
    hall.office.remember().await.unwrap();
    assert!(remembered(&hall).contains("移した先"));
}
