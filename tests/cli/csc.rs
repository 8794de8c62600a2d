//! Keys at a remote signing service: what is signed, what is asked how often, and what is refused.

use super::csc_server::{CREDENTIAL_TOKEN, OTP, PIN, Plan, Service, TOKEN, Trouble};
use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use fumikura::asn1::pem_encode;
use fumikura::cli::SystemClock;
use fumikura::crypto::{SignatureScheme, Signer, verify};
use fumikura::digest::DigestAlgorithm;
use fumikura::fault::{Fault, Kind};
use fumikura::fetch::csc::{CscAccess, CscAddress, CscError, CscSigner, open};
use fumikura::pki::issue::{CrlTemplate, Issuer, issue_crl};
use fumikura::time::Clock;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const CREDENTIAL: &str = "%E5%8D%B0%201";
const PKCS1: SignatureScheme = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256);

fn bench() -> Bench {
    let bench = Bench::new();
    bench.file("in.pdf", std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/typst.pdf")).unwrap());
    bench.file("token", format!("{TOKEN}\n"));
    bench.file("pin", format!("{PIN}\n{OTP}\n"));
    bench.file("wrong", "111111\n");
    bench.file("root.crt", pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes());
    for issuer in ["root", "ca"] {
        bench.file(&format!("{issuer}.crl"), fresh_list(issuer));
    }
    bench
}

/// Makes a revocation list of now, with nothing on it.
fn fresh_list(issuer: &str) -> Vec<u8> {
    let now = SystemClock.now();
    let next = now.checked_add(Duration::from_secs(86400)).unwrap();
    let template =
        CrlTemplate { this_update: now, next_update: next, number: 2, revoked: Vec::new(), more: Vec::new() };
    let (name, signer) = (pki().certificate(issuer).subject_name(), pki().signer(issuer));
    issue_crl(&template, Issuer { name, signer: &signer, digest: DigestAlgorithm::Sha256 }).unwrap().der().to_vec()
}

/// Runs the program against a service, with the token in a file and the PIN in another.
fn run(bench: &Bench, service: &Service, arguments: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(arguments.split_whitespace()).current_dir(bench.folder()).stdin(Stdio::null());
    if !arguments.starts_with("validate") {
        command.args(["--key", &service.key(CREDENTIAL), "--csc-plain-loopback", "--csc-token-file", "token"]);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    for secret in [TOKEN, PIN, OTP, "sad-"] {
        assert!(!said.contains(secret), "{said}");
    }
    (output.status.code().unwrap(), said)
}

fn access() -> CscAccess {
    CscAccess {
        token: Zeroizing::new(TOKEN.to_owned()),
        credential_token: None,
        allows_plain_loopback: true,
        timeout: Duration::from_secs(10),
        patience: Duration::from_secs(2),
    }
}

/// Opens the credential, with the secrets in their order; counts how often one is asked for.
fn opened(service: &Service, access: CscAccess, secrets: &[&str]) -> (Result<CscSigner, CscError>, usize) {
    let address: CscAddress = format!("{}?credential={CREDENTIAL}", service.base).parse().unwrap();
    let mut asked = 0;
    let signer = open(&address, access, Arc::new(SystemClock), &mut |wanted| {
        assert_eq!(wanted.number, asked);
        assert!(!wanted.label.contains('\u{1b}'));
        asked += 1;
        secrets.get(wanted.number).map(|secret| Zeroizing::new((*secret).to_owned()))
    });
    (signer, asked)
}

/// Opens a credential that opens.
fn signer(service: &Service, secrets: &[&str]) -> CscSigner {
    opened(service, access(), secrets).0.unwrap()
}

#[test]
fn every_kind_of_remote_key_seals_a_pdf() {
    let bench = bench();
    let rsa = Plan::default();
    let exact = Plan { algorithms: &["1.2.840.113549.1.1.13"], mode: "implicit", objects: &[], ..rsa.clone() };
    let otp = Plan { objects: &["PIN", "OTP"], multisign: 1, ..rsa.clone() };
    let p256 = Plan { name: "signer-p256", algorithms: &["1.2.840.10045.4.3.2"], ..rsa.clone() };
    let raw = Plan { trouble: Trouble::RawEcdsa, algorithms: &["1.2.840.10045.2.1"], ..p256.clone() };
    let p384 = Plan { name: "signer-p384", algorithms: &["1.2.840.10045.4.3.3"], ..rsa.clone() };
    let later = Plan { trouble: Trouble::Later, ..rsa.clone() };
    for (plan, options) in [
        (rsa.clone(), ""),
        (rsa, "--scheme pss --digest sha512"),
        (exact, "--digest sha512"),
        (otp, ""),
        (p256, ""),
        (raw, ""),
        (p384, "--digest sha384"),
        (later, ""),
    ] {
        let (name, multisign, trouble) = (plan.name, plan.multisign, plan.trouble);
        let service = Service::start(plan);
        let (status, said) = run(&bench, &service, &format!("sign in.pdf -o out.pdf --passphrase-file pin {options}"));
        assert_eq!(status, 0, "{name} {options} {trouble:?}: {said}");
        assert_eq!((service.count("credentials/authorize"), service.count("signatures/signHash")), (1, 1));
        let (status, judged) = run(&bench, &service, "validate out.pdf --trust root.crt --crl root.crl --crl ca.crl");
        assert!(status == 0 && judged.contains("TOTAL-PASSED"), "{name} {options} {multisign}: {judged}");
        pdfsig(&bench);
    }
}

/// Asks pdfsig about `out.pdf`.
#[expect(clippy::disallowed_methods, reason = "the test command says what must be installed")]
fn pdfsig(bench: &Bench) {
    let Ok(output) = Command::new("pdfsig").args(["-nocert", "out.pdf"]).current_dir(bench.folder()).output() else {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "pdfsig must be installed");
        return;
    };
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("Signature Validation: Signature is Valid."), "{words}");
    assert!(words.contains("Total document signed"), "{words}");
}

#[test]
fn a_wrong_pin_is_sent_once_and_asked_for_once() {
    let bench = bench();
    let service = Service::start(Plan::default());
    let (status, said) = run(&bench, &service, "sign in.pdf -o out.pdf --passphrase-file wrong");
    assert!(status == 65 && said.contains("csc-pin-wrong") && said.contains("違います"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
    assert!(!bench.path("out.pdf").exists());
    assert_eq!((service.count("credentials/authorize"), service.count("signatures/signHash")), (1, 0));

    let (remote, asked) = opened(&service, access(), &["111111"]);
    let remote = remote.unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(remote.sign(PKCS1, b"x").unwrap_err().code(), "csc-pin-wrong"));
        }
    });
    assert_eq!((asked, service.count("credentials/authorize")), (1, 2), "sent once by either");

    let service = Service::start(Plan { objects: &["PIN", "OTP"], ..Plan::default() });
    let remote = signer(&service, &[PIN, "000000"]);
    let codes = [(); 2].map(|()| remote.sign(PKCS1, b"x").unwrap_err().code());
    assert_eq!((codes, service.count("credentials/authorize")), (["csc-one-time-wrong"; 2], 1));

    let service = Service::start(Plan { trouble: Trouble::Vague, ..Plan::default() });
    let remote = signer(&service, &["111111"]);
    let codes = [(); 2].map(|()| remote.sign(PKCS1, b"x").unwrap_err().code());
    assert_eq!((codes, service.count("credentials/authorize")), (["csc-secret-wrong"; 2], 1));

    // A reason that repeats the PIN or the token is not shown; that the PIN is why is guessed, and it is not sent again.
    let service = Service::start(Plan { trouble: Trouble::Gossip, ..Plan::default() });
    let remote = signer(&service, &["111111"]);
    let words = [(); 2].map(|()| remote.sign(PKCS1, b"x").unwrap_err().to_string());
    assert!(words.iter().all(|words| words.contains("refuses") && !words.contains("1111") && !words.contains("tok-")));
    assert_eq!(service.count("credentials/authorize"), 1);
}

#[test]
fn a_batch_is_authorised_together_as_far_as_the_credential_allows() {
    let messages: Vec<Vec<u8>> = (0..5).map(|number| vec![number; 40]).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    for (multisign, calls) in [(100, 1), (2, 3), (1, 5)] {
        let service = Service::start(Plan { multisign, ..Plan::default() });
        let (remote, asked) = opened(&service, access(), &[PIN]);
        let remote = remote.unwrap();
        let values = remote.sign_many(PKCS1, &messages).unwrap();
        assert_eq!(
            (asked, service.count("credentials/authorize"), service.count("signatures/signHash")),
            (1, calls, calls)
        );
        for (message, value) in messages.iter().zip(&values) {
            verify(remote.public_key_info(), PKCS1, message, value).unwrap();
        }
        let (authorized, signed) = (service.last("credentials/authorize"), service.last("signatures/signHash"));
        assert_eq!(authorized["hashes"], signed["hashes"], "what is signed is what was authorised");
    }
    let service = Service::start(Plan { objects: &["PIN", "OTP"], multisign: 2, ..Plan::default() });
    let remote = signer(&service, &[PIN, OTP]);
    assert_eq!(remote.sign_many(PKCS1, &messages).unwrap_err().code(), "csc-one-time-spent");
    assert_eq!(service.count("credentials/authorize"), 0, "all of them or none");
    remote.sign_many(PKCS1, &messages[..2]).unwrap();
    assert_eq!(remote.sign(PKCS1, b"x").unwrap_err().code(), "csc-one-time-spent");
    assert_eq!(service.count("credentials/authorize"), 1);
}

#[test]
fn deferred_requests_are_answered_under_one_pin() {
    let bench = bench();
    let service = Service::start(Plan::default());
    bench.file("seal.crt", pem_encode("CERTIFICATE", pki().certificate("signer-rsa2048").der()).as_bytes());
    for (number, scheme) in [(1, "pkcs1"), (2, "pss"), (3, "pkcs1")] {
        let words = format!(
            "deferred prepare in.pdf -o {number}.pdf --request {number}.json --cert seal.crt --scheme {scheme}"
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        let prepared = command.args(words.split_whitespace()).current_dir(bench.folder()).status().unwrap();
        assert!(prepared.success());
    }
    let words = "deferred answer 1.json 2.json 3.json -o 1.sig -o 2.sig -o 3.sig --passphrase-file pin";
    let (status, said) = run(&bench, &service, words);
    assert_eq!(status, 0, "{said}");
    assert_eq!(service.count("credentials/authorize"), 2, "one for each scheme");
    for number in 1..=3 {
        let words =
            format!("deferred embed {number}.pdf -o out-{number}.pdf --request {number}.json --signature {number}.sig");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        assert!(command.args(words.split_whitespace()).current_dir(bench.folder()).status().unwrap().success());
    }
    assert_eq!(run(&bench, &service, "deferred answer 1.json 2.json -o 1.sig --passphrase-file pin").0, 64);
}

#[test]
fn services_that_go_wrong_are_told_by_their_code() {
    use Trouble as T;
    for (trouble, code, kind) in [
        (T::OtherMessage, "csc-signature-wrong", Kind::Unavailable),
        (T::OneFewer, "csc-bad-answer", Kind::Unavailable),
        (T::Busy, "csc-unavailable", Kind::Unavailable),
        (T::BusyAtAuthorize, "csc-unavailable", Kind::Unavailable),
        (T::Huge, "csc-unavailable", Kind::Unavailable),
        (T::Slow, "csc-unavailable", Kind::Unavailable),
        (T::Html, "csc-bad-answer", Kind::Unavailable),
        (T::Redirect, "csc-unavailable", Kind::Unavailable),
        (T::ExpiresAtOnce, "csc-authorization-expired", Kind::Refused),
        (T::ExpiredThere, "csc-authorization-expired", Kind::Refused),
        (T::TokenExpired, "csc-token-refused", Kind::Refused),
        (T::Disabled, "csc-credential-unusable", Kind::Refused),
        (T::Revoked, "csc-credential-unusable", Kind::Refused),
        (T::OtherLength, "csc-credential-unusable", Kind::Refused),
        (T::NothingOffered, "csc-credential-unusable", Kind::Refused),
        (T::NoCertificate, "csc-bad-answer", Kind::Unavailable),
        (T::OldVersion, "csc-not-offered", Kind::Refused),
        (T::Elsewhere, "csc-not-offered", Kind::Refused),
        (T::Choice, "csc-authorization-unsupported", Kind::Refused),
        (T::Challenge, "csc-authorization-unsupported", Kind::Refused),
        (T::Never, "csc-not-authorized", Kind::Unavailable),
    ] {
        let service = Service::start(Plan { trouble, ..Plan::default() });
        let patient = CscAccess { timeout: Duration::from_secs(1), ..access() };
        let said: Box<dyn Fault> = match opened(&service, patient, &[PIN]).0 {
            Ok(remote) => Box::new(remote.sign(PKCS1, b"x").expect_err("no signature")),
            Err(error) => Box::new(error),
        };
        let words = said.to_string();
        assert_eq!((said.code(), said.kind()), (code, kind), "{trouble:?}: {words}");
        assert!(fumikura::wording::ja(code).is_some(), "{code}");
        assert!(!words.contains(TOKEN) && !words.contains(PIN) && !words.contains("127.0.0.1"), "{words}");
        assert_eq!(trouble == T::Busy, words.contains("after 30"), "{words}");
        assert!(service.count("credentials/authorize") <= 1);
        if trouble == T::ExpiresAtOnce {
            assert_eq!(service.count("signatures/signHash"), 0);
        }
    }
    let closed: CscAddress = "http://127.0.0.1:1/csc/v2?credential=x".parse().unwrap();
    let refused = open(&closed, access(), Arc::new(SystemClock), &mut |_| None).map(drop);
    assert_eq!(refused.unwrap_err().code(), "csc-unavailable");
}

#[test]
fn a_service_that_was_busy_is_asked_again() {
    let service = Service::start(Plan { trouble: Trouble::BusyAtAuthorize, ..Plan::default() });
    let remote = signer(&service, &[PIN]);
    let codes = [(); 2].map(|()| remote.sign(PKCS1, b"x").unwrap_err().code());
    assert_eq!((codes, service.count("credentials/authorize")), (["csc-unavailable"; 2], 2));
}

#[test]
fn who_authorises_on_a_web_page_brings_the_token_from_there() {
    let plan = Plan { mode: "oauth2code", objects: &[], ..Plan::default() };
    let service = Service::start(plan);
    assert_eq!(opened(&service, access(), &[]).0.map(drop).unwrap_err(), CscError::CodeNeeded);
    let with_token = CscAccess { credential_token: Some(Zeroizing::new(CREDENTIAL_TOKEN.to_owned())), ..access() };
    let remote = opened(&service, with_token, &[]).0.unwrap();
    remote.sign(PKCS1, b"x").unwrap();
    assert_eq!(service.count("credentials/authorize"), 0);
    assert_eq!(format!("{remote:?}"), "CscSigner(…)");
}

#[test]
fn what_the_key_cannot_do_is_not_asked_of_the_service() {
    let service = Service::start(Plan { algorithms: &["1.2.840.113549.1.1.11"], ..Plan::default() });
    let remote = signer(&service, &[PIN]);
    assert_eq!(remote.default_scheme(DigestAlgorithm::Sha512), PKCS1, "the digest that is offered");
    for scheme in [
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1),
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512),
        SignatureScheme::RsaPss(DigestAlgorithm::Sha256),
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
        SignatureScheme::Ed25519,
    ] {
        assert_eq!(remote.sign(scheme, b"x").unwrap_err().code(), "crypto-scheme-not-of-key", "{scheme:?}");
    }
    assert_eq!(service.count("credentials/authorize"), 0);
}

#[test]
fn references_and_tokens_are_held_to_what_they_must_be() {
    for bad in [
        "x",
        "https://host/csc/v2",
        "https://host/csc/v2?credential=",
        "https://host/csc/v2?credential=a&token=b",
        "https://host/csc/v2?id=a",
        "https://host/csc/v2?credential=a#b",
        "https://host/csc/v2?credential=%0A",
        "https://host/csc/v2?credential=%FF",
        "https://user:secret@host/csc/v2?credential=a",
        "http://host/csc/v2?credential=a",
        "http://127.0.0.1.example/csc/v2?credential=a",
        "ftp://host/csc/v2?credential=a",
        "file:///etc/passwd?credential=a",
    ] {
        let refused = bad.parse::<CscAddress>().map(drop).unwrap_err();
        assert!(refused.code() == "csc-bad-address" && !refused.to_string().contains("secret"), "{bad}");
    }
    let service = Service::start(Plan::default());
    let strict = CscAccess { allows_plain_loopback: false, ..access() };
    assert_eq!(opened(&service, strict, &[PIN]).0.map(drop).unwrap_err().code(), "csc-bad-address");
    for token in ["", "a b", "a\r\nX: y", "鍵"] {
        let odd = CscAccess { token: Zeroizing::new(token.to_owned()), ..access() };
        assert_eq!(opened(&service, odd, &[PIN]).0.map(drop).unwrap_err().code(), "csc-token-needed", "{token:?}");
    }
    assert_eq!(service.count("info"), 0);
    let padded: CscAddress = "https://host/csc/v2/?credential=R1g=".parse().unwrap();
    assert_eq!(padded, "https://host/csc/v2?credential=R1g%3D".parse().unwrap());
    let other: CscAddress = format!("{}?credential=other", service.base).parse().unwrap();
    let unknown = open(&other, access(), Arc::new(SystemClock), &mut |_| None).map(drop).unwrap_err();
    assert_eq!(unknown.code(), "csc-credential-unknown");
    assert_eq!(opened(&service, access(), &[]).0.map(drop).unwrap_err(), CscError::SecretNeeded);

    let bench = bench();
    let (status, said) = run(&bench, &service, "keys check --passphrase-file pin");
    assert!(status == 0 && said.contains("Rsa 2048 bits"), "{said}");
    let (status, said) = run(&bench, &service, "keys import --to . --name copy --plain");
    assert!(status == 65 && said.contains("key-never-leaves"), "{said}");
    let (status, said) = run(&bench, &service, "sign in.pdf -o out.pdf");
    assert!(status == 65 && said.contains("passphrase-missing"), "{said}");
}

#[test]
fn token_and_secrets_come_from_the_environment_too() {
    let bench = bench();
    let service = Service::start(Plan { objects: &["PIN", "OTP"], ..Plan::default() });
    let key = service.key(CREDENTIAL);
    let words = ["sign", "in.pdf", "-o", "out.pdf", "--csc-plain-loopback", "--key", &key];
    let program = |environment: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.args(words).envs(environment.iter().copied()).current_dir(bench.folder()).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let secrets = format!("{PIN}\n{OTP}");
    let (status, said) = program(&[("FUMIKURA_KEY_PASSPHRASE", &secrets)]);
    assert!(status == 64 && said.contains("csc-token-needed"), "{said}");
    let (status, said) = program(&[("FUMIKURA_CSC_TOKEN", TOKEN), ("FUMIKURA_KEY_PASSPHRASE", PIN)]);
    assert!(status == 65 && said.contains("line 2"), "{said}");
    assert_eq!(service.count("credentials/authorize"), 0);
    let (status, said) = program(&[("FUMIKURA_CSC_TOKEN", TOKEN), ("FUMIKURA_KEY_PASSPHRASE", &secrets)]);
    assert_eq!(status, 0, "{said}");
}
