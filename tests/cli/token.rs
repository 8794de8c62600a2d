//! Keys on PKCS#11 tokens, with SoftHSM: signing by every kind of key, one try for a PIN, sessions side by side, and a
//! token that goes away.

#![allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]

use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use fumikura::asn1::pem_encode;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub const PIN: &str = "2468";
const NAMES: [&str; 4] = ["signer-rsa2048", "signer-p256", "signer-p384", "tsa"];

/// A token of its own in a folder of its own.
pub struct Hall {
    bench: Bench,
    pub module: PathBuf,
}

impl Hall {
    fn new() -> Option<Self> {
        Self::with(&NAMES)
    }

    /// Makes a token with keys of the test PKI; none where SoftHSM is missing.
    pub fn with(names: &[&str]) -> Option<Self> {
        let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
        let Some(module) = places.map(PathBuf::from).into_iter().find(|place| place.exists()) else {
            assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "SoftHSM must be installed");
            eprintln!("passed over: SoftHSM is not installed");
            return None;
        };
        let bench = Bench::new();
        std::fs::create_dir(bench.path("tokens")).unwrap();
        let tokens = bench.path("tokens").display().to_string();
        bench.file("softhsm2.conf", format!("directories.tokendir = {tokens}\nobjectstore.backend = file\n"));
        bench.file("pin", format!("{PIN}\n"));
        bench.file("wrong", "1357\n");
        bench.file("in.pdf", std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/typst.pdf")).unwrap());
        bench.file("ca.crt", pem_encode("CERTIFICATE", pki().certificate("ca").der()).as_bytes());
        bench.file("root.crt", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
        let hall = Self { bench, module };
        hall.tool(&["--init-token", "--free", "--label", "公印", "--so-pin", "12345678", "--pin", PIN]);
        for (number, name) in names.iter().enumerate() {
            hall.bench.file("key.p8", pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
            hall.bench
                .file(&format!("{name}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
            let id = format!("A{number}");
            let key = hall.bench.path("key.p8").display().to_string();
            hall.tool(&["--import", &key, "--token", "公印", "--label", name, "--id", &id, "--pin", PIN]);
        }
        Some(hall)
    }

    fn tool(&self, words: &[&str]) {
        let mut command = Command::new("softhsm2-util");
        let output = self.env(command.args(words)).output().unwrap();
        assert!(output.status.success(), "{words:?} {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Lets a program find the token.
    pub fn env<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("SOFTHSM2_CONF", self.bench.path("softhsm2.conf")).current_dir(self.bench.folder())
    }

    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        self.env(&mut command).env("FUMIKURA_PKCS11_MODULE", &self.module).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &str) -> (i32, String) {
        told(&self.program().args(arguments.split_whitespace()).output().unwrap())
    }

    /// Starts a timestamping authority whose key is on the token, and returns its address.
    fn authority(&self, spy: Option<&Path>) -> (Child, String) {
        let mut command = self.program();
        if let Some(spy) = spy {
            command.env("FUMIKURA_PKCS11_MODULE", spy).env("PKCS11SPY", &self.module);
            command.env("PKCS11SPY_OUTPUT", self.bench.path("spy.log"));
        }
        let words = "tsa serve --key pkcs11:object=tsa --passphrase-file pin --cert tsa.crt --chain ca.crt --listen 127.0.0.1:0";
        let mut child = command.args(words.split_whitespace()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("http://"));
        (child, address.expect("the authority says where it listens"))
    }
}

fn told(output: &Output) -> (i32, String) {
    let words = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code().unwrap(), String::from_utf8(words).unwrap())
}

/// OpenSC's module that writes down every call.
fn spy() -> Option<PathBuf> {
    let place = PathBuf::from("/usr/lib/x86_64-linux-gnu/pkcs11-spy.so");
    place.exists().then_some(place)
}

#[test]
fn every_kind_of_key_signs_on_its_token() {
    let Some(hall) = Hall::new() else { return };
    for (name, scheme) in [
        ("signer-rsa2048", "--digest sha256"),
        ("signer-rsa2048", "--scheme pss --digest sha512"),
        ("signer-p256", "--digest sha256"),
        ("signer-p384", "--digest sha384"),
    ] {
        let words = format!(
            "sign in.pdf -o out.pdf --key pkcs11:token=%E5%85%AC%E5%8D%B0;object={name} --passphrase-file pin --cert {name}.crt --chain ca.crt {scheme}"
        );
        let (status, said) = hall.run(&words);
        assert_eq!(status, 0, "{name} {scheme}: {said}");
        assert!(!said.contains(PIN));
        let (_, judged) = hall.run("validate out.pdf --trust root.crt --format json");
        let report: serde_json::Value = serde_json::from_str(&judged).unwrap();
        assert_eq!(report["files"][0]["signatures"][0]["integrity"], "intact", "{name} {scheme}");
    }
    let (status, said) = hall.run("keys list pkcs11: --passphrase-file pin --format json");
    assert_eq!((status, NAMES.iter().filter(|name| said.contains(*name)).count()), (0, 4), "{said}");
    let (status, said) = hall.run("keys csr --key pkcs11:id=%A1 --passphrase-file pin --subject CN=見本市長 -o r.csr");
    assert_eq!(status, 0, "{said}");
    hall.bench.ok("req -in r.csr -noout -verify");
    let (status, said) = hall.run("keys import --key pkcs11:object=tsa --to . --name copy --plain");
    assert!(status == 65 && said.contains("key-never-leaves"), "{said}");
}

#[test]
fn what_a_uri_does_not_name_is_not_guessed() {
    let Some(hall) = Hall::new() else { return };
    for (key, status, code) in [
        ("pkcs11:token=other;object=tsa", 69, "key-token-not-found"),
        ("pkcs11:object=other", 65, "key-token-key-not-found"),
        ("pkcs11:token=%E5%85%AC%E5%8D%B0", 65, "key-several"),
        ("pkcs11:object=tsa?pin-value=2468", 64, "key-bad-token-uri"),
        ("pkcs11:object=tsa;object=tsa", 64, "key-bad-token-uri"),
        ("pkcs11:object=%ZZ", 64, "key-bad-token-uri"),
        ("pkcs11:object=tsa?module-path=/nowhere.so", 69, "key-token-module"),
    ] {
        let (found, said) = hall.run(&format!("keys check --key {key} --passphrase-file pin"));
        assert!(found == status && said.contains(code), "{key}: {found} {said}");
    }
    // The PIN in a file that the URI names.
    let source = format!("pkcs11:object=tsa?pin-source=file:{}", hall.bench.path("pin").display());
    assert_eq!(hall.run(&format!("keys check --key {source}")).0, 0);
}

#[test]
fn a_wrong_pin_is_tried_once() {
    let (Some(hall), Some(spy)) = (Hall::new(), spy()) else { return };
    let mut command = hall.program();
    command.env("FUMIKURA_PKCS11_MODULE", spy).env("PKCS11SPY", &hall.module);
    command.env("PKCS11SPY_OUTPUT", hall.bench.path("spy.log"));
    let words =
        "sign in.pdf -o out.pdf --key pkcs11:object=signer-rsa2048 --cert signer-rsa2048.crt --passphrase-file wrong";
    let (status, said) = told(&command.args(words.split_whitespace()).output().unwrap());
    assert!(status == 65 && said.contains("key-token-pin-wrong"), "{said}");
    assert!(!hall.bench.path("out.pdf").exists());
    let calls = String::from_utf8_lossy(&hall.bench.read("spy.log")).matches("C_Login").count();
    assert_eq!(calls, 1);
}

#[test]
fn threads_sign_side_by_side_under_one_pin_until_the_token_goes() {
    let Some(hall) = Hall::new() else { return };
    let spy = spy();
    let (mut child, address) = hall.authority(spy.as_deref());
    let ask = |number: usize| {
        let words = format!("timestamp in.pdf -o out-{number}.pdf --tsa {address}");
        hall.program().args(words.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let asked: Vec<Child> = (0..8).map(ask).collect();
    for child in asked {
        let (status, said) = told(&child.wait_with_output().unwrap());
        assert_eq!(status, 0, "{said}");
    }
    if spy.is_some() {
        let calls = String::from_utf8_lossy(&hall.bench.read("spy.log")).matches("C_Login").count();
        assert_eq!(calls, 1, "one PIN for all of them");
    }
    for entry in std::fs::read_dir(hall.bench.path("tokens")).unwrap() {
        std::fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
    let (status, said) = told(&ask(9).wait_with_output().unwrap());
    assert!(status == 69 && !hall.bench.path("out-9.pdf").exists(), "{status} {said}");
    assert!(child.try_wait().unwrap().is_none(), "the authority goes on answering");
    child.kill().unwrap();
    let mut rest = String::new();
    if let Some(mut errors) = child.stderr.take() {
        errors.read_to_string(&mut rest).unwrap();
    }
    assert!(!rest.contains(PIN));
    child.wait().unwrap();
}
