//! What is kept of browsers.

use super::Work;
use super::accounts::seconds;
use super::bodies::{Bind, insert, one, run};
use crate::digest::Sha256Hex;
use crate::office::ports::{BrowserRow, BrowserRows, StoreError};
use crate::time::Instant;
use async_trait::async_trait;

#[async_trait]
impl BrowserRows for Work {
    async fn browser(&mut self, key: &Sha256Hex) -> Result<Option<BrowserRow>, StoreError> {
        one(self.connection(), "SELECT body FROM browsers WHERE key = $1", vec![Bind::of(key)]).await
    }

    async fn put_browser(&mut self, row: &BrowserRow) -> Result<(), StoreError> {
        let (touched, opened) = (Bind::count(seconds(row.touched_at))?, Bind::count(seconds(row.opened_at))?);
        let binds = vec![Bind::of(&row.key), touched, opened, Bind::json(row)?];
        let head = "INSERT INTO browsers (key, touched_at, opened_at, body) VALUES";
        let tail = " ON CONFLICT (key) DO UPDATE SET touched_at = excluded.touched_at, opened_at = excluded.opened_at,
                body = excluded.body";
        insert(self.connection(), head, tail, vec![binds]).await
    }

    async fn remove_browser(&mut self, key: &Sha256Hex) -> Result<(), StoreError> {
        run(self.connection(), "DELETE FROM browsers WHERE key = $1", vec![Bind::of(key)]).await?;
        Ok(())
    }

    async fn remove_browsers(&mut self, touched: Instant, opened: Instant) -> Result<(), StoreError> {
        let sql = "DELETE FROM browsers WHERE touched_at < $1 OR opened_at < $2";
        let binds = vec![Bind::count(seconds(touched))?, Bind::count(seconds(opened))?];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }
}
