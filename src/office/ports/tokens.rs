//! The rows of tokens, and of requests that are done once.

use super::StoreError;
use crate::digest::Sha256Hex;
use crate::id::{TokenId, UserId};
use crate::office::Scope;
use crate::time::{Date, Instant};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A token by which another system acts as an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// The token; its secret is another thing.
    pub id: TokenId,
    /// Counts every change.
    pub row_version: u64,
    /// SHA-256 of the secret.
    pub secret: Sha256Hex,
    /// The account it acts as.
    pub user: UserId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub made_at: Instant,
    /// Who made it; none for the machine's operator.
    pub made_by: Option<UserId>,
    /// The last day on which it is taken.
    pub ends_on: Date,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// The last day on which it was used.
    pub last_used: Option<Date>,
}

/// A request that was done, or is to be, and is not done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    /// Digest of the account and of the key that it chose.
    pub key: Sha256Hex,
    /// Digest of what was asked.
    pub request: Sha256Hex,
    /// The day.
    pub made: Date,
    /// What tells what was made.
    pub made_by: MadeBy,
}

/// What tells what a request made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeBy {
    /// An entry of the ledger, by its place.
    Entry(u64),
    /// The entries about a subject that was named before it was made.
    Subject(String),
}

/// Reads and writes of tokens and requests in one transaction.
#[async_trait]
pub trait TokenRows: Send {
    /// Adds a token.
    async fn insert_token(&mut self, row: &TokenRow) -> Result<(), StoreError>;
    /// Changes a token whose row version is one less than the one given; else [`StoreError::Conflict`].
    async fn update_token(&mut self, row: &TokenRow) -> Result<(), StoreError>;
    /// Returns a token.
    async fn token(&mut self, id: TokenId) -> Result<Option<TokenRow>, StoreError>;
    /// Returns the token of a secret.
    async fn token_of_secret(&mut self, secret: &Sha256Hex) -> Result<Option<TokenRow>, StoreError>;
    /// Returns every token, or those of one account, the newest first.
    async fn tokens(&mut self, user: Option<UserId>) -> Result<Vec<TokenRow>, StoreError>;
    /// Returns a request that was done.
    async fn request(&mut self, key: &Sha256Hex) -> Result<Option<RequestRow>, StoreError>;
    /// Writes down that a request is done in this transaction; what it does is told by the next entry of the ledger, or by
    /// those about a subject. Requests of before a day are forgotten with it.
    async fn put_request(
        &mut self,
        key: &Sha256Hex,
        request: &Sha256Hex,
        subject: Option<&str>,
        days: (Date, Date),
    ) -> Result<(), StoreError>;
    /// Forgets a request that made nothing.
    async fn remove_request(&mut self, key: &Sha256Hex) -> Result<(), StoreError>;
    /// Returns an entry of the ledger by its place.
    async fn entry_at(&mut self, seq: u64) -> Result<Option<crate::ledger::Entry>, StoreError>;
}
