//! Who calls: the system behind a token, whose right to each thing is asked for by scope.

use crate::http::app::App;
use crate::http::limiter::{Deed, Doer};
use crate::http::problem::Problem;
use crate::http::visitor::address_of;
use crate::id::UserId;
use crate::office::tokens::{Bearer, Scope, TokenError};
use crate::office::{Actor, OfficeError};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// A system with a token that is taken.
pub struct Caller(Bearer);

impl Caller {
    /// Returns the account as it may act within a scope; without that scope nothing is done.
    pub fn acting(&self, scope: Scope) -> Result<Actor, Problem> {
        Ok(self.0.acting(scope)?)
    }

    /// Returns the account.
    pub fn user(&self) -> UserId {
        self.0.user()
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let address = address_of(&parts.headers, &parts.extensions, app.settings.behind_proxy);
        match app.office.bearer(secret(&parts.headers)).await {
            Ok(bearer) => {
                app.limit_doer(Deed::Api, Doer::Token(bearer.token()))?;
                Ok(Self(bearer))
            }
            Err(OfficeError::Token(TokenError::NotTaken)) => {
                // Whoever has a token that is taken is not kept out for others who guess from the same address.
                app.limit(Deed::WrongToken, address)?;
                Err(TokenError::NotTaken.into())
            }
            Err(trouble) => Err(trouble.into()),
        }
    }
}

/// Returns the secret of the header, or nothing, which is no token's.
fn secret(headers: &HeaderMap) -> &str {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    match value.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => secret.trim(),
        _ => "",
    }
}
