//! Tokens: by one another system acts as an account, cut down to what the token is for; and requests that are done once.
//!
//! Whoever has an account makes tokens for it; for the account of a system, which nobody signs in with, an administrator does.

mod error;
mod requests;
mod scope;
mod verbs;

pub use error::TokenError;
pub use requests::{Made, Request};
pub use scope::Scope;

pub(super) use requests::Once;

use crate::id::{TokenId, UserId};
use crate::office::{Actor, OfficeError};
use crate::time::{Date, Instant};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is called, for people.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// The last day on which it is taken.
    pub ends_on: Date,
    /// The login of the system it is for; none for the account of whoever makes it.
    pub system: Option<String>,
}

/// A token that was made. The secret is shown once, and is nowhere else.
#[derive(Debug)]
pub struct IssuedToken {
    /// The token.
    pub id: TokenId,
    /// The secret.
    pub secret: Zeroizing<String>,
}

/// A token as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// The token.
    pub id: TokenId,
    /// What it is called.
    pub name: String,
    /// The login of the account it acts as.
    pub login: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub made_at: Instant,
    /// The last day on which it is taken.
    pub ends_on: Date,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// The last day on which it was used.
    pub last_used: Option<Date>,
    /// Whether it is taken today.
    pub is_live: bool,
}

/// Somebody who came with a token. What may be done with it is asked for scope by scope.
#[derive(Clone, Debug)]
pub struct Bearer {
    token: TokenId,
    account: Actor,
    scopes: BTreeSet<Scope>,
}

impl Bearer {
    /// Returns the token.
    pub fn token(&self) -> TokenId {
        self.token
    }

    /// Returns the account that the token acts as.
    pub fn user(&self) -> UserId {
        self.account.user()
    }

    /// Returns the account with the roles that belong to a scope.
    ///
    /// # Errors
    /// [`TokenError::OutOfScope`] where the token is not for that.
    pub fn acting(&self, scope: Scope) -> Result<Actor, OfficeError> {
        if self.scopes.contains(&scope) {
            Ok(self.account.clone().by_token(self.token, scope.roles()))
        } else {
            Err(TokenError::OutOfScope(scope).into())
        }
    }
}
