//! `/sign-in` and `/sign-out`.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go, go_done, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::session::Session;
use crate::http::visitor::Visitor;
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

/// `GET /sign-in`
pub async fn form(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    sign_in_page(&app, &visitor, String::new(), local(asked.text("next")), Faults::default())
}

/// `POST /sign-in`
pub async fn enter(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let (login, next) = (posted.text("login").to_owned(), local(posted.text("next")));
    let password = Zeroizing::new(posted.raw("password").to_owned());
    match app.office.sign_in(&login, password).await.map_err(Problem::from) {
        Ok(signed_in) => {
            let session = Session { staff: Some(signed_in.secret), ..visitor.session.clone() };
            visitor.become_session(&app, session, go(&next))
        }
        Err(problem) if problem.is_refused_entry() => {
            sign_in_page(&app, &visitor, login, next, Faults::of("login", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /sign-out`
pub async fn leave(State(app): State<App>, visitor: Visitor, _posted: Posted) -> Result<Response, Problem> {
    if let Some(secret) = &visitor.session.staff {
        app.office.sign_out(secret).await?;
    }
    let session = Session { staff: None, ..visitor.session.clone() };
    visitor.become_session(&app, session, go_done("/sign-in", "signed-out"))
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
