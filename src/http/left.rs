//! What a deed leaves to be shown on the page that the browser is sent on to, so that loading that page again repeats nothing.
//!
//! It lies here in memory, for this browser and this page alone, for some minutes: nothing of it stands in an address. What is
//! secret is taken by the first look, and gone, as is the word of what was done; an outcome may be looked at again.

use crate::http::app::App;
use crate::http::notices::Link;
use crate::http::page::{Page, go, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::session::key_of;
use crate::http::staff::Staff;
use crate::id::NoticeId;
use crate::time::Instant;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::SignedDuration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Minutes for which something is left.
const MINUTES: i64 = 10;
/// Things that are left at once; beyond these the oldest goes.
const MOST: usize = 10_000;

/// Something that is left.
#[derive(Clone)]
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
    Outcome(Box<Outcome>),
    /// A notice that was just drafted.
    Drafted(NoticeId),
    /// What was just done, in Japanese and English.
    Done(&'static str, &'static str),
}

/// What came of each of several things: not secret.
#[derive(Clone)]
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

/// Everything that is left to be shown.
#[derive(Default)]
pub struct Leftovers(Mutex<Vec<Row>>);

struct Row {
    browser: [u8; 32],
    page: String,
    what: Left,
    at: Instant,
}

impl Leftovers {
    /// Leaves something for a page of a browser, in the place of what was left there before.
    pub fn leave(&self, cookie: &str, page: &str, what: Left, now: Instant) {
        let (browser, page) = (key_of(cookie), page.to_owned());
        let mut rows = self.rows(now);
        rows.retain(|row| row.browser != browser || row.page != page);
        if rows.len() >= MOST {
            rows.remove(0);
        }
        rows.push(Row { browser, page, what, at: now });
    }

    /// Takes what was left for a page of a browser; it is there no more.
    pub fn take(&self, cookie: &str, page: &str, now: Instant) -> Option<Left> {
        let browser = key_of(cookie);
        let mut rows = self.rows(now);
        let place = rows.iter().position(|row| row.browser == browser && row.page == page)?;
        Some(rows.remove(place).what)
    }

    /// Returns what was left for a page of a browser, and leaves it there.
    pub fn look(&self, cookie: &str, page: &str, now: Instant) -> Option<Left> {
        let browser = key_of(cookie);
        self.rows(now).iter().find(|row| row.browser == browser && row.page == page).map(|row| row.what.clone())
    }

    /// Throws away whatever was left for a browser: its session ends, or somebody else's begins.
    pub fn forget(&self, cookie: &str) {
        let browser = key_of(cookie);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|row| row.browser != browser);
    }

    /// Returns the rows without those whose time is over.
    fn rows(&self, now: Instant) -> MutexGuard<'_, Vec<Row>> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.retain(|row| now.duration_since(row.at) < SignedDuration::from_mins(MINUTES));
        rows
    }
}

/// The page of an outcome.
pub const OUTCOME: &str = "/desk/outcome";

#[derive(Template)]
#[template(path = "outcome.html")]
struct OutcomePage {
    page: Page,
    outcome: Outcome,
}

/// `GET /desk/outcome`: what came of each of what was just done together; back to the desk where nothing was.
pub async fn outcome(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    match app.left.look(staff.cookie(), OUTCOME, app.clock.now()) {
        Some(Left::Outcome(outcome)) => {
            let (ja, en) = outcome.title;
            show(&OutcomePage { page: staff.page(&app, ja, en, outcome.back.0), outcome: *outcome })
        }
        _ => Ok(go("/desk")),
    }
}

/// Leaves an outcome, and sends the browser to its page.
pub fn go_to_outcome(app: &App, staff: &Staff, outcome: Outcome) -> Response {
    app.left.leave(staff.cookie(), OUTCOME, Left::Outcome(Box::new(outcome)), app.clock.now());
    go(OUTCOME)
}
