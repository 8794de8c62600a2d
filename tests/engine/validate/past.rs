//! Decades later: seals whose certificate, authority and timestamping authority are long gone, in a simulated future.

use super::bench::{catalogue, contents, replaced, sample, updated};
use crate::engine::openssl::Bench;
use crate::engine::pki::{TestEntropy, instant, pki};
use fumikura::asn1::{
    BasicConstraints, Certificate, CertificateList, KeyUsage, Name, Oid, RevocationReason, RevokedEntry, oid,
    pem_encode,
};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::Signer;
use fumikura::digest::{DigestAlgorithm, hex};
use fumikura::pades::{Extension, Level, LongTerm, SignOptions, extend, sign, timestamp};
use fumikura::pdf::{Dictionary, Limits, Object, Pdf};
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::pki::{Belief, Term, TrustAnchors};
use fumikura::policy::ValidationPolicy;
use fumikura::time::{FixedClock, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource};
use fumikura::validate::{Report, ValidationContext, validate};
use lopdf::Stream;
use std::sync::Arc;
use std::time::Duration;

/// Who there is: name, whose key of the test PKI, issuer, first and last year.
const PEOPLE: [(&str, &str, &str, i16, i16); 8] = [
    ("root", "signer-p384", "root", 2020, 2070),
    ("ca", "signer-p256", "root", 2024, 2031),
    ("seal", "signer-rsa2048", "ca", 2025, 2028),
    ("stamps", "signer-p521", "stamps", 2020, 2070),
    ("tsa-1", "tsa", "stamps", 2024, 2030),
    ("tsa-2", "tsa-p256", "stamps", 2028, 2040),
    ("tsa-3", "signer-rsa4096", "stamps", 2038, 2060),
    ("tsa-9", "signer-rsa3072", "stamps", 2024, 2060),
];

pub(super) fn key(name: &str) -> fumikura::keystore::SoftwareSigner {
    pki().signer(PEOPLE.iter().find(|(of, ..)| *of == name).unwrap().1)
}

fn name(of: &str) -> Name {
    Name::from_text(&format!("CN={of},O=Later,C=JP")).unwrap()
}

pub(super) fn certificate(of: &str) -> Certificate {
    let (_, _, issuer, from, to) = *PEOPLE.iter().find(|(name, ..)| *name == of).unwrap();
    let (subject, issuer_name) = (name(of), name(issuer));
    let year = |year: i16| instant(&format!("{year}-01-01T00:00:00Z"));
    let (own, by) = (key(of), key(issuer));
    let serial = [1, of.len() as u8, of.as_bytes()[of.len() - 1]];
    let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &serial, year(from), year(to));
    if ["root", "ca", "stamps"].contains(&of) {
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
    } else {
        template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
        template.extended_key_usage = of.starts_with("tsa").then(|| (vec![oid::KP_TIME_STAMPING], true));
    }
    issue_certificate(&template, Issuer { name: &issuer_name, signer: &by, digest: DigestAlgorithm::Sha256 }).unwrap()
}

fn list(issuer: &str, at: Instant, revoked: &[(&str, &str)]) -> CertificateList {
    let entry = |(of, at): &(&str, &str)| {
        let entry = RevokedEntry { revoked_at: instant(at), reason: Some(RevocationReason::KeyCompromise) };
        (certificate(of).serial().to_vec(), entry)
    };
    let template = CrlTemplate {
        this_update: at,
        next_update: at.checked_add(Duration::from_secs(30 * 86_400)).unwrap(),
        number: at.as_second().unsigned_abs(),
        revoked: revoked.iter().map(entry).collect(),
        more: Vec::new(),
    };
    // One authority's lists by an algorithm of their own, which a policy can give up.
    let digest = if issuer == "ca" { DigestAlgorithm::Sha384 } else { DigestAlgorithm::Sha256 };
    let (name, signer) = (name(issuer), key(issuer));
    issue_crl(&template, Issuer { name: &name, signer: &signer, digest }).unwrap()
}

/// The lists that are out at a time: those of a day before, by every authority that is still there.
pub(super) fn lists(at: &str, revoked: &[(&str, &str)]) -> Vec<CertificateList> {
    let day_before = instant(at).checked_sub(Duration::from_secs(86_400)).unwrap();
    let is_there = |issuer: &&str| certificate(issuer).is_valid_at(day_before);
    let of = |issuer: &str| {
        let own = revoked.iter().copied().filter(|(of, _)| PEOPLE.iter().any(|one| one.0 == *of && one.2 == issuer));
        own.collect::<Vec<_>>()
    };
    ["root", "ca", "stamps"].into_iter().filter(is_there).map(|issuer| list(issuer, day_before, &of(issuer))).collect()
}

pub(super) fn anchors() -> TrustAnchors {
    TrustAnchors::new([certificate("root"), certificate("stamps")])
}

pub(super) fn stamping(by: &str, at: &str) -> LocalSource {
    let options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.99999.1"));
    let identity = SigningIdentity::new(Arc::new(key(by)), certificate(by), Vec::new()).unwrap();
    let authority = Authority::new(identity, options).unwrap();
    LocalSource::new(Arc::new(authority), Arc::new(FixedClock(instant(at))), Arc::new(TestEntropy))
}

/// Sealed on 1 June 2026 with a timestamp.
pub(super) fn sealed() -> Vec<u8> {
    sealed_at(Level::BT, "tsa-1")
}

/// Sealed on that day at a level, by an authority.
pub(super) fn sealed_at(level: Level, by: &str) -> Vec<u8> {
    let pdf = Pdf::read(sample("typst.pdf"), &Limits::default()).unwrap();
    let seal = SigningIdentity::new(Arc::new(key("seal")), certificate("seal"), vec![certificate("ca")]).unwrap();
    let at = "2026-06-01T00:00:00Z";
    let options = SignOptions::new(level, instant(at));
    sign(&pdf, &seal, &options, Some(&stamping(by, at)), &TestEntropy).unwrap().to_vec().unwrap()
}

/// Brings a file to a level at a time, with the lists of the day.
pub(super) fn extended(file: &[u8], level: Level, by: &str, at: &str) -> Vec<u8> {
    let (anchors, crls, policy) = (anchors(), lists(at, &[]), ValidationPolicy::built_in());
    let source = stamping(by, at);
    let long_term = LongTerm {
        trust: &anchors,
        tsa_trust: &anchors,
        intermediates: &[],
        crls: &crls,
        ocsps: &[],
        policy: &policy,
        at: instant(at),
        accept_older_revocation: false,
        vri: false,
    };
    let extension = Extension {
        timestamps: Some(&source),
        long_term: Some(long_term),
        digest: DigestAlgorithm::Sha256,
        at: instant(at),
    };
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    extend(&pdf, level, &extension, &TestEntropy).unwrap_or_else(|error| panic!("{at}: {error}")).to_vec().unwrap()
}

fn judged(file: &[u8], at: &str, revoked: &[(&str, &str)]) -> Report {
    judged_by(&ValidationPolicy::built_in(), file, at, revoked)
}

fn judged_by(policy: &ValidationPolicy, file: &[u8], at: &str, revoked: &[(&str, &str)]) -> Report {
    judged_under(&anchors(), policy, file, at, revoked)
}

fn judged_under(
    tsa_trust: &TrustAnchors,
    policy: &ValidationPolicy,
    file: &[u8],
    at: &str,
    revoked: &[(&str, &str)],
) -> Report {
    let (anchors, crls) = (anchors(), lists(at, revoked));
    let context = ValidationContext {
        trust: &anchors,
        tsa_trust,
        crls: &crls,
        ocsps: &[],
        intermediates: &[],
        at: instant(at),
        policy,
        password: None,
        limits: Limits::default(),
    };
    validate(file, &context).unwrap()
}

fn said(file: &[u8], at: &str, revoked: &[(&str, &str)]) -> String {
    let report = judged(file, at, revoked);
    let codes: Vec<_> = report.signatures[0].findings.iter().map(|finding| finding.code).collect();
    format!("{} {}", super::bench::first(&report), codes.join(" "))
}

#[test]
fn a_seal_outlives_everyone_where_its_timestamps_are_renewed() {
    let archived = extended(&sealed(), Level::BLta, "tsa-1", "2026-06-03T00:00:00Z");
    // Its own certificate has expired, the authority's has not.
    for at in ["2026-07-01T00:00:00Z", "2027-06-01T00:00:00Z", "2029-06-01T00:00:00Z"] {
        assert!(said(&archived, at, &[]).starts_with("TOTAL-PASSED"), "{at}: {}", said(&archived, at, &[]));
    }
    let renewed = extended(&archived, Level::BLta, "tsa-2", "2029-06-03T00:00:00Z");
    let again = extended(&renewed, Level::BLta, "tsa-3", "2039-06-03T00:00:00Z");
    for (file, at) in [
        (&renewed, "2030-06-01T00:00:00Z"),
        (&renewed, "2033-06-01T00:00:00Z"),
        (&again, "2039-12-01T00:00:00Z"),
        (&again, "2045-06-01T00:00:00Z"),
        (&again, "2056-06-01T00:00:00Z"),
    ] {
        let said = said(file, at, &[]);
        assert!(said.starts_with("TOTAL-PASSED"), "{at}: {said}");
        if at > "2031" {
            assert!(said.contains("path-good-in-the-past"), "{at}: {said}");
        }
    }
    // Who did not renew in time has lost the proof.
    assert!(!said(&archived, "2033-06-01T00:00:00Z", &[]).starts_with("TOTAL-PASSED"));
    assert!(!said(&renewed, "2045-06-01T00:00:00Z", &[]).starts_with("TOTAL-PASSED"));
}

#[test]
fn an_archive_outlives_the_term_of_its_authority() {
    // Accredited until the end of 2027, and then no longer; its certificate stays good until 2030.
    let mut accredited = TrustAnchors::default();
    let belief = Belief::during(Term::days(None, "2027-12-31".parse().ok()));
    accredited.add_for(certificate("stamps"), belief);
    let policy = ValidationPolicy::built_in();
    let judged = |file: &[u8], at: &str| {
        let report = judged_under(&accredited, &policy, file, at, &[]);
        (super::bench::first(&report), report.signatures[0].timestamps[0].accredited)
    };
    let passed = |accredited| ("TOTAL-PASSED".to_owned(), accredited);
    let archived = extended(&sealed(), Level::BLta, "tsa-1", "2026-06-03T00:00:00Z");
    assert_eq!(judged(&archived, "2027-06-01T00:00:00Z"), passed(true));
    assert_eq!(judged(&archived, "2029-06-01T00:00:00Z"), passed(true));
    // Stamped again by another one after that, with the lists of the day.
    let renewed = extended(&archived, Level::BLta, "tsa-2", "2029-06-03T00:00:00Z");
    let again = extended(&renewed, Level::BLta, "tsa-3", "2039-06-03T00:00:00Z");
    assert_eq!(judged(&renewed, "2033-06-01T00:00:00Z"), passed(true));
    assert_eq!(judged(&again, "2045-06-01T00:00:00Z"), passed(true));
}

#[test]
fn revocation_data_without_a_timestamp_prove_nothing_once_their_authority_ended() {
    let long_term = extended(&sealed(), Level::BLt, "tsa-1", "2026-06-03T00:00:00Z");
    assert!(said(&long_term, "2029-06-01T00:00:00Z", &[]).starts_with("TOTAL-PASSED"));
    let later = said(&long_term, "2033-06-01T00:00:00Z", &[]);
    assert!(later.starts_with("INDETERMINATE"), "{later}");
}

#[test]
fn an_authority_that_is_revoked_takes_along_what_is_not_proven_to_be_older() {
    let revoked = [("ca", "2029-02-01T00:00:00Z")];
    let at = "2029-06-01T00:00:00Z";
    let archived = extended(&sealed(), Level::BLta, "tsa-1", "2026-06-03T00:00:00Z");
    let said_of_archived = said(&archived, at, &revoked);
    assert!(said_of_archived.starts_with("TOTAL-PASSED"), "{said_of_archived}");
    assert!(said_of_archived.contains("path-good-in-the-past"), "{said_of_archived}");
    // Its list may have been made by the thief of the authority's key.
    let long_term = extended(&sealed(), Level::BLt, "tsa-1", "2026-06-03T00:00:00Z");
    let said_of_long_term = said(&long_term, at, &revoked);
    assert!(said_of_long_term.starts_with("INDETERMINATE/NO_POE"), "{said_of_long_term}");
    assert!(said_of_long_term.contains("path-no-proof"), "{said_of_long_term}");
    // A revocation from before the seal.
    let before = said(&archived, at, &[("ca", "2026-01-01T00:00:00Z")]);
    assert!(before.starts_with("INDETERMINATE/REVOKED_CA_NO_POE"), "{before}");
}

#[test]
fn an_algorithm_that_was_given_up_takes_along_what_is_not_proven_to_be_older() {
    let text =
        include_str!("../../../src/policy/default.toml").replace("SHA-384 = \"open\"", "SHA-384 = \"2027-01-01\"");
    let policy = ValidationPolicy::from_toml(&text).unwrap();
    let at = "2029-06-01T00:00:00Z";
    let first = |file: &[u8]| super::bench::first(&judged_by(&policy, file, at, &[]));
    let archived = extended(&sealed(), Level::BLta, "tsa-1", "2026-06-03T00:00:00Z");
    assert_eq!(first(&archived), "TOTAL-PASSED");
    let long_term = extended(&sealed(), Level::BLt, "tsa-1", "2026-06-03T00:00:00Z");
    assert_eq!(first(&long_term), "INDETERMINATE/NO_POE");
}

/// A signature of an older form (ISO 32000-1, 12.8.3.3), by OpenSSL: it names its certificate in no attribute, and brings
/// none along.
fn older_form() -> Vec<u8> {
    let bench = Bench::new();
    bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8("signer-rsa2048")).as_bytes());
    bench.file("seal.pem", pem_encode("CERTIFICATE", certificate("seal").der()).as_bytes());
    let pdf = Pdf::read(sample("typst.pdf"), &Limits::default()).unwrap();
    let seal = SigningIdentity::new(Arc::new(key("seal")), certificate("seal"), Vec::new()).unwrap();
    let options = SignOptions::new(Level::BB, instant("2026-06-01T00:00:00Z"));
    let file = sign(&pdf, &seal, &options, None, &TestEntropy).unwrap().to_vec().unwrap();
    let file = replaced(&file, b"ETSI.CAdES.detached", b"adbe.pkcs7.detached");
    let gap = contents(&file);
    bench.file("content", [&file[..gap.start], &file[gap.end..]].concat());
    bench.ok(
        "cms -sign -binary -in content -signer seal.pem -inkey key.pem -nocerts -md sha256 -outform DER -out value",
    );
    let digits = format!("<{:0<1$}>", hex(&bench.read("value")), gap.len() - 2);
    [&file[..gap.start], digits.as_bytes(), &file[gap.end..]].concat()
}

/// Adds a document timestamp, and before it certificates and the lists of the day to the store.
fn archived_with(file: &[u8], certificates: &[&Certificate], by: &str, at: &str) -> Vec<u8> {
    let stored = updated(file, |update, pdf| {
        let (id, mut root) = catalogue(pdf);
        let mut store = root.get(b"DSS").and_then(Object::as_dict).cloned().unwrap_or_default();
        let certificates: Vec<_> = certificates.iter().map(|one| one.der().to_vec()).collect();
        let lists: Vec<_> = lists(at, &[]).iter().map(|list| list.der().to_vec()).collect();
        for (key, more) in [("Certs", certificates), ("CRLs", lists)] {
            let mut all = store.get(key.as_bytes()).and_then(Object::as_array).cloned().unwrap_or_default();
            all.extend(more.into_iter().map(|der| Object::Reference(update.add(Stream::new(Dictionary::new(), der)))));
            store.set(key, all);
        }
        root.set("DSS", store);
        update.set(id, root);
    });
    stamped(&stored, by, at)
}

fn stamped(file: &[u8], by: &str, at: &str) -> Vec<u8> {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    let source = stamping(by, at);
    timestamp(&pdf, DigestAlgorithm::Sha256, &source, instant(at), &TestEntropy).unwrap().to_vec().unwrap()
}

#[test]
fn a_certificate_that_no_signature_names_is_as_old_as_what_proves_it() {
    let (seal, ca) = (certificate("seal"), certificate("ca"));
    let others = [seal.clone(), ca.clone()];
    let judged = |stored: &[&Certificate]| {
        let file = stamped(&older_form(), "tsa-1", "2026-06-01T00:00:00Z");
        let file = archived_with(&file, stored, "tsa-1", "2026-06-03T00:00:00Z");
        let file = archived_with(&file, stored, "tsa-2", "2029-06-03T00:00:00Z");
        // The authority has expired: a certificate that turns up only now may be a thief's.
        let at = "2033-06-01T00:00:00Z";
        let (anchors, crls, policy) = (anchors(), lists(at, &[]), ValidationPolicy::built_in());
        let context = ValidationContext {
            trust: &anchors,
            tsa_trust: &anchors,
            crls: &crls,
            ocsps: &[],
            intermediates: &others,
            at: instant(at),
            policy: &policy,
            password: None,
            limits: Limits::default(),
        };
        let report = validate(&file[..], &context).unwrap();
        let codes: Vec<_> = report.signatures[0].findings.iter().map(|finding| finding.code).collect();
        format!("{} {}", super::bench::first(&report), codes.join(" "))
    };
    let proven = judged(&[&ca, &seal]);
    assert!(proven.starts_with("TOTAL-PASSED"), "{proven}");
    let unproven = judged(&[&ca]);
    assert!(unproven.starts_with("INDETERMINATE/NO_POE") && unproven.contains("path-no-proof"), "{unproven}");
}

/// The report of a seal whose certificate and authorities ended long ago.
pub fn outlived() -> Report {
    let archived = extended(&sealed(), Level::BLta, "tsa-1", "2026-06-03T00:00:00Z");
    let renewed = extended(&archived, Level::BLta, "tsa-2", "2029-06-03T00:00:00Z");
    judged(&renewed, "2036-06-01T00:00:00Z", &[])
}
