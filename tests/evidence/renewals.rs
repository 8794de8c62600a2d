//! Renewals of both kinds, several times over: the proof goes back to the first timestamp, long after it ended.

use super::bench::{
    Root, Sha256, Sha384, Sha512, bytes, complete, judge, judge_with, leaf, object, records, renew, renew_as_they_are,
    renew_trees, stamped,
};
use crate::engine::ocsp::Answer;
use crate::engine::openssl::Bench;
use crate::engine::pki::{instant, pki};
use fumikura::asn1::pem_encode;
use fumikura::cms::ValidationData;
use fumikura::evidence::{DataObject, EvidenceError, EvidenceRecord, Leaf, TimestampRenewal, examine, renewed_leaf};
use fumikura::pki::TrustAnchors;
use fumikura::policy::SubIndication;
use fumikura::validate::{Element, Indication};

const FIRST: (&str, &str, &str) = ("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
const SECOND: (&str, &str, &str) = ("tsa-p256", "2033-01-01T00:00:00Z", "2046-01-01T00:00:00Z");
const THIRD: (&str, &str, &str) = ("tsa-p256", "2043-01-01T00:00:00Z", "2056-01-01T00:00:00Z");

fn by(root: &Root, (key, from, to): (&str, &str, &str)) -> fumikura::cms::SigningIdentity {
    root.authority(key, from, to)
}

/// A record of thirty years: four chains, each renewed once.
fn long(root: &Root, count: usize) -> Vec<EvidenceRecord> {
    let (first, second, third) = (by(root, FIRST), by(root, SECOND), by(root, THIRD));
    let made = records(count, &first, "2026-06-01T00:00:00Z");
    let made = renew(&made, root, &first, "2030-06-01T00:00:00Z");
    let made = renew(&made, root, &second, "2035-06-01T00:00:00Z");
    let made = renew_trees(&made, Sha384, root, &second, "2040-06-01T00:00:00Z");
    let made = renew(&made, root, &third, "2045-06-01T00:00:00Z");
    let made = renew_trees(&made, Sha512, root, &third, "2050-06-01T00:00:00Z");
    renew(&made, root, &third, "2054-06-01T00:00:00Z")
}

#[test]
fn a_record_renewed_in_both_ways_for_thirty_years_proves_its_data() {
    let root = Root::usual();
    for count in [1, 2, 7] {
        for (number, record) in long(&root, count).iter().enumerate() {
            assert_eq!(record.chains.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2, 2]);
            let report = judge(record, &[object(number)], &root, "2055-06-01T00:00:00Z");
            assert_eq!(report.indication, Indication::TotalPassed, "{number} of {count}: {report:#?}");
            assert_eq!(report.proven_time, Some(instant("2026-06-01T00:00:00Z")));
            assert_eq!(report.timestamps.len(), 7);
            assert!(report.findings.is_empty(), "{:?}", report.findings);
            let other = judge(record, &[object(number + 1)], &root, "2055-06-01T00:00:00Z");
            assert_eq!(other.indication, Indication::TotalFailed);
            assert_eq!(other.sub_indication, Some(SubIndication::HashFailure));
        }
    }
}

#[test]
fn what_was_not_renewed_in_time_is_not_proven() {
    let root = Root::usual();
    let first = by(&root, FIRST);
    let made = records(3, &first, "2026-06-01T00:00:00Z");
    let late = judge(&made[0], &[object(0)], &root, "2037-01-01T00:00:00Z");
    assert_eq!(late.indication, Indication::Indeterminate, "the authority's certificate is over");
    assert_eq!(late.proven_time, None);
    let renewed = renew(&made, &root, &by(&root, SECOND), "2036-06-01T00:00:00Z");
    let report = judge(&renewed[0], &[object(0)], &root, "2037-01-01T00:00:00Z");
    assert_eq!(report.indication, Indication::Indeterminate, "renewed half a year after that");
    let first_of_all = Element { chain: Some(1), timestamp: Some(1), ..Element::default() };
    assert_eq!(report.decided, Some(first_of_all));
    assert_eq!(report.timestamps[1].indication, Indication::TotalPassed);
}

#[test]
fn an_algorithm_that_ended_before_the_renewal_proves_nothing() {
    let root = Root::usual();
    let weak = root.authority("tsa", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let made = records(2, &weak, "2026-06-01T00:00:00Z");
    let second = by(&root, SECOND);
    // RSA of 2048 bits is believed until 2031.
    let in_time = renew(&made, &root, &by(&root, FIRST), "2030-12-01T00:00:00Z");
    let in_time = renew(&in_time, &root, &second, "2035-06-01T00:00:00Z");
    let late = renew(&made, &root, &second, "2035-06-01T00:00:00Z");
    let judge = |record| judge(record, &[object(0)], &root, "2037-01-01T00:00:00Z");
    assert_eq!(judge(&in_time[0]).indication, Indication::TotalPassed, "{:#?}", judge(&in_time[0]));
    let report = judge(&late[0]);
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.decided.and_then(|element| element.timestamp), Some(1));
}

#[test]
fn a_group_is_renewed_as_a_group() {
    let root = Root::usual();
    let (first, second) = (by(&root, FIRST), by(&root, SECOND));
    let digests: Vec<_> = [1, 2, 3].map(|number| Sha256.digest(&bytes(number))).to_vec();
    let leaves = [Leaf::group(&digests).expect("a group"), leaf(9, Sha256)];
    let tree = stamped(&leaves, &first, "2026-06-01T00:00:00Z");
    let record = tree.record(0, &leaves[0]).expect("a record");
    let record = complete(&[record], &root, "2035-06-01T00:00:00Z").remove(0);
    let objects = [object(1), object(2), object(3)];
    let renewed = [renewed_leaf(&record, &objects, Sha512).expect("a leaf"), leaf(10, Sha512), leaf(11, Sha512)];
    let tree = stamped(&renewed, &second, "2035-06-01T00:00:00Z");
    let record = tree.renew_tree(&record, 0, &renewed[0]).expect("a record");
    let report = judge(&record, &objects, &root, "2040-01-01T00:00:00Z");
    assert_eq!(report.indication, Indication::TotalPassed, "{report:#?}");
    assert_eq!(examine(&record, &objects).stamps[1].others, 0, "the first list is the group alone");
    assert!(examine(&record, &objects[1..2]).covers_data());
    assert!(!examine(&record, &[object(9)]).covers_data());
}

#[test]
fn records_that_share_a_timestamp_share_a_leaf() {
    let root = Root::usual();
    let (first, second) = (by(&root, FIRST), by(&root, SECOND));
    let nights: Vec<EvidenceRecord> = ["2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", "2026-06-03T00:00:00Z"]
        .iter()
        .flat_map(|night| records(9, &first, night))
        .collect();
    let mut renewal = TimestampRenewal::new(Sha256);
    let places: Vec<usize> = nights.iter().map(|record| renewal.add(record).expect("a place")).collect();
    assert_eq!(places.iter().max(), Some(&2), "a leaf a night");
    assert_eq!(renewal.finish().expect("a tree").leaves(), 3);
    for (number, record) in renew(&nights, &root, &second, "2035-06-01T00:00:00Z").iter().enumerate() {
        let report = judge(record, &[object(number % 9)], &root, "2040-01-01T00:00:00Z");
        assert_eq!(report.indication, Indication::TotalPassed, "{number}: {report:#?}");
    }
}

#[test]
fn a_chain_keeps_its_algorithm() {
    let root = Root::usual();
    let first = by(&root, FIRST);
    let made = records(2, &first, "2026-06-01T00:00:00Z");
    assert_eq!(TimestampRenewal::new(Sha512).add(&made[0]), Err(EvidenceError::OtherAlgorithm));
    let other = stamped(&[leaf(1, Sha512)], &first, "2026-06-01T00:00:00Z");
    assert_eq!(other.renew_timestamp(&made[0], 0).map(drop), Err(EvidenceError::OtherAlgorithm));
    let mut renewal = TimestampRenewal::new(Sha256);
    renewal.add(&made[0]).expect("a place");
    let tree = renewal.finish().expect("a tree");
    let elsewhere = super::bench::token(&first, &Sha256.digest(b"else"), "2026-06-01T00:00:00Z");
    assert_eq!(fumikura::evidence::StampedTree::new(tree, &elsewhere).map(drop), Err(EvidenceError::NotOverRoot));
}

#[test]
fn a_tree_is_renewed_from_its_own_data_alone() {
    let root = Root::usual();
    let made = records(3, &by(&root, FIRST), "2026-06-01T00:00:00Z");
    assert_eq!(renewed_leaf(&made[0], &[], Sha512), Err(EvidenceError::Nothing));
    assert_eq!(renewed_leaf(&made[0], &[object(5)], Sha512), Err(EvidenceError::OtherData));
    let lacking = DataObject::digested(&bytes(0), &[Sha256]);
    assert_eq!(renewed_leaf(&made[0], &[lacking], Sha512), Err(EvidenceError::OtherAlgorithm));
}

#[test]
fn what_a_timestamp_rests_on_is_proven_by_its_renewal_when_it_stands_beside_it() {
    let old = Root::new("Evidence Root of old", "2020-01-01T00:00:00Z", "2036-03-01T00:00:00Z");
    let new = Root::usual();
    let first = old.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let second = by(&new, SECOND);
    let made = records(4, &first, "2026-06-01T00:00:00Z");
    let list = old.list("2035-05-01T00:00:00Z");
    let data =
        ValidationData { certificates: vec![first.certificate().clone()], crls: vec![list.clone()], ocsps: Vec::new() };
    let complete = |record: &EvidenceRecord| record.with_validation_data(&data).expect("a record");
    let with: Vec<EvidenceRecord> = made.iter().map(complete).collect();
    assert_eq!(complete(&with[0]), with[0], "what is there is not added again");
    assert!(examine(&with[0], &[object(0)]).covers_data(), "nothing that counts has changed");
    let trust = TrustAnchors::new([old.certificate.clone(), new.certificate.clone()]);
    let at = "2040-01-01T00:00:00Z";
    let judged = |records: &[EvidenceRecord], lists: &[_]| {
        let renewed = renew_as_they_are(records, &second, "2035-06-01T00:00:00Z");
        judge_with(&renewed[1], &[object(1)], &trust, &[&[new.list(at)], lists].concat(), at)
    };
    let report = judged(&with, &[]);
    assert_eq!(report.indication, Indication::TotalPassed, "{report:#?}");
    assert_eq!(judged(&made, &[]).indication, Indication::Indeterminate, "nothing says that it was not revoked");
    let unproven = judged(&made, &[list]);
    assert_eq!(
        unproven.indication,
        Indication::Indeterminate,
        "a list of an authority that is over proves nothing now"
    );
    // What a report names is what is to be put beside the timestamp.
    let then = judge_with(&made[1], &[object(1)], &trust, &[old.list("2035-05-01T00:00:00Z")], "2035-05-20T00:00:00Z");
    let used = then.validation_data(&[old.list("2035-05-01T00:00:00Z")]).expect("it passed");
    assert_eq!((used.certificates.as_slice(), used.crls.len()), ([first.certificate().clone()].as_slice(), 1));
}

#[test]
fn a_response_beside_a_timestamp_counts_as_a_list_does() {
    let (by, trust) = (pki().identity("tsa"), pki().anchors());
    let (at, later) = ("2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z");
    let made = records(3, &by, at);
    let response = Answer::good("tsa", "ca").response();
    let data = ValidationData {
        certificates: vec![pki().certificate("ca").clone()],
        crls: vec![pki().crl("root").clone()],
        ocsps: vec![response.clone()],
    };
    let judged = |record: &EvidenceRecord| judge_with(record, &[object(2)], &trust, &[], at);
    assert_eq!(judged(&made[2]).sub_indication, Some(SubIndication::TryLater));
    let complete = made[2].with_validation_data(&data).expect("a record");
    let report = judged(&complete);
    assert_eq!(report.indication, Indication::TotalPassed, "{report:#?}");
    assert_eq!(complete.with_validation_data(&data), Ok(complete.clone()), "what is there is not added again");
    let used = report.validation_data(&data.crls).expect("it passed");
    assert_eq!((used.ocsps.as_slice(), used.crls.len(), used.certificates.len()), ([response].as_slice(), 1, 2));
    // OpenSSL reads the token with all of it.
    let bench = Bench::new();
    bench.file("root.pem", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
    bench.file("token.tst", &complete.last().expect("a timestamp").timestamp);
    let root = examine(&complete, &[object(2)]).stamps[0].root.clone().expect("a root");
    let asked = format!("ts -verify -digest {} -in token.tst -token_in -CAfile root.pem", fumikura::digest::hex(&root));
    assert!(bench.ok(&asked).contains("Verification: OK"));
    // In time the list of the day is asked for the newest timestamp; the response goes on to speak for the first.
    let renewed = renew_as_they_are(&[complete], &by, later);
    let lists = [pki().crl("ca").clone(), pki().crl("root").clone()];
    let report = judge_with(&renewed[0], &[object(2)], &trust, &lists, later);
    assert_eq!(report.indication, Indication::TotalPassed, "{report:#?}");
}
