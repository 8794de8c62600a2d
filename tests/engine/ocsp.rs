//! OCSP: statements that count and statements that do not, ours and OpenSSL's.

#![allow(clippy::disallowed_methods, reason = "OpenSSL answers by the real clock")]

use super::openssl::Bench;
use super::pki::{NOW, instant, pki};
use fumikura::asn1::{
    CertificateList, OcspResponse, OcspStatus, generalized_time_der, ocsp_request, pem_encode, reader::tag, writer,
};
use fumikura::crypto::{Signer, public_key_bits, signature_identifier};
use fumikura::digest::DigestAlgorithm;
use fumikura::pki::{
    Budget, PathRequest, ProofSource, Purpose, RevocationStatus, View, cert_id, revocation_needs, revocation_status,
    validate_path,
};
use fumikura::policy::{Outcome, SubIndication, ValidationPolicy};
use fumikura::time::Instant;

/// What a response says.
#[derive(Clone)]
pub struct Answer {
    pub about: &'static str,
    pub issuer: &'static str,
    pub by: &'static str,
    /// Certificates that come with it.
    pub with: &'static [&'static str],
    pub revoked: Option<&'static str>,
    pub this_update: &'static str,
    pub next_update: Option<&'static str>,
    pub by_key: bool,
}

impl Answer {
    pub fn good(about: &'static str, by: &'static str) -> Self {
        let (this_update, next_update) = ("2026-05-31T00:00:00Z", Some("2026-06-07T00:00:00Z"));
        let with: &[&str] = if by == "ca" { &[] } else { Box::leak(Box::new([by])) };
        Self { about, issuer: "ca", by, with, revoked: None, this_update, next_update, by_key: false }
    }

    pub fn response(&self) -> OcspResponse {
        OcspResponse::from_der(&self.der()).expect("our own response is readable")
    }

    fn der(&self) -> Vec<u8> {
        let (of, issuer) = (pki().certificate(self.about), pki().certificate(self.issuer));
        let (own, signer) = (pki().certificate(self.by), pki().signer(self.by));
        let status = match self.revoked {
            None => vec![0x80, 0],
            Some(at) => writer::tlv(
                0xa1,
                &[generalized_time_der(instant(at)), writer::context(0, &[writer::tlv(tag::ENUMERATED, &[1])])]
                    .concat(),
            ),
        };
        let mut single =
            vec![cert_id(of, issuer).unwrap().to_der(), status, generalized_time_der(instant(self.this_update))];
        single.extend(self.next_update.map(|next| writer::context(0, &[generalized_time_der(instant(next))])));
        let responder = match self.by_key {
            false => writer::tlv(0xa1, own.subject_der()),
            true => {
                let hash = DigestAlgorithm::Sha1.digest(public_key_bits(own.spki_der()).unwrap()).bytes;
                writer::tlv(0xa2, &writer::octets(&hash))
            }
        };
        let singles = writer::sequence(&[writer::sequence(&single)]);
        let tbs = writer::sequence(&[responder, generalized_time_der(instant(self.this_update)), singles]);
        let scheme = signer.default_scheme(DigestAlgorithm::Sha256);
        let signature = signer.sign(scheme, &tbs).unwrap();
        let mut basic = vec![tbs, signature_identifier(scheme).to_der(), writer::bit_octets(&signature)];
        if !self.with.is_empty() {
            let all: Vec<&[u8]> = self.with.iter().map(|name| pki().certificate(name).der()).collect();
            basic.push(writer::context(0, &[writer::sequence(&all)]));
        }
        let kind = writer::oid(&fumikura::asn1::oid::OCSP_BASIC);
        let bytes = writer::sequence(&[kind, writer::octets(&writer::sequence(&basic))]);
        writer::sequence(&[writer::tlv(tag::ENUMERATED, &[0]), writer::context(0, &[bytes])])
    }
}

fn request<'a>(
    crls: &'a [CertificateList],
    ocsps: &'a [OcspResponse],
    anchors: &'a fumikura::pki::TrustAnchors,
    policy: &'a ValidationPolicy,
    at: Instant,
) -> PathRequest<'a> {
    PathRequest {
        intermediates: &[],
        anchors,
        crls,
        ocsps,
        at,
        now: at,
        view: View::Unproven,
        purpose: Purpose::Any,
        policy,
        budget: Budget::default(),
        verified: None,
    }
}

fn said(answer: &Answer, crls: &[CertificateList]) -> RevocationStatus {
    let (anchors, policy) = (pki().anchors(), ValidationPolicy::built_in());
    let ocsps = [answer.response()];
    let request = request(crls, &ocsps, &anchors, &policy, instant(NOW));
    revocation_status(pki().certificate(answer.about), pki().certificate(answer.issuer), &request)
}

#[test]
fn who_may_say_it_is_believed() {
    use RevocationStatus::{Good, Unknown};
    let list = [pki().crl("ca").clone()];
    for (by, without, with) in [
        ("ca", Good, Good),
        ("responder", Good, Good),
        // Its own standing is to be looked up, so a list is needed.
        ("responder-to-be-checked", Unknown, Good),
        ("responder-without-usage", Unknown, Good),
        ("responder-expired", Unknown, Good),
        ("responder-of-another", Unknown, Good),
        ("responder-unknown-critical", Unknown, Good),
        ("responder-revoked", Unknown, Good),
        ("signer-rsa2048", Unknown, Good),
    ] {
        let answer = Answer::good("signer-p256", by);
        assert_eq!(said(&answer, &[]), without, "{by} without a list");
        assert_eq!(said(&answer, &list), with, "{by} with a list");
        assert_eq!(said(&Answer { by_key: true, ..answer }, &[]), without, "{by}, named by its key");
    }
    // The delegate's certificate must be there to be looked at.
    assert_eq!(said(&Answer { with: &[], ..Answer::good("signer-p256", "responder") }, &[]), Unknown);
}

#[test]
fn a_delegate_who_is_revoked_proves_nothing_and_one_who_is_looked_up_brings_the_list() {
    let (anchors, policy) = (pki().anchors(), ValidationPolicy::built_in());
    // The list is about the delegate only: it is too old to speak of the signer.
    let list = |name: &str| vec![pki().crl(name).clone()];
    let needs = |by: &'static str, crls: &[CertificateList], at: &str| {
        let ocsps =
            [Answer { next_update: Some("2026-09-01T00:00:00Z"), ..Answer::good("signer-p256", by) }.response()];
        let asked = request(crls, &ocsps, &anchors, &policy, instant(at));
        let chain = [pki().certificate("signer-p256").clone(), pki().certificate("ca").clone()];
        revocation_needs(&chain, &asked).remove(0)
    };
    let found = needs("responder-to-be-checked", &list("ca-of-2020"), NOW);
    let proof = found.proof.expect("a response");
    assert!(matches!(proof.source, ProofSource::Ocsp(_)));
    assert_eq!(proof.more_lists.len(), 1);
    assert_eq!(proof.signers, [pki().certificate("responder-to-be-checked").clone()]);
    let proof = needs("responder", &list("ca-of-2020"), NOW).proof.expect("a response");
    assert!(proof.more_lists.is_empty());
    let by_list = needs("responder-revoked", &list("ca"), NOW).proof.expect("the list itself");
    assert!(matches!(by_list.source, ProofSource::Crl(_)));
}

#[test]
fn what_is_said_counts_for_its_time_and_its_certificate() {
    let good = Answer::good("signer-p256", "responder");
    let unknown = |answer: Answer| assert_eq!(said(&answer, &[]), RevocationStatus::Unknown);
    unknown(Answer { this_update: "2026-06-02T00:00:00Z", ..good.clone() });
    unknown(Answer { next_update: Some("2026-05-31T12:00:00Z"), ..good.clone() });
    unknown(Answer { this_update: "2020-01-01T00:00:00Z", next_update: None, ..good.clone() });
    // About another certificate.
    let (anchors, policy) = (pki().anchors(), ValidationPolicy::built_in());
    let other = [Answer::good("signer-p384", "responder").response()];
    let asked = request(&[], &other, &anchors, &policy, instant(NOW));
    let status = revocation_status(pki().certificate("signer-p256"), pki().certificate("ca"), &asked);
    assert_eq!(status, RevocationStatus::Unknown);
    // One bit of the signed part is another.
    let mut der = good.der();
    let at = der.windows(4).position(|window| window == b"2026").unwrap();
    der[at + 3] = b'5';
    let forged = [OcspResponse::from_der(&der).unwrap()];
    let asked = request(&[], &forged, &anchors, &policy, instant(NOW));
    assert_eq!(
        revocation_status(pki().certificate("signer-p256"), pki().certificate("ca"), &asked),
        RevocationStatus::Unknown
    );
}

#[test]
fn whoever_says_revoked_is_heeded() {
    let revoked = Answer { revoked: Some("2026-05-30T00:00:00Z"), ..Answer::good("signer-p256", "responder") };
    let list = [pki().crl("ca").clone()];
    for crls in [&[][..], &list] {
        match said(&revoked, crls) {
            RevocationStatus::Revoked(found) => assert_eq!(found.at, instant("2026-05-30T00:00:00Z")),
            other => panic!("{other:?}"),
        }
    }
    // The list revokes where the response says good.
    let status = said(&Answer::good("signer-revoked", "responder"), &list);
    assert!(matches!(status, RevocationStatus::Revoked(_)), "{status:?}");
}

#[test]
fn a_path_without_lists_is_proven_by_responses() {
    let (anchors, policy) = (pki().anchors(), ValidationPolicy::built_in());
    let leaf = pki().certificate("signer-without-list");
    let ca = [pki().certificate("ca-without-list").clone()];
    let own = Answer { issuer: "ca-without-list", ..Answer::good("signer-without-list", "ca-without-list") };
    let ocsps = [Answer { with: &[], ..own }.response()];
    let crls = [pki().crl("root").clone()];
    let judge = |ocsps: &[OcspResponse]| {
        let asked = PathRequest { intermediates: &ca, ..request(&crls, ocsps, &anchors, &policy, instant(NOW)) };
        let outcome = validate_path(leaf, &asked);
        let needs = revocation_needs(&outcome.chain, &asked);
        (outcome.outcome, needs)
    };
    assert_eq!(judge(&[]).0, Outcome::Indeterminate(SubIndication::TryLater));
    let (outcome, needs) = judge(&ocsps);
    assert_eq!((outcome, needs.len()), (Outcome::Passed, 2));
    let kinds = needs.iter().map(|need| need.proof.as_ref().map(|proof| matches!(proof.source, ProofSource::Ocsp(_))));
    assert_eq!(kinds.collect::<Vec<_>>(), [Some(true), Some(false)]);
}

#[test]
fn openssl_reads_ours_and_we_read_openssl_s() {
    let bench = Bench::new();
    for name in ["root", "ca", "responder", "signer-p256", "signer-p384"] {
        bench.file(&format!("{name}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
    }
    bench.file("responder.key", pem_encode("PRIVATE KEY", pki().pkcs8("responder")).as_bytes());
    // Our request, answered by OpenSSL from its index.
    let (leaf, ca) = (pki().certificate("signer-p256"), pki().certificate("ca"));
    bench.file("request.der", ocsp_request(&cert_id(leaf, ca).unwrap()));
    let line = |name: &str, revoked: &str| {
        let certificate = pki().certificate(name);
        let mark = if revoked.is_empty() { "V" } else { "R" };
        format!("{mark}\t440101000000Z\t{revoked}\t{}\tunknown\t/CN={name}\n", certificate.serial_hex().to_uppercase())
    };
    bench.file("index.txt", line("signer-p256", "") + &line("signer-p384", "260101000000Z,keyCompromise"));
    bench.ok("ocsp -index index.txt -CA ca.crt -rsigner responder.crt -rkey responder.key -reqin request.der -respout answer.der -ndays 7");
    let answer = OcspResponse::from_der(&bench.read("answer.der")).unwrap();
    assert!(answer.singles().len() == 1 && answer.singles()[0].status == OcspStatus::Good);
    let (anchors, policy, now) = (pki().anchors(), ValidationPolicy::built_in(), jiff::Timestamp::now());
    let ocsps = [answer];
    let asked = request(&[], &ocsps, &anchors, &policy, now);
    assert_eq!(revocation_status(leaf, ca, &asked), RevocationStatus::Good);
    // Its own request about another, which is revoked.
    bench.ok("ocsp -issuer ca.crt -cert signer-p384.crt -no_nonce -reqout other.der");
    bench.ok("ocsp -index index.txt -CA ca.crt -rsigner responder.crt -rkey responder.key -reqin other.der -respout revoked.der -ndays 7");
    let ocsps = [OcspResponse::from_der(&bench.read("revoked.der")).unwrap()];
    let asked = request(&[], &ocsps, &anchors, &policy, now);
    let status = revocation_status(pki().certificate("signer-p384"), ca, &asked);
    assert!(matches!(status, RevocationStatus::Revoked(_)), "{status:?}");
    // And ours before OpenSSL; its own clock is past the dates, which it says and goes on.
    bench.file("ours.der", Answer::good("signer-p256", "responder").der());
    bench.file("chain.pem", [bench.read("root.crt"), bench.read("ca.crt")].concat());
    let said = bench.run("ocsp -respin ours.der -issuer ca.crt -cert signer-p256.crt -CAfile chain.pem -no_nonce");
    let said = [said.stdout, said.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("Response verify OK") && said.contains("good"), "{said}");
}

#[test]
fn broken_responses_never_panic() {
    let der = Answer::good("signer-p256", "responder").der();
    for at in 0..der.len() {
        let mut broken = der.clone();
        broken[at] ^= 0x5a;
        let _ = OcspResponse::from_der(&broken);
        let _ = OcspResponse::from_der(&der[..at]);
    }
    let refusal = writer::sequence(&[writer::tlv(tag::ENUMERATED, &[6])]);
    assert!(OcspResponse::from_der(&refusal).is_err(), "a refusal is no answer");
}
