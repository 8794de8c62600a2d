//! Passkeys in a real browser, with an authenticator that it plays itself.

use super::city::{self, City, PASSWORD};
use super::devtools::Chromium;
use fumikura::office::RelyingParty;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use tokio::net::TcpListener;

struct Served {
    city: City,
    address: String,
}

#[expect(clippy::disallowed_methods, reason = "tests learn from the environment which tools must be there")]
fn has_browser() -> bool {
    let there = Command::new("chromium").arg("--version").output().is_ok();
    assert!(there || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "chromium must be installed");
    there
}

/// Does work with a browser before a city that is served under a name.
async fn with_browser(work: impl FnOnce(&mut Chromium, &Served) + Send + 'static) {
    if !has_browser() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let city = city::with_passkeys(RelyingParty::new(&address).unwrap()).await;
    tokio::spawn(fumikura::http::serve(listener, city.router.clone(), std::future::pending()));
    let served = Served { city, address };
    let done = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut browser = Chromium::start(folder.path());
        browser.order("WebAuthn.enable", json!({}));
        work(&mut browser, &served);
    });
    done.await.unwrap();
}

fn authenticator(browser: &mut Chromium) -> String {
    let options = json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true });
    let made = browser.order("WebAuthn.addVirtualAuthenticator", json!({ "options": options }));
    made["authenticatorId"].as_str().unwrap().to_owned()
}

fn fill(browser: &mut Chromium, selector: &str, text: &str) {
    browser.value(&format!("document.querySelector({selector:?}).value = {text:?}"));
}

fn click(browser: &mut Chromium, selector: &str) {
    browser.value(&format!("document.querySelector({selector:?}).click()"));
}

fn password(browser: &mut Chromium, address: &str) {
    browser.open(&format!("{address}/sign-in?next=/tokens"));
    fill(browser, "#login", "sato");
    fill(browser, "#password", PASSWORD);
    click(browser, "form:not([data-passkey]) button.main");
}

fn sign_out(browser: &mut Chromium) {
    click(browser, "form[action='/sign-out'] button");
    browser.until("location.pathname === '/sign-in' && document.readyState === 'complete'");
}

fn keep(name: &str, png: &[u8]) {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), png).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_registered_used_in_both_ways_and_before_what_is_hard_to_take_back() {
    with_browser(|browser, served| {
        let address = served.address.clone();
        authenticator(browser);
        password(browser, &address);
        browser.until("location.pathname === '/tokens' && document.readyState === 'complete'");
        browser.open(&format!("{address}/account"));
        fill(browser, "#passkey-name", "机の端末");
        click(browser, "#passkey button");
        browser.until("document.querySelectorAll('.codes li').length === 10");
        keep("passkey-codes.png", &browser.picture(1200));
        browser.open(&format!("{address}/account"));
        assert!(browser.text("main").contains("机の端末"));
        keep("account-1200.png", &browser.picture(1200));
        keep("account-320.png", &browser.picture(320));
        // The same device a second time is refused by the browser.
        fill(browser, "#passkey-name", "もう一度");
        click(browser, "#passkey button");
        browser.until("!document.querySelector('#passkey [data-trouble=known]').hidden");

        sign_out(browser);
        browser.open(&format!("{address}/sign-in?next=/tokens"));
        click(browser, "#passkey button");
        browser.until("location.pathname === '/tokens' && document.readyState === 'complete'");
        sign_out(browser);
        password(browser, &address);
        browser.until("location.pathname === '/sign-in/code' && document.readyState === 'complete'");
        keep("passkey-second-320.png", &browser.picture(320));
        click(browser, "#passkey button");
        browser.until("location.pathname === '/tokens' && document.readyState === 'complete'");

        served.city.clock.set("2026-06-01T01:06:00Z");
        browser.open(&format!("{address}/tokens"));
        fill(browser, "#name", "点検");
        fill(browser, "#ends_on", "2026-12-31");
        click(browser, "input[value='notices:read']");
        click(browser, "form[action='/tokens'] button.main");
        browser
            .until("document.querySelector('input[name=again-mark]') !== null && document.readyState === 'complete'");
        keep("again-1200.png", &browser.picture(1200));
        keep("again-320.png", &browser.picture(320));
        click(browser, "#passkey button");
        browser.until("document.getElementById('secret') !== null");
        assert!(browser.text("main").contains("点検"), "what was posted went on");
        assert!(!browser.requests.iter().any(|(url, _)| url.contains("again") || url.contains("challenge")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_script_or_a_passkey_the_page_says_what_to_do() {
    with_browser(|browser, served| {
        let address = served.address.clone();
        browser.open(&format!("{address}/sign-in"));
        // As where somebody calls it off, or no device has one.
        let refusal = "navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))";
        browser.value(&format!("{{ {refusal}; true }}"));
        click(browser, "#passkey button");
        browser.until("!document.querySelector('#passkey [data-trouble=other]').hidden");
        // Opened at another address than that of the passkeys.
        browser.open(&format!("{}/sign-in", address.replace("localhost", "127.0.0.1")));
        assert!(browser.value("window.PublicKeyCredential !== undefined").as_bool().unwrap_or(false));
        click(browser, "#passkey button");
        browser.until("!document.querySelector('#passkey [data-trouble=place]').hidden");
        browser.forbid_scripts(true);
        browser.open(&format!("{address}/sign-in"));
        assert!(browser.value("document.querySelector('#passkey').hidden").as_bool().unwrap_or(false));
    })
    .await;
}
