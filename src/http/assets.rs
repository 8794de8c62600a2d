//! The style sheet, the mark and the small scripts, held in the program.

use crate::wording::STYLE;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;

/// The script of pages that ask for a passkey.
const PASSKEY: &str = include_str!("templates/passkey.js");
/// The script of the page where a notice is filled in.
const TYPESET: &str = include_str!("templates/typeset.js");
/// The script of every page of staff.
const PAGE: &str = include_str!("templates/page.js");
const MARK: &str = include_str!("templates/mark.svg");

/// `GET /assets/style.css`
pub async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", STYLE)
}

/// `GET /assets/mark.svg`
pub async fn mark() -> impl IntoResponse {
    asset("image/svg+xml", MARK)
}

/// `GET /assets/passkey.js`
pub async fn passkey() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", PASSKEY)
}

/// `GET /assets/page.js`
pub async fn page() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", PAGE)
}

/// `GET /assets/typeset.js`
pub async fn typeset() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", TYPESET)
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let kept = HeaderValue::from_static("public, max-age=600");
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, kept)], text)
}
