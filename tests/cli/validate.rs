//! `validate`, run as a person runs it: statuses, one document on standard output, one message a trouble.

use crate::engine::openssl::Bench;
use crate::engine::pki::{TestEntropy, instant, pki};
use fumikura::asn1::pem_encode;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Level, SignOptions, sign, timestamp};
use fumikura::pdf::{Limits, Pdf};
use serde_json::Value;
use std::process::{Command, Output, Stdio};

fn run(bench: &Bench, arguments: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(arguments.split_whitespace()).current_dir(bench.folder()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("ends by itself"), text(stdout), text(stderr))
}

fn bench() -> Bench {
    let bench = Bench::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/table-1.4.pdf");
    let plain = std::fs::read(path).expect("a sample");
    let pdf = Pdf::read(&plain[..], &Limits::default()).expect("readable");
    let options = SignOptions::new(Level::BB, instant("2026-06-01T00:00:00Z"));
    let signed = sign(&pdf, &pki().identity("signer-rsa2048"), &options, None, &TestEntropy).expect("signed");
    let signed = signed.to_vec().expect("in memory");
    let mut altered = signed.clone();
    altered[2000] ^= 1;
    bench.file("plain.pdf", &plain);
    bench.file("signed.pdf", &signed);
    bench.file("altered.pdf", &altered);
    let source = crate::engine::tsp::source("tsa", instant("2026-06-01T00:00:00Z"));
    let stamped = timestamp(&pdf, DigestAlgorithm::Sha256, &source, instant("2026-06-01T00:00:00Z"), &TestEntropy);
    bench.file("stamped.pdf", stamped.expect("stamped").to_vec().expect("in memory"));
    bench.file("page.pdf", b"<!doctype html><title>notice</title>");
    bench.file("empty.pdf", b"");
    bench.file("root.crt", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
    bench.file("ca.crl", pki().crl("ca").der());
    bench.file("root.crl", pki().crl("root").der());
    bench
}

const WITH: &str = "--trust root.crt --crl ca.crl --crl root.crl --at 2026-06-02T00:00:00Z";

#[test]
fn the_status_is_the_worst_file_s() {
    let bench = bench();
    let status = |files: &str| run(&bench, &format!("validate {files} {WITH}")).0;
    assert_eq!(status("signed.pdf"), 0);
    assert_eq!(status("signed.pdf altered.pdf"), 1);
    assert_eq!(status("plain.pdf"), 3);
    assert_eq!(status("signed.pdf plain.pdf"), 3);
    assert_eq!(status("stamped.pdf"), 3);
    assert_eq!(status("signed.pdf stamped.pdf"), 3);
    assert_eq!(status("page.pdf"), 65);
    assert_eq!(status("empty.pdf"), 65);
    assert_eq!(status("missing.pdf"), 65);
    assert_eq!(run(&bench, "validate signed.pdf --at 2026-06-02T00:00:00Z").0, 2);
    let alone = run(&bench, "validate stamped.pdf --at 2026-06-02T00:00:00Z");
    assert_eq!(alone.0, 3, "a timestamp by whomever is no signature: {}", alone.1);
    assert_eq!(run(&bench, "validate").0, 64);
    assert_eq!(run(&bench, "validate signed.pdf --at yesterday").0, 64);
}

#[test]
fn what_is_read_is_not_written_over() {
    let bench = bench();
    for (read, arguments) in [
        ("signed.pdf", "--format html -o signed.pdf"),
        ("signed.pdf", "--extract 1 -o signed.pdf"),
        ("root.crt", "--format etsi-xml -o root.crt"),
    ] {
        let before = bench.read(read);
        let (status, _, words) = run(&bench, &format!("validate signed.pdf {WITH} {arguments}"));
        assert!(status == 65 && words.contains("output-is-input"), "{arguments}: {words}");
        assert_eq!(bench.read(read), before, "{arguments}");
    }
    std::fs::hard_link(bench.folder().join("signed.pdf"), bench.folder().join("same.pdf")).unwrap();
    assert_eq!(run(&bench, &format!("validate signed.pdf {WITH} --format html -o same.pdf")).0, 65);
    assert_eq!(run(&bench, &format!("validate signed.pdf {WITH} --format html -o result.html")).0, 0);
    assert_eq!(run(&bench, &format!("validate signed.pdf {WITH} --format html -o result.html")).0, 0);
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let bench = bench();
    let (status, out, error) = run(&bench, &format!("validate signed.pdf altered.pdf --format json {WITH}"));
    assert_eq!((status, error.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&out).expect("one JSON document");
    let files = document["files"].as_array().expect("files");
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["indication"], "TOTAL-PASSED");
    assert_eq!(files[0]["signatures"][0]["integrity"], "intact");
    assert_eq!(files[1]["signatures"][0]["sub_indication"], "HASH_FAILURE");
    assert_eq!(files[1]["signatures"][0]["integrity"], "broken");
}

#[test]
fn trouble_is_one_clear_message() {
    let bench = bench();
    let (_, out, error) = run(&bench, "validate page.pdf");
    assert_eq!(out, "");
    assert!(error.contains("PDF ファイルではありません") && error.contains("pdf-not-pdf"), "{error}");
    let (status, _, error) = run(&bench, "validate signed.pdf --trust page.pdf");
    assert_eq!(status, 65, "{error}");
}

#[test]
fn the_text_begins_with_the_verdict() {
    let bench = bench();
    let (_, out, _) = run(&bench, &format!("validate signed.pdf {WITH}"));
    assert!(out.contains("有効 / Valid  TOTAL-PASSED"), "{out}");
    let (_, out, _) = run(&bench, &format!("validate altered.pdf {WITH}"));
    assert!(out.contains("無効（改変あり）"), "{out}");
}

#[test]
fn the_schema_is_published() {
    let (status, out, _) = run(&bench(), "validate --schema");
    let schema: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((status, schema["$defs"]["file"]["type"].as_str()), (0, Some("object")));
}

#[test]
fn a_pdf_report_is_sealed_on_request() {
    let bench = bench();
    for (file, name) in [("hall", "signer-p256"), ("ca", "ca")] {
        bench.file(&format!("{file}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
        bench.file(&format!("{file}.key"), pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
    }
    let (status, _, error) = run(&bench, &format!("validate altered.pdf --format pdf {WITH}"));
    assert_eq!((status, error.contains("needs -o")), (64, true), "{error}");
    let (status, _, error) =
        run(&bench, &format!("validate signed.pdf --format html --report-key file:hall.key {WITH}"));
    assert_eq!(status, 64, "{error}");
    // Unsealed, the same run gives the same file; the status stays that of the judged file.
    for name in ["one", "two"] {
        let (status, _, error) = run(&bench, &format!("validate altered.pdf --format pdf -o {name}.pdf {WITH}"));
        assert_eq!(status, 1, "{error}");
    }
    assert!(bench.read("one.pdf") == bench.read("two.pdf") && bench.read("one.pdf").starts_with(b"%PDF"));
    let sealed = "--report-key file:hall.key --report-cert hall.crt --report-chain ca.crt";
    let (status, _, error) = run(&bench, &format!("validate signed.pdf --format pdf -o sealed.pdf {sealed} {WITH}"));
    assert_eq!(status, 0, "{error}");
    let (status, out, error) =
        run(&bench, &format!("validate sealed.pdf {}", WITH.replace("2026-06-02", "2027-01-01")));
    assert!(out.contains("intact") || out.contains("変わっていません"), "{status} {out} {error}");
    if let Ok(output) = Command::new("pdfsig").arg("-nocert").arg(bench.path("sealed.pdf")).output() {
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(words.contains("Signature is Valid") && words.contains("Total document signed"), "{words}");
    }
}

#[test]
fn the_report_of_the_standard_is_one_xml_document() {
    let bench = bench();
    let (status, out, error) = run(&bench, &format!("validate signed.pdf altered.pdf --format etsi-xml {WITH}"));
    assert_eq!((status, error.as_str()), (1, ""));
    assert!(out.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{out}");
    assert_eq!(out.matches("<SignatureValidationReport>").count(), 2, "{out}");
    assert!(out.contains("urn:etsi:019102:mainindication:total-passed") && out.contains("subindication:HASH_FAILURE"));
}
