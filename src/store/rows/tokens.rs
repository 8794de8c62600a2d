//! Tokens of other systems, and their requests that are done once.

use super::Work;
use super::bodies::{Bind, Row, all, one, rows, run};
use crate::digest::Sha256Hex;
use crate::id::{TokenId, UserId};
use crate::ledger::Entry;
use crate::office::ports::{MadeBy, RequestRow, StoreError, TokenRow, TokenRows};
use crate::time::Date;
use async_trait::async_trait;

#[async_trait]
impl TokenRows for Work {
    async fn insert_token(&mut self, row: &TokenRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO api_tokens (id, user_id, secret, row_version, body) VALUES ($1, $2, $3, $4, $5)";
        run(self.connection(), sql, binds(row)?).await?;
        Ok(())
    }

    async fn update_token(&mut self, row: &TokenRow) -> Result<(), StoreError> {
        let sql = "UPDATE api_tokens SET user_id = $2, secret = $3, row_version = $4, body = $5
            WHERE id = $1 AND row_version = $4 - 1";
        if run(self.connection(), sql, binds(row)?).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn token(&mut self, id: TokenId) -> Result<Option<TokenRow>, StoreError> {
        one(self.connection(), "SELECT body FROM api_tokens WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn token_of_secret(&mut self, secret: &Sha256Hex) -> Result<Option<TokenRow>, StoreError> {
        one(self.connection(), "SELECT body FROM api_tokens WHERE secret = $1", vec![Bind::of(secret)]).await
    }

    async fn tokens(&mut self, user: Option<UserId>) -> Result<Vec<TokenRow>, StoreError> {
        let mut tokens: Vec<TokenRow> = match user {
            None => all(self.connection(), "SELECT body FROM api_tokens", vec![]).await?,
            Some(user) => {
                let sql = "SELECT body FROM api_tokens WHERE user_id = $1";
                all(self.connection(), sql, vec![Bind::of(user)]).await?
            }
        };
        tokens.sort_by_key(|row| (std::cmp::Reverse(row.made_at), row.id));
        Ok(tokens)
    }

    async fn request(&mut self, key: &Sha256Hex) -> Result<Option<RequestRow>, StoreError> {
        let sql = "SELECT key, made, request, entry, subject FROM api_requests WHERE key = $1";
        rows(self.connection(), sql, vec![Bind::of(key)]).await?.first().map(request).transpose()
    }

    async fn put_request(
        &mut self,
        key: &Sha256Hex,
        request: &Sha256Hex,
        subject: Option<&str>,
        (today, oldest): (Date, Date),
    ) -> Result<(), StoreError> {
        run(self.connection(), "DELETE FROM api_requests WHERE made < $1", vec![Bind::of(oldest)]).await?;
        let sql = match subject {
            None => {
                "INSERT INTO api_requests (key, made, request, subject, entry)
                VALUES ($1, $2, $3, $4, (SELECT coalesce(max(seq), 0) + 1 FROM ledger))"
            }
            Some(_) => "INSERT INTO api_requests (key, made, request, subject) VALUES ($1, $2, $3, $4)",
        };
        let binds = vec![Bind::of(key), Bind::of(today), Bind::of(request), Bind::maybe(subject)];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn remove_request(&mut self, key: &Sha256Hex) -> Result<(), StoreError> {
        run(self.connection(), "DELETE FROM api_requests WHERE key = $1", vec![Bind::of(key)]).await?;
        Ok(())
    }

    async fn entry_at(&mut self, seq: u64) -> Result<Option<Entry>, StoreError> {
        one(self.connection(), "SELECT body FROM ledger WHERE seq = $1", vec![Bind::count(seq)?]).await
    }
}

fn binds(row: &TokenRow) -> Result<Vec<Bind>, StoreError> {
    let version = Bind::count(row.row_version)?;
    Ok(vec![Bind::of(row.id), Bind::of(row.user), Bind::of(&row.secret), version, Bind::json(row)?])
}

fn request(row: &Row) -> Result<RequestRow, StoreError> {
    let damaged = || StoreError::Damaged("a request that was done".to_owned());
    let digest = |text: String| Sha256Hex::parse(&text).ok_or_else(damaged);
    let made_by = match (row.get::<Option<i64>>("entry")?, row.get::<Option<String>>("subject")?) {
        (Some(entry), None) => MadeBy::Entry(entry.unsigned_abs()),
        (None, Some(subject)) => MadeBy::Subject(subject),
        _ => return Err(damaged()),
    };
    Ok(RequestRow {
        key: digest(row.get("key")?)?,
        request: digest(row.get("request")?)?,
        made: row.get::<String>("made")?.parse().map_err(|_| damaged())?,
        made_by,
    })
}
