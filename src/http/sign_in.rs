//! `/sign-in` and `/sign-out`.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::limiter::Deed;
use crate::http::page::{Page, go, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    faults: Faults,
    login: String,
    next: String,
}

/// `GET /sign-in`
pub async fn form(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let next = query.into_iter().find(|(key, _)| key == "next").map_or_else(String::new, |(_, path)| path);
    sign_in_page(&app, &visitor, String::new(), local(&next), Faults::default())
}

/// `POST /sign-in`
pub async fn enter(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    app.limit(Deed::SignIn, visitor.address)?;
    let _ = (posted, go("/"));
    todo!()
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
