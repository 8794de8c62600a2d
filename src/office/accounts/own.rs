//! What everybody sees and does of their own account: its sessions, its news.

use super::sign_in::own_row;
use super::{AccountError, OwnPasskey, actor};
use crate::digest::Sha256Hex;
use crate::office::ports::{AccountNote, PasskeyRow, ProvenBy};
use crate::office::{Actor, Office, OfficeError};
use crate::time::Instant;

/// One's own account.
#[derive(Clone, Debug)]
pub struct OwnAccount {
    /// The person.
    pub actor: Actor,
    /// The name to sign in with.
    pub login: String,
    /// What has to be done before anything else.
    pub first: Option<AccountError>,
    /// What was not told yet.
    pub news: Vec<AccountNote>,
    /// When the authenticator was enrolled, where there is one.
    pub totp: Option<Instant>,
    /// The passkeys, in the order of their registration.
    pub passkeys: Vec<OwnPasskey>,
    /// How many recovery codes are left.
    pub recovery_codes: usize,
    /// Whether a role asks for a second factor.
    pub asks_for_factor: bool,
    /// The sessions, those that began last first.
    pub sessions: Vec<OwnSession>,
}

/// One of the sessions of one's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// What it is named by; its secret does not follow from that.
    pub id: Sha256Hex,
    /// When it began.
    pub begun_at: Option<Instant>,
    /// When it ends at the latest.
    pub ends_at: Instant,
    /// How it began.
    pub by: ProvenBy,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Office {
    /// Returns the account of whoever has a session, whatever it has to do first.
    pub async fn own_account(&self, session: &str) -> Result<OwnAccount, OfficeError> {
        let now = self.now();
        let mut tx = self.read().await?;
        let (this, row) = own_row(&mut *tx, session, now).await?;
        let sessions = tx.sessions_of(row.id).await?.into_iter().filter(|one| now < one.ends_at);
        let sessions = sessions.map(|one| OwnSession {
            is_this: one.secret == this.secret,
            id: one.secret,
            begun_at: one.begun_at,
            ends_at: one.ends_at,
            by: one.by,
        });
        Ok(OwnAccount {
            login: row.login.clone(),
            first: self.what_comes_first(&row, this.by),
            news: row.notes.clone(),
            totp: row.factors.totp.as_ref().map(|totp| totp.since),
            passkeys: row.factors.passkeys.iter().map(passkey).collect(),
            recovery_codes: row.factors.recovery.len(),
            asks_for_factor: self.asks_for_factor(&row),
            sessions: sessions.collect(),
            actor: actor(row),
        })
    }

    /// Ends one of the sessions of one's own account.
    pub async fn end_session(&self, session: &str, which: &Sha256Hex) -> Result<(), OfficeError> {
        let now = self.now();
        let mut tx = self.begin_on_any_copy().await?;
        let (_, row) = own_row(&mut *tx, session, now).await?;
        let found = tx.session(which).await?.filter(|one| one.user == row.id);
        let found = found.ok_or(AccountError::NoSuchSession)?;
        tx.remove_session(&found.secret, now).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.session-ended", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends every session of one's own account but the one that asks.
    pub async fn end_other_sessions(&self, session: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let (this, row) = own_row(&mut *tx, session, self.now()).await?;
        tx.remove_sessions_of(row.id, Some(&this.secret)).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.sessions-ended", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes note that the person has read the news of the account.
    pub async fn read_news(&self, session: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, self.now()).await?;
        row.notes.clear();
        tx.put_account(&row).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.news-read", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn passkey(row: &PasskeyRow) -> OwnPasskey {
    OwnPasskey { id: row.id.clone(), name: row.name.clone(), since: row.since, last_used: row.last_used }
}
