//! Why a token is not made or not taken, and why a request is not done.

use super::Scope;
use crate::fault::{Fault, Kind};
use crate::id::TokenId;
use crate::office::Role;

/// Why a token is not made or not taken, and why a request is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No such token.
    #[error("there is no token {0}")]
    NoSuchToken(TokenId),
    /// The secret is of no token that is taken today; why is not said.
    #[error("the token is missing, unknown, revoked or has ended")]
    NotTaken,
    /// The token is not for that.
    #[error("the token is not for this; it takes the scope {}", .0.name())]
    OutOfScope(Scope),
    /// No such scope.
    #[error("there is no such scope")]
    UnknownScope,
    /// A token for nothing.
    #[error("a token has at least one scope")]
    NoScopes,
    /// The account has none of the roles that the scope takes.
    #[error("the account has none of the roles that the scope {} takes", .0.name())]
    ScopeBeyondRoles(Scope),
    /// The name is empty or too long.
    #[error("a token's name has 1 to 80 characters")]
    BadName,
    /// Another token of the account has the name.
    #[error("the account has a token of that name; revoke it first, or choose another name")]
    NameTaken,
    /// The end lies behind, or too far ahead.
    #[error("a token ends today at the earliest, and after {0} days at the latest")]
    BadEnd(u16),
    /// The account has too many tokens.
    #[error("the account has {0} tokens that are taken; revoke some first")]
    TooMany(usize),
    /// An administrator makes tokens for systems only, and nobody for another person.
    #[error("a token for somebody else is made by an administrator, and only for the account of a system")]
    NotASystem,
    /// A token was to be made or revoked by a token.
    #[error("tokens are made and revoked by people")]
    NotByToken,
    /// A role that needs a person.
    #[error("the role {} needs a person; a system does not have it", .0.name())]
    PersonsRole(Role),
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The request was done before; what it made is to be told.
    #[error("this request was done before")]
    DoneBefore,
    /// The same request is being done right now.
    #[error("the same request is being done right now; ask again")]
    UnderWay,
}

impl Fault for TokenError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchToken(_) => "token-not-found",
            Self::NotTaken => "token-not-taken",
            Self::OutOfScope(_) => "token-out-of-scope",
            Self::UnknownScope => "token-unknown-scope",
            Self::NoScopes => "token-no-scopes",
            Self::ScopeBeyondRoles(_) => "token-scope-beyond-roles",
            Self::BadName => "token-bad-name",
            Self::NameTaken => "token-name-taken",
            Self::BadEnd(_) => "token-bad-end",
            Self::TooMany(_) => "token-too-many",
            Self::NotASystem => "token-not-a-system",
            Self::NotByToken => "token-not-by-token",
            Self::PersonsRole(_) => "token-persons-role",
            Self::KeyReused => "request-key-reused",
            Self::DoneBefore => "request-done-before",
            Self::UnderWay => "request-under-way",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchToken(_) => Kind::NotFound,
            Self::NotTaken | Self::OutOfScope(_) | Self::NotASystem | Self::NotByToken => Kind::Forbidden,
            Self::UnknownScope => Kind::Usage,
            Self::DoneBefore | Self::UnderWay => Kind::Conflict,
            _ => Kind::Refused,
        }
    }
}
