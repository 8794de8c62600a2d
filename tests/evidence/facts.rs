//! What stands in a record beside its trees: said, never believed.

use super::bench::{Root, Sha256, judge, object, records};
use fumikura::asn1::{Oid, Tlv, writer};
use fumikura::evidence::EvidenceRecord;
use fumikura::validate::Indication;
use fumikura::wording;

const AT: &str = "2026-06-01T00:00:00Z";

fn made() -> (Root, EvidenceRecord) {
    let root = Root::usual();
    let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let record = records(2, &by, AT).remove(0);
    (root, record)
}

/// Puts fields between the digest algorithms and the timestamps, in place of those algorithms where some are given.
fn with(record: &EvidenceRecord, algorithms: Option<Vec<u8>>, fields: &[Vec<u8>]) -> EvidenceRecord {
    let der = record.to_der();
    let mut old = Tlv::only(&der, "a record").unwrap().contents();
    let mut parts: Vec<Vec<u8>> = (0..3).map(|_| old.next_tlv().unwrap().raw.to_vec()).collect();
    parts[1] = algorithms.unwrap_or_else(|| parts[1].clone());
    parts.splice(2..2, fields.iter().cloned());
    EvidenceRecord::parse(&writer::sequence(&parts)).expect("readable")
}

#[test]
fn an_encrypted_record_and_its_own_information_are_told_of() {
    let (root, record) = made();
    let info = writer::sequence(&[writer::oid(&Oid::new_unwrap("1.2.3.4")), writer::set_of(&[writer::null()])]);
    let infos = writer::context(0, &[info]);
    let encryption = writer::context(1, &[writer::oid(&Oid::new_unwrap("1.2.3.5")), writer::null()]);
    let record = with(&record, None, &[infos, encryption]);
    assert_eq!(record.crypto_infos, [Oid::new_unwrap("1.2.3.4")]);
    assert_eq!(record.encryption, Some(Oid::new_unwrap("1.2.3.5")));
    let report = judge(&record, &[object(0)], &root, AT);
    assert_eq!(report.indication, Indication::TotalPassed, "the timestamps are over what was given");
    assert_eq!(report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["evidence-encrypted"]);
    let text = wording::evidence_text(&report, "a.ers");
    assert!(text.contains("TOTAL-PASSED") && text.contains("暗号化"), "{text}");
}

#[test]
fn an_algorithm_that_is_not_listed_is_told_of() {
    let (root, record) = made();
    let record = with(&record, Some(writer::sequence::<Vec<u8>>(&[])), &[]);
    let report = judge(&record, &[object(0)], &root, AT);
    assert_eq!(report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["evidence-digest-not-listed"]);
    assert!(!record.lists(Sha256));
}

#[test]
fn a_report_says_the_same_as_text_and_as_json() {
    let (root, record) = made();
    for data in [vec![object(0)], vec![object(7)], vec![]] {
        let report = judge(&record, &data, &root, AT);
        let (text, json) = (wording::evidence_text(&report, "a.ers"), wording::evidence_json(&report, "a.ers"));
        assert!(text.contains(report.indication.name()));
        assert_eq!(json["indication"], report.indication.name());
        assert_eq!(json["proven_time"].is_null(), report.indication != Indication::TotalPassed);
        assert_eq!(json["lasts"].is_null(), report.indication != Indication::TotalPassed);
        assert_eq!(json["timestamps"].as_array().map(Vec::len), Some(1));
        let codes = report.timestamps[0].findings.iter().chain(&report.findings).map(|finding| finding.code);
        for code in codes {
            assert!(text.contains(code), "{code}: {text}");
        }
        if data.is_empty() {
            assert_eq!(json["decided_by"]["chain"], serde_json::Value::Null);
        }
    }
}
