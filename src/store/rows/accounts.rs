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
        let sql = "INSERT INTO sessions (secret, ends_at, user_id, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (secret) DO UPDATE SET ends_at = $2, user_id = $3, body = $4";
        let ends_at = Bind::count(seconds(row.ends_at))?;
        let binds = vec![Bind::of(&row.secret), ends_at, Bind::of(row.user), Bind::json(row)?];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn session(&mut self, secret: &Sha256Hex) -> Result<Option<SessionRow>, StoreError> {
        one(self.connection(), "SELECT body FROM sessions WHERE secret = $1", vec![Bind::of(secret)]).await
    }

    async fn sessions_of(&mut self, user: UserId) -> Result<Vec<SessionRow>, StoreError> {
        let sql = "SELECT body FROM sessions WHERE user_id = $1";
        let mut sessions: Vec<SessionRow> = all(self.connection(), sql, vec![Bind::of(user)]).await?;
        sessions.sort_by(|a, b| b.begun_at.cmp(&a.begun_at).then_with(|| a.secret.cmp(&b.secret)));
        Ok(sessions)
    }

    async fn remove_sessions_of(&mut self, user: UserId, but: Option<&Sha256Hex>) -> Result<(), StoreError> {
        let but = but.map(ToString::to_string).unwrap_or_default();
        let sql = "DELETE FROM sessions WHERE user_id = $1 AND secret <> $2";
        run(self.connection(), sql, vec![Bind::of(user), Bind::of(but)]).await?;
        Ok(())
    }

    async fn count_stranger(&mut self) -> Result<(), StoreError> {
        run(self.connection(), "UPDATE strangers SET tries = tries + 1", vec![]).await?;
        Ok(())
    }

    async fn remove_session(&mut self, secret: &Sha256Hex, now: Instant) -> Result<(), StoreError> {
        let binds = vec![Bind::of(secret), Bind::count(seconds(now))?];
        run(self.connection(), "DELETE FROM sessions WHERE secret = $1 OR ends_at < $2", binds).await?;
        Ok(())
    }
}

/// Returns whole seconds since 1970; earlier instants count as 1970.
pub(super) fn seconds(at: Instant) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}
