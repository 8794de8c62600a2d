//! Batches: frozen, released once, sealed item by item; broken off or killed anywhere, each notice is sealed exactly once.

use super::city::{City, PDF, TestClock, approver, auditor, clerk, parts, seal_keeper};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::{BatchId, NoticeId};
use fumikura::office::Office;
use fumikura::office::notices::{BatchItemState, NoticeState, SealBatch, SealItem};
use fumikura::tsp::{TimestampError, TimestampSource};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn approved(city: &City, number: usize) -> Vec<NoticeId> {
    let mut ids = Vec::new();
    for _ in 0..number {
        ids.push(city.approved("permit").await);
    }
    ids
}

fn items(ids: &[NoticeId]) -> Vec<SealItem> {
    ids.iter().map(|id| SealItem { id: *id, sha256: Sha256Hex::of(PDF) }).collect()
}

async fn released(city: &City, ids: &[NoticeId]) -> SealBatch {
    let batch = city.office.freeze_batch(&seal_keeper(), items(ids)).await.unwrap();
    city.office.release_batch(&seal_keeper(), batch.id, &batch.list_hash).await.unwrap()
}

/// Holds a finished batch to its promise: every notice sealed once, every seal logged once, and the ledger whole.
async fn assert_sealed_once(office: &Office, batch: BatchId, ids: &[NoticeId]) {
    let view = office.batch(&auditor(), batch).await.unwrap();
    assert!(view.batch.finished_at.is_some());
    assert_eq!((view.count.sealed, view.count.open), (ids.len() as u64, 0));
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for one in office.seal_uses(&auditor(), 10_000).await.unwrap() {
        *uses.entry(one.subject).or_default() += 1;
    }
    for item in &view.items {
        assert!(ids.contains(&item.notice));
        assert_eq!(uses.get(&item.notice.to_string()), Some(&1), "one use of the seal");
        let notice = office.notice(&clerk(), item.notice).await.unwrap().notice;
        let BatchItemState::Sealed { sha256, .. } = &item.state else { panic!("{:?}", item.state) };
        assert_eq!((notice.state, notice.sealed_sha256.as_ref()), (NoticeState::Sealed, Some(sha256)));
        assert_eq!(Sha256Hex::of(&office.notice_pdf(&clerk(), item.notice).await.unwrap()), *sha256);
        assert_eq!(notice.history.iter().filter(|event| event.what == "notice.sealed").count(), 1);
    }
    let entries = office.newest_entries(&auditor(), 10_000).await.unwrap();
    let told = |verb: &str| entries.iter().filter(|entry| entry.verb.as_str() == verb).count();
    let all = [told("notice.sealed"), told("seal-batch.released"), told("seal-batch.finished")];
    assert_eq!(all, [ids.len(), 1, 1], "the ledger tells each deed once");
    office.verify_ledger(vec![]).await.unwrap();
}

#[tokio::test]
async fn a_batch_is_released_once_and_sealed_whole() {
    let city = City::found().await;
    let ids = approved(&city, 7).await;
    let office = &city.office;
    let batch = office.freeze_all(&seal_keeper()).await.unwrap();
    let view = office.batch(&seal_keeper(), batch.id).await.unwrap();
    assert_eq!(view.items.iter().map(|item| item.notice).collect::<Vec<_>>(), ids, "oldest first");
    assert_eq!(office.run_batch(batch.id, |_| {}).await.unwrap_err().code(), "notice-batch-state", "not released");
    let other = office.release_batch(&seal_keeper(), batch.id, &Sha256Hex::of(b"another list")).await;
    assert_eq!(other.unwrap_err().code(), "notice-batch-list-differs");
    assert_eq!(
        office.release_batch(&approver(), batch.id, &batch.list_hash).await.unwrap_err().code(),
        "office-not-in-role"
    );
    office.release_batch(&seal_keeper(), batch.id, &batch.list_hash).await.unwrap();
    let again = office.release_batch(&seal_keeper(), batch.id, &batch.list_hash).await;
    assert_eq!(again.unwrap_err().code(), "notice-batch-state", "once");
    let seen = AtomicUsize::new(0);
    let count = office.run_batch(batch.id, |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    });
    let count = count.await.unwrap();
    assert_eq!((count.sealed, seen.into_inner()), (7, 7));
    assert_sealed_once(office, batch.id, &ids).await;
    assert_eq!(office.run_batch(batch.id, |_| {}).await.unwrap().sealed, 7, "nothing is left to do");
    assert_sealed_once(office, batch.id, &ids).await;
}

#[tokio::test]
async fn what_cannot_be_sealed_is_not_listed() {
    let city = City::found().await;
    let office = &city.office;
    let (id, draft) = (city.approved("permit").await, city.submitted("permit").await);
    let freeze = async |list: Vec<SealItem>| office.freeze_batch(&seal_keeper(), list).await.unwrap_err().code();
    assert_eq!(freeze(vec![]).await, "notice-bad-batch");
    assert_eq!(freeze(items(&[id, id])).await, "notice-bad-batch");
    assert_eq!(freeze(items(&[id, draft])).await, "notice-state");
    assert_eq!(freeze(vec![SealItem { id, sha256: Sha256Hex::of(b"x") }]).await, "notice-hash-differs");
    assert!(office.batches(&auditor()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_notice_waits_on_one_list_and_one_fault_stops_no_other() {
    let city = City::found().await;
    let office = &city.office;
    let ids = approved(&city, 4).await;
    let second = office.freeze_batch(&seal_keeper(), items(&ids[..2])).await.unwrap();
    let first = released(&city, &ids).await;
    let overlap = office.release_batch(&seal_keeper(), second.id, &second.list_hash).await;
    assert_eq!(overlap.unwrap_err().code(), "notice-batch-overlaps");
    city.seal(ids[1]).await.unwrap();
    let count = office.run_batch(first.id, |_| {}).await.unwrap();
    assert_eq!((count.sealed, count.refused, count.open), (3, 1, 0));
    let view = office.batch(&auditor(), first.id).await.unwrap();
    assert!(matches!(&view.items[1].state, BatchItemState::Refused { code, .. } if code == "notice-state"));
    assert_eq!(office.seal_uses(&auditor(), 100).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_list_changed_in_the_database_is_not_sealed() {
    let city = City::found().await;
    let ids = approved(&city, 2).await;
    let batch = released(&city, &ids).await;
    city.execute("UPDATE seal_batch_items SET sha256 = '0' || substr(sha256, 2) WHERE position = 2").await;
    let code = city.office.run_batch(batch.id, |_| {}).await.unwrap_err().code();
    assert_eq!(code, "notice-batch-list-differs");
    let halted = city.office.batch(&auditor(), batch.id).await.unwrap().batch.halted;
    assert_eq!(halted.as_deref(), Some("notice-batch-list-differs"), "and the page says so");
    assert!(city.office.seal_uses(&auditor(), 100).await.unwrap().is_empty());
}

/// An authority that answers so many times and no more.
struct Tired(Arc<dyn TimestampSource>, AtomicUsize);

impl TimestampSource for Tired {
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let left = self.1.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| TimestampError::Unavailable("tired".to_owned()))?;
        self.0.timestamp(request)
    }
}

#[tokio::test]
async fn a_run_that_breaks_off_goes_on_where_it_stopped() {
    let city = City::with(|parts| {
        parts.timestamps = parts.timestamps.take().map(|source| Arc::new(Tired(source, AtomicUsize::new(3))) as _);
    })
    .await;
    let ids = approved(&city, 8).await;
    let batch = released(&city, &ids).await;
    assert_eq!(city.office.run_batch(batch.id, |_| {}).await.unwrap_err().code(), "tsp-unavailable");
    let view = city.office.batch(&auditor(), batch.id).await.unwrap();
    assert_eq!((view.count.sealed, view.count.refused, view.count.open), (3, 0, 5));
    assert_eq!(view.batch.halted.as_deref(), Some("tsp-unavailable"));
    // The next morning, another process.
    let office = Office::new(parts(city.folder.path(), &city.clock).await);
    let runs = office.resume_batches().await.unwrap();
    assert_eq!((runs.len(), runs[0].1.as_ref().unwrap().sealed), (1, 8));
    assert_sealed_once(&office, batch.id, &ids).await;
    assert!(office.resume_batches().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_one_batch_seal_each_notice_once() {
    let city = City::found().await;
    let ids = approved(&city, 10).await;
    let batch = released(&city, &ids).await;
    let other = Office::new(parts(city.folder.path(), &city.clock).await);
    let (one, two) = tokio::join!(city.office.run_batch(batch.id, |_| {}), other.run_batch(batch.id, |_| {}));
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_sealed_once(&city.office, batch.id, &ids).await;
}

#[tokio::test]
async fn one_process_is_at_a_batch_once() {
    let city = City::found().await;
    let ids = approved(&city, 4).await;
    let batch = released(&city, &ids).await;
    let (one, two) = tokio::join!(city.office.run_batch(batch.id, |_| {}), city.office.run_batch(batch.id, |_| {}));
    assert_eq!((one.unwrap().sealed, two.unwrap_err().code()), (4, "notice-batch-running"));
    assert_sealed_once(&city.office, batch.id, &ids).await;
}

/// The environment variables by which a killed child knows its city.
const CHILD: &str = "FUMIKURA_TEST_BATCH";

/// Not a test of its own: what the next test starts, and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "how the parent tells the child its city")]
async fn child_of_the_killed_batch() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (folder, batch) = told.split_once('\n').unwrap();
    let clock = Arc::new(TestClock::at("2026-06-01T02:00:00Z"));
    let office = Office::new(parts(Path::new(folder), &clock).await);
    office.run_batch(batch.parse().unwrap(), |count| println!("sealed {}", count.sealed)).await.unwrap();
}

fn child_of_the_killed_batch_name() -> String {
    let (_, module) = module_path!().split_once("::").unwrap();
    format!("{module}::child_of_the_killed_batch")
}

#[tokio::test]
async fn a_batch_killed_again_and_again_is_sealed_exactly_once() {
    let city = City::found().await;
    let ids = approved(&city, 80).await;
    let batch = released(&city, &ids).await;
    let (mut killed, mut before) = (0, 0);
    for round in 0..60u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &child_of_the_killed_batch_name(), "--nocapture"])
            .env(CHILD, format!("{}\n{}", city.folder.path().display(), batch.id))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(60 + round * 37 % 140)).await;
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        super::database::rest(&city.folder.path().join("city.sqlite")).await;
        let count = city.office.batch(&auditor(), batch.id).await.unwrap().count;
        assert!(count.sealed >= before && count.refused == 0, "what is sealed stays sealed");
        let uses = city.office.seal_uses(&auditor(), 1000).await.unwrap().len() as u64;
        assert_eq!(uses, count.sealed, "round {round}: item, seal log and notice are stored together");
        before = count.sealed;
        if count.open == 0 && round > 3 {
            break;
        }
    }
    assert!(killed > 2, "killed {killed} times");
    city.office.run_batch(batch.id, |_| {}).await.unwrap();
    assert_sealed_once(&city.office, batch.id, &ids).await;
}
