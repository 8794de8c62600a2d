//! Passkeys: registered by name, as a second factor and, where the person is verified, in place of password and factor.

use super::sign_in::{not_locked, note, own_row};
use super::webauthn::{Assertion, Expected, Mistrust, NewCredential, RelyingParty, register};
use super::{AccountError, HalfSignedIn, RecoveryCodes, SignedIn};
use crate::digest::unhex;
use crate::id::UserId;
use crate::office::ports::{AccountNews, AccountRow, PasskeyRow, ProvenBy, Transaction};
use crate::office::{Office, OfficeError};
use crate::time::Instant;

/// Passkeys of one account.
const MOST_PASSKEYS: usize = 10;
/// The longest name, in characters.
const LONGEST_NAME: usize = 40;

/// One of the passkeys of one's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPasskey {
    /// Its identifier, in Base64 for URLs.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// When it was registered.
    pub since: Instant,
    /// When it was used last.
    pub last_used: Option<Instant>,
}

/// What a right password may go on with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondSteps {
    /// The identifiers of the passkeys.
    pub passkeys: Vec<String>,
    /// Whether there is an authenticator that gives codes.
    pub codes: bool,
}

/// A passkey's answer, and what it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The answer.
    pub assertion: &'a Assertion,
    /// The service.
    pub party: &'a RelyingParty,
    /// The bytes that were asked over, once.
    pub challenge: &'a [u8],
}

impl Office {
    /// Adds a passkey to one's own account, which is asked for from now on. Returns recovery codes where the account had none.
    pub async fn add_passkey(
        &self,
        session: &str,
        name: &str,
        (answer, party, challenge): (&NewCredential, &RelyingParty, &[u8]),
    ) -> Result<RecoveryCodes, OfficeError> {
        if !(1..=LONGEST_NAME).contains(&name.trim().chars().count()) {
            return Err(AccountError::BadPasskeyName.into());
        }
        let made = register(answer, Expected { party, challenge, verified: false }).map_err(mistrusted)?;
        let now = self.now();
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, now).await?;
        if row.factors.passkeys.len() >= MOST_PASSKEYS {
            return Err(AccountError::TooManyPasskeys(MOST_PASSKEYS).into());
        }
        // 7.1, step 17: a credential is of one account.
        let accounts = tx.accounts().await?;
        if accounts.iter().flat_map(|one| &one.factors.passkeys).any(|known| known.id == made.id) {
            return Err(AccountError::KnownPasskey.into());
        }
        let name = name.trim().to_owned();
        let passkey = PasskeyRow { id: made.id, key: made.key, count: made.count, name, since: now, last_used: None };
        row.factors.passkeys.push(passkey);
        let codes = if row.factors.recovery.is_empty() { self.recovery_codes(&mut row)? } else { Vec::new() };
        self.factors_changed(&mut *tx, &row, "user.passkey-added", session).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes a passkey off one's own account.
    ///
    /// # Errors
    /// [`AccountError::LastFactor`] where a role asks for one.
    pub async fn remove_passkey(&self, session: &str, id: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, self.now()).await?;
        let before = row.factors.passkeys.len();
        row.factors.passkeys.retain(|passkey| passkey.id != id);
        if row.factors.passkeys.len() == before {
            return Err(AccountError::NoSuchFactor.into());
        }
        self.without_one(&mut row)?;
        self.factors_changed(&mut *tx, &row, "user.passkey-removed", session).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Signs in with a passkey alone, which has verified its person.
    ///
    /// # Errors
    /// [`OfficeError::SignInFailed`], whatever is wrong with it; [`AccountError::PasskeyCopied`].
    pub async fn sign_in_by_passkey(&self, answered: Answered<'_>) -> Result<SignedIn, OfficeError> {
        let user: Option<UserId> = <[u8; 16]>::try_from(answered.assertion.user()).ok().map(UserId::from_bytes);
        let mut tx = self.begin_on_any_copy().await?;
        let row = match user {
            Some(user) => tx.account(user).await?.filter(|row| row.enabled && !row.system),
            None => None,
        };
        let Some(row) = row else {
            tx.count_stranger().await?;
            tx.commit().await?;
            return Err(OfficeError::SignInFailed);
        };
        let mut row = not_locked(row, self.now())?;
        match self.take_passkey(&mut row, answered, true) {
            Ok(()) => self.begin_session(tx, row, ProvenBy::Passkey).await,
            Err(error) => Err(self.failed_passkey(tx, row, error, OfficeError::SignInFailed).await?),
        }
    }

    /// Returns what a right password may go on with.
    pub async fn second_steps(&self, half: &HalfSignedIn) -> Result<SecondSteps, OfficeError> {
        let row = self.read().await?.account(half.user()).await?.ok_or(OfficeError::NoSession)?;
        let passkeys = row.factors.passkeys.into_iter().map(|passkey| passkey.id).collect();
        Ok(SecondSteps { passkeys, codes: row.factors.totp.is_some() })
    }

    /// Goes on after a right password with a passkey.
    ///
    /// # Errors
    /// [`AccountError::WrongPasskey`], which counts as a failed sign-in; else as [`Office::sign_in_by_code`].
    pub async fn sign_in_by_second_passkey(
        &self,
        half: &HalfSignedIn,
        answered: Answered<'_>,
    ) -> Result<SignedIn, OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let mut row = self.after_half(&mut *tx, half).await?;
        match self.take_passkey(&mut row, answered, false) {
            Ok(()) => self.begin_session(tx, row, half.with(ProvenBy::PasswordAndPasskey)).await,
            Err(error) => Err(self.failed_passkey(tx, row, error, AccountError::WrongPasskey.into()).await?),
        }
    }

    /// Takes the proof of whoever has a session by a passkey that verifies its person, in place of password and code.
    pub async fn prove_again_by_passkey(&self, session: &str, answered: Answered<'_>) -> Result<(), OfficeError> {
        let now = self.now();
        let mut tx = self.begin_on_any_copy().await?;
        let (at, row) = own_row(&mut *tx, session, now).await?;
        let mut row = not_locked(row, now)?;
        match self.take_passkey(&mut row, answered, true) {
            Ok(()) => self.proven(tx, at, row, ProvenBy::Passkey).await,
            Err(error) => Err(self.failed_passkey(tx, row, error, AccountError::WrongPasskey.into()).await?),
        }
    }

    /// Verifies an answer by one of the passkeys of an account, and counts on. The row is to be written, whatever comes of it.
    fn take_passkey(&self, row: &mut AccountRow, answered: Answered<'_>, verified: bool) -> Result<(), AccountError> {
        let (user, now) = (unhex(&row.id.to_string()).unwrap_or_default(), self.now());
        let Answered { assertion, party, challenge } = answered;
        let said = assertion.user();
        let fits = |passkey: &&mut PasskeyRow| passkey.id == assertion.id() && (said.is_empty() || said == user);
        let passkey = row.factors.passkeys.iter_mut().find(fits).ok_or(AccountError::WrongPasskey)?;
        let expected = Expected { party, challenge, verified };
        let count = assertion.verify(&passkey.key, expected).map_err(mistrusted)?;
        // 7.2, step 21: a counter that does not go on is a copy's, or its original's.
        if (count != 0 || passkey.count != 0) && count <= passkey.count {
            note(row, AccountNews::PasskeyCopied, now);
            return Err(AccountError::PasskeyCopied);
        }
        (passkey.count, passkey.last_used) = (count, Some(now));
        Ok(())
    }

    /// Counts a failure; what is said of it is that the counter went back, or no more than is given.
    async fn failed_passkey(
        &self,
        mut tx: Box<dyn Transaction>,
        row: AccountRow,
        error: AccountError,
        said: OfficeError,
    ) -> Result<OfficeError, OfficeError> {
        let is_copy = error == AccountError::PasskeyCopied;
        if is_copy {
            tx.append(self.entry_by(&row.id.to_string(), "user.passkey-copied", row.id)?).await?;
        }
        self.count_failure(tx, row).await?;
        Ok(if is_copy { error.into() } else { said })
    }
}

fn mistrusted(why: Mistrust) -> AccountError {
    match why {
        Mistrust::Unverified => AccountError::Unverified,
        Mistrust::Algorithm => AccountError::PasskeyAlgorithm,
        _ => AccountError::WrongPasskey,
    }
}
