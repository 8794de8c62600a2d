//! The way of a notice: drafted, approved, sealed, issued, collected, judged by anyone, revoked.

use super::city::{City, OTHER_PDF, PDF, approver, auditor, clerk, notice, seal_keeper};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::office::Role;
use fumikura::office::notices::{Effect, NewConsent, NoticeState};
use fumikura::time::Clock;
use fumikura::validate::Indication;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_notice_goes_its_whole_way() {
    let city = City::found().await;
    let office = &city.office;
    let id = office.draft(&clerk(), notice("permit", PDF)).await.unwrap();
    assert_eq!(office.submit(&clerk(), id).await.unwrap().state, NoticeState::Submitted);
    let hash = Sha256Hex::of(PDF);
    assert_eq!(office.approve(&approver(), id, &hash).await.unwrap().approved_sha256, Some(hash));
    let sealed_hash = city.seal(id).await.unwrap();
    office.record_consent(&clerk(), id, NewConsent::today("online", "申請 12")).await.unwrap();
    let issued = office.issue(&clerk(), id).await.unwrap();
    assert_eq!(issued.number, "8見総第1号");

    let session = office.open_link(&issued.link, &issued.code).await.unwrap();
    let view = office.resident_view(&session).await.unwrap();
    assert_eq!((view.state, view.confirmed, view.standing.effect), (NoticeState::Issued, false, Effect::InForce));
    assert_eq!(office.collect(&session).await.unwrap_err().code(), "notice-state", "nothing before the confirmation");
    office.confirm_delivery(&session).await.unwrap();
    let file = office.collect(&session).await.unwrap();
    assert_eq!(office.resident_view(&session).await.unwrap().state, NoticeState::Available, "offered is not arrived");
    office.downloaded(&session).await.unwrap();
    assert_eq!(office.resident_view(&session).await.unwrap().state, NoticeState::Arrived);

    assert_eq!(Sha256Hex::of(&file), sealed_hash);
    assert!(file.starts_with(PDF), "the approved bytes stand unchanged at the front");
    let verdict = office.public_validate(file.clone()).await.unwrap();
    assert_eq!(
        (verdict.report.indication, verdict.standing.map(|known| known.effect)),
        (Indication::TotalPassed, Some(Effect::InForce))
    );
    assert_eq!(verdict.report.signatures[0].level, Some("B-T"));

    office.revoke(&clerk(), id, "許可の条件に反した").await.unwrap();
    let verdict = office.public_validate(file).await.unwrap();
    assert_eq!(verdict.report.indication, Indication::TotalPassed, "the signature stays what it is");
    assert_eq!(verdict.standing.map(|known| known.effect), Some(Effect::Revoked { at: city.clock.now() }));
    assert_eq!(office.revoke(&clerk(), id, "もう一度").await.unwrap_err().code(), "notice-not-in-force");
    assert_eq!(office.verify_ledger(vec![]).await.unwrap().seq, 10);
}

#[tokio::test]
async fn the_ledger_and_the_seal_log_tell_what_happened_and_name_nobody() {
    let city = City::found().await;
    let (id, issued) = city.issued("permit").await;
    let entries = city.office.newest_entries(&auditor(), 100).await.unwrap();
    let verbs: Vec<&str> = entries.iter().rev().map(|entry| entry.verb.as_str()).collect();
    let expected = ["drafted", "submitted", "approved", "sealed", "consent-recorded", "issued"];
    assert_eq!(verbs, expected.map(|verb| format!("notice.{verb}")));
    let all = format!("{entries:?}");
    for secret in ["見本", "太郎", "申請", issued.link.as_str(), issued.code.as_str()] {
        assert!(!all.contains(secret), "the ledger holds {secret}");
    }
    let uses = city.office.seal_uses(&auditor(), 10).await.unwrap();
    assert_eq!(uses.len(), 1);
    assert_eq!((uses[0].subject.clone(), uses[0].by), (id.to_string(), seal_keeper().user()));
    assert_eq!((uses[0].before.clone(), uses[0].level.as_str()), (Sha256Hex::of(PDF), "b-t"));
}

#[tokio::test]
async fn class_c_is_sealed_now_and_its_longer_level_stays_on_the_list_with_a_deadline() {
    let city = City::found().await;
    let id = city.sealed("certificate").await;
    let upgrade = city.office.notice(&clerk(), id).await.unwrap().notice.upgrade.expect("a pending upgrade");
    assert_eq!(upgrade.level, "b-lta");
    assert!(upgrade.due > city.clock.now());
    assert_eq!(city.office.seal_uses(&auditor(), 1).await.unwrap()[0].level, "b-t", "the log tells the level reached");
}

#[tokio::test]
async fn class_a_goes_out_without_a_seal_as_approved() {
    let city = City::found().await;
    let (id, _) = city.issued("information").await;
    assert_eq!(city.office.notice_pdf(&clerk(), id).await.unwrap(), PDF);
    assert!(city.office.seal_uses(&auditor(), 1).await.unwrap().is_empty());
    let verdict = city.office.public_validate(PDF.to_vec()).await.unwrap();
    assert_eq!(
        (verdict.report.indication, verdict.standing.map(|known| known.effect)),
        (Indication::NoSignature, Some(Effect::InForce))
    );
}

#[tokio::test]
async fn numbers_have_no_gaps_when_many_issue_at_once() {
    let city = City::found().await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        let id = city.sealed("information").await;
        city.office.record_consent(&clerk(), id, NewConsent::today("counter", "窓口")).await.unwrap();
        ids.push(id);
    }
    // One that is refused takes no number.
    let refused = city.sealed("on-paper-only").await;
    ids.insert(4, refused);
    let tasks = ids.into_iter().map(|id| {
        let office = city.office.clone();
        tokio::spawn(async move { office.issue(&clerk(), id).await })
    });
    let mut numbers = BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        numbers.extend(task.await.unwrap().ok().map(|issued| issued.number));
    }
    assert_eq!(numbers, (1..=12).map(|place| format!("8見総第{place}号")).collect());
    city.clock.set("2027-03-31T15:00:00Z");
    assert_eq!(city.issued("information").await.1.number, "9見総第1号", "1 April in Japan begins a new year");
}

#[tokio::test]
async fn a_returned_draft_comes_back_with_other_bytes_and_needs_a_new_approval() {
    let city = City::found().await;
    let id = city.submitted("permit").await;
    assert_eq!(city.office.return_draft(&approver(), id, " ").await.unwrap_err().code(), "notice-empty");
    let returned = city.office.return_draft(&approver(), id, "日付を直してください").await.unwrap();
    assert_eq!(returned.state, NoticeState::Returned);
    city.office.redraft(&clerk(), id, notice("permit", OTHER_PDF)).await.unwrap();
    city.office.submit(&clerk(), id).await.unwrap();
    let stale = city.office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.unwrap_err();
    assert_eq!(stale.code(), "notice-hash-differs", "the bytes that were looked at are no longer there");
    city.office.approve(&approver(), id, &Sha256Hex::of(OTHER_PDF)).await.unwrap();
}

#[tokio::test]
async fn a_seal_keeper_returns_what_is_approved_and_its_approvals_end() {
    let city = City::found().await;
    let (office, id) = (&city.office, city.approved("permit").await);
    let reason = "すでに署名のあるPDFです";
    assert_eq!(office.return_draft(&approver(), id, reason).await.unwrap_err().code(), "office-not-in-role");
    let both = City::person(2, &[Role::Approver, Role::SealKeeper]);
    assert_eq!(office.return_draft(&both, id, reason).await.unwrap_err().code(), "notice-own-seal");
    let returned = office.return_draft(&seal_keeper(), id, reason).await.unwrap();
    assert_eq!((returned.state, returned.approver, returned.approved_sha256), (NoticeState::Returned, None, None));
    assert_eq!(city.seal(id).await.unwrap_err().code(), "notice-state");
    office.redraft(&clerk(), id, notice("permit", OTHER_PDF)).await.unwrap();
    office.submit(&clerk(), id).await.unwrap();
    office.approve(&approver(), id, &Sha256Hex::of(OTHER_PDF)).await.unwrap();
    let sealed = city.sealed("permit").await;
    assert_eq!(office.return_draft(&seal_keeper(), sealed, reason).await.unwrap_err().code(), "office-not-in-role");
}

#[tokio::test]
async fn lists_show_each_what_they_may_do() {
    let city = City::found().await;
    city.submitted("permit").await;
    let may = |list: Vec<fumikura::office::notices::NoticeSummary>| {
        list.iter().map(|one| (one.may_approve, one.may_seal, one.may_issue)).collect::<Vec<_>>()
    };
    assert_eq!(may(city.office.notices(&clerk()).await.unwrap()), [(false, false, false)]);
    assert_eq!(may(city.office.notices(&approver()).await.unwrap()), [(true, false, false)]);
    let elsewhere = City::person_of("道路管理課", 9, &[Role::Clerk]);
    assert!(city.office.notices(&elsewhere).await.unwrap().is_empty(), "another section's clerk sees nothing of it");
    let administrator = City::person(8, &[Role::Administrator]);
    assert_eq!(city.office.notices(&administrator).await.unwrap_err().code(), "office-not-in-role");
}

#[tokio::test]
async fn an_approval_goes_its_steps_each_by_another_person() {
    let city = City::with(|parts| {
        let permit = parts.settings.notice_types.iter_mut().find(|kind| kind.id == "permit").unwrap();
        permit.approvals = ["係長", "課長"].map(str::to_owned).to_vec();
    })
    .await;
    let office = &city.office;
    let (id, hash) = (city.submitted("permit").await, Sha256Hex::of(PDF));
    let second = City::person(12, &[Role::Approver, Role::SealKeeper]);
    let first = office.approve(&approver(), id, &hash).await.unwrap();
    assert_eq!((first.state, first.approved_sha256), (NoticeState::Submitted, None), "one step is not all");
    assert_eq!(office.approve(&approver(), id, &hash).await.unwrap_err().code(), "notice-approved-before");
    assert_eq!(city.seal(id).await.unwrap_err().code(), "notice-state");

    // What is returned begins anew.
    assert_eq!(office.return_draft(&second, id, "直してください").await.unwrap().approvals, []);
    office.redraft(&clerk(), id, notice("permit", PDF)).await.unwrap();
    office.submit(&clerk(), id).await.unwrap();
    office.approve(&approver(), id, &hash).await.unwrap();
    let approved = office.approve_step(&second, id, &hash, Some("課長不在のため")).await.unwrap();
    assert_eq!((approved.state, approved.approved_sha256), (NoticeState::Approved, Some(hash.clone())));
    let steps: Vec<_> = approved.approvals.iter().map(|one| (one.step.as_str(), one.in_place_of.as_deref())).collect();
    assert_eq!(steps, [("係長", None), ("課長", Some("課長不在のため"))]);

    // Neither of the two has another part in it.
    let items = vec![fumikura::office::notices::SealItem { id, sha256: hash }];
    let refused = office.seal(&second, items.clone()).await.unwrap().remove(0).result.unwrap_err();
    assert_eq!(refused.code(), "notice-own-seal");
    assert!(!office.notice(&second, id).await.unwrap().summary.may_seal);
    assert!(office.freeze_all(&second).await.is_err(), "nothing that this keeper may seal");
    office.seal(&seal_keeper(), items).await.unwrap().remove(0).result.unwrap();
    let entries = office.newest_entries(&auditor(), 20).await.unwrap();
    let verbs: Vec<_> = entries.iter().map(|entry| entry.verb.as_str()).collect();
    assert!(verbs.contains(&"notice.approved-in-place"), "{verbs:?}");
}
