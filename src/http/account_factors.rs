//! The second factors of one's own account: an authenticator by its QR code, recovery codes. What is secret is shown once.

use crate::http::account::account_page;
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::staff::Oneself;
use crate::office::{Enrolling, RecoveryCodes};
use crate::render::qr_svg;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "account_totp.html")]
struct TotpPage {
    page: Page,
    faults: Faults,
    secret: String,
    code: String,
}

#[derive(Template)]
#[template(path = "account_codes.html")]
struct CodesPage {
    page: Page,
    enrolled: bool,
    codes: Vec<String>,
}

/// `POST /account/totp`: the answer that shows the secret; it is therefore no redirect.
pub async fn begin_totp(State(app): State<App>, oneself: Oneself, _posted: Posted) -> Result<Response, Problem> {
    let enrolling = app.office.begin_totp(&oneself.secret).await?;
    totp_page(&app, &oneself, &enrolling, Faults::default())
}

/// `POST /account/totp/confirm`: takes the first code; the answer shows the recovery codes, once.
pub async fn confirm_totp(State(app): State<App>, oneself: Oneself, posted: Posted) -> Result<Response, Problem> {
    match app.office.confirm_totp(&oneself.secret, posted.raw("code")).await.map_err(Problem::from) {
        Ok(codes) => codes_page(&app, &oneself, true, &codes),
        Err(problem) if problem.code() == "account-wrong-code" => {
            let enrolling = app.office.totp_begun(&oneself.secret).await?;
            totp_page(&app, &oneself, &enrolling, Faults::of("code", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /account/totp/remove`
pub async fn remove_totp(State(app): State<App>, oneself: Oneself, _posted: Posted) -> Result<Response, Problem> {
    match app.office.remove_totp(&oneself.secret).await.map_err(Problem::from) {
        Ok(()) => Ok(go_done("/account", "factor-removed")),
        Err(problem) if problem.is_mendable() => account_page(&app, &oneself, Faults::of("factors", &problem)),
        Err(problem) => Err(problem),
    }
}

/// `POST /account/recovery-codes`: the answer shows the codes, once.
pub async fn recovery_codes(State(app): State<App>, oneself: Oneself, _posted: Posted) -> Result<Response, Problem> {
    let codes = app.office.new_recovery_codes(&oneself.secret).await?;
    codes_page(&app, &oneself, false, &codes)
}

fn totp_page(app: &App, oneself: &Oneself, enrolling: &Enrolling, faults: Faults) -> Result<Response, Problem> {
    show(&TotpPage {
        page: oneself.page(app, "認証アプリの登録", "Enrol an authenticator"),
        faults,
        secret: enrolling.secret.to_string(),
        code: qr_svg(&enrolling.address).unwrap_or_default(),
    })
}

/// Shows recovery codes, once.
pub fn codes_page(app: &App, oneself: &Oneself, enrolled: bool, codes: &RecoveryCodes) -> Result<Response, Problem> {
    let mut page = oneself.page(app, "回復コード", "Recovery codes");
    if enrolled && let Some(person) = &mut page.person {
        // What had to be done first is done.
        person.is_held = false;
    }
    show(&CodesPage { page, enrolled, codes: codes.iter().map(|code| code.to_string()).collect() })
}
