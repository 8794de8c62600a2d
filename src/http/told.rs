//! A problem as it is told to whoever asked: in the city's name, with what to do next and the way back to where they were; to somebody
//! who has signed in with their menu.

use crate::http::app::App;
use crate::http::page::Page;
use crate::http::problem::{Problem, Ways};
use crate::http::staff::person;
use crate::http::visitor::cookie_of;
use crate::office::Actor;
use axum::extract::Request;
use axum::http::{Method, header};
use axum::response::Response;
use std::time::Duration;

/// How long it may take to find out who asks; a problem may well be that the database does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is remembered of a request until it is answered.
pub struct Asked {
    cookie: Option<String>,
    method: Method,
    path: String,
    query: Option<String>,
}

impl Asked {
    /// Remembers what a page for its problem needs; nothing of what other systems ask.
    pub fn of(app: &App, request: &Request) -> Option<Self> {
        let path = request.uri().path();
        (!path.starts_with("/api/")).then(|| Self {
            cookie: cookie_of(request.headers(), app.cookie_name()),
            method: request.method().clone(),
            path: path.to_owned(),
            query: request.uri().query().map(str::to_owned),
        })
    }

    /// Puts the page for who asked into the place of the bare one, where an answer is a problem.
    pub async fn tell(self, app: &App, mut response: Response) -> Response {
        let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let actor = tokio::time::timeout(PATIENCE, who(app, cookie)).await.ok().flatten();
        let page = Page {
            person: actor.as_ref().map(person),
            token: app.marks.form_token(cookie),
            city: app.settings.city.clone(),
            demo: app.settings.demo,
            publishes: app.settings.public_register,
            ..Page::default()
        };
        let ways = self.ways(problem.code(), actor.is_some());
        if let Some(body) = problem.body(page, ways) {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = body.into();
        }
        response
    }

    /// Returns where to go on: a form that shows itself has also what stands behind the question mark of its address.
    fn ways(self, code: &str, is_staff: bool) -> Ways {
        let is_form = self.method == Method::POST || code == "http-bad-method";
        let back = way_back(&self.path, is_form).map(|back| match self.query {
            Some(query) if back == self.path => format!("{back}?{query}"),
            _ => back,
        });
        match back {
            back if is_staff => Ways::staff(back),
            back if code == "http-sign-in-needed" => Ways::sign_in(back.as_deref().unwrap_or("/desk")),
            Some(back) if back.starts_with("/r/") => Ways::recipient(back),
            _ => Ways::everybody(),
        }
    }
}

/// Finds out who asks, of those who have signed in.
async fn who(app: &App, cookie: &str) -> Option<Actor> {
    let secret = app.kept(cookie).await.ok()?.session.staff?;
    app.office.session(&secret).await.ok()
}

/// Returns the page of a form's address: that which has the form, where somebody goes on who could not do what they wanted.
pub fn way_back(path: &str, is_form: bool) -> Option<String> {
    let path = path.trim_end_matches('/');
    let (parent, last) = path.rsplit_once('/')?;
    if path.starts_with("/account/") {
        // Of one's own account there is one page for all.
        return Some("/account".to_owned());
    }
    match parent {
        _ if !is_form => None,
        "" if last == "sign-out" => None,
        "" | "/shelves/files" => Some(path.to_owned()),
        "/sign-in" => Some("/sign-in".to_owned()),
        _ if OWN_FORMS.contains(&last) => Some(path.to_owned()),
        _ => Some(parent.to_owned()),
    }
}

/// Last parts of addresses that show the form that is sent to them.
const OWN_FORMS: &[&str] =
    &["batches", "consents", "edit", "import", "ingest", "merge", "new", "paper", "print", "typeset"];
