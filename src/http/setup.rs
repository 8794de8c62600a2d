//! `/setup`: the first administrator of a new city, made by whoever reads the code that the service showed at its start.

use crate::crypto::{CryptoError, Entropy};
use crate::digest::{Sha256Hex, hex};
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::visitor::Visitor;
use crate::office::{NewAccount, Role};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use zeroize::Zeroizing;

/// The code that opens the page, as its digest; the code itself is shown once, on the operator's screen.
#[derive(Clone, Debug)]
pub struct SetupCode(Sha256Hex);

impl SetupCode {
    /// Makes a code of 80 random bits; returns it with what is kept of it.
    pub fn new(entropy: &dyn Entropy) -> Result<(Self, Zeroizing<String>), CryptoError> {
        let mut bytes = Zeroizing::new([0; 10]);
        entropy.fill(&mut *bytes)?;
        let digits = Zeroizing::new(hex(&*bytes));
        let groups: Vec<&str> = (0..5).filter_map(|group| digits.get(4 * group..4 * group + 4)).collect();
        let code = Zeroizing::new(groups.join("-"));
        Ok((Self(digest(&code)), code))
    }

    fn is(&self, code: &str) -> bool {
        self.0 == digest(code)
    }
}

fn digest(code: &str) -> Sha256Hex {
    let plain: String = code.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect();
    Sha256Hex::of(format!("fumikura setup {plain}").as_bytes())
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    page: Page,
    faults: Faults,
    login: String,
    person: String,
    section: String,
    sections: Vec<(String, String)>,
}

/// `GET /setup`
pub async fn form(State(app): State<App>, visitor: Visitor) -> Result<Response, Problem> {
    wanted(&app).await?;
    page(&app, &visitor, &Posted::default(), Faults::default())
}

/// `POST /setup`
pub async fn enter(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let code = wanted(&app).await?;
    let faults = faults(&posted, code);
    if !faults.is_empty() {
        return page(&app, &visitor, &posted, faults);
    }
    let new = NewAccount {
        login: posted.text("login").to_owned(),
        name: posted.text("name").to_owned(),
        section: posted.text("section").to_owned(),
        roles: [Role::Administrator].into(),
        password: Zeroizing::new(posted.raw("password").to_owned()),
        own_password: true,
    };
    match app.office.add_first_administrator(new).await.map_err(Problem::from) {
        Ok(_) => Ok(go_done("/sign-in", "set-up")),
        Err(problem) if problem.is_mendable() => {
            let field = if problem.code().ends_with("-password") { "password" } else { "login" };
            page(&app, &visitor, &posted, Faults::of(field, &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// Returns the code where the page is wanted: as long as nobody has an account.
async fn wanted(app: &App) -> Result<&SetupCode, Problem> {
    let code = app.settings.setup.as_ref().ok_or(WebFault::NoPage)?;
    if app.office.users().await?.is_empty() { Ok(code) } else { Err(WebFault::NoPage.into()) }
}

fn faults(posted: &Posted, code: &SetupCode) -> Faults {
    let mut faults = Faults::default();
    if !code.is(posted.text("code")) {
        faults.add("code", "初期設定番号が違います。起動した画面に表示された番号です。", "The setup code is wrong.");
    }
    faults.require(posted.text("login"), "login", "利用者名", "user name");
    faults.require(posted.text("name"), "name", "氏名", "name");
    faults.require(posted.text("section"), "section", "課", "section");
    if posted.raw("password") != posted.raw("again") {
        faults.add("again", "2回のパスワードが一致しません。", "The two passwords differ.");
    }
    faults
}

fn page(app: &App, visitor: &Visitor, posted: &Posted, faults: Faults) -> Result<Response, Problem> {
    let sections = app.office.settings().symbols.keys().map(|section| (section.clone(), section.clone()));
    show(&SetupPage {
        page: visitor.page(app, "初期設定", "First set-up"),
        faults,
        login: posted.text("login").to_owned(),
        person: posted.text("name").to_owned(),
        section: posted.text("section").to_owned(),
        sections: sections.collect(),
    })
}
