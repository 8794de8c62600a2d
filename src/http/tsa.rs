//! The timestamping authority over HTTP (RFC 3161, 3.4).

use crate::crypto::Entropy;
use crate::time::Clock;
use crate::tsp::{Authority, FailureInfo};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// The largest request taken, in bytes: a digest, a nonce and a policy stay below a hundredth of it.
const LIMIT_BYTES: usize = 16 << 10;

/// What answers requests.
#[derive(Clone)]
pub struct TsaState {
    /// The authority.
    pub authority: Arc<Authority>,
    /// The clock it states the time of.
    pub clock: Arc<dyn Clock>,
    /// Where serial numbers come from.
    pub entropy: Arc<dyn Entropy>,
}

/// Where a balancer asks whether there are tokens to be had.
pub const TSA_HEALTH: &str = "/healthz";

/// Makes the router of an authority: POST of `application/timestamp-query` to its path, GET of [`TSA_HEALTH`], nothing else.
pub fn tsa_router(state: TsaState, path: &str) -> Router {
    let routes = Router::new().route(path, post(answer)).route(TSA_HEALTH, get(health));
    routes.layer(DefaultBodyLimit::max(LIMIT_BYTES)).with_state(state)
}

/// Tells whether the authority states times: not while its clock is not shown to be right, or outside its certificate's dates.
async fn health(State(state): State<TsaState>) -> Response {
    match state.authority.is_ready(state.clock.now()) {
        true => ([(CACHE_CONTROL, "no-store")], "ok\n").into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, [(CACHE_CONTROL, "no-store")], "no time\n").into_response(),
    }
}

async fn answer(State(state): State<TsaState>, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/timestamp-query") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let waits = state.authority.identity().signer().is_elsewhere();
    let sign = move || state.authority.respond(&body, state.clock.now(), state.entropy.as_ref());
    // This service does nothing but sign: to hand the work to another thread would only add to it. Where somebody else signs, the
    // others need not wait for that.
    let reply = match waits {
        false => sign(),
        true => {
            tokio::task::spawn_blocking(sign).await.unwrap_or_else(|_| FailureInfo::SystemFailure.to_response_der())
        }
    };
    let headers = [
        (CONTENT_TYPE, "application/timestamp-reply"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, reply).into_response()
}
