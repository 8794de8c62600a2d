//! The page that verifies by itself, in a real browser: what it says is what the service says, and the file stays where it is.

#![allow(clippy::disallowed_methods, reason = "tests learn from the environment which tools must be there")]

use super::city::{self, City, PDF};
use super::devtools::Chromium;
use super::walk::issue_and_collect;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use fumikura::http::Engine;
use fumikura::time::{Clock, Instant};
use fumikura::wording::{report_parts, reports_json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

const SETTLED: &str = "!document.getElementById('result').hidden || !document.getElementById('trouble').hidden";

/// What the server was sent: addresses and bodies.
type Sent = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A city that is served, with everything that it was sent.
struct Served {
    city: City,
    address: String,
    sent: Sent,
}

/// Returns the engine, or `None` where this machine has none and need not have one.
fn engine() -> Option<Arc<Engine>> {
    let named = std::env::var_os("FUMIKURA_ENGINE").map(PathBuf::from);
    let path =
        named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser/fumikura-engine.wasm"));
    let engine = std::fs::read(path).ok().map(Engine::new);
    let engine = engine.filter(|_| Command::new("chromium").arg("--version").output().is_ok());
    match engine {
        Some(Ok(engine)) => Some(Arc::new(engine)),
        other => {
            let what = other.map(|engine| engine.err());
            assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "src/browser/build makes it: {what:?}");
            eprintln!("no engine for the browser here: passed over");
            None
        }
    }
}

async fn serve(engine: Arc<Engine>) -> Served {
    let city = city::with_people_and(Some(engine)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let router = recorded(city.router.clone(), Arc::clone(&sent));
    tokio::spawn(fumikura::http::serve(listener, router, std::future::pending()));
    Served { city, address, sent }
}

/// Puts a record of every request, whole, before a router.
fn recorded(router: Router, sent: Sent) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let sent = Arc::clone(&sent);
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            sent.lock().unwrap().push((format!("{} {}", parts.method, parts.uri), body.to_vec()));
            next.run(Request::from_parts(parts, Body::from(body))).await
        }
    }))
}

/// Does work with a browser before a served city, off the threads that serve.
async fn with_browser(work: impl FnOnce(&mut Chromium, &Path, &Served, &[u8]) + Send + 'static) {
    let Some(engine) = engine() else { return };
    let served = serve(engine).await;
    let (_, sealed) = issue_and_collect(&served.city).await;
    let done = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut browser = Chromium::start(folder.path());
        work(&mut browser, folder.path(), &served, &sealed);
    });
    done.await.unwrap();
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn keep(name: &str, png: &[u8]) {
    assert!(png.starts_with(b"\x89PNG") && png.len() > 5_000, "{} bytes", png.len());
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), png).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_says_what_the_service_says_and_the_file_stays_on_the_device() {
    with_browser(|browser, folder, served, sealed| {
        let mut altered = sealed.to_vec();
        altered[PDF.len() / 2] ^= 1;
        let cases = [
            ("sealed", "公印.pdf", sealed, "有効", "取り消されておらず"),
            ("altered", "改変.pdf", &altered, "無効（改変あり）", "台帳には見当たりません"),
            ("unsigned", "印なし.pdf", PDF, "署名なし", "台帳には見当たりません"),
        ];
        for (case, name, file, word, effect) in cases {
            let path = put(folder, name, file);
            browser.open(&format!("{}/verify", served.address));
            served.sent.lock().unwrap().clear();
            browser.requests.clear();
            assert!(browser.text(".note[data-here]").contains("ファイルはこの端末の外に出ません"));
            browser.choose("#file", &path);
            browser.until(SETTLED);
            let result = browser.text("main");
            assert!(result.contains(word) && result.contains(effect), "{name}: {result}");
            assert!(result.contains("この端末の外に出ていません"), "{result}");
            same_as_the_service(browser, folder, served, name, file);
            nothing_left(browser, served, file);
            browser.value("document.querySelector('details').open = false");
            keep(&format!("verify-{case}-1280.png"), &browser.picture(1280));
            keep(&format!("verify-{case}-320.png"), &browser.picture(320));
        }
    })
    .await;
}

/// The saved report is the service's, byte for byte, and the page shows the service's words.
fn same_as_the_service(browser: &mut Chromium, folder: &Path, served: &Served, name: &str, file: &[u8]) {
    browser.value("document.getElementById('save').click()");
    let saved = folder.join("fumikura-report.json");
    for _ in 0..600 {
        if saved.exists() && !folder.join("fumikura-report.json.crdownload").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let saved_text = std::fs::read_to_string(&saved).expect("the report is saved");
    std::fs::remove_file(saved).unwrap();
    let at: Instant = served.city.clock.now();
    let report = served.city.office.judge().validate(file.to_vec(), at).unwrap();
    assert_eq!(saved_text, reports_json([(name, &report)]).to_string());
    let (verdict, details) = report_parts(&report);
    for (id, html) in [("result-verdict", verdict), ("result-details", details)] {
        let html = serde_json::to_string(&html).unwrap();
        let same = format!(
            "(() => {{ const one = document.createElement('div'); one.innerHTML = {html}; \
             return one.innerHTML === document.getElementById('{id}').innerHTML; }})()"
        );
        assert_eq!(browser.value(&same), true, "{id}");
    }
}

/// Of the file, only its hash has been sent: neither the service nor the browser's own record knows more.
fn nothing_left(browser: &Chromium, served: &Served, file: &[u8]) {
    let sent = served.sent.lock().unwrap();
    let hash = fumikura::digest::Sha256Hex::of(file).to_string();
    for (line, body) in sent.iter() {
        assert!(body.len() < 300, "{line} carried {} bytes", body.len());
        let text = String::from_utf8_lossy(body);
        assert_eq!(!body.is_empty(), line == "POST /verify/effect", "{line}: {text}");
        assert!(body.is_empty() || text.ends_with(&format!("&hash={hash}")), "{line}: {text}");
        assert!(!line.contains(&hash), "a hash stands in no address: {line}");
    }
    assert!(sent.iter().any(|(line, _)| line == "POST /verify/effect"));
    for (address, body) in &browser.requests {
        let ours = address.starts_with(&served.address) || address.starts_with("blob:");
        assert!(ours && body.len() < 300, "{address}: {body}");
    }
    assert!(browser.requests.iter().any(|(address, _)| address.ends_with("/verify/effect")), "the record is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_the_file_cannot_reach_the_network() {
    with_browser(|browser, _, served, _| {
        browser.open(&format!("{}/verify", served.address));
        served.sent.lock().unwrap().clear();
        browser.value("void (window.kept = new Worker(document.getElementById('engine').dataset.worker))");
        browser.until("window.kept !== undefined");
        // Until its script runs, a worker is still under the policy of the page that made it.
        let mut tries = 0;
        while browser.value_in_worker("typeof onmessage") != "function" {
            tries += 1;
            assert!(tries < 100, "the worker's script runs");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        for address in ["/verify", "/assets/style.css", "/verify/trust"] {
            let address = format!("{}{address}", served.address);
            let fetched = format!("fetch('{address}').then(() => 'out', () => 'kept in')");
            assert_eq!(browser.value_in_worker(&fetched), "kept in", "{address}");
        }
        assert_eq!(browser.value_in_worker("typeof WebAssembly"), "object");
        let asked: Vec<String> = served.sent.lock().unwrap().iter().map(|(line, _)| line.clone()).collect();
        assert!(asked.iter().all(|line| line.starts_with("GET /assets/")), "{asked:?}");
        assert!(!asked.iter().any(|line| line.ends_with("/style.css")), "{asked:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_can_be_stopped_and_what_is_too_large_is_said() {
    with_browser(|browser, folder, served, sealed| {
        browser.open(&format!("{}/verify", served.address));
        browser.hold_workers = true;
        browser.choose("#file", &put(folder, "notice.pdf", sealed));
        browser.until("!document.getElementById('busy').hidden");
        browser.press("#stop");
        browser.until("!document.getElementById('trouble').hidden");
        assert!(browser.text("#trouble").contains("中止しました"));
        assert!(browser.text("#trouble").contains("ファイルはまだ送られていません"));
        browser.hold_workers = false;
        let large = folder.join("large.pdf");
        std::fs::File::create(&large).unwrap().set_len((256 << 20) + 1).unwrap();
        browser.choose("#file", &large);
        browser.until("!document.querySelector('[data-trouble=large]').hidden");
        assert!(browser.text("#trouble").contains("256 MB"));
        browser.choose("#file", &put(folder, "page.pdf", b"<html>"));
        browser.until("!document.querySelector('[data-trouble=not-pdf]').hidden");
        let said = browser.text("#trouble");
        assert!(said.contains("PDFではありません") && !said.contains("送って検証する"), "{said}");
        browser.choose("#file", &put(folder, "torn.pdf", b"%PDF-1.7 torn"));
        browser.until("!document.querySelector('[data-trouble=refused]').hidden");
        assert!(browser.text("#trouble").contains("pdf-"), "{}", browser.text("#trouble"));
        assert!(served.sent.lock().unwrap().iter().all(|(_, body)| body.is_empty()), "nothing was sent for that");
        keep("verify-trouble-320.png", &browser.picture(320));
        browser.choose("#file", &put(folder, "notice.pdf", sealed));
        browser.until("!document.getElementById('result').hidden");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_the_form_sends_the_file() {
    with_browser(|browser, folder, served, sealed| {
        browser.forbid_scripts(true);
        browser.open(&format!("{}/verify", served.address));
        assert!(browser.text("main").contains("送られたファイルは検証のためにだけ読み取り、保存しません"));
        assert!(!browser.text("main").contains("この端末の外に出ません"));
        keep("verify-form-320.png", &browser.picture(320));
        browser.choose("#file", &put(folder, "notice.pdf", sealed));
        browser.press("#hand-in button");
        browser.until("document.readyState === 'complete' && document.querySelector('.verdict') !== null");
        assert!(browser.text("main").contains("取り消されておらず"), "{}", browser.text("main"));
        assert!(
            served.sent.lock().unwrap().iter().any(|(line, body)| line == "POST /verify" && body.len() > sealed.len())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_to_sends_the_file_after_all() {
    with_browser(|browser, folder, served, sealed| {
        browser.open(&format!("{}/verify", served.address));
        browser.hold_workers = true;
        browser.choose("#file", &put(folder, "notice.pdf", sealed));
        browser.until("!document.getElementById('busy').hidden");
        browser.press("#stop");
        browser.until("!document.getElementById('trouble').hidden");
        browser.press("#send");
        browser
            .until("document.readyState === 'complete' && document.querySelector('main > .frame > .verdict') !== null");
        assert!(browser.text("main").contains("取り消されておらず"));
        assert!(served.sent.lock().unwrap().iter().any(|(line, _)| line == "POST /verify"));
    })
    .await;
}
