//! NIST's Public Key Interoperability Test Suite (PKITS 1.0.1): every case of its sections 4.1 to 4.16, with the certificates,
//! lists and settings that it prescribes. `tests/data/pkits.csv` says what must come out, and for what reason.

use super::pki::question;
use super::vectors::vectors;
use fumikura::asn1::{Certificate, CertificateList, Oid};
use fumikura::pki::{PathOutcome, TrustAnchors, validate_path};
use fumikura::policy::{PathPolicies, ValidationPolicy};
use std::collections::BTreeSet;
use std::path::Path;

/// The suite numbers its policies below this arc.
const POLICIES: &str = "2.16.840.1.101.3.2.1.48";

struct Case {
    name: String,
    settings: String,
    certificates: Vec<String>,
    lists: Vec<String>,
    outcome: String,
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pkits.csv");
    let mut table = csv::Reader::from_path(path).expect("tests/data/pkits.csv is readable");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let case = |row: csv::StringRecord| Case {
        name: row[0].to_owned(),
        settings: row[1].to_owned(),
        certificates: words(&row[2]),
        lists: words(&row[3]),
        outcome: row[4].to_owned(),
    };
    table.records().map(|row| case(row.expect("a row of five columns"))).collect()
}

/// Reads the settings of a case: `explicit`, `no-mapping`, `no-any` and `policies=1+2`, numbers below an arc.
pub fn settings(arc: &str, text: &str) -> PathPolicies {
    let mut settings = PathPolicies::default();
    for word in text.split_whitespace() {
        match word.split_once('=') {
            None if word == "explicit" => settings.require_explicit = true,
            None if word == "no-mapping" => settings.inhibit_mapping = true,
            None if word == "no-any" => settings.inhibit_any = true,
            Some(("policies", numbers)) => {
                let policy = |number: &str| Oid::new(&format!("{arc}.{number}")).expect("a policy");
                settings.acceptable = Some(numbers.split('+').map(policy).collect());
            }
            _ => panic!("no setting {word}"),
        }
    }
    settings
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    let bytes = std::fs::read(folder.join(format!("certs/{name}.crt"))).unwrap_or_else(|_| panic!("no {name}"));
    Certificate::from_der(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn list(folder: &Path, name: &str) -> CertificateList {
    let bytes = std::fs::read(folder.join(format!("crls/{name}.crl"))).unwrap_or_else(|_| panic!("no {name}"));
    CertificateList::from_der(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn judge(case: &Case, leaf: &Certificate, others: &[Certificate], lists: &[CertificateList]) -> PathOutcome {
    let (anchor, intermediates) = others.split_first().expect("the anchor comes first");
    let mut policy = ValidationPolicy::from_toml(include_str!("../data/pkits.policy.toml")).expect("a policy");
    policy.signer_paths = settings(POLICIES, &case.settings);
    let anchors = TrustAnchors::new([anchor.clone()]);
    validate_path(leaf, &question(intermediates, &anchors, lists, &policy))
}

/// Says an outcome as the table does: `passed`, or the code of the finding that decides.
pub fn said(judged: &PathOutcome) -> &'static str {
    match judged.outcome.is_passed() {
        true => "passed",
        false => {
            judged.findings.iter().find(|found| found.code != "path-revoked-later").map_or("?", |found| found.code)
        }
    }
}

const ANCHOR: &str = "TrustAnchorRootCertificate";

#[test]
fn every_case_comes_out_as_the_suite_says() {
    let Some(folder) = vectors("pkits").map(|folder| folder.join("x509/PKITS_data")) else { return };
    let cases = cases();
    let sections: BTreeSet<_> = cases.iter().map(|case| case.name.split('.').take(3).collect::<Vec<_>>()).collect();
    assert_eq!(sections.len(), 224, "the suite has 224 tests, some in parts");
    let mut wrong = Vec::new();
    for case in &cases {
        let names = [ANCHOR].into_iter().chain(case.certificates[1..].iter().map(String::as_str));
        let others: Vec<_> = names.map(|name| certificate(&folder, name)).collect();
        let lists: Vec<_> = case.lists.iter().map(|name| list(&folder, name)).collect();
        let said = said(&judge(case, &certificate(&folder, &case.certificates[0]), &others, &lists));
        if said != case.outcome {
            wrong.push(format!("{}: {said} in place of {}", case.name, case.outcome));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// With everything at hand at once the search must find the good paths among all the others, and no way around a fault.
#[test]
fn the_whole_suite_at_hand_changes_no_verdict() {
    let Some(folder) = vectors("pkits").map(|folder| folder.join("x509/PKITS_data")) else { return };
    let all = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("the folder is readable").map(|entry| entry.expect("an entry"));
        let mut names: Vec<String> =
            entries.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect();
        names.sort();
        names
    };
    let names = [ANCHOR.to_owned()].into_iter().chain(all(&folder.join("certs")));
    let others: Vec<_> = names.map(|name| certificate(&folder, &name)).collect();
    let lists: Vec<_> = all(&folder.join("crls")).iter().map(|name| list(&folder, name)).collect();
    let mut wrong = Vec::new();
    for case in &cases() {
        let said = said(&judge(case, &certificate(&folder, &case.certificates[0]), &others, &lists));
        if (said == "passed") != (case.outcome == "passed") {
            wrong.push(format!("{}: {said} in place of {}", case.name, case.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
