//! `keys`, `certs validate` and `tsa serve`, run as a person runs them.

use crate::engine::demands::{Declared, Entry, POLICIES};
use crate::engine::openssl::Bench;
use crate::engine::pki::{NOW, TestEntropy, pki};
use fumikura::asn1::pem_encode;
use fumikura::digest::DigestAlgorithm;
use fumikura::fetch::HttpTimestampSource;
use fumikura::tsp::{TimestampError, obtain};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn command(bench: &Bench, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(arguments.split_whitespace()).current_dir(bench.folder()).env_remove("FUMIKURA_KEY_PASSPHRASE");
    command.stdin(Stdio::null());
    command
}

pub(super) fn run(bench: &Bench, arguments: &str) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(bench, arguments).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("ends by itself"), text(stdout), text(stderr))
}

pub(super) fn with_files(names: &[&str]) -> Bench {
    let bench = Bench::new();
    for name in names {
        bench.file(&format!("{name}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
        bench.file(&format!("{name}.key"), pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
    }
    bench.file("ca.crl", pki().crl("ca").der());
    bench.file("root.crl", pem_encode("X509 CRL", pki().crl("root").der()).as_bytes());
    bench
}

#[test]
fn certificates_are_judged_with_the_documented_status() {
    let bench =
        with_files(&["root", "ca", "signer-p256", "signer-revoked", "signer-expired", "signer-unknown-root", "tsa"]);
    let judge = |name: &str, more: &str| {
        let arguments =
            format!("certs validate {name}.crt --trust root.crt --intermediate ca.crt --at {NOW} --format json {more}");
        let (status, out, error) = run(&bench, &arguments);
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{name}: {out}{error}"));
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        (status, text("indication"), text("sub_indication"))
    };
    let lists = "--crl ca.crl --crl root.crl";
    let is = |status, indication: &str, sub: &str| (status, indication.to_owned(), sub.to_owned());
    assert_eq!(judge("signer-p256", &format!("{lists} --purpose signing")), is(0, "TOTAL-PASSED", ""));
    assert_eq!(judge("signer-p256", "--no-revocation"), is(0, "TOTAL-PASSED", ""));
    assert_eq!(judge("signer-p256", ""), is(2, "INDETERMINATE", "TRY_LATER"));
    assert_eq!(judge("signer-revoked", lists), is(1, "TOTAL-FAILED", "REVOKED"));
    assert_eq!(judge("signer-expired", "--no-revocation"), is(1, "TOTAL-FAILED", "EXPIRED"));
    assert_eq!(judge("signer-unknown-root", lists), is(2, "INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND"));
    assert_eq!(judge("tsa", &format!("{lists} --purpose timestamping")), is(0, "TOTAL-PASSED", ""));
    assert_eq!(
        judge("tsa", &format!("{lists} --purpose signing")),
        is(2, "INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")
    );
    let (status, out, _) =
        run(&bench, "certs validate signer-revoked.crt --trust root.crt --intermediate ca.crt --crl ca.crl");
    assert!(status == 1 && out.contains("REVOKED") && out.contains("[path-revoked]"), "{out}");
    bench.file("page.html", "<html>");
    assert_eq!(run(&bench, "certs validate page.html --trust root.crt").0, 65);
    assert_eq!(run(&bench, "certs validate nothing.crt --trust root.crt").0, 65);
    assert_eq!(run(&bench, "certs validate signer-p256.crt --at yesterday").0, 64);
}

#[test]
fn certificate_policies_are_asked_for() {
    let declared = Declared::read();
    let bench = Bench::new();
    let certificates = declared.certificates();
    for name in ["root", "ca-maps"] {
        bench.file(&format!("{name}.crt"), certificates[name].der());
    }
    let entry = Entry { issuer: "ca-maps".to_owned(), policies: vec!["2".to_owned()], ..Entry::default() };
    bench.file("leaf.crt", declared.issue("leaf", &entry).der());
    let judge = |more: &str| {
        let fixed = "certs validate leaf.crt --trust root.crt --intermediate ca-maps.crt --no-revocation --format json";
        let (status, out, error) = run(&bench, &format!("{fixed} {more}"));
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{more}: {out}{error}"));
        (status, value["policies"].clone(), value["findings"][0]["code"].as_str().unwrap_or_default().to_owned())
    };
    let (one, two) = (format!("{POLICIES}.1"), format!("{POLICIES}.2"));
    let fine = |policies: &[&str]| (0, Value::from(policies.to_vec()), String::new());
    let missing = (2, Value::from(Vec::<Value>::new()), "path-policy-missing".to_owned());
    assert_eq!(judge(""), fine(&[&one]));
    assert_eq!(judge(&format!("--policy-oid {one} --require-explicit-policy")), fine(&[&one]));
    assert_eq!(judge(&format!("--policy-oid {two} --policy-oid {one} --require-explicit-policy")), fine(&[&one]));
    assert_eq!(judge(&format!("--policy-oid {two} --require-explicit-policy")), missing);
    assert_eq!(judge(&format!("--policy-oid {two}")), fine(&[]), "nobody asks that one be there");
    assert_eq!(judge("--require-explicit-policy --inhibit-policy-mapping"), missing);
    assert_eq!(judge("--require-explicit-policy --inhibit-any-policy"), fine(&[&one]));
    // The same as data.
    let built_in = include_str!("../../src/policy/default.toml");
    let wanted = |oid: &str| built_in.replace("[signer_paths]", &format!("[signer_paths]\nacceptable = [\"{oid}\"]"));
    bench.file("one.toml", wanted(&one));
    bench.file("two.toml", wanted(&two));
    assert_eq!(judge("--policy one.toml"), fine(&[&one]));
    assert_eq!(judge("--policy two.toml"), missing, "who names acceptable policies wants one of them");
    for (broken, said) in [("1.2.x", "certificate policy"), ("", "certificate policy")] {
        bench.file("broken.toml", wanted(broken));
        let (status, _, error) = run(&bench, "certs validate leaf.crt --trust root.crt --policy broken.toml");
        assert!(status == 65 && error.contains(said), "{error}");
    }
    bench.file("broken.toml", built_in.replace("[signer_paths]", "[signer_paths]\nacceptable = []"));
    assert_eq!(run(&bench, "certs validate leaf.crt --trust root.crt --policy broken.toml").0, 65);
    assert_eq!(run(&bench, "certs validate leaf.crt --policy-oid one").0, 64);
}

#[test]
fn a_dated_list_says_until_when_somebody_is_believed() {
    let bench = with_files(&["root", "ca", "signer-p256"]);
    let judge = |list: &str| {
        bench.file("trusted.toml", list);
        let words = format!(
            "certs validate signer-p256.crt --trust trusted.toml --intermediate ca.crt --at {NOW} --no-revocation"
        );
        let (status, out, error) = run(&bench, &words);
        (status, format!("{out}{error}"))
    };
    assert_eq!(judge("[[anchor]]\nfile = \"root.crt\"\nuntil = \"2030-03-31\"\n").0, 0);
    assert_eq!(judge("[[anchor]]\nfile = \"root.crt\"\nuntil = \"2020-03-31\"\n").0, 2);
    let (status, said) = judge("[[anchor]]\nfile = \"nobody.crt\"\n");
    assert!(status == 65 && said.contains("nobody.crt"), "{status} {said}");
    let (status, said) = judge("[[anchors]]\n");
    assert!(status == 65 && said.contains("trust-list-not-readable"), "{status} {said}");
}

#[test]
fn keys_are_made_imported_checked_and_requested() {
    let bench = Bench::new();
    bench.file("pw", "ひみつ\nsecond line\n");
    bench.file("bad", "wrong\n");
    assert_eq!(run(&bench, "keys init-demo keys --passphrase-file pw").0, 0);
    let (status, _, error) = run(&bench, "keys init-demo keys");
    assert!(status == 65 && error.contains("key-file-exists"), "{error}");
    let check = "keys check --key file:keys/demo-seal.key.pem --cert";
    assert_eq!(run(&bench, &format!("{check} keys/demo-seal.crt.pem --passphrase-file pw")).0, 0);
    for (arguments, code) in [
        ("keys/demo-seal.crt.pem --passphrase-file bad", "key-wrong-passphrase"),
        ("keys/demo-seal.crt.pem", "passphrase-missing"),
        ("keys/demo-tsa.crt.pem --passphrase-file pw", "key-not-of-certificate"),
    ] {
        let (status, _, error) = run(&bench, &format!("{check} {arguments}"));
        assert!(status == 65 && error.contains(code), "{arguments}: {error}");
    }
    let import = "keys import --key file:keys/demo-seal.key.pem --cert keys/demo-seal.crt.pem --chain keys/demo-ca.crt.pem \
                  --passphrase-file pw --to in --name seal";
    assert_eq!(run(&bench, import).0, 0);
    assert_eq!(run(&bench, import).0, 65, "nothing is overwritten");
    assert_eq!(run(&bench, &import.replace("--name seal", "--name ../seal")).0, 64);
    assert_eq!(run(&bench, "keys check --key file:in/seal.key.pem --cert in/seal.crt.pem --passphrase-file pw").0, 0);
    let request = "keys csr --key file:in/seal.key.pem --passphrase-file pw -o seal.csr --subject";
    assert_eq!(run(&bench, &format!("{request} CN=見本市長,O=見本市,C=JP")).0, 0);
    assert!(bench.ok("req -in seal.csr -verify -noout").contains("OK"));
    assert_eq!(run(&bench, &format!("{request} 見本市長")).0, 64);
    let (status, out, _) = run(&bench, "keys list keys --format json");
    let listed: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((status, listed["items"].as_array().map(Vec::len)), (0, Some(10)), "{out}");
    let everything = run(&bench, "keys list keys").1 + &run(&bench, "keys list in").1 + &out;
    assert!(!everything.contains("BEGIN") && !everything.contains("ひみつ"));
    assert_eq!(run(&bench, "keys check --key pkcs11:token=x").0, 64);
    assert_eq!(run(&bench, "keys check --key in/seal.key.pem").0, 64);
}

pub(super) struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn tsa(bench: &Bench) -> (Serving, String) {
    let arguments = "tsa serve --key file:tsa.key --cert tsa.crt --chain ca.crt --listen 127.0.0.1:0";
    let mut child = command(bench, arguments).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let address = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http://")));
    (Serving(child), address.expect("the authority says where it listens"))
}

#[test]
fn the_authority_serves_over_http() {
    let bench = with_files(&["root", "ca", "tsa", "signer-p256"]);
    let (_serving, address) = tsa(&bench);
    let source = HttpTimestampSource::new(&address, Duration::from_secs(10)).expect("an address");
    let token = obtain(&source, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).expect("a token");
    assert!(token.covers(b"x"));
    assert_eq!(token.signer_certificate(&[]), Some(pki().certificate("tsa")));
    let elsewhere =
        HttpTimestampSource::new(&format!("{address}nowhere"), Duration::from_secs(10)).expect("an address");
    let missing = obtain(&elsewhere, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).map(drop);
    assert!(matches!(&missing, Err(TimestampError::Unavailable(text)) if text.contains("404")), "{missing:?}");
    let (status, _, error) =
        run(&bench, "tsa serve --key file:signer-p256.key --cert signer-p256.crt --listen 127.0.0.1:0");
    assert!(status == 65 && error.contains("tsp-not-timestamp-certificate"), "{error}");
}

/// Answers one connection with these bytes and then stays silent.
fn odd_server(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://user:secret@{}/", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(&answer);
        std::thread::sleep(Duration::from_secs(3));
    });
    address
}

#[test]
fn odd_authorities_are_told_without_their_address() {
    let answers: [(&str, Vec<u8>); 6] = [
        ("HTTP status 503", b"HTTP/1.1 503 No\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("HTTP status 302", b"HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("not of the type", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi".to_vec()),
        ("in time", Vec::new()),
        ("too large", {
            let head =
                b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: 1000000\r\n\r\n";
            [head.to_vec(), vec![0; 1_000_000]].concat()
        }),
        ("exchange failed", b"what is this\r\n\r\n".to_vec()),
    ];
    for (expected, answer) in answers {
        let source = HttpTimestampSource::new(&odd_server(answer), Duration::from_secs(1)).expect("an address");
        let refused = obtain(&source, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).map(drop);
        let text = refused.as_ref().map_err(ToString::to_string).expect_err("no token");
        assert!(
            text.contains(expected) && !text.contains("secret") && !text.contains("127.0.0.1"),
            "{expected}: {text}"
        );
    }
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let source = HttpTimestampSource::new(&format!("http://{closed}/"), Duration::from_secs(1)).expect("an address");
    assert!(obtain(&source, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).is_err());
    for bad in ["", "ftp://x/", "file:///etc/passwd", "http://", "x"] {
        assert!(HttpTimestampSource::new(bad, Duration::from_secs(1)).is_err(), "{bad}");
    }
}
