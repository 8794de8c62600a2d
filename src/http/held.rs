//! Bytes that are handed out as they are: compressed where the browser takes that, and not again where it has them.

use crate::digest::Sha256Hex;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// For what is named by its hash: it never changes.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For what may change: the browser asks each time whether it has.
pub const ASK_EACH_TIME: &str = "no-cache";

/// Bytes with their hash, their kind and their compressed form.
#[derive(Debug)]
pub struct Held {
    kind: &'static str,
    sha256: Sha256Hex,
    tag: HeaderValue,
    plain: Bytes,
    /// `None` where compression gained nothing.
    gzip: Option<Bytes>,
}

impl Held {
    /// Holds bytes of a media type.
    pub fn new(kind: &'static str, bytes: Vec<u8>) -> Self {
        let sha256 = Sha256Hex::of(&bytes);
        // Weak, as both forms bear it (RFC 9110, 8.8.1).
        let tag = HeaderValue::from_str(&format!("W/\"{sha256}\"")).unwrap_or(HeaderValue::from_static("W/\"\""));
        let gzip = compressed(&bytes).filter(|gzip| gzip.len() < bytes.len()).map(Bytes::from);
        Self { kind, sha256, tag, plain: bytes.into(), gzip }
    }

    /// Returns the hash of the bytes.
    pub fn sha256(&self) -> &Sha256Hex {
        &self.sha256
    }

    /// Answers a request with these headers.
    pub fn answer(&self, asked: &HeaderMap, keep: &'static str) -> Response {
        let has = |name, what: &str| {
            let values = asked.get_all(name).into_iter().filter_map(|value: &HeaderValue| value.to_str().ok());
            values.flat_map(|list| list.split(',')).any(|one| one.trim() == what)
        };
        let fresh = self.tag.to_str().is_ok_and(|tag| has(header::IF_NONE_MATCH, tag));
        let gzip = self.gzip.as_ref().filter(|_| has(header::ACCEPT_ENCODING, "gzip"));
        let mut response = match (fresh, gzip) {
            (true, _) => StatusCode::NOT_MODIFIED.into_response(),
            (false, Some(gzip)) => gzip.clone().into_response(),
            (false, None) => self.plain.clone().into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if !fresh && gzip.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
