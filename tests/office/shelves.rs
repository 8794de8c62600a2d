//! Shelves and paper through the verbs: surveys, volumes and loans, what comes free, and what is remembered of it (R10).

use super::database;
use super::hall::{Hall, ROADS, code, day, person};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::RecordFileId;
use fumikura::office::records::{AccessChange, AccessTarget, NewHold};
use fumikura::office::shelves::{NewFurniture, NewReading, NewVolume, SurveyLine, VolumePlace};
use fumikura::office::{Actor, OfficeError, Role};
use fumikura::records::{AccessClass, HoldKind, HoldScope, WITHHELD};
use fumikura::shelves::{Furniture, FurnitureUse, HeadCount, Millimetres, Stay};

fn reading(on: &str, fill_percent: u8) -> NewReading {
    NewReading { on: day(on), width_mm: 900, shelves: 5, fill_percent }
}

fn cabinet(label: &str, section: &str) -> NewFurniture {
    NewFurniture {
        label: label.to_owned(),
        section: section.to_owned(),
        place: "2階".to_owned(),
        kind: "両開き書庫".to_owned(),
        used: FurnitureUse::Shared,
        reading: reading("2026-04-10", 80),
    }
}

fn volume(label: &str, file: RecordFileId, furniture: &str) -> NewVolume {
    let place = VolumePlace { furniture: furniture.to_owned(), shelf: Some(2), boxed: String::new() };
    NewVolume { label: label.to_owned(), file, thickness_mm: 80, place }
}

async fn add(hall: &Hall, label: &str, section: &str) -> Furniture {
    hall.office.add_furniture(&hall.clerk, cabinet(label, section)).await.unwrap()
}

#[tokio::test]
async fn furniture_is_read_from_survey_to_survey_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, clerk) = (&hall.office, &hall.clerk);
    let one = add(&hall, "総-01", "総務課").await;
    assert_eq!(code(office.add_furniture(clerk, cabinet(" 総-01 ", "税務課")).await), "label-taken");
    assert_eq!(code(office.add_furniture(&hall.auditor, cabinet("総-02", "総務課")).await), "office-not-in-role");
    assert_eq!(code(office.add_furniture(clerk, cabinet("総-02", " ")).await), "shelf-unsaid");
    let future = NewFurniture { reading: reading("2026-04-11", 0), ..cabinet("総-02", "総務課") };
    assert_eq!(code(office.add_furniture(clerk, future).await), "survey-in-future");

    hall.at("2026-11-01T00:00:00Z");
    let read = office.read_furniture(clerk, one.id, reading("2026-11-01", 30), 1).await.unwrap();
    assert_eq!(
        code(office.read_furniture(clerk, one.id, reading("2026-11-01", 90), 1).await),
        "office-changed-meanwhile"
    );
    assert_eq!(code(office.read_furniture(clerk, one.id, reading("2026-11-01", 101), 2).await), "shelf-fill");
    office.count_heads(clerk, "総務課", HeadCount { on: day("2026-04-01"), heads: 9 }).await.unwrap();
    let (before, now) = (day("2026-04-10"), day("2026-11-01"));
    let paper = async |on| office.survey(&hall.auditor, on).await.unwrap().all;
    assert_eq!((paper(before).await.paper(), paper(now).await.paper()), (Millimetres(3600), Millimetres(1350)));
    assert_eq!(paper(now).await.paper_per_head(), Some(Millimetres(150)));

    let file = hall.open_file(ROADS).await;
    let kept = office.add_volume(clerk, volume("道路-1", file, "総-01")).await.unwrap();
    assert_eq!(code(office.remove_furniture(clerk, one.id, now, read.row_version).await), "furniture-not-empty");
    office.move_volume(clerk, kept.id, VolumePlace::default()).await.unwrap();
    office.remove_furniture(clerk, one.id, now, read.row_version).await.unwrap();
    assert_eq!((paper(before).await.paper(), paper(now).await.paper()), (Millimetres(3600), Millimetres(0)));
    assert_eq!(code(office.read_furniture(clerk, one.id, reading("2026-11-01", 9), 3).await), "furniture-gone");
    let back = VolumePlace { furniture: "総-01".to_owned(), ..VolumePlace::default() };
    assert_eq!(code(office.move_volume(clerk, kept.id, back).await), "furniture-gone");
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_survey_is_taken_over_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    add(&hall, "総-01", "総務課").await;
    let line = |line, label: &str, fill| SurveyLine {
        line,
        furniture: NewFurniture { reading: reading("2026-04-10", fill), ..cabinet(label, "税務課") },
    };
    let source = Sha256Hex::of(b"csv");
    let import = async |lines, only| hall.office.import_survey(&hall.clerk, lines, &source, only).await.unwrap();
    let wrong = vec![line(2, "総-01", 10), line(3, "税-01", 20), line(4, "税-01", 30), line(5, "税-02", 101)];
    let told = import(wrong, false).await;
    let codes: Vec<_> = told.problems.iter().map(|(line, fault)| (*line, fault.code())).collect();
    assert_eq!((codes, told.is_done), (vec![(4, "survey-line-twice"), (5, "shelf-fill")], false));
    let right = vec![line(2, "総-01", 10), line(3, "税-01", 20)];
    assert!(!import(right.clone(), true).await.is_done);
    assert_eq!(hall.office.all_furniture(&hall.auditor).await.unwrap().len(), 1, "nothing is half taken over");
    let done = import(right, false).await;
    assert_eq!((done.added, done.read, done.is_done), (1, 1, true));
    let all = hall.office.all_furniture(&hall.auditor).await.unwrap();
    let all: Vec<_> = all.iter().map(|one| (one.label.as_str(), one.section.as_str(), one.row_version)).collect();
    assert_eq!(all, [("税-01", "税務課", 1), ("総-01", "税務課", 2)]);
}

#[tokio::test]
async fn a_volume_is_lent_comes_back_and_its_borrower_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, clerk) = (&hall.office, &hall.clerk);
    let (shelf, file) = (add(&hall, "総-01", "総務課").await, hall.open_file(ROADS).await);
    let one = office.add_volume(clerk, volume("道路-1", file, "総-01")).await.unwrap();
    assert_eq!(code(office.add_volume(clerk, volume("道路-1", file, "総-01")).await), "label-taken");
    assert_eq!(code(office.add_volume(clerk, volume("道路-2", file, "無い")).await), "label-not-found");
    let sixth = VolumePlace { furniture: "総-01".to_owned(), shelf: Some(6), boxed: String::new() };
    assert_eq!(code(office.move_volume(clerk, one.id, sixth).await), "furniture-no-such-shelf");
    let nowhere = RecordFileId::from_bytes([9; 16]);
    assert_eq!(code(office.add_volume(clerk, volume("道路-2", nowhere, "")).await), "filing-no-such-file");
    assert_eq!(code(office.measure_volume(clerk, one.id, 0).await), "volume-thickness");
    office.measure_volume(clerk, one.id, 95).await.unwrap();

    assert_eq!(code(office.return_volume(clerk, one.id).await), "volume-not-lent");
    assert_eq!(code(office.lend_volume(clerk, one.id, "見本花子", day("2026-04-09")).await), "loan-ends-in-past");
    assert_eq!(code(office.lend_volume(clerk, one.id, " ", day("2026-04-20")).await), "shelf-unsaid");
    office.lend_volume(clerk, one.id, "見本花子", day("2026-04-20")).await.unwrap();
    assert_eq!(code(office.lend_volume(clerk, one.id, "見本次郎", day("2026-04-20")).await), "volume-lent");
    assert_eq!(code(office.remove_volume(clerk, one.id).await), "volume-lent");
    hall.at("2026-04-21T00:00:00Z");
    let lent = office.lent_volumes(&hall.auditor).await.unwrap();
    let loan = lent[0].volume.loan.clone().unwrap();
    assert_eq!(
        (lent.len(), lent[0].overdue, loan.borrower.as_str(), loan.since),
        (1, true, "見本花子", day("2026-04-10"))
    );
    let entries = format!("{:?}", office.newest_entries(&hall.auditor, 1000).await.unwrap());
    assert!(entries.contains("volume.lent") && !entries.contains("見本花子"), "the ledger names no borrower");
    office.return_volume(clerk, one.id).await.unwrap();
    assert_eq!(office.lent_volumes(&hall.auditor).await.unwrap(), []);
    let view = office.furniture(&hall.auditor, shelf.id).await.unwrap();
    assert_eq!(view.volumes.iter().map(|one| one.volume.thickness_mm).collect::<Vec<_>>(), [95]);
    office.remove_volume(clerk, one.id).await.unwrap();
    assert_eq!(code(office.volume_labelled(clerk, "道路-1").await), "label-not-found");
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn of_a_restricted_file_the_shelf_shows_that_something_stands_there() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, clerk) = (&hall.office, &hall.clerk);
    let (shelf, file) = (add(&hall, "総-01", "総務課").await, hall.open_file(ROADS).await);
    let one = office.add_volume(clerk, volume("道路-1", file, "総-01")).await.unwrap();
    office.lend_volume(clerk, one.id, "見本花子", day("2026-04-20")).await.unwrap();
    let raise = AccessChange::Class { class: AccessClass::Restricted, reason: String::new() };
    office.change_access(&hall.managers[0], AccessTarget::File(file), raise).await.unwrap();
    let account = person(office, "outsider", Role::Clerk).await;
    let outsider = Actor::new(account.user(), "見本".to_owned(), "税務課".to_owned(), [Role::Clerk].into());
    let views = [
        office.furniture(&outsider, shelf.id).await.unwrap().volumes.remove(0),
        office.volume_labelled(&outsider, "道路-1").await.unwrap(),
        office.volume(&outsider, one.id).await.unwrap(),
        office.lent_volumes(&outsider).await.unwrap().remove(0),
    ];
    for view in views {
        let told = (view.file.title.as_str(), view.file.withheld, view.volume.loan.unwrap().borrower);
        assert_eq!(told, (WITHHELD, true, WITHHELD.to_owned()));
    }
    let refused: [Result<(), OfficeError>; 7] = [
        office.volumes_of(&outsider, file).await.map(drop),
        office.add_volume(&outsider, volume("道路-2", file, "")).await.map(drop),
        office.move_volume(&outsider, one.id, VolumePlace::default()).await.map(drop),
        office.measure_volume(&outsider, one.id, 9).await.map(drop),
        office.plan_scanning(&outsider, one.id, None).await.map(drop),
        office.return_volume(&outsider, one.id).await.map(drop),
        office.remove_volume(&outsider, one.id).await,
    ];
    for refusal in refused {
        assert_eq!(code(refusal), "access-restricted-file");
    }
    assert_eq!(office.volumes_of(&hall.managers[0], file).await.unwrap()[0].file.title, "簿冊 B-02");
}

#[tokio::test]
async fn the_forecast_follows_dates_holds_and_destruction() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, clerk) = (&hall.office, &hall.clerk);
    add(&hall, "税-01", "税務課").await;
    let (closed, held) = (hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 1).await);
    let open = hall.open_file(ROADS).await;
    for (label, file, furniture) in [("1", closed, "税-01"), ("2", held, "税-01"), ("3", open, "")] {
        let mut new = volume(label, file, furniture);
        new.place.shelf = None;
        office.add_volume(clerk, new).await.unwrap();
    }
    let hold = NewHold { kind: HoldKind::Litigation, scope: HoldScope::File(held), reason: "訴訟".to_owned() };
    let hold = office.place_hold(clerk, hold).await.unwrap().hold;
    let forecast = async |years| office.forecast_paper(&hall.auditor, years).await.unwrap();
    let found = forecast(10).await;
    // Completed in April 2026, kept for five years from April 2027 to March 2032: it goes in the year that begins then.
    let going: Vec<_> =
        found.all.years.iter().filter(|one| one.volumes > 0).map(|one| (one.year.0, one.freed.0)).collect();
    assert_eq!(going, [(2032, 80)]);
    assert_eq!(found.all.stays, [(Stay::Held, Millimetres(80)), (Stay::Undated, Millimetres(80))].into());
    assert_eq!(found.sections["税務課"].today, Millimetres(160));
    assert_eq!(found.sections["総務課長"].stays[&Stay::Undated], Millimetres(80), "else the custodian's");
    office.release_hold(clerk, hold, day("2026-04-10")).await.unwrap();
    hall.at("2026-04-11T00:00:00Z");
    assert_eq!(forecast(6).await.all.later, Millimetres(160), "later than the years that were asked for");

    hall.at(super::hall::DUE);
    let id = hall.approved(&[closed, held]).await.plan.id;
    hall.at(super::hall::AFTER_GRACE);
    office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    let now = &forecast(1).await.all.years[0];
    assert_eq!(
        (now.year.0, now.freed),
        (2032, Millimetres(160)),
        "the paper of what is destroyed is still there to go"
    );
}

#[tokio::test]
async fn shelves_and_volumes_are_remembered_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, clerk) = (&hall.office, &hall.clerk);
    let file = hall.open_file(ROADS).await;
    office.remember().await.unwrap();
    let shelf = add(&hall, "総-01", "総務課").await;
    office.count_heads(clerk, "総務課", HeadCount { on: day("2026-04-01"), heads: 9 }).await.unwrap();
    let one = office.add_volume(clerk, volume("道路-1", file, "総-01")).await.unwrap();
    office.remember().await.unwrap();
    office.measure_volume(clerk, one.id, 95).await.unwrap();
    office.read_furniture(clerk, shelf.id, reading("2026-04-09", 10), 1).await.unwrap();
    office.remember().await.unwrap();
    let before = office.records_state().await.unwrap();
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap(), before);
    let anew = hall.over("anew.sqlite").await;
    let survey = anew.survey(&hall.auditor, day("2026-04-09")).await.unwrap();
    assert_eq!((survey.all.paper(), survey.all.heads), (Millimetres(450), Some(9)));
    assert_eq!(anew.volumes_of(clerk, file).await.unwrap()[0].volume.thickness_mm, 95);
    let store = database::open(&hall.folder.join("anew.sqlite")).await;
    assert_eq!(store.read().await.unwrap().volumes_after(None, 9).await.unwrap().len(), 1);
}

#[test]
fn every_verb_of_the_shelves_is_in_a_story() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/office/shelves");
    let stories = include_str!("shelves.rs");
    let mut verbs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for part in text.split("    pub async fn ").skip(1) {
            let name = part.split_once('(').unwrap().0;
            assert!(stories.contains(&format!(".{name}(")), "no story asks {name}");
            verbs += 1;
        }
    }
    assert!(verbs > 12, "{verbs}");
}
