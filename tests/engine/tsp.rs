//! Timestamps: the authority's rules, the client's checks, and OpenSSL on either side.

use super::openssl::Bench;
use super::pki::{NOW, TestEntropy, instant, pki};
use fumikura::asn1::{Oid, pem_encode};
use fumikura::digest::{Digest, DigestAlgorithm};
use fumikura::time::{FixedClock, Instant};
use fumikura::tsp::{
    Authority, AuthorityOptions, FailureInfo, LocalSource, TimestampError, TimestampRequest, TimestampResponse,
    TimestampSource, TimestampToken, obtain,
};
use std::sync::Arc;

const POLICY: Oid = Oid::new_unwrap("1.3.6.1.4.1.55555.2.1");
const OTHER_POLICY: Oid = Oid::new_unwrap("1.3.6.1.4.1.55555.2.2");

fn authority(name: &str) -> Authority {
    let options = AuthorityOptions { other_policies: vec![OTHER_POLICY], ..AuthorityOptions::with_policy(POLICY) };
    Authority::new(pki().identity(name), options).expect("a test authority")
}

/// Returns a source of timestamps that stands still in time.
pub fn source(name: &str, at: Instant) -> LocalSource {
    LocalSource::new(Arc::new(authority(name)), Arc::new(FixedClock(at)), Arc::new(TestEntropy))
}

fn digest() -> Digest {
    DigestAlgorithm::Sha256.digest(b"stamped")
}

fn refusal(request: &[u8], at: Instant) -> FailureInfo {
    match TimestampResponse::parse(&authority("tsa").respond(request, at, &TestEntropy)) {
        Ok(TimestampResponse::Refused(info)) => info,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_token_says_what_was_asked() {
    for name in ["tsa", "tsa-p256"] {
        let at = instant("2026-06-01T12:34:56.789Z");
        let token = obtain(&source(name, at), &digest(), &TestEntropy).expect("a token");
        assert_eq!(token.gen_time, instant("2026-06-01T12:34:56Z"));
        assert_eq!(token.imprint, digest());
        assert_eq!(token.policy, POLICY);
        assert!(token.serial.len() >= 9, "at least 64 bits and positive: {:02x?}", token.serial);
        assert!(!token.ordering && token.accuracy.is_some_and(|accuracy| accuracy.seconds == 1));
        assert!(token.covers(b"stamped") && !token.covers(b"other"));
        assert!(
            token
                .signed_data
                .signer
                .signing_certificate
                .as_ref()
                .is_some_and(|reference| reference.digest.algorithm == DigestAlgorithm::Sha256)
        );
        assert_eq!(token.signer_certificate(&[]), Some(pki().certificate(name)));
        TimestampToken::parse(token.der()).expect("reads back").verify(pki().certificate(name)).expect("verifies");
    }
}

#[test]
fn openssl_verifies_tokens_and_asks_for_them() {
    let bench = Bench::new();
    bench.file("data", b"stamped");
    bench.file("root.pem", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
    let others = ["ca", "tsa"].map(|name| pem_encode("CERTIFICATE", pki().certificate(name).der()).to_string());
    bench.file("others.pem", others.concat());
    for options in ["-cert", "", "-cert -sha512", "-no_nonce -cert", "-cert -tspolicy 1.3.6.1.4.1.55555.2.2"] {
        bench.ok(&format!("ts -query -data data -out request.tsq {options}"));
        let answer = authority("tsa").respond(&bench.read("request.tsq"), instant(NOW), &TestEntropy);
        bench.file("answer.tsr", &answer);
        let said = bench.ok("ts -verify -queryfile request.tsq -in answer.tsr -CAfile root.pem -untrusted others.pem");
        assert!(said.contains("Verification: OK"), "{options}: {said}");
        let told = bench.ok("ts -reply -in answer.tsr -text");
        assert!(told.contains("Jun  1 00:00:00 2026") && told.contains("Ordering: no"), "{told}");
        let Ok(TimestampResponse::Granted(token)) = TimestampResponse::parse(&answer) else { panic!("granted") };
        let embedded = token.signed_data.certificates.len();
        assert_eq!(embedded, if options.contains("-cert") { 2 } else { 0 }, "certReq is honoured: {options}");
    }
}

#[test]
fn answers_by_openssl_are_taken() {
    let bench = Bench::new();
    bench.file("data", b"stamped");
    bench.file("tsa.pem", pem_encode("CERTIFICATE", pki().certificate("tsa").der()).as_bytes());
    bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8("tsa")).as_bytes());
    bench.file("serial", "01");
    let config = "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_cert = tsa.pem\nsigner_key = key.pem\n\
                  signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256, sha512\naccuracy = secs:1, millisecs:500\n\
                  ess_cert_id_chain = no\ness_cert_id_alg = sha256\nclock_precision_digits = 3\n";
    bench.file("tsa.cnf", config);
    let request = TimestampRequest::new(&digest(), [0xa5; 8]);
    bench.file("request.tsq", request.to_der());
    bench.ok("ts -reply -config tsa.cnf -queryfile request.tsq -out answer.tsr");
    let answer = TimestampResponse::parse(&bench.read("answer.tsr")).expect("readable");
    let token = answer.clone().accept(&request).expect("accepted");
    assert_eq!(token.accuracy.map(|accuracy| (accuracy.seconds, accuracy.milliseconds)), Some((1, 500)));
    let other_nonce = TimestampRequest::new(&digest(), [0x5a; 8]);
    assert_eq!(answer.clone().accept(&other_nonce).map(drop), Err(TimestampError::NonceMismatch));
    let other_data = TimestampRequest { imprint: DigestAlgorithm::Sha256.digest(b"other"), ..request.clone() };
    assert_eq!(answer.clone().accept(&other_data).map(drop), Err(TimestampError::ImprintMismatch));
    let other_policy = TimestampRequest { policy: Some(POLICY), ..request };
    assert_eq!(answer.accept(&other_policy).map(drop), Err(TimestampError::PolicyMismatch));
}

#[test]
fn the_authority_refuses_with_the_right_reason() {
    let now = instant(NOW);
    let request = TimestampRequest::new(&digest(), [1; 8]);
    assert_eq!(refusal(b"not a request", now), FailureInfo::BadDataFormat);
    assert_eq!(refusal(&[], now), FailureInfo::BadDataFormat);
    let sha1 = TimestampRequest::new(&DigestAlgorithm::Sha1.digest(b"x"), [1; 8]);
    assert_eq!(refusal(&sha1.to_der(), now), FailureInfo::BadAlgorithm);
    let policy = TimestampRequest { policy: Some(Oid::new_unwrap("1.2.3")), ..request.clone() };
    assert_eq!(refusal(&policy.to_der(), now), FailureInfo::UnacceptedPolicy);
    let short = TimestampRequest {
        imprint: Digest { algorithm: DigestAlgorithm::Sha256, bytes: vec![0; 20] },
        ..request.clone()
    };
    assert_eq!(refusal(&short.to_der(), now), FailureInfo::BadAlgorithm);
    let long_nonce = TimestampRequest { nonce: Some(vec![1; 65]), ..request.clone() };
    assert_eq!(refusal(&long_nonce.to_der(), now), FailureInfo::BadRequest);
    assert_eq!(refusal(&request.to_der(), instant("2046-01-01T00:00:00Z")), FailureInfo::TimeNotAvailable);
}

#[test]
fn a_clock_that_goes_back_is_not_believed() {
    let authority = authority("tsa");
    let request = TimestampRequest::new(&digest(), [1; 8]).to_der();
    let granted = |at: &str| {
        matches!(
            TimestampResponse::parse(&authority.respond(&request, instant(at), &TestEntropy)),
            Ok(TimestampResponse::Granted(_))
        )
    };
    assert!(granted("2026-06-01T00:00:10Z"));
    assert!(granted("2026-06-01T00:00:09Z"), "one second of tolerance");
    assert!(!granted("2026-06-01T00:00:05Z"));
    assert!(granted("2026-06-01T00:00:11Z"));
}

#[test]
fn only_certificates_for_timestamps_serve() {
    for name in ["signer-rsa2048", "tsa-usage-not-critical", "tsa-two-usages"] {
        let made = Authority::new(pki().identity(name), AuthorityOptions::with_policy(POLICY));
        assert!(matches!(made, Err(TimestampError::NotTimestampCertificate)), "{name}");
    }
}

#[test]
fn a_changed_token_never_verifies() {
    let token = obtain(&source("tsa-p256", instant(NOW)), &digest(), &TestEntropy).expect("a token");
    let certificate = pki().certificate("tsa-p256");
    let content = token.signed_data.e_content.clone().expect("content");
    let start = token.der().windows(content.len()).position(|window| window == content).expect("in the token");
    for at in start..start + content.len() {
        let mut broken = token.der().to_vec();
        broken[at] ^= 0x10;
        let verified = TimestampToken::parse(&broken).is_ok_and(|read| read.verify(certificate).is_ok());
        assert!(!verified, "byte {at}");
    }
}

#[test]
fn a_silent_source_is_told() {
    struct Silent;
    impl TimestampSource for Silent {
        fn timestamp(&self, _: &[u8]) -> Result<Vec<u8>, TimestampError> {
            Ok(FailureInfo::TimeNotAvailable.to_response_der())
        }
    }
    let refused = obtain(&Silent, &digest(), &TestEntropy).map(drop);
    assert_eq!(refused, Err(TimestampError::Refused(FailureInfo::TimeNotAvailable)));
}

#[test]
fn serials_do_not_repeat() {
    let source = source("tsa-p256", instant(NOW));
    let serials: std::collections::BTreeSet<_> =
        (0..20).map(|_| obtain(&source, &digest(), &TestEntropy).expect("a token").serial).collect();
    assert_eq!(serials.len(), 20);
}
