//! Records, holds and disposal through the verbs, over a database and packages on a real disk.

use super::hall::{AFTER_GRACE, DISCLOSURE, DUE, Hall, ROADS, RULES, code, day, record};
use fumikura::id::RecordFileId;
use fumikura::office::records::{FileChange, NewHold};
use fumikura::records::{
    AppraisalOutcome, ClassCode, DisposalState, Extension, Gate, HoldKind, HoldScope, ItemState, RecordState,
};

#[tokio::test]
async fn a_document_is_filed_read_found_and_its_double_is_flagged() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let first = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap();
    let second = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap();
    assert_eq!((first.duplicate_of, second.duplicate_of), (None, Some(first.record)));
    let contents = hall.office.read_record(&hall.auditor, first.record).await.unwrap();
    assert_eq!(contents.originals[0].bytes, record(file, 1).bytes);
    assert_eq!(contents.originals[0].name, "通知.pdf");
    let found = hall.office.search_records(&hall.auditor, "見総第1号", 10).await.unwrap();
    assert_eq!(found.hits.len(), 2);
    let register = hall.office.register(&hall.auditor).await.unwrap();
    assert_eq!((register[0].records, register[0].class_path.as_str()), (2, "許認可／道路占用"));
    assert_eq!(hall.office.undetermined_files(&hall.auditor).await.unwrap().len(), 1);
    let row = hall.office.close_file(&hall.clerk, file, day("2026-04-10")).await.unwrap();
    assert_eq!(row.dates.expires_on, Some(day("2032-03-31")));
    assert_eq!(hall.office.undetermined_files(&hall.auditor).await.unwrap(), []);
    assert_eq!(code(hall.office.file_record(&hall.clerk, record(file, 3)).await), "filing-file-closed");
    hall.clean().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let mut future = record(file, 1);
    future.created = day("2026-04-11");
    assert_eq!(code(hall.office.file_record(&hall.clerk, future).await), "filing-day-in-future");
    let mut early = record(file, 1);
    early.created = day("1980-01-01");
    assert_eq!(code(hall.office.file_record(&hall.clerk, early).await), "filing-no-rule");
    assert_eq!(code(hall.office.file_record(&hall.auditor, record(file, 1)).await), "office-not-in-role");
    let closed = hall.office.close_file(&hall.clerk, file, day("2026-04-09")).await;
    assert_eq!(code(closed), "filing-days-reversed");
    assert_eq!(code(hall.office.load_rules(&hall.clerk, RULES).await), "office-not-in-role");
    let changed = RULES.replace("years = 5", "years = 4");
    assert_eq!(code(hall.office.load_rules(&hall.managers[0], &changed).await), "filing-rule-version-taken");
    hall.clean().await;
}

#[tokio::test]
async fn the_whole_way_from_the_list_to_the_tombstones() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let gone = hall.closed_file(ROADS, 3).await;
    let stays = hall.closed_file("A-02-01", 1).await;
    let records = hall.office.file_view(&hall.auditor, gone).await.unwrap().records;
    assert!(records.iter().all(|row| row.record.state == RecordState::Retained));
    assert_eq!(code(hall.office.plan_disposal(&hall.managers[0], None).await), "disposal-nothing-due");
    hall.at(DUE);
    let preview = hall.office.preview_disposal(&hall.auditor, day("2032-04-01"), None).await.unwrap();
    assert_eq!(preview.listed.iter().map(|row| row.file).collect::<Vec<_>>(), [gone]);
    assert_eq!((preview.kept.as_slice(), preview.later, preview.undated), (&[][..], 0, 1), "one stays for ever");
    assert!(hall.office.file_view(&hall.auditor, stays).await.unwrap().dates.expires_on.is_none());

    let row = hall.approved(&[gone]).await;
    let id = row.plan.id;
    let view = hall.office.file_view(&hall.auditor, gone).await.unwrap();
    assert_eq!((view.records.len(), view.hidden, view.disposal), (0, 3, Some(id)));
    assert_eq!(code(hall.office.read_record(&hall.auditor, records[0].record.id).await), "filing-sealed-off");
    assert_eq!(code(hall.office.run_disposal(&hall.managers[0], id, 9).await), "disposal-grace-running");
    assert_eq!(hall.packages(), 4);

    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.withdrawn, report.drained), (vec![gone], vec![], true));
    assert_eq!(hall.packages(), 1);
    let view = hall.office.disposal(&hall.auditor, id).await.unwrap();
    assert_eq!((view.row.state, view.tombstones.len()), (DisposalState::Drained, 3));
    assert_eq!(code(hall.office.read_record(&hall.auditor, records[0].record.id).await), "filing-destroyed");
    let register = hall.office.disposal_register(&hall.auditor).await.unwrap();
    assert_eq!((register[0].file, register[0].records, register[0].disposed_on), (gone, 3, day("2032-04-02")));
    assert_eq!(hall.office.search_records(&hall.auditor, "通知", 10).await.unwrap().hits.len(), 1);
    let open = hall.open_file(DISCLOSURE).await;
    assert_eq!(code(hall.office.certify_disposal(&hall.managers[0], id, open).await), "disposal-backups-not-aged");
    hall.clean().await;
}

#[tokio::test]
async fn one_person_decides_once_and_on_the_list_that_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(DISCLOSURE, 1).await;
    hall.at(DUE);
    let [first, second, third] = [&hall.managers[0], &hall.managers[1], &hall.managers[2]];
    let row = hall.office.plan_disposal(first, None).await.unwrap();
    let (id, hash) = (row.plan.id, row.plan.list_hash.clone());
    assert_eq!(code(hall.office.approve_disposal(first, id, &hash).await), "disposal-same-person");
    assert_eq!(code(hall.office.approve_disposal(second, id, &hash).await), "disposal-not-appraised");
    hall.office.appraise(first, file, AppraisalOutcome::Destroy).await.unwrap();
    assert_eq!(code(hall.office.approve_disposal(second, id, &hash).await), "disposal-no-board-consent");
    hall.office.record_board_consent(first, file, day("2032-04-01")).await.unwrap();
    let other = fumikura::digest::Sha256Hex::of(b"another list");
    assert_eq!(code(hall.office.approve_disposal(second, id, &other).await), "disposal-list-changed");
    assert_eq!(code(hall.office.approve_disposal(&hall.clerk, id, &hash).await), "office-not-in-role");
    hall.office.approve_disposal(second, id, &hash).await.unwrap();
    assert_eq!(code(hall.office.approve_disposal(second, id, &hash).await), "disposal-same-person");
    assert_eq!(code(hall.office.approve_disposal(first, id, &hash).await), "disposal-same-person");
    assert_eq!(code(hall.office.run_disposal(first, id, 9).await), "disposal-state");
    assert_eq!(code(hall.office.plan_disposal(first, None).await), "disposal-nothing-due");
    hall.office.approve_disposal(third, id, &hash).await.unwrap();
    assert_eq!(hall.item_states(id).await, [ItemState::SealedOff]);
    hall.office.undo_disposal_of(third, id, file).await.unwrap();
    assert_eq!(hall.item_states(id).await, [ItemState::Withdrawn]);
    let view = hall.office.file_view(&hall.auditor, file).await.unwrap();
    assert_eq!((view.records[0].record.state, view.file.board_consent), (RecordState::Due, None));
    hall.clean().await;
}

#[tokio::test]
async fn a_rejected_list_gives_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 2).await;
    hall.at(DUE);
    let row = hall.approved(&[file]).await;
    hall.office.reject_disposal(&hall.managers[0], row.plan.id).await.unwrap();
    assert_eq!(hall.office.file_view(&hall.auditor, file).await.unwrap().records.len(), 2);
    assert_eq!(code(hall.office.run_disposal(&hall.managers[0], row.plan.id, 9).await), "disposal-state");
    assert_eq!(hall.packages(), 2);
    hall.clean().await;
}

/// Takes a file to the end of the time for objections, changes one thing, and expects these gates and no destruction.
async fn gate(class: &str, change: impl AsyncFnOnce(&Hall, RecordFileId), expected: &[Gate]) {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(class, 2).await;
    hall.at(DUE);
    if class == DISCLOSURE {
        hall.office.record_board_consent(&hall.managers[0], file, day("2032-04-01")).await.unwrap();
    }
    let row = hall.approved(&[file]).await;
    hall.at(AFTER_GRACE);
    change(&hall, file).await;
    let report = hall.office.run_disposal(&hall.managers[0], row.plan.id, 9).await.unwrap();
    assert_eq!(report.destroyed, []);
    assert_eq!(report.withdrawn, [(file, expected.to_vec())]);
    let view = hall.office.file_view(&hall.auditor, file).await.unwrap();
    assert_eq!((view.records.len(), view.hidden, view.disposal), (2, 0, None));
}

#[tokio::test]
async fn an_appraisal_that_changed_shuts_its_gate() {
    gate(
        ROADS,
        async |hall, file| {
            hall.office.appraise(&hall.managers[0], file, AppraisalOutcome::Historical).await.unwrap();
        },
        &[Gate::NotAppraised],
    )
    .await;
}

#[tokio::test]
async fn a_new_rule_version_shuts_its_gate() {
    gate(
        ROADS,
        async |hall, _| {
            let longer = RULES.replace("2026.1", "2032.1").replace("years = 5", "years = 10");
            hall.office.load_rules(&hall.managers[0], &longer).await.unwrap();
        },
        &[Gate::RuleChanged],
    )
    .await;
}

#[tokio::test]
async fn an_officer_who_left_shuts_the_gate() {
    gate(ROADS, async |hall, _| hall.office.disable_user(None, "manager2").await.unwrap(), &[Gate::OutOfRole]).await;
}

#[tokio::test]
async fn nothing_of_a_destroyed_record_is_left_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let mut secret = record(file, 1);
    secret.title = "宛名 見本花子 様".to_owned();
    hall.office.file_record(&hall.clerk, secret).await.unwrap();
    hall.office.close_file(&hall.clerk, file, day("2026-04-10")).await.unwrap();
    hall.at(DUE);
    let row = hall.approved(&[file]).await;
    hall.at(AFTER_GRACE);
    assert!(hall.bytes_of_database().await.contains("見本花子"));
    hall.office.run_disposal(&hall.managers[0], row.plan.id, 9).await.unwrap();
    assert!(!hall.bytes_of_database().await.contains("見本花子"));
}

#[tokio::test]
async fn a_damaged_package_shuts_the_gate_until_it_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    let row = hall.office.file_view(&hall.auditor, file).await.unwrap().records.remove(0);
    std::fs::remove_file(hall.folder.join("second").join(&row.receipt.path)).unwrap();
    let report = hall.office.fsck(&hall.auditor).await.unwrap();
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    hall.at(DUE);
    let disposal = hall.approved(&[file]).await;
    hall.at(AFTER_GRACE);
    let run = hall.office.run_disposal(&hall.managers[0], disposal.plan.id, 9).await.unwrap();
    assert_eq!(run.withdrawn, [(file, vec![Gate::MemberUnsound(row.record.id)])]);
    let recovery = hall.office.recover().await.unwrap();
    assert_eq!(recovery.repaired, [row.record.id]);
    hall.clean().await;
}

#[tokio::test]
async fn a_hold_during_the_run_saves_what_is_not_claimed_and_names_what_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let mut files = vec![hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 1).await];
    files.push(hall.closed_file(ROADS, 1).await);
    files.sort_unstable();
    hall.at(DUE);
    let row = hall.approved(&files).await;
    let id = row.plan.id;
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 1).await.unwrap();
    assert_eq!(report.destroyed, [files[0]]);
    hall.office.pause_disposal(&hall.managers[1], id).await.unwrap();
    let scope = HoldScope::Class(ClassCode::parse("B").unwrap());
    let new = NewHold { kind: HoldKind::Litigation, scope, reason: "事件 1".to_owned() };
    let effect = hall.office.place_hold(&hall.clerk, new).await.unwrap();
    assert_eq!((effect.taken_back.len(), effect.too_late.as_slice()), (2, &files[..1]));
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.drained), (vec![], true));
    assert_eq!(hall.packages(), 2);
    assert_eq!(code(hall.office.plan_disposal(&hall.managers[0], None).await), "disposal-nothing-due");
    let held = hall.office.holds(&hall.auditor).await.unwrap();
    assert!(held[0].in_force);
    hall.office.release_hold(&hall.clerk, effect.hold, day("2032-04-02")).await.unwrap();
    assert_eq!(code(hall.office.release_hold(&hall.clerk, effect.hold, day("2032-04-02")).await), "hold-released");
    hall.at("2032-04-03T00:00:00Z");
    let again = hall.office.plan_disposal(&hall.managers[0], None).await.unwrap();
    assert_eq!(again.plan.items.len(), 2);
    hall.clean().await;
}

#[tokio::test]
async fn a_hold_is_never_refused_and_each_scope_reaches_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    let record = hall.office.file_view(&hall.auditor, file).await.unwrap().records[0].record.id;
    let unknown = RecordFileId::from_bytes([7; 16]);
    let words = fumikura::records::HoldPredicate { title_contains: Some("通知".to_owned()), ..Default::default() };
    let scopes = [
        (HoldScope::File(file), 1),
        (HoldScope::Record(record), 1),
        (HoldScope::Class(ClassCode::parse("B").unwrap()), 1),
        (HoldScope::Predicate(words), 1),
        (HoldScope::File(unknown), 0),
    ];
    for (scope, files) in scopes {
        hall.at(DUE);
        let new = NewHold { kind: HoldKind::Disclosure, scope, reason: "請求 1".to_owned() };
        let effect = hall.office.place_hold(&hall.clerk, new).await.unwrap();
        assert_eq!(effect.files.len(), files);
        let due = hall.office.due_list(&hall.auditor).await.unwrap().len();
        assert_eq!(due, 1 - files);
        let view = hall.office.release_hold(&hall.clerk, effect.hold, day("2032-04-01")).await.unwrap();
        assert_eq!(view.keeps_until, fumikura::records::KeepUntil::Date(day("2033-04-01")));
        if files == 1 {
            // One year from the day after the decision still keeps it; start the next round without this hold.
            assert_eq!(hall.office.due_list(&hall.auditor).await.unwrap(), []);
            break_out(&hall, effect.hold).await;
        }
    }
}

/// Takes a decided hold out of the way of the next round, as no verb may: straight in the database.
async fn break_out(hall: &Hall, hold: fumikura::id::HoldId) {
    let sql = format!("DELETE FROM holds WHERE id = '{hold}'");
    hall.execute(sql).await;
}

#[tokio::test]
async fn an_extension_takes_a_listed_file_off_its_list() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let row = hall.approved(&[file]).await;
    let extension = Extension { years: 2, approved_on: None, authority: Some("規程 9".to_owned()) };
    let changed = hall.office.change_file(&hall.managers[0], file, FileChange::Extend(extension)).await.unwrap();
    assert_eq!(changed.dates.expires_on, Some(day("2034-03-31")));
    assert_eq!(hall.item_states(row.plan.id).await, [ItemState::Withdrawn]);
    let view = hall.office.file_view(&hall.auditor, file).await.unwrap();
    assert_eq!(view.records[0].record.state, RecordState::Retained);
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], row.plan.id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.drained), (vec![], true));
    hall.clean().await;
}
