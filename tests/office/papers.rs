//! The paper of scanned records through the verbs: kept until nothing keeps it, shredded on two persons' word, or not at all (R8).

use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, day, person};
use super::pages::{Lines, scan};
use fumikura::digest::Sha256Hex;
use fumikura::id::{HoldId, RecordFileId, RecordId, ShreddingListId};
use fumikura::office::Role;
use fumikura::office::ports::{FilingWish, TraySource, TrayState};
use fumikura::office::records::NewHold;
use fumikura::office::tray::{Acceptance, NewArrival, PaperView, ScanPolicy};
use fumikura::records::{HoldKind, HoldScope};
use fumikura::scans::{ExclusionGround, PaperGate, PaperState, ShreddingEnd};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The last day on which paper that was scanned on 10 April 2026 has to be kept.
const LAST: &str = "2026-07-19T00:00:00Z";
const FREE: &str = "2026-07-20T00:00:00Z";

async fn hall(folder: &Path, classes_on_paper: &[&str]) -> Hall {
    let classes_on_paper = classes_on_paper.iter().map(|class| (*class).to_owned()).collect();
    Hall::with(folder, |parts, _, _| {
        parts.digitiser = Some(Arc::new(Lines));
        parts.settings.scans = ScanPolicy { classes_on_paper, ..ScanPolicy::default() };
    })
    .await
}

/// Scans a page by the clerk, and has the first manager file it.
async fn scanned(hall: &Hall, file: RecordFileId, text: &str) -> RecordId {
    let wish = FilingWish {
        file: Some(file),
        title: text.to_owned(),
        number: None,
        created: day("2026-04-09"),
        restricted: false,
        paper: Some("箱12".to_owned()),
    };
    let new = NewArrival {
        name: format!("{text}.pdf"),
        bytes: scan(&[&format!("text {text}")]),
        source: TraySource::Upload,
        device: String::new(),
        wish: wish.clone(),
        expected_pages: None,
    };
    let id = hall.office.take_in(&hall.clerk, new).await.unwrap().id;
    hall.office.work_through_tray().await.unwrap();
    let item = hall.office.tray_item(&hall.managers[0], id).await.unwrap().item;
    assert_eq!(item.state, TrayState::ToCheck);
    let acceptance = Acceptance { row_version: item.row_version, wish, looked_at: vec![1] };
    let record = hall.office.accept_scan(&hall.managers[0], id, acceptance).await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    record
}

async fn paper(hall: &Hall, record: RecordId) -> PaperView {
    hall.office.paper_of(&hall.auditor, record).await.unwrap().unwrap()
}

async fn hold(hall: &Hall, record: RecordId) -> HoldId {
    let new = NewHold { kind: HoldKind::Litigation, scope: HoldScope::Record(record), reason: "訴訟".to_owned() };
    hall.office.place_hold(&hall.clerk, new).await.unwrap().hold
}

#[tokio::test]
async fn paper_is_shredded_on_the_word_of_two_once_nothing_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path(), &[]).await;
    let (office, clerk, managers) = (&hall.office, &hall.clerk, &hall.managers);
    let file = hall.open_file(ROADS).await;
    let (one, two, three) =
        (scanned(&hall, file, "1号").await, scanned(&hall, file, "2号").await, scanned(&hall, file, "3号").await);
    let gates = async |record| paper(&hall, record).await.gates;
    hall.at(LAST);
    assert_eq!(gates(one).await, [PaperGate::Waits]);
    assert_eq!(code(office.propose_shredding(clerk, &[one]).await), "paper-waits");
    hall.at(FREE);
    assert_eq!(gates(one).await, []);
    let excluded = office.exclude_paper(clerk, two, ExclusionGround::Rights, "権利証").await.unwrap();
    assert_eq!(excluded.exclusion.unwrap().ground, ExclusionGround::Rights);
    assert_eq!(code(office.propose_shredding(clerk, &[one, two]).await), "paper-excluded");
    assert_eq!(gates(one).await, [], "a list that is refused takes nothing");
    assert_eq!(code(office.propose_shredding(clerk, &[]).await), "shredding-empty");
    assert_eq!(code(office.propose_shredding(&hall.auditor, &[one]).await), "office-not-in-role");
    // Who said that it is kept does not take that back.
    office.exclude_paper(&managers[1], two, ExclusionGround::Law, "法令").await.unwrap();
    assert_eq!(code(office.include_paper(&managers[1], two).await), "tray-same-person");
    office.include_paper(&managers[2], two).await.unwrap();

    let list = office.propose_shredding(&managers[0], &[three, one, two, one]).await.unwrap();
    assert_eq!((list.records.len(), gates(one).await), (3, vec![]));
    assert_eq!(code(office.propose_shredding(clerk, &[one]).await), "paper-not-kept");
    assert_eq!(code(office.approve_shredding(clerk, list.id, &list.hash).await), "office-not-in-role");
    assert_eq!(code(office.approve_shredding(&managers[0], list.id, &list.hash).await), "tray-same-person");
    assert_eq!(code(office.approve_shredding(&managers[1], list.id, &Sha256Hex::of(b"")).await), "shredding-changed");
    let none = BTreeSet::new();
    let on = (day("2026-07-21"), "溶解業者 第9号");
    assert_eq!(code(office.confirm_shredding(clerk, list.id, on, &none).await), "shredding-not-now");
    // A hold that comes before the approval stops it; one that comes after keeps that paper.
    let held = hold(&hall, two).await;
    assert_eq!(code(office.approve_shredding(&managers[1], list.id, &list.hash).await), "paper-held");
    office.release_hold(&managers[0], held, day("2026-07-20")).await.unwrap();
    hall.at("2026-07-21T00:00:00Z");
    office.approve_shredding(&managers[1], list.id, &list.hash).await.unwrap();
    office.exclude_paper(clerk, three, ExclusionGround::Dispute, "").await.unwrap();
    assert_eq!(code(office.confirm_shredding(clerk, list.id, on, &none).await), "paper-excluded");
    let kept = BTreeSet::from([three]);
    let early = (day("2026-07-20"), on.1);
    assert_eq!(code(office.confirm_shredding(clerk, list.id, early, &kept).await), "shredding-not-now");
    assert_eq!(code(office.confirm_shredding(clerk, list.id, (on.0, " "), &kept).await), "tray-no-reason");
    let shown = office.shredding_list(clerk, list.id).await.unwrap();
    let stays: Vec<_> =
        shown.lines.iter().filter(|line| !line.gates.is_empty()).map(|line| line.paper.record).collect();
    assert_eq!(stays, [three]);
    let ended = office.confirm_shredding(clerk, list.id, on, &kept).await.unwrap();
    assert!(matches!(ended.end, Some(ShreddingEnd::Shredded { on, .. }) if on == day("2026-07-21")));
    let states: Vec<_> = [paper(&hall, one).await, paper(&hall, two).await, paper(&hall, three).await]
        .map(|view| (view.paper.state, view.paper.place))
        .to_vec();
    let gone = (PaperState::Shredded, String::new());
    assert_eq!(states, [gone.clone(), gone, (PaperState::Kept, "箱12".to_owned())]);
    assert_eq!(code(office.withdraw_shredding(clerk, list.id).await), "shredding-not-now");
    assert_eq!(code(office.shredding_list(clerk, ShreddingListId::from_bytes([1; 16])).await), "shredding-not-found");
    hall.clean().await;
}

#[tokio::test]
async fn a_list_that_is_taken_back_keeps_its_paper() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path(), &[]).await;
    let file = hall.open_file(ROADS).await;
    let record = scanned(&hall, file, "1号").await;
    hall.at(FREE);
    let list = hall.office.propose_shredding(&hall.clerk, &[record]).await.unwrap();
    hall.office.approve_shredding(&hall.managers[1], list.id, &list.hash).await.unwrap();
    hall.office.withdraw_shredding(&hall.clerk, list.id).await.unwrap();
    assert_eq!(paper(&hall, record).await.paper.state, PaperState::Kept);
    let none = BTreeSet::new();
    let on = (day("2026-07-20"), "業者");
    assert_eq!(code(hall.office.confirm_shredding(&hall.clerk, list.id, on, &none).await), "shredding-not-now");
    // Who scanned it does not approve it, whatever else they are.
    let both = person(&hall.office, "both", Role::RecordsManager).await;
    let again = hall.office.propose_shredding(&hall.clerk, &[record]).await.unwrap();
    hall.office.approve_shredding(&both, again.id, &again.hash).await.unwrap();
    assert_eq!(hall.office.shredding_lists(&hall.auditor).await.unwrap().len(), 2);
}

#[tokio::test]
async fn classes_that_keep_their_paper_keep_it_and_what_is_not_sound_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path(), &["B"]).await;
    let file = hall.open_file(ROADS).await;
    let record = scanned(&hall, file, "1号").await;
    hall.at(FREE);
    assert_eq!(paper(&hall, record).await.gates, [PaperGate::Class]);
    hall.execute(format!(
        "UPDATE fixity SET state = 'damaged', body = replace(body, 'sound', 'damaged') WHERE record_id = '{record}'"
    ))
    .await;
    assert_eq!(paper(&hall, record).await.gates, [PaperGate::NotSound, PaperGate::Class]);
}

#[tokio::test]
async fn the_paper_of_a_destroyed_record_is_due_and_says_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path(), &[]).await;
    let file = hall.open_file(ROADS).await;
    let record = scanned(&hall, file, "内密の1号").await;
    hall.office.close_file(&hall.clerk, file, day("2026-04-10")).await.unwrap();
    hall.at(DUE);
    hall.office.exclude_paper(&hall.clerk, record, ExclusionGround::Heritage, "史料").await.unwrap();
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    let papers = hall.office.papers(&hall.clerk, PaperState::Kept, None, 9).await.unwrap();
    assert_eq!((papers[0].destroyed, papers[0].title.as_str()), (true, ""));
    assert_eq!(papers[0].gates, [PaperGate::Excluded]);
    hall.office.include_paper(&hall.managers[0], record).await.unwrap();
    hall.office.propose_shredding(&hall.clerk, &[record]).await.unwrap();
}
