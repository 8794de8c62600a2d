//! `sign`, run as a person runs it: what it makes, what it refuses, and that a refusal leaves nothing behind.

use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use fumikura::asn1::pem_encode;
use fumikura::pades::signatures;
use fumikura::pdf::{Limits, Pdf};
use std::process::{Command, Stdio};

const KEY: &str = "--key file:seal.key --cert seal.crt --chain ca.crt";

pub fn bench() -> Bench {
    let bench = Bench::new();
    let sample = |name: &str| std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for (file, name) in [("seal", "signer-rsa2048"), ("other", "signer-p256"), ("old", "signer-expired"), ("ca", "ca")]
    {
        bench.file(&format!("{file}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
        bench.file(&format!("{file}.key"), pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
    }
    bench.file("in.pdf", sample("pdf/typst.pdf"));
    bench.file("seal.png", sample("seal/rgba.png"));
    bench.ok("pkcs12 -export -inkey seal.key -in seal.crt -certfile ca.crt -passout pass:himitsu -out seal.p12");
    bench
}

fn run(bench: &Bench, arguments: &str, passphrase: Option<&str>) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.arg("sign").args(arguments.split_whitespace()).current_dir(bench.folder()).stdin(Stdio::null());
    command.env_remove("FUMIKURA_KEY_PASSPHRASE");
    if let Some(passphrase) = passphrase {
        command.env("FUMIKURA_KEY_PASSPHRASE", passphrase);
    }
    let output = command.output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(words).unwrap())
}

/// Runs what must fail, and returns status and message; nothing may be new in the folder.
fn refused(bench: &Bench, arguments: &str, passphrase: Option<&str>) -> (i32, String) {
    let list = || -> Vec<_> {
        let mut names: Vec<_> =
            std::fs::read_dir(bench.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = list();
    let result = run(bench, arguments, passphrase);
    assert_eq!(list(), before, "{arguments}: nothing half-written stays");
    assert!(result.1.starts_with("fumikura: "), "{}", result.1);
    result
}

#[test]
fn signs_with_pem_and_pkcs12() {
    let bench = bench();
    bench.file("secret.txt", "himitsu\n");
    for (arguments, passphrase) in [
        (KEY, None),
        ("--key file:seal.p12", Some("himitsu")),
        ("--key file:seal.p12 --passphrase-file secret.txt --digest sha512 --scheme pss", None),
        ("--key file:other.key --cert other.crt --chain ca.crt --field 印 --certify 2", None),
        ("--key file:seal.p12 --at 1:20,20,60,60 --seal-image seal.png --reason 発行", Some("himitsu")),
    ] {
        let (status, words) = run(&bench, &format!("in.pdf -o out.pdf {arguments}"), passphrase);
        assert_eq!(status, 0, "{arguments}: {words}");
        let pdf = Pdf::read(bench.read("out.pdf"), &Limits::default()).unwrap();
        assert!(pdf.source().to_vec().unwrap().starts_with(&bench.read("in.pdf")), "{arguments}");
        let found = signatures(&pdf);
        assert!(found.len() == 1 && found[0].coverage.as_ref().is_ok_and(|coverage| coverage.whole_file));
    }
}

#[test]
fn refuses_with_one_message_and_the_documented_status() {
    let bench = bench();
    bench.file("empty.pdf", "");
    bench.file("page.pdf", "<!DOCTYPE html><title>通知</title>");
    bench.file("dark.pem", "-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n");
    let from = |input: &str, more: &str| format!("{input} -o out.pdf {KEY} {more}");
    for (arguments, passphrase, status, code) in [
        (from("empty.pdf", ""), None, 65, "pdf-empty"),
        (from("page.pdf", ""), None, 65, "pdf-not-pdf"),
        (from("missing.pdf", ""), None, 65, "file-read"),
        ("in.pdf -o out.pdf --key file:seal.p12".into(), Some("wrong"), 65, "passphrase"),
        ("in.pdf -o out.pdf --key file:seal.p12".into(), None, 65, "passphrase-missing"),
        ("in.pdf -o out.pdf --key file:dark.pem --cert seal.crt".into(), None, 65, "key"),
        ("in.pdf -o out.pdf --key file:seal.key --cert other.crt".into(), None, 65, "cms-key-not-of-certificate"),
        ("in.pdf -o out.pdf --key file:old.key --cert old.crt".into(), None, 65, "certificate-not-in-force"),
        (from("in.pdf", "--level b-lta"), None, 64, "pades-no-timestamp-source"),
        (from("in.pdf", "--level b-t"), None, 64, "pades-no-timestamp-source"),
        (from("in.pdf", "--level b-t --tsa http://127.0.0.1:1/"), None, 69, "tsp-unavailable"),
        (from("in.pdf", "--at 7:10,10,50,50"), None, 65, "pdf-no-page"),
        (from("in.pdf", "--at 1:9000,10,50,50"), None, 65, "pades-appearance-outside"),
        (from("in.pdf", "--at 1:10,10,50,50 --seal-image seal.crt"), None, 65, "pades-image"),
        (format!("in.pdf -o nowhere/out.pdf {KEY}"), None, 74, "file-write"),
    ] {
        let (found, words) = refused(&bench, &arguments, passphrase);
        assert_eq!(found, status, "{arguments}: {words}");
        assert!(words.contains(code), "{arguments}: {words}");
    }
    assert_eq!(run(&bench, "in.pdf -o out.pdf", None).0, 64);
    assert_eq!(run(&bench, &from("in.pdf", "--level b-x"), None).0, 64);
}

#[test]
fn a_refusal_leaves_an_older_output_alone() {
    let bench = bench();
    bench.file("out.pdf", "the old one");
    bench.file("page.pdf", "no PDF");
    assert_eq!(refused(&bench, &format!("page.pdf -o out.pdf {KEY}"), None).0, 65);
    assert_eq!(bench.read("out.pdf"), b"the old one");
}

#[test]
fn neither_the_notice_nor_the_key_is_written_over() {
    let bench = bench();
    let key = KEY.split_whitespace().find_map(|word| word.strip_prefix("file:")).unwrap();
    for output in ["in.pdf", key] {
        let before = bench.read(output);
        let (status, words) = run(&bench, &format!("in.pdf -o {output} {KEY}"), None);
        assert!(status == 65 && words.contains("output-is-input"), "{output}: {words}");
        assert_eq!(bench.read(output), before, "{output}");
    }
}

#[test]
fn what_was_broken_before_is_told_of_the_input() {
    let bench = bench();
    assert_eq!(run(&bench, &format!("in.pdf -o sealed.pdf {KEY}"), None).0, 0);
    let mut altered = bench.read("sealed.pdf");
    let at = altered.windows(9).position(|window| window == b"/MediaBox").unwrap();
    altered[at + 1] = b'N';
    bench.file("altered.pdf", altered);
    let (status, words) = run(&bench, &format!("altered.pdf -o again.pdf {KEY}"), None);
    assert!(status == 65 && words.contains("input-not-valid") && words.contains("HASH_FAILURE"), "{words}");
    assert!(!bench.folder().join("again.pdf").exists());
}

#[test]
fn a_write_that_stops_half_way_leaves_nothing() {
    let bench = bench();
    // A limit of 4 KiB a file stands in for a full disk: the write begins and then fails.
    let script = format!("ulimit -f 8; exec \"$0\" sign in.pdf -o out.pdf {KEY}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_fumikura")]).current_dir(bench.folder()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(74) && words.contains("file-write"), "{words}");
    let left: Vec<_> = std::fs::read_dir(bench.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("out.pdf")), "{left:?}");
}
