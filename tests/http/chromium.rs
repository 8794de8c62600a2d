//! The service as people meet it: the real program, and a real browser before it.

use fumikura::digest::Sha256Hex;
use fumikura::office::notices::ConfirmationNumber;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The demonstration, serving; it ends with the test.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests learn from the environment which tools must be there")]
fn a_browser_shows_the_pages() {
    if Command::new("chromium").arg("--version").output().is_err() {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "chromium must be installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_service, address) = serve(&folder.path().join("city"));
    // Where a seal's place has room for it, whoever has the notice on paper finds by what to ask. A screen reader is told it, too.
    let sealed = std::fs::read(folder.path().join("city/out/road-occupancy-permit.sealed.pdf")).unwrap();
    let number = ConfirmationNumber::of(&Sha256Hex::of(include_bytes!("../../src/cli/demo/road-occupancy-permit.pdf")));
    let told: String = number.to_string().encode_utf16().map(|unit| format!("{unit:04x}")).collect();
    assert!(memchr::memmem::find(&sealed.to_ascii_lowercase(), told.as_bytes()).is_some(), "{number}");
    let start = dom(folder.path(), &address);
    assert!(start.contains("通知文書の確認と受け取り"), "{start}");
    assert!(dom(folder.path(), &format!("{address}verify")).contains("type=\"file\""));
    assert!(dom(folder.path(), &format!("{address}desk")).contains("職員サインイン"), "the desk asks to sign in");
    let picture = folder.path().join("start.png");
    let shot = format!("--screenshot={}", picture.display());
    chromium(folder.path(), &[&shot, "--window-size=320,900", &address]);
    let png = std::fs::read(picture).expect("the browser drew the page");
    assert!(png.starts_with(b"\x89PNG") && png.len() > 5_000, "{} bytes", png.len());
}

/// Starts the demonstration on a free port and waits until it says where it serves.
fn serve(city: &Path) -> (Service, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(["demo", "--port", "0", "--dir"]).arg(city).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut service = Service(command.spawn().expect("the program starts"));
    let account = BufReader::new(service.0.stdout.take().expect("its account"));
    let last = account.lines().map_while(Result::ok).find(|line| line.starts_with("http://"));
    let address = last.as_deref().and_then(|line| line.split_whitespace().next()).expect("an address").to_owned();
    (service, address)
}

fn dom(folder: &Path, address: &str) -> String {
    chromium(folder, &["--dump-dom", address])
}

fn chromium(folder: &Path, words: &[&str]) -> String {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", &profile])
        .args(words)
        .output()
        .expect("chromium runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
