//! The report for people: twelve cases, and for each the word, and what to do, that somebody reads who never heard of a
//! certificate. `FUMIKURA_KEEP_REPORTS=FOLDER` keeps the pages, to be looked at.

#![allow(clippy::disallowed_methods, reason = "a person says where the pages go")]

use super::bench::{Case, page, replaced, sample, signed_by, updated};
use super::past;
use super::permitted::filled;
use crate::engine::pki::{instant, pki};
use fumikura::asn1::{Certificate, Name};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::Signer;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Limits, Object, Pdf};
use fumikura::pki::issue::{CertificateTemplate, Issuer, issue_certificate};
use fumikura::validate::Report;
use fumikura::wording::{VerdictKind, reports_html, resident_verdict};
use std::path::Path;
use std::sync::Arc;

fn stamped(signer: &str, at: &str) -> Vec<u8> {
    signed_by(&sample("typst.pdf"), signer, Some(("tsa", at)), |options| options.at = instant(at))
}

/// Signed by a certificate that nobody but itself vouches for.
fn self_signed() -> Vec<u8> {
    let key = Arc::new(pki().signer("signer-p256"));
    let name = Name::from_text("CN=本物の市長,O=自称,C=JP").unwrap();
    let (from, to) = (instant("2024-01-01T00:00:00Z"), instant("2034-01-01T00:00:00Z"));
    let template = CertificateTemplate::new(&name, key.public_key_info(), &[7], from, to);
    let issuer = Issuer { name: &name, signer: &*key, digest: DigestAlgorithm::Sha256 };
    let own: Certificate = issue_certificate(&template, issuer).unwrap();
    let identity = SigningIdentity::new(Arc::clone(&key) as Arc<dyn Signer>, own, Vec::new()).unwrap();
    let pdf = Pdf::read(sample("typst.pdf"), &Limits::default()).unwrap();
    let options = SignOptions::new(Level::BB, instant("2026-06-01T00:00:00Z"));
    sign(&pdf, &identity, &options, None, &crate::engine::pki::TestEntropy).unwrap().to_vec().unwrap()
}

fn with_another_page(file: &[u8]) -> Vec<u8> {
    updated(file, |update, pdf| {
        let (first, extra) = page(pdf);
        let extra = update.add(extra);
        let parent = pdf.dictionary(first).unwrap().get(b"Parent").and_then(Object::as_reference).unwrap();
        let mut node = update.dictionary(parent).unwrap();
        let mut kids = node.get(b"Kids").and_then(Object::as_array).unwrap().clone();
        kids.push(extra.into());
        node.set("Count", kids.len() as i64);
        node.set("Kids", kids);
        update.set(parent, node);
    })
}

pub fn cases() -> Vec<(&'static str, Report, VerdictKind)> {
    use VerdictKind::{Altered, Undetermined, Unsigned, Valid};
    let usual = Case::default();
    let later = |at: &str| Case { at: instant(at), ..Case::default() };
    let good = stamped("signer-rsa2048", "2026-06-01T00:00:00Z");
    let altered = replaced(&good, b"/Type/Page/", b"/Type/Qage/");
    let certified = signed_by(&sample("acroform.pdf"), "signer-rsa2048", None, |options| options.certify = Some(2));
    let plain = signed_by(&sample("typst.pdf"), "signer-rsa2048", None, |_| {});
    let early = Case {
        crls: vec![pki().crl("ca-of-2020").clone(), pki().crl("root").clone()],
        ..later("2044-06-01T00:00:00Z")
    };
    vec![
        ("valid", usual.report(&good), Valid),
        ("valid-for-decades", past::outlived(), Valid),
        ("expired", early.report(&signed_by(&sample("typst.pdf"), "signer-expired", None, |_| {})), Undetermined),
        ("revoked-before", usual.report(&stamped("signer-revoked", "2026-06-01T00:00:00Z")), Undetermined),
        ("revoked-after", usual.report(&stamped("signer-revoked-late", "2026-02-01T00:00:00Z")), Valid),
        ("altered", usual.report(&altered), Altered),
        ("appended-page", usual.report(&with_another_page(&good)), Altered),
        ("unknown-issuer", usual.report(&stamped("signer-unknown-root", "2026-06-01T00:00:00Z")), Undetermined),
        ("damaged", usual.report(&plain[..plain.len() - 40]), Altered),
        ("not-signed", usual.report(&sample("typst.pdf")), Unsigned),
        ("self-signed", usual.report(&self_signed()), Undetermined),
        ("form-filled", usual.report(&filled(&certified)), Valid),
    ]
}

#[test]
fn twelve_cases_say_what_is_so_and_what_to_do() {
    use VerdictKind::{Unsigned, Valid};
    for (name, report, expected) in cases() {
        let verdict = resident_verdict(&report);
        let codes: Vec<_> = report.signatures.iter().flat_map(|one| &one.findings).map(|one| one.code).collect();
        assert_eq!(verdict.kind, expected, "{name}: {} {codes:?}", report.indication.name());
        let html = reports_html([(name, &report)].into_iter());
        for words in [&verdict.label.ja, &verdict.reason.ja, &verdict.advice.ja, &verdict.advice.en] {
            assert!(html.contains(words.as_str()), "{name}: {words}");
        }
        assert_eq!(html.contains("署名者の名乗り（未確認）"), !matches!(expected, Valid | Unsigned), "{name}");
        assert_eq!(verdict.reason.ja.contains("許されている記入"), name == "form-filled", "{name}");
        assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"), "{name}");
        if let Some(folder) = std::env::var_os("FUMIKURA_KEEP_REPORTS") {
            std::fs::write(Path::new(&folder).join(format!("{name}.html")), html).unwrap();
        }
    }
}

#[test]
fn what_to_do_depends_on_what_is_lacking() {
    let advice = |report: &Report| resident_verdict(report).advice.ja;
    let usual = Case::default();
    assert!(advice(&usual.report(&self_signed())).contains("だれにでも作れます"));
    let signed = stamped("signer-rsa2048", "2026-06-01T00:00:00Z");
    let no_lists = Case { crls: Vec::new(), ..Case::default() }.report(&signed);
    assert!(advice(&no_lists).contains("時間をおいて"), "{}", super::bench::first(&no_lists));
    // Cut off before its signature, a file is damaged rather than unsigned.
    let head = super::bench::contents(&signed).start - 400;
    let cut = resident_verdict(&usual.report(&signed[..head]));
    assert_eq!(cut.kind, VerdictKind::Unsigned);
    assert!(cut.reason.ja.contains("壊れている") && cut.advice.ja.contains("ダウンロード"), "{cut:?}");
}

#[test]
fn text_from_a_file_stays_text() {
    let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", None, |options| {
        options.reason = Some("<script>alert(1)</script>\u{202e}gnp.exe".to_owned());
    });
    let report = Case::default().report(&file);
    let html = reports_html([("\"><img src=x>\u{1b}[2J.pdf", &report)].into_iter());
    assert!(
        !html.contains("<script") && !html.contains("<img") && !html.contains('\u{202e}') && !html.contains('\u{1b}')
    );
    assert!(html.contains("&#60;script&#62;alert(1)"), "{}", &html[html.len() - 3000..]);
}

#[test]
fn the_same_input_gives_the_same_report() {
    let report = Case::default().report(&stamped("signer-rsa2048", "2026-06-01T00:00:00Z"));
    let html = || reports_html([("notice.pdf", &report)].into_iter());
    assert_eq!(html(), html());
}
