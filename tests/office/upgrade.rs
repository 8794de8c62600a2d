//! The queue after the seal: from B-T to the level that lasts, with lists that come later, and nothing claimed before.

use super::city::{City, PDF, approver, auditor, clerk, seal_keeper};
use crate::engine::pki::{instant, pki};
use fumikura::asn1::{Certificate, CertificateList, Name, oid};
use fumikura::crypto::Signer;
use fumikura::digest::{DigestAlgorithm, Sha256Hex};
use fumikura::fault::Fault;
use fumikura::office::Role;
use fumikura::office::notices::{Effect, NewConsent, NoticeState};
use fumikura::pki::issue::{CrlTemplate, Issuer, issue_crl};
use fumikura::time::Clock;
use fumikura::tsp::{TimestampError, TimestampSource};
use fumikura::validate::Indication;
use std::sync::Arc;

/// Both authorities' lists, issued at an instant, the next ones due at another; what they revoke is said by its name.
pub(super) fn lists(this_update: &str, next_update: &str, revoked: &[&Certificate]) -> Vec<CertificateList> {
    ["root", "ca"].map(|name| list(name, this_update, next_update, revoked)).to_vec()
}

fn list(name: &str, this_update: &str, next_update: &str, revoked: &[&Certificate]) -> CertificateList {
    let signer = pki().signer(name);
    let names = [(oid::COUNTRY, "JP"), (oid::ORGANIZATION, "Fumikura Test"), (oid::COMMON_NAME, name)];
    let issuer_name = Name::from_attributes(&names);
    let facts = |at| fumikura::asn1::RevokedEntry { revoked_at: at, reason: None };
    let template = CrlTemplate {
        this_update: instant(this_update),
        next_update: instant(next_update),
        number: 2,
        revoked: revoked.iter().map(|one| (one.serial().to_vec(), facts(instant(this_update)))).collect(),
        more: Vec::new(),
    };
    let issuer = Issuer { name: &issuer_name, signer: &signer as &dyn Signer, digest: DigestAlgorithm::Sha256 };
    issue_crl(&template, issuer).unwrap()
}

/// A city on the morning of 1 June whose lists are from May and due anew at noon.
async fn city() -> City {
    City::with(|parts| parts.judge.crls = lists("2026-05-31T00:00:00Z", "2026-06-01T12:00:00Z", &[])).await
}

#[tokio::test]
async fn each_class_reaches_its_level_when_newer_lists_are_there() {
    for (kind, level) in [("permit", "B-LT"), ("certificate", "B-LTA")] {
        let city = city().await;
        let (id, issued) = city.issued(kind).await;
        let sealed = city.office.notice_pdf(&clerk(), id).await.unwrap();

        let run = city.office.upgrade_due(None).await.unwrap();
        assert_eq!((run.upgraded.len(), run.waiting.clone(), run.halted), (0, vec![id], None), "{kind}");
        let pending = city.office.pending_upgrades(&auditor()).await.unwrap();
        let waiting = pending[0].upgrade.waiting.clone().unwrap();
        assert_eq!((waiting.code.as_str(), pending[0].overdue), ("pades-revocation-older", false));
        assert_eq!(waiting.next, instant("2026-06-01T12:00:00Z"), "the lists say when the next ones come");
        assert_eq!(city.office.notice(&clerk(), id).await.unwrap().notice.state, NoticeState::Issued, "nobody waits");
        assert_eq!(city.office.upgrade_due(None).await.unwrap().untried, [id], "nothing is new");

        city.clock.set("2026-06-01T09:00:00Z");
        city.office.renew_lists(lists("2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z", &[]));
        assert_eq!(city.office.upgrade_due(None).await.unwrap().upgraded, [id], "new lists are tried at once");
        let lasting = city.office.notice_pdf(&clerk(), id).await.unwrap();
        assert!(lasting.starts_with(&sealed) && lasting.len() > sealed.len() && sealed.starts_with(PDF));
        let verdict = city.office.public_validate(lasting.clone()).await.unwrap();
        assert_eq!(verdict.report.indication, Indication::TotalPassed);
        assert_eq!(verdict.report.signatures[0].level, Some(level));
        assert_eq!(
            verdict.standing.map(|known| known.effect),
            Some(Effect::InForce),
            "the file that is handed out now"
        );
        let earlier = city.office.public_validate(sealed.clone()).await.unwrap();
        assert_eq!(
            earlier.standing.map(|known| known.effect),
            Some(Effect::InForce),
            "and the one that was handed out before"
        );

        let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
        city.office.confirm_delivery(&session).await.unwrap();
        assert_eq!(city.office.collect(&session).await.unwrap(), lasting);
        let view = city.office.resident_view(&session).await.unwrap();
        assert_eq!(view.sha256, Some(Sha256Hex::of(&lasting)), "the hash is that of the file to collect");

        assert!(city.office.pending_upgrades(&auditor()).await.unwrap().is_empty());
        let run = city.office.upgrade_due(Some(&seal_keeper())).await.unwrap();
        assert_eq!(run, fumikura::office::notices::UpgradeRun::default(), "once is enough");
        let notice = city.office.notice(&clerk(), id).await.unwrap().notice;
        assert_eq!(notice.sealed_sha256, Some(Sha256Hex::of(&sealed)), "what was sealed stays known");
        let entries = city.office.newest_entries(&auditor(), 20).await.unwrap();
        let entry = entries.iter().find(|entry| entry.verb.as_str() == "notice.upgraded").unwrap();
        assert_eq!((entry.actor.as_str(), entry.subject.as_str()), ("system", id.to_string().as_str()));
        city.office.verify_ledger(vec![]).await.unwrap();
    }
}

#[tokio::test]
async fn it_is_tried_once_more_before_the_deadline_though_the_next_lists_are_announced_for_later() {
    let city = City::with(|parts| parts.judge.crls = lists("2026-05-31T00:00:00Z", "2026-06-20T00:00:00Z", &[])).await;
    let id = city.sealed("certificate").await;
    let next = async || {
        city.office.upgrade_due(None).await.unwrap();
        let pending = city.office.pending_upgrades(&auditor()).await.unwrap();
        let upgrade = pending[0].upgrade.clone();
        (upgrade.waiting.clone().unwrap().next, upgrade.due)
    };
    let hour = jiff::SignedDuration::from_hours(1);
    let (first, due) = next().await;
    assert_eq!(first, due - hour, "the round before the deadline");
    city.clock.set(&(first + jiff::SignedDuration::from_mins(10)).to_string());
    let (late, _) = next().await;
    assert!(late > due, "no round is left before it, and the page says so");
    city.clock.set(&late.to_string());
    assert!(city.office.pending_upgrades(&auditor()).await.unwrap()[0].overdue);
    assert_eq!(next().await.0, instant("2026-06-20T00:00:00Z"), "from then on the lists say when");
    assert!(city.office.notice(&clerk(), id).await.unwrap().notice.upgrades.is_empty());
}

#[tokio::test]
async fn a_passed_deadline_shows_and_nothing_is_faked() {
    let city = city().await;
    let id = city.sealed("certificate").await;
    city.clock.set("2026-06-05T00:00:00Z");
    let run = city.office.upgrade_due(None).await.unwrap();
    assert_eq!(run.waiting, [id]);
    let pending = city.office.pending_upgrades(&clerk()).await.unwrap();
    assert!(pending[0].overdue);
    let waiting = pending[0].upgrade.waiting.as_ref().unwrap();
    assert!(fumikura::wording::ja(&waiting.code).is_some(), "{} has its sentence", waiting.code);
    let notice = city.office.notice(&clerk(), id).await.unwrap().notice;
    assert!(notice.upgrades.is_empty());
    let handed_out = city.office.notice_pdf(&clerk(), id).await.unwrap();
    assert_eq!(notice.sealed_sha256, Some(Sha256Hex::of(&handed_out)), "it stays as it was sealed");
}

#[tokio::test]
async fn a_seal_whose_certificate_was_revoked_stays_on_the_list() {
    let city = city().await;
    let id = city.sealed("permit").await;
    city.clock.set("2026-06-01T09:00:00Z");
    // Revoked before the seal's own time: no material can save it.
    let mut revoking = lists("2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z", &[]);
    revoking[1] = list("ca", "2026-06-01T00:30:00Z", "2026-06-02T08:00:00Z", &[pki().certificate("signer-rsa2048")]);
    city.office.renew_lists(revoking);
    assert_eq!(city.office.upgrade_due(None).await.unwrap().waiting, [id]);
    let pending = city.office.pending_upgrades(&clerk()).await.unwrap();
    assert_eq!(pending[0].upgrade.waiting.as_ref().unwrap().code, "pades-path-not-valid");
}

struct Silent;

impl TimestampSource for Silent {
    fn timestamp(&self, _request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        Err(TimestampError::Unavailable("silent".to_owned()))
    }
}

#[tokio::test]
async fn a_silent_authority_breaks_the_round_off() {
    let city = city().await;
    let ids = [city.sealed("certificate").await, city.sealed("certificate").await];
    // The same database, with an authority that does not answer.
    let mut parts = super::city::parts(city.folder.path(), &city.clock).await;
    city.clock.set("2026-06-01T09:00:00Z");
    parts.timestamps = Some(Arc::new(Silent));
    parts.judge.crls = lists("2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z", &[]);
    let office = fumikura::office::Office::new(parts);
    let run = office.upgrade_due(None).await.unwrap();
    assert_eq!((run.waiting, run.untried, run.halted), (vec![ids[0]], vec![ids[1]], Some("tsp-unavailable")));
}

#[tokio::test]
async fn a_notice_that_moves_meanwhile_keeps_what_moved() {
    let city = city().await;
    let id = city.sealed("permit").await;
    city.clock.set("2026-06-01T09:00:00Z");
    city.office.renew_lists(lists("2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z", &[]));
    let (office, clerk) = (city.office.clone(), clerk());
    let (round, other, consent) = tokio::join!(
        office.upgrade_due(None),
        city.office.upgrade_due(None),
        city.office.record_consent(&clerk, id, NewConsent::today("online", "申請 9")),
    );
    consent.unwrap();
    let done = [round, other].map(|run| run.unwrap().upgraded.len());
    assert_eq!(done.iter().sum::<usize>(), 1, "two rounds at once reach it once");
    let notice = city.office.notice(&clerk, id).await.unwrap().notice;
    assert_eq!((notice.upgrades.len(), notice.consent.is_some(), notice.upgrade), (1, true, None));
}

#[tokio::test]
async fn bytes_changed_behind_the_office_are_not_extended() {
    let city = city().await;
    let id = city.sealed("permit").await;
    city.execute("UPDATE notice_files SET bytes = x'255044462d312e37' WHERE which = 'sealed'").await;
    city.office.upgrade_due(None).await.unwrap();
    let pending = city.office.pending_upgrades(&clerk()).await.unwrap();
    assert_eq!(
        (pending[0].id, pending[0].upgrade.waiting.as_ref().unwrap().code.as_str()),
        (id, "notice-hash-differs")
    );
    assert!(city.clock.now() < pending[0].upgrade.due);
}

#[tokio::test]
async fn a_notice_whose_files_were_destroyed_waits_for_nothing() {
    let city = city().await;
    let id = city.sealed("permit").await;
    city.execute("DELETE FROM notice_files").await;
    let run = city.office.upgrade_due(None).await.unwrap();
    assert_eq!((run.upgraded.len(), run.waiting.len()), (0, 0));
    assert!(city.office.pending_upgrades(&auditor()).await.unwrap().is_empty());
    let entries = city.office.newest_entries(&auditor(), 1).await.unwrap();
    assert_eq!(
        (entries[0].verb.as_str(), entries[0].subject.as_str()),
        ("notice.upgrade-dropped", id.to_string().as_str())
    );
}

#[tokio::test]
async fn only_some_may_start_a_round() {
    let city = city().await;
    assert_eq!(city.office.upgrade_due(Some(&approver())).await.unwrap_err().code(), "office-not-in-role");
    let administrator = City::person(8, &[Role::Administrator]);
    city.office.upgrade_due(Some(&administrator)).await.unwrap();
    assert_eq!(city.office.pending_upgrades(&administrator).await.unwrap_err().code(), "office-not-in-role");
}
