//! Accounts of staff: making them and taking them away. Passwords, sessions and second factors have their own files.

mod again;
mod change;
mod error;
mod factors;
mod own;
mod passkeys;
mod password;
mod provided;
mod sign_in;
mod totp;
pub(in crate::office) mod webauthn;

pub use again::Standing;
pub use change::AccountChange;
pub use error::AccountError;
pub use factors::{Enrolling, RecoveryCodes};
pub use own::{OwnAccount, OwnSession};
pub use passkeys::{Answered, OwnPasskey, SecondSteps};
pub use sign_in::{Entered, HalfSignedIn, SignedIn};
pub use webauthn::{ALGORITHMS as PASSKEY_ALGORITHMS, Assertion, BadPublicUrl, NewCredential, RelyingParty};

use super::ports::{AccountRow, Factors, StoreError};
use super::tokens::TokenError;
use super::{Actor, Office, OfficeError, Role};
use crate::id::UserId;
use password::{DUMMY, fits_rules};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name to sign in with.
    pub login: String,
    /// The name that pages show.
    pub name: String,
    /// The section.
    pub section: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// The password.
    pub password: Zeroizing<String>,
    /// Whether the person chose it; else it is changed at the first sign-in.
    pub own_password: bool,
}

/// The account of a system to make: nobody signs in with it.
#[derive(Clone, Debug)]
pub struct NewSystem {
    /// The name by which it is known here.
    pub login: String,
    /// The name that pages show.
    pub name: String,
    /// The section it works for.
    pub section: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
}

/// An account as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: UserId,
    /// The name to sign in with.
    pub login: String,
    /// The name.
    pub name: String,
    /// The section.
    pub section: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Whether it is a system's, which acts by tokens alone.
    pub system: bool,
    /// Whether a second factor is asked for.
    pub has_factor: bool,
}

impl Office {
    /// Makes an account. The machine's operator makes the first one; afterwards it takes an administrator.
    pub async fn add_user(&self, actor: Option<&Actor>, new: NewAccount) -> Result<UserId, OfficeError> {
        may_add(actor, &new.login)?;
        fits_rules(&new.password, &new.login)?;
        let NewAccount { login, name, section, roles, password, own_password } = new;
        let hashed = self.hashed(password).await?;
        self.put_new(actor, Kept { login, name, section, roles, password: hashed, system: false, own_password }).await
    }

    /// Makes the first account of a city, an administrator's, with a password of their own.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where anybody has an account already.
    pub async fn add_first_administrator(&self, new: NewAccount) -> Result<UserId, OfficeError> {
        may_add(None, &new.login)?;
        fits_rules(&new.password, &new.login)?;
        let NewAccount { login, name, section, password, .. } = new;
        let (password, roles) = (self.hashed(password).await?, [Role::Administrator].into());
        let kept = Kept { login, name, section, roles, password, system: false, own_password: true };
        self.put(None, kept, true).await
    }

    /// Makes the account of a system. It has no password; who may make its tokens is an administrator.
    ///
    /// # Errors
    /// [`TokenError::PersonsRole`] for a role that decides: that needs a person.
    pub async fn add_system(&self, actor: Option<&Actor>, new: NewSystem) -> Result<UserId, OfficeError> {
        may_add(actor, &new.login)?;
        let decides = [Role::Approver, Role::SealKeeper, Role::RecordsManager, Role::Administrator];
        if let Some(role) = new.roles.iter().find(|role| decides.contains(role)) {
            return Err(TokenError::PersonsRole(*role).into());
        }
        let NewSystem { login, name, section, roles } = new;
        // To try one against it takes as long as against any other.
        let password = DUMMY.to_owned();
        self.put_new(actor, Kept { login, name, section, roles, password, system: true, own_password: true }).await
    }

    async fn put_new(&self, actor: Option<&Actor>, new: Kept) -> Result<UserId, OfficeError> {
        self.put(actor, new, false).await
    }

    async fn put(&self, actor: Option<&Actor>, new: Kept, is_first: bool) -> Result<UserId, OfficeError> {
        let row = self.new_row(new)?;
        let (id, system) = (row.id, row.system);
        let by = actor.map_or_else(|| "operator".to_owned(), |actor| actor.user().to_string());
        let mut tx = self.begin_on_any_copy().await?;
        if is_first && !tx.accounts().await?.is_empty() {
            return Err(StoreError::Conflict.into());
        }
        tx.put_account(&row).await.map_err(|error| match error {
            StoreError::Conflict => OfficeError::AccountNameTaken,
            other => other.into(),
        })?;
        tx.append(self.entry_by(&by, if system { "system.added" } else { "user.added" }, id)?).await?;
        tx.commit().await?;
        Ok(id)
    }

    fn new_row(&self, new: Kept) -> Result<AccountRow, OfficeError> {
        Ok(AccountRow {
            id: UserId::from_bytes(self.random()?),
            login: new.login,
            name: new.name,
            section: new.section,
            roles: new.roles,
            password: new.password,
            enabled: true,
            failures: 0,
            locked_until: None,
            system: new.system,
            must_change: !new.own_password,
            factors: Factors::default(),
            subject: None,
            notes: Vec::new(),
        })
    }

    /// Lets an account sign in no more; its sessions end with it.
    pub async fn disable_user(&self, actor: Option<&Actor>, login: &str) -> Result<(), OfficeError> {
        if let Some(actor) = actor {
            actor.require_any(&[Role::Administrator])?;
        }
        let by = actor.map_or_else(|| "operator".to_owned(), |actor| actor.user().to_string());
        let mut tx = self.begin_on_any_copy().await?;
        let mut row = tx.account_of_login(login).await?.ok_or(OfficeError::NoSuchUser)?;
        row.enabled = false;
        tx.put_account(&row).await?;
        tx.append(self.entry_by(&by, "user.disabled", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns every account, by login.
    pub async fn users(&self) -> Result<Vec<Account>, OfficeError> {
        let rows = self.read().await?.accounts().await?;
        Ok(rows.into_iter().map(account).collect())
    }
}

/// What is kept of a new account.
struct Kept {
    login: String,
    name: String,
    section: String,
    roles: BTreeSet<Role>,
    /// The hash.
    password: String,
    system: bool,
    own_password: bool,
}

/// Refuses whoever may not make accounts, and a login that is none.
fn may_add(actor: Option<&Actor>, login: &str) -> Result<(), OfficeError> {
    if let Some(actor) = actor {
        actor.require_any(&[Role::Administrator])?;
    }
    fits_login(login)
}

/// Refuses a login that is none.
fn fits_login(login: &str) -> Result<(), OfficeError> {
    let fits = (2..=64).contains(&login.len())
        && login.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_'));
    if fits { Ok(()) } else { Err(OfficeError::BadAccountName) }
}

fn actor(row: AccountRow) -> Actor {
    Actor::new(row.id, row.name, row.section, row.roles)
}

fn account(row: AccountRow) -> Account {
    let AccountRow { id, login, name, section, roles, enabled, system, factors, .. } = row;
    Account { id, login, name, section, roles, enabled, system, has_factor: factors.is_any() }
}
