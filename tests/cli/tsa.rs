//! `tsa serve`, run as a person runs it: over HTTP, its journal, its clock, and clients that others wrote.

use super::keys::{command, run, with_files};
use crate::engine::openssl::Bench;
use crate::engine::pades::interop::python;
use crate::engine::pki::{TestEntropy, pki};
use fumikura::asn1::pem_encode;
use fumikura::cli::SystemClock;
use fumikura::digest::{DigestAlgorithm, Sha256Hex};
use fumikura::fetch::{HttpTimestampSource, InTurn, Quota, Service};
use fumikura::ledger::Entry;
use fumikura::time::{Clock, Instant};
use fumikura::tsp::{FailureInfo, TimestampError, TimestampToken, obtain};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SERVE: &str = "tsa serve --key file:tsa.key --cert tsa.crt --chain ca.crt --listen 127.0.0.1:0";

pub(super) struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts an authority; returns it with its address.
pub(super) fn tsa(bench: &Bench, more: &str) -> (Serving, String) {
    let mut child =
        command(bench, &format!("{SERVE} {more}")).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let address = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http://")));
    (Serving(child), address.expect("the authority says where it listens"))
}

fn stamped(address: &str, algorithm: DigestAlgorithm) -> Result<TimestampToken, TimestampError> {
    let source = HttpTimestampSource::new(address, Duration::from_secs(10)).expect("an address");
    obtain(&source, &algorithm.digest(b"x"), &TestEntropy)
}

/// Asks for the health of an authority; returns the HTTP status.
fn health(address: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let place = address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    agent.get(format!("{place}/healthz")).call().expect("it answers").status().as_u16()
}

/// Waits until something holds.
fn waits_for(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = (0..300).any(|_| {
        let holds = holds();
        if !holds {
            std::thread::sleep(Duration::from_millis(100));
        }
        holds
    });
    assert!(waited, "{what}");
}

#[test]
fn the_authority_serves_over_http() {
    let bench = with_files(&["root", "ca", "tsa", "signer-p256"]);
    let (_serving, address) = tsa(&bench, "");
    let token = stamped(&address, DigestAlgorithm::Sha256).expect("a token");
    assert!(token.covers(b"x"));
    assert_eq!(token.signer_certificate(&[]), Some(pki().certificate("tsa")));
    assert_eq!(health(&address), 200);
    let missing = stamped(&format!("{address}nowhere"), DigestAlgorithm::Sha256).map(drop);
    assert!(matches!(&missing, Err(TimestampError::Unavailable(text)) if text.contains("404")), "{missing:?}");
    let (status, _, error) =
        run(&bench, "tsa serve --key file:signer-p256.key --cert signer-p256.crt --listen 127.0.0.1:0");
    assert!(status == 65 && error.contains("tsp-not-timestamp-certificate"), "{error}");
}

#[test]
fn it_stamps_on_its_path_and_what_it_was_told_to() {
    let bench = with_files(&["ca", "tsa"]);
    let (_serving, address) = tsa(&bench, "--path /tsa --digest sha512 --digest sha3-512");
    assert!(address.ends_with("/tsa"), "{address}");
    for (algorithm, is_stamped) in
        [(DigestAlgorithm::Sha512, true), (DigestAlgorithm::Sha3_512, true), (DigestAlgorithm::Sha256, false)]
    {
        let stamped = stamped(&address, algorithm).map(drop);
        match is_stamped {
            true => assert_eq!(stamped, Ok(())),
            false => assert_eq!(stamped, Err(TimestampError::Refused(FailureInfo::BadAlgorithm))),
        }
    }
    let elsewhere = stamped(&address.replace("/tsa", "/"), DigestAlgorithm::Sha512).map(drop);
    assert!(matches!(elsewhere, Err(TimestampError::Unavailable(_))), "{elsewhere:?}");
    for wrong in ["--path tsa", "--path /healthz", "--path /{x}", "--digest sha1", "--digest md5"] {
        assert_eq!(run(&bench, &format!("{SERVE} {wrong}")).0, 64, "{wrong}");
    }
}

#[test]
fn every_token_stands_in_the_journal_whatever_ended_the_authority() {
    let bench = with_files(&["ca", "tsa"]);
    let mut tokens = Vec::new();
    for _ in 0..3 {
        // Each is killed.
        let (serving, address) = tsa(&bench, "--journal tsa.jsonl");
        tokens.extend((0..4).map(|_| stamped(&address, DigestAlgorithm::Sha256).expect("a token")));
        let (status, _, error) = run(&bench, &format!("{SERVE} --journal tsa.jsonl"));
        assert!(status == 65 && error.contains("tsa-journal-in-use"), "{error}");
        drop(serving);
        // As a machine without power leaves it.
        let torn = [&bench.read("tsa.jsonl")[..], b"{\"seq\":99,\"at\":"].concat();
        bench.file("tsa.jsonl", torn);
    }
    drop(tsa(&bench, "--journal tsa.jsonl"));
    let (status, said, error) = run(&bench, "ledger verify --file tsa.jsonl");
    assert_eq!(status, 0, "{said}{error}");
    let text = String::from_utf8(bench.read("tsa.jsonl")).expect("UTF-8");
    let entries: Vec<Entry> = text.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    assert_eq!(entries.iter().filter(|entry| entry.verb.as_str() == "journal.opened").count(), 4);
    let granted: Vec<_> = entries.iter().filter(|entry| entry.verb.as_str() == "timestamp.granted").collect();
    assert_eq!(granted.len(), tokens.len());
    for (entry, token) in granted.iter().zip(&tokens) {
        assert_eq!(entry.word("token-sha256"), Some(Sha256Hex::of(token.der()).as_str()));
        assert_eq!(entry.word("imprint"), Some(Sha256Hex::from_digest(&token.imprint).as_str()));
        assert_eq!(entry.at, token.gen_time);
    }
    // What was changed is found; what is no journal is left as it is.
    let changed = text.replacen("timestamp.granted", "timestamp.grunted", 1);
    bench.file("changed.jsonl", changed);
    assert_eq!(run(&bench, "ledger verify --file changed.jsonl").0, 65);
    for foreign in ["one line", "several\nlines\n", "{\"seq\":\"it is mine\"}\n"] {
        bench.file("foreign", foreign);
        let (status, _, error) = run(&bench, &format!("{SERVE} --journal foreign"));
        assert!(status == 65 && error.contains("tsa-journal-broken"), "{foreign}: {error}");
        assert_eq!(bench.read("foreign"), foreign.as_bytes());
    }
}

/// A disk that is full: there are no tokens that the journal does not tell.
#[test]
fn what_cannot_be_written_down_is_not_handed_out() {
    let bench = with_files(&["ca", "tsa"]);
    let mut shell = std::process::Command::new("bash");
    // Signals aside, a file that may not grow refuses as a full disk does.
    let words =
        format!("trap '' XFSZ; ulimit -f 1; exec {} {SERVE} --journal tsa.jsonl", env!("CARGO_BIN_EXE_fumikura"));
    let started = shell.args(["-c", &words]).current_dir(bench.folder()).stdout(Stdio::piped()).spawn();
    let mut serving = Serving(started.expect("a shell"));
    let mut lines = BufReader::new(serving.0.stdout.take().expect("piped")).lines();
    let address = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http://"))).expect("an address");
    let answers: Vec<bool> = (0..6).map(|_| stamped(&address, DigestAlgorithm::Sha256).is_ok()).collect();
    assert!(answers[0] && !answers[5], "{answers:?}");
    let text = String::from_utf8(bench.read("tsa.jsonl")).expect("UTF-8");
    let told = text.lines().filter(|line| line.contains("timestamp.granted")).count();
    assert_eq!(told, answers.iter().filter(|&&granted| granted).count());
    assert!(text.ends_with('\n'), "no part of a line is left");
    assert_eq!(run(&bench, "ledger verify --file tsa.jsonl").0, 0);
}

/// A time server whose clock is so many milliseconds ahead of ours; with [`SILENT`] it does not answer.
fn time_server() -> (String, Arc<AtomicI64>) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("an address").to_string();
    let ahead = Arc::new(AtomicI64::new(0));
    let ahead_of_us = Arc::clone(&ahead);
    std::thread::spawn(move || {
        let mut question = [0; 48];
        while let Ok((_, from)) = socket.recv_from(&mut question) {
            let ahead = ahead_of_us.load(Ordering::SeqCst);
            if ahead == SILENT {
                continue;
            }
            let now = SystemClock.now().as_millisecond() + ahead;
            // Seconds since 1900, and parts of 2^32 (RFC 5905, 6).
            let seconds = (now / 1_000 + 2_208_988_800) as u64;
            let stamp = (seconds << 32 | ((now % 1_000) as u64 * (1 << 32) / 1_000)).to_be_bytes();
            let mut answer = [0; 48];
            // Version 4, server; stratum 2.
            (answer[0], answer[1], answer[2], answer[3]) = (0x24, 2, 6, 0xec);
            answer[12..16].copy_from_slice(&[127, 0, 0, 1]);
            answer[16..24].copy_from_slice(&stamp);
            answer[24..32].copy_from_slice(&question[40..48]);
            answer[32..40].copy_from_slice(&stamp);
            answer[40..48].copy_from_slice(&stamp);
            let _ = socket.send_to(&answer, from);
        }
    });
    (address, ahead)
}

const SILENT: i64 = i64::MIN;

#[test]
fn there_is_no_time_while_the_clock_is_not_shown_to_be_right() {
    let bench = with_files(&["ca", "tsa"]);
    let (server, ahead) = time_server();
    ahead.store(20_000, Ordering::SeqCst);
    let (_serving, address) = tsa(&bench, &format!("--journal tsa.jsonl --clock-server {server}"));
    waits_for("it compares", || String::from_utf8_lossy(&bench.read("tsa.jsonl")).contains("clock.doubted"));
    let refused = stamped(&address, DigestAlgorithm::Sha256).map(drop);
    assert_eq!(refused, Err(TimestampError::Refused(FailureInfo::TimeNotAvailable)));
    assert_eq!(health(&address), 503);
    ahead.store(0, Ordering::SeqCst);
    waits_for("it compares again", || health(&address) == 200);
    assert!(stamped(&address, DigestAlgorithm::Sha256).is_ok());
    let (_, said, _) = run(&bench, "ledger verify --file tsa.jsonl");
    assert!(said.contains("ledger holds"), "{said}");
}

#[test]
fn one_server_is_enough_and_one_that_differs_is_too_many() {
    let bench = with_files(&["ca", "tsa"]);
    let ((one, _), (silent, says_nothing), (other, differs)) = (time_server(), time_server(), time_server());
    says_nothing.store(SILENT, Ordering::SeqCst);
    differs.store(-5_000, Ordering::SeqCst);
    let (_both, address) = tsa(&bench, &format!("--clock-server {silent} --clock-server {one}"));
    waits_for("one answers", || health(&address) == 200);
    let (_serving, address) = tsa(&bench, &format!("--journal a.jsonl --clock-server {one} --clock-server {other}"));
    waits_for("they differ", || String::from_utf8_lossy(&bench.read("a.jsonl")).contains("another-time"));
    assert_eq!(health(&address), 503);
    let (_serving, address) = tsa(&bench, &format!("--journal b.jsonl --clock-server {silent}"));
    waits_for("nobody answers", || String::from_utf8_lossy(&bench.read("b.jsonl")).contains("silent"));
    assert_eq!(health(&address), 503);
}

#[test]
fn a_machine_that_says_its_clock_is_not_synchronised_is_believed() {
    let bench = with_files(&["ca", "tsa"]);
    let chrony =
        |leap: &str| format!("echo 7F7F0101,,10,1764590000.1,0.000001,0.0,0.0,-1.2,0.0,0.1,0.0,0.0,64.2,{leap}");
    for (name, answer, status) in [
        ("timedatectl", "echo yes".to_owned(), 200),
        ("timedatectl", "echo no".to_owned(), 503),
        ("timedatectl", "exit 1".to_owned(), 503),
        ("chronyc", chrony("Normal"), 200),
        ("chronyc", chrony("Not synchronised"), 503),
    ] {
        let program = bench.file(name, format!("#!/bin/sh\n{answer}\n"));
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a program");
        let journal = bench.path("clock.jsonl");
        let _ = std::fs::remove_file(&journal);
        let asks = if name == "chronyc" { "chrony" } else { name };
        let mut child = command(&bench, &format!("{SERVE} --journal clock.jsonl --clock-status {asks}"))
            .env("PATH", bench.folder())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http://"))).expect("an address");
        let _serving = Serving(child);
        waits_for("it asked", || String::from_utf8_lossy(&bench.read("clock.jsonl")).contains("\"clock."));
        assert_eq!(health(&address), status, "{answer}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the test command says whether tools must be there")]
fn interop_wanted() -> bool {
    std::env::var("FUMIKURA_INTEROP").as_deref() == Ok("1")
}

/// What clients that others wrote make of our tokens: pyHanko, and the one that Sigstore uses.
const CLIENTS: &str = r#"
import asyncio, hashlib, secrets, sys, urllib.request
from cryptography import x509
url, root, chain = sys.argv[1], sys.argv[2], sys.argv[3:]
from pyhanko.sign.timestamps import HTTPTimeStamper
token = asyncio.run(HTTPTimeStamper(url).async_timestamp(hashlib.sha256(b'x').digest(), 'sha256'))
print('pyhanko', token['content']['encap_content_info']['content_type'].native)
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
read = lambda path: x509.load_pem_x509_certificate(open(path, 'rb').read())
for algorithm in (HashAlgorithm.SHA256, HashAlgorithm.SHA512):
    for embedded in (True, False):
        request = (TimestampRequestBuilder().data(b'x').hash_algorithm(algorithm)
                   .cert_request(cert_request=embedded).nonce(nonce=True).build())
        post = urllib.request.Request(url, request.as_bytes(), {'Content-Type': 'application/timestamp-query'})
        response = decode_timestamp_response(urllib.request.urlopen(post).read())
        verifier = VerifierBuilder.from_request(request).add_root_certificate(read(root))
        for path in chain:
            verifier = verifier.add_intermediate_certificate(read(path))
        if not embedded:
            verifier = verifier.tsa_certificate(read(chain[0]))
        print('rfc3161-client', verifier.build().verify_message(response, b'x'))
"#;

#[test]
fn clients_that_others_wrote_take_its_tokens() {
    let installed = python().args(["-c", "import pyhanko, rfc3161_client"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        assert!(!interop_wanted(), "pyHanko and rfc3161-client must be installed");
        eprintln!("pyHanko or rfc3161-client is not here: passed over");
        return;
    }
    let bench = with_files(&["root", "ca", "tsa"]);
    let (_serving, address) = tsa(&bench, "");
    let mut client = python();
    client.args(["-c", CLIENTS, &address, "root.crt", "tsa.crt", "ca.crt"]).current_dir(bench.folder());
    let output = client.output().expect("an interpreter");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said, format!("pyhanko tst_info\n{}", "rfc3161-client True\n".repeat(4)));
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

/// An authority in front of another: it takes note of who asks, and answers as it is told.
struct Door {
    address: String,
    /// The HTTP status with which it refuses; 0 lets through.
    refuses_with: Arc<AtomicI64>,
    /// How often it was asked, and what it was told of who asks.
    asked: Arc<Mutex<Vec<Option<String>>>>,
}

fn door(behind: &str) -> Door {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let (refuses_with, asked) = (Arc::new(AtomicI64::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (refuses, notes, behind) = (Arc::clone(&refuses_with), Arc::clone(&asked), behind.to_owned());
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut reader = BufReader::new(stream);
            let (mut length, mut login) = (0, None);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a request");
                let (name, value) = line.trim().split_once(": ").unwrap_or((line.trim(), ""));
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().expect("a length"),
                    "authorization" => login = Some(value.to_owned()),
                    "" => break,
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            notes.lock().expect("nobody broke down").push(login);
            let status = refuses.load(Ordering::SeqCst);
            let answer = if status == 0 {
                let mut answer =
                    ureq::post(&behind).header("content-type", "application/timestamp-query").send(&body[..]);
                answer.as_mut().expect("an answer").body_mut().read_to_vec().expect("its bytes")
            } else {
                Vec::new()
            };
            let head = format!(
                "HTTP/1.1 {} x\r\nContent-Type: application/timestamp-reply\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                if status == 0 { 200 } else { status },
                answer.len()
            );
            let mut stream = reader.into_inner();
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer));
        }
    });
    Door { address, refuses_with, asked }
}

impl Door {
    fn times(&self) -> usize {
        self.asked.lock().expect("nobody broke down").len()
    }

    fn service(&self, quota: Option<Quota>) -> Service {
        Service::new(HttpTimestampSource::new(&self.address, Duration::from_secs(10)).expect("an address"), quota)
    }
}

/// A clock that is set by hand, in seconds.
struct HandClock(Arc<AtomicI64>);

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_second(self.0.load(Ordering::SeqCst)).expect("an instant")
    }
}

#[test]
fn several_authorities_stand_in_for_each_other() {
    let bench = with_files(&["ca", "tsa"]);
    let (_serving, address) = tsa(&bench, "");
    let (first, second) = (door(&address), door(&address));
    let time = Arc::new(AtomicI64::new(1_000_000));
    let quota = Quota { requests: 3, seconds: 600 };
    let turn =
        InTurn::new(vec![first.service(Some(quota)), second.service(None)], Arc::new(HandClock(Arc::clone(&time))));
    let asked = |then: i64, first_asked: usize, second_asked: usize| {
        time.store(1_000_000 + then, Ordering::SeqCst);
        obtain(&turn, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).expect("a token");
        assert_eq!((first.times(), second.times()), (first_asked, second_asked), "{then}");
    };
    asked(0, 1, 0);
    // It refuses: the next one stands in, and it rests longer each time.
    first.refuses_with.store(503, Ordering::SeqCst);
    asked(10, 2, 1);
    asked(39, 2, 2);
    asked(41, 3, 3);
    // It has been asked as often as it may be, whatever it would say.
    first.refuses_with.store(0, Ordering::SeqCst);
    asked(590, 3, 4);
    asked(601, 4, 4);
    asked(602, 4, 5);
    // A token of another request is no answer; nor is none.
    first.refuses_with.store(404, Ordering::SeqCst);
    second.refuses_with.store(429, Ordering::SeqCst);
    time.store(1_002_000, Ordering::SeqCst);
    let refused = obtain(&turn, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).map(drop);
    let Err(TimestampError::Unavailable(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("(1) it answered with HTTP status 404") && why.contains("(2) it answered"), "{why}");
    assert!(!why.contains("127.0.0.1"), "{why}");
    let refused = obtain(&turn, &DigestAlgorithm::Sha256.digest(b"x"), &TestEntropy).map(drop);
    assert!(
        matches!(&refused, Err(TimestampError::Unavailable(why)) if why.contains("not to be asked before")),
        "{refused:?}"
    );
}

#[test]
fn an_authority_learns_who_asks_and_no_other_one_does() {
    let bench = crate::cli::sign::bench();
    for name in ["ca", "tsa"] {
        bench.file(&format!("{name}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
        bench.file(&format!("{name}.key"), pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
    }
    let (_serving, address) = tsa(&bench, "");
    let front = door(&address);
    bench.file("password", "ひみつ\n");
    let who = format!("--tsa {} --tsa-user bunko --tsa-password-file password", front.address);
    let (status, said, error) = run(&bench, &format!("timestamp in.pdf -o out.pdf {who}"));
    assert_eq!(status, 0, "{said}{error}");
    use base64::Engine;
    let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("bunko:ひみつ"));
    assert_eq!(*front.asked.lock().expect("nobody broke down"), [Some(expected)]);
    assert_eq!(run(&bench, &format!("timestamp in.pdf -o no.pdf {who} --tsa {address}")).0, 64);
    assert_eq!(run(&bench, "timestamp in.pdf -o no.pdf").0, 64);
    // Two are asked in their order.
    front.refuses_with.store(500, Ordering::SeqCst);
    let (status, said, error) =
        run(&bench, &format!("timestamp in.pdf -o two.pdf --tsa {} --tsa {address}", front.address));
    assert_eq!(status, 0, "{said}{error}");
    assert_eq!(front.times(), 2);
}

#[test]
fn requests_are_carried_to_an_authority_and_their_answers_back() {
    let bench = crate::cli::sign::bench();
    for name in ["ca", "tsa"] {
        bench.file(&format!("{name}.crt"), pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
        bench.file(&format!("{name}.key"), pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
    }
    let (_serving, address) = tsa(&bench, "");
    let told = |arguments: &str| {
        let (status, said, error) = run(&bench, arguments);
        (status, said + &error)
    };
    let sealed = "sign in.pdf -o sealed.pdf --key file:seal.key --cert seal.crt --chain ca.crt --keep-room";
    assert_eq!(told(sealed).0, 0);
    let extend = "extend sealed.pdf -o stamped.pdf --level b-t --tsa relay:letters";
    assert_eq!(told(extend).0, 64, "the folder is not there");
    std::fs::create_dir(bench.path("letters")).expect("a folder");
    let letters = || {
        let names = std::fs::read_dir(bench.path("letters")).expect("a folder");
        let mut names: Vec<String> =
            names.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    };
    for _ in 0..2 {
        let (status, said) = told(extend);
        assert!(status == 69 && said.contains("tsp-waiting") && said.contains(".tsq"), "{status} {said}");
        assert_eq!(letters().len(), 1, "the request stays the same");
    }
    let request = format!("letters/{}", letters()[0]);
    let (status, said) = told(&format!("tsa ask {request} --tsa {address}"));
    assert!(status == 0 && said.contains(".tsr"), "{status} {said}");
    let answer = format!("letters/{}", letters()[1]);
    // Another request's answer is none.
    let good = bench.read(&answer);
    bench.file(
        "other.tsq",
        fumikura::tsp::TimestampRequest::new(&DigestAlgorithm::Sha256.digest(b"y"), [7; 8]).to_der(),
    );
    assert_eq!(told(&format!("tsa ask other.tsq --tsa {address}")).0, 0);
    bench.file(&answer, bench.read("other.tsr"));
    let (status, said) = told(extend);
    assert!(status == 69 && said.contains("tsp-"), "{status} {said}");
    bench.file(&answer, good);
    let (status, said) = told(extend);
    assert!(status == 0 && said.contains("b-t"), "{status} {said}");
    // What is another thing each time cannot wait for an answer.
    for arguments in [
        "timestamp in.pdf -o no.pdf --tsa relay:letters",
        "extend stamped.pdf -o no.pdf --level b-lta --trust root.crt --tsa relay:letters",
        "sign in.pdf -o no.pdf --key file:seal.key --cert seal.crt --level b-t --tsa relay:letters",
    ] {
        assert_eq!(told(arguments).0, 64, "{arguments}");
    }
}
