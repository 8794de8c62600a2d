//! What may happen between the second approval and the last tombstone: waiting, busy disks, kills. Nothing approved is
//! forgotten for it, and nothing destroyed stays half done.

use super::city::{sealing, timestamps};
use super::hall::{AFTER_GRACE, DUE, Hall, Hands, ROADS, RULES, code, day, record};
use fumikura::id::RecordFileId;
use fumikura::office::ports::Store;
use fumikura::records::{DisposalState, ItemState};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Opens, fills and closes a file whose one record has a title of its own.
async fn titled(hall: &Hall, title: &str) -> RecordFileId {
    let file = hall.open_file(ROADS).await;
    let mut new = record(file, 1);
    title.clone_into(&mut new.title);
    hall.office.file_record(&hall.clerk, new).await.unwrap();
    hall.office.close_file(&hall.clerk, file, day("2026-04-10")).await.unwrap();
    file
}

#[tokio::test]
async fn the_hour_of_a_claim_is_read_once_its_turn_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, store, _) = Hall::moody(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    // The first unit of work of a run says that it runs, the second claims: it waits until somebody else has written.
    store.waits.lock().unwrap().extend([None, Some("2032-04-02T01:00:20Z")]);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.withdrawn, report.destroyed), (vec![], vec![file]));
    let view = hall.office.disposal(&hall.auditor, id).await.unwrap();
    let claimed = view.items[0].item.claim.as_ref().unwrap().at;
    assert_eq!(claimed, "2032-04-02T01:00:20Z".parse().unwrap());
    hall.clean().await;
}

#[tokio::test]
async fn what_cannot_be_looked_at_now_waits_for_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let files = [hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 1).await];
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.at(AFTER_GRACE);
    vault.looks.lock().unwrap().push_back(true);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.withdrawn.len(), report.destroyed.len(), report.drained), (0, 1, false));
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.withdrawn.len(), report.destroyed.len(), report.drained), (0, 1, true));
    hall.clean().await;
}

#[tokio::test]
async fn a_clock_that_went_back_stops_the_run_and_takes_nothing_off_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 2).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at("2040-01-01T00:00:00Z");
    hall.office.load_rules(&hall.managers[0], &RULES.replace("2026.1", "2032.1")).await.unwrap();
    hall.at(AFTER_GRACE);
    let run = hall.office.run_disposal(&hall.managers[0], id, 9).await;
    assert_eq!(hall.item_states(id).await, [ItemState::SealedOff], "{run:?}");
    assert_eq!(hall.packages(), 2);
    hall.at("2040-01-01T00:00:01Z");
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!(report.destroyed, [file]);
    hall.clean().await;
}

#[tokio::test]
async fn a_run_that_stops_short_leaves_no_title_of_what_it_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let files = [titled(&hall, "宛名 見本花子 様").await, titled(&hall, "宛名 見本次郎 様").await];
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.at(AFTER_GRACE);
    vault.destructions.lock().unwrap().extend([false, true]);
    let _ = hall.office.run_disposal(&hall.managers[0], id, 9).await;
    let view = hall.office.disposal(&hall.auditor, id).await.unwrap();
    let gone = view.items.iter().find(|item| item.item.state == ItemState::PrimaryGone).unwrap();
    let name = if gone.item.item.file == files[0] { "見本花子" } else { "見本次郎" };
    assert!(!hall.bytes_of_database().await.contains(name));
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert!(report.drained && report.destroyed.len() == 1, "{report:?}");
    hall.clean().await;
}

#[tokio::test]
async fn the_log_is_emptied_at_the_next_start_when_a_kill_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, store, _) = Hall::moody(folder.path()).await;
    let file = titled(&hall, "宛名 見本花子 様").await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    store.dies_before_settling.store(true, Ordering::SeqCst);
    let _ = hall.office.run_disposal(&hall.managers[0], id, 9).await;
    assert!(hall.bytes_of_database().await.contains("見本花子"), "the log still has it");
    store.dies_before_settling.store(false, Ordering::SeqCst);
    hall.office.recover().await.unwrap();
    assert!(!hall.bytes_of_database().await.contains("見本花子"));
}

#[tokio::test]
async fn a_run_has_not_ended_while_a_reader_keeps_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut store: Option<Arc<dyn Store>> = None;
    let hall = Hall::with(folder.path(), |parts, _, _| store = Some(parts.store.clone())).await;
    let file = titled(&hall, "宛名 見本花子 様").await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    let mut reader = store.unwrap().read().await.unwrap();
    reader.files().await.unwrap();
    let _ = hall.office.run_disposal(&hall.managers[0], id, 9).await;
    assert!(hall.bytes_of_database().await.contains("見本花子"));
    let state = hall.office.disposal(&hall.auditor, id).await.unwrap().row.state;
    assert_eq!(state, DisposalState::Running, "what lies in the log is not gone");
    drop(reader);
    assert!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().drained);
    assert!(!hall.bytes_of_database().await.contains("見本花子"));
}

#[tokio::test]
async fn a_start_is_not_refused_because_a_claim_cannot_be_carried_through_yet() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    vault.destructions.lock().unwrap().extend([true, true]);
    let _ = hall.office.run_disposal(&hall.managers[0], id, 9).await;
    assert_eq!(hall.item_states(id).await, [ItemState::Claimed]);
    let report = hall.office.recover().await.unwrap();
    assert_eq!(report.carried_through, []);
    let report = hall.office.recover().await.unwrap();
    assert_eq!(report.carried_through, [file]);
    hall.clean().await;
}

#[tokio::test]
async fn a_run_with_nothing_left_to_do_is_ended_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    assert!(!hall.office.run_disposal(&hall.managers[0], id, 1).await.unwrap().drained);
    assert_eq!(hall.office.recover().await.unwrap().disposals, [id]);
    assert_eq!(hall.office.disposal(&hall.auditor, id).await.unwrap().row.state, DisposalState::Drained);
    hall.clean().await;
}

#[tokio::test]
async fn a_clock_that_a_timestamp_contradicts_destroys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = Arc::new(Hands::at(AFTER_GRACE));
    let hall = Hall::with(folder.path(), |parts, _, _| {
        sealing(parts);
        parts.timestamps = Some(timestamps(theirs.clone()));
    })
    .await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at("2032-04-03T01:00:01Z");
    let run = async || hall.office.run_disposal(&hall.managers[0], id, 9).await;
    assert_eq!(code(run().await), "disposal-clock-disagrees");
    assert_eq!(hall.item_states(id).await, [ItemState::SealedOff]);
    theirs.set("2032-04-03T01:00:00Z");
    assert_eq!(run().await.unwrap().destroyed, [file]);
    hall.clean().await;
}

#[tokio::test]
async fn a_claim_of_a_process_that_was_killed_is_carried_through_while_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let other = hall.over("office.sqlite").await;
    hall.office.enter("here", false).await.unwrap();
    other.enter("there", false).await.unwrap();
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    vault.destructions.lock().unwrap().push_back(true);
    hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    let lease = hall.office.lease(&format!("disposal/{id}")).await.unwrap().unwrap();
    let report = other.recover_beside_others().await.unwrap();
    assert_eq!(report.carried_through, [], "whoever claimed it is still at it");
    hall.office.release(lease).await;
    let report = other.recover_beside_others().await.unwrap();
    assert_eq!(report.carried_through, [file]);
    hall.clean().await;
}
