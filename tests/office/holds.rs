//! Holds outlive plans, and are placed whatever else is wrong (R6).

use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, RULES, code};
use fumikura::office::records::NewHold;
use fumikura::records::{ClassCode, HoldKind, HoldPredicate, HoldScope, ItemState};

fn class(code: &str) -> ClassCode {
    ClassCode::parse(code).unwrap()
}

fn litigation(scope: HoldScope) -> NewHold {
    NewHold { kind: HoldKind::Litigation, scope, reason: "事件 1".to_owned() }
}

/// The rules of a later version whose plan has moved a class below another.
fn moved() -> String {
    let roads = "code = \"B-02\"\nparent = \"B\"";
    assert!(RULES.contains(roads));
    RULES.replace("2026.1", "2030.1").replace(roads, "code = \"B-02\"\nparent = \"A-01\"")
}

async fn outlives_the_plan(scope: HoldScope) {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at("2030-04-01T00:00:00Z");
    let effect = hall.office.place_hold(&hall.clerk, litigation(scope)).await.unwrap();
    assert_eq!(effect.files, [file]);
    hall.at("2030-04-02T00:00:00Z");
    hall.office.load_rules(&hall.managers[0], &moved()).await.unwrap();
    let view = hall.office.file_view(&hall.auditor, file).await.unwrap();
    assert_eq!(view.class_path, "総務／文書／道路占用", "it has moved");
    assert_eq!(view.holds.len(), 1, "and is held as before");
    hall.at(DUE);
    assert_eq!(code(hall.office.plan_disposal(&hall.managers[0], None).await), "disposal-nothing-due");
}

#[tokio::test]
async fn a_hold_on_a_class_stays_on_what_a_later_plan_moves_elsewhere() {
    outlives_the_plan(HoldScope::Class(class("B"))).await;
}

#[tokio::test]
async fn a_hold_on_a_description_with_a_class_stays_on_what_a_later_plan_moves_elsewhere() {
    outlives_the_plan(HoldScope::Predicate(HoldPredicate { class: Some(class("B")), ..Default::default() })).await;
}

#[tokio::test]
async fn a_hold_placed_after_the_move_lies_on_the_plan_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.office.load_rules(&hall.managers[0], &moved()).await.unwrap();
    let effect = hall.office.place_hold(&hall.clerk, litigation(HoldScope::Class(class("B")))).await.unwrap();
    assert_eq!(effect.files, []);
    let effect = hall.office.place_hold(&hall.clerk, litigation(HoldScope::Class(class("A-01")))).await.unwrap();
    assert_eq!(effect.files, [file]);
}

#[tokio::test]
async fn a_hold_is_placed_although_the_rules_in_force_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.execute("UPDATE rule_sets SET body = replace(body, 'action = \\\"destroy\\\"', 'action = \\\"burn\\\"')")
        .await;
    let effect = hall.office.place_hold(&hall.clerk, litigation(HoldScope::Class(class("B")))).await.unwrap();
    assert_eq!(effect.taken_back, [file], "under which class it falls is not known: it is held");
    hall.execute("UPDATE rule_sets SET body = replace(body, 'action = \\\"burn\\\"', 'action = \\\"destroy\\\"')")
        .await;
    assert_eq!(hall.item_states(id).await, [ItemState::Withdrawn]);
    assert_eq!(hall.office.holds(&hall.auditor).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_hold_is_placed_although_the_row_of_another_file_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.execute(
        "INSERT INTO record_files (id, title, class, closed, row_version, because, body)
        VALUES ('00', '', 'A', 0, 1, '[]', 'torn')",
    )
    .await;
    hall.office.place_hold(&hall.clerk, litigation(HoldScope::Class(class("B")))).await.unwrap();
    hall.execute("DELETE FROM record_files WHERE id = '00'").await;
    assert_eq!(hall.office.file_view(&hall.auditor, file).await.unwrap().holds.len(), 1);
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!(report.destroyed, [], "its claim finds the hold");
}

#[tokio::test]
async fn a_list_is_called_off_although_the_rules_in_force_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let files = [hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 1).await];
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.execute("UPDATE rule_sets SET body = replace(body, 'action = \\\"destroy\\\"', 'action = \\\"burn\\\"')")
        .await;
    hall.office.undo_disposal_of(&hall.managers[0], id, files[0]).await.unwrap();
    hall.office.reject_disposal(&hall.managers[0], id).await.unwrap();
    hall.execute("UPDATE rule_sets SET body = replace(body, 'action = \\\"burn\\\"', 'action = \\\"destroy\\\"')")
        .await;
    assert_eq!(hall.item_states(id).await, [ItemState::Withdrawn, ItemState::Withdrawn]);
}
