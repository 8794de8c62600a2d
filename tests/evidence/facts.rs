//! What stands in a record beside its trees: said, never believed.

use super::bench::{Root, Sha256, judge, object, records};
use fumikura::asn1::{Oid, Tlv, writer};
use fumikura::evidence::EvidenceRecord;
use fumikura::validate::Indication;
use fumikura::wording;
use serde_json::Value;

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
        let schema = serde_json::from_str(wording::evidence_schema()).expect("the schema is JSON");
        fits(&json, &schema, &schema).expect("the report is as its schema says");
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

/// Holds a value to a schema: types, members that are there and that are asked for, and alternatives.
fn fits(value: &Value, schema: &Value, all: &Value) -> Result<(), String> {
    if let Some(place) = schema["$ref"].as_str() {
        return fits(value, all.pointer(place.trim_start_matches('#')).expect("it is defined"), all);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let none = || Err(format!("{value} is none of {any:?}"));
        return any.iter().find(|one| fits(value, one, all).is_ok()).map_or_else(none, |_| Ok(()));
    }
    let is_listed = schema["enum"].as_array().is_none_or(|listed| listed.contains(value));
    if !is_listed || (!schema["const"].is_null() && schema["const"] != *value) {
        return Err(format!("{value} is not of {schema}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![kind],
    };
    if !types.contains(&kind) {
        return Err(format!("{value} is none of {types:?}"));
    }
    for one in value.as_array().into_iter().flatten() {
        fits(one, &schema["items"], all)?;
    }
    let Some(members) = value.as_object() else { return Ok(()) };
    for wanted in schema["required"].as_array().into_iter().flatten() {
        let name = wanted.as_str().expect("a name");
        members.get(name).ok_or_else(|| format!("{name} is not in {value}"))?;
    }
    for (name, member) in members {
        let known = schema["properties"].get(name).ok_or_else(|| format!("{name} is not in the schema"))?;
        fits(member, known, all).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

#[test]
fn a_report_that_is_not_as_the_schema_says_is_found() {
    let (root, record) = made();
    let schema = serde_json::from_str(wording::evidence_schema()).expect("the schema is JSON");
    let whole = wording::evidence_json(&judge(&record, &[object(0)], &root, AT), "a.ers");
    fits(&whole, &schema, &schema).expect("it fits");
    let changes: [fn(&mut Value); 5] = [
        |json| json["indication"] = "PASSED".into(),
        |json| json["timestamps"][0]["token"]["kind"] = "document-timestamp".into(),
        |json| json["timestamps"][0]["element"]["chain"] = "1".into(),
        |json| json["more"] = 1.into(),
        |json| drop(json["timestamps"][0].as_object_mut().expect("a timestamp").remove("lasts")),
    ];
    for change in changes {
        let mut other = whole.clone();
        change(&mut other);
        assert!(fits(&other, &schema, &schema).is_err(), "{other}");
    }
}
