//! `/api/v1`: what other systems ask and hand in, as JSON, by tokens. Described by OpenAPI 3.1 at `/api/openapi.json`, which is made
//! from the handlers themselves.
//!
//! Every handler extracts, calls one verb, and answers with a view of its own. What needs a person (to approve, to seal, to
//! issue, to dispose) is not here.

mod body;
mod caller;
mod delivery_views;
mod description;
mod hand_in;
mod notice_deeds;
mod notice_views;
mod notices;
mod once;
mod page;
mod problem;
mod record_views;
mod records;
mod retention;
mod template_views;
mod tray;
mod verification;

pub use problem::speak_json;

use crate::http::app::App;
use crate::http::guard;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest body that carries no document, in bytes.
const PLAIN_LIMIT_BYTES: usize = 256 * 1024;

/// Makes the router of the API, with its description.
pub fn router(app: &App) -> Router<App> {
    // A document in base64 is a third longer.
    let document_limit_bytes = app.settings.upload_limit_bytes / 3 * 4 + PLAIN_LIMIT_BYTES;
    let documents = documents()
        .layer(from_fn_with_state(app.clone(), guard::few))
        .layer(DefaultBodyLimit::max(document_limit_bytes));
    let plain = plain().layer(DefaultBodyLimit::max(PLAIN_LIMIT_BYTES));
    let v1 = OpenApiRouter::new().nest("/api/v1", documents.merge(plain));
    let (router, description) = OpenApiRouter::with_openapi(description::frame()).merge(v1).split_for_parts();
    let description = description::finished(description);
    router
        .route("/api/openapi.json", get(async move || description::answer(description)))
        .route("/api/problems/{code}", get(problem::explain))
        .route("/api/{*rest}", axum::routing::any(guard::no_page))
}

fn documents() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(notices::list, notice_deeds::draft))
        .routes(routes!(notices::show, notice_deeds::redraft))
        .routes(routes!(hand_in::hand_in))
        .routes(routes!(records::search, records::file_record))
        .routes(routes!(tray::take_in))
        .routes(routes!(verification::verify))
}

fn plain() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(notices::kinds))
        .routes(routes!(notices::changes))
        .routes(routes!(notices::outcome))
        .routes(routes!(notices::pdf))
        .routes(routes!(notice_deeds::submit))
        .routes(routes!(notice_deeds::take_back))
        .routes(routes!(notice_deeds::discard))
        .routes(routes!(notice_deeds::consent))
        .routes(routes!(notice_deeds::contact))
        .routes(routes!(records::register, records::open))
        .routes(routes!(records::file))
        .routes(routes!(records::record))
        .routes(routes!(records::content))
        .routes(routes!(tray::taken_in))
        .routes(routes!(retention::holds))
        .routes(routes!(retention::hold))
        .routes(routes!(retention::disposals))
        .routes(routes!(retention::disposal))
        .routes(routes!(verification::effect))
        .routes(routes!(verification::paper_effect))
}
