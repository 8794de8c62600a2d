//! The style sheet and the mark, held in the program.

use crate::wording::STYLE;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;

const MARK: &str = include_str!("templates/mark.svg");

/// `GET /assets/style.css`
pub async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", STYLE)
}

/// `GET /assets/mark.svg`
pub async fn mark() -> impl IntoResponse {
    asset("image/svg+xml", MARK)
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let kept = HeaderValue::from_static("public, max-age=600");
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, kept)], text)
}
