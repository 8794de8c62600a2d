//! The service under load by `wrk`: timestamps beside the bare signatures that they need, a verdict and the register by pages.
//!
//! `cargo bench --bench service` prints requests a second, percentiles in milliseconds, and for timestamps requests for each
//! second of processor time beside signatures for each second of it. `FUMIKURA_RECORDS` says how many records the register has
//! (default 100,000, ten a file; with 0 no page is asked for), `FUMIKURA_SECONDS` how long each row lasts (10). Load and service share the machine.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]
#![allow(dead_code, unused_imports, reason = "the hall and the town have more than this needs")]

mod hall;
mod town;

use fumikura::cli::{SystemClock, SystemEntropy};
use fumikura::digest::DigestAlgorithm;
use fumikura::http::{App, Settings, router, serve};
use fumikura::pki::TrustAnchors;
use hall::{Hall, PAGE, certificate, timed};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use town::{Town, wanted};

/// What every request of a page has: another address each time, as whoever asks too often from one is refused.
const ANOTHER_ADDRESS: &str = r#"
local function another()
    return "10." .. math.random(0, 255) .. "." .. math.random(0, 255) .. "." .. math.random(1, 254)
end
local function read(name)
    local file = io.open(name, "rb")
    local text = file:read("*a")
    file:close()
    return text
end
"#;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if Command::new("wrk").arg("--version").output().is_err() {
        println!("wrk is not here: nothing is measured");
        return;
    }
    let hall = Hall::new();
    timestamps(&hall);
    tokio::runtime::Runtime::new().unwrap().block_on(pages(&hall));
}

/// Prints what `wrk` measured.
fn row(name: &str, measured: &Measured) {
    let Measured { per_second, p50, p99, failed } = measured;
    println!("  {name:<44} {per_second:>9.1} /s   p50 {p50:>8.2} ms   p99 {p99:>8.2} ms   {failed} failed");
}

fn timestamps(hall: &Hall) {
    println!("timestamps (RSA, SHA-256), keep-alive, one load thread on the same processors");
    let query = hall.path("query.tsq");
    let mut ask = Command::new("openssl");
    ask.args(["ts", "-query", "-sha256", "-cert", "-data", PAGE, "-out"]).arg(&query).stderr(Stdio::null());
    assert!(ask.status().unwrap().success());
    let own = (hall.files.tsa_key.clone(), hall.files.tsa_certificate.clone());
    for (bits, (key, own)) in [(2048, own), (3072, hall.another_tsa(3072)), (4096, hall.another_tsa(4096))] {
        authority(hall, &query, bits, (&key, &own));
    }
    let (reply, settings) = (hall.path("reply.tsr"), openssl_settings(hall));
    let openssl = timed(|| {
        let mut answer = Command::new("openssl");
        answer.args(["ts", "-reply", "-config"]).arg(&settings).arg("-queryfile").arg(&query).arg("-out").arg(&reply);
        assert!(answer.stderr(Stdio::null()).status().unwrap().success());
    });
    println!("  {:<44} {:>9.1} /s", "openssl ts -reply (2048 bits), a process each", 1e3 / openssl);
}

/// Loads an authority of our own, and holds what it took of the processors to what its key alone takes.
fn authority(hall: &Hall, query: &Path, bits: u32, (key, own): (&Path, &Path)) {
    let mut authority = Command::new(env!("CARGO_BIN_EXE_fumikura"))
        .args(["tsa", "serve", "--listen", "127.0.0.1:0", "--key"])
        .arg(format!("file:{}", key.display()))
        .arg("--cert")
        .arg(own)
        .arg("--chain")
        .arg(&hall.files.issuing_ca_certificate)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let place = told_place(&mut authority);
    let script = format!(
        "{ANOTHER_ADDRESS}
        wrk.method = \"POST\"
        wrk.headers[\"Content-Type\"] = \"application/timestamp-query\"
        wrk.body = read(\"{}\")",
        query.display()
    );
    let before = processor_seconds(authority.id());
    let measured = wrk(hall, &script, &place, &["-t1", "-c8"]);
    let seconds = processor_seconds(authority.id()) - before;
    authority.kill().unwrap();
    authority.wait().unwrap();
    row(&format!("over HTTP, {bits} bits"), &measured);
    let identity = hall.authority_of(key, own);
    let scheme = identity.signer().default_scheme(DigestAlgorithm::Sha256);
    let turns = 1_000;
    let begun = processor_seconds(std::process::id());
    (0..turns).for_each(|_| drop(identity.signer().sign(scheme, b"message").unwrap()));
    let bare = f64::from(turns) / (processor_seconds(std::process::id()) - begun);
    let ours = measured.per_second * wanted("FUMIKURA_SECONDS", 10) as f64 / seconds;
    let share = 100.0 * ours / bare;
    println!("  for each second of a processor: {ours:.0} timestamps, {bare:.0} bare signatures: {share:.0} %");
}

/// Writes the settings by which OpenSSL answers with the same key.
fn openssl_settings(hall: &Hall) -> PathBuf {
    let (serial, settings) = (hall.path("serial"), hall.path("ts.cnf"));
    std::fs::write(&serial, "01\n").unwrap();
    let text = format!(
        "[tsa]\ndefault_tsa = own\n[own]\nserial = {}\ncrypto_device = builtin\nsigner_cert = {}\ncerts = {}\n\
        signer_key = {}\nsigner_digest = sha256\ndefault_policy = 1.3.6.1.4.1.32473.3161\ndigests = sha256\n\
        accuracy = secs:1\ness_cert_id_alg = sha256\n",
        serial.display(),
        hall.files.tsa_certificate.display(),
        hall.files.issuing_ca_certificate.display(),
        hall.files.tsa_key.display(),
    );
    std::fs::write(&settings, text).unwrap();
    settings
}

async fn pages(hall: &Hall) {
    let records = wanted("FUMIKURA_RECORDS", 100_000);
    if records == 0 {
        return;
    }
    let trust = TrustAnchors::new([certificate(&hall.files.root_certificate)]);
    let town = Town::judging(records, 1, trust, hall.lists()).await;
    println!("\npages, {records} records in {} files", town.files);
    let settings = Settings { behind_proxy: true, ..Settings::default() };
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::default()));
    let app = App::new(Arc::new(town.office.clone()), settings, clock, entropy).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router(app), std::future::pending()));
    assert!(hall.ours(Path::new(PAGE), &[]).status().unwrap().success());
    let files = (hall.path("load.lua"), hall.path("ours.pdf"));
    tokio::task::spawn_blocking(move || loads(&files.0, &files.1, address)).await.unwrap();
}

/// Every page, at fifty requests a second and as fast as it goes.
fn loads(script: &Path, sealed: &Path, address: SocketAddr) {
    let (visitor, token) = form(address, "/verify", "");
    let body = multipart(&token, sealed);
    let posted = script.with_file_name("body.bin");
    std::fs::write(&posted, body).unwrap();
    let verify = format!(
        "wrk.method = \"POST\"
        wrk.headers[\"Cookie\"] = \"{visitor}\"
        wrk.headers[\"Content-Type\"] = \"multipart/form-data; boundary=load\"
        wrk.body = read(\"{}\")",
        posted.display()
    );
    let cookie = signed_in(address);
    // The first page of the register waits for a count over all records, which is kept for the others.
    let begun = std::time::Instant::now();
    ureq::get(format!("http://{address}/records")).header("Cookie", &cookie).call().unwrap();
    println!("  the first page of the register after the start: {:.1} s", begun.elapsed().as_secs_f64());
    let staff = format!("wrk.headers[\"Cookie\"] = \"{cookie}\"");
    for (name, path, head) in [
        ("the verdict on a page with one signature", "/verify", verify.as_str()),
        ("a page of the register", "/records", staff.as_str()),
    ] {
        let request = "request = function()
            wrk.headers[\"X-Forwarded-For\"] = another()
            return wrk.format()
        end";
        let paced = "delay = function() return 200 end";
        for (pace, threads, script_of_pace) in
            [("50 /s", ["-t1", "-c10"], paced), ("as fast as it goes", ["-t1", "-c8"], "")]
        {
            let text = format!("{ANOTHER_ADDRESS}\n{head}\n{request}\n{script_of_pace}\n");
            std::fs::write(script, text).unwrap();
            let measured = run_wrk(script, &format!("http://{address}{path}"), &threads);
            row(&format!("{name}, {pace}"), &measured);
        }
    }
}

/// Asks for a page with a form; returns the cookie and the form's token.
fn form(address: SocketAddr, path: &str, cookie: &str) -> (String, String) {
    let mut answer = ureq::get(format!("http://{address}{path}")).header("Cookie", cookie).call().unwrap();
    let cookie = answer.headers().get("set-cookie").map_or(cookie, |value| value.to_str().unwrap());
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = answer.body_mut().read_to_string().unwrap();
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    (cookie, token.to_owned())
}

/// Signs a records manager in; returns the cookie.
fn signed_in(address: SocketAddr) -> String {
    let (cookie, token) = form(address, "/sign-in", "");
    let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
    let form =
        [("token", token.as_str()), ("login", "manager1"), ("password", "correct horse battery"), ("next", "/desk")];
    let answer = agent.post(format!("http://{address}/sign-in")).header("Cookie", &cookie).send_form(form).unwrap();
    let cookie = answer.headers().get("set-cookie").map_or(cookie.as_str(), |value| value.to_str().unwrap());
    cookie.split(';').next().unwrap().to_owned()
}

fn multipart(token: &str, file: &Path) -> Vec<u8> {
    let head = format!(
        "--load\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n\
        --load\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sealed.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n"
    );
    [head.as_bytes(), &std::fs::read(file).unwrap(), b"\r\n--load--\r\n"].concat()
}

/// What `wrk` said.
struct Measured {
    per_second: f64,
    p50: f64,
    p99: f64,
    failed: String,
}

fn wrk(hall: &Hall, script: &str, place: &str, more: &[&str]) -> Measured {
    let path = hall.path("load.lua");
    std::fs::write(&path, script).unwrap();
    run_wrk(&path, place, more)
}

fn run_wrk(script: &Path, place: &str, more: &[&str]) -> Measured {
    let seconds = format!("-d{}s", wanted("FUMIKURA_SECONDS", 10));
    let output = Command::new("wrk").args(more).args([&seconds, "--latency", "-s"]).arg(script).arg(place).output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    let after = |mark: &str| said.split(mark).nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or("0");
    let failed: Vec<&str> =
        said.lines().filter(|line| line.contains("Non-2xx") || line.contains("Socket errors")).map(str::trim).collect();
    Measured {
        per_second: after("Requests/sec:").parse().unwrap(),
        p50: milliseconds(after(" 50%")),
        p99: milliseconds(after(" 99%")),
        failed: if failed.is_empty() { "none".to_owned() } else { failed.join(", ") },
    }
}

fn milliseconds(text: &str) -> f64 {
    for (unit, times) in [("us", 1e-3), ("ms", 1.0), ("s", 1e3)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<f64>().unwrap() * times;
        }
    }
    0.0
}

/// Returns where a service says that it listens.
fn told_place(service: &mut Child) -> String {
    let lines = BufReader::new(service.stdout.take().unwrap()).lines();
    let place = lines.map_while(Result::ok).find(|line| line.starts_with("http://"));
    place.unwrap()
}

/// Returns the processor time that a process has taken so far.
fn processor_seconds(process: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    // Fields 14 and 15 of proc(5), of which two stand before the name's end.
    (ticks(11) + ticks(12)) / 100.0
}
