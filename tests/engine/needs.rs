//! What judgements say they lack: all that could change them, nothing else.

use super::openssl::Bench;
use super::pki::{instant, pki, question};
use crate::cli::site::{List, Places, issue, seal};
use fumikura::asn1::{Certificate, CertificateList};
use fumikura::cms::certificates_of;
use fumikura::pki::{Lack, Need, Objection, Purpose, Supply, validate_path_and_needs};
use fumikura::policy::{Outcome, SubIndication, ValidationPolicy};

const CRL: &str = "http://crl.example.jp/ca.crl";
const OCSP: &str = "http://ocsp.example.jp/";
const ISSUER: &str = "http://ca.example.jp/ca.crt";

fn ask(leaf: &Certificate, intermediates: &[Certificate], crls: &[CertificateList]) -> (Outcome, Vec<Need>) {
    ask_by(leaf, intermediates, crls, &ValidationPolicy::built_in())
}

fn ask_by(
    leaf: &Certificate,
    intermediates: &[Certificate],
    crls: &[CertificateList],
    policy: &ValidationPolicy,
) -> (Outcome, Vec<Need>) {
    let anchors = pki().anchors();
    let (outcome, needs) = validate_path_and_needs(leaf, &question(intermediates, &anchors, crls, policy));
    (outcome.outcome, needs)
}

fn everything() -> Places {
    Places { crls: vec![CRL.to_owned()], ocsp: Some(OCSP.to_owned()), issuer: Some(ISSUER.to_owned()), deltas: None }
}

fn places(need: &Need) -> Vec<(Supply, &str)> {
    need.sources.iter().map(|source| (source.supply, source.url.as_str())).collect()
}

#[test]
fn an_issuer_that_is_not_there_is_named() {
    let leaf = seal("without issuer", &everything());
    let (outcome, needs) = ask(&leaf, &[], &[]);
    assert_eq!(outcome, Outcome::Indeterminate(SubIndication::NoCertificateChainFound));
    assert_eq!(needs.len(), 1);
    assert!(needs[0].lack == Lack::Issuer && needs[0].of == leaf && needs[0].issuer.is_none());
    assert_eq!(places(&needs[0]), [(Supply::Certificates, ISSUER)]);
    // A root that is not believed has no issuer to look for.
    let (_, needs) = ask(pki().certificate("unknown-root"), &[], &[]);
    assert!(needs.is_empty());
}

#[test]
fn revocation_that_nobody_tells_is_named_for_each_certificate() {
    let (leaf, ca) = (seal("without list", &everything()), pki().certificate("ca").clone());
    let (outcome, needs) = ask(&leaf, std::slice::from_ref(&ca), &[]);
    assert_eq!(outcome, Outcome::Indeterminate(SubIndication::TryLater));
    let about: Vec<_> = needs.iter().map(|need| (need.lack, need.of.clone())).collect();
    assert_eq!(about, [(Lack::Revocation, leaf.clone()), (Lack::Revocation, ca.clone())]);
    assert_eq!(places(&needs[0]), [(Supply::Ocsp, OCSP), (Supply::Crl, CRL)]);
    assert_eq!(needs[0].issuer.as_ref(), Some(&ca));
    // The CA's certificate does not say where.
    assert!(needs[1].sources.is_empty());
    let (_, needs) = ask(&leaf, &[ca], &[List::default().of_ca(&[])]);
    assert_eq!(needs.len(), 1, "only the CA's own is open");
}

#[test]
fn what_would_change_nothing_is_not_named() {
    let (leaf, ca) = (seal("settled", &everything()), pki().certificate("ca").clone());
    let intermediates = [ca];
    let lists = [List::default().of_ca(&[]), pki().crl("root").clone()];
    let (outcome, needs) = ask(&leaf, &intermediates, &lists);
    assert!(outcome.is_passed() && needs.is_empty(), "{outcome:?} {needs:?}");
    let (outcome, needs) = ask(&leaf, &intermediates, &[List::default().of_ca(&[&leaf])]);
    assert_eq!(outcome, Outcome::Failed(SubIndication::Revoked));
    assert!(needs.is_empty(), "revoked is revoked");
    let mut policy = ValidationPolicy::built_in();
    policy.revocation_required = false;
    let (outcome, needs) = ask_by(&leaf, &intermediates, &[], &policy);
    assert!(outcome.is_passed() && needs.is_empty(), "nobody asks for it");
    let anchors = pki().anchors();
    let policy = ValidationPolicy::built_in();
    let mut request = question(&intermediates, &anchors, &[], &policy);
    request.purpose = Purpose::Timestamping;
    let (outcome, needs) = validate_path_and_needs(&leaf, &request);
    assert!(
        !outcome.outcome.is_passed() && needs.is_empty(),
        "it is no timestamping certificate: {:?}",
        outcome.outcome
    );
}

#[test]
fn a_delta_list_that_could_know_better_is_named_until_it_is_there() {
    let deltas = Some("http://crl.example.jp/delta.crl".to_owned());
    let leaf = seal("with deltas", &Places { deltas, ..everything() });
    let intermediates = [pki().certificate("ca").clone()];
    let mut lists = vec![List::default().of_ca(&[]), pki().crl("root").clone()];
    let (outcome, needs) = ask(&leaf, &intermediates, &lists);
    assert!(outcome.is_passed());
    assert_eq!(needs.iter().map(|need| need.lack).collect::<Vec<_>>(), [Lack::Delta]);
    assert_eq!(places(&needs[0]), [(Supply::Crl, "http://crl.example.jp/delta.crl")]);
    lists.push(List::delta(5).of_ca(&[]));
    let (outcome, needs) = ask(&leaf, &intermediates, &lists);
    assert!(outcome.is_passed() && needs.is_empty());
    lists.push(List { number: 7, ..List::delta(5) }.of_ca(&[&leaf]));
    assert_eq!(ask(&leaf, &intermediates, &lists).0, Outcome::Failed(SubIndication::Revoked));
}

#[test]
fn why_something_does_not_help_is_said() {
    let (leaf, ca) = (seal("unhelped", &everything()), pki().certificate("ca").clone());
    let need = ask(&leaf, &[ca], &[]).1.remove(0);
    let now = instant("2026-06-01T00:00:00Z");
    let why = |list: &CertificateList| need.objection_to_list(list, now);
    assert_eq!(why(pki().crl("root")), Objection::OtherIssuer);
    assert_eq!(why(&List { to: "2026-05-20T00:00:00Z", ..List::default() }.of_ca(&[])), Objection::Expired);
    assert_eq!(why(&List { from: "2026-07-01T00:00:00Z", ..List::default() }.of_ca(&[])), Objection::NotYet);
    let forged = List::default().by((pki().certificate("ca"), "signer-p384"), &[]);
    assert_eq!(why(&forged), Objection::BadSignature);
    let value = fumikura::asn1::writer::sequence(&[fumikura::asn1::writer::tlv(0x82, &[0xff])]);
    let oid = fumikura::asn1::oid::ISSUING_DISTRIBUTION_POINT;
    let only_cas = vec![fumikura::asn1::Extension { oid, critical: true, value }];
    assert_eq!(why(&List { more: only_cas, ..List::default() }.of_ca(&[])), Objection::OtherScope);
}

#[test]
fn openssl_reads_the_question_and_its_nonce() {
    let (leaf, ca) = (seal("asked about", &everything()), pki().certificate("ca").clone());
    let need = ask(&leaf, &[ca], &[]).1.remove(0);
    let bench = Bench::new();
    bench.file("request.der", need.ocsp_request(Some(&[7; 32])).unwrap());
    let said = bench.ok("ocsp -reqin request.der -req_text");
    assert!(said.contains("Hash Algorithm: sha1") && said.contains("OCSP Nonce"), "{said}");
    assert!(said.contains("0420070707070707"), "the nonce is an OCTET STRING in the extension: {said}");
    assert!(said.to_lowercase().contains(&leaf.serial_hex()), "{said}");
}

#[test]
fn certificates_come_in_every_form_that_repositories_use() {
    let bench = Bench::new();
    let (root, ca) = (pki().certificate("root").clone(), pki().certificate("ca").clone());
    let pem = |one: &Certificate| fumikura::asn1::pem_encode("CERTIFICATE", one.der()).to_string();
    bench.file("both.pem", pem(&root) + &pem(&ca));
    bench.ok("crl2pkcs7 -nocrl -certfile both.pem -outform DER -out both.p7c");
    bench.ok("crl2pkcs7 -nocrl -certfile both.pem -out both.p7b");
    for file in ["both.pem", "both.p7c", "both.p7b"] {
        let found = certificates_of(&bench.read(file)).unwrap();
        assert!(found.len() == 2 && found.contains(&root) && found.contains(&ca), "{file}");
    }
    assert_eq!(certificates_of(ca.der()).unwrap(), std::slice::from_ref(&ca));
    let bag = bench.read("both.p7c");
    for at in 0..bag.len() {
        let mut broken = bag.clone();
        broken[at] ^= 0x5a;
        let _ = certificates_of(&broken);
        let _ = certificates_of(&bag[..at]);
    }
    assert!(certificates_of(pki().crl("ca").der()).is_err());
    assert!(certificates_of(b"<html>").is_err());
}

#[test]
fn a_maze_of_certificates_asks_for_little() {
    // A hundred certificates of one authority, each by an issuer of its own that is not there.
    let ca = (pki().certificate("ca"), "ca");
    let twin = |number: usize| {
        let above = issue(&format!("maze {number}"), "signer-p521", ca, &Places::default(), true);
        issue("twin", "signer-p384", (&above, "signer-p521"), &everything(), true)
    };
    let twins: Vec<Certificate> = (0..100).map(twin).collect();
    let leaf = issue("at the door", "signer-p256", (&twins[0], "signer-p384"), &everything(), false);
    let (outcome, needs) = ask(&leaf, &twins, &[]);
    assert!(!outcome.is_passed());
    assert_eq!(needs.len(), 32);
}
