//! Several processes at one database: who lives, who is at what, and that nothing is committed by one that was taken for dead.

use super::database;
use super::doubles::{Interlude, MoodyVault};
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, parts, record};
use fumikura::id::WorkerId;
use fumikura::office::records::NewHold;
use fumikura::office::{Entrance, Office, SILENT_LOOKS, Watch, WorkerView};
use fumikura::records::{DisposalState, HoldKind, HoldScope, ItemState};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Brings an office in, as the only process in its folder; whoever puts things right is done with it at once.
async fn come_in(office: &Office, place: &str) -> bool {
    match office.enter(place, true).await.unwrap() {
        Entrance::First(lease) => {
            office.recover().await.unwrap();
            office.release(lease).await;
            true
        }
        Entrance::Beside => false,
    }
}

/// Looks at the others until whoever is silent was fenced off.
async fn look_long(office: &Office) -> Vec<WorkerId> {
    let mut watch = Watch::default();
    for look in 0..SILENT_LOOKS {
        assert_eq!(office.beat(&mut watch).await.unwrap(), [], "look {look} is too early");
    }
    office.beat(&mut watch).await.unwrap()
}

/// Has another process take the first for dead, and put right what it left, while that one is in the middle of something.
fn paused(interlude: &Interlude, other: &Arc<Office>) {
    let (runtime, other) = (Handle::current(), Arc::clone(other));
    *interlude.lock().unwrap() = Some(Box::new(move || {
        runtime.block_on(async {
            assert_eq!(look_long(&other).await.len(), 1);
            other.recover_beside_others().await.unwrap();
        });
    }));
}

fn id_of(workers: &[WorkerView], place: &str) -> WorkerId {
    workers.iter().find(|worker| worker.place == place).unwrap().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_one_in_tidies_up_and_the_others_come_in_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (second, third) = (hall.over("office.sqlite").await, hall.over("office.sqlite").await);
    let Entrance::First(lease) = hall.office.enter("here", true).await.unwrap() else { panic!("nobody was there") };
    assert!(matches!(second.enter("there", true).await.unwrap(), Entrance::Beside));
    assert!(second.is_recovering().await.unwrap());
    hall.office.beat(&mut Watch::default()).await.unwrap();
    assert!(second.is_recovering().await.unwrap(), "a beat takes no lease away that is in use");
    hall.office.release(lease).await;
    assert!(!second.is_recovering().await.unwrap());
    assert_eq!(code(second.enter("there", true).await), "office-leased", "an office comes in once");

    // Nobody else works in that folder: whoever stands there was killed.
    assert!(matches!(third.enter("there", true).await.unwrap(), Entrance::Beside));
    let places: Vec<_> = third.workers().await.unwrap().into_iter().map(|worker| worker.place).collect();
    assert_eq!(places.len(), 2);
    assert_eq!(code(second.beat(&mut Watch::default()).await), "office-fenced");
    hall.office.leave().await.unwrap();
    third.leave().await.unwrap();
    assert_eq!(hall.office.workers().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_a_sign_of_life_is_never_fenced_off() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let other = hall.over("office.sqlite").await;
    come_in(&hall.office, "here").await;
    come_in(&other, "there").await;
    let (mut ours, mut theirs) = (Watch::default(), Watch::default());
    for round in 0..5 * SILENT_LOOKS {
        assert_eq!(hall.office.beat(&mut ours).await.unwrap(), []);
        // The other is slow, but lives.
        if round % SILENT_LOOKS == 0 {
            assert_eq!(other.beat(&mut theirs).await.unwrap(), []);
        }
    }
    assert_eq!(hall.office.workers().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_is_at_no_other_is_until_it_is_done_or_dead() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let other = hall.over("office.sqlite").await;
    come_in(&hall.office, "here").await;
    come_in(&other, "there").await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    let lease = other.lease(&format!("disposal/{id}")).await.unwrap().unwrap();
    assert_eq!(code(hall.office.run_disposal(&hall.managers[0], id, 9).await), "office-leased");
    assert!(other.lease(&format!("disposal/{id}")).await.unwrap().is_none(), "nor another task of its own");
    assert_eq!(hall.item_states(id).await, [ItemState::SealedOff]);
    assert_eq!(look_long(&hall.office).await, [id_of_dead(&hall).await]);
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [file]);

    // Whoever is dead does not know it, and gives back what it has not any more.
    other.release(lease).await;
    assert_eq!(code(other.lease("rounds").await), "office-fenced");
    hall.office.release(hall.office.lease("rounds").await.unwrap().unwrap()).await;
    // A lease that was dropped is given back by the next beat.
    drop(hall.office.lease("rounds").await.unwrap().unwrap());
    assert_eq!(hall.office.workers().await.unwrap()[0].leases, ["rounds"]);
    hall.office.beat(&mut Watch::default()).await.unwrap();
    assert_eq!(hall.office.workers().await.unwrap()[0].leases, [] as [&str; 0]);
    hall.clean().await;
}

/// Returns who the ledger says was fenced off; the place is gone with the row.
async fn id_of_dead(hall: &Hall) -> WorkerId {
    let entries = hall.office.newest_entries(&hall.auditor, 1000).await.unwrap();
    let fenced = entries.iter().find(|entry| entry.verb.as_str() == "worker.fenced").unwrap();
    fenced.subject.as_str().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_process_that_wakes_destroys_nothing_more_and_commits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let other = Arc::new(hall.over("office.sqlite").await);
    come_in(&hall.office, "here").await;
    come_in(&other, "there").await;
    let files = [hall.closed_file(ROADS, 2).await, hall.closed_file(ROADS, 1).await];
    let open = hall.open_file(ROADS).await;
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.at(AFTER_GRACE);
    paused(&vault.before_destruction, &other);
    let woken = hall.office.run_disposal(&hall.managers[0], id, 9).await;
    assert_eq!(code(woken), "office-fenced");
    assert_eq!(hall.packages(), 0, "what was claimed was carried through by the other");
    let view = other.disposal(&hall.auditor, id).await.unwrap();
    assert_eq!(view.tombstones.len(), 3);
    assert_eq!(hall.item_states(id).await, [ItemState::PrimaryGone; 2]);
    assert!(other.run_disposal(&hall.managers[0], id, 9).await.unwrap().drained);
    assert_eq!(other.disposal(&hall.auditor, id).await.unwrap().row.state, DisposalState::Drained);
    let entries = other.newest_entries(&hall.auditor, 1000).await.unwrap();
    let told = |verb: &str| entries.iter().filter(|entry| entry.verb.as_str() == verb).count();
    assert_eq!(["disposal.claimed", "record.destroyed", "worker.fenced"].map(told), [2, 3, 1]);

    // A hold is never refused, not even by the dead.
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(open), reason: "監査".to_owned() };
    hall.office.place_hold(&hall.clerk, new).await.unwrap();
    hall.clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_living_process_is_filing_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let other = Arc::new(hall.over("office.sqlite").await);
    come_in(&hall.office, "here").await;
    come_in(&other, "there").await;
    let file = hall.open_file(ROADS).await;
    for interlude in [&vault.before_write, &vault.after_write] {
        let (runtime, other) = (Handle::current(), Arc::clone(&other));
        *interlude.lock().unwrap() = Some(Box::new(move || {
            let report = runtime.block_on(other.recover_beside_others()).unwrap();
            assert_eq!((report.finished, report.abandoned), (vec![], vec![]));
        }));
    }
    hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap();
    hall.clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_paused_while_it_filed_acknowledges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, _, vault) = Hall::moody(folder.path()).await;
    let other = Arc::new(hall.over("office.sqlite").await);
    come_in(&hall.office, "here").await;
    come_in(&other, "there").await;
    let file = hall.open_file(ROADS).await;
    paused(&vault.before_write, &other);
    assert_eq!(code(hall.office.file_record(&hall.clerk, record(file, 1)).await), "office-fenced");
    assert_eq!(other.search_records(&hall.clerk, "", 9).await.unwrap().hits, []);
    assert_eq!(hall.packages(), 1, "written after it woke");
    other.leave().await.unwrap();
    // The next one who comes in alone sets it aside.
    let next = hall.over("office.sqlite").await;
    let Entrance::First(lease) = next.enter("there", true).await.unwrap() else { panic!("nobody else is there") };
    assert_eq!(next.recover().await.unwrap().quarantined.len(), 3);
    next.release(lease).await;

    // Paused after it wrote: the other finishes the filing, once.
    let vault = MoodyVault::new(&hall.vault);
    let store = database::open(&folder.path().join("office.sqlite")).await;
    let again = Office::new(parts(store, vault.clone(), &hall.clock));
    let next = Arc::new(next);
    come_in(&again, "elsewhere").await;
    paused(&vault.after_write, &next);
    assert_eq!(code(again.file_record(&hall.clerk, record(file, 2)).await), "office-fenced");
    assert_eq!(next.search_records(&hall.clerk, "", 9).await.unwrap().hits.len(), 1);
    next.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_shuts_out_a_process_whose_machine_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let other = hall.over("office.sqlite").await;
    come_in(&hall.office, "here").await;
    come_in(&other, "there").await;
    let gone = id_of(&other.workers().await.unwrap(), "here");
    let operator = hall.over("office.sqlite").await;
    operator.fence_off(gone).await.unwrap();
    assert_eq!(code(operator.fence_off(gone).await), "office-no-such-worker");
    assert_eq!(code(hall.office.lease("rounds").await), "office-fenced");
    assert_eq!(other.workers().await.unwrap().len(), 1);
    assert_eq!(id_of_dead(&hall).await, gone);
}
