//! What waits for somebody's decision is on their desk, and nothing that the verbs would refuse them.

use super::database;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, RULES, day, person, record};
use super::pages::{Lines, scan};
use fumikura::office::ports::{FilingWish, TraySource};
use fumikura::office::records::{AccessChange, AccessTarget};
use fumikura::office::reorganisation::{Move, MovedPart, NewReorganisation};
use fumikura::office::tray::NewArrival;
use fumikura::office::{Actor, Counted, Decision, DisposalStep, Role};
use fumikura::records::{AccessClass, AppraisalOutcome};
use std::sync::Arc;

async fn desk(hall: &Hall, actor: &Actor) -> Vec<Decision> {
    hall.office.awaiting(actor).await.unwrap().into_iter().map(|one| one.what).collect()
}

fn class(class: AccessClass) -> AccessChange {
    AccessChange::Class { class, reason: "公表のため".to_owned() }
}

#[tokio::test]
async fn a_disposal_waits_for_those_who_have_no_part_in_it_and_then_for_its_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 2).await;
    let (office, managers) = (&hall.office, &hall.managers);
    hall.at("2032-03-31T00:00:00Z");
    assert_eq!(desk(&hall, &managers[0]).await, [], "not due yet");
    hall.at(DUE);
    assert_eq!(desk(&hall, &managers[0]).await, [Decision::Appraisals(Counted { found: 1, more: false })]);
    assert_eq!(desk(&hall, &hall.clerk).await, [], "it is not theirs to decide");
    office.appraise(&managers[0], file, AppraisalOutcome::Destroy).await.unwrap();
    let row = office.plan_disposal(&managers[0], None).await.unwrap();
    let waits = |step| vec![Decision::Disposal { id: row.plan.id, step, files: 1 }];
    assert_eq!(desk(&hall, &managers[0]).await, [], "who proposed it does not approve it");
    assert_eq!(desk(&hall, &managers[1]).await, waits(DisposalStep::Approve));
    office.approve_disposal(&managers[1], row.plan.id, &row.plan.list_hash).await.unwrap();
    assert_eq!(desk(&hall, &managers[1]).await, [], "nor who approved it first");
    assert_eq!(desk(&hall, &managers[2]).await, waits(DisposalStep::Approve));
    office.approve_disposal(&managers[2], row.plan.id, &row.plan.list_hash).await.unwrap();
    assert_eq!(desk(&hall, &managers[0]).await, [], "the time for objections runs");
    hall.at(AFTER_GRACE);
    assert_eq!(desk(&hall, &managers[0]).await, waits(DisposalStep::Run));
    let report = office.run_disposal(&managers[0], row.plan.id, 9).await.unwrap();
    assert_eq!(report.destroyed, [file]);
    office.run_disposal(&managers[0], row.plan.id, 9).await.unwrap();
    assert_eq!(desk(&hall, &managers[0]).await, [], "backups are ageing");
    hall.at("2032-06-30T00:00:00Z");
    assert_eq!(desk(&hall, &managers[0]).await, waits(DisposalStep::Certify));
    assert_eq!(desk(&hall, &hall.auditor).await, []);
}

#[tokio::test]
async fn rules_classes_and_moves_wait_for_others_than_those_who_wished_them() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, managers) = (&hall.office, &hall.managers);
    let shorter = RULES.replace("2026.1", "2026.2").replace("years = 5", "years = 1");
    let loaded = office.load_rules(&managers[0], &shorter).await.unwrap();
    let rules = |approvals| {
        vec![Decision::Rules { set: loaded.set.id.clone(), version: loaded.set.version.clone(), approvals }]
    };
    assert_eq!(desk(&hall, &managers[0]).await, []);
    assert_eq!(desk(&hall, &managers[1]).await, rules(0));
    assert!(!office.rules_waiting(&managers[0]).await.unwrap()[0].may_approve);
    assert!(office.rules_waiting(&managers[1]).await.unwrap()[0].may_approve);
    assert!(!office.rules_waiting(&hall.auditor).await.unwrap()[0].may_approve);
    office.approve_rules(&managers[1], &loaded.set.id, &loaded.set.version, &loaded.sha256).await.unwrap();
    assert_eq!(desk(&hall, &managers[1]).await, []);
    assert_eq!(desk(&hall, &managers[2]).await, rules(1));
    office.approve_rules(&managers[2], &loaded.set.id, &loaded.set.version, &loaded.sha256).await.unwrap();
    assert_eq!(desk(&hall, &managers[2]).await, []);

    let file = hall.open_file(ROADS).await;
    let secret = office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    office.change_access(&managers[0], AccessTarget::Record(secret), class(AccessClass::Restricted)).await.unwrap();
    assert_eq!(desk(&hall, &managers[1]).await, [], "a stricter class waits for nobody");
    office.change_access(&managers[0], AccessTarget::File(file), class(AccessClass::Public)).await.unwrap();
    office.change_access(&managers[0], AccessTarget::Record(secret), class(AccessClass::Internal)).await.unwrap();
    let told = desk(&hall, &managers[1]).await;
    let [Decision::FileAccess { id, title, class: wished }, Decision::RecordAccess { id: of, title: hidden, .. }] =
        &told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!((*id, *wished, *of), (file, AccessClass::Public, secret));
    assert_ne!(title, "（限定）");
    assert_eq!(hidden, "（限定）", "of what is restricted no title is told that is not in the ledger");
    assert_eq!(desk(&hall, &managers[0]).await, []);
    // What was wished before the database could find it, the migration finds.
    for table in ["record_files", "records"] {
        hall.execute(format!("UPDATE {table} SET wished = 0")).await;
    }
    assert_eq!(desk(&hall, &managers[1]).await, []);
    for line in database::WISHES.lines().filter(|line| line.starts_with("UPDATE")) {
        hall.execute(line).await;
    }
    assert_eq!(desk(&hall, &managers[1]).await, told);
    let back = class(AccessClass::Internal);
    office.change_access(&managers[1], AccessTarget::File(file), back).await.unwrap();
    office.change_access(&managers[1], AccessTarget::Record(secret), class(AccessClass::Internal)).await.unwrap();
    assert_eq!(desk(&hall, &managers[1]).await, [], "one was taken back, one was decided");

    let admin = person(office, "admin", Role::Administrator).await;
    let moves = vec![Move { from: "総務課".to_owned(), part: MovedPart::Whole, to: "行政管理課".to_owned() }];
    let new = NewReorganisation { title: "改正".to_owned(), effective_on: day("2027-04-01"), moves };
    let row = office.propose_reorganisation(&admin, new).await.unwrap();
    assert_eq!(desk(&hall, &admin).await, [], "who proposed it does not approve it");
    let other = person(office, "other", Role::Administrator).await;
    assert_eq!(desk(&hall, &other).await, [], "a second administrator is the same side");
    assert!(matches!(&desk(&hall, &managers[1]).await[..], [Decision::Reorganisation { id, .. }] if *id == row.id));
    office.withdraw_reorganisation(&admin, row.id).await.unwrap();
    assert_eq!(desk(&hall, &managers[1]).await, []);
}

#[tokio::test]
async fn scans_wait_for_whoever_did_not_scan_them() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::with(folder.path(), |parts, _, _| parts.digitiser = Some(Arc::new(Lines))).await;
    let file = hall.open_file(ROADS).await;
    let wish = FilingWish {
        file: Some(file),
        title: "1号".to_owned(),
        number: None,
        created: day("2026-04-09"),
        restricted: false,
        paper: None,
    };
    let bytes = scan(&["text 1号"]);
    let source = TraySource::Upload;
    let new =
        NewArrival { name: "1号.pdf".to_owned(), bytes, source, device: String::new(), wish, expected_pages: None };
    hall.office.take_in(&hall.clerk, new).await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    assert_eq!(desk(&hall, &hall.clerk).await, [], "whoever scanned it is not its second person");
    assert_eq!(desk(&hall, &hall.managers[0]).await, [Decision::Scans(Counted { found: 1, more: false })]);
    assert_eq!(desk(&hall, &hall.auditor).await, []);
}
