//! Trusted lists from the command line: imported, given as they are, refused, and the names that reports then use.

use crate::engine::openssl::Bench as Folder;
use crate::engine::pki::{TestEntropy, instant, pki};
use crate::engine::tsl_bench::{Bench, service};
use crate::engine::tsp;
use fumikura::asn1::pem_encode;
use fumikura::digest::Sha256Hex;
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Limits, Pdf};
use serde_json::Value;
use std::process::{Command, Output, Stdio};

const SIGNED: &str = "2023-06-01T00:00:00Z";
const LATER: &str = "2025-06-01T00:00:00Z";

fn run(folder: &Folder, arguments: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(arguments.split_whitespace()).current_dir(folder.folder()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("ends by itself"), text(stdout), text(stderr))
}

fn json(folder: &Folder, arguments: &str) -> Value {
    let (status, out, errors) = run(folder, arguments);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{arguments}: {status} {error}\n{errors}"))
}

/// The root as a CA for signers until now, and as a timestamping service that was withdrawn in July 2024.
fn list(sequence: u64) -> Bench {
    let services = vec![
        service("root", &[("CA/QC", "granted", "2020-01-01T00:00:00Z")], ""),
        service(
            "root",
            &[("TSA/QTST", "withdrawn", "2024-07-01T00:00:00Z"), ("TSA/QTST", "granted", "2020-01-01T00:00:00Z")],
            "",
        ),
    ];
    Bench { sequence, services, ..Bench::default() }
}

fn folder() -> Folder {
    let folder = Folder::new();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/table-1.4.pdf");
    let plain = std::fs::read(path).expect("a sample");
    let pdf = Pdf::read(&plain[..], &Limits::default()).expect("readable");
    for (name, at) in [("2023.pdf", SIGNED), ("2025.pdf", LATER)] {
        let options = SignOptions::new(Level::BT, instant(at));
        let source = tsp::source("tsa", instant(at));
        let signed =
            sign(&pdf, &pki().identity("signer-rsa2048"), &options, Some(&source), &TestEntropy).expect("signed");
        folder.file(name, signed.to_vec().expect("in memory"));
    }
    folder.file("policy.toml", no_revocation());
    folder.file("root.crt", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
    folder.file("operator.crt", pem_encode("CERTIFICATE", pki().certificate("signer-rsa2048").der()).as_bytes());
    folder.file("stranger.crt", pem_encode("CERTIFICATE", pki().certificate("signer-rsa4096").der()).as_bytes());
    folder.file("list.xml", list(7).signed());
    folder.file("ca.crl", pki().crl("ca").der());
    folder
}

/// The built-in policy without revocation, which these tests are not about.
fn no_revocation() -> String {
    let built_in = include_str!("../../src/policy/default.toml");
    built_in.replace("\nrequired = true", "\nrequired = false")
}

#[test]
fn an_authority_counts_for_the_time_it_was_granted() {
    let folder = folder();
    let with = "--trust list.xml --tsa-trust list.xml --trust-list-signer operator.crt --policy policy.toml \
                --at 2026-06-01T00:00:00Z --format json";
    // It was withdrawn since: word on its certificate from after that shows that it does not date back (N11).
    for (file, lists, accredited, indication) in [
        ("2023.pdf", "--crl ca.crl", true, "TOTAL-PASSED"),
        ("2023.pdf", "", false, "INDETERMINATE"),
        ("2025.pdf", "--crl ca.crl", false, "INDETERMINATE"),
    ] {
        let report = json(&folder, &format!("validate {file} {with} {lists}"));
        let stamp = &report["files"][0]["signatures"][0]["timestamps"][0];
        assert_eq!(
            (&stamp["accredited"], &stamp["indication"]),
            (&accredited.into(), &indication.into()),
            "{file}: {stamp}"
        );
    }
    let report = json(&folder, &format!("validate 2023.pdf {with} --crl ca.crl"));
    let signature = &report["files"][0]["signatures"][0];
    assert_eq!(signature["indication"], "TOTAL-PASSED", "{signature}");
    assert_eq!(signature["signer"]["authority_name"]["ja"], "見本認証局");
    assert_eq!(signature["signer"].get("name"), None);
    assert_eq!(signature["timestamps"][0]["tsa_name"]["en"], "Example Trust");
}

#[test]
fn an_import_writes_what_can_be_used() {
    let folder = folder();
    let import = "trust import list.xml --signer operator.crt --out out --at 2026-03-01T00:00:00Z";
    let (status, out, errors) = run(&folder, import);
    assert_eq!(status, 0, "{errors}");
    assert!(out.contains("見本認証局 / Example Trust") && out.contains("tsl-unbelieved-withdrawn"), "{out}");
    let with = "--trust out/trust.toml --tsa-trust out/accredited.toml --crl ca.crl --policy policy.toml --format json";
    let judged = |file: &str, at: &str| json(&folder, &format!("validate {file} {with} --at {at}"));
    for (file, accredited) in [("2023.pdf", true), ("2025.pdf", false)] {
        let report = judged(file, "2026-06-01T00:00:00Z");
        assert_eq!(report["files"][0]["signatures"][0]["timestamps"][0]["accredited"], accredited, "{file}");
    }
    assert_eq!(run(&folder, &format!("validate 2023.pdf {with} --at 2026-08-01T00:00:00Z")).0, 65, "overdue");
    let report = json(&folder, &format!("validate 2023.pdf {with} --at 2026-08-01T00:00:00Z --accept-stale-list"));
    assert_eq!(report["files"][0]["indication"], "TOTAL-PASSED");
    assert_eq!(report["files"][0]["findings"][0]["code"], "trust-list-stale-accepted");
    let shown =
        json(&folder, "trust list out/trust.toml list.xml root.crt --trust-list-signer operator.crt --format json");
    assert_eq!(shown["lists"][0]["anchors"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown["lists"][0]["anchors"][1]["before"], "2024-07-01T00:00:00Z");
    assert_eq!(shown["lists"][0]["anchors"][1]["use"], "timestamping");
    assert_eq!(shown["lists"][1]["services"][1]["periods"][1]["unbelieved"]["code"], "tsl-unbelieved-withdrawn");
    assert_eq!(shown["lists"][2]["anchors"][0]["use"], Value::Null);
}

#[test]
fn lists_are_refused_by_their_codes() {
    let folder = folder();
    let import = |list: &str, more: &str| {
        let (status, _, errors) =
            run(&folder, &format!("trust import {list} --out out --at 2026-03-01T00:00:00Z {more}"));
        let code = errors.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(code, _)| code.to_owned());
        (status, code.unwrap_or_default())
    };
    let refused = |code: &str| (65, code.to_owned());
    folder.file("newer.xml", list(9).signed());
    folder.file("older.xml", list(8).signed());
    folder.file("altered.xml", list(9).signed().replace("withdrawn", "granted"));
    assert_eq!(import("list.xml", "--signer stranger.crt"), refused("xml-signature-other-signer"));
    assert_eq!(import("altered.xml", "--signer operator.crt"), refused("xml-signature-altered"));
    assert!(!folder.path("out").exists(), "nothing was written");
    assert_eq!(import("list.xml", "--signer operator.crt").0, 0);
    assert_eq!(import("newer.xml", "--signer operator.crt").0, 0);
    assert_eq!(import("newer.xml", "--signer operator.crt").0, 0, "the same once more");
    assert_eq!(import("older.xml", "--signer operator.crt"), refused("tsl-older"));
    let kept = String::from_utf8(folder.read("out/trust.toml")).expect("UTF-8");
    assert!(kept.contains("sequence = 9"), "{kept}");
    folder.file("out/trust.toml", "[[anchor]]\nfile = \"x\"\n");
    assert_eq!(import("newer.xml", "--signer operator.crt"), refused("tsl-other-scheme"));
    assert_eq!(import("list.xml", "").0, 64);
    for (at, more, status) in [
        ("2026-06-30T00:00:00Z", "", 0),
        ("2026-07-02T00:00:00Z", "", 65),
        ("2026-07-02T00:00:00Z", "--accept-stale-list", 0),
    ] {
        let with = format!(
            "--trust list.xml --tsa-trust list.xml --trust-list-signer operator.crt --policy policy.toml {more}"
        );
        assert_eq!(run(&folder, &format!("validate 2023.pdf {with} --at {at}")).0, status, "{at} {more}");
    }
    assert_eq!(run(&folder, "validate 2023.pdf --trust list.xml").0, 65, "no signer is named");
}

#[test]
fn names_come_from_the_user_alone_and_only_for_paths_that_passed() {
    let folder = folder();
    let signer = pki().certificate("signer-rsa2048");
    let names = format!(
        "[[name]]\nsha256 = \"{}\"\nja = \"立川市長（見本）\"\nen = \"Mayor\\u0007 of\\nTachikawa\"\n\
         [[name]]\nsubject = '{}'\nja = \"見本タイムスタンプ\"\n",
        Sha256Hex::of(signer.der()).as_str().to_uppercase(),
        pki().certificate("tsa").subject(),
    );
    folder.file("names.toml", names);
    let with = "--names names.toml --policy policy.toml --at 2026-03-01T00:00:00Z";
    let report = json(&folder, &format!("validate 2023.pdf --trust root.crt {with} --format json"));
    let signature = &report["files"][0]["signatures"][0];
    assert_eq!(signature["signer"]["name"]["ja"], "立川市長（見本）");
    assert_eq!(signature["signer"]["name"]["en"], "Mayor of Tachikawa");
    assert_eq!(signature["signer"]["subject"], signer.subject());
    assert_eq!(signature["timestamps"][0]["tsa_name"]["en"], "見本タイムスタンプ");
    let (_, text, _) = run(&folder, &format!("validate 2023.pdf --trust root.crt {with}"));
    assert!(text.contains("立川市長（見本）") && text.contains(&signer.subject()), "{text}");
    let (_, html, _) = run(&folder, &format!("validate 2023.pdf --trust root.crt {with} --format html"));
    assert!(html.contains("<dd>立川市長（見本） / Mayor of Tachikawa</dd>"), "{html}");
    // Under another root nothing is proven, and nobody is called by a name.
    folder.file("other.crt", pem_encode("CERTIFICATE", pki().certificate("unknown-root").der()).as_bytes());
    let report = json(&folder, &format!("validate 2023.pdf --trust other.crt {with} --format json"));
    let signature = &report["files"][0]["signatures"][0];
    assert_eq!((signature["signer"].get("name"), signature["timestamps"][0].get("tsa_name")), (None, None));
    // Nor where the content was changed.
    let mut altered = folder.read("2023.pdf");
    altered[2000] ^= 1;
    folder.file("altered.pdf", altered);
    let report = json(&folder, &format!("validate altered.pdf --trust root.crt {with} --format json"));
    assert_eq!(report["files"][0]["signatures"][0]["signer"].get("name"), None);
    for (text, code) in [
        ("[[name]]\nja = \"x\"", "names-bad-entry"),
        ("[[name]]\nsha256 = \"00\"\nja = \"x\"", "names-bad-entry"),
        ("[[name]]\nsubject = \"CN=x\"\nja = \" \"", "names-bad-entry"),
        ("[[name]]\nsubject = \"CN=x\"\nfr = \"x\"", "names-not-readable"),
    ] {
        folder.file("bad.toml", text);
        let (status, _, errors) = run(&folder, "validate 2023.pdf --names bad.toml");
        assert!(status == 65 && errors.contains(code), "{text}: {errors}");
    }
}
