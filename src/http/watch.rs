//! What is noted of every request: a number for it, which goes back in a header, a line of the log, and counts. Of addresses only
//! the route's template is noted, never what stands in its places or behind a question mark; of people nothing.

use crate::crypto::Entropy;
use crate::digest::hex;
use crate::http::app::App;
use crate::http::problem::Problem;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Duration;

/// The header that carries a request's number.
const NUMBER: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware: notes a request and its answer.
pub async fn note(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = method_of(&request);
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let (number, begun) = (number(app.entropy.as_ref()), app.clock.now());
    let mut response = next.run(request).await;
    // A clock that was put back meanwhile gives no time less than none.
    let took = Duration::try_from(app.clock.now().duration_since(begun)).unwrap_or_default();
    let code = response.extensions().get::<Problem>().map_or("", Problem::code);
    let status = response.status();
    tracing::info!(request = %number, method, route, status = status.as_u16(), code, took_ms = took.as_millis() as u64, "answered");
    app.metrics.count(method, &route, status, took);
    if let Some(problem) = response.extensions().get::<Problem>() {
        app.metrics.count_problem(problem);
    }
    if let Ok(value) = HeaderValue::from_str(&number) {
        response.headers_mut().insert(NUMBER, value);
    }
    response
}

/// Names the method; one that is made up is not repeated.
fn method_of(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

fn number(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 8];
    // Without randomness the request has no number, and goes on all the same.
    if entropy.fill(&mut bytes).is_ok() { hex(&bytes) } else { String::new() }
}
