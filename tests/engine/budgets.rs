//! What a judgement may cost: whoever makes it expensive gains nothing, and honest files are not dear.

use super::ocsp::Answer;
use super::pki::{instant, pki, question};
use fumikura::asn1::{
    Certificate, CertificateList, Extension, KeyUsage, Name, OcspResponse, RevokedEntry, oid, writer,
};
use fumikura::crypto::Signer;
use fumikura::digest::DigestAlgorithm;
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::pki::{
    Budget, Past, PastUnclear, PathOutcome, PathRequest, RevocationStatus, TrustAnchors, Verified, View,
    revocation_status, validate_path,
};
use fumikura::policy::{Outcome, SubIndication, ValidationPolicy};

/// A certificate with somebody's names and a key that nobody has: each costs the verification of a signature.
fn look_alike(of: &str, number: u32, usage: KeyUsage) -> Certificate {
    let real = pki().certificate(of);
    let mut key = real.spki_der().to_vec();
    // Within the modulus of an RSA key.
    key[60..64].copy_from_slice(&number.to_be_bytes());
    let serial = (0x0100_0000 + number).to_be_bytes();
    let (from, to) = (instant("2020-01-01T00:00:00Z"), instant("2045-01-01T00:00:00Z"));
    let mut template = CertificateTemplate::new(real.subject_name(), &key, &serial, from, to);
    template.key_usage = Some(usage);
    template.extended_key_usage = (usage == KeyUsage::DIGITAL_SIGNATURE).then(|| (vec![oid::KP_OCSP_SIGNING], false));
    let signer = pki().signer("signer-p256");
    let issuer = Issuer { name: real.issuer_name(), signer: &signer, digest: DigestAlgorithm::Sha256 };
    issue_certificate(&template, issuer).unwrap()
}

/// Judges a certificate that a response revokes, which an older list does not know of, with look-alikes of the responder
/// before it.
fn amid(look_alikes: u32) -> PathOutcome {
    let answer =
        Answer { with: &[], revoked: Some("2026-05-30T00:00:00Z"), ..Answer::good("signer-p256", "responder") };
    let ocsps: [OcspResponse; 1] = [answer.response()];
    let look_alikes = (0..look_alikes).map(|number| look_alike("responder", number, KeyUsage::DIGITAL_SIGNATURE));
    let others: Vec<Certificate> = look_alikes.chain([pki().certificate("responder").clone()]).collect();
    let anchors = TrustAnchors::new([pki().certificate("ca").clone()]);
    let (policy, crls) = (ValidationPolicy::built_in(), [pki().crl("ca").clone()]);
    let request = PathRequest { ocsps: &ocsps, ..question(&others, &anchors, &crls, &policy) };
    validate_path(pki().certificate("signer-p256"), &request)
}

#[test]
fn a_flood_does_not_keep_a_revocation_from_being_heard() {
    assert_eq!(amid(0).outcome, Outcome::Failed(SubIndication::Revoked));
    assert_eq!(amid(250).outcome, Outcome::Failed(SubIndication::Revoked));
    let spent = amid(2_500);
    assert_eq!(spent.outcome, Outcome::Indeterminate(SubIndication::CertificateChainGeneralFailure));
    assert!(spent.findings.iter().any(|finding| finding.code == "path-budget-spent"), "{:?}", spent.findings);
}

#[test]
fn a_flood_does_not_keep_a_list_from_being_heard() {
    // Everybody's list: whoever signed it is looked for among all of its name, the right one first.
    let revoked = pki().certificate("signer-revoked");
    let judged = |look_alikes: u32| {
        let mut others: Vec<Certificate> = (0..look_alikes)
            .map(|number| look_alike("ca", number, KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN)))
            .collect();
        others.push(pki().certificate("ca").clone());
        let (anchors, policy) = (pki().anchors(), ValidationPolicy::built_in());
        let crls = [pki().crl("ca").clone(), pki().crl("root").clone()];
        validate_path(revoked, &question(&others, &anchors, &crls, &policy))
    };
    for look_alikes in [0, 100, 2_500] {
        assert_eq!(judged(look_alikes).outcome, Outcome::Failed(SubIndication::Revoked), "{look_alikes}");
    }
}

#[test]
fn the_anchors_of_a_national_list_cost_nothing_but_those_of_the_issuer_s_name() {
    let signer = pki().signer("signer-p256");
    let (from, to) = (instant("2020-01-01T00:00:00Z"), instant("2045-01-01T00:00:00Z"));
    let anchor = |number: u16| {
        let name = Name::from_text(&format!("CN=Authority {number},C=JP")).unwrap();
        let template = CertificateTemplate::new(&name, signer.public_key_info(), &[1, 2], from, to);
        let issuer = Issuer { name: &name, signer: &signer, digest: DigestAlgorithm::Sha256 };
        issue_certificate(&template, issuer).unwrap()
    };
    let mut anchors = TrustAnchors::new((0..400).map(anchor));
    anchors.add(pki().certificate("root").clone());
    let (policy, crls, others) = (ValidationPolicy::built_in(), pki().crls(), pki().intermediates());
    let few = Budget { steps: 20, ..Budget::default() };
    let request = PathRequest { budget: few, ..question(&others, &anchors, &crls, &policy) };
    let judged = validate_path(pki().certificate("signer-p256"), &request);
    assert_eq!(judged.outcome, Outcome::Passed, "{:?}", judged.findings);
}

#[test]
fn a_response_is_verified_once_for_all_questions() {
    let ocsps = [Answer::good("signer-p256", "responder").response()];
    let (anchors, policy, verified) = (pki().anchors(), ValidationPolicy::built_in(), Verified::default());
    let ask = |budget: Budget| {
        let request = question(&[], &anchors, &[], &policy);
        let request = PathRequest { ocsps: &ocsps, verified: Some(&verified), budget, ..request };
        revocation_status(pki().certificate("signer-p256"), pki().certificate("ca"), &request)
    };
    let nothing = Budget { statements: 0, ..Budget::default() };
    assert_eq!(ask(nothing), RevocationStatus::Unknown);
    assert_eq!(ask(Budget::default()), RevocationStatus::Good);
    assert_eq!(ask(nothing), RevocationStatus::Good);
}

/// A list of the users of "ca" only, beside its complete one.
fn users_only(this_update: &str, revoked: &[(&str, &str)]) -> CertificateList {
    let entry = |(of, at): &(&str, &str)| {
        let entry = RevokedEntry { revoked_at: instant(at), reason: None };
        (pki().certificate(of).serial().to_vec(), entry)
    };
    let scope = writer::sequence(&[writer::tlv(0x81, &[0xff])]);
    let template = CrlTemplate {
        this_update: instant(this_update),
        next_update: instant("2044-01-01T00:00:00Z"),
        number: 1,
        revoked: revoked.iter().map(entry).collect(),
        more: vec![Extension { oid: oid::ISSUING_DISTRIBUTION_POINT, critical: true, value: scope }],
    };
    let signer = pki().signer("ca");
    let name = pki().certificate("ca").subject_name();
    issue_crl(&template, Issuer { name, signer: &signer, digest: DigestAlgorithm::Sha256 }).unwrap()
}

fn said(of: &str, crls: &[CertificateList], ocsps: &[OcspResponse]) -> RevocationStatus {
    let (anchors, policy) = (pki().anchors(), ValidationPolicy::built_in());
    let request = PathRequest { ocsps, ..question(&[], &anchors, crls, &policy) };
    revocation_status(pki().certificate(of), pki().certificate("ca"), &request)
}

fn since(status: RevocationStatus) -> Option<fumikura::time::Instant> {
    match status {
        RevocationStatus::Revoked(revocation) => Some(revocation.at),
        RevocationStatus::Good | RevocationStatus::Unknown => None,
    }
}

#[test]
fn of_several_who_say_revoked_the_earliest_date_counts() {
    let first = Some(instant("2022-01-01T00:00:00Z"));
    let later = Answer { revoked: Some("2026-05-30T00:00:00Z"), ..Answer::good("signer-revoked", "responder") };
    let list = pki().crl("ca").clone();
    assert_eq!(since(said("signer-revoked", std::slice::from_ref(&list), &[later.response()])), first);
    let newer = users_only("2026-05-25T00:00:00Z", &[("signer-revoked", "2026-05-20T00:00:00Z")]);
    assert_eq!(since(said("signer-revoked", &[list, newer], &[])), first);
    let earlier = Answer {
        revoked: Some("2022-01-01T00:00:00Z"),
        this_update: "2026-05-30T00:00:00Z",
        ..Answer::good("signer-revoked", "ca")
    };
    assert_eq!(since(said("signer-revoked", &[], &[later.response(), earlier.response()])), first);
}

#[test]
fn a_newer_word_that_knows_of_nothing_does_not_take_a_revocation_back() {
    // An older list of another scope revokes what the newest complete one does not name.
    let older = users_only("2026-04-01T00:00:00Z", &[("signer-p256", "2026-03-01T00:00:00Z")]);
    let at = Some(instant("2026-03-01T00:00:00Z"));
    assert_eq!(since(said("signer-p256", &[older, pki().crl("ca").clone()], &[])), at);
    // An older response, by another responder.
    let revoked = Answer {
        revoked: Some("2026-03-01T00:00:00Z"),
        this_update: "2026-05-30T00:00:00Z",
        ..Answer::good("signer-p256", "ca")
    };
    let good = Answer::good("signer-p256", "responder").response();
    assert_eq!(since(said("signer-p256", &[], &[revoked.response(), good])), at);
}

#[test]
fn the_past_is_unclear_where_the_budget_is_spent() {
    let (anchors, policy, crls) = (pki().anchors(), ValidationPolicy::built_in(), pki().crls());
    let judged = |ca: &str, leaf: &str, budget: Budget| {
        let chain = [leaf, ca, "root"].map(|name| pki().certificate(name).clone());
        let request = PathRequest { view: View::Proven, budget, ..question(&[], &anchors, &crls, &policy) };
        let past = Past { request, existed_by: &|_| instant("2026-05-02T00:00:00Z") };
        (past.is_over(&chain), past.control_time(&chain).is_ok())
    };
    let (whole, spent) = (Budget::default(), Budget { statements: 0, ..Budget::default() });
    assert_eq!(judged("ca", "signer-p256", whole), (Ok(false), true));
    assert_eq!(judged("ca-revoked", "signer-of-revoked-ca", whole), (Ok(true), true));
    for (ca, leaf) in [("ca", "signer-p256"), ("ca-revoked", "signer-of-revoked-ca")] {
        assert_eq!(judged(ca, leaf, spent), (Err(PastUnclear::BudgetSpent), false), "{leaf}");
    }
}
