//! Each role's day in a real browser, from the first page to the last, in Japanese; every page that is met is looked at by
//! axe-core, on a desk's screen and on a narrow phone.

#![allow(clippy::disallowed_methods, reason = "tests learn from the environment which tools must be there")]

use super::city::{self, City, PASSWORD};
use super::devtools::Chromium;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A person before a browser, with the rules that pages are held to.
struct Day {
    browser: Chromium,
    address: String,
    rules: String,
    seen: usize,
    folder: TempDir,
}

/// Returns the source of axe-core, or `None` where browser or rules are not there and need not be.
fn axe() -> Option<String> {
    let place = "axe_playwright_python-0.1.8/axe_playwright_python/axe.min.js";
    let source = std::env::var_os("FUMIKURA_FOREIGN")
        .and_then(|folder| std::fs::read_to_string(PathBuf::from(folder).join(place)).ok())
        .filter(|_| Command::new("chromium").arg("--version").output().is_ok());
    assert!(source.is_some() || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "chromium and axe-core");
    source
}

async fn serve(city: &City) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(fumikura::http::serve(listener, city.router.clone(), std::future::pending()));
    address
}

impl Day {
    fn begin(address: &str, rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let browser = Chromium::start(folder.path());
        Self { browser, address: address.to_owned(), rules: rules.to_owned(), seen: 0, folder }
    }

    /// Opens a page and looks at it.
    fn open(&mut self, path: &str) {
        self.browser.open(&format!("{}{path}", self.address));
        self.look();
    }

    /// Holds the page to the rules at two widths; nothing is wider than the screen.
    fn look(&mut self) {
        let place = self.browser.value("location.pathname + ' ' + document.title").to_string();
        for width in [1280, 320] {
            self.browser.resize(width);
            let wide = self.browser.value("document.documentElement.scrollWidth");
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{place} is {wide} wide at {width}");
            self.browser.value(&format!("{{ {}; true }}", self.rules));
            let found = self.browser.value(
                "axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => \
                 v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | ')))",
            );
            assert_eq!(found, json!([]), "{place} at {width}");
        }
        self.browser.resize(1280);
        self.seen += 1;
        // For the eye: `FUMIKURA_PICTURES` names a folder.
        if let Some(folder) = std::env::var_os("FUMIKURA_PICTURES") {
            for width in [1280, 320] {
                let name = format!(
                    "{:03}-{width}{}.png",
                    self.seen,
                    place.split(' ').next().unwrap_or_default().replace(['/', '"'], "-")
                );
                std::fs::write(Path::new(&folder).join(name), self.browser.picture(width)).unwrap();
            }
            self.browser.resize(1280);
        }
    }

    fn fill(&mut self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let selector = format!("main [name=\"{name}\"]");
            let there = self.browser.value(&format!("document.querySelector({selector:?}) !== null"));
            assert_eq!(there, Value::Bool(true), "{name} is not on {}", self.text());
            self.browser.value(&format!("document.querySelector({selector:?}).value = {}", json!(value)));
        }
    }

    /// Presses what has a text, and waits for the next page.
    fn press(&mut self, selector: &str, words: &str) {
        let found = self.browser.value(&format!(
            "(() => {{ window.before = true; const all = [...document.querySelectorAll({selector:?})]; \
             const one = all.find(e => e.innerText.includes({})); if (one) one.id = one.id || 'pressed'; return one ? '#' + one.id : '' }})()",
            json!(words)
        ));
        let found = found.as_str().unwrap_or_default().to_owned();
        assert!(!found.is_empty(), "{words} is not on {}", self.text());
        let follow = format!("document.querySelector({found:?}).click()");
        self.browser.value(&follow);
        self.browser.until("document.readyState === 'complete' && window.before === undefined");
        self.look();
    }

    /// Unfolds a part of the menu, as a mouse or the enter key does.
    fn unfold(&mut self, words: &str) {
        let found = self.browser.value(&format!(
            "(() => {{ const one = [...document.querySelectorAll('nav summary')].find(e => e.innerText.includes({})); \
             if (one) one.click(); return one !== undefined && one.parentElement.open }})()",
            json!(words)
        ));
        assert_eq!(found, json!(true), "{words} is not in the menu");
        self.look();
    }

    /// Tells the page that somebody has typed into a field.
    fn types(&mut self, name: &str) {
        let selector = format!("main [name=\"{name}\"]");
        let event = "new InputEvent('input', { bubbles: true })";
        self.browser.value(&format!("document.querySelector({selector:?}).dispatchEvent({event})"));
    }

    fn tick_all(&mut self, form: &str) {
        self.browser.value(&format!(
            "document.querySelectorAll('form[action={form:?}] input[type=checkbox]').forEach(box => box.click())"
        ));
    }

    fn text(&mut self) -> String {
        self.browser.text("main")
    }

    fn says(&mut self, words: &str) {
        let text = self.text();
        assert!(text.contains(words), "{words} is not on {text}");
    }

    fn sign_in(&mut self, login: &str) {
        self.open("/sign-in");
        self.fill(&[("login", login), ("password", PASSWORD)]);
        self.press("main button", "サインイン");
        self.says("担当業務");
    }

    fn sign_out(&mut self) {
        self.press("header button", "サインアウト");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_goes_its_way_through_everybodys_day() {
    let Some(rules) = axe() else { return };
    let city = city::with_people().await;
    let address = serve(&city).await;
    let seen = tokio::task::spawn_blocking(move || {
        let mut day = Day::begin(&address, &rules);
        for page in ["/", "/help", "/help/resident", "/help/clerk", "/verify", "/verify/paper", "/sign-in", "/nowhere"]
        {
            day.open(page);
        }
        draft(&mut day);
        approve_and_seal(&mut day);
        let (link, code) = issue(&mut day);
        collect(&mut day, &link, &code);
        verify(&mut day);
        day.seen
    });
    assert!(seen.await.unwrap() > 25);
    drop(city);
}

/// The clerk's morning: a notice from a PDF, and where there is a font one from a template.
fn draft(day: &mut Day) {
    day.sign_in("sato");
    day.press("main a", "通知を起案する");
    let pdf = day.folder.path().join("notice.pdf");
    std::fs::write(&pdf, city::PDF).unwrap();
    // The browser itself asks for what is missing; a page without that asks, too.
    day.browser.value("document.querySelector('main form').noValidate = true");
    day.press("main button", "起案を保存する");
    day.says("入力内容をご確認ください");
    day.fill(&[("kind", "info"), ("subject", "手続のお知らせ"), ("recipient", "見本 太郎")]);
    day.browser.choose("main [name=pdf]", &pdf);
    day.press("main button", "起案を保存する");
    day.says("起案を保存しました");
    #[cfg(feature = "templates")]
    if crate::office::typeset::typeset_here() {
        day.open("/notices/new");
        day.press("main a", "1通作る");
        day.fill(&[("recipient", "見本 花子"), ("field-place", "中央1丁目"), ("field-fee", "12300")]);
        day.fill(&[("reasons", "基準に適合するため"), ("instructions", "3か月以内に審査請求ができます")]);
        day.press("main button", "紙面を見る");
        day.says("まだ保存していません");
        day.press("main button", "起案を保存する");
        day.open("/notices/merge?kind=typeset");
        let table = day.folder.path().join("table.csv");
        let rows = "受取人,場所,手数料,処分の理由,教示\n見本 次郎,中央2丁目,100,理由,教示\n";
        std::fs::write(&table, rows).unwrap();
        day.browser.choose("main [name=csv]", &table);
        day.press("main button", "表を確かめる");
        day.press("main button", "下書きを作る");
    }
    for page in ["/desk/deadlines", "/desk/print", "/desk/consents", "/desk/outbox", "/account", "/account/password"] {
        day.open(page);
    }
    day.open("/desk");
    day.tick_all("/desk/submit");
    day.press("main button", "選んだ通知を決裁に回す");
    day.says("決裁に回しました");
    day.sign_out();
}

fn approve_and_seal(day: &mut Day) {
    day.sign_in("suzuki");
    day.press("main a", "手続のお知らせ");
    day.says("できること");
    day.open("/desk");
    day.tick_all("/desk/approve");
    day.press("main button", "選んだ通知を承認する");
    day.says("決裁しました");
    day.sign_out();
    day.sign_in("takahashi");
    day.tick_all("/desk/seal");
    day.press("main button", "選んだ通知に電子公印を付す");
    day.says("付与しました");
    day.open("/desk/batches");
    day.sign_out();
}

/// The clerk's afternoon: consent, issue; returns the recipient's link and code.
fn issue(day: &mut Day) -> (String, String) {
    day.sign_in("sato");
    day.press("main a", "手続のお知らせ");
    day.fill(&[("evidence", "申請 12")]);
    day.press("main button", "同意");
    day.press("main button", "施行");
    day.says("受取人にお知らせする内容");
    let link = day.browser.value("document.querySelector('a[href^=\"/r/\"]').getAttribute('href')");
    let code = day.browser.text(".code");
    day.sign_out();
    (link.as_str().unwrap().to_owned(), code)
}

fn collect(day: &mut Day, link: &str, code: &str) {
    day.open(link);
    day.fill(&[("code", "AAAA-AAAA-AAAA")]);
    day.press("main button", "");
    day.fill(&[("code", code)]);
    day.press("main button", "");
    day.press("main button", "同意");
    day.says("ダウンロード");
}

fn verify(day: &mut Day) {
    day.open("/verify");
    let pdf = day.folder.path().join("notice.pdf");
    day.browser.choose("main input[type=file]", &pdf);
    day.press("main button", "検証");
    day.says("署名");
}

#[cfg(feature = "templates")]
#[tokio::test(flavor = "multi_thread")]
async fn a_page_follows_whoever_fills_it_in() {
    let Some(rules) = axe() else { return };
    if !crate::office::typeset::typeset_here() {
        return;
    }
    let city = city::with_people().await;
    let address = serve(&city).await;
    let day = tokio::task::spawn_blocking(move || {
        let mut day = Day::begin(&address, &rules);
        day.sign_in("sato");
        day.open("/notices/typeset?kind=typeset");
        assert_eq!(day.browser.text("#live-page"), "", "nothing is set while something required is missing");
        day.fill(&[("recipient", "見本 花子"), ("field-place", "中央1丁目"), ("field-fee", "12300")]);
        day.fill(&[("reasons", "基準に適合するため"), ("instructions", "3か月以内に審査請求ができます")]);
        day.types("field-place");
        day.browser.until("document.querySelector('#live-page img')?.complete");
        assert!(day.browser.text("#live-page").contains("1ページ中1ページ目"));
        day.look();
        let before = day.browser.value("document.querySelector('#live-page img').src");
        day.fill(&[("field-place", "中央😀丁目")]);
        day.types("field-place");
        day.browser.until("document.querySelector('#live-wrong a') !== null");
        assert!(day.browser.text("#live-wrong").contains("場所の3文字目「😀」"));
        assert_eq!(day.browser.value("document.querySelector('#live-page img').src"), before, "the last page stays");
        day.look();
        day.fill(&[("field-place", "中央9丁目")]);
        day.types("field-place");
        day.browser.until("document.querySelector('#live-wrong a') === null");
        assert_eq!(day.browser.text("#live-wrong"), "");
        assert_eq!(day.browser.value("document.getElementById('live-trouble').hidden"), json!(true));
        day.press("main button", "起案を保存する");
        day.says("起案を保存しました");
        // Without scripts the button is all there is, and enough.
        day.browser.forbid_scripts(true);
        day.browser.open(&format!("{address}/notices/typeset?kind=typeset"));
        assert!(!day.browser.text("main").contains("作り直します"));
    });
    day.await.unwrap();
    drop(city);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_an_account_and_moves_a_section() {
    let Some(rules) = axe() else { return };
    let city = city::with_people().await;
    let today = city.office.today().to_string();
    city.office.add_user(None, super::accounts::administrators("kanri", "管理　太郎")).await.unwrap();
    let address = serve(&city).await;
    let day = tokio::task::spawn_blocking(move || {
        let mut day = Day::begin(&address, &rules);
        day.sign_in("kanri");
        day.unfold("管理");
        day.press("nav a", "アカウント");
        day.fill(&[("login", "yamada"), ("name", "山田　次郎"), ("section", "総務文書課")]);
        day.browser.value("document.querySelector('[name=roles][value=clerk]').click()");
        day.press("main button", "作る");
        day.says("本人に知らせる初期パスワード");
        let password = day.browser.text("#first-password");
        day.open("/accounts/sato");
        day.open("/audit");
        day.open("/help/administrator");
        day.unfold("管理");
        day.press("nav a", "機構改革");
        let table = "旧課,新課,分類,簿冊,通知種別,職員\n総務文書課,文書法制課,,,,\n";
        day.fill(&[("title", "令和9年度組織改正"), ("effective_on", &today), ("table", table)]);
        day.press("main button", "引き継ぐものを確かめる");
        day.says("まだ何も変わっていません");
        day.press("main button", "案を出す");
        day.says("承認待ち");
        day.sign_out();
        day.sign_in("tanaka");
        day.unfold("管理");
        day.press("nav a", "機構改革");
        day.press("main a", "令和9年度組織改正");
        day.press("main button", "この案を承認する");
        day.says("実施済み");
        day.sign_out();
        day.open("/sign-in");
        day.fill(&[("login", "yamada"), ("password", &password)]);
        day.press("main button", "サインイン");
        day.says("パスワード");
    });
    day.await.unwrap();
    drop(city);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_staff_and_auditors_meet_their_pages() {
    let Some(rules) = axe() else { return };
    let city = city::with_people().await;
    let mut manager = super::walk::sign_in(&city, "tanaka").await;
    let file = super::walk::open_old_file(&mut manager).await;
    let address = serve(&city).await;
    let seen = tokio::task::spawn_blocking(move || {
        let mut day = Day::begin(&address, &rules);
        day.sign_in("tanaka");
        for page in PAGES {
            day.open(page);
        }
        day.open(&file);
        day.press("main a", "減免決定通知書");
        day.open(&file.replace("/records/files/", "/transfers/"));
        day.open("/records/search?q=減免");
        day.sign_out();
        day.sign_in("kobayashi");
        day.open("/audit");
        day.open("/help/auditor");
        day.seen
    });
    assert!(seen.await.unwrap() > PAGES.len());
    drop(city);
}

/// Pages of records staff that stand by themselves.
const PAGES: &[&str] = &[
    "/records",
    "/records/due",
    "/records/outlook",
    "/records/files/new",
    "/records/ingest",
    "/records/search",
    "/searches",
    "/holds",
    "/disposals",
    "/transfers",
    "/rules",
    "/shelves",
    "/shelves/furniture",
    "/shelves/furniture/new",
    "/shelves/forecast",
    "/tray",
    "/tray/new",
    "/covers",
    "/papers",
    "/tokens",
    "/help/records",
];
