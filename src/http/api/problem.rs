//! What a system reads when something did not work: the same problem as on a page, as `application/problem+json` (RFC 9457).

use crate::http::problem::{Problem, WebFault};
use crate::wording;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// A problem (RFC 9457) with its stable code and its sentences in both languages.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Where the code is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// The English sentence.
    pub title: String,
    /// The Japanese sentence.
    pub title_ja: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code: what programs tell problems apart by.
    pub code: String,
    /// More about this occurrence, in English.
    pub detail: String,
}

/// Every other answer than the one that was asked for.
#[derive(IntoResponses)]
#[response(status = "default", description = "A problem", content_type = "application/problem+json")]
#[expect(dead_code, reason = "a description")]
pub struct Refused(ProblemDocument);

/// What a code means.
#[derive(Clone, Debug, Serialize)]
struct Explained {
    code: String,
    title: &'static str,
    title_ja: &'static str,
}

impl ProblemDocument {
    /// Says a problem.
    pub fn of(problem: &Problem) -> Self {
        let code = problem.code();
        Self {
            kind: format!("/api/problems/{code}"),
            title: wording::en(code).unwrap_or("This could not be done.").to_owned(),
            title_ja: problem.japanese().to_owned(),
            status: problem.status().as_u16(),
            code: code.to_owned(),
            detail: problem.english().to_owned(),
        }
    }
}

/// Middleware: under `/api` a problem is said as JSON, wherever it came from.
pub async fn speak_json(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) if is_api => as_json(&problem.clone(), response),
        _ => response,
    }
}

/// `GET /api/problems/{code}`
pub async fn explain(Path(code): Path<String>) -> Result<Response, Problem> {
    let (Some(title), Some(title_ja)) = (wording::en(&code), wording::ja(&code)) else {
        return Err(WebFault::NoPage.into());
    };
    Ok(Json(Explained { code, title, title_ja }).into_response())
}

fn as_json(problem: &Problem, page: Response) -> Response {
    let (mut parts, _) = page.into_parts();
    let text = serde_json::to_vec(&ProblemDocument::of(problem)).unwrap_or_default();
    let headers = &mut parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if problem.status() == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"fumikura\""));
    }
    Response::from_parts(parts, Body::from(text))
}
