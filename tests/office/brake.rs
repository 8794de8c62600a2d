//! A run goes in batches, and stops once by itself after the first part of its list (R5).

use super::database;
use super::doubles::MoodyVault;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS};
use fumikura::id::{DisposalId, RecordFileId};
use fumikura::ledger::Entry;
use fumikura::office::ports::Store;
use fumikura::office::records::{NewHold, RunReport};
use fumikura::records::{AppraisalOutcome, DisposalState, Gate, HoldKind, HoldScope, ItemState};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A hall with a brake, the database behind it, and a vault that plays trouble when asked to.
async fn braked(folder: &Path, percent: u8) -> (Hall, Arc<dyn Store>, Arc<MoodyVault>) {
    let mut doubles = None;
    let hall = Hall::with(folder, |parts, disk, _| {
        let vault = MoodyVault::new(disk);
        parts.settings.disposal.brake_percent = percent;
        parts.vault = vault.clone();
        doubles = Some((parts.store.clone(), vault));
    })
    .await;
    let (store, vault) = doubles.unwrap();
    (hall, store, vault)
}

/// Brings so many files of one record each to the end of the time for objections.
async fn ready(hall: &Hall, files: usize) -> (DisposalId, Vec<RecordFileId>) {
    let mut ids = Vec::new();
    for _ in 0..files {
        ids.push(hall.closed_file(ROADS, 1).await);
    }
    ids.sort_unstable();
    hall.at(DUE);
    let id = hall.approved(&ids).await.plan.id;
    hall.at(AFTER_GRACE);
    (id, ids)
}

async fn state(hall: &Hall, id: DisposalId) -> DisposalState {
    hall.office.disposal(&hall.auditor, id).await.unwrap().row.state
}

/// The entries about a list, by their verbs.
async fn verbs(store: &Arc<dyn Store>, id: DisposalId) -> Vec<String> {
    let entries: Vec<Entry> = store.read().await.unwrap().entries_about(&id.to_string()).await.unwrap();
    entries.iter().map(|entry| entry.verb.as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_run_stops_after_the_first_part_once_and_goes_on_when_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, store, _) = braked(folder.path(), 1).await;
    let (id, files) = ready(&hall, 4).await;
    let first = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!((first.destroyed.as_slice(), first.braked, first.drained), (&files[..1], true, false));
    assert_eq!(state(&hall, id).await, DisposalState::Paused);
    let second = hall.office.run_disposal(&hall.managers[1], id, usize::MAX).await.unwrap();
    assert_eq!((second.destroyed.as_slice(), second.braked, second.drained), (&files[1..], false, true));
    let told = verbs(&store, id).await;
    let run = ["disposal.running", "disposal.braked", "disposal.running", "disposal.drained"];
    assert_eq!(told[told.len() - 4..], run);
    hall.clean().await;
}

#[tokio::test]
async fn the_first_part_is_rounded_up_and_holds_over_many_short_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, _) = braked(folder.path(), 30).await;
    let (id, files) = ready(&hall, 5).await;
    let run = async || hall.office.run_disposal(&hall.managers[0], id, 1).await.unwrap();
    let (first, second) = (run().await, run().await);
    assert_eq!((first.braked, second.braked), (false, true), "30 % of five files are two");
    assert_eq!([first.destroyed, second.destroyed].concat(), files[..2]);
    let rest = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!((rest.destroyed.as_slice(), rest.drained), (&files[2..], true));
    hall.clean().await;
}

#[tokio::test]
async fn a_list_that_ends_with_its_first_part_is_drained_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, store, _) = braked(folder.path(), 1).await;
    let (id, files) = ready(&hall, 1).await;
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!((report.destroyed, report.braked, report.drained), (files, false, true));
    assert!(!verbs(&store, id).await.contains(&"disposal.braked".to_owned()));
    hall.clean().await;
}

#[tokio::test]
async fn the_brake_holds_when_a_start_carries_the_first_claim_through() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = braked(folder.path(), 1).await;
    let (id, files) = ready(&hall, 3).await;
    vault.destructions.lock().unwrap().push_back(true);
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!((report.destroyed.len(), report.waiting[0].0), (0, files[0]));
    assert_eq!(hall.office.recover().await.unwrap().carried_through, [files[0]]);
    assert_eq!(state(&hall, id).await, DisposalState::Paused);
    let states = [ItemState::PrimaryGone, ItemState::SealedOff, ItemState::SealedOff];
    assert_eq!(hall.item_states(id).await, states);
    hall.clean().await;
}

#[tokio::test]
async fn in_a_batch_each_file_has_its_own_gates_and_its_own_fate() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = braked(folder.path(), 0).await;
    let (id, files) = ready(&hall, 4).await;
    hall.office.appraise(&hall.managers[0], files[1], AppraisalOutcome::Historical).await.unwrap();
    // Of the three that are claimed, the second meets trouble: the first and the third are buried.
    vault.destructions.lock().unwrap().extend([false, true, false]);
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!(report.withdrawn, [(files[1], vec![Gate::NotAppraised])]);
    assert_eq!(report.destroyed, [files[0], files[3]]);
    assert_eq!(report.waiting, [(files[2], "vault-disk")]);
    let [gone, back, claimed] = [ItemState::PrimaryGone, ItemState::Withdrawn, ItemState::Claimed];
    assert_eq!(hall.item_states(id).await, [gone, back, claimed, gone]);
    assert_eq!(hall.packages(), 2);
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!((report.destroyed, report.drained), (vec![files[2]], true));
    let view = hall.office.disposal(&hall.auditor, id).await.unwrap();
    assert_eq!((view.tombstones.len(), hall.packages()), (3, 1));
    hall.clean().await;
}

#[tokio::test]
async fn a_list_that_is_not_the_one_approved_goes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, _) = braked(folder.path(), 0).await;
    let (id, files) = ready(&hall, 3).await;
    // Another file's line is changed: the hash is of the whole list, so nothing on it is destroyed.
    let sql =
        "UPDATE disposal_items SET body = replace(body, '\"row_version\":1', '\"row_version\":9') WHERE file_id = ";
    hall.execute(format!("{sql}'{}'", files[2])).await;
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!(report.destroyed, []);
    assert_eq!(report.withdrawn.len(), 3);
    assert!(report.withdrawn.iter().all(|(_, shut)| shut.contains(&Gate::ListChanged)), "{report:?}");
    assert_eq!(hall.packages(), 3);
}

/// Runs a list of two batches whose rows are changed behind the office's back while the first batch is destroyed. Beside the
/// 300 files on the list there is one that is on none, and comes last. Returns what came of it, and the files.
async fn meddled(meddle: impl FnOnce(DisposalId, &[RecordFileId]) -> String) -> (RunReport, Vec<RecordFileId>) {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = braked(folder.path(), 0).await;
    let mut files = vec![hall.closed_file(ROADS, 1).await];
    while files.len() < 301 {
        files.push(hall.closed_file(ROADS, u8::from(files.len() % 60 == 0)).await);
    }
    files.sort_unstable();
    hall.at(DUE);
    for file in &files[..300] {
        hall.office.appraise(&hall.managers[0], *file, AppraisalOutcome::Destroy).await.unwrap();
    }
    let row = hall.office.plan_disposal(&hall.managers[0], Some(files[..300].to_vec())).await.unwrap();
    let id = row.plan.id;
    for manager in &hall.managers[1..] {
        hall.office.approve_disposal(manager, id, &row.plan.list_hash).await.unwrap();
    }
    hall.at(AFTER_GRACE);
    let (path, sql, runtime) = (hall.folder.join("office.sqlite"), meddle(id, &files), Handle::current());
    let meddling = move || runtime.block_on(database::execute(&path, sql));
    *vault.before_destruction.lock().unwrap() = Some(Box::new(meddling));
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert!(vault.before_destruction.lock().unwrap().is_none(), "the first batch has records");
    assert_eq!(report.destroyed[..256], files[..256], "what had been claimed before goes on");
    (report, files)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_changed_between_two_batches_is_found_before_its_batch_is_claimed() {
    // The line says the same as before in other letters, so that no other gate can see it.
    let (report, files) = meddled(|_, files| {
        let sql = "UPDATE disposal_items SET body = replace(body, '\"item\":{', '\"item\":{ ') WHERE file_id = ";
        format!("{sql}'{}'", files[299])
    })
    .await;
    let shut = files[256..300].iter().map(|file| (*file, vec![Gate::ListChanged]));
    assert_eq!((report.withdrawn, report.destroyed.len()), (shut.collect::<Vec<_>>(), 256));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_added_between_two_batches_is_found_before_its_batch_is_claimed() {
    let (report, files) = meddled(|id, files| {
        let (like, added) = (files[299], files[300]);
        format!(
            "INSERT INTO disposal_items (disposal_id, file_id, state, body)
            SELECT disposal_id, '{added}', state, replace(body, '{like}', '{added}') FROM disposal_items
            WHERE disposal_id = '{id}' AND file_id = '{like}'"
        )
    })
    .await;
    assert!(report.withdrawn.iter().all(|(_, shut)| shut.contains(&Gate::ListChanged)), "{report:?}");
    // The second batch is looked at while the first is destroyed: either before the line was there, and then the files of the
    // approved list go; or after, and then they come back with it. The one that nobody approved never goes.
    match report.withdrawn.as_slice() {
        [(file, _)] => assert_eq!((file, &report.destroyed[..]), (&files[300], &files[..300])),
        all => {
            let shut = files[256..300].iter().map(|file| (*file, vec![Gate::ListChanged]));
            assert_eq!((all.len(), report.destroyed.len()), (45, 256));
            assert_eq!(all[..44], shut.collect::<Vec<_>>(), "of those that are on the list no other gate is shut");
        }
    }
}

#[tokio::test]
async fn a_list_longer_than_a_batch_is_run_to_its_end_and_a_hold_in_between_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, _) = braked(folder.path(), 0).await;
    let mut files = Vec::new();
    for number in 0..140 {
        files.push(hall.closed_file(ROADS, u8::from(number % 20 == 0)).await);
    }
    files.sort_unstable();
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 130).await.unwrap();
    assert_eq!(report.destroyed, files[..130]);
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(files[135]), reason: "監査".to_owned() };
    hall.office.place_hold(&hall.clerk, new).await.unwrap();
    let report = hall.office.run_disposal(&hall.managers[0], id, usize::MAX).await.unwrap();
    assert_eq!((report.destroyed.len(), report.drained), (9, true));
    assert_eq!(hall.item_states(id).await[135], ItemState::Withdrawn);
    hall.clean().await;
}
