//! The rows of accounts and sessions.

use super::StoreError;
use crate::digest::Sha256Hex;
use crate::id::UserId;
use crate::office::Role;
use crate::time::Instant;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The account.
    pub id: UserId,
    /// The name to sign in with.
    pub login: String,
    /// The name that pages show.
    pub name: String,
    /// The section (課).
    pub section: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// The Argon2id hash of the password, in PHC form.
    pub password: String,
    /// Whether the account may sign in.
    pub enabled: bool,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Until when no password is looked at.
    pub locked_until: Option<Instant>,
    /// Whether it is a system's: nobody signs in with it, and administrators make its tokens.
    #[serde(default)]
    pub system: bool,
}

/// A signed-in session; only the digest of its secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// SHA-256 of the secret.
    pub secret: Sha256Hex,
    /// The account.
    pub user: UserId,
    /// When it ends at the latest.
    pub ends_at: Instant,
}

/// Reads and writes of accounts and sessions in one transaction.
#[async_trait]
pub trait AccountRows: Send {
    /// Adds or changes an account; [`StoreError::Conflict`] where the login is another's.
    async fn put_account(&mut self, row: &AccountRow) -> Result<(), StoreError>;
    /// Returns an account.
    async fn account(&mut self, id: UserId) -> Result<Option<AccountRow>, StoreError>;
    /// Returns the account of a login.
    async fn account_of_login(&mut self, login: &str) -> Result<Option<AccountRow>, StoreError>;
    /// Returns every account, by login.
    async fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError>;
    /// Adds a session.
    async fn put_session(&mut self, row: &SessionRow) -> Result<(), StoreError>;
    /// Returns a session.
    async fn session(&mut self, secret: &Sha256Hex) -> Result<Option<SessionRow>, StoreError>;
    /// Ends a session; ended ones of other people go with it.
    async fn remove_session(&mut self, secret: &Sha256Hex, now: Instant) -> Result<(), StoreError>;
}
