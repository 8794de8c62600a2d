//! Until when a proof lasts: what is said is what is so, a second before and after.

use super::bench::{Root, judge, judge_with, object, records, renew};
use crate::engine::pki::instant;
use fumikura::pki::{AnchorUse, Belief, Term, TrustAnchors};
use fumikura::time::Instant;
use fumikura::validate::{Ending, EvidenceReport, Indication};

const AT: &str = "2026-06-01T00:00:00Z";

fn ending(report: &EvidenceReport) -> (Instant, Ending) {
    assert_eq!(report.indication, Indication::TotalPassed, "{report:#?}");
    let lasting = report.lasts.clone().expect("it ends");
    (lasting.until, lasting.ending)
}

#[test]
fn a_proof_lasts_as_long_as_the_newest_certificate() {
    let root = Root::usual();
    let first = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let second = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2041-01-01T00:00:00Z");
    let made = records(3, &first, AT);
    let (until, because) = ending(&judge(&made[0], &[object(0)], &root, AT));
    assert_eq!(until, instant("2036-01-01T00:00:00Z"));
    assert_eq!(because, Ending::Certificate(first.certificate().subject()));
    let last = judge(&made[0], &[object(0)], &root, "2036-01-01T00:00:00Z");
    assert_eq!(last.indication, Indication::TotalPassed, "{last:#?}");
    assert_eq!(judge(&made[0], &[object(0)], &root, "2036-01-01T00:00:01Z").indication, Indication::Indeterminate);
    let renewed = renew(&made, &root, &second, "2030-01-01T00:00:00Z");
    let (until, because) = ending(&judge(&renewed[0], &[object(0)], &root, "2031-01-01T00:00:00Z"));
    assert_eq!(until, instant("2041-01-01T00:00:00Z"));
    assert_eq!(because, Ending::Certificate(second.certificate().subject()));
}

#[test]
fn a_proof_lasts_as_long_as_its_algorithms() {
    let root = Root::usual();
    let by = root.authority("tsa", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let made = records(3, &by, AT);
    let (until, because) = ending(&judge(&made[0], &[object(0)], &root, AT));
    assert_eq!(until, instant("2031-01-01T00:00:00Z"), "RSA of 2048 bits");
    assert_eq!(because, Ending::Algorithm("RSA-PKCS1-SHA-512".to_owned()));
    let last = judge(&made[0], &[object(0)], &root, "2030-12-31T23:59:59Z");
    assert_eq!(last.indication, Indication::TotalPassed);
    assert_eq!(judge(&made[0], &[object(0)], &root, "2031-01-01T00:00:00Z").indication, Indication::Indeterminate);
}

#[test]
fn a_proof_lasts_as_long_as_its_authority_is_above_it() {
    let root = Root::new("Evidence Root of old", "2020-01-01T00:00:00Z", "2034-01-01T00:00:00Z");
    let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let (until, because) = ending(&judge(&records(1, &by, AT)[0], &[object(0)], &root, AT));
    assert_eq!(until, instant("2034-01-01T00:00:00Z"));
    assert_eq!(because, Ending::Certificate(root.certificate.subject()));
}

#[test]
fn a_proof_lasts_as_long_as_the_term_of_trust() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let made = records(1, &by, AT);
    let believed = |ends: &[Option<&str>]| {
        let mut anchors = TrustAnchors::default();
        for end in ends {
            let term = Term { from: None, before: end.map(instant) };
            let belief = Belief { term, anchor_use: AnchorUse::Timestamping, fresh_until: None };
            anchors.add_for(root.certificate.clone(), belief);
        }
        judge_with(&made[0], &[object(0)], &anchors, &[root.list(AT)], AT)
    };
    let (until, because) = ending(&believed(&[Some("2028-01-01T00:00:00Z"), Some("2027-01-01T00:00:00Z")]));
    assert_eq!(until, instant("2028-01-01T00:00:00Z"));
    assert_eq!(because, Ending::Trust(root.certificate.subject()));
    let (until, _) = ending(&believed(&[Some("2028-01-01T00:00:00Z"), None]));
    assert_eq!(until, instant("2036-01-01T00:00:00Z"), "somebody believes without end");
}
