//! The second factors of one's own account: an authenticator by its QR code, recovery codes. What is secret is shown once.

use crate::http::account::account_page;
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::left::Left;
use crate::http::page::{Page, go, go_done, show};
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
    codes: RecoveryCodes,
}

/// `POST /account/totp`: the page that follows shows the secret, once.
pub async fn begin_totp(State(app): State<App>, oneself: Oneself, _posted: Posted) -> Result<Response, Problem> {
    let Enrolling { secret, address } = app.office.begin_totp(&oneself.secret).await?;
    leave(&app, &oneself, TOTP, Left::Authenticator(secret, address)).await?;
    Ok(go(TOTP))
}

/// `GET /account/totp`: the secret of an enrolment that was just begun in this browser, once.
pub async fn totp(State(app): State<App>, oneself: Oneself) -> Result<Response, Problem> {
    match app.take(&oneself.visitor().cookie, TOTP).await? {
        Some(Left::Authenticator(secret, address)) => {
            totp_page(&app, &oneself, &Enrolling { secret, address }, Faults::default())
        }
        _ => Ok(go("/account")),
    }
}

/// `POST /account/totp/confirm`: takes the first code; the page that follows shows the recovery codes, once.
pub async fn confirm_totp(State(app): State<App>, oneself: Oneself, posted: Posted) -> Result<Response, Problem> {
    match app.office.confirm_totp(&oneself.secret, posted.raw("code")).await.map_err(Problem::from) {
        Ok(codes) => go_to_codes(&app, &oneself, true, codes).await,
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

/// `POST /account/recovery-codes`: the page that follows shows the codes, once.
pub async fn recovery_codes(State(app): State<App>, oneself: Oneself, _posted: Posted) -> Result<Response, Problem> {
    let codes = app.office.new_recovery_codes(&oneself.secret).await?;
    go_to_codes(&app, &oneself, false, codes).await
}

/// `GET /account/recovery-codes`: codes that were just made in this browser, once.
pub async fn codes(State(app): State<App>, oneself: Oneself) -> Result<Response, Problem> {
    match app.take(&oneself.visitor().cookie, CODES).await? {
        Some(Left::Codes(enrolled, codes)) => {
            let page = oneself.page(&app, "回復コード", "Recovery codes");
            show(&CodesPage { page, enrolled, codes })
        }
        _ => Ok(go("/account")),
    }
}

const TOTP: &str = "/account/totp";
const CODES: &str = "/account/recovery-codes";

/// Leaves recovery codes for their page, and sends the browser there.
pub async fn go_to_codes(
    app: &App,
    oneself: &Oneself,
    enrolled: bool,
    codes: RecoveryCodes,
) -> Result<Response, Problem> {
    leave(app, oneself, CODES, Left::Codes(enrolled, codes)).await?;
    Ok(go(CODES))
}

async fn leave(app: &App, oneself: &Oneself, page: &str, what: Left) -> Result<(), Problem> {
    app.leave(&oneself.visitor().cookie, page, what).await
}

fn totp_page(app: &App, oneself: &Oneself, enrolling: &Enrolling, faults: Faults) -> Result<Response, Problem> {
    show(&TotpPage {
        page: oneself.page(app, "認証アプリの登録", "Enrol an authenticator"),
        faults,
        secret: enrolling.secret.to_string(),
        code: qr_svg(&enrolling.address).unwrap_or_default(),
    })
}
