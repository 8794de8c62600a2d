//! `validate --online`, run as a person runs it: what is lacking is fetched, and nothing that comes makes a verdict
//! better than it may be.

use super::site::{List, Page, Places, Site, issue, seal, signed, signed_at};
use crate::engine::openssl::Bench;
use crate::engine::pades::city::stamping;
use crate::engine::pki::pki;
use fumikura::asn1::{Certificate, Extension, oid, pem_encode, writer};
use fumikura::cli::SystemClock;
use fumikura::pades::Level;
use fumikura::time::Clock;
use serde_json::Value;
use std::process::{Child, Command, Output, Stdio};

const AT: &str = "--at 2026-06-02T00:00:00Z";

struct Town {
    bench: Bench,
    site: Site,
}

impl Town {
    fn new() -> Self {
        let (bench, site) = (Bench::new(), Site::start());
        bench.file("root.crt", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
        bench.file("ca.crt", pem_encode("CERTIFICATE", pki().certificate("ca").der()).as_bytes());
        // Old enough for any clock: some tests go by the real one.
        let old = List { from: "2020-06-01T00:00:00Z", ..List::default() };
        bench.file("root.crl", old.by((pki().certificate("root"), "root"), &[]).der());
        Self { bench, site }
    }

    fn run(&self, arguments: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        // A proxy of the environment would be asked for everything.
        for name in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
            command.env(name, "http://127.0.0.1:9/");
        }
        command.args(arguments.split_whitespace()).current_dir(self.bench.folder()).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (status.code().expect("ends by itself"), text(stdout), text(stderr))
    }

    fn allowed(&self) -> String {
        format!("--online --allow-host {}", self.site.address)
    }

    /// Validates the file signed.pdf and returns its entry of the JSON document.
    fn validate(&self, arguments: &str) -> Value {
        let given = format!("validate signed.pdf --trust root.crt --crl root.crl {AT} --format json {arguments}");
        let (_, out, error) = self.run(&given);
        let document: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("one document: {out} {error}"));
        assert_eq!(error, "", "all is said in the document");
        document["files"][0].clone()
    }

    fn sign_with(&self, certificate: &Certificate) {
        self.bench.file("signed.pdf", signed(certificate, vec![pki().certificate("ca").clone()]));
    }
}

fn verdict(file: &Value) -> (&str, &str) {
    (file["indication"].as_str().unwrap(), file["signatures"][0]["sub_indication"].as_str().unwrap_or(""))
}

fn codes(file: &Value) -> Vec<&str> {
    file["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

const PASSED: (&str, &str) = ("TOTAL-PASSED", "");
const LATER: (&str, &str) = ("INDETERMINATE", "TRY_LATER");

#[test]
fn a_list_is_fetched_where_the_certificate_says() {
    let town = Town::new();
    let seal = seal("a", &Places::crl(town.site.url("/ca.crl")));
    town.sign_with(&seal);
    town.site.put_list("/ca.crl", &List::default().of_ca(&[]));
    assert_eq!(verdict(&town.validate("")), LATER, "nothing is fetched unasked");
    assert!(town.site.asked().is_empty());
    let file = town.validate(&town.allowed());
    assert_eq!((verdict(&file), codes(&file).len()), (PASSED, 0), "{file:#}");
    assert_eq!(town.site.asked(), ["/ca.crl"]);
    // Twice in one run it is fetched once.
    let given = format!("validate signed.pdf signed.pdf --trust root.crt --crl root.crl {AT} {}", town.allowed());
    assert_eq!((town.run(&given).0, town.site.asked().len()), (0, 1));
    // The same report as with the list in hand.
    town.bench.file("ca.crl", List::default().of_ca(&[]).der());
    assert_eq!(town.validate("--crl ca.crl"), file);
    town.site.put_list("/ca.crl", &List::default().of_ca(&[&seal]));
    let file = town.validate(&town.allowed());
    assert_eq!(verdict(&file), ("INDETERMINATE", "REVOKED_NO_POE"), "{file:#}");
}

#[test]
fn a_path_is_completed_from_the_issuers_that_certificates_name() {
    let town = Town::new();
    let at = |path: &str| Some(town.site.url(path));
    let root = (pki().certificate("root"), "root");
    let top = issue("top", "signer-p521", root, &Places::default(), true);
    let places = Places { issuer: at("/top.p7c"), ..Places::crl(town.site.url("/top.crl")) };
    let upper = issue("upper", "signer-p384", (&top, "signer-p521"), &places, true);
    let places = Places { issuer: at("/upper.crt"), ..Places::crl(town.site.url("/upper.crl")) };
    let seal = issue("lower", "signer-p256", (&upper, "signer-p384"), &places, false);
    town.bench.file("signed.pdf", signed(&seal, Vec::new()));
    town.bench.file("top.crt", pem_encode("CERTIFICATE", top.der()).as_bytes());
    town.bench.ok("crl2pkcs7 -nocrl -certfile top.crt -certfile ca.crt -outform DER -out top.p7c");
    town.site.put("/upper.crt", Page::Bytes(pem_encode("CERTIFICATE", upper.der()).as_bytes().to_vec()));
    town.site.put("/top.p7c", Page::Bytes(town.bench.read("top.p7c")));
    town.site.put_list("/top.crl", &List::default().by((&top, "signer-p521"), &[]));
    town.site.put_list("/upper.crl", &List::default().by((&upper, "signer-p384"), &[]));
    assert_eq!(verdict(&town.validate("")), ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND"));
    let file = town.validate(&town.allowed());
    assert_eq!((verdict(&file), codes(&file).len()), (PASSED, 0), "{file:#}");
    assert_eq!(town.site.asked(), ["/upper.crt", "/top.p7c", "/upper.crl", "/top.crl"], "each once");
    // An impostor of the issuer's name does not help, and is told.
    let impostor = issue("upper", "signer-p521", root, &Places::default(), true);
    town.site.put("/upper.crt", Page::Bytes(impostor.der().to_vec()));
    let file = town.validate(&town.allowed());
    assert_eq!(verdict(&file).0, "INDETERMINATE");
    assert_eq!(codes(&file), ["online-bad-signature"]);
}

#[test]
fn what_does_not_help_changes_nothing_and_is_told() {
    let town = Town::new();
    let url = town.site.url("/ca.crl");
    let seal = seal("b", &Places::crl(url));
    town.sign_with(&seal);
    let scope = |field: u8| {
        let value = writer::sequence(&[writer::tlv(field, &[0xff])]);
        vec![Extension { oid: oid::ISSUING_DISTRIBUTION_POINT, critical: true, value }]
    };
    let bytes = |list: &fumikura::asn1::CertificateList| Page::Bytes(list.der().to_vec());
    let expired = List { from: "2026-04-01T00:00:00Z", to: "2026-05-01T00:00:00Z", ..List::default() };
    let future = List { from: "2026-07-01T00:00:00Z", ..List::default() };
    let forged = List::default().by((pki().certificate("ca"), "signer-p384"), &[]);
    for (page, code) in [
        (bytes(pki().crl("root")), "online-other-issuer"),
        (bytes(&expired.of_ca(&[])), "online-expired"),
        (bytes(&future.of_ca(&[])), "online-not-yet"),
        (bytes(&List { more: scope(0x82), ..List::default() }.of_ca(&[])), "online-other-scope"),
        (bytes(&List { more: scope(0x85), ..List::default() }.of_ca(&[])), "online-other-scope"),
        (bytes(&forged), "online-bad-signature"),
        (Page::Bytes(b"<html>404</html>".to_vec()), "online-unreadable"),
        (Page::Bytes(Vec::new()), "online-unreadable"),
        (Page::Bytes(pki().certificate("ca").der().to_vec()), "online-unreadable"),
        (Page::Status(503), "online-status"),
        (Page::Cut, "online-broken-off"),
        (Page::Redirect(302, "http://127.0.0.1:1/".to_owned()), "online-not-listed"),
        (Page::Redirect(302, "ldap://127.0.0.1/".to_owned()), "online-scheme"),
    ] {
        town.site.put("/ca.crl", page);
        let file = town.validate(&town.allowed());
        assert_eq!((verdict(&file), codes(&file)), (LATER, vec![code]), "{file:#}");
        let words = &file["findings"][0];
        assert_eq!(words["severity"], "warning");
        assert!(words["en"].as_str().unwrap().contains("127.0.0.1") && words["ja"].as_str().unwrap().contains('証'));
    }
    town.site.put("/ca.crl", Page::Drip);
    let file = town.validate(&format!("{} --online-seconds 2", town.allowed()));
    assert_eq!((verdict(&file), codes(&file)), (LATER, vec!["online-too-slow"]));
    let (status, out, _) = town
        .run(&format!("validate signed.pdf --trust root.crt --crl root.crl {AT} --online --allow-host 127.0.0.1:1"));
    assert!(status == 2 && out.contains("接続を許された相手ではない"), "{out}");
}

#[test]
fn nothing_but_public_addresses_is_asked_without_a_list_of_hosts() {
    let town = Town::new();
    let port = town.site.address.port();
    let urls = [
        format!("http://127.0.0.1:{port}/ca.crl"),
        format!("http://localhost:{port}/ca.crl"),
        format!("http://[::ffff:127.0.0.1]:{port}/ca.crl"),
        format!("http://2130706433:{port}/ca.crl"),
        format!("http://u:p@127.0.0.1:{port}/ca.crl"),
        "file:///etc/passwd".to_owned(),
        "ldap:///CN=CA,C=JP?certificateRevocationList".to_owned(),
    ];
    town.site.put_list("/ca.crl", &List::default().of_ca(&[]));
    town.sign_with(&seal("c", &Places { crls: urls.to_vec(), ..Places::default() }));
    let file = town.validate("--online");
    assert_eq!(verdict(&file), LATER);
    let expected = ["not-public", "not-public", "not-public", "bad-url", "bad-url", "scheme", "scheme"];
    assert_eq!(codes(&file), expected.map(|code| format!("online-{code}")), "{file:#}");
    assert!(!file.to_string().contains("u:p"), "no credentials are repeated");
    assert!(town.site.asked().is_empty(), "nobody connected");
}

#[test]
fn a_second_place_is_asked_where_the_first_does_not_help() {
    let town = Town::new();
    let crls = vec![town.site.url("/gone.crl"), town.site.url("/ca.crl")];
    town.sign_with(&seal("d", &Places { crls, ocsp: Some(town.site.url("/ocsp")), ..Places::default() }));
    town.site.put("/ocsp", Page::Ocsp(|_| vec![0x30, 3, 0x0a, 1, 6]));
    town.site.put_list("/ca.crl", &List::default().of_ca(&[]));
    let file = town.validate(&town.allowed());
    assert_eq!((verdict(&file), codes(&file).len()), (PASSED, 0), "{file:#}");
    assert_eq!(town.site.asked(), ["/ocsp", "/gone.crl", "/ca.crl"]);
    town.site.put("/ca.crl", Page::Status(500));
    let file = town.validate(&town.allowed());
    assert_eq!(codes(&file), ["online-responder-refused", "online-status", "online-status"]);
}

#[test]
fn a_delta_list_that_revokes_is_heeded() {
    let town = Town::new();
    let places = Places { deltas: Some(town.site.url("/delta.crl")), ..Places::crl(town.site.url("/ca.crl")) };
    let seal = seal("e", &places);
    town.sign_with(&seal);
    town.site.put_list("/ca.crl", &List::default().of_ca(&[]));
    let file = town.validate(&town.allowed());
    assert_eq!((verdict(&file), codes(&file)), (PASSED, vec!["online-status"]), "the list alone says good");
    town.site.put_list("/delta.crl", &List::delta(5).of_ca(&[]));
    let file = town.validate(&town.allowed());
    assert_eq!((verdict(&file), codes(&file).len()), (PASSED, 0), "{file:#}");
    town.site.put_list("/delta.crl", &List::delta(5).of_ca(&[&seal]));
    assert_eq!(verdict(&town.validate(&town.allowed())), ("INDETERMINATE", "REVOKED_NO_POE"));
}

#[test]
fn what_was_fetched_serves_again_and_is_believed_no_more_for_it() {
    let town = Town::new();
    let seal = seal("f", &Places::crl(town.site.url("/ca.crl")));
    town.sign_with(&seal);
    let short = |from, to| List { from, to, ..List::default() };
    town.site.put_list("/ca.crl", &short("2026-05-01T00:00:00Z", "2026-06-03T00:00:00Z").of_ca(&[]));
    assert_eq!(verdict(&town.validate("--cache kept")), LATER, "an empty cache knows nothing");
    let online = format!("{} --cache kept", town.allowed());
    assert_eq!(verdict(&town.validate(&online)), PASSED);
    assert_eq!(town.site.asked().len(), 1);
    assert_eq!(verdict(&town.validate(&online)), PASSED);
    assert_eq!(verdict(&town.validate("--cache kept")), PASSED, "without the network too");
    assert!(town.site.asked().is_empty(), "until its next update");
    let kept: Vec<_> = std::fs::read_dir(town.bench.path("kept")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "one file, and no half one");
    // Altered where it lies: it does not verify, and another is fetched in its place.
    let whole = std::fs::read(&kept[0]).unwrap();
    for altered in [[&whole[..60], &[whole[60] ^ 1], &whole[61..]].concat(), whole[..99].to_vec(), b"garbage".to_vec()]
    {
        std::fs::write(&kept[0], &altered).unwrap();
        assert_eq!(verdict(&town.validate("--cache kept")), LATER);
        assert_eq!(verdict(&town.validate(&online)), PASSED);
        assert_eq!((town.site.asked().len(), std::fs::read(&kept[0]).unwrap() == whole), (1, true));
    }
    // A list of somebody else's making, put in its place.
    std::fs::write(&kept[0], List::default().by((pki().certificate("ca"), "signer-p384"), &[&seal]).der()).unwrap();
    assert_eq!(verdict(&town.validate("--cache kept")), LATER, "it can neither pass nor revoke");
    assert_eq!(verdict(&town.validate(&online)), PASSED);
    town.site.asked();
    // Past its next update a newer one is fetched.
    town.site.put_list("/ca.crl", &short("2026-06-03T00:00:00Z", "2026-07-03T00:00:00Z").of_ca(&[&seal]));
    let later =
        format!("validate signed.pdf --trust root.crt --crl root.crl --at 2026-06-05T00:00:00Z --format json {online}");
    let (_, out, _) = town.run(&later);
    assert!(out.contains("REVOKED_NO_POE"), "{out}");
    assert_eq!(town.site.asked().len(), 1);
}

#[test]
fn a_long_term_level_is_reached_with_what_is_fetched() {
    let town = Town::new();
    let now = SystemClock.now();
    let seconds_ago = |seconds: i64| (now - jiff::SignedDuration::from_secs(seconds)).to_string();
    let seal = seal("j", &Places::crl(town.site.url("/ca.crl")));
    let source = stamping(pki().chain("tsa"), now - jiff::SignedDuration::from_secs(60));
    let stamped = signed_at(Level::BT, &seal, vec![pki().certificate("ca").clone()], Some(&source));
    town.bench.file("stamped.pdf", stamped);
    let extend = |more: &str| {
        let given = "extend stamped.pdf -o lasting.pdf --level b-lt --trust root.crt --crl root.crl";
        let (status, out, error) = town.run(&format!("{given} {more}"));
        (status, town.bench.path("lasting.pdf").exists(), out + &error)
    };
    let (status, made, words) = extend("");
    assert!(status == 65 && !made && words.contains("revocation-missing"), "{status} {words}");
    // From before the timestamp: it does not know.
    let list = |from: &str| List { from, ..List::default() }.of_ca(&[]);
    town.site.put_list("/ca.crl", &list("2020-06-01T00:00:00Z"));
    let online = format!("{} --cache kept", town.allowed());
    let (status, made, words) = extend(&online);
    assert!(status == 65 && !made && words.contains("revocation-older"), "{status} {words}");
    // The one that is kept is too old, so a newer one is fetched.
    town.site.put_list("/ca.crl", &list(&seconds_ago(30)));
    town.site.asked();
    let (status, made, words) = extend(&online);
    assert!(status == 0 && made && !words.contains("online-"), "nothing is lacking: {status} {words}");
    assert_eq!(town.site.asked(), ["/ca.crl"]);
    let (status, out, _) = town.run("validate lasting.pdf --trust root.crt --format json");
    assert!(status == 0 && out.contains("\"B-LT\""), "{out}");
}

/// OpenSSL's responder, while it runs.
struct Responder(Child, u16);

impl Responder {
    /// Answers for the CA of the test PKI from an index.
    fn start(bench: &Bench, index: &str) -> Self {
        bench.file("index.txt", index);
        bench.file("responder.crt", pem_encode("CERTIFICATE", pki().certificate("responder").der()).as_bytes());
        bench.file("responder.key", pem_encode("PRIVATE KEY", pki().pkcs8("responder")).as_bytes());
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = format!(
            "ocsp -port {port} -index index.txt -CA ca.crt -rsigner responder.crt -rkey responder.key -nmin 60"
        );
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(bench.folder());
        let log = std::fs::File::create(bench.path("responder.log")).expect("a file");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("openssl");
        // A connection that asks nothing would hold it up.
        for _ in 0..300 {
            if bench.read("responder.log").windows(7).any(|words| words == b"waiting") {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Self(child, port)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn openssl_s_responder_is_asked_and_understood() {
    let town = Town::new();
    let line = |certificate: &Certificate, revoked: &str| {
        let mark = if revoked.is_empty() { "V" } else { "R" };
        format!("{mark}\t440101000000Z\t{revoked}\t{}\tunknown\t/CN={mark}\n", certificate.serial_hex().to_uppercase())
    };
    // The serial number and the name do not depend on the place, so the index can be written before.
    let (one, two) = (seal("g", &Places::default()), seal("h", &Places::default()));
    let responder = Responder::start(&town.bench, &(line(&one, "") + &line(&two, "260101000000Z,keyCompromise")));
    let place = Places { ocsp: Some(format!("http://127.0.0.1:{}/", responder.1)), ..Places::default() };
    let asked = |common: &str| {
        town.bench.file("seal.crt", pem_encode("CERTIFICATE", seal(common, &place).der()).as_bytes());
        let (status, out, error) = town.run(&format!(
            "certs validate seal.crt --intermediate ca.crt --trust root.crt --crl root.crl --format json --online --allow-host 127.0.0.1:{} --cache kept",
            responder.1
        ));
        assert_eq!(error, "");
        (status, serde_json::from_str::<Value>(&out).expect("one document"))
    };
    let (status, document) = asked("g");
    assert_eq!((status, document["indication"].as_str()), (0, Some("TOTAL-PASSED")), "{document:#}");
    // The same answer once more, to a question with another nonce.
    let kept = std::fs::read_dir(town.bench.path("kept")).unwrap().next().expect("the answer is kept").unwrap();
    town.site.put("/ocsp", Page::Bytes(std::fs::read(kept.path()).unwrap()));
    let replayed = seal("g", &Places { ocsp: Some(town.site.url("/ocsp")), ..Places::default() });
    town.bench.file("seal.crt", pem_encode("CERTIFICATE", replayed.der()).as_bytes());
    let given = "certs validate seal.crt --intermediate ca.crt --trust root.crt --crl root.crl";
    let (status, out, _) = town.run(&format!("{given} {}", town.allowed()));
    assert!(status == 2 && out.contains("online-other-nonce"), "{out}");
    let (status, document) = asked("h");
    assert_eq!((status, document["sub_indication"].as_str()), (1, Some("REVOKED")), "{document:#}");
    let (status, document) = asked("nobody");
    assert_eq!(status, 2);
    assert_eq!(
        document["findings"].as_array().unwrap().last().unwrap()["code"],
        "online-unknown-there",
        "{document:#}"
    );
    drop(responder);
}

#[test]
fn an_answer_to_another_question_is_not_taken() {
    let town = Town::new();
    town.sign_with(&seal("i", &Places { ocsp: Some(town.site.url("/ocsp")), ..Places::default() }));
    // A good answer, about another certificate.
    town.site
        .put("/ocsp", Page::Ocsp(|_| crate::engine::ocsp::Answer::good("signer-p256", "ca").response().der().to_vec()));
    let file = town.validate(&town.allowed());
    assert_eq!((verdict(&file), codes(&file)), (LATER, vec!["online-other-scope"]), "{file:#}");
}
