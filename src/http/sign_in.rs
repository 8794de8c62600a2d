//! `/sign-in`, in one step or two, and `/sign-out`.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go, go_done, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::session::Session;
use crate::http::visitor::Visitor;
use crate::office::{Entered, OfficeError, SignedIn};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    faults: Faults,
    login: String,
    next: String,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    page: Page,
    faults: Faults,
}

/// `GET /sign-in`
pub async fn form(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    sign_in_page(&app, &visitor, String::new(), local(asked.text("next")), Faults::default())
}

/// `POST /sign-in`
pub async fn enter(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let (login, next) = (posted.text("login").to_owned(), local(posted.text("next")));
    let password = Zeroizing::new(posted.raw("password").to_owned());
    match app.office.sign_in_by_password(&login, password).await.map_err(Problem::from) {
        Ok(Entered::SignedIn(signed_in)) => signed_in_to(&app, &visitor, signed_in, &next),
        Ok(Entered::Half(half)) => {
            let session = Session { staff: None, half: Some((half, next)), ..visitor.session.clone() };
            visitor.become_session(&app, session, go("/sign-in/code"))
        }
        Err(problem) if problem.is_refused_entry() => {
            sign_in_page(&app, &visitor, login, next, Faults::of("login", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `GET /sign-in/code`: the second step of those whose account asks for it.
pub async fn code_form(State(app): State<App>, visitor: Visitor) -> Result<Response, Problem> {
    match visitor.session.half {
        Some(_) => code_page(&app, &visitor, Faults::default()),
        None => Ok(go("/sign-in")),
    }
}

/// `POST /sign-in/code`
pub async fn enter_code(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let Some((half, next)) = &visitor.session.half else { return Ok(go("/sign-in")) };
    match app.office.sign_in_by_code(half, posted.raw("code")).await {
        Ok(signed_in) => signed_in_to(&app, &visitor, signed_in, next),
        Err(OfficeError::NoSession) => {
            let session = Session { half: None, ..visitor.session.clone() };
            visitor.become_session(&app, session, go("/sign-in"))
        }
        Err(error) => {
            let problem = Problem::from(error);
            if problem.is_refused_entry() {
                return code_page(&app, &visitor, Faults::of("code", &problem));
            }
            Err(problem)
        }
    }
}

/// `POST /sign-out`
pub async fn leave(State(app): State<App>, visitor: Visitor, _posted: Posted) -> Result<Response, Problem> {
    if let Some(secret) = &visitor.session.staff {
        app.office.sign_out(secret).await?;
    }
    let session = Session { staff: None, half: None, ..visitor.session.clone() };
    visitor.become_session(&app, session, go_done("/sign-in", "signed-out"))
}

/// Gives the browser its session; whoever has news is shown them first.
fn signed_in_to(app: &App, visitor: &Visitor, signed_in: SignedIn, next: &str) -> Result<Response, Problem> {
    let place = if signed_in.has_news { "/account" } else { next };
    let session = Session { staff: Some(signed_in.secret), half: None, ..visitor.session.clone() };
    visitor.become_session(app, session, go(place))
}

fn code_page(app: &App, visitor: &Visitor, faults: Faults) -> Result<Response, Problem> {
    show(&CodePage { page: visitor.page(app, "確認コード", "Second factor"), faults })
}

fn sign_in_page(
    app: &App,
    visitor: &Visitor,
    login: String,
    next: String,
    faults: Faults,
) -> Result<Response, Problem> {
    show(&SignInPage { page: visitor.page(app, "職員サインイン", "Staff sign-in"), faults, login, next })
}

/// Returns a path of this service as it is, and the desk for anything else.
pub fn local(path: &str) -> String {
    let fine = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
    if fine { path.to_owned() } else { "/desk".to_owned() }
}
