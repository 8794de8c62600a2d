//! Signing in: a password, then a second factor where the account has one; sessions by the digest of a secret; lock-out.

use super::password::{DUMMY, password_fits};
use super::{AccountError, actor};
use crate::digest::{Sha256Hex, hex};
use crate::id::UserId;
use crate::office::ports::{AccountNews, AccountNote, AccountRow, ProvenBy, SessionRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::time::Instant;
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Wrong passwords or codes after which an account is locked.
const MOST_FAILURES: u32 = 10;
/// Minutes for which a right password waits for its second factor.
const HALF_MINUTES: i64 = 5;

/// Somebody who has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// The secret of the session, 64 hexadecimal digits; it is nowhere else.
    pub secret: Zeroizing<String>,
    /// Whether the account has something to tell its person.
    pub has_news: bool,
}

/// What a right password leads to.
#[derive(Debug)]
pub enum Entered {
    /// Into a session.
    SignedIn(SignedIn),
    /// To the question for the second factor.
    Half(HalfSignedIn),
}

/// A right password of an account that asks for a second factor. It opens nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct HalfSignedIn {
    user: UserId,
    /// The hash that was right, so that a password changed meanwhile counts no more.
    password: String,
    at: Instant,
    /// Whether it was the provider that let them in, in place of a password.
    provided: bool,
}

impl HalfSignedIn {
    /// Says how somebody proved who they are, with a second factor of their own.
    pub(super) fn with(&self, by: ProvenBy) -> ProvenBy {
        if self.provided { ProvenBy::StrongProvider } else { by }
    }

    /// Takes whom the provider let in, in place of a password.
    pub(super) fn by_provider(row: AccountRow, at: Instant) -> Self {
        Self { user: row.id, password: row.password, at, provided: true }
    }

    /// Returns the account.
    pub(super) fn user(&self) -> UserId {
        self.user
    }
}

impl std::fmt::Debug for HalfSignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HalfSignedIn").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Office {
    /// Checks a login and password, and begins a session, or says that a second factor is asked for.
    ///
    /// # Errors
    /// [`OfficeError::SignInFailed`] says no more than that; [`OfficeError::AccountLocked`] after too many tries, to whoever has
    /// the password.
    pub async fn sign_in_by_password(&self, login: &str, password: Zeroizing<String>) -> Result<Entered, OfficeError> {
        let (tx, row) = self.with_password(login, password).await?;
        if row.factors.is_any() {
            return Ok(Entered::Half(HalfSignedIn {
                user: row.id,
                password: row.password,
                at: self.now(),
                provided: false,
            }));
        }
        self.begin_session(tx, row, ProvenBy::Password).await.map(Entered::SignedIn)
    }

    /// Goes on with the second factor: a code of the authenticator, or a recovery code.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], which counts as a failed sign-in; [`OfficeError::NoSession`] where the password was
    /// given too long ago, or counts no more.
    pub async fn sign_in_by_code(&self, half: &HalfSignedIn, code: &str) -> Result<SignedIn, OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let mut row = self.after_half(&mut *tx, half).await?;
        match self.take_code(&mut row, code, self.now())? {
            Some(by) => self.begin_session(tx, row, half.with(by)).await,
            None => {
                self.count_failure(tx, row).await?;
                Err(AccountError::WrongCode.into())
            }
        }
    }

    /// Signs in with a password alone.
    ///
    /// # Errors
    /// As [`Self::enter`]; [`AccountError::FactorNeeded`] where the account asks for more.
    pub async fn sign_in(&self, login: &str, password: Zeroizing<String>) -> Result<SignedIn, OfficeError> {
        match self.sign_in_by_password(login, password).await? {
            Entered::SignedIn(signed_in) => Ok(signed_in),
            Entered::Half(_) => Err(AccountError::FactorNeeded.into()),
        }
    }

    /// Returns who a session's secret belongs to, as the account stands now.
    ///
    /// # Errors
    /// [`OfficeError::NoSession`]; [`AccountError::PasswordToChange`] and [`AccountError::FactorToEnrol`] for whoever has to
    /// do that before anything else.
    pub async fn session(&self, secret: &str) -> Result<Actor, OfficeError> {
        let (session, row) = self.own_row(secret).await?;
        match self.what_comes_first(&row, session.by) {
            Some(first) => Err(first.into()),
            None => Ok(actor(row)),
        }
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        tx.remove_session(&Sha256Hex::of(secret.as_bytes()), self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns an account as an actor, for the machine's operator who acts in somebody's name after their password and, where
    /// the account asks for a second factor, a code.
    pub async fn authenticate<E: From<OfficeError>>(
        &self,
        login: &str,
        password: Zeroizing<String>,
        code: impl FnOnce() -> Result<Zeroizing<String>, E>,
    ) -> Result<Actor, E> {
        let signed_in = match self.sign_in_by_password(login, password).await? {
            Entered::SignedIn(signed_in) => signed_in,
            Entered::Half(half) => self.sign_in_by_code(&half, &code()?).await?,
        };
        let actor = self.session(&signed_in.secret).await;
        self.sign_out(&signed_in.secret).await?;
        Ok(actor?)
    }

    /// Returns the account of a right password that still counts.
    pub(super) async fn after_half(
        &self,
        tx: &mut dyn Transaction,
        half: &HalfSignedIn,
    ) -> Result<AccountRow, OfficeError> {
        let now = self.now();
        let row = not_locked(tx.account(half.user).await?.ok_or(OfficeError::NoSession)?, now)?;
        let counts = row.enabled && row.password == half.password && now <= half.at + HALF_MINUTES.minutes();
        if counts { Ok(row) } else { Err(OfficeError::NoSession) }
    }

    /// Returns a session and its account, whatever the account has to do first.
    pub(super) async fn own_row(&self, secret: &str) -> Result<(SessionRow, AccountRow), OfficeError> {
        let mut tx = self.read().await?;
        own_row(&mut *tx, secret, self.now()).await
    }

    /// Says what an account has to do before anything else, in a session that began in some way.
    pub(super) fn what_comes_first(&self, row: &AccountRow, by: ProvenBy) -> Option<AccountError> {
        // Whoever comes from the provider need not know the password here.
        if row.must_change && !matches!(by, ProvenBy::Provider | ProvenBy::StrongProvider) {
            return Some(AccountError::PasswordToChange);
        }
        let has_factor = row.factors.is_any() || by == ProvenBy::StrongProvider;
        (self.asks_for_factor(row) && !has_factor).then_some(AccountError::FactorToEnrol)
    }

    /// Tells whether a role of an account asks for a second factor.
    pub(super) fn asks_for_factor(&self, row: &AccountRow) -> bool {
        row.roles.iter().any(|role| self.settings.accounts.second_factor.contains(role))
    }

    /// Holds a password against an account. Returns the account in a unit of work that may write; failures that were counted
    /// before stay until a session begins.
    ///
    /// An unknown login costs what a wrong password does: the hash, and one row written.
    pub(super) async fn with_password(
        &self,
        login: &str,
        password: Zeroizing<String>,
    ) -> Result<(Box<dyn Transaction>, AccountRow), OfficeError> {
        let found = self.read().await?.account_of_login(login).await?;
        let stored = found.as_ref().map_or_else(|| DUMMY.to_owned(), |row| row.password.clone());
        let right = self.busy(move || password_fits(&password, &stored)).await?;
        let mut tx = self.begin_on_any_copy().await?;
        let row = match &found {
            Some(found) => tx.account(found.id).await?,
            None => tx.account_of_login(login).await?,
        };
        let (Some(found), Some(row)) = (found, row) else {
            tx.count_stranger().await?;
            tx.commit().await?;
            return Err(OfficeError::SignInFailed);
        };
        let fits = right && row.enabled && !row.system && row.password == found.password;
        match (not_locked(row, self.now()), fits) {
            (Ok(row), true) => return Ok((tx, row)),
            // That an account is locked is told to whoever has its password: else it would tell that there is one.
            (Err(locked), true) => return Err(locked),
            (Ok(row), false) => self.count_failure(tx, row).await?,
            (Err(_), false) => {
                tx.count_stranger().await?;
                tx.commit().await?;
            }
        }
        Err(OfficeError::SignInFailed)
    }

    /// Counts a wrong password or code, and locks the account where there were too many.
    pub(super) async fn count_failure(
        &self,
        mut tx: Box<dyn Transaction>,
        mut row: AccountRow,
    ) -> Result<(), OfficeError> {
        let now = self.now();
        row.failures += 1;
        if row.failures >= MOST_FAILURES {
            row.failures = 0;
            row.locked_until = Some(now + i64::from(self.settings.lock_minutes).minutes());
            note(&mut row, AccountNews::Locked, now);
            tx.append(self.entry_by("system", "user.locked", row.id)?).await?;
        }
        tx.put_account(&row).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn begin_session(
        &self,
        mut tx: Box<dyn Transaction>,
        mut row: AccountRow,
        by: ProvenBy,
    ) -> Result<SignedIn, OfficeError> {
        let now = self.now();
        (row.failures, row.locked_until) = (0, None);
        tx.put_account(&row).await?;
        let secret = Zeroizing::new(hex(&self.random::<32>()?));
        let session = SessionRow {
            secret: Sha256Hex::of(secret.as_bytes()),
            user: row.id,
            ends_at: now + i64::from(self.settings.session_hours).hours(),
            begun_at: Some(now),
            proven_at: Some(now),
            by,
        };
        tx.put_session(&session).await?;
        let entry = self.entry_by(&row.id.to_string(), "user.signed-in", row.id)?;
        tx.append(if by == ProvenBy::Password { entry } else { entry.with("by", by.word())? }).await?;
        tx.commit().await?;
        let has_news = !row.notes.is_empty();
        Ok(SignedIn { actor: actor(row), secret, has_news })
    }
}

/// Returns a session that has not ended, and its account.
pub(super) async fn own_row(
    tx: &mut dyn Transaction,
    secret: &str,
    now: Instant,
) -> Result<(SessionRow, AccountRow), OfficeError> {
    let session = tx.session(&Sha256Hex::of(secret.as_bytes())).await?.ok_or(OfficeError::NoSession)?;
    let row = tx.account(session.user).await?.ok_or(OfficeError::NoSession)?;
    if now >= session.ends_at || !row.enabled { Err(OfficeError::NoSession) } else { Ok((session, row)) }
}

/// Refuses an account that is locked now.
pub(super) fn not_locked(row: AccountRow, now: Instant) -> Result<AccountRow, OfficeError> {
    if row.locked_until.is_some_and(|until| now < until) { Err(OfficeError::AccountLocked) } else { Ok(row) }
}

/// Writes down what a person is to be told at the next sign-in, once of each kind.
pub(super) fn note(row: &mut AccountRow, what: AccountNews, at: Instant) {
    row.notes.retain(|note| note.what != what);
    row.notes.push(AccountNote { what, at });
}
