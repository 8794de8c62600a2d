//! `/healthz`: the process serves. `/readyz`: it can work, or which of its parts it cannot reach, or that it leaves; codes alone.

use crate::http::app::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

#[derive(Serialize)]
struct Ready {
    ready: bool,
    database: &'static str,
    vault: &'static str,
    keys: &'static str,
    leaving: bool,
}

/// `GET /healthz`: answers while the process serves.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`
pub async fn readyz(State(app): State<App>) -> Response {
    let readiness = app.office.readiness().await;
    let word = |trouble: Option<&'static str>| trouble.unwrap_or("ok");
    let ready = Ready {
        ready: readiness.is_ready() && !app.is_leaving(),
        database: word(readiness.database),
        vault: word(readiness.vault),
        keys: word(readiness.keys),
        leaving: app.is_leaving(),
    };
    let status = if ready.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ready)).into_response()
}
