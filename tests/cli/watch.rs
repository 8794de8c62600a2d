//! The service as whoever runs it sees it: tokens by command, its log, its metrics, and nothing of a person in either.

use super::records_killed::City;
use base64::Engine as _;
use fumikura::time::Clock;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const RECIPIENT: &str = "himitsu-taro";

struct Served {
    program: Child,
    host: String,
    metrics: String,
}

fn served(city: &City, log: &str, mail: &str) -> Served {
    let config = city.path("city/city.toml");
    // A port that is free now; the service takes it at once.
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let text = fs::read_to_string(&config).unwrap();
    let lines = text.lines().map(|line| if line.starts_with("listen") { "listen = \"127.0.0.1:0\"" } else { line });
    let text: Vec<&str> = lines.collect();
    fs::write(&config, format!("metrics_listen = \"{metrics}\"\nlog = \"json\"\n{}\n{mail}", text.join("\n"))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(["serve", "--config", &config]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = command.stderr(fs::File::create(log).unwrap()).spawn().unwrap();
    let line = BufReader::new(program.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    let host = line.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    Served { program, host, metrics }
}

/// A browser with a cookie, over a real socket.
pub struct Client {
    host: String,
    cookie: String,
    token: String,
}

impl Client {
    /// Makes one for a host.
    pub fn new(host: &str) -> Self {
        Self { host: host.to_owned(), cookie: String::new(), token: String::new() }
    }

    /// Asks another host from now on.
    pub fn turn_to(&mut self, host: &str) {
        host.clone_into(&mut self.host);
    }

    /// Asks for a page, and keeps its cookie and token.
    pub fn get(&mut self, path: &str) -> String {
        let answer = ask(&self.host, &format!("GET {path} HTTP/1.1\r\n{}", self.cookie), b"");
        self.keep(&answer);
        answer
    }

    /// Posts a form with the token of the page before.
    pub fn post(&mut self, path: &str, fields: &[(String, String)]) -> String {
        let encoded = |text: &str| crate::http::browser::percent(text);
        let fields = fields.iter().map(|(name, value)| format!("&{name}={}", encoded(value)));
        let body = format!("token={}{}", self.token, fields.collect::<String>());
        let head =
            format!("POST {path} HTTP/1.1\r\n{}content-type: application/x-www-form-urlencoded\r\n", self.cookie);
        let answer = ask(&self.host, &head, body.as_bytes());
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &str) {
        if let Some((_, cookie)) = answer.split_once("set-cookie: ") {
            self.cookie = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
        }
        if let Some((_, token)) = answer.split_once("name=\"token\" value=\"") {
            self.token = token.split('"').next().unwrap().to_owned();
        }
    }
}

fn ask(host: &str, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("{head}host: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Makes a system with a token by command; returns the token and its identifier.
fn token_by_command(city: &City) -> (String, String) {
    let system =
        ["user", "add", "zei", "--system", "--name", "税務システム", "--section", "総務文書課", "--role", "clerk"];
    let added = city.output("", &system);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let until = fumikura::time::days_after(fumikura::cli::SystemClock.today(), 100).to_string();
    let make = [
        "token",
        "make",
        "税務の通知",
        "--system",
        "zei",
        "--scope",
        "notices:draft",
        "--scope",
        "notices:read",
        "--until",
        &until,
    ];
    let token = city.json("admin", &make)["token"].as_str().unwrap().to_owned();
    let listed = city.json("admin", &["token", "list"]);
    assert_eq!(
        (listed["tokens"][0]["account"].as_str(), listed["tokens"][0]["live"].as_bool()),
        (Some("zei"), Some(true))
    );
    assert!(!listed.to_string().contains(&token));
    (token, listed["tokens"][0]["id"].as_str().unwrap().to_owned())
}

/// Hands a notice in and asks for things that are there or not; returns the answer to the first.
fn asked_with(token: &str, host: &str) -> String {
    let pdf = include_bytes!("../data/pdf/libreoffice.pdf");
    let notice = serde_json::json!({
        "type": "document-disclosure", "subject": RECIPIENT, "recipient": RECIPIENT, "reasons": "理由", "appeal_instructions": "教示",
        "content": base64::engine::general_purpose::STANDARD.encode(pdf),
    });
    let bearer = format!("authorization: Bearer {token}\r\n");
    let head = format!(
        "POST /api/v1/notices HTTP/1.1\r\n{bearer}content-type: application/json\r\nidempotency-key: k-himitsu\r\n"
    );
    let answer = ask(host, &head, notice.to_string().as_bytes());
    assert!(answer.starts_with("HTTP/1.1 201") && answer.contains("x-request-id: "), "{answer}");
    let id = answer.split("\"id\":\"").nth(1).unwrap()[..32].to_owned();
    for path in
        [format!("/api/v1/notices/{id}"), format!("/api/v1/notices?cursor={RECIPIENT}"), format!("/{RECIPIENT}")]
    {
        ask(host, &format!("GET {path} HTTP/1.1\r\n{bearer}"), b"");
    }
    ask(host, &format!("{} /x HTTP/1.1\r\n", RECIPIENT.to_uppercase()), b"");
    answer
}

#[test]
fn the_service_mails_by_itself_and_its_log_and_metrics_hold_nothing_of_a_person() {
    let city = City::new(11);
    let (token, id_of_token) = token_by_command(&city);
    let log = city.path("log");
    let (mailbox, _) = super::mail::certificates();
    let mut server = super::mail::Server::start("starttls", mailbox.path());
    let mail = server.as_ref().map_or_else(String::new, |server| mail_settings(server.port, &city, mailbox.path()));
    let mut service = served(&city, &log, &mail);
    if let Some(server) = &mut server {
        handed_over_by_itself(&city, &service.host, server);
    }
    let answer = asked_with(&token, &service.host);
    let id = answer.split("\"id\":\"").nth(1).unwrap()[..32].to_owned();
    let ready = ask(&service.host, "GET /readyz HTTP/1.1\r\n", b"");
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("\"ready\":true"), "{ready}");
    assert!(
        ask(&service.host, "GET /metrics HTTP/1.1\r\n", b"").starts_with("HTTP/1.1 404"),
        "not where everybody comes"
    );
    let metrics = ask(&service.metrics, "GET /metrics HTTP/1.1\r\n", b"");
    service.program.kill().unwrap();
    service.program.wait().unwrap();

    assert!(
        metrics.contains("route=\"/api/v1/notices/{id}\"") && metrics.contains("fumikura_database_up 1"),
        "{metrics}"
    );
    let told = fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let drafted = lines.iter().find(|line| line["route"] == "/api/v1/notices" && line["status"] == 201).expect(&told);
    assert!(drafted["took_ms"].is_u64() && answer.contains(drafted["request"].as_str().unwrap()), "{drafted}");
    for nothing in ["taro@phone.example", RECIPIENT, &RECIPIENT.to_uppercase(), &token, &id, "k-himitsu", "127.0.0.1"] {
        assert!(!told.contains(nothing), "the log holds {nothing}: {told}");
        assert!(!metrics.contains(nothing), "the metrics hold {nothing}: {metrics}");
    }
    read_by_another(metrics.split_once("\r\n\r\n").unwrap().1);
    let revoked = city.output("admin", &["token", "revoke", &id_of_token]);
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    assert_eq!(city.json("admin", &["token", "list"])["tokens"][0]["live"], false);
}

fn mail_settings(port: u16, city: &City, certificates: &Path) -> String {
    let password = city.path("mail.txt");
    fs::write(&password, "秘密の語\n").unwrap();
    let authority = certificates.join("cert.pem");
    format!(
        "\n[mail]\nserver = \"localhost\"\nport = {port}\ntls = \"starttls\"\nuser = \"city\"\npassword_file = \"{password}\"\n\
        authorities = [\"{}\"]\nfrom = \"見本市 <no-reply@city.example>\"\npublic_url = \"https://notices.city.example\"\n",
        authority.display()
    )
}

/// Has a link made anew for a recipient who has a mail address: the service hands the mail over without being told.
fn handed_over_by_itself(city: &City, host: &str, server: &mut super::mail::Server) {
    let waiting = city.json("clerk", &["notices", "uncollected"])["uncollected"][0]["notice"].clone();
    let notice = format!("/notices/{}", waiting.as_str().unwrap());
    let mut clerk = Client::new(host);
    clerk.get("/sign-in");
    let password = fs::read_to_string(city.path("city/clerk")).unwrap();
    let fields = [("login", "clerk"), ("password", password.trim()), ("next", "/desk")];
    clerk.post("/sign-in", &fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    clerk.get(&notice);
    let address = [("email".to_owned(), "taro@phone.example".to_owned())];
    let kept = clerk.post(&format!("{notice}/contact"), &address);
    assert!(kept.starts_with("HTTP/1.1 303"), "{kept}");
    clerk.get(&notice);
    let anew = clerk.post(&format!("{notice}/reissue"), &[("reason".to_owned(), "届かなかったため".to_owned())]);
    assert!(anew.starts_with("HTTP/1.1 303"), "{anew}");
    let told = server.message();
    assert_eq!((&told["to"][0], &told["tls"]), (&"taro@phone.example".into(), &true.into()));
    let text = told["text"].as_str().unwrap();
    let link = text.split("https://notices.city.example").nth(1).unwrap().split_whitespace().next().unwrap();
    assert!(clerk.get(link).starts_with("HTTP/1.1 200"), "the link of the mail leads to the recipient's page");
}

/// Has the metrics read by a reader that we did not write.
fn read_by_another(metrics: &str) {
    let check = "import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as read; \
        names = {family.name for family in read(sys.stdin.read())}; \
        print('sound' if {'fumikura_requests', 'fumikura_notices', 'fumikura_seals'} <= names else names)";
    crate::http::other_reader::finds_sound(check, metrics.as_bytes());
}
