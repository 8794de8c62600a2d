//! What stands behind the question mark of an address.

use crate::http::problem::{Problem, WebFault};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The pairs of a query string.
#[derive(Clone, Debug, Default)]
pub struct Asked(Vec<(String, String)>);

impl Asked {
    /// Returns a value without surrounding space; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::from_request_parts(parts, state).await.map_err(|_| WebFault::BadForm)?;
        Ok(Self(pairs))
    }
}

/// Writes the section as a query string; nothing for all of them.
pub fn section_query(section: &str) -> String {
    if section.is_empty() {
        return String::new();
    }
    format!("?section={}", utf8_percent_encode(section, NON_ALPHANUMERIC))
}
