//! Certification paths: every broken case of the test PKI, in each view, and OpenSSL's opinion beside.

use super::openssl::Bench;
use super::pki::{NOW, instant, pki, question};
use fumikura::asn1::pem_encode;
use fumikura::pki::{Budget, PathOutcome, PathRequest, Purpose, TrustAnchors, View, validate_path};
use fumikura::policy::Outcome::{self, Failed, Indeterminate, Passed};
use fumikura::policy::SubIndication as Sub;
use fumikura::policy::ValidationPolicy;

struct Question<'a> {
    name: &'a str,
    at: &'a str,
    view: View,
    purpose: Purpose,
}

impl Question<'_> {
    fn ask(&self) -> PathOutcome {
        let (intermediates, anchors, crls) = (pki().intermediates(), pki().anchors(), pki().crls());
        let mut intermediates = intermediates;
        // A signer that plays CA, for the case that needs one.
        intermediates.push(pki().certificate("signer-rsa2048").clone());
        let policy = ValidationPolicy::built_in();
        let request = PathRequest {
            intermediates: &intermediates,
            anchors: &anchors,
            crls: &crls,
            ocsps: &[],
            at: instant(self.at),
            now: instant("2026-06-01T00:00:00Z").max(instant(self.at)),
            view: self.view,
            purpose: self.purpose,
            policy: &policy,
            budget: Budget::default(),
            verified: None,
        };
        validate_path(pki().certificate(self.name), &request)
    }
}

fn outcome(name: &str, view: View) -> Outcome {
    Question { name, at: NOW, view, purpose: Purpose::Signing }.ask().outcome
}

#[test]
fn good_signers_pass_in_every_view() {
    let names = ["rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521", "ed25519", "document-usage"];
    for name in names.map(|name| format!("signer-{name}")) {
        for view in [View::Certificate, View::Unproven, View::Proven] {
            let asked = Question { name: &name, at: NOW, view, purpose: Purpose::Signing }.ask();
            assert_eq!(asked.outcome, Passed, "{name} {view:?}: {:?}", asked.findings);
            let chain: Vec<_> = asked.chain.iter().map(|certificate| certificate.subject()).collect();
            assert_eq!(chain.len(), 3, "{chain:?}");
        }
    }
}

#[test]
fn broken_signers_have_their_reason() {
    let late = Indeterminate(Sub::TryLater);
    let chain = Indeterminate(Sub::ChainConstraintsFailure);
    let general = Indeterminate(Sub::CertificateChainGeneralFailure);
    let cases = [
        // name, as a certificate, unproven, proven at NOW
        ("signer-expired", Failed(Sub::Expired), Indeterminate(Sub::OutOfBoundsNotRevoked), None),
        (
            "signer-future",
            Failed(Sub::NotYetValid),
            Indeterminate(Sub::OutOfBoundsNoPoe),
            Some(Failed(Sub::NotYetValid)),
        ),
        ("signer-revoked", Failed(Sub::Revoked), Indeterminate(Sub::RevokedNoPoe), None),
        ("signer-of-revoked-ca", Failed(Sub::RevokedCa), Indeterminate(Sub::RevokedCaNoPoe), None),
        ("signer-of-expired-ca", Failed(Sub::Expired), Indeterminate(Sub::OutOfBoundsNoPoe), None),
        ("signer-wrong-usage", chain, chain, None),
        ("signer-wrong-extended", chain, chain, None),
        ("signer-of-signer", chain, chain, None),
        ("signer-too-deep", chain, chain, None),
        ("signer-no-cert-sign", chain, chain, None),
        ("signer-critical-extension", general, general, None),
        ("signer-name-constraints", Passed, Passed, None),
        (
            "signer-unknown-root",
            Indeterminate(Sub::NoCertificateChainFound),
            Indeterminate(Sub::NoCertificateChainFound),
            None,
        ),
        ("signer-without-list", late, late, None),
        ("signer-stale-list", late, late, None),
        ("signer-stale-revoked", Failed(Sub::Revoked), Indeterminate(Sub::RevokedNoPoe), None),
        ("signer-no-crl-sign", late, late, None),
        ("signer-foreign-scope", late, late, None),
    ];
    for (name, certificate, unproven, proven) in cases {
        assert_eq!(outcome(name, View::Certificate), certificate, "{name} as a certificate");
        assert_eq!(outcome(name, View::Unproven), unproven, "{name} unproven");
        assert_eq!(outcome(name, View::Proven), proven.unwrap_or(unproven), "{name} proven");
    }
}

#[test]
fn a_revocation_after_the_proven_time_does_not_count() {
    let ask = |at, view| Question { name: "signer-revoked-late", at, view, purpose: Purpose::Signing }.ask().outcome;
    assert_eq!(ask("2026-02-01T00:00:00Z", View::Proven), Passed);
    assert_eq!(ask("2026-02-01T00:00:00Z", View::Certificate), Passed);
    assert_eq!(ask("2026-02-01T00:00:00Z", View::Unproven), Indeterminate(Sub::RevokedNoPoe));
    assert_eq!(ask("2026-04-01T00:00:00Z", View::Proven), Indeterminate(Sub::RevokedNoPoe));
    assert_eq!(ask("2026-04-01T00:00:00Z", View::Certificate), Failed(Sub::Revoked));
}

#[test]
fn an_expired_certificate_is_good_at_a_proven_time_within_its_dates() {
    let ask = |at| Question { name: "signer-expired", at, view: View::Proven, purpose: Purpose::Signing }.ask().outcome;
    assert_eq!(ask("2020-12-15T00:00:00Z"), Passed);
    assert_eq!(ask("2020-11-15T00:00:00Z"), Passed, "a list from after the time knows what happened until then");
}

#[test]
fn purposes_are_kept_apart() {
    let ask = |name, purpose| Question { name, at: NOW, view: View::Certificate, purpose }.ask().outcome;
    let refused = Indeterminate(Sub::ChainConstraintsFailure);
    assert_eq!(ask("tsa", Purpose::Timestamping), Passed);
    assert_eq!(ask("tsa", Purpose::Signing), refused);
    assert_eq!(ask("tsa", Purpose::Any), Passed);
    assert_eq!(ask("tsa-usage-not-critical", Purpose::Timestamping), refused);
    assert_eq!(ask("tsa-two-usages", Purpose::Timestamping), refused);
    assert_eq!(ask("signer-rsa2048", Purpose::Timestamping), refused);
    assert_eq!(ask("signer-rsa2048", Purpose::Ocsp), refused);
    assert_eq!(ask("tsa-expired", Purpose::Timestamping), Failed(Sub::Expired));
}

#[test]
fn no_anchors_mean_no_chain_and_an_anchored_leaf_needs_none() {
    let (policy, empty) = (ValidationPolicy::built_in(), TrustAnchors::default());
    let leaf = pki().certificate("signer-rsa2048");
    let own = TrustAnchors::new([leaf.clone()]);
    let ask = |anchors: &TrustAnchors| {
        let request = PathRequest {
            intermediates: &[],
            anchors,
            crls: &[],
            ocsps: &[],
            at: instant(NOW),
            now: instant(NOW),
            view: View::Unproven,
            purpose: Purpose::Signing,
            policy: &policy,
            budget: Budget::default(),
            verified: None,
        };
        validate_path(leaf, &request)
    };
    assert_eq!(ask(&empty).outcome, Indeterminate(Sub::NoCertificateChainFound));
    assert_eq!(ask(&own).outcome, Passed);
    assert_eq!(ask(&own).chain.len(), 1);
    assert!(ask(&own).is_anchored && !ask(&empty).is_anchored);
    // One that is out of its dates is an anchor all the same.
    let expired = pki().certificate("signer-expired");
    let own = TrustAnchors::new([expired.clone()]);
    let policy = ValidationPolicy::built_in();
    let judged = validate_path(expired, &question(&[], &own, &[], &policy));
    assert!(judged.is_anchored && !judged.outcome.is_passed(), "{:?}", judged.outcome);
}

#[test]
fn a_forged_signature_is_no_chain() {
    let mut der = pki().certificate("signer-rsa2048").der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let forged = fumikura::asn1::Certificate::from_der(&der).expect("readable");
    let (policy, anchors, crls, intermediates) =
        (ValidationPolicy::built_in(), pki().anchors(), pki().crls(), pki().intermediates());
    let request = PathRequest {
        intermediates: &intermediates,
        anchors: &anchors,
        crls: &crls,
        ocsps: &[],
        at: instant(NOW),
        now: instant(NOW),
        view: View::Unproven,
        purpose: Purpose::Signing,
        policy: &policy,
        budget: Budget::default(),
        verified: None,
    };
    let asked = validate_path(&forged, &request);
    assert_eq!(asked.outcome, Indeterminate(Sub::CertificateChainGeneralFailure));
    assert_eq!(asked.findings[0].code, "path-signature-invalid");
    let spent = PathRequest { budget: Budget { signatures: 0, ..Budget::default() }, ..request };
    assert_eq!(validate_path(pki().certificate("signer-p256"), &spent).findings[0].code, "path-budget-spent");
}

#[test]
fn a_list_from_the_future_is_not_believed() {
    let asked = Question { name: "signer-revoked", at: NOW, view: View::Certificate, purpose: Purpose::Signing };
    assert_eq!(asked.ask().outcome, Failed(Sub::Revoked));
    let (policy, anchors, crls, intermediates) =
        (ValidationPolicy::built_in(), pki().anchors(), pki().crls(), pki().intermediates());
    let request = PathRequest {
        intermediates: &intermediates,
        anchors: &anchors,
        crls: &crls,
        ocsps: &[],
        at: instant("2026-04-01T00:00:00Z"),
        now: instant("2026-04-01T00:00:00Z"),
        view: View::Certificate,
        purpose: Purpose::Signing,
        policy: &policy,
        budget: Budget::default(),
        verified: None,
    };
    // The list of May 2026 is not there yet; the one of 2020 does not know.
    let asked = validate_path(pki().certificate("signer-revoked"), &request);
    assert_eq!(asked.outcome, Indeterminate(Sub::TryLater), "{:?}", asked.findings);
}

#[test]
fn weak_digests_and_keys_are_judged_by_date() {
    use fumikura::crypto::{KeyFacts, KeyKind, SignatureScheme};
    use fumikura::digest::DigestAlgorithm;
    use fumikura::policy::{AlgorithmUse, Judged};
    let policy = ValidationPolicy::built_in();
    assert_eq!(policy.version, 2, "the built-in policy is readable");
    let judge =
        |scheme, kind, bits, at| policy.judge(AlgorithmUse::Signature(scheme, KeyFacts { kind, bits }), instant(at));
    let rsa = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256);
    assert_eq!(judge(rsa, KeyKind::Rsa, 2048, "2030-12-31T00:00:00Z"), Judged::Strong);
    assert!(matches!(judge(rsa, KeyKind::Rsa, 2048, "2031-01-01T00:00:00Z"), Judged::OutdatedSince(_)));
    assert_eq!(judge(rsa, KeyKind::Rsa, 3072, "2040-01-01T00:00:00Z"), Judged::Strong);
    assert!(matches!(judge(rsa, KeyKind::Rsa, 1024, NOW), Judged::OutdatedSince(_)));
    assert_eq!(judge(rsa, KeyKind::Rsa, 512, NOW), Judged::NeverAccepted);
    let sha1 = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1);
    assert!(matches!(judge(sha1, KeyKind::Rsa, 2048, NOW), Judged::OutdatedSince(_)));
    assert_eq!(judge(sha1, KeyKind::Rsa, 2048, "2010-01-01T00:00:00Z"), Judged::Strong);
}

#[test]
fn openssl_agrees_on_the_certificates() {
    let bench = Bench::new();
    let pem = |name: &str| pem_encode("CERTIFICATE", pki().certificate(name).der()).to_string();
    bench.file("root.pem", pem("root"));
    let cas: String =
        ["ca", "ca-too-deep", "ca-revoked", "ca-expired", "ca-no-cert-sign"].iter().map(|name| pem(name)).collect();
    bench.file("cas.pem", cas);
    let lists: String = ["root", "ca", "ca-revoked", "ca-too-deep", "ca-expired"]
        .iter()
        .map(|name| pem_encode("X509 CRL", pki().crl(name).der()).to_string())
        .collect();
    bench.file("crls.pem", lists);
    let verify = |name: &str| {
        bench.file("leaf.pem", pem(name));
        let at = instant(NOW).as_second();
        bench.run(&format!(
            "verify -x509_strict -attime {at} -crl_check_all -CRLfile crls.pem -CAfile root.pem -untrusted cas.pem leaf.pem"
        ))
    };
    for name in ["signer-rsa2048", "signer-p256", "signer-p521", "signer-ed25519", "tsa"] {
        let output = verify(name);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for name in [
        "signer-expired",
        "signer-future",
        "signer-revoked",
        "signer-of-revoked-ca",
        "signer-of-expired-ca",
        "signer-too-deep",
        "signer-no-cert-sign",
        "signer-of-signer",
        "signer-unknown-root",
        "signer-critical-extension",
    ] {
        assert!(!verify(name).status.success(), "OpenSSL takes {name}");
    }
}

#[test]
fn every_sub_indication_has_a_name_and_a_clause() {
    let names: std::collections::BTreeSet<_> = Sub::ALL.iter().map(|sub| sub.name()).collect();
    assert_eq!(names.len(), Sub::ALL.len());
    assert!(Sub::ALL.iter().all(|sub| sub.clause().starts_with("EN 319 102-1 ")));
}
