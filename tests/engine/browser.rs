//! The engine behind a page: what a service publishes judges as the service does.

use super::pki::{instant, pki};
use super::validate::bench::{replaced, sample, signed_by};
use fumikura::browser::{IDENTITY, answer, trust_from_json, trust_to_json};
use fumikura::pki::{Belief, Term};
use fumikura::policy::ValidationPolicy;
use fumikura::validate::Judge;
use fumikura::wording::{report_json, report_parts};
use serde_json::Value;

const AT: &str = "2026-06-01T00:00:00Z";

fn city_judge() -> Judge {
    let mut tsa_trust = pki().anchors();
    let term = Term::days("2020-04-01".parse().ok(), "2031-03-31".parse().ok());
    tsa_trust.add_for(pki().certificate("root").clone(), Belief::during(term));
    Judge {
        trust: pki().anchors(),
        tsa_trust,
        intermediates: pki().intermediates(),
        crls: pki().crls(),
        policy: ValidationPolicy::built_in(),
        good: Default::default(),
    }
}

fn answered(trust: &str, file: Vec<u8>) -> Value {
    let milliseconds = instant(AT).as_millisecond();
    serde_json::from_str(&answer(trust.as_bytes(), file, "通知.pdf", milliseconds)).unwrap()
}

#[test]
fn what_is_published_is_all_that_the_service_judges_by() {
    let judge = city_judge();
    let json = trust_to_json(&judge).unwrap();
    let read = trust_from_json(json.as_bytes()).unwrap();
    let anchors = |judge: &Judge| {
        let sets = [&judge.trust, &judge.tsa_trust];
        sets.map(|set| set.iter().map(|(one, term)| (one.der().to_vec(), term)).collect::<Vec<_>>())
    };
    assert_eq!(anchors(&read), anchors(&judge));
    assert!(judge.tsa_trust.iter().any(|(_, belief)| belief.term.before.is_some()), "a term travels too");
    assert_eq!(read.intermediates, judge.intermediates);
    let lists = |judge: &Judge| judge.crls.iter().map(|list| list.der().to_vec()).collect::<Vec<_>>();
    assert_eq!(lists(&read), lists(&judge));
    assert_eq!(read.policy.sha256, judge.policy.sha256);
    assert_eq!(trust_to_json(&read).unwrap(), json);
}

#[test]
fn a_page_is_told_what_the_service_would_say() {
    let judge = city_judge();
    let trust = trust_to_json(&judge).unwrap();
    let sealed =
        signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", AT)), |options| options.at = instant(AT));
    let altered = replaced(&sealed, b"/Type/Page/", b"/Type/Qage/");
    for file in [sealed, altered, sample("typst.pdf")] {
        let report = judge.validate(file.clone(), instant(AT)).unwrap();
        let told = answered(&trust, file);
        let (verdict, details) = report_parts(&report);
        assert_eq!(told["engine"], IDENTITY);
        assert_eq!(told["report"], report_json(&report, "通知.pdf").to_string());
        assert_eq!(told["verdict"], verdict);
        assert_eq!(told["details"], details);
        assert!(verdict.contains(report.indication.name()) || details.contains(report.indication.name()));
    }
}

#[test]
fn nothing_is_judged_by_trust_that_is_not_whole() {
    let json = trust_to_json(&city_judge()).unwrap();
    let cases = [
        ("browser-trust-not-readable", json[..json.len() - 1].to_owned()),
        ("browser-trust-not-readable", json.replacen("\"form\":1", "\"form\":2", 1)),
        ("browser-trust-not-readable", json.replacen("\"crls\":", "\"lists\":", 1)),
        ("browser-trust-not-readable", String::new()),
        ("policy-not-readable", json.replacen("revocation", "reversion", 1)),
        ("asn1-bad-pem", json.replacen("-----END CERTIFICATE", "-----END CORTIFICATE", 1)),
    ];
    for (code, trust) in cases {
        let told = answered(&trust, sample("typst.pdf"));
        assert_eq!(told["error"]["code"], code);
        assert!(told["report"].is_null() && told["verdict"].is_null(), "{code}");
        assert_ne!(told["error"]["ja"], code, "said in Japanese");
    }
}

#[test]
fn what_is_no_pdf_and_what_is_no_time_are_refused_in_words() {
    let trust = trust_to_json(&city_judge()).unwrap();
    let told = answered(&trust, b"<html>".to_vec());
    assert!(told["error"]["code"].as_str().unwrap().starts_with("pdf-"), "{told}");
    let told: Value = serde_json::from_str(&answer(trust.as_bytes(), sample("typst.pdf"), "", i64::MAX)).unwrap();
    assert_eq!(told["error"]["code"], "browser-bad-time");
}
