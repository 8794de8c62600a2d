//! What a drafter takes back before it is approved, and drafts that are given up: their numbers are voided and never given again.

use super::city::{City, PDF, approver, auditor, clerk, notice, seal_keeper};
use super::hall::code;
use fumikura::digest::Sha256Hex;
use fumikura::office::notices::{Contact, NewConsent, NoticeState};
use fumikura::office::{Actor, Office, OfficeError, Role};

/// Returns who may not touch somebody's draft, each with why.
fn others() -> [(Actor, &'static str); 4] {
    [
        (City::person(9, &[Role::Clerk]), "notice-not-drafter"),
        (approver(), "office-not-in-role"),
        (seal_keeper(), "office-not-in-role"),
        (auditor(), "office-not-in-role"),
    ]
}

async fn facts(office: &Office, verb: &str) -> String {
    let entries = office.newest_entries(&auditor(), 100).await.unwrap();
    let entry = entries.iter().find(|entry| entry.verb.as_str() == verb).unwrap_or_else(|| panic!("no {verb}"));
    serde_json::to_string(entry).unwrap()
}

#[tokio::test]
async fn a_submitted_notice_is_taken_back_until_it_is_approved_and_keeps_its_number() {
    let city = City::with(|parts| {
        let permit = parts.settings.notice_types.iter_mut().find(|kind| kind.id == "permit").unwrap();
        permit.approvals = vec!["係長".to_owned(), "課長".to_owned()];
    })
    .await;
    let office = &city.office;
    let id = office.draft(&clerk(), notice("permit", PDF)).await.unwrap();
    assert_eq!(code(office.take_back_notice(&clerk(), id, "").await), "notice-state", "nobody else has it yet");
    office.reserve_number(&clerk(), id).await.unwrap();
    office.submit(&clerk(), id).await.unwrap();
    let hash = Sha256Hex::of(PDF);
    let first = City::person(7, &[Role::Approver]);
    assert_eq!(
        office.approve(&first, id, &hash).await.unwrap().state,
        NoticeState::Submitted,
        "the first of two steps"
    );
    for (other, refusal) in others() {
        assert_eq!(code(office.take_back_notice(&other, id, "誤り").await), refusal);
    }
    let back = office.take_back_notice(&clerk(), id, " 宛名の誤り ").await.unwrap();
    assert_eq!((back.state, back.approvals.len(), back.approver), (NoticeState::Draft, 0, None));
    assert_eq!(back.reserved_number.as_deref(), Some("8見総第1号"));
    assert_eq!(back.history.last().unwrap().comment, "宛名の誤り");
    assert!(!facts(office, "notice.taken-back").await.contains("宛名"), "what somebody says is in no ledger");
    assert_eq!(code(office.approve(&approver(), id, &hash).await), "notice-state", "nothing is left to approve");

    // It goes the whole way again; who approved a step before has it to approve anew.
    office.submit(&clerk(), id).await.unwrap();
    office.approve(&first, id, &hash).await.unwrap();
    assert_eq!(office.approve(&approver(), id, &hash).await.unwrap().state, NoticeState::Approved);
    assert_eq!(code(office.take_back_notice(&clerk(), id, "遅い").await), "notice-state");
}

#[tokio::test]
async fn a_draft_that_is_given_up_stays_with_its_number_and_nothing_more_is_done_with_it() {
    let city = City::found().await;
    let office = &city.office;
    let id = office.draft(&clerk(), notice("permit", PDF)).await.unwrap();
    office.reserve_number(&clerk(), id).await.unwrap();
    let email = Some("taro@example.jp".parse().unwrap());
    office.set_contact(&clerk(), id, email.clone(), None).await.unwrap();
    office.submit(&clerk(), id).await.unwrap();
    assert_eq!(code(office.discard_notice(&clerk(), id, "重複").await), "notice-state", "others have it");
    office.return_draft(&approver(), id, "重複しています").await.unwrap();
    assert_eq!(code(office.discard_notice(&clerk(), id, " ").await), "notice-empty");
    for (other, refusal) in others() {
        assert_eq!(code(office.discard_notice(&other, id, "重複").await), refusal);
    }
    let gone = office.discard_notice(&clerk(), id, "重複").await.unwrap();
    assert_eq!((gone.state, gone.number.clone(), gone.is_in_force()), (NoticeState::Discarded, None, false));
    assert_eq!(gone.voided_number(), Some("8見総第1号"));
    let told = facts(office, "notice.discarded").await;
    assert!(told.contains(&Sha256Hex::of("8見総第1号".as_bytes()).to_string()), "{told}");
    assert!(!told.contains("重複"), "{told}");

    let view = office.notice(&clerk(), id).await.unwrap();
    assert_eq!(view.contact, None::<Contact>, "where the recipient is reached is forgotten");
    assert_eq!(view.summary.voided_number.as_deref(), Some("8見総第1号"));
    assert_eq!(office.notice_pdf(&clerk(), id).await.unwrap(), PDF, "what was drafted stays");
    let done = [
        code(office.submit(&clerk(), id).await),
        code(office.redraft(&clerk(), id, notice("permit", PDF)).await),
        code(office.reserve_number(&clerk(), id).await),
        code(office.take_back_notice(&clerk(), id, "").await),
        code(office.discard_notice(&clerk(), id, "もう一度").await),
        code(office.return_draft(&approver(), id, "もう一度").await),
        code(office.record_consent(&clerk(), id, NewConsent::today("online", "申請 12")).await),
        code(office.set_contact(&clerk(), id, email, None).await),
        code(office.issue(&clerk(), id).await),
        code(office.to_paper(&clerk(), id, "紙で").await),
    ];
    assert_eq!(done, ["notice-state"; 10]);
    // The row of numbers goes on behind it.
    assert_eq!(city.issued("permit").await.1.number, "8見総第2号");
}

#[tokio::test]
async fn who_approves_and_who_takes_back_at_once_do_not_both_have_it() {
    let city = City::found().await;
    for _ in 0..8 {
        let id = city.submitted("permit").await;
        let (one, other) = (city.office.clone(), city.office.clone());
        let taken = tokio::spawn(async move { one.take_back_notice(&clerk(), id, "").await });
        let approved = tokio::spawn(async move { other.approve(&approver(), id, &Sha256Hex::of(PDF)).await });
        let (taken, approved) = (taken.await.unwrap(), approved.await.unwrap());
        assert!(taken.is_ok() != approved.is_ok(), "{taken:?} {approved:?}");
        let refusal = taken.err().or(approved.err()).unwrap();
        assert!(
            matches!(&refusal, OfficeError::Notice(_) | OfficeError::Store(_) | OfficeError::ChangedMeanwhile),
            "{refusal}"
        );
    }
}
