//! Transfer to the archives (移管): nothing of ours goes before their receipt names every record with the hash that we hold.

use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, RULES, code, day, record};
use fumikura::digest::Sha256Hex;
use fumikura::id::{DisposalId, RecordFileId};
use fumikura::office::records::{FileChange, Handover, HandoverForm, MANIFEST_COLUMNS, NewHold};
use fumikura::records::{
    AppraisalOutcome, Gate, HoldKind, HoldScope, ItemState, ReceiptFault, ReceiptLine, RecordState, Transfer,
};

fn manifest() -> Sha256Hex {
    Sha256Hex::of(b"manifest")
}

fn receipt() -> Sha256Hex {
    Sha256Hex::of(b"receipt")
}

/// A hall with a file of records that was appraised as historical and is due.
async fn historical(hall: &Hall, records: u8) -> RecordFileId {
    let file = hall.closed_file(ROADS, records).await;
    hall.office.appraise(&hall.managers[0], file, AppraisalOutcome::Historical).await.unwrap();
    hall.at(DUE);
    file
}

async fn send(hall: &Hall, file: RecordFileId) -> Transfer {
    let draft = hall.office.draft_transfer(&hall.managers[0], file).await.unwrap();
    hall.office.send_transfer(&hall.managers[0], &draft, &manifest()).await.unwrap()
}

/// The lines of a receipt that is right.
async fn right(hall: &Hall, file: RecordFileId) -> Vec<ReceiptLine> {
    let view = hall.office.file_view(&hall.auditor, file).await.unwrap();
    let line = |(number, row): (usize, &fumikura::office::ports::RecordRow)| ReceiptLine {
        line: number as u64 + 2,
        record: row.record.id,
        sha256: row.record.sha256.clone(),
        reference: Some("公文書館 令14-7".to_owned()),
    };
    view.records.iter().enumerate().map(line).collect()
}

async fn received(hall: &Hall, file: RecordFileId) {
    let lines = right(hall, file).await;
    let done = hall.office.receive_transfer(&hall.managers[0], file, &lines, &receipt(), false).await.unwrap();
    assert_eq!((done.faults, done.is_done), (vec![], true));
}

async fn states(hall: &Hall, file: RecordFileId) -> Vec<RecordState> {
    let view = hall.office.file_view(&hall.auditor, file).await.unwrap();
    view.records.iter().map(|row| row.record.state).collect()
}

/// Freezes a list of what is due and approves it twice, without another appraisal.
async fn approved(hall: &Hall) -> DisposalId {
    let row = hall.office.plan_disposal(&hall.managers[0], None).await.unwrap();
    for manager in &hall.managers[1..] {
        hall.office.approve_disposal(manager, row.plan.id, &row.plan.list_hash).await.unwrap();
    }
    row.plan.id
}

#[tokio::test]
async fn a_file_goes_to_the_archives_and_then_our_copy_goes_the_usual_way() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = historical(&hall, 2).await;
    assert_eq!(hall.office.transfers(&hall.auditor).await.unwrap().to_send[0].file, file);
    let sent = send(&hall, file).await;
    assert_eq!((sent.sent_on, sent.manifest_sha256, sent.receipt), (day("2032-04-01"), manifest(), None));
    assert_eq!(states(&hall, file).await, [RecordState::InTransfer; 2]);
    let list = hall.office.transfers(&hall.auditor).await.unwrap();
    assert_eq!((list.to_send.len(), list.sent[0].file), (0, file));
    assert_eq!(hall.office.disposal_register(&hall.auditor).await.unwrap(), []);

    received(&hall, file).await;
    assert_eq!(states(&hall, file).await, [RecordState::Due; 2]);
    let register = hall.office.disposal_register(&hall.auditor).await.unwrap();
    assert_eq!((register.len(), register[0].disposal, register[0].records), (1, None, 2));
    let kept = register[0].receipt.clone().unwrap();
    assert_eq!((kept.sha256, kept.references), (receipt(), vec!["公文書館 令14-7".to_owned()]));
    assert_eq!(hall.office.due_otherwise(&hall.auditor).await.unwrap(), []);
    assert_eq!(hall.packages(), 2, "our copy is here until it goes the usual way");

    let id = approved(&hall).await;
    assert_eq!(code(hall.office.run_disposal(&hall.managers[0], id, 9).await), "disposal-grace-running");
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.withdrawn, hall.packages()), (vec![file], vec![], 0));
    let register = hall.office.disposal_register(&hall.auditor).await.unwrap();
    assert_eq!((register.len(), register[0].disposal, register[0].disposed_on), (1, Some(id), day("2032-04-01")));
    assert!(register[0].receipt.is_some(), "the line says 移管, not 廃棄");
    assert_eq!(hall.office.transfers(&hall.auditor).await.unwrap().sent, []);
    hall.clean().await;
}

#[tokio::test]
async fn a_receipt_that_is_not_whole_and_right_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let stranger = hall.open_file(ROADS).await;
    let stranger = hall.office.file_record(&hall.clerk, record(stranger, 9)).await.unwrap().record;
    let file = historical(&hall, 3).await;
    let manager = &hall.managers[0];
    let lines = right(&hall, file).await;
    assert_eq!(code(hall.office.receive_transfer(manager, file, &lines, &receipt(), false).await), "transfer-not-sent");
    send(&hall, file).await;
    let mut wrong = lines.clone();
    wrong[0].sha256 = Sha256Hex::of(b"other bytes");
    wrong[1].record = stranger;
    wrong.push(ReceiptLine { line: 5, ..lines[2].clone() });
    let answer = hall.office.receive_transfer(manager, file, &wrong, &receipt(), false).await.unwrap();
    let expected = [
        ReceiptFault::OtherBytes(2, lines[0].record),
        ReceiptFault::NotSent(3, stranger),
        ReceiptFault::Twice(5, lines[2].record),
        ReceiptFault::Missing(lines[1].record),
    ];
    assert_eq!((answer.faults.as_slice(), answer.is_done), (&expected[..], false));
    let nothing = hall.office.receive_transfer(manager, file, &[], &receipt(), false).await.unwrap();
    assert_eq!((nothing.faults.len(), nothing.is_done), (3, false));
    let tried = hall.office.receive_transfer(manager, file, &lines, &receipt(), true).await.unwrap();
    assert_eq!((tried.faults, tried.is_done), (vec![], false));
    assert_eq!(states(&hall, file).await, [RecordState::InTransfer; 3]);
    assert_eq!(hall.office.disposal_register(&hall.auditor).await.unwrap(), []);
    let refused = hall.office.receive_transfer(&hall.auditor, file, &lines, &receipt(), false).await;
    assert_eq!(code(refused), "office-not-in-role");
    received(&hall, file).await;
    assert_eq!(code(hall.office.receive_transfer(manager, file, &lines, &receipt(), false).await), "transfer-done");
    assert_eq!(code(hall.office.cancel_transfer(manager, file).await), "transfer-done");
    assert_eq!(code(hall.office.draft_transfer(manager, file).await), "transfer-done");
    hall.clean().await;
}

#[tokio::test]
async fn nothing_of_a_file_in_transfer_is_listed_changed_or_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = historical(&hall, 1).await;
    send(&hall, file).await;
    let manager = &hall.managers[0];
    // Not even where it is appraised anew, as the archives have not said yet what they hold.
    hall.office.appraise(manager, file, AppraisalOutcome::Destroy).await.unwrap();
    for only in [None, Some(vec![file])] {
        assert_eq!(code(hall.office.plan_disposal(manager, only).await), "disposal-nothing-due");
    }
    let preview = hall.office.preview_disposal(&hall.auditor, day("2032-04-01"), None).await.unwrap();
    assert_eq!((preview.listed.len(), preview.kept[0].file), (0, file));
    let place = FileChange::Place("別の書庫".to_owned());
    assert_eq!(code(hall.office.change_file(&hall.clerk, file, place).await), "transfer-under-way");
    assert_eq!(code(hall.office.file_record(&hall.clerk, record(file, 7)).await), "transfer-under-way");
    assert_eq!(code(hall.office.draft_transfer(manager, file).await), "transfer-under-way");
    assert_eq!(code(hall.office.cancel_transfer(&hall.clerk, file).await), "office-not-in-role");
    hall.office.cancel_transfer(manager, file).await.unwrap();
    assert_eq!(states(&hall, file).await, [RecordState::Due]);
    assert_eq!(code(hall.office.draft_transfer(manager, file).await), "transfer-not-asked", "it was appraised anew");
    hall.office.appraise(manager, file, AppraisalOutcome::Historical).await.unwrap();
    send(&hall, file).await;
    hall.clean().await;
}

#[tokio::test]
async fn only_what_asks_for_it_is_due_and_free_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let manager = &hall.managers[0];
    let (file, empty) = (hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 0).await);
    let ruled = RULES.replace("2026.1", "2026.2").replacen(
        "years = 5\naction = \"destroy\"\nboard = false\nauthority = \"見本規程 別表第2（3）\"",
        "years = 5\naction = \"transfer\"\nboard = false\nauthority = \"見本規程 別表第2（3）\"",
        1,
    );
    assert!(ruled.contains("action = \"transfer\"\nboard = false\nauthority = \"見本規程 別表第2（3）\""));
    hall.office.load_rules(manager, &ruled).await.unwrap();
    let by_rule = hall.closed_file(ROADS, 1).await;
    assert_eq!(code(hall.office.draft_transfer(manager, by_rule).await), "transfer-not-ready", "it is not due");
    hall.at(DUE);
    assert_eq!(code(hall.office.draft_transfer(&hall.clerk, by_rule).await), "office-not-in-role");
    assert_eq!(code(hall.office.draft_transfer(manager, file).await), "transfer-not-asked");
    for one in [file, empty] {
        hall.office.appraise(manager, one, AppraisalOutcome::Historical).await.unwrap();
        let refused = hall.office.draft_transfer(manager, one).await;
        assert_eq!(code(refused), "transfer-not-ready", "its rule changed, or there is nothing in it");
    }
    let draft = hall.office.draft_transfer(manager, by_rule).await.unwrap();
    let place = FileChange::Place("別の書庫".to_owned());
    hall.office.change_file(&hall.clerk, by_rule, place).await.unwrap();
    assert_eq!(code(hall.office.send_transfer(manager, &draft, &manifest()).await), "transfer-changed");
    let draft = hall.office.draft_transfer(manager, by_rule).await.unwrap();
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(by_rule), reason: "監査".to_owned() };
    let hold = hall.office.place_hold(&hall.clerk, new).await.unwrap().hold;
    assert_eq!(code(hall.office.send_transfer(manager, &draft, &manifest()).await), "transfer-held");
    hall.at("2032-04-03T00:00:00Z");
    hall.office.release_hold(&hall.clerk, hold, day("2032-04-02")).await.unwrap();
    send(&hall, by_rule).await;
    received(&hall, by_rule).await;
    let id = approved(&hall).await;
    assert_eq!(hall.item_states(id).await, [ItemState::SealedOff], "the receipt alone is the ground");
    hall.clean().await;
}

#[tokio::test]
async fn a_package_that_was_taken_away_is_sent_by_its_manifest_and_comes_back_by_a_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = historical(&hall, 2).await;
    let (office, manager) = (&hall.office, &hall.managers[0]);
    let draft = office.draft_transfer(manager, file).await.unwrap();
    let (mut manifest, mut receipt) = (MANIFEST_COLUMNS.join(","), "reference,sha256,record".to_owned());
    for row in &draft.records {
        let bag = office.read_bag(manager, row.record.id).await.unwrap();
        let [bagit, csip] =
            [HandoverForm::Bagit, HandoverForm::Csip].map(|form| Handover::of(row, &bag, form).unwrap());
        for one in [&bagit, &csip] {
            assert_eq!(Sha256Hex::of(&one.files[&one.line[6]]).as_str(), one.line[7], "the list that it names");
        }
        let mut other = row.clone();
        other.record.sha256 = Sha256Hex::of(b"other bytes");
        assert_eq!(code(Handover::of(&other, &bag, HandoverForm::Bagit)), "package-changed");
        manifest.push_str(&format!("\r\n{}", bagit.line.join(",")));
        receipt.push_str(&format!("\r\n令14-7,{},{}", row.record.sha256, row.record.id));
    }
    let (short, _) = manifest.rsplit_once("\r\n").unwrap();
    let twice = format!("{manifest}\r\n{}", manifest.rsplit("\r\n").next().unwrap());
    let other = manifest.replace(draft.records[0].record.sha256.as_str(), Sha256Hex::of(b"x").as_str());
    for wrong in [short, &twice, &other] {
        assert_eq!(code(office.send_by_manifest(manager, file, wrong.as_bytes()).await), "transfer-manifest-differs");
    }
    assert_eq!(code(office.send_by_manifest(manager, file, b"\xff").await), "receipt-unreadable");
    assert_eq!(code(office.send_by_manifest(&hall.clerk, file, manifest.as_bytes()).await), "office-not-in-role");
    assert_eq!(states(&hall, file).await, [RecordState::Retained; 2], "nothing was sent");
    let sent = office.send_by_manifest(manager, file, manifest.as_bytes()).await.unwrap();
    assert_eq!(sent.manifest_sha256, Sha256Hex::of(manifest.as_bytes()));
    assert_eq!(states(&hall, file).await, [RecordState::InTransfer; 2]);

    let torn = format!("{receipt}\r\n,nothing,");
    let outcome = office.take_receipt(manager, file, torn.as_bytes()).await.unwrap();
    let told: Vec<_> = outcome.problems.iter().map(|one| (one.line, one.code, one.record)).collect();
    assert_eq!((told, outcome.is_done), (vec![(Some(4), "receipt-line-unreadable", None)], false));
    let (lacking, _) = receipt.rsplit_once("\r\n").unwrap();
    let outcome = office.take_receipt(manager, file, lacking.as_bytes()).await.unwrap();
    assert_eq!(
        outcome.problems.iter().map(|one| (one.line, one.code)).collect::<Vec<_>>(),
        [(None, "receipt-missing")]
    );
    assert_eq!(states(&hall, file).await, [RecordState::InTransfer; 2]);
    assert!(office.take_receipt(manager, file, receipt.as_bytes()).await.unwrap().is_done);
    let register = office.disposal_register(&hall.auditor).await.unwrap();
    assert_eq!(register[0].receipt.as_ref().unwrap().references, ["令14-7"]);
    hall.clean().await;
}

#[tokio::test]
async fn a_hold_that_is_placed_on_the_way_keeps_our_copy() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = historical(&hall, 1).await;
    send(&hall, file).await;
    let new = NewHold { kind: HoldKind::Litigation, scope: HoldScope::File(file), reason: "事件 1".to_owned() };
    let hold = hall.office.place_hold(&hall.clerk, new).await.unwrap().hold;
    received(&hall, file).await;
    assert_eq!(code(hall.office.plan_disposal(&hall.managers[0], None).await), "disposal-nothing-due");
    hall.at("2032-04-03T00:00:00Z");
    hall.office.release_hold(&hall.clerk, hold, day("2032-04-02")).await.unwrap();
    let id = approved(&hall).await;
    // A receipt is the ground only while nobody has found since that the file is to be kept.
    hall.office.appraise(&hall.managers[0], file, AppraisalOutcome::Extend).await.unwrap();
    hall.at("2032-04-05T00:00:00Z");
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.withdrawn), (vec![], vec![(file, vec![Gate::NotAppraised])]));
    assert_eq!((hall.packages(), states(&hall, file).await), (1, vec![RecordState::Due]));
    hall.clean().await;
}

#[tokio::test]
async fn a_database_made_anew_knows_what_was_sent_and_received() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (sent, there) = (hall.closed_file(ROADS, 1).await, historical(&hall, 1).await);
    hall.office.appraise(&hall.managers[0], sent, AppraisalOutcome::Historical).await.unwrap();
    for file in [sent, there] {
        send(&hall, file).await;
    }
    received(&hall, there).await;
    let before = hall.office.records_state().await.unwrap();
    hall.office.remember().await.unwrap();
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap(), before);
    let anew = hall.over("anew.sqlite").await;
    assert_eq!(anew.transfers(&hall.auditor).await.unwrap(), hall.office.transfers(&hall.auditor).await.unwrap());
    assert_eq!(anew.disposal_register(&hall.auditor).await.unwrap()[0].file, there);
}
