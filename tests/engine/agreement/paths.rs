//! Paths with OCSP answers that another project ships with the result each must have: OpenSSL's OCSP tests, as
//! pyhanko-certvalidator's package carries them.

use super::shipped::foreign;
use crate::engine::pki::{instant, question};
use fumikura::asn1::{Certificate, OcspResponse};
use fumikura::pki::{PathRequest, TrustAnchors, validate_path};
use fumikura::policy::ValidationPolicy;
use serde::Deserialize;
use std::path::Path;

/// Where we ask for more than the answers at hand, and so do not pass what the project passes.
const NARROWER: &[(&str, &str)] = &[
    (
        "delegated_with_intermediate_success",
        "nothing says that the intermediate is not revoked (RFC 5280, 6.1.3 (a) (3))",
    ),
    ("delegated_success", "nor that the responder is not, whose certificate has no ocsp-nocheck (RFC 6960, 4.2.2.2.1)"),
];

#[derive(Deserialize)]
struct Case {
    name: String,
    root: String,
    cert: String,
    #[serde(default)]
    other_certs: Vec<String>,
    ocsps: Vec<String>,
    moment: String,
    error: Option<serde_json::Value>,
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    Certificate::from_file_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}")).remove(0)
}

/// The answers are kept as base64 without a frame.
fn response(folder: &Path, name: &str) -> Option<OcspResponse> {
    use base64::Engine;
    let text: String = std::fs::read_to_string(folder.join(name)).unwrap().split_whitespace().collect();
    OcspResponse::from_der(&base64::engine::general_purpose::STANDARD.decode(text).expect("base64")).ok()
}

#[test]
fn openssl_s_answers_by_ocsp_lead_where_they_must() {
    let Some(folder) = foreign().map(|folder| super::shipped::below(&folder, "openssl-ocsp")) else { return };
    let text = std::fs::read_to_string(folder.join("openssl-ocsp.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).expect("the cases are as they were");
    assert_eq!(cases.len(), 29);
    let policy = ValidationPolicy::built_in();
    let mut wrong = Vec::new();
    for case in &cases {
        let anchors = TrustAnchors::new([certificate(&folder, &case.root)]);
        let others: Vec<_> = case.other_certs.iter().map(|name| certificate(&folder, name)).collect();
        let ocsps: Vec<_> = case.ocsps.iter().filter_map(|name| response(&folder, name)).collect();
        let (at, asked) = (instant(&case.moment), question(&others, &anchors, &[], &policy));
        let judged =
            validate_path(&certificate(&folder, &case.cert), &PathRequest { ocsps: &ocsps, at, now: at, ..asked });
        let narrower = NARROWER.iter().any(|(name, _)| *name == case.name);
        if judged.outcome.is_passed() != (case.error.is_none() && !narrower) {
            let codes: Vec<_> = judged.findings.iter().map(|found| found.code).collect();
            wrong.push(format!("{}: {:?} {codes:?}", case.name, judged.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
