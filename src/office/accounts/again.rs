//! Asking again who somebody is, before what is hard to take back.

use super::AccountError;
use super::sign_in::own_row;
use crate::office::ports::{AccountRow, ProvenBy, SessionRow, Transaction};
use crate::office::{Office, OfficeError};
use jiff::ToSpan;
use zeroize::Zeroizing;

/// How somebody in a session stands, for the question whether to ask again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The name to sign in with.
    pub login: String,
    /// Whether the person proved who they are so short a time ago that it is not asked again.
    pub is_fresh: bool,
    /// Whether a code is asked for beside the password.
    pub asks_code: bool,
    /// Whether the identity provider knows the person.
    pub by_provider: bool,
    /// The identifiers of the account's passkeys.
    pub passkeys: Vec<String>,
}

impl Office {
    /// Returns how the person of a session stands now.
    pub async fn standing(&self, session: &str) -> Result<Standing, OfficeError> {
        let (session, row) = self.own_row(session).await?;
        let minutes = i64::from(self.settings.accounts.ask_again_minutes);
        let is_fresh = session.proven_at.is_some_and(|at| minutes > 0 && self.now() < at + minutes.minutes());
        let asks_code = row.factors.is_any();
        let passkeys = row.factors.passkeys.into_iter().map(|passkey| passkey.id).collect();
        let by_provider = row.subject.is_some();
        Ok(Standing { login: row.login, is_fresh, asks_code, by_provider, passkeys })
    }

    /// Takes password and, where the account has a second factor, code of whoever has a session. A wrong one counts as a failed
    /// sign-in.
    ///
    /// # Errors
    /// [`OfficeError::SignInFailed`] and [`AccountError::WrongCode`]; [`OfficeError::AccountLocked`].
    pub async fn prove_again(&self, session: &str, password: Zeroizing<String>, code: &str) -> Result<(), OfficeError> {
        let (_, row) = self.own_row(session).await?;
        let (mut tx, mut row) = self.with_password(&row.login, password).await?;
        let now = self.now();
        let (session, _) = own_row(&mut *tx, session, now).await?;
        let by = match row.factors.is_any() {
            true => self.take_code(&mut row, code, now)?,
            false => Some(ProvenBy::Password),
        };
        let Some(by) = by else {
            self.count_failure(tx, row).await?;
            return Err(AccountError::WrongCode.into());
        };
        self.proven(tx, session, row, by).await
    }

    /// Writes down that the person of a session has proven who they are.
    pub(super) async fn proven(
        &self,
        mut tx: Box<dyn Transaction>,
        mut session: SessionRow,
        mut row: AccountRow,
        by: ProvenBy,
    ) -> Result<(), OfficeError> {
        (row.failures, row.locked_until, session.proven_at) = (0, None, Some(self.now()));
        tx.put_account(&row).await?;
        tx.put_session(&session).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.proven-again", row.id)?.with("by", by.word())?).await?;
        tx.commit().await?;
        Ok(())
    }
}
