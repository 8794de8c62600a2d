//! The port of what is kept of browsers, and its row.

use super::StoreError;
use crate::digest::Sha256Hex;
use crate::time::Instant;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What is kept of a browser from one request to the next, so that any process of the city goes on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserRow {
    /// SHA-256 of its cookie.
    pub key: Sha256Hex,
    /// When it got that cookie.
    pub opened_at: Instant,
    /// When it was seen last, to the minute or so.
    pub touched_at: Instant,
    /// What is kept, in Base64, sealed under a key that is made of the cookie: nobody else reads it.
    pub sealed: String,
}

/// The rows of browsers.
#[async_trait]
pub trait BrowserRows {
    /// Returns what is kept of a browser.
    async fn browser(&mut self, key: &Sha256Hex) -> Result<Option<BrowserRow>, StoreError>;
    /// Writes what is kept of a browser.
    async fn put_browser(&mut self, row: &BrowserRow) -> Result<(), StoreError>;
    /// Removes what is kept of a browser.
    async fn remove_browser(&mut self, key: &Sha256Hex) -> Result<(), StoreError>;
    /// Removes what is kept of browsers that were not seen since a time, or have their cookie since before another.
    async fn remove_browsers(&mut self, touched: Instant, opened: Instant) -> Result<(), StoreError>;
}
