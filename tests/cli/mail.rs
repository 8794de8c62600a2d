//! Mail to a server that we did not write, read back by a reader that we did not write.

use fumikura::fault::Fault;
use fumikura::fetch::smtp::{Smtp, SmtpOptions, SmtpSettingsError, SmtpTls};
use fumikura::office::ports::{MailError, Mailer, OutgoingMail};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that runs for as long as the test.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    told: BufReader<ChildStdout>,
    /// Closed, it ends.
    _asked: ChildStdin,
    program: Child,
}

impl Server {
    /// Starts a server; none where its library is not installed, and need not be.
    pub fn start(how: &str, folder: &Path) -> Option<Self> {
        let python = python();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail_server.py");
        let mut command = Command::new(python);
        command.args([script, how]).args([folder.join("cert.pem"), folder.join("key.pem")]);
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (asked, told) = (program.stdin.take().unwrap(), program.stdout.take().unwrap());
        let mut told = BufReader::new(told);
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        // Without its library it ends at once; the server is dropped, and with that waited for.
        let port = line.trim().parse().ok();
        let server = Self { port: port.unwrap_or_default(), told, _asked: asked, program };
        assert!(port.is_some() || !is_demanded(), "the mail server does not start");
        port.map(|_| server)
    }

    /// Returns the next message that it took.
    pub fn message(&mut self) -> Value {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test command says what must be there")]
fn is_demanded() -> bool {
    std::env::var_os("FUMIKURA_INTEROP").is_some()
}

#[expect(clippy::disallowed_methods, reason = "the test command says where its tools are")]
fn python() -> String {
    std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Makes a certificate for this machine, and one that nobody believes.
pub fn certificates() -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(folder.path().join("key.pem"))
        .arg("-out")
        .arg(folder.path().join("cert.pem"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let pem = fs::read(folder.path().join("cert.pem")).unwrap();
    let block = fumikura::asn1::pem_blocks(&pem).unwrap().remove(0);
    (folder, block.der.to_vec())
}

fn options(port: u16, tls: SmtpTls, authority: &[u8]) -> SmtpOptions {
    SmtpOptions {
        host: "localhost".to_owned(),
        port,
        tls,
        user: Some(("city".to_owned(), "秘密の語".to_owned().into())),
        authorities: vec![authority.to_vec()],
        from: "見本市役所 <no-reply@city.example>".to_owned(),
        reply_to: Some("総務文書課 <soumu@city.example>".to_owned()),
        patience: Duration::from_secs(20),
    }
}

fn mail(to: &str) -> OutgoingMail {
    OutgoingMail {
        message_id: "00112233@city.example".to_owned(),
        written_at: "2026-06-01T01:00:00Z".parse().unwrap(),
        to: to.parse().unwrap(),
        subject: "【見本市】通知書の受け取りの期限が近づいています（再度のお知らせ）\r\nBcc: other@city.example"
            .to_owned(),
        text: format!(".\n最初の行\n{}\n.\nhttps://city.example/r/{}\n", "長い行です。".repeat(80), "0".repeat(64)),
    }
}

fn hand_over(smtp: &Smtp, mail: &OutgoingMail) -> Result<(), MailError> {
    tokio::runtime::Runtime::new().unwrap().block_on(smtp.hand_over(mail))
}

fn refused(smtp: &Smtp, to: &str) -> (&'static str, Option<u16>, bool) {
    let error = hand_over(smtp, &mail(to)).unwrap_err();
    (error.code(), error.reply, error.of_server)
}

#[test]
fn a_message_comes_as_it_was_written_encrypted_and_signed_in() {
    let (folder, authority) = certificates();
    for (how, tls) in [("starttls", SmtpTls::StartTls), ("implicit", SmtpTls::Implicit)] {
        let Some(mut server) = Server::start(how, folder.path()) else { return };
        let smtp = Smtp::new(options(server.port, tls, &authority)).unwrap();
        hand_over(&smtp, &mail("taro..mihon.@phone.example")).unwrap();
        let told = server.message();
        assert_eq!((&told["from"], &told["user"]), (&"no-reply@city.example".into(), &"city".into()), "{told}");
        assert_eq!(
            told["to"],
            serde_json::json!(["taro..mihon.@phone.example"]),
            "the quotation marks are the syntax's"
        );
        assert!(told["tls"] == (how == "starttls") || how == "implicit");
        assert_eq!((&told["defects"], &told["ascii"]), (&serde_json::json!([]), &true.into()));
        assert!(told["longest"].as_u64().unwrap() <= 998, "{told}");
        let wrote = mail("a@b.example").text;
        assert_eq!(told["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(), wrote.trim_end());
        assert_eq!(told["sender"], "見本市役所");
        let headers: Vec<(String, String)> = serde_json::from_value(told["headers"].clone()).unwrap();
        let header = |name: &str| -> Vec<&str> {
            let named = headers.iter().filter(|(one, _)| one.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.as_str()).collect()
        };
        assert_eq!(header("Message-ID"), ["<00112233@city.example>"]);
        assert_eq!(header("Date"), ["Mon, 01 Jun 2026 01:00:00 +0000"]);
        assert_eq!(header("Auto-Submitted"), ["auto-generated"]);
        assert!(header("Reply-To")[0].contains("soumu@city.example"));
        assert_eq!(header("Bcc"), [""; 0], "no header comes in by a subject");
        assert!(header("Subject")[0].starts_with("【見本市】通知書の受け取りの期限"), "{headers:?}");
        assert_eq!(header("Content-Type"), ["text/plain; charset=\"utf-8\""]);
    }
}

#[test]
fn what_a_server_says_is_told_apart_and_never_repeats_the_address() {
    let (folder, authority) = certificates();
    let Some(server) = Server::start("starttls", folder.path()) else { return };
    let smtp = Smtp::new(options(server.port, SmtpTls::StartTls, &authority)).unwrap();
    assert_eq!(refused(&smtp, "later@city.example"), ("mail-later", Some(451), false));
    assert_eq!(refused(&smtp, "never@city.example"), ("mail-refused", Some(550), false));
    assert_eq!(refused(&smtp, "gone@city.example"), ("mail-unanswered", None, false));
    let error = hand_over(&smtp, &mail("never@city.example")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("never"), "{error:?}");

    let hasty = SmtpOptions { patience: Duration::from_secs(2), ..options(server.port, SmtpTls::StartTls, &authority) };
    let begun = Instant::now();
    assert_eq!(refused(&Smtp::new(hasty).unwrap(), "slow@city.example").0, "mail-unanswered");
    assert!(begun.elapsed() < Duration::from_secs(10), "a slow server holds nobody up");

    let user = Some(("city".to_owned(), "もう一つの語".to_owned().into()));
    let stranger = SmtpOptions { user, ..options(server.port, SmtpTls::StartTls, &authority) };
    assert_eq!(refused(&Smtp::new(stranger).unwrap(), "a@city.example"), ("mail-sign-in", Some(535), true));
}

#[test]
fn nothing_is_said_to_a_server_that_is_not_believed_or_does_not_encrypt() {
    let (folder, authority) = certificates();
    let (_, other) = certificates();
    let Some(server) = Server::start("starttls", folder.path()) else { return };
    let unbelieved = Smtp::new(options(server.port, SmtpTls::StartTls, &other)).unwrap();
    assert_eq!(refused(&unbelieved, "a@city.example"), ("mail-tls", None, true));
    let elsewhere = SmtpOptions { host: "127.0.0.1".to_owned(), ..options(server.port, SmtpTls::StartTls, &authority) };
    let elsewhere = refused(&Smtp::new(elsewhere).unwrap(), "a@city.example");
    assert_eq!(elsewhere, ("mail-tls", None, true), "the certificate is of another name");
    let Some(mut open) = Server::start("open", folder.path()) else { return };
    let plain = Smtp::new(options(open.port, SmtpTls::StartTls, &authority)).unwrap();
    assert_eq!(refused(&plain, "a@city.example"), ("mail-tls", None, true), "it has no STARTTLS");
    let relay = SmtpOptions { user: None, ..options(open.port, SmtpTls::None, &authority) };
    hand_over(&Smtp::new(relay).unwrap(), &mail("a@city.example")).unwrap();
    assert_eq!(open.message()["tls"], false);
    let far = SmtpOptions { host: "smtp.example".to_owned(), ..options(25, SmtpTls::None, &authority) };
    assert_eq!(Smtp::new(far).unwrap_err(), SmtpSettingsError::InTheClear);
}

#[test]
fn a_server_that_is_gone_dumb_or_endless_is_unreachable() {
    let (_folder, authority) = certificates();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gone = Smtp::new(options(closed, SmtpTls::StartTls, &authority)).unwrap();
    assert_eq!(refused(&gone, "a@city.example"), ("mail-unreachable", None, true));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for (turn, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                // The first says nothing, the second never comes to an end, a byte at a time.
                while stream.write_all(if turn == 0 { b"" } else { b"2" }).is_ok() {
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
        }
    });
    let hasty = SmtpOptions { patience: Duration::from_secs(2), ..options(port, SmtpTls::StartTls, &authority) };
    let smtp = Smtp::new(hasty).unwrap();
    let begun = Instant::now();
    for _ in 0..2 {
        assert_eq!(refused(&smtp, "a@city.example"), ("mail-unreachable", None, true));
    }
    assert!(begun.elapsed() < Duration::from_secs(15));
}
