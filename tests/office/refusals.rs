//! What the notice verbs refuse, whoever asks.

use super::city::{City, OTHER_PDF, PDF, approver, auditor, clerk, notice, seal_keeper, seals};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::office::notices::{NewConsent, NoticeState, SealItem};
use fumikura::office::{Actor, OfficeError, Role};

const EVERY: &[Role] = &Role::ALL;

fn code<T>(result: Result<T, OfficeError>) -> &'static str {
    match result {
        Ok(_) => "was not refused",
        Err(error) => error.code(),
    }
}

/// Somebody with every role, who is the drafter, approver or seal keeper by their number.
fn with_every_role(number: u8) -> Actor {
    City::person(number, EVERY)
}

#[tokio::test]
async fn nobody_approves_their_own_draft_or_seals_what_they_drafted_or_approved() {
    let city = City::found().await;
    let hash = Sha256Hex::of(PDF);
    let id = city.submitted("permit").await;
    assert_eq!(code(city.office.approve(&with_every_role(1), id, &hash).await), "notice-own-draft");
    assert_eq!(code(city.office.return_draft(&with_every_role(1), id, "私が").await), "notice-own-draft");
    city.office.approve(&with_every_role(2), id, &hash).await.unwrap();
    for number in [1, 2] {
        let items = vec![SealItem { id, sha256: hash.clone() }];
        let outcomes = city.office.seal(&with_every_role(number), items).await.unwrap();
        assert_eq!(outcomes[0].result.as_ref().unwrap_err().code(), "notice-own-seal");
    }
    let listed = city.office.notices(&with_every_role(2)).await.unwrap();
    assert!(!listed[0].may_seal);
    assert!(city.office.seal_uses(&auditor(), 1).await.unwrap().is_empty(), "the key was not used");
    city.seal(id).await.unwrap();
}

#[tokio::test]
async fn each_verb_asks_for_its_role() {
    let city = City::found().await;
    let (office, hash) = (&city.office, Sha256Hex::of(PDF));
    let id = city.submitted("permit").await;
    let no = "office-not-in-role";
    assert_eq!(code(office.draft(&approver(), notice("permit", PDF)).await), no);
    assert_eq!(code(office.approve(&seal_keeper(), id, &hash).await), no);
    assert_eq!(code(office.return_draft(&auditor(), id, "監査").await), no);
    assert_eq!(code(office.seal(&approver(), vec![]).await), no);
    assert_eq!(code(office.record_consent(&approver(), id, NewConsent::today("online", "申請")).await), no);
    assert_eq!(code(office.issue(&seal_keeper(), id).await), no);
    assert_eq!(code(office.revoke(&auditor(), id, "監査").await), no);
    assert_eq!(code(office.to_paper(&auditor(), id, "監査").await), no);
    assert_eq!(code(office.newest_entries(&clerk(), 1).await), no);
    assert_eq!(code(office.seal_uses(&clerk(), 1).await), no);
    assert_eq!(code(office.notice_pdf(&City::person(9, &[Role::Administrator]), id).await), no);
    assert_eq!(code(office.submit(&City::person(7, &[Role::Clerk]), id).await), "notice-not-drafter");
}

#[tokio::test]
async fn another_sections_clerk_cannot_touch_a_notice() {
    let city = City::found().await;
    let (id, _) = city.issued("permit").await;
    let stranger = City::person_of("道路管理課", 7, &[Role::Clerk]);
    assert_eq!(code(city.office.revoke(&stranger, id, "理由").await), "notice-not-found");
    assert_eq!(code(city.office.to_paper(&stranger, id, "理由").await), "notice-not-found");
    assert_eq!(code(city.office.notice_pdf(&stranger, id).await), "notice-not-found");
    let file = fumikura::id::RecordFileId::from_bytes([7; 16]);
    let of_records = City::person_of("道路管理課", 8, &[Role::RecordsClerk]);
    for other in [&stranger, &of_records] {
        assert_eq!(code(city.office.file_notice(other, id, file).await), "notice-not-found");
    }
    let sealed = city.sealed("permit").await;
    assert_eq!(
        code(city.office.record_consent(&stranger, sealed, NewConsent::today("online", "申請")).await),
        "notice-not-found"
    );
    assert_eq!(code(city.office.issue(&stranger, sealed).await), "notice-not-found");
}

#[tokio::test]
async fn only_the_approved_bytes_are_sealed() {
    let city = City::found().await;
    let id = city.submitted("permit").await;
    assert_eq!(code(city.office.approve(&approver(), id, &Sha256Hex::of(OTHER_PDF)).await), "notice-hash-differs");
    assert_eq!(code(city.seal(id).await), "notice-state", "nothing is sealed before its approval");
    city.office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.unwrap();
    let redrafted = city.office.redraft(&clerk(), id, notice("permit", OTHER_PDF)).await;
    assert_eq!(code(redrafted), "notice-state", "what is approved is no longer edited");
    let items = vec![SealItem { id, sha256: Sha256Hex::of(OTHER_PDF) }];
    let outcomes = city.office.seal(&seal_keeper(), items).await.unwrap();
    assert_eq!(outcomes[0].result.as_ref().unwrap_err().code(), "notice-hash-differs");
}

#[tokio::test]
async fn bytes_swapped_in_the_database_are_not_sealed() {
    let city = City::found().await;
    let id = city.approved("permit").await;
    city.execute("UPDATE notice_files SET bytes = x'255044462d312e37'").await;
    assert_eq!(code(city.seal(id).await), "notice-hash-differs");
}

#[tokio::test]
async fn a_batch_stands_item_by_item() {
    let city = City::found().await;
    let (good, other) = (city.approved("permit").await, city.submitted("permit").await);
    let items = [good, other].map(|id| SealItem { id, sha256: Sha256Hex::of(PDF) }).to_vec();
    let outcomes = city.office.seal(&seal_keeper(), items).await.unwrap();
    assert_eq!((outcomes[0].id, outcomes[0].result.is_ok()), (good, true));
    assert_eq!((outcomes[1].id, outcomes[1].result.as_ref().unwrap_err().code()), (other, "notice-state"));
    assert_eq!(code(city.seal(good).await), "notice-state", "nothing is sealed twice");
}

#[tokio::test]
async fn a_seal_that_would_not_validate_is_not_let_out() {
    for (name, why) in [("signer-revoked", "REVOKED"), ("signer-unknown-root", "NO_CERTIFICATE_CHAIN_FOUND")] {
        let city = City::with(|parts| parts.seals = seals(name)).await;
        let id = city.approved("permit").await;
        let error = city.seal(id).await.unwrap_err();
        assert_eq!(error.code(), "notice-seal-not-valid");
        assert!(error.to_string().contains(why), "{error}");
        let left = city.office.notice(&clerk(), id).await.unwrap().notice;
        assert_eq!((left.state, left.sealed_sha256), (NoticeState::Approved, None));
    }
}

#[tokio::test]
async fn without_timestamps_class_b_is_refused_and_never_sealed_lower() {
    let city = City::with(|parts| parts.timestamps = None).await;
    let id = city.approved("permit").await;
    assert_eq!(code(city.seal(id).await), "notice-no-timestamps");
    city.sealed("information").await;
}

#[tokio::test]
async fn a_disposition_needs_reasons_and_appeal_instructions() {
    let city = City::found().await;
    let mut without = notice("permit", PDF);
    without.reasons = " ".to_owned();
    let id = city.office.draft(&clerk(), without).await.unwrap();
    assert_eq!(code(city.office.submit(&clerk(), id).await), "notice-no-reasons");
    let mut without = notice("permit", PDF);
    without.appeal_instructions = String::new();
    let id = city.office.draft(&clerk(), without.clone()).await.unwrap();
    assert_eq!(code(city.office.submit(&clerk(), id).await), "notice-no-appeal-instructions");
    without.kind = "information".to_owned();
    let id = city.office.draft(&clerk(), without.clone()).await.unwrap();
    city.office.submit(&clerk(), id).await.unwrap();
    without.kind = "unheard-of".to_owned();
    assert_eq!(code(city.office.draft(&clerk(), without).await), "notice-no-such-kind");
}

#[tokio::test]
async fn what_is_no_readable_pdf_is_refused_when_drafted() {
    let city = City::found().await;
    assert_eq!(code(city.office.draft(&clerk(), notice("permit", b"<html>")).await), "pdf-not-pdf");
    assert!(city.office.notices(&clerk()).await.unwrap().is_empty());
}

#[tokio::test]
async fn electronic_issue_needs_a_type_that_allows_it_and_a_standing_agreement() {
    let city = City::found().await;
    let id = city.sealed("permit").await;
    let office = &city.office;
    assert_eq!(code(office.issue(&clerk(), id).await), "notice-no-consent");
    assert_eq!(
        code(office.record_consent(&clerk(), id, NewConsent::today("telepathy", "気配")).await),
        "notice-consent-method"
    );
    assert_eq!(code(office.record_consent(&clerk(), id, NewConsent::today("counter", " ")).await), "notice-empty");
    office.record_consent(&clerk(), id, NewConsent::today("counter", "窓口 3番")).await.unwrap();
    office.record_withdrawal(&clerk(), id, "電話").await.unwrap();
    assert_eq!(code(office.issue(&clerk(), id).await), "notice-no-consent");
    assert_eq!(code(office.record_withdrawal(&clerk(), id, "電話").await), "notice-no-consent");

    let id = city.sealed("on-paper-only").await;
    office.record_consent(&clerk(), id, NewConsent::today("counter", "窓口 3番")).await.unwrap();
    assert_eq!(code(office.issue(&clerk(), id).await), "notice-electronic-excluded");
    let on_paper = office.to_paper(&clerk(), id, "法令による").await.unwrap();
    assert_eq!((on_paper.state, on_paper.number.as_deref()), (NoticeState::ToPaper, Some("8見総第1号")));
    let (_, next) = city.issued("permit").await;
    assert_eq!(next.number, "8見総第2号", "paper and electronic notices share one row of numbers");
}
