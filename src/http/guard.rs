//! What stands around every request: security headers, the time limit, and pages for what the router refuses.

use crate::http::app::App;
use crate::http::limiter::Deed;
use crate::http::problem::{Problem, WebFault};
use crate::http::told::Asked;
use crate::http::visitor::Visitor;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// Nothing may be loaded, framed or posted to but what this service serves itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The same for pages of staff, which may run this service's own scripts, and no other.
pub const STAFF_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
                                form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer. What may be kept says so itself; nothing else is, be it a problem or a way on.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Middleware: adds the security headers to whatever comes back, where the answer has none of its own.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.is_leaving() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if app.settings.tls {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Middleware: gives up on a request that takes too long, turns bare refusals into pages, and tells problems to who has signed in.
pub async fn patience(State(app): State<App>, request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(app.settings.request_seconds);
    let asked = Asked::of(&app, &request);
    let response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => as_page(response),
        Err(_) => Problem::from(WebFault::TooSlow).into_response(),
    };
    match asked {
        Some(asked) => asked.tell(&app, response).await,
        None => response,
    }
}

/// Middleware: counts a deed of the address and refuses it when done too often, before its body is read.
pub async fn seldom(State((app, deed)): State<(App, Deed)>, request: Request, next: Next) -> Result<Response, Problem> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let address = request.extensions().get::<Visitor>().ok_or(WebFault::Worker)?.address;
    app.limit(deed, address)?;
    let response = next.run(request).await;
    if deed == Deed::SignIn && is_let_in(&response) {
        app.forgive(deed, address);
    }
    Ok(response)
}

/// Tells whether an answer leads on, and not back to the beginning: whoever is asked again has guessed wrong.
fn is_let_in(response: &Response) -> bool {
    let place = response.headers().get(header::LOCATION);
    response.status() == StatusCode::SEE_OTHER && place.is_some_and(|place| place.as_bytes() != b"/sign-in")
}

/// Middleware: takes so many uploads of staff and of systems at a time and no more, as each is held in memory.
pub async fn few(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    if !is_upload(&request) {
        return Ok(next.run(request).await);
    }
    let place = app.uploads.try_acquire().map_err(|_| WebFault::Busy)?;
    let response = next.run(request).await;
    drop(place);
    Ok(response)
}

/// Middleware: the same for those of everybody, of whom one address has a share at most. Who sends slowly keeps nobody else out.
pub async fn few_of_each(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    if !is_upload(&request) {
        return Ok(next.run(request).await);
    }
    let visitor = request.extensions().get::<Visitor>().ok_or(WebFault::Worker)?;
    let place = app.places.take(visitor.address).ok_or(WebFault::Busy)?;
    let response = next.run(request).await;
    drop(place);
    Ok(response)
}

fn is_upload(request: &Request) -> bool {
    matches!(*request.method(), Method::POST | Method::PUT)
}

/// The router's fallback.
pub async fn no_page() -> Problem {
    WebFault::NoPage.into()
}

fn as_page(response: Response) -> Response {
    let fault = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => WebFault::BadMethod,
        StatusCode::PAYLOAD_TOO_LARGE => WebFault::TooLarge,
        // An address that is no text leads nowhere.
        StatusCode::BAD_REQUEST => WebFault::NoPage,
        _ => return response,
    };
    if response.extensions().get::<Problem>().is_some() {
        return response;
    }
    let mut page = Problem::from(fault).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allow.clone());
    }
    page
}
