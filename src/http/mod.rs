//! The web service: server-rendered pages, Japanese first with English beside it, complete without JavaScript.
//!
//! Every handler extracts, calls one verb of the office, and shows a view; no rule of the trade stands here.

mod app;
mod assets;
mod download;
mod faults;
mod guard;
mod home;
mod limiter;
mod page;
mod parts;
mod posted;
mod problem;
mod report_view;
mod server;
mod session;
mod show;
mod sign_in;
mod tsa;
mod verify;
mod visitor;

pub use app::{App, Settings};
pub use problem::Problem;
pub use server::serve;
pub use tsa::{TsaState, tsa_router};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

/// The largest form without a file, in bytes.
const FORM_LIMIT_BYTES: usize = 256 * 1024;

/// Makes the router of the whole service.
pub fn router(app: App) -> Router {
    let uploads = Router::new()
        .route("/verify", get(verify::form).post(verify::check))
        .layer(DefaultBodyLimit::max(app.settings.upload_limit_bytes.saturating_add(FORM_LIMIT_BYTES)));
    let forms = Router::new()
        .route("/", get(home::home))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .layer(DefaultBodyLimit::max(FORM_LIMIT_BYTES));
    let pages = uploads.merge(forms).fallback(guard::no_page);
    let pages = pages.layer(from_fn_with_state(app.clone(), visitor::recognise));
    Router::new()
        .merge(pages)
        .route("/healthz", get(home::healthz))
        .route("/assets/style.css", get(assets::style))
        .route("/assets/mark.svg", get(assets::mark))
        .layer(from_fn_with_state(app.clone(), guard::patience))
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .with_state(app)
}
