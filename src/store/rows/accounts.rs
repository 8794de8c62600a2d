//! Accounts and sessions.

use super::Work;
use super::bodies::{Bind, all, one, run};
use crate::digest::Sha256Hex;
use crate::id::UserId;
use crate::office::ports::{AccountRow, AccountRows, SessionRow, StoreError};
use crate::time::Instant;
use async_trait::async_trait;

#[async_trait]
impl AccountRows for Work {
    async fn put_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO accounts (id, login, body) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET login = $2, body = $3";
        run(self.connection(), sql, vec![Bind::of(row.id), Bind::of(&row.login), Bind::json(row)?]).await?;
        Ok(())
    }

    async fn account(&mut self, id: UserId) -> Result<Option<AccountRow>, StoreError> {
        one(self.connection(), "SELECT body FROM accounts WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn account_of_login(&mut self, login: &str) -> Result<Option<AccountRow>, StoreError> {
        one(self.connection(), "SELECT body FROM accounts WHERE login = $1", vec![Bind::of(login)]).await
    }

    async fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError> {
        all(self.connection(), "SELECT body FROM accounts ORDER BY login", vec![]).await
    }

    async fn put_session(&mut self, row: &SessionRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO sessions (secret, ends_at, body) VALUES ($1, $2, $3)";
        let binds = vec![Bind::of(&row.secret), Bind::count(seconds(row.ends_at))?, Bind::json(row)?];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn session(&mut self, secret: &Sha256Hex) -> Result<Option<SessionRow>, StoreError> {
        one(self.connection(), "SELECT body FROM sessions WHERE secret = $1", vec![Bind::of(secret)]).await
    }

    async fn remove_session(&mut self, secret: &Sha256Hex, now: Instant) -> Result<(), StoreError> {
        let binds = vec![Bind::of(secret), Bind::count(seconds(now))?];
        run(self.connection(), "DELETE FROM sessions WHERE secret = $1 OR ends_at < $2", binds).await?;
        Ok(())
    }
}

/// Returns whole seconds since 1970; earlier instants count as 1970.
fn seconds(at: Instant) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}
