//! Signing in by what an identity provider says: into an account that is there, or one that the city lets it make.

use super::password::DUMMY;
use super::sign_in::{not_locked, own_row};
use super::{AccountError, Entered, HalfSignedIn, Kept, fits_login};
use crate::office::ports::{AccountRow, ProvenBy, ProvidedIdentity, Transaction};
use crate::office::{Office, OfficeError};

impl Office {
    /// Lets somebody in whom the provider names. Where the account has a second factor of its own, and the provider did not
    /// ask for one, that is asked for.
    ///
    /// # Errors
    /// [`AccountError::NotKnownHere`] where there is no such account and none is to be made, or where it is another person's
    /// there.
    pub async fn sign_in_by_provider(&self, identity: &ProvidedIdentity) -> Result<Entered, OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let found = match tx.account_of_login(&identity.login).await? {
            Some(row) => row,
            None if identity.makes_account => self.made_by_provider(&mut *tx, identity).await?,
            None => return Err(AccountError::NotKnownHere.into()),
        };
        let mut row = not_locked(known_there(found, identity)?, self.now())?;
        if row.subject.is_none() {
            row.subject = Some(identity.subject.clone());
            tx.append(self.entry_by(&row.id.to_string(), "user.provider-bound", row.id)?).await?;
        }
        if let Some(roles) = identity.roles.as_ref().filter(|roles| **roles != row.roles) {
            row.roles = roles.clone();
            let entry = self.entry_by("provider", "user.roles-changed", row.id)?;
            tx.append(entry.with_words("roles", roles.iter().map(|role| role.name()))?).await?;
        }
        if row.factors.is_any() && !identity.is_strong {
            tx.put_account(&row).await?;
            tx.commit().await?;
            return Ok(Entered::Half(HalfSignedIn::by_provider(row, self.now())));
        }
        self.begin_session(tx, row, by(identity)).await.map(Entered::SignedIn)
    }

    /// Takes the proof of whoever has a session, whom the provider has asked anew. Returns whether that is all; else a code is
    /// asked for, which [`Office::prove_code`] takes.
    pub async fn prove_again_by_provider(
        &self,
        session: &str,
        identity: &ProvidedIdentity,
    ) -> Result<bool, OfficeError> {
        let now = self.now();
        let mut tx = self.begin_on_any_copy().await?;
        let (at, row) = own_row(&mut *tx, session, now).await?;
        let row = not_locked(row, now)?;
        if row.login != identity.login || row.subject.as_ref() != Some(&identity.subject) {
            return Err(AccountError::NotKnownHere.into());
        }
        if row.factors.is_any() && !identity.is_strong {
            return Ok(false);
        }
        self.proven(tx, at, row, by(identity)).await.map(|()| true)
    }

    /// Takes the code of whoever has a session, after the provider's proof.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], which counts as a failed sign-in.
    pub async fn prove_code(&self, session: &str, code: &str) -> Result<(), OfficeError> {
        let now = self.now();
        let mut tx = self.begin_on_any_copy().await?;
        let (at, row) = own_row(&mut *tx, session, now).await?;
        let mut row = not_locked(row, now)?;
        match self.take_code(&mut row, code, now)? {
            Some(_) => self.proven(tx, at, row, ProvenBy::StrongProvider).await,
            None => {
                self.count_failure(tx, row).await?;
                Err(AccountError::WrongCode.into())
            }
        }
    }

    async fn made_by_provider(
        &self,
        tx: &mut dyn Transaction,
        identity: &ProvidedIdentity,
    ) -> Result<AccountRow, OfficeError> {
        fits_login(&identity.login)?;
        let new = Kept {
            login: identity.login.clone(),
            name: identity.name.clone().unwrap_or_else(|| identity.login.clone()),
            section: identity.section.clone().unwrap_or_default(),
            roles: identity.roles.clone().unwrap_or_default(),
            password: DUMMY.to_owned(),
            system: false,
            own_password: true,
        };
        let row = self.new_row(new)?;
        tx.put_account(&row).await?;
        tx.append(self.entry_by("provider", "user.added", row.id)?).await?;
        Ok(row)
    }
}

fn by(identity: &ProvidedIdentity) -> ProvenBy {
    if identity.is_strong { ProvenBy::StrongProvider } else { ProvenBy::Provider }
}

/// Refuses an account that may not sign in, and one that was another person's at the provider.
fn known_there(row: AccountRow, identity: &ProvidedIdentity) -> Result<AccountRow, AccountError> {
    let is_theirs = row.subject.as_ref().is_none_or(|subject| *subject == identity.subject);
    if row.enabled && !row.system && is_theirs { Ok(row) } else { Err(AccountError::NotKnownHere) }
}
