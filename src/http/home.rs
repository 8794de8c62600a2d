//! The front page and the health check.

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
pub async fn home(State(app): State<App>, visitor: Visitor) -> Result<Response, Problem> {
    show(&HomePage {
        page: visitor.page(&app, "通知文書の確認と受け取り", "Check and collect official notices")
    })
}

/// `GET /healthz`: answers while the process serves.
pub async fn healthz() -> &'static str {
    "ok\n"
}
