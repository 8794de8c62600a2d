//! The certificate of a disposal: one, made by the office, whatever else is filed (R5).

use super::city::sealing;
use super::hall::{Hall, ROADS, code, record};
use fumikura::id::{DisposalId, RecordFileId};
use fumikura::office::records::{AccessChange, AccessTarget};
use fumikura::office::{Actor, Role};
use fumikura::records::{AccessClass, DisposalState};
use std::path::Path;

/// The time for objections is over; algorithms of these days are still believed.
const AFTER_GRACE: &str = "2026-04-11T01:00:00Z";
/// The backups have aged out.
const AGED: &str = "2026-05-12T00:00:00Z";

/// A hall with a seal, and a disposal in it that waits for its certificate, with a file to put that in.
async fn drained(folder: &Path) -> (Hall, DisposalId, RecordFileId) {
    let hall = Hall::with(folder, |parts, _, _| sealing(parts)).await;
    let file = hall.closed_file_of("2015-04-10", ROADS, 1).await;
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    assert!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().drained);
    let shelf = hall.open_file("A-01-03").await;
    hall.at(AGED);
    (hall, id, shelf)
}

#[tokio::test]
async fn a_document_with_the_number_of_a_certificate_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, id, shelf) = drained(folder.path()).await;
    let mut forged = record(shelf, 1);
    forged.number = Some(format!("disposal-{id}"));
    let forged = hall.office.file_record(&hall.clerk, forged).await.unwrap().record;
    let certificate = hall.office.certify_disposal(&hall.managers[0], id, shelf).await.unwrap();
    assert_ne!(certificate, forged);
    let contents = hall.office.read_record(&hall.auditor, certificate).await.unwrap();
    assert!(contents.originals[0].bytes.starts_with(b"%PDF-"));
    assert_eq!(hall.office.certify_disposal(&hall.managers[1], id, shelf).await.unwrap(), certificate);
    hall.clean().await;
}

#[tokio::test]
async fn two_who_certify_at_once_file_one_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, id, shelf) = drained(folder.path()).await;
    let [first, second] = [&hall.managers[0], &hall.managers[1]];
    let both =
        tokio::join!(hall.office.certify_disposal(first, id, shelf), hall.office.certify_disposal(second, id, shelf));
    let certificate = hall.office.certify_disposal(first, id, shelf).await.unwrap();
    for one in [both.0, both.1].into_iter().flatten() {
        assert_eq!(one, certificate);
    }
    let view = hall.office.file_view(&hall.auditor, shelf).await.unwrap();
    assert_eq!(view.records.len(), 1);
    assert_eq!(hall.office.disposal(&hall.auditor, id).await.unwrap().row.state, DisposalState::Certified);
    hall.clean().await;
}

#[tokio::test]
async fn a_certificate_that_was_filed_before_a_kill_is_written_down_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, id, shelf) = drained(folder.path()).await;
    let certificate = hall.office.certify_disposal(&hall.managers[0], id, shelf).await.unwrap();
    // As it was when the record was there, and the disposal did not say so yet.
    let (state, record) = (r#""state":"certified""#, format!(r#""certificate":"{certificate}""#));
    let body =
        format!("replace(replace(body, '{state}', '\"state\":\"wait-backups\"'), '{record}', '\"certificate\":null')");
    hall.execute(format!("UPDATE disposals SET state = 'wait-backups', body = {body}")).await;
    assert_eq!(hall.office.recover().await.unwrap().disposals, [id]);
    let row = hall.office.disposal(&hall.auditor, id).await.unwrap().row;
    assert_eq!((row.state, row.certificate), (DisposalState::Certified, Some(certificate)));
    hall.clean().await;
}

#[tokio::test]
async fn no_seal_is_used_for_a_certificate_that_its_file_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, id, _) = drained(folder.path()).await;
    let closed = hall.closed_file(ROADS, 1).await;
    let refused = hall.office.certify_disposal(&hall.managers[0], id, closed).await;
    assert_eq!(code(refused), "filing-file-closed");
    assert_eq!(hall.office.seal_uses(&hall.auditor, 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_certificate_that_names_a_restricted_file_is_as_closed_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::with(folder.path(), |parts, _, _| sealing(parts)).await;
    let file = hall.closed_file_of("2015-04-10", ROADS, 1).await;
    let raise = AccessChange::Class { class: AccessClass::Restricted, reason: String::new() };
    hall.office.change_access(&hall.managers[0], AccessTarget::File(file), raise).await.unwrap();
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    assert!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().drained);
    let shelf = hall.open_file("A-01-03").await;
    hall.at(AGED);
    let certificate = hall.office.certify_disposal(&hall.managers[0], id, shelf).await.unwrap();
    let view = hall.office.record_view(&hall.auditor, certificate).await.unwrap();
    assert_eq!(view.access, AccessClass::Restricted);
    let elsewhere = Actor::new(hall.clerk.user(), String::new(), "観光課".to_owned(), [Role::RecordsClerk].into());
    assert_eq!(code(hall.office.read_record(&elsewhere, certificate).await), "access-restricted-record");
}
