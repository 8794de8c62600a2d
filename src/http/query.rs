//! What stands behind the question mark of an address.

use crate::http::problem::{Problem, WebFault};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What an address keeps as it is where it stands in another's query.
const PLACE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

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

/// Returns the address of the sign-in that leads back to a place, with all that stands behind its question mark.
pub fn sign_in_and_back(place: &str) -> String {
    format!("/sign-in?next={}", utf8_percent_encode(place, PLACE))
}

/// Writes the section as a query string; nothing for all of them.
pub fn section_query(section: &str) -> String {
    if section.is_empty() {
        return String::new();
    }
    format!("?section={}", utf8_percent_encode(section, NON_ALPHANUMERIC))
}
