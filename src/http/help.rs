//! `/help`: what each role does, step by step, for everybody to read.

use crate::http::app::App;
use crate::http::guides::{GUIDES, Guide};
use crate::http::page::{Page, show};
use crate::http::problem::{Problem, WebFault};
use crate::http::staff::{Staff, person};
use crate::http::visitor::Visitor;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    page: Page,
    guides: &'static [Guide],
    guide: Option<&'static Guide>,
}

/// `GET /help`
pub async fn index(State(app): State<App>, staff: Option<Staff>, visitor: Visitor) -> Result<Response, Problem> {
    page(&app, staff.as_ref(), &visitor, None)
}

/// `GET /help/{guide}`
pub async fn guide(
    State(app): State<App>,
    staff: Option<Staff>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let guide = GUIDES.iter().find(|guide| guide.name == name).ok_or(WebFault::NoPage)?;
    page(&app, staff.as_ref(), &visitor, Some(guide))
}

fn page(
    app: &App,
    staff: Option<&Staff>,
    visitor: &Visitor,
    guide: Option<&'static Guide>,
) -> Result<Response, Problem> {
    let (title, english) = guide.map_or(("手引き", "Guides"), |guide| (guide.title, guide.english));
    let mut page = visitor.page(app, title, english);
    page.person = staff.map(|staff| person(&staff.actor));
    show(&HelpPage { page, guides: GUIDES, guide })
}
