//! The rows of accounts and sessions.

use super::StoreError;
use crate::digest::Sha256Hex;
use crate::id::UserId;
use crate::office::Role;
use crate::office::accounts::webauthn::PublicKey;
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
    /// Whether somebody else chose the password: the person changes it before anything else.
    #[serde(default)]
    pub must_change: bool,
    /// What is asked for beside the password.
    #[serde(default, skip_serializing_if = "Factors::is_empty")]
    pub factors: Factors,
    /// The digest of what the identity provider calls the person, from the first time they came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Sha256Hex>,
    /// What the person has not been told yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<AccountNote>,
}

/// The second factors of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factors {
    /// The authenticator that gives codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<TotpRow>,
    /// The secret of an authenticator that has not given its first code yet, sealed as [`TotpRow::secret`] is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolling: Option<String>,
    /// The passkeys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passkeys: Vec<PasskeyRow>,
    /// SHA-256 of the recovery codes that were not used yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<Sha256Hex>,
}

/// An authenticator that gives codes by the time (RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotpRow {
    /// The shared secret, sealed under a key of the vault's, in Base64.
    pub secret: String,
    /// The time step of the last code that was taken; it and those before it are taken no more.
    pub last_step: u64,
    /// When it was enrolled.
    pub since: Instant,
}

/// A passkey (Web Authentication).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRow {
    /// The credential's identifier, in Base64 for URLs.
    pub id: String,
    /// Its public key.
    pub key: PublicKey,
    /// The signature counter as it was last; zero where the authenticator keeps none.
    pub count: u32,
    /// What its person calls it.
    pub name: String,
    /// When it was registered.
    pub since: Instant,
    /// When it was used last.
    #[serde(default)]
    pub last_used: Option<Instant>,
}

/// Something about an account that its person is told at the next sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNote {
    /// What it was.
    pub what: AccountNews,
    /// When.
    pub at: Instant,
}

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountNews {
    /// Somebody else set the password.
    PasswordSet,
    /// An administrator or the operator took the second factors away.
    FactorsReset,
    /// A recovery code was used to sign in or to confirm something.
    RecoveryCodeUsed,
    /// The recovery codes ended, as the database was restored.
    RecoveryCodesEnded,
    /// A passkey's counter did not go on, as it would where there are two of it.
    PasskeyCopied,
    /// The account was locked for wrong passwords or codes.
    Locked,
}

impl Factors {
    /// Tells whether there is none, nor one that is being enrolled.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether a second factor is asked for.
    pub fn is_any(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProvenBy {
    /// By the password alone.
    #[default]
    Password,
    /// By password and a code of the authenticator.
    Code,
    /// By password and a recovery code.
    RecoveryCode,
    /// By a passkey that verified its person.
    Passkey,
    /// By password and a passkey.
    PasswordAndPasskey,
    /// By the identity provider, which asked for no more than a password.
    Provider,
    /// By the identity provider with a second factor, there or here.
    StrongProvider,
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
    /// When it began; unknown of sessions of earlier programs.
    #[serde(default)]
    pub begun_at: Option<Instant>,
    /// When the person last proved who they are.
    #[serde(default)]
    pub proven_at: Option<Instant>,
    /// How the session began.
    #[serde(default)]
    pub by: ProvenBy,
}

impl ProvenBy {
    /// Returns the word for the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::RecoveryCode => "recovery-code",
            Self::Passkey => "passkey",
            Self::PasswordAndPasskey => "password-and-passkey",
            Self::Provider => "provider",
            Self::StrongProvider => "strong-provider",
        }
    }
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
    /// Adds or changes a session.
    async fn put_session(&mut self, row: &SessionRow) -> Result<(), StoreError>;
    /// Returns a session.
    async fn session(&mut self, secret: &Sha256Hex) -> Result<Option<SessionRow>, StoreError>;
    /// Returns the sessions of an account, those that began last first.
    async fn sessions_of(&mut self, user: UserId) -> Result<Vec<SessionRow>, StoreError>;
    /// Ends the sessions of an account but one.
    async fn remove_sessions_of(&mut self, user: UserId, but: Option<&Sha256Hex>) -> Result<(), StoreError>;
    /// Counts a try to sign in with a login that is nobody's, which costs what counting one of somebody's costs.
    async fn count_stranger(&mut self) -> Result<(), StoreError>;
    /// Ends a session; ended ones of other people go with it.
    async fn remove_session(&mut self, secret: &Sha256Hex, now: Instant) -> Result<(), StoreError>;
}
