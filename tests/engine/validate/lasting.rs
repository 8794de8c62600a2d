//! Until when a signature's proof holds: what is said is what is so, a second before and a second after.

use super::past::{anchors, certificate, extended, lists, sealed, sealed_at};
use crate::engine::pki::instant;
use fumikura::asn1::CertificateList;
use fumikura::pades::Level;
use fumikura::pdf::Limits;
use fumikura::pki::{AnchorUse, Belief, Term, TrustAnchors};
use fumikura::policy::ValidationPolicy;
use fumikura::time::Instant;
use fumikura::validate::{Ending, Indication, Judge, Lasting, Report, ValidationContext, validate};
use fumikura::wording;
use std::time::Duration;

/// When the files of these tests came to their levels.
const EXTENDED: &str = "2026-06-03T00:00:00Z";

/// Whom to believe, by which policy, and which revocation lists are kept beside those that the timestamps' root makes every day.
struct World {
    trust: TrustAnchors,
    tsa_trust: TrustAnchors,
    policy: ValidationPolicy,
    kept: Vec<CertificateList>,
    /// Whether the signers' authorities make lists every day, too.
    all_go_on: bool,
    /// Whom the lists of every day name.
    revoked: Vec<(&'static str, &'static str)>,
}

impl World {
    fn usual() -> Self {
        let policy = ValidationPolicy::built_in();
        Self {
            trust: anchors(),
            tsa_trust: anchors(),
            policy,
            kept: lists(EXTENDED, &[]),
            all_go_on: false,
            revoked: Vec::new(),
        }
    }

    /// One whose policy says something else of an algorithm.
    fn with_policy(from: &str, to: &str) -> Self {
        let text = include_str!("../../../src/policy/default.toml");
        assert!(text.contains(from), "{from}");
        let policy = ValidationPolicy::from_toml(&text.replace(from, to)).unwrap();
        Self { policy, ..Self::usual() }
    }

    /// One that believes in the timestamps' root for a term alone.
    fn with_term(before: &str) -> Self {
        let mut tsa_trust = TrustAnchors::default();
        let term = Term { from: None, before: Some(instant(before)) };
        tsa_trust.add_for(certificate("stamps"), Belief { term, anchor_use: AnchorUse::Any, fresh_until: None });
        Self { trust: TrustAnchors::new([certificate("root")]), tsa_trust, ..Self::usual() }
    }

    fn judged(&self, file: &[u8], at: Instant) -> Report {
        let mut crls = self.kept.clone();
        let stamps = certificate("stamps").subject();
        let is_there = |list: &CertificateList| self.all_go_on || list.issuer_name().to_string() == stamps;
        crls.extend(lists(&at.to_string(), &self.revoked).into_iter().filter(is_there));
        let context = ValidationContext {
            trust: &self.trust,
            tsa_trust: &self.tsa_trust,
            crls: &crls,
            ocsps: &[],
            intermediates: &[],
            at,
            policy: &self.policy,
            password: None,
            limits: Limits::default(),
        };
        validate(file, &context).unwrap()
    }

    /// Returns what is said of the first signature at a time, having seen that it is so: all that is the same from the time
    /// that it is said until a second before the end, and no longer a second after.
    fn exact(&self, file: &[u8], at: &str) -> Lasting {
        let report = self.judged(file, instant(at));
        assert_eq!(report.signatures[0].indication, Indication::TotalPassed, "{at}: {report:#?}");
        let lasting = report.signatures[0].lasts.clone().expect("it ends");
        assert_eq!(report.lasts(), Some(&lasting), "nothing of the file ends before");
        let second = Duration::from_secs(1);
        let before = self.judged(file, lasting.until.checked_sub(second).unwrap());
        let told = |report: &Report| report.signatures[0].findings.clone();
        assert_eq!(before.signatures[0].indication, Indication::TotalPassed, "{lasting:?} {:#?}", told(&before));
        assert_eq!(before.indication, Indication::TotalPassed);
        assert_eq!(before.lasts(), Some(&lasting), "it says the same to the end");
        let after = self.judged(file, lasting.until.checked_add(second).unwrap());
        assert_ne!(after.signatures[0].indication, Indication::TotalPassed, "{lasting:?} {:#?}", told(&after));
        assert_ne!(after.indication, Indication::TotalPassed);
        assert_eq!((after.signatures[0].lasts.as_ref(), after.lasts()), (None, None));
        lasting
    }
}

fn ends_with_certificate(of: &str, until: &str) -> Lasting {
    Lasting { until: instant(until), ending: Ending::Certificate(certificate(of).subject()) }
}

fn ends_with_algorithm(name: &str, until: &str) -> Lasting {
    Lasting { until: instant(until), ending: Ending::Algorithm(name.to_owned()) }
}

#[test]
fn a_signature_alone_lasts_as_long_as_its_certificate() {
    let signed = sealed_at(Level::BB, "tsa-1");
    let world = World { all_go_on: true, ..World::usual() };
    let lasting = world.exact(&signed, "2026-07-01T00:00:00Z");
    assert_eq!(lasting, ends_with_certificate("seal", "2028-01-01T00:00:00Z"));
}

#[test]
fn a_timestamp_carries_it_as_far_as_the_authorities_over_both() {
    let lasting = World::usual().exact(&sealed(), "2026-07-01T00:00:00Z");
    assert_eq!(lasting, ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z"), "the timestamp ends");
    for level in [Level::BT, Level::BLt] {
        // The timestamp would hold until 2060, but says nothing of what the ended authority of the signer may have signed since.
        let file = match level {
            Level::BT => sealed_at(Level::BT, "tsa-9"),
            _ => extended(&sealed_at(Level::BT, "tsa-9"), level, "tsa-9", EXTENDED),
        };
        let lasting = World::usual().exact(&file, "2026-07-01T00:00:00Z");
        assert_eq!(lasting, ends_with_certificate("ca", "2031-01-01T00:00:00Z"), "{level:?}");
    }
}

#[test]
fn an_archive_lasts_as_long_as_its_newest_timestamp_whatever_ended_before() {
    let world = World::usual();
    let archived = extended(&sealed(), Level::BLta, "tsa-1", EXTENDED);
    let lasting = world.exact(&archived, "2026-07-01T00:00:00Z");
    assert_eq!(lasting, ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z"));
    let renewed = extended(&archived, Level::BLta, "tsa-2", "2029-06-03T00:00:00Z");
    for at in ["2029-07-01T00:00:00Z", "2033-06-01T00:00:00Z"] {
        assert_eq!(world.exact(&renewed, at), ends_with_certificate("tsa-2", "2040-01-01T00:00:00Z"), "{at}");
    }
    let again = extended(&renewed, Level::BLta, "tsa-3", "2039-06-03T00:00:00Z");
    let report = world.judged(&again, instant("2045-06-01T00:00:00Z"));
    assert_eq!(report.signatures.len(), 4);
    for signature in &report.signatures {
        let wanted = ends_with_certificate("tsa-3", "2060-01-01T00:00:00Z");
        assert_eq!(signature.lasts, Some(wanted), "{}: the newest proves the others", signature.field);
    }
    world.exact(&again, "2045-06-01T00:00:00Z");
}

#[test]
fn what_an_archive_lacks_for_later_is_added_and_proven_by_the_next_timestamp() {
    let world = World::usual();
    // The lists in it are older than the timestamp that proves them: of the time between they say nothing.
    let long = extended(&sealed_at(Level::BT, "tsa-9"), Level::BLta, "tsa-9", EXTENDED);
    let by_the_authority = ends_with_certificate("ca", "2031-01-01T00:00:00Z");
    assert_eq!(world.exact(&long, "2026-07-01T00:00:00Z"), by_the_authority);
    let added = extended(&long, Level::BLt, "tsa-9", "2026-07-03T00:00:00Z");
    let by_the_timestamp = ends_with_certificate("tsa-9", "2060-01-01T00:00:00Z");
    assert_eq!(world.exact(&added, "2026-07-04T00:00:00Z"), by_the_timestamp, "the root itself goes on");
    let proven = extended(&added, Level::BLta, "tsa-9", "2026-07-05T00:00:00Z");
    assert_eq!(world.exact(&proven, "2026-07-06T00:00:00Z"), by_the_timestamp);
    let judge = Judge {
        trust: anchors(),
        tsa_trust: anchors(),
        intermediates: Vec::new(),
        crls: lists("2026-07-09T00:00:00Z", &[]),
        policy: ValidationPolicy::built_in(),
        good: Default::default(),
    };
    let count = |file: &[u8]| {
        let counted = judge.outliving(file, instant("2026-07-09T00:00:00Z")).unwrap();
        (counted.outliving, counted.paths)
    };
    assert_eq!(count(&long), (0, 2), "the signer and its timestamp");
    assert_eq!(count(&added), (2, 2), "once that is proven");
    assert_eq!(count(&proven), (2, 3), "the first archive timestamp, proven now, has no younger list yet");
    let added = extended(&proven, Level::BLt, "tsa-9", "2026-07-08T00:00:00Z");
    assert_eq!(count(&added), (3, 3));
}

#[test]
fn a_timestamp_that_ends_before_an_older_one_shortens_the_file_and_not_the_signature() {
    let long = extended(&sealed_at(Level::BT, "tsa-9"), Level::BLta, "tsa-9", EXTENDED);
    let long = extended(&long, Level::BLt, "tsa-9", "2026-07-03T00:00:00Z");
    let long = extended(&long, Level::BLta, "tsa-9", "2026-07-05T00:00:00Z");
    let shorter = extended(&long, Level::BLta, "tsa-1", "2027-06-03T00:00:00Z");
    let world = World::usual();
    let report = world.judged(&shorter, instant("2027-07-01T00:00:00Z"));
    assert_eq!(report.lasts(), Some(&ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z")));
    let of_the_seal = ends_with_certificate("tsa-9", "2060-01-01T00:00:00Z");
    assert_eq!(report.signatures[0].lasts, Some(of_the_seal), "the older timestamp goes on proving it");
    let after = world.judged(&shorter, instant("2030-01-01T00:00:01Z"));
    assert_eq!(after.signatures[0].indication, Indication::TotalPassed);
    assert_eq!(after.indication, Indication::Indeterminate, "a timestamp of the file no longer passes");
}

#[test]
fn a_proof_lasts_as_long_as_what_it_is_made_by_is_believed() {
    let archived = extended(&sealed(), Level::BLta, "tsa-1", EXTENDED);
    let rsa = "bits = 2048\nuntil = \"2031-01-01\"";
    let world = World::with_policy(rsa, "bits = 2048\nuntil = \"2029-03-01\"");
    let lasting = world.exact(&archived, "2026-07-01T00:00:00Z");
    assert_eq!(lasting, ends_with_algorithm("RSA-PKCS1-SHA-256", "2029-03-01T00:00:00Z"));
    // The imprint and the signature are by it.
    let world = World::with_policy("SHA-256 = \"open\"", "SHA-256 = \"2028-05-01\"");
    let lasting = world.exact(&archived, "2026-07-01T00:00:00Z");
    assert_eq!(lasting.until, instant("2028-05-01T00:00:00Z"));
    assert!(matches!(lasting.ending, Ending::Algorithm(_)), "{lasting:?}");
    // One renewed before that day is bound by other digests of the new authority alone: none is there here.
    let renewed = extended(&archived, Level::BLta, "tsa-9", "2027-06-03T00:00:00Z");
    assert_eq!(world.exact(&renewed, "2027-07-01T00:00:00Z").until, instant("2028-05-01T00:00:00Z"));
}

#[test]
fn a_list_by_an_algorithm_that_is_given_up_ends_what_no_later_timestamp_proves() {
    let world = World::with_policy("SHA-384 = \"open\"", "SHA-384 = \"2027-01-01\"");
    let long_term = extended(&sealed(), Level::BLt, "tsa-1", EXTENDED);
    let lasting = world.exact(&long_term, "2026-07-01T00:00:00Z");
    assert_eq!(lasting, ends_with_algorithm("ECDSA-SHA-384", "2027-01-01T00:00:00Z"));
    let archived = extended(&sealed(), Level::BLta, "tsa-1", EXTENDED);
    let world = World { all_go_on: true, ..world };
    let lasting = world.exact(&archived, "2026-07-01T00:00:00Z");
    assert_eq!(lasting, ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z"));
}

#[test]
fn a_proof_lasts_as_long_as_the_term_of_its_authority() {
    let archived = extended(&sealed(), Level::BLta, "tsa-1", EXTENDED);
    let world = World::with_term("2028-01-01T00:00:00Z");
    let report = world.judged(&archived, instant("2026-07-01T00:00:00Z"));
    let wanted =
        Lasting { until: instant("2028-01-01T00:00:00Z"), ending: Ending::Trust(certificate("stamps").subject()) };
    assert_eq!(report.lasts(), Some(&wanted));
    assert_eq!(world.exact(&archived, "2026-07-01T00:00:00Z"), wanted);
    // Somebody who goes on answering for the authority says after the end that it was not revoked: that ends with the certificate.
    let later = world.judged(&archived, instant("2028-06-01T00:00:00Z"));
    assert_eq!(later.lasts(), Some(&ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z")));
    // Whoever believes it without end beside that, does so.
    let both = World { trust: anchors(), ..world };
    assert_eq!(both.exact(&archived, "2026-07-01T00:00:00Z"), ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z"));
}

#[test]
fn a_signer_revoked_after_the_seal_lasts_by_the_proof_alone() {
    let revoked = vec![("seal", "2026-09-01T00:00:00Z")];
    let world = World { all_go_on: true, revoked, ..World::usual() };
    let archived = extended(&sealed(), Level::BLta, "tsa-1", EXTENDED);
    let lasting = world.exact(&archived, "2026-10-01T00:00:00Z");
    assert_eq!(lasting, ends_with_certificate("tsa-1", "2030-01-01T00:00:00Z"));
    let alone = world.judged(&sealed_at(Level::BB, "tsa-1"), instant("2026-10-01T00:00:00Z"));
    assert_eq!((alone.indication, alone.signatures[0].lasts.as_ref()), (Indication::Indeterminate, None));
}

#[test]
fn every_form_of_the_report_says_it() {
    let archived = extended(&sealed(), Level::BLta, "tsa-1", EXTENDED);
    let report = World::usual().judged(&archived, instant("2026-07-01T00:00:00Z"));
    let json = wording::report_json(&report, "notice.pdf");
    let lasts = &json["signatures"][0]["lasts"];
    assert_eq!(lasts["until"], "2030-01-01T00:00:00Z");
    assert!(lasts["ja"].as_str().unwrap().contains("CN=tsa-1"), "{lasts}");
    assert!(lasts["en"].as_str().unwrap().contains("the end of the certificate"), "{lasts}");
    let text = wording::report_text(&report, "notice.pdf");
    assert!(text.contains("更新の期限 / to be renewed before: 2030-01-01 09:00:00+09:00 — "), "{text}");
    let html = wording::reports_html(std::iter::once(("notice.pdf", &report)));
    assert!(html.contains("更新の期限") && html.contains("2030年1月1日"), "{html}");
    let broken = World::usual().judged(&archived, instant("2030-01-01T00:00:01Z"));
    assert!(wording::report_json(&broken, "notice.pdf")["signatures"][0]["lasts"].is_null());
    assert!(!wording::report_text(&broken, "notice.pdf").contains("更新の期限"));
}
