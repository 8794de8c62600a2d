//! Sections move (機構改革): what moves, who decides, and that no hold, list or date is lost by a new name.

use super::city::{self, City, PDF};
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, day, person, record};
use fumikura::digest::Sha256Hex;
use fumikura::id::{NoticeId, RecordFileId};
use fumikura::office::records::{AccessChange, AccessTarget, NewHold, NewRecord, NewSearch};
use fumikura::office::reorganisation::{
    Move, MoveTrouble, MovedPart, NewReorganisation, OutlookNote, Reorganisation, ReorganisationError,
    ReorganisationState,
};
use fumikura::office::shelves::{NewFurniture, NewReading};
use fumikura::office::{Actor, OfficeError, Role};
use fumikura::records::{AccessClass, ClassCode, Grantee, HoldKind, HoldPredicate, HoldScope, ItemState, RecordState};
use fumikura::shelves::{FurnitureUse, HeadCount};

const OLD: &str = "総務課";
const NEW: &str = "行政管理課";

fn line(from: &str, part: MovedPart, to: &str) -> Move {
    Move { from: from.to_owned(), part, to: to.to_owned() }
}

fn whole(from: &str, to: &str) -> Move {
    line(from, MovedPart::Whole, to)
}

fn class(code: &str) -> MovedPart {
    MovedPart::Class(ClassCode::parse(code).unwrap())
}

fn new(on: &str, moves: Vec<Move>) -> NewReorganisation {
    NewReorganisation { title: "令和8年度組織改正".to_owned(), effective_on: day(on), moves }
}

/// Proposes and approves, by an administrator and a records manager.
async fn decide(hall: &Hall, admin: &Actor, new: NewReorganisation) -> Reorganisation {
    let row = hall.office.propose_reorganisation(admin, new).await.unwrap();
    hall.office.approve_reorganisation(&hall.managers[0], row.id, &row.sha256).await.unwrap()
}

async fn custodians(hall: &Hall, file: RecordFileId) -> Vec<String> {
    hall.office.file_view(&hall.auditor, file).await.unwrap().file.custodians()
}

async fn of(hall: &Hall, login: &str, section: &str) -> Actor {
    let account = person(&hall.office, login, Role::RecordsClerk).await;
    Actor::new(account.user(), login.to_owned(), section.to_owned(), [Role::RecordsClerk].into())
}

fn cabinet(section: &str) -> NewFurniture {
    NewFurniture {
        label: format!("{section}-01"),
        section: section.to_owned(),
        place: "2階".to_owned(),
        kind: "書庫".to_owned(),
        used: FurnitureUse::Shared,
        reading: NewReading { on: day("2026-04-10"), width_mm: 900, shelves: 5, fill_percent: 80 },
    }
}

#[tokio::test]
async fn everything_of_a_section_moves_in_one_step_and_the_vault_remembers_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, clerk) = (&hall.office, &hall.clerk);
    let admin = person(office, "admin", Role::Administrator).await;
    let (file, other) = (hall.open_file(ROADS).await, hall.open_file(ROADS).await);
    office.file_record(clerk, record(file, 1)).await.unwrap();
    let raise = AccessChange::Class { class: AccessClass::Restricted, reason: String::new() };
    let grant = |to: &str| AccessChange::Grant { to: to.to_owned(), until: None, reason: "兼務".to_owned() };
    office.change_access(&hall.managers[0], AccessTarget::File(file), raise).await.unwrap();
    office.change_access(&hall.managers[0], AccessTarget::File(file), grant(OLD)).await.unwrap();
    let shelf = office.add_furniture(clerk, cabinet(OLD)).await.unwrap();
    office.count_heads(clerk, OLD, HeadCount { on: day("2026-04-01"), heads: 9 }).await.unwrap();
    office.count_heads(clerk, NEW, HeadCount { on: day("2026-04-01"), heads: 2 }).await.unwrap();

    let plan = new("2026-04-10", vec![whole(OLD, NEW)]);
    let outlook = office.look_at_reorganisation(&hall.auditor, &plan).await.unwrap();
    let seen = &outlook.moves[0];
    assert_eq!((outlook.faults.len(), seen.people, seen.files, seen.furniture), (0, 6, 2, 1));
    assert_eq!(outlook.notes, [OutlookNote::NoSymbol(NEW.to_owned())]);
    assert_eq!(custodians(&hall, file).await, ["総務課長"], "a look changes nothing");
    let row = decide(&hall, &admin, plan).await;
    assert_eq!((row.state(), row.moved.people, row.moved.files), (ReorganisationState::Applied, 6, 2));
    assert_eq!((row.moved.grants, row.moved.furniture), (1, 1));

    let view = office.file_view(&hall.auditor, file).await.unwrap().file;
    assert_eq!(view.custodian, "行政管理課長", "the register goes on to name the head");
    assert_eq!((view.creator.as_str(), view.former_custodians[0].until), (OLD, day("2026-04-10")));
    assert_eq!(view.access.grants[0].to, Grantee::Section(NEW.to_owned()));
    assert!(office.users().await.unwrap().iter().all(|user| user.section == NEW));
    assert_eq!(office.furniture(&hall.auditor, shelf.id).await.unwrap().furniture.section, NEW);
    let survey = office.survey(&hall.auditor, day("2026-04-10")).await.unwrap();
    let heads = |section: &str| survey.sections.iter().find(|one| one.section == section).and_then(|one| one.heads);
    assert_eq!((heads(NEW), heads(OLD)), (Some(11), Some(0)));
    let before = office.survey(&hall.auditor, day("2026-04-09")).await.unwrap();
    assert_eq!(before.sections.iter().find(|one| one.section == OLD).and_then(|one| one.heads), Some(9));
    let (kept, left) = (of(&hall, "takes-over", NEW).await, of(&hall, "left-behind", OLD).await);
    assert!(office.file_view(&kept, file).await.is_ok());
    assert_eq!(code(office.file_view(&left, file).await), "access-restricted-file");

    office.remember().await.unwrap();
    let state = office.records_state().await.unwrap();
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap().sha256, state.sha256);
    let anew = hall.over("anew.sqlite").await;
    let remembered = anew.file_view(&hall.auditor, other).await.unwrap().file;
    assert_eq!(remembered, office.file_view(&hall.auditor, other).await.unwrap().file);
    assert_eq!(remembered.custodians(), ["行政管理課長", "総務課長"]);
    assert_eq!(anew.reorganisations(&hall.auditor).await.unwrap(), [row]);
    let entries = format!("{:?}", office.newest_entries(&hall.auditor, 1000).await.unwrap());
    assert!(entries.contains("file.handed-over") && !entries.contains(NEW), "the ledger names no section");
    hall.clean().await;
}

#[tokio::test]
async fn a_hold_by_custodian_and_an_approved_list_go_on_as_if_nothing_had_a_new_name() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let office = &hall.office;
    let admin = person(office, "admin", Role::Administrator).await;
    let (held, free) = (hall.closed_file(ROADS, 1).await, hall.open_file(ROADS).await);
    let words = HoldPredicate {
        title_contains: Some("事故".to_owned()),
        custodian_contains: Some(OLD.to_owned()),
        ..HoldPredicate::default()
    };
    let title = NewRecord { title: "事故の報告".to_owned(), ..record(held, 9) };
    assert_eq!(code(office.file_record(&hall.clerk, title).await), "filing-file-closed");
    let by_name = HoldPredicate { custodian_contains: Some(OLD.to_owned()), ..HoldPredicate::default() };
    let accident = hall.open_file(ROADS).await;
    let title = NewRecord { title: "事故の報告".to_owned(), ..record(accident, 1) };
    office.file_record(&hall.clerk, title).await.unwrap();
    office.close_file(&hall.clerk, accident, day("2026-04-10")).await.unwrap();
    office.file_record(&hall.clerk, record(free, 1)).await.unwrap();
    office.close_file(&hall.clerk, free, day("2026-04-10")).await.unwrap();
    let hold =
        NewHold { kind: HoldKind::Litigation, scope: HoldScope::Predicate(words), reason: "事件 1".to_owned() };
    assert_eq!(office.place_hold(&hall.clerk, hold).await.unwrap().files, [accident]);

    hall.at(DUE);
    let disposal = hall.approved(&[held, free]).await.plan.id;
    let on = &DUE[..10];
    decide(&hall, &admin, new(on, vec![whole(OLD, NEW)])).await;
    assert_eq!(custodians(&hall, accident).await, ["行政管理課長", "総務課長"]);
    assert_eq!(hall.item_states(disposal).await, [ItemState::SealedOff; 2], "who keeps it decides nothing of a list");
    let found = office.find_files(&hall.auditor, &by_name, None, 9).await.unwrap();
    assert_eq!(found.rows.len(), 3, "what a section kept is found by its old name");
    let search = NewSearch { name: "旧総務課".to_owned(), what: by_name.clone() };
    let search = office.save_search(&hall.clerk, search).await.unwrap();
    assert!(
        office.file_view(&hall.auditor, accident).await.unwrap().holds.len() == 1,
        "the hold by the old name lies on it"
    );

    // Placed after the move, by the old name: what is on the list comes back.
    let placed = office.place_hold_on_search(&hall.clerk, search.id, HoldKind::Audit, "監査").await.unwrap();
    assert_eq!((placed.files.len(), placed.taken_back.len()), (3, 2));
    hall.at(AFTER_GRACE);
    let run = office.run_disposal(&hall.managers[0], disposal, 9).await.unwrap();
    assert_eq!(run.destroyed, []);
    for file in [held, free, accident] {
        let view = office.file_view(&hall.auditor, file).await.unwrap();
        assert!(view.destroyed_on.is_none() && !view.holds.is_empty(), "{file}");
        assert!(view.records.iter().all(|row| row.record.state != RecordState::Claimed));
    }
    hall.clean().await;
}

#[tokio::test]
async fn a_list_that_was_approved_before_is_carried_through_after() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let admin = person(&hall.office, "admin", Role::Administrator).await;
    let file = hall.closed_file(ROADS, 2).await;
    hall.at(DUE);
    let disposal = hall.approved(&[file]).await.plan.id;
    decide(&hall, &admin, new(&DUE[..10], vec![whole(OLD, NEW)])).await;
    hall.at(AFTER_GRACE);
    hall.office.run_disposal(&hall.managers[0], disposal, 9).await.unwrap();
    assert_eq!(hall.packages(), 0);
    // What is gone is nobody's to take over.
    let again = decide(&hall, &admin, new(&AFTER_GRACE[..10], vec![whole(NEW, "総務部")])).await;
    assert_eq!((again.moved.files, again.moved.people), (0, 6));
    hall.clean().await;
}

#[tokio::test]
async fn the_narrowest_line_moves_it_and_two_sections_change_names_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, managers) = (&hall.office, &hall.managers);
    let admin = person(office, "admin", Role::Administrator).await;
    let (roads, other) = (hall.open_file(ROADS).await, hall.open_file("A-01-01").await);
    let (named, stays) = (hall.open_file("A-01-01").await, hall.open_file("A-01-02").await);
    let moves = vec![
        whole(OLD, "甲課"),
        line(OLD, class("B"), "乙課"),
        line(OLD, class("A-01-02"), OLD),
        line(OLD, MovedPart::File(named), "丙課"),
        line(OLD, MovedPart::Person("clerk".to_owned()), "乙課"),
    ];
    let outlook = office.look_at_reorganisation(&admin, &new("2026-04-10", moves.clone())).await.unwrap();
    let files: Vec<u64> = outlook.moves.iter().map(|one| one.files).collect();
    assert_eq!(files, [1, 1, 1, 1, 0]);
    decide(&hall, &admin, new("2026-04-10", moves)).await;
    for (file, expected) in [(roads, "乙課長"), (other, "甲課長"), (named, "丙課長"), (stays, "総務課長")]
    {
        assert_eq!(custodians(&hall, file).await[0], expected);
    }
    let section = async |login: &str| {
        let users = office.users().await.unwrap();
        users.into_iter().find(|user| user.login == login).unwrap().section
    };
    assert_eq!((section("clerk").await, section("manager1").await), ("乙課".to_owned(), "甲課".to_owned()));
    let swap = new("2026-04-10", vec![whole("甲課", "乙課"), whole("乙課", "甲課")]);
    let row = office.propose_reorganisation(&managers[1], swap).await.unwrap();
    office.approve_reorganisation(&admin, row.id, &row.sha256).await.unwrap();
    assert_eq!((section("clerk").await, section("manager1").await), ("甲課".to_owned(), "乙課".to_owned()));
    assert_eq!(custodians(&hall, roads).await, ["甲課長", "乙課長", "総務課長"]);
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_done_is_told_line_by_line_and_two_persons_of_both_roles_decide() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, managers) = (&hall.office, &hall.managers);
    let admin = person(office, "admin", Role::Administrator).await;
    let elsewhere = RecordFileId::from_bytes([9; 16]);
    let wrong = vec![
        whole("税務課", NEW),
        whole(OLD, OLD),
        whole(OLD, NEW),
        line(OLD, class("Z-9"), NEW),
        line(OLD, MovedPart::File(elsewhere), NEW),
        line(OLD, MovedPart::Notices("permit".to_owned()), NEW),
        line(OLD, MovedPart::Person("nobody".to_owned()), NEW),
        whole(OLD, " "),
    ];
    let told = office.propose_reorganisation(&admin, new("2026-04-10", wrong)).await.unwrap_err();
    let OfficeError::Reorganisation(ReorganisationError::Unsound(faults)) = told else { panic!("{told}") };
    let told: Vec<_> = faults.into_iter().map(|fault| (fault.line, fault.trouble)).collect();
    let (section, file) = (OLD.to_owned(), elsewhere.to_string());
    let expected = [
        (1, MoveTrouble::UnknownSection("税務課".to_owned())),
        (2, MoveTrouble::Itself(section)),
        (3, MoveTrouble::Twice(2)),
        (4, MoveTrouble::NoSuchClass("Z-9".to_owned())),
        (5, MoveTrouble::NoSuchFile(file)),
        (6, MoveTrouble::NoSuchKind("permit".to_owned())),
        (7, MoveTrouble::NoSuchPerson("nobody".to_owned())),
        (8, MoveTrouble::Unnamed),
    ];
    assert_eq!(told, expected);
    let nothing = office.propose_reorganisation(&admin, new("2026-04-10", Vec::new())).await;
    assert_eq!(code(nothing), "reorganisation-unsound");
    let good = |on: &str| new(on, vec![whole(OLD, NEW)]);
    for (by, asked, refusal) in [
        (&hall.clerk, good("2026-04-10"), "office-not-in-role"),
        (&hall.auditor, good("2026-04-10"), "office-not-in-role"),
        (&admin, good("2027-09-01"), "reorganisation-day"),
        (&admin, NewReorganisation { title: " ".to_owned(), ..good("2026-04-10") }, "reorganisation-untitled"),
    ] {
        assert_eq!(code(office.propose_reorganisation(by, asked).await), refusal);
    }
    let row = office.propose_reorganisation(&managers[0], good("2026-05-01")).await.unwrap();
    let other = Sha256Hex::of(b"another");
    for (by, hash, refusal) in [
        (&hall.clerk, &row.sha256, "office-not-in-role"),
        (&hall.auditor, &row.sha256, "office-not-in-role"),
        (&managers[0], &row.sha256, "reorganisation-same-person"),
        (&managers[1], &row.sha256, "reorganisation-one-side"),
        (&admin, &other, "reorganisation-not-as-shown"),
    ] {
        assert_eq!(code(office.approve_reorganisation(by, row.id, hash).await), refusal);
    }
    assert_eq!(code(office.withdraw_reorganisation(&hall.auditor, row.id).await), "office-not-in-role");
    assert_eq!(code(office.reorganisations(&hall.clerk).await), "office-not-in-role");
    let taken_back = office.withdraw_reorganisation(&managers[1], row.id).await.unwrap();
    assert_eq!(taken_back.state(), ReorganisationState::Withdrawn);
    let late = office.approve_reorganisation(&admin, row.id, &row.sha256).await;
    assert_eq!(code(late), "reorganisation-state");
    assert!(office.users().await.unwrap().iter().all(|user| user.section == OLD), "nothing moved");
}

#[tokio::test]
async fn what_is_approved_waits_for_its_day_and_is_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let office = &hall.office;
    let admin = person(office, "admin", Role::Administrator).await;
    let before = hall.open_file(ROADS).await;
    let row = decide(&hall, &admin, new("2026-05-01", vec![whole(OLD, NEW)])).await;
    assert_eq!((row.state(), row.moved.files), (ReorganisationState::Approved, 0));
    let meanwhile = hall.open_file(ROADS).await;
    assert_eq!(office.apply_due_reorganisations().await.unwrap(), [], "not before its day");
    // The day begins in Japan.
    hall.at("2026-04-30T14:59:59Z");
    assert_eq!(office.apply_due_reorganisations().await.unwrap(), []);
    hall.at("2026-04-30T15:00:00Z");
    let done = office.apply_due_reorganisations().await.unwrap();
    assert_eq!((done.len(), done[0].moved.files), (1, 2), "what came meanwhile moves, too");
    assert_eq!(office.apply_due_reorganisations().await.unwrap(), []);
    for file in [before, meanwhile] {
        assert_eq!(custodians(&hall, file).await, ["行政管理課長", "総務課長"]);
    }
    let gone = office.withdraw_reorganisation(&admin, row.id).await;
    assert_eq!(code(gone), "reorganisation-state");
    let (row, outlook) = office.reorganisation(&hall.auditor, row.id).await.unwrap();
    assert_eq!((row.state(), outlook.moves.len()), (ReorganisationState::Applied, 0));
}

/// A notice that is sealed, and one of another type that was issued.
async fn notices(city: &City) -> [NoticeId; 2] {
    [city.sealed("permit").await, city.issued("permit").await.0]
}

#[tokio::test]
async fn notices_go_on_in_the_section_that_took_them_over() {
    let city = City::with(|parts| {
        parts.settings.symbols.insert("行政課".to_owned(), "見行".to_owned());
    })
    .await;
    let office = &city.office;
    let [sealed, issued] = notices(&city).await;
    let (admin, manager) = (City::person(8, &[Role::Administrator]), City::person(9, &[Role::RecordsManager]));
    let plan = new("2026-06-01", vec![whole("総務文書課", "行政課")]);
    let row = office.propose_reorganisation(&admin, plan).await.unwrap();
    let done = office.approve_reorganisation(&manager, row.id, &row.sha256).await.unwrap();
    assert_eq!((done.moved.notices, done.moved.people), (2, 0));
    let successor = City::person_of("行政課", 21, &[Role::Clerk]);
    for id in [sealed, issued] {
        assert_eq!(code(office.notice(&city::clerk(), id).await), "notice-not-found", "the old section is no more");
        let notice = office.notice(&successor, id).await.unwrap().notice;
        assert_eq!(notice.section, "行政課");
        let last = notice.history.last().unwrap();
        assert_eq!((last.what.as_str(), last.comment.as_str()), ("notice.handed-over", "総務文書課 → 行政課"));
    }
    let bytes = office.notice_pdf(&successor, issued).await.unwrap();
    assert!(bytes.starts_with(&PDF[..8]), "the file that was sealed is the one that is there");
    let consent = fumikura::office::notices::NewConsent::today("online", "申請 13");
    office.record_consent(&successor, sealed, consent).await.unwrap();
    office.issue(&successor, sealed).await.unwrap();
    let number = office.notice(&successor, sealed).await.unwrap().notice.number.unwrap();
    assert!(number.contains("見行"), "what is issued now has the new section's symbol: {number}");
    let before = office.notice(&successor, issued).await.unwrap().notice.number.unwrap();
    assert!(before.contains("見総"), "a number that was given stays: {before}");
    office.verify_ledger(Vec::new()).await.unwrap();
}
