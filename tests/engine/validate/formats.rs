//! The report in every format: the same bytes from the same inputs, and documents that other programs read.

#![allow(clippy::disallowed_methods, reason = "a person says where the pages go")]

use super::bench::{Case, sample, signed_by};
use super::past;
use super::reports::cases;
use crate::engine::pades::interop::python;
use crate::engine::pki::instant;
use fumikura::pdf::{Limits, Pdf};
use fumikura::render::{FontFile, PaperFacts, validation_report};
use fumikura::validate::{ObjectKind, Report, SignerFacts};
use fumikura::wording::{report_text, reports_html, reports_json, reports_xml, resident_verdict};
use std::path::Path;
use std::process::Command;

const FONT: &str = "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf";

fn is_demanded() -> bool {
    std::env::var("FUMIKURA_INTEROP").as_deref() == Ok("1")
}

/// Returns a Japanese font of this machine; must be there where interoperability is demanded.
fn font() -> Option<Vec<u8>> {
    let found = std::fs::read(FONT).ok();
    assert!(found.is_some() || !is_demanded(), "no Japanese font installed");
    found
}

fn pdf(name: &str, report: &Report, font: Option<&[u8]>) -> Vec<u8> {
    let font = font.map(|bytes| FontFile { bytes, face: 0 });
    validation_report(&[(name, report)], &PaperFacts { effect: None, sealed_by: None, written_at: report.at }, font)
        .unwrap()
        .pdf
}

/// Every format of a report.
fn formats(name: &str, report: &Report) -> Vec<Vec<u8>> {
    let each = || [(name, report)].into_iter();
    let mut all = vec![
        report_text(report, name).into_bytes(),
        reports_json(each()).to_string().into_bytes(),
        reports_html(each()).into_bytes(),
        reports_xml(each()).into_bytes(),
        pdf(name, report, None),
    ];
    all.extend(font().map(|font| pdf(name, report, Some(&font))));
    all
}

#[test]
fn the_same_input_gives_the_same_bytes_in_every_format() {
    let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", "2026-06-01T00:00:00Z")), |options| {
        options.at = instant("2026-06-01T00:00:00Z");
    });
    let (one, other) = (Case::default().report(&file), Case::default().report(&file));
    assert_eq!(one, other);
    let (one, other) = (formats("notice.pdf", &one), formats("notice.pdf", &other));
    for (index, (one, other)) in one.iter().zip(&other).enumerate() {
        assert!(one == other, "format {index} differs");
    }
    // Another time of validation is another report.
    let later = Case { at: instant("2026-06-02T00:00:01Z"), ..Case::default() }.report(&file);
    for (index, (one, other)) in one.iter().zip(&formats("notice.pdf", &later)).enumerate().skip(1) {
        assert!(one != other, "format {index} does not tell the time");
    }
}

/// Lets pyHanko's bindings read documents; returns a line for each.
fn read_by_pyhanko(documents: &[(&str, String)]) -> Option<Vec<String>> {
    let has = python().args(["-c", "import pyhanko, xsdata, lxml"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        assert!(!is_demanded(), "pyHanko and xsdata must be installed");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/validate/etsi_check.py");
    let mut command = python();
    command.arg(script);
    for (name, document) in documents {
        let path = folder.path().join(name);
        std::fs::write(&path, document).unwrap();
        keep(&format!("{name}.xml"), document.as_bytes());
        command.arg(path);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn other_programs_read_the_report_of_the_standard() {
    let cases = cases();
    let mut documents: Vec<(&str, String)> =
        cases.iter().map(|(name, report, _)| (*name, reports_xml([(*name, report)].into_iter()))).collect();
    // All in one run, and one of them twice: identifiers stay apart.
    let all = cases.iter().chain(cases.first()).map(|(name, report, _)| (*name, report));
    documents.push(("all", reports_xml(all)));
    let Some(lines) = read_by_pyhanko(&documents) else { return };
    let says = |name: &str, words: &str| {
        let line = lines.iter().find(|line| line.split(' ').next() == Some(name)).unwrap();
        assert_eq!(line, &format!("{name} {words}"));
    };
    says("valid", "total-passed");
    says("valid-for-decades", "total-passed total-passed total-passed");
    says("altered", "total-failed HASH_FAILURE");
    says("not-signed", "indeterminate NO_SIGNATURE");
    says("expired", "indeterminate OUT_OF_BOUNDS_NO_POE");
    says("self-signed", "indeterminate NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn the_report_of_the_standard_tells_what_the_verdict_rests_on() {
    let report = past::outlived();
    let count = |kind| report.objects.iter().filter(|object| object.kind == kind).count();
    // One signature timestamp or none, two document timestamps; seal, its authorities, and those of the stamps.
    assert!(count(ObjectKind::Timestamp) >= 2, "{:?}", report.objects);
    assert!(count(ObjectKind::Certificate) >= 6 && count(ObjectKind::RevocationList) >= 2);
    let seal = report.signatures[0].path.as_ref().unwrap();
    assert!(seal.is_anchored && seal.chain.len() == 3 && !seal.revocation_data.is_empty());
    for list in &seal.revocation_data {
        let object = report.objects.iter().find(|object| object.sha256 == *list).unwrap();
        let proof = object.proof.as_ref().expect("the document timestamp covers what the seal rests on");
        let token = report.objects.iter().find(|object| object.sha256 == proof.by).unwrap();
        assert_eq!(token.kind, ObjectKind::Timestamp);
        assert!(proof.at <= instant("2029-06-03T00:00:00Z"), "{proof:?}");
    }
    let xml = reports_xml([("old.pdf", &report)].into_iter());
    for words in [
        "urn:etsi:019102:validationprocess:LTA",
        "<POETime>2026-06-03T00:00:00Z</POETime>",
        "urn:etsi:019102:validationObject:CRL",
        "<XAdES:SigPolicyHash>",
        "POEObject VOReference=\"T-",
    ] {
        assert!(xml.contains(words), "{words}: {xml}");
    }
}

#[test]
fn a_revocation_is_told_with_its_time_and_source() {
    let cases = cases();
    let (_, report, _) = cases.iter().find(|(name, ..)| *name == "revoked-before").unwrap();
    let revoked = report.signatures[0].path.as_ref().unwrap().revoked.as_ref().unwrap();
    assert!(revoked.by.is_some());
    let xml = reports_xml([("revoked.pdf", report)].into_iter());
    assert!(xml.contains("<RevocationTime>") && xml.contains("<RevocationObject VOReference=\"R-"), "{xml}");
}

/// A report whose names hold what no font and no XML has a place for.
fn odd() -> Report {
    let mut report = Case::default().report(super::bench::signed());
    let name = "CN=城\u{1f3ef}\u{1b}[2J\u{202e}gnp\u{0}<b>&\u{fffe}\u{e000}\u{10ffff}\u{fdd0},O=\u{5e9}\u{5dc}";
    let signature = &mut report.signatures[0];
    signature.field = name.to_owned();
    signature.reason = Some(name.to_owned());
    signature.facts.name = Some(name.repeat(200));
    let from = signature.signer.clone().unwrap();
    signature.signer = Some(SignerFacts { subject: name.to_owned(), issuer: name.repeat(400), ..from });
    report
}

#[test]
fn names_may_hold_any_character() {
    let report = odd();
    let xml = reports_xml([("\u{1}<>&\".pdf", &report)].into_iter());
    assert!(!xml.contains(|c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{fffe}')), "{xml}");
    assert!(xml.contains("[U+001B][2J[U+202E]gnp[U+0000]&lt;b&gt;&amp;[U+FFFE]"), "{xml}");
    read_by_pyhanko(&[("odd", xml)]);
    let font = font();
    for font in [font.as_deref(), None] {
        let made = pdf("通知\u{1f3ef}.pdf", &report, font);
        let Some(text) = text_of("odd", &made) else { continue };
        for words in ["[U+1F3EF]", "[U+E000]", "[U+10FFFF]", "[U+05E9]"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        // What is too long for one page goes on on the next, to its end.
        assert_eq!(text.matches("[U+10FFFF]").count(), 400 + 5, "nothing is cut");
    }
}

/// Lets other programs look at a PDF, and returns its text without spaces.
fn text_of(name: &str, made: &[u8]) -> Option<String> {
    let pdf = Pdf::read(made, &Limits::default()).unwrap();
    assert!(!pdf.is_repaired(), "{name}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, made).unwrap();
    keep(&format!("{name}.pdf"), made);
    if let Ok(check) = Command::new("qpdf").arg("--check").arg(&path).output() {
        assert!(check.status.success(), "{name}: {}", String::from_utf8_lossy(&check.stdout));
    }
    let output = Command::new("pdftotext").arg(&path).arg("-").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).split_whitespace().collect())
}

fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("FUMIKURA_KEEP_REPORTS") {
        std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }
}

#[test]
fn the_paper_says_what_the_page_says() {
    let font = font();
    for (name, report, _) in cases() {
        let verdict = resident_verdict(&report);
        for font in [font.as_deref(), None] {
            let made = pdf(name, &report, font);
            let kind = if font.is_some() { name.to_owned() } else { format!("{name}-without-font") };
            let Some(text) = text_of(&kind, &made) else { continue };
            let said = [&verdict.label, &verdict.reason, &verdict.advice].map(|one| [one.ja.as_str(), one.en.as_str()]);
            let finding = report.signatures.iter().flat_map(|one| &one.findings).map(|one| one.code);
            let facts = [report.sha256.as_str(), report.policy.sha256.as_str(), report.indication.name()];
            for words in said.iter().flatten().copied().chain(finding).chain(facts) {
                let words: String = words.split_whitespace().collect();
                assert!(text.contains(&words), "{kind}: {words}: {text}");
            }
            assert!(text.contains("この報告書には電子署名が付いていません") && text.contains("1/"), "{kind}");
        }
    }
}
