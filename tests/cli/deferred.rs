//! `deferred`: prepared here, signed by OpenSSL as if elsewhere, finished here; and every mismatch refused.

use super::sign::bench;
use crate::engine::openssl::Bench;
use fumikura::digest::unhex;
use fumikura::pades::signatures;
use fumikura::pdf::{Limits, Pdf};
use std::process::Command;

fn run(bench: &Bench, arguments: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    let output = command.args(arguments.split_whitespace()).current_dir(bench.folder()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn done(bench: &Bench, arguments: &str) {
    let (status, words) = run(bench, arguments);
    assert_eq!(status, 0, "{arguments}: {words}");
}

/// Writes the message that a request asks to be signed.
fn message(bench: &Bench, request: &str) {
    let letter: serde_json::Value = serde_json::from_slice(&bench.read(request)).unwrap();
    bench.file("message.bin", unhex(letter["to_be_signed"].as_str().unwrap()).unwrap());
}

#[test]
fn a_value_made_elsewhere_is_put_in() {
    let bench = bench();
    for (name, scheme, how) in [
        ("seal", "pkcs1", "-sha256"),
        ("seal", "pss", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"),
        ("other", "pkcs1", "-sha256"),
    ] {
        done(
            &bench,
            &format!(
                "deferred prepare in.pdf -o wait.pdf --request r.json --cert {name}.crt --chain ca.crt --scheme {scheme} --at 1:20,20,90,40 --seal-text SEAL"
            ),
        );
        message(&bench, "r.json");
        bench.ok(&format!("dgst {how} -sign {name}.key -out value.bin message.bin"));
        done(&bench, "deferred embed wait.pdf -o out.pdf --request r.json --signature value.bin");
        let (before, after) = (bench.read("wait.pdf"), bench.read("out.pdf"));
        assert_eq!(before.len(), after.len());
        assert!(after.starts_with(&bench.read("in.pdf")));
        let found = signatures(&Pdf::read(after, &Limits::default()).unwrap());
        assert!(found.len() == 1 && found[0].coverage.as_ref().is_ok_and(|coverage| coverage.whole_file));
    }
}

#[test]
fn our_own_answer_is_that_of_the_key_and_of_no_other() {
    let bench = bench();
    done(&bench, "deferred prepare in.pdf -o wait.pdf --request r.json --cert seal.crt --chain ca.crt");
    done(&bench, "deferred answer r.json --key file:seal.key --cert seal.crt -o value.bin");
    message(&bench, "r.json");
    bench.ok("dgst -sha256 -sign seal.key -out theirs.bin message.bin");
    assert_eq!(bench.read("value.bin"), bench.read("theirs.bin"));
    let (status, words) = run(&bench, "deferred answer r.json --key file:other.key --cert other.crt -o no.bin");
    assert!(status == 65 && words.contains("pades-not-the-request"), "{words}");
    // A value over something else, a file that is another, a request that was changed.
    bench.ok("dgst -sha256 -sign seal.key -out wrong.bin in.pdf");
    let mut other = bench.read("wait.pdf");
    other[100] ^= 1;
    bench.file("other.pdf", other);
    let letter = String::from_utf8(bench.read("r.json")).unwrap();
    bench.file("changed.json", letter.replacen("\"digest\": \"", "\"digest\": \"00", 1));
    for (arguments, code) in [
        ("wait.pdf --request r.json --signature wrong.bin", "pades-not-the-answer"),
        ("other.pdf --request r.json --signature value.bin", "pades-not-the-request"),
        ("in.pdf --request r.json --signature value.bin", "pades-not-the-request"),
        ("wait.pdf --request changed.json --signature value.bin", "pades-not-the-request"),
    ] {
        let (status, words) = run(&bench, &format!("deferred embed {arguments} -o no.pdf"));
        assert!(status == 65 && words.contains(code), "{arguments}: {words}");
        assert!(!bench.folder().join("no.pdf").exists());
    }
}
