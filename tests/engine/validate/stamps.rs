//! What a timestamp proves, and what keeps it from proving anything: weak digests, other stamps that only seem to come
//! later, authorities whose time of accreditation is over.

use super::bench::{Case, SIGNED, codes, first, sample, signed_by, updated, verdict};
use crate::engine::pki::{TestEntropy, instant, pki};
use crate::engine::tsp;
use fumikura::asn1::{Certificate, CertificateList, oid, writer};
use fumikura::cms::SignedData;
use fumikura::crypto::{Signer, digest_identifier, signer_identifier};
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::timestamp;
use fumikura::pdf::{Limits, Pdf};
use fumikura::pki::{Belief, Term, TrustAnchors};
use fumikura::tsp::{TimestampError, TimestampResponse, TimestampSource};
use fumikura::validate::{Report, SignatureKind, TimestampReport};

/// Adds a document timestamp.
fn stamped_from(file: &[u8], source: &dyn TimestampSource) -> Vec<u8> {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    let stamped = timestamp(&pdf, DigestAlgorithm::Sha256, source, instant(SIGNED), &TestEntropy).unwrap();
    stamped.to_vec().unwrap()
}

fn stamped(file: &[u8], by: &str, at: &str) -> Vec<u8> {
    stamped_from(file, &tsp::source(by, instant(at)))
}

/// An authority whose tokens digest their content with SHA-1, whatever their signature is made with.
struct WeakInside(fumikura::tsp::LocalSource);

impl TimestampSource for WeakInside {
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let answer = self.0.timestamp(request)?;
        let Ok(TimestampResponse::Granted(token)) = TimestampResponse::parse(&answer) else { panic!("granted") };
        let content = token.signed_data.e_content.as_ref().unwrap();
        let certificate = pki().certificate("tsa-p256");
        let attribute = |of: &fumikura::cms::Attribute| {
            let digest = writer::octets(&DigestAlgorithm::Sha1.digest(content).bytes);
            let values = if of.oid == oid::MESSAGE_DIGEST { vec![digest] } else { of.values.clone() };
            writer::sequence(&[writer::oid(&of.oid), writer::set_of(&values)])
        };
        let signed = token.signed_data.signer.signed_attributes.iter();
        let signed: Vec<_> = signed.filter(|one| one.oid != oid::ALGORITHM_PROTECTION).map(attribute).collect();
        let attributes = writer::sorted(&signed);
        let signer = pki().signer("tsa-p256");
        let scheme = signer.default_scheme(DigestAlgorithm::Sha256);
        let weak = digest_identifier(DigestAlgorithm::Sha1).to_der();
        let info = writer::sequence(&[
            writer::integer(1),
            writer::sequence(&[certificate.issuer_der().to_vec(), writer::tlv(0x02, certificate.serial())]),
            weak.clone(),
            writer::tlv(0xa0, &attributes),
            signer_identifier(scheme).to_der(),
            writer::octets(&signer.sign(scheme, &writer::tlv(0x31, &attributes)).unwrap()),
        ]);
        let parts = [
            writer::integer(3),
            writer::set_of(&[weak]),
            writer::sequence(&[writer::oid(&oid::TST_INFO), writer::context(0, &[writer::octets(content)])]),
            writer::tlv(0xa0, &writer::sorted(&[certificate.der(), pki().certificate("ca").der()])),
            writer::set_of(&[info]),
        ];
        let token =
            writer::sequence(&[writer::oid(&oid::SIGNED_DATA), writer::context(0, &[writer::sequence(&parts)])]);
        SignedData::parse(&token).unwrap();
        Ok(writer::sequence(&[writer::sequence(&[writer::integer(0)]), token]))
    }
}

#[test]
fn a_token_s_own_digest_is_judged_too() {
    let source = || tsp::source("tsa-p256", instant(SIGNED));
    let good = Case::default().report(&stamped_from(&sample("typst.pdf"), &source()));
    assert_eq!(first(&good), "TOTAL-PASSED");
    let weak = Case::default().report(&stamped_from(&sample("typst.pdf"), &WeakInside(source())));
    assert_eq!(first(&weak), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "{:?}", codes(&weak));
    let finding = weak.signatures[0].findings.iter().find(|finding| finding.code == "algorithm-too-weak").unwrap();
    assert!(finding.parameters.contains(&("algorithm", "SHA-1".to_owned())), "{finding:?}");
}

#[test]
fn a_stamp_that_the_form_has_lost_proves_nothing_of_what_came_after() {
    let base = sample("acroform.pdf");
    let old = stamped(&base, "tsa", "2020-06-01T00:00:00Z");
    // Back to the form and the pages as they were before it: the file's own bytes still hold the token.
    let lost = updated(&old, |update, pdf| {
        let before = pdf.at_revision(0).unwrap();
        for number in pdf.entries().iter().map(|(number, _)| *number) {
            let (now, then) = (pdf.object((number, 0)), before.object((number, 0)));
            if let (Some(now), Some(then)) = (now, then)
                && *now != *then
            {
                let then = then.clone();
                update.set((number, 0), then);
            }
        }
    });
    // Whoever has the key of an authority that ended in 2021 dates a stamp back into its days.
    let forged = Case::default().report(&stamped(&lost, "tsa-expired", "2020-09-01T00:00:00Z"));
    assert_eq!(forged.signatures.len(), 2, "{:?}", codes(&forged));
    let of = |outside: bool| {
        let is_it = |one: &&fumikura::validate::SignatureReport| {
            one.findings.iter().any(|finding| finding.code == "signature-outside-form") == outside
        };
        forged.signatures.iter().find(is_it).unwrap()
    };
    assert_eq!(of(true).kind, SignatureKind::DocumentTimestamp);
    assert_eq!(of(true).proven_time, Some(instant("2020-06-01T00:00:00Z")), "the old one is good by itself");
    assert!(verdict(of(false)).starts_with("INDETERMINATE/OUT_OF_BOUNDS"), "{}", verdict(of(false)));
    // One that covers it does prove it.
    let renewed = stamped(&stamped(&base, "tsa-expired", "2020-09-01T00:00:00Z"), "tsa", "2020-10-01T00:00:00Z");
    assert_eq!(first(&Case::default().report(&renewed)), "TOTAL-PASSED");
}

/// Judges a file whose authority is accredited until a last day in Japan, and returns what is said of its first stamp.
fn under_term(file: &[u8], anchor: &str, until: &str, crls: &[&str], trust: TrustAnchors) -> (Report, TimestampReport) {
    let mut case = Case { tsa_trust: TrustAnchors::default(), trust, ..Case::default() };
    let term = Term::days(None, until.parse().ok());
    case.tsa_trust.add_for(pki().certificate(anchor).clone(), Belief::during(term));
    case.crls = crls.iter().map(|name| pki().crl(name).clone()).collect::<Vec<CertificateList>>();
    let report = case.report(file);
    let stamp = report.signatures[0].timestamps[0].clone();
    (report, stamp)
}

fn only(certificate: &str) -> TrustAnchors {
    let one: Certificate = pki().certificate(certificate).clone();
    TrustAnchors::new([one])
}

#[test]
fn an_authority_whose_term_is_over_cannot_date_back() {
    let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", "2026-05-10T00:00:00Z")), |_| {});
    let signer = || only("signer-rsa2048");
    let all = ["root", "ca"];
    // Listed by its own certificate, nobody but the list could say that it may no longer be believed.
    let (_, during) = under_term(&file, "tsa", "2026-06-30", &all, signer());
    assert!(during.accredited && during.indication.name() == "TOTAL-PASSED");
    let (report, after) = under_term(&file, "tsa", "2026-05-20", &all, signer());
    assert!(!after.accredited && after.sub_indication.map(|sub| sub.name()) == Some("NO_POE"), "{after:?}");
    assert!(after.findings.iter().any(|finding| finding.code == "path-term-over"), "{after:?}");
    assert_eq!(report.signatures[0].proven_time, None);
    // Below an authority, word on its certificate from after the end of the term is needed.
    let (_, old_list) = under_term(&file, "root", "2026-05-20", &all, signer());
    assert!(!old_list.accredited, "{old_list:?}");
    let (_, new_list) = under_term(&file, "root", "2026-05-20", &["root", "ca", "ca-next"], signer());
    assert!(new_list.accredited && new_list.indication.name() == "TOTAL-PASSED", "{new_list:?}");
    // A later stamp from within the term proves it to be as old, whatever has ended since.
    let renewed = stamped(&file, "tsa-p256", "2026-05-15T00:00:00Z");
    let both = TrustAnchors::new(["signer-rsa2048", "tsa-p256"].map(|name| pki().certificate(name).clone()));
    let (report, proven) = under_term(&renewed, "tsa", "2026-05-20", &all, both);
    assert!(proven.accredited && proven.indication.name() == "TOTAL-PASSED", "{proven:?}");
    assert_eq!(report.signatures[0].proven_time, Some(instant("2026-05-10T00:00:00Z")));
}

#[test]
fn an_authority_is_looked_for_under_both_sets_and_accredited_only_where_its_path_passed() {
    let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", SIGNED)), |_| {});
    let far = "2030-12-31";
    // No list tells of the certificates below the accredited root; the other set names the authority itself.
    let both = TrustAnchors::new(["signer-rsa2048", "tsa"].map(|name| pki().certificate(name).clone()));
    let (_, stamp) = under_term(&file, "root", far, &[], both);
    assert!(!stamp.accredited && stamp.indication.name() == "TOTAL-PASSED", "{stamp:?}");
    let (_, stamp) = under_term(&file, "root", far, &[], only("signer-rsa2048"));
    assert!(!stamp.accredited && stamp.sub_indication.map(|sub| sub.name()) == Some("TRY_LATER"), "{stamp:?}");
}

#[test]
fn two_stamps_are_in_disorder_only_where_their_times_are_certain_enough() {
    // Both authorities know the time to a second (RFC 3161, 2.4.2).
    for (own, expected) in [
        ("2026-06-01T00:00:00Z", "TOTAL-PASSED"),
        ("2026-06-01T00:00:02Z", "TOTAL-PASSED"),
        ("2026-06-01T00:00:03Z", "INDETERMINATE/TIMESTAMP_ORDER_FAILURE"),
    ] {
        let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", own)), |_| {});
        let report = Case::default().report(&stamped(&file, "tsa-p256", SIGNED));
        assert_eq!(first(&report), expected, "{own}: {:?}", codes(&report));
    }
}
