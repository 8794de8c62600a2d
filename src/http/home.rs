//! The front page.

use crate::http::app::App;
use crate::http::page::{Page, show};
use crate::http::problem::Problem;
use crate::http::staff::{Staff, person};
use crate::http::visitor::Visitor;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
}

/// `GET /`
pub async fn home(State(app): State<App>, staff: Option<Staff>, visitor: Visitor) -> Result<Response, Problem> {
    let mut page = visitor.page(&app, "通知文書の確認と受け取り", "Check and collect official notices");
    page.person = staff.map(|staff| person(&staff.actor));
    show(&HomePage { page })
}
