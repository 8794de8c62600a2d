//! What a deed leaves to be shown on the page that the browser is sent on to, so that loading that page again repeats nothing.
//!
//! It is kept for this browser and this page alone, for some minutes: nothing of it stands in an address. What is secret is taken by
//! the first look, and gone, as is the word of what was done; an outcome may be looked at again.

use crate::http::app::App;
use crate::http::notices::Link;
use crate::http::page::{Page, go, rendered, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::staff::Staff;
use crate::id::NoticeId;
use crate::time::Instant;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Something that is left.
#[derive(Clone, Serialize, Deserialize)]
pub enum Left {
    /// Link and code of a notice that was just issued.
    Link(Box<Link>),
    /// The password that was made for a login.
    Password(String, Zeroizing<String>),
    /// The secret of a token.
    Token(Zeroizing<String>),
    /// Secret and address of an authenticator that is being enrolled.
    Authenticator(Zeroizing<String>, Zeroizing<String>),
    /// Recovery codes, with whether a second factor was enrolled with them.
    Codes(bool, Vec<Zeroizing<String>>),
    /// What came of each of several things.
    Outcome(Box<ShownOutcome>),
    /// A notice that was just drafted.
    Drafted(NoticeId),
    /// What was just done, by its key among what pages say.
    Done(String),
}

/// Something that is left for a page.
#[derive(Clone, Serialize, Deserialize)]
pub struct Row {
    /// The page.
    pub page: String,
    /// What is left.
    pub what: Left,
    /// Since when.
    pub at: Instant,
}

/// What came of each of several things: not secret.
pub struct Outcome {
    /// The title of its page, in Japanese and English.
    pub title: (&'static str, &'static str),
    /// What the table is, in Japanese and English.
    pub words: (String, String),
    /// A line for each.
    pub table: Table,
    /// Where to go on: the address, in Japanese and English.
    pub back: (&'static str, &'static str, &'static str),
}

/// An outcome as its page shows it.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShownOutcome {
    title: (String, String),
    here: String,
    body: String,
}

#[derive(Template)]
#[template(path = "outcome_body.html")]
struct OutcomeBody<'a> {
    outcome: &'a Outcome,
}

/// The page of an outcome.
pub const OUTCOME: &str = "/desk/outcome";

#[derive(Template)]
#[template(path = "outcome.html")]
struct OutcomePage {
    page: Page,
    body: String,
}

/// `GET /desk/outcome`: what came of each of what was just done together; back to the desk where nothing was.
pub async fn outcome(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    match app.look(staff.cookie(), OUTCOME).await? {
        Some(Left::Outcome(outcome)) => {
            let ShownOutcome { title: (ja, en), here, body } = *outcome;
            let page = Page { title: ja.into(), english: en.into(), here: here.into(), ..staff.page(&app, "", "", "") };
            show(&OutcomePage { page, body })
        }
        _ => Ok(go("/desk")),
    }
}

/// Leaves an outcome, and sends the browser to its page.
pub async fn go_to_outcome(app: &App, staff: &Staff, outcome: Outcome) -> Result<Response, Problem> {
    let (ja, en) = outcome.title;
    let shown = ShownOutcome {
        title: (ja.to_owned(), en.to_owned()),
        here: outcome.back.0.to_owned(),
        body: rendered(&OutcomeBody { outcome: &outcome })?,
    };
    app.leave(staff.cookie(), OUTCOME, Left::Outcome(Box::new(shown))).await?;
    Ok(go(OUTCOME))
}
