//! Two offices at one database: turns are waited for, readers stay at their moment, and no file is destroyed twice.

use super::database;
use super::hall::{Hall, ROADS};
use fumikura::id::{DisposalId, UserId};
use fumikura::ledger::NewEntry;
use fumikura::office::Office;
use fumikura::office::ports::{AccountRow, Factors, SearchedPart};
use fumikura::records::{AppraisalOutcome, DisposalState, SearchWords};
use std::time::Duration;

fn entry(subject: &str) -> NewEntry {
    NewEntry::new("2026-04-10T00:00:00Z".parse().unwrap(), "system", "story.told", subject).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_waits_for_its_turn_and_goes_on_from_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("turns.sqlite");
    let (one, two) = (database::open(&path).await, database::open(&path).await);
    let mut first = one.begin().await.unwrap();
    let waiting = tokio::spawn(async move {
        let mut second = two.begin().await.unwrap();
        let entry = second.append(entry("second")).await.unwrap();
        second.commit().await.unwrap();
        entry
    });
    let before = first.append(entry("first")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    assert_eq!(one.read().await.unwrap().newest_entries(9).await.unwrap(), [], "readers see what is committed");
    first.commit().await.unwrap();
    let after = waiting.await.unwrap();
    assert_eq!((after.seq, after.prev), (2, before.hash));
}

#[tokio::test]
async fn a_reader_stays_at_its_moment_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = database::open(&folder.path().join("turns.sqlite")).await;
    let mut reader = store.read().await.unwrap();
    assert_eq!(reader.newest_entries(9).await.unwrap(), []);
    let mut writer = store.begin().await.unwrap();
    writer.append(entry("a")).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(reader.newest_entries(9).await.unwrap(), []);
    drop(reader);
    assert_eq!(store.read().await.unwrap().newest_entries(9).await.unwrap().len(), 1);
    assert!(store.read().await.unwrap().append(entry("b")).await.is_err());
    // What is dropped leaves nothing, and the next has its turn.
    store.begin().await.unwrap().append(entry("c")).await.unwrap();
    assert_eq!(store.begin().await.unwrap().append(entry("d")).await.unwrap().seq, 2);
    store.settle().await.unwrap();
}

#[tokio::test]
async fn texts_are_ordered_by_their_bytes_and_searched_by_their_characters() {
    let folder = tempfile::tempdir().unwrap();
    let store = database::open(&folder.path().join("turns.sqlite")).await;
    let mut tx = store.begin().await.unwrap();
    for (number, login) in ["b", "あ", "B", "a", "_", "ア"].into_iter().enumerate() {
        let row = AccountRow {
            id: UserId::from_bytes([number as u8; 16]),
            login: login.to_owned(),
            name: "見本\0太郎".to_owned(),
            section: String::new(),
            roles: [].into(),
            password: String::new(),
            enabled: true,
            failures: 0,
            locked_until: None,
            system: false,
            must_change: false,
            factors: Factors::default(),
            subject: None,
            notes: Vec::new(),
        };
        tx.put_account(&row).await.unwrap();
    }
    let logins: Vec<String> = tx.accounts().await.unwrap().into_iter().map(|row| row.login).collect();
    assert_eq!(logins, ["B", "_", "a", "b", "あ", "ア"]);
    assert!(tx.account_of_login("A").await.unwrap().is_none());
    assert!(tx.account_of_login("a\0").await.unwrap().is_none(), "a character that PostgreSQL has no place for");
    assert_eq!(tx.find_records(&SearchWords::of("%\0_"), &SearchedPart::default(), None, 9).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_waits_for_what_was_sent_off_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let store = database::open(&folder.path().join("office.sqlite")).await;
    let last = store.begin().await.unwrap();
    let office = hall.office.clone();
    let recovering = tokio::spawn(async move { office.recover().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!recovering.is_finished());
    last.commit().await.unwrap();
    recovering.await.unwrap().unwrap();
}

/// Runs a disposal, one file at a time, until nothing is left; who was slower at a file asks again.
async fn run(hall: &Hall, office: &Office, id: DisposalId) -> usize {
    let mut refused = 0;
    while refused < 200 {
        match office.run_disposal(&hall.managers[0], id, 1).await {
            Ok(report) if report.drained => return refused,
            Ok(_) => {}
            Err(_) => refused += 1,
        }
    }
    panic!("the disposal does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_offices_claim_and_destroy_each_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let mut files = Vec::new();
    for _ in 0..8 {
        files.push(hall.closed_file(ROADS, 2).await);
    }
    hall.at("2032-04-01T00:00:00Z");
    for file in &files {
        hall.office.appraise(&hall.managers[0], *file, AppraisalOutcome::Destroy).await.unwrap();
    }
    let plan = hall.office.plan_disposal(&hall.managers[0], None).await.unwrap().plan;
    for manager in &hall.managers[1..] {
        hall.office.approve_disposal(manager, plan.id, &plan.list_hash).await.unwrap();
    }
    hall.at("2032-04-02T01:00:00Z");
    let other = hall.over("office.sqlite").await;
    tokio::join!(run(&hall, &hall.office, plan.id), run(&hall, &other, plan.id));

    assert_eq!(hall.packages(), 0);
    let view = hall.office.disposal(&hall.auditor, plan.id).await.unwrap();
    assert_eq!((view.row.state, view.tombstones.len()), (DisposalState::Drained, 16));
    assert_eq!(hall.office.disposal_register(&hall.auditor).await.unwrap().len(), 8);
    let entries = hall.office.newest_entries(&hall.auditor, 10_000).await.unwrap();
    let told = |verb: &str| entries.iter().filter(|entry| entry.verb.as_str() == verb).count();
    let deeds = ["disposal.claimed", "disposal.destroyed", "record.destroyed", "disposal.drained"];
    assert_eq!(deeds.map(told), [8, 8, 16, 1], "the ledger tells each deed once");
    hall.office.verify_ledger(Vec::new()).await.unwrap();
}
