//! Certificates, timestamps and files that are not in order lead to the sub-indication of the standard.

use super::bench::{Case, SIGNED, codes, first, report, sample, signed, signed_by};
use crate::engine::pki::{instant, pki};
use fumikura::fault::{Fault, Kind};
use fumikura::pki::{Belief, Term, TrustAnchors, TrustList};
use fumikura::policy::ValidationPolicy;
use fumikura::validate::{Changes, Coverage, Indication, Integrity};

const SAMPLES: [&str; 9] = [
    "acroform.pdf",
    "hybrid.pdf",
    "libreoffice.pdf",
    "linearized.pdf",
    "object-streams.pdf",
    "rotated-cropped.pdf",
    "scan.pdf",
    "table-1.4.pdf",
    "typst.pdf",
];

#[test]
fn what_is_in_order_passes() {
    for name in SAMPLES {
        for tsa in [None, Some(("tsa", SIGNED))] {
            let file = signed_by(&sample(name), "signer-rsa2048", tsa, |_| {});
            let report = report(&file);
            assert_eq!(first(&report), "TOTAL-PASSED", "{name}: {:?}", codes(&report));
            let signature = &report.signatures[0];
            assert_eq!((signature.coverage, signature.changes), (Coverage::WholeFile, Changes::None));
            assert_eq!(signature.integrity, Integrity::Intact);
            assert_eq!(signature.level, Some(if tsa.is_some() { "B-T" } else { "B-B" }));
            assert_eq!(signature.proven_time, tsa.map(|_| instant(SIGNED)));
            assert_eq!(signature.claimed_time, Some(instant(SIGNED)));
            assert_eq!(signature.chain.len(), 3);
        }
    }
}

#[test]
fn every_supported_key_passes() {
    for signer in ["signer-rsa3072", "signer-rsa4096", "signer-p256", "signer-document-usage"] {
        let file = signed_by(&sample("table-1.4.pdf"), signer, None, |_| {});
        assert_eq!(first(&report(&file)), "TOTAL-PASSED", "{signer}");
    }
}

#[test]
fn certificates_out_of_order() {
    let cases = [
        ("signer-expired", "INDETERMINATE/OUT_OF_BOUNDS_NOT_REVOKED"),
        ("signer-future", "INDETERMINATE/OUT_OF_BOUNDS_NO_POE"),
        ("signer-revoked", "INDETERMINATE/REVOKED_NO_POE"),
        ("signer-unknown-root", "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"),
        ("signer-wrong-usage", "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
        ("signer-wrong-extended", "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
        ("signer-of-signer", "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
        ("signer-too-deep", "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"),
        ("signer-of-revoked-ca", "INDETERMINATE/REVOKED_CA_NO_POE"),
        ("signer-without-list", "INDETERMINATE/TRY_LATER"),
        ("signer-stale-list", "INDETERMINATE/TRY_LATER"),
    ];
    for (signer, expected) in cases {
        let file = signed_by(&sample("table-1.4.pdf"), signer, None, |_| {});
        let report = report(&file);
        assert_eq!(first(&report), expected, "{signer}: {:?}", codes(&report));
        assert_eq!(report.signatures[0].integrity, Integrity::Intact, "integrity is told whoever signed");
    }
}

#[test]
fn a_policy_may_do_without_revocation_data() {
    let file = signed_by(&sample("table-1.4.pdf"), "signer-without-list", None, |_| {});
    let mut case = Case::default();
    case.policy.revocation_required = false;
    assert_eq!(first(&case.report(&file)), "TOTAL-PASSED");
}

#[test]
fn a_timestamp_proves_the_signature_older_than_what_came_later() {
    // Revoked on 2026-03-01; signed and stamped before or after.
    let before =
        signed_by(&sample("table-1.4.pdf"), "signer-revoked-late", Some(("tsa", "2026-02-01T00:00:00Z")), |_| {});
    let after = signed_by(&sample("table-1.4.pdf"), "signer-revoked-late", Some(("tsa", SIGNED)), |_| {});
    let without = signed_by(&sample("table-1.4.pdf"), "signer-revoked-late", None, |_| {});
    assert_eq!(first(&report(&before)), "TOTAL-PASSED");
    assert_eq!(first(&report(&after)), "INDETERMINATE/REVOKED_NO_POE");
    assert_eq!(first(&report(&without)), "INDETERMINATE/REVOKED_NO_POE");
    // Expired in 2021; stamped in 2020.
    let in_time = signed_by(&sample("table-1.4.pdf"), "signer-expired", Some(("tsa", "2020-06-01T00:00:00Z")), |_| {});
    assert_eq!(first(&report(&in_time)), "TOTAL-PASSED");
    let early = signed_by(&sample("table-1.4.pdf"), "signer-future", Some(("tsa", SIGNED)), |_| {});
    assert_eq!(first(&report(&early)), "TOTAL-FAILED/NOT_YET_VALID");
}

#[test]
fn timestamps_out_of_order() {
    let base = sample("table-1.4.pdf");
    let good = signed_by(&base, "signer-rsa2048", Some(("tsa", SIGNED)), |_| {});
    let other = pki().anchors();
    // The authority is not known: it proves nothing, and the signature stands as one without timestamp.
    let case = Case { tsa_trust: TrustAnchors::default(), ..Case::default() };
    let not_accredited = case.report(&good);
    assert_eq!(first(&not_accredited), "TOTAL-PASSED");
    assert!(!not_accredited.signatures[0].timestamps[0].accredited);
    let accredited = Case { tsa_trust: other, ..Case::default() }.report(&good);
    assert!(accredited.signatures[0].timestamps[0].accredited);
    // A token that comes from after the time of validation.
    let ahead = signed_by(&base, "signer-rsa2048", Some(("tsa", "2027-01-01T00:00:00Z")), |_| {});
    let report = report(&ahead);
    let stamp = &report.signatures[0].timestamps[0];
    assert_eq!((stamp.indication, report.signatures[0].proven_time), (Indication::Indeterminate, None));
}

#[test]
fn a_timestamp_over_other_bytes_is_broken_and_not_passed_over() {
    use fumikura::cms::SignedData;
    // How long a token is depends on how its random numbers begin, so some tries find a pair of one length.
    for _ in 0..64 {
        let stamped = |name: &str| signed_by(&sample(name), "signer-rsa2048", Some(("tsa", SIGNED)), |_| {});
        let (one, other) = (stamped("table-1.4.pdf"), stamped("scan.pdf"));
        let value = |file: &[u8]| {
            let span = super::bench::contents(file);
            SignedData::parse(&decode(&file[span.start + 1..span.end - 1])).expect("a signature")
        };
        let (own, foreign) = (value(&one), value(&other));
        let (token, foreign) = (&own.signer.signature_timestamps[0], &foreign.signer.signature_timestamps[0]);
        if token.len() != foreign.len() {
            continue;
        }
        let at =
            own.der.windows(token.len()).position(|window| window == token).expect("the token is in the signature");
        let mut der = own.der.clone();
        der[at..at + foreign.len()].copy_from_slice(foreign);
        return assert_broken(&with_value(&one, &der));
    }
    panic!("no two tokens of one length");
}

fn assert_broken(file: &[u8]) {
    let report = report(file);
    let signature = &report.signatures[0];
    assert_eq!(signature.integrity, Integrity::Intact, "a token is not part of what is signed");
    let stamp = &signature.timestamps[0];
    assert_eq!(stamp.indication, Indication::TotalFailed);
    assert_eq!(stamp.sub_indication.map(|sub| sub.name()), Some("HASH_FAILURE"));
    assert_eq!(first(&report), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
    assert_eq!(signature.proven_time, None);
}

fn with_value(file: &[u8], value: &[u8]) -> Vec<u8> {
    let span = super::bench::contents(file);
    let mut copy = file.to_vec();
    let mut digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.extend(std::iter::repeat_n('0', span.len() - 2 - digits.len()));
    copy[span.start + 1..span.end - 1].copy_from_slice(digits.as_bytes());
    copy
}

fn decode(digits: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(digits).expect("hexadecimal");
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).expect("hexadecimal")).collect()
}

#[test]
fn weak_algorithms_are_a_matter_of_policy() {
    let text =
        include_str!("../../../src/policy/default.toml").replace("SHA-256 = \"open\"", "SHA-256 = \"2015-01-01\"");
    let policy = ValidationPolicy::from_toml(&text).expect("a policy");
    let report = Case { policy, ..Case::default() }.report(signed());
    assert!(first(&report).starts_with("INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE"), "{}", first(&report));
    assert_eq!(report.signatures[0].integrity, Integrity::Intact);
}

#[test]
fn files_that_are_none() {
    let cases: [(&[u8], &str); 5] = [
        (b"", "pdf-empty"),
        (b"<!doctype html><html><body>notice</body></html>", "pdf-not-pdf"),
        (b"%PDF-1.7\n", "pdf-damaged"),
        (&[0xff; 4096], "pdf-not-pdf"),
        (b"%PDF-1.7\nstartxref\n99999\n%%EOF\n", "pdf-damaged"),
    ];
    for (bytes, code) in cases {
        let error = Case::default().try_validate(bytes).expect_err(code);
        assert_eq!((error.code(), error.kind()), (code, Kind::Refused));
    }
}

#[test]
fn a_file_without_signature_says_so() {
    let report = report(&sample("libreoffice.pdf"));
    assert_eq!((report.indication, report.signatures.len()), (Indication::NoSignature, 0));
    assert_eq!(codes(&report), ["no-signature"]);
}

#[test]
fn pyhanko_signatures_pass_with_their_root() {
    let root = fumikura::asn1::Certificate::from_file_bytes(&sample("signed-by-pyhanko-root.pem")).expect("a root");
    let mut case = Case { trust: TrustAnchors::new(root), ..Case::default() };
    case.policy.revocation_required = false;
    case.at = instant("2026-11-24T00:00:00Z");
    for name in ["signed-by-pyhanko.pdf", "signed-by-pyhanko-streams.pdf"] {
        let report = case.report(&sample(name));
        assert_eq!(first(&report), "TOTAL-PASSED", "{name}: {:?}", codes(&report));
        // Our signature on top leaves it so.
        let both = case.report(&signed_by(&sample(name), "signer-rsa2048", None, |_| {}));
        assert_eq!(first(&both), "TOTAL-PASSED", "{name}: {:?}", codes(&both));
        assert_eq!(both.signatures[0].changes, Changes::FormFill);
        assert_eq!(both.signatures[0].coverage, Coverage::WholeRevision);
        assert_eq!(super::bench::verdict(&both.signatures[1]), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
        assert_eq!(both.indication, Indication::Indeterminate);
    }
}

#[test]
fn an_authority_is_accredited_for_its_term() {
    let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", SIGNED)), |_| {});
    let accredited = |text: &str| {
        let list = TrustList::from_toml(text).expect("a list");
        let mut case = Case { tsa_trust: TrustAnchors::default(), ..Case::default() };
        let root = || pki().certificate("root").clone();
        list.entries.iter().for_each(|entry| case.tsa_trust.add_for(root(), entry.belief));
        let report = case.report(&file);
        assert_eq!(first(&report), "TOTAL-PASSED", "the root is believed all the same");
        report.signatures[0].timestamps[0].accredited
    };
    // Stamped on 1 June 2026, 9:00 in Japan.
    for (term, expected) in [
        ("", true),
        ("from = \"2026-06-01\"\nuntil = \"2026-06-01\"", true),
        ("until = \"2026-05-31\"", false),
        ("from = \"2026-06-02\"", false),
        ("from = \"2020-01-01\"\nuntil = \"2021-01-01\"\n[[anchor]]\nfile = \"r\"\nfrom = \"2026-01-01\"", true),
    ] {
        assert_eq!(accredited(&format!("[[anchor]]\nfile = \"r\"\n{term}")), expected, "{term}");
    }
    for (text, code) in [
        ("[[anchor]]\nfrom = \"2026-06-01\"", "trust-list-not-readable"),
        ("[[anchor]]\nfile = \"r\"\nfrom = \"soon\"", "trust-list-not-readable"),
        ("[[anchor]]\nfile = \"r\"\nfrom = \"2026-06-02\"\nuntil = \"2026-06-01\"", "trust-list-backward-term"),
    ] {
        assert_eq!(TrustList::from_toml(text).expect_err(text).code(), code);
    }
    // Who signed is believed for the day on which the signature is proven to have existed.
    let mut case = Case { trust: TrustAnchors::default(), ..Case::default() };
    let term = Term::days(None, "2026-05-31".parse().ok());
    case.trust.add_for(pki().certificate("root").clone(), Belief::during(term));
    assert_eq!(first(&case.report(&file)), "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND");
}

fn stamped(bytes: &[u8]) -> Vec<u8> {
    let pdf = fumikura::pdf::Pdf::read(bytes, &Default::default()).expect("readable");
    let source = crate::engine::tsp::source("tsa", instant(SIGNED));
    let digest = fumikura::digest::DigestAlgorithm::Sha256;
    let made = fumikura::pades::timestamp(&pdf, digest, &source, instant(SIGNED), &crate::engine::pki::TestEntropy);
    made.and_then(|made| Ok(made.to_vec()?)).expect("a timestamp")
}

#[test]
fn a_timestamp_alone_is_no_signature() {
    use fumikura::wording::{self, VerdictKind, resident_verdict};
    let file = stamped(&sample("table-1.4.pdf"));
    let report = report(&file);
    assert_eq!(first(&report), "TOTAL-PASSED", "{:?}", codes(&report));
    assert_eq!(report.indication, Indication::NoSignature);
    assert_eq!(resident_verdict(&report).kind, VerdictKind::Unsigned);
    let page = wording::reports_html([("a.pdf", &report)].into_iter());
    for word in ["署名した職", "Signed by", "電子公印<span"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    assert!(page.contains("時刻を証明した機関"), "{page}");
    // One that fails is told as what it is.
    let broken = super::bench::replaced(&file, b"/Type", b"/Typo");
    assert_eq!(Case::default().report(&broken).indication, Indication::TotalFailed);
}

#[test]
fn the_signature_is_explained_before_a_timestamp() {
    use fumikura::validate::SignatureKind;
    let file = signed_by(&stamped(&sample("table-1.4.pdf")), "signer-rsa2048", None, |_| {});
    let passed = report(&file);
    assert_eq!(passed.indication, Indication::TotalPassed, "{:?}", codes(&passed));
    let unknown = Case { crls: Vec::new(), ..Case::default() }.report(&file);
    for report in [passed, unknown] {
        assert_eq!(report.signatures[0].kind, SignatureKind::DocumentTimestamp);
        assert_eq!(report.decisive().map(|one| one.kind), Some(SignatureKind::Signature), "{:?}", codes(&report));
    }
}
