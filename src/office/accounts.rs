//! Accounts and sessions of staff: passwords by Argon2id, lock-out, sessions by the digest of a secret.

use super::ports::{AccountRow, SessionRow, StoreError};
use super::tokens::TokenError;
use super::{Actor, Office, OfficeError, Role};
use crate::digest::{Sha256Hex, hex};
use crate::id::UserId;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use jiff::ToSpan;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The fewest characters of a password.
const SHORTEST_PASSWORD: usize = 12;
/// Wrong passwords after which an account is locked.
const MOST_FAILURES: u32 = 10;
/// Memory in KiB, passes and lanes: OWASP's first choice for Argon2id.
const ARGON2: (u32, u32, u32) = (19_456, 2, 1);

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
}

/// Somebody who has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// The secret of the session, 64 hexadecimal digits; it is nowhere else.
    pub secret: Zeroizing<String>,
}

impl Office {
    /// Makes an account. The machine's operator makes the first one; afterwards it takes an administrator.
    pub async fn add_user(&self, actor: Option<&Actor>, new: NewAccount) -> Result<UserId, OfficeError> {
        may_add(actor, &new.login)?;
        if new.password.chars().count() < SHORTEST_PASSWORD {
            return Err(OfficeError::WeakPassword);
        }
        let salt: [u8; 16] = self.random()?;
        let NewAccount { login, name, section, roles, password } = new;
        let hashed = self.busy(move || hash_password(&password, &salt)).await??;
        self.put_new(actor, (login, name, section), roles, (hashed, false)).await
    }

    /// Makes the first account of a city, an administrator's.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where anybody has an account already.
    pub async fn add_first_administrator(&self, new: NewAccount) -> Result<UserId, OfficeError> {
        if !self.users().await?.is_empty() {
            return Err(StoreError::Conflict.into());
        }
        self.add_user(None, NewAccount { roles: [Role::Administrator].into(), ..new }).await
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
        self.put_new(actor, (login, name, section), roles, (DUMMY.to_owned(), true)).await
    }

    async fn put_new(
        &self,
        actor: Option<&Actor>,
        (login, name, section): (String, String, String),
        roles: BTreeSet<Role>,
        (password, system): (String, bool),
    ) -> Result<UserId, OfficeError> {
        let (id, enabled, failures, locked_until) = (UserId::from_bytes(self.random()?), true, 0, None);
        let row = AccountRow { id, login, name, section, roles, password, enabled, failures, locked_until, system };
        let by = actor.map_or_else(|| "operator".to_owned(), |actor| actor.user().to_string());
        let mut tx = self.begin_on_any_copy().await?;
        tx.put_account(&row).await.map_err(|error| match error {
            StoreError::Conflict => OfficeError::BadAccountName,
            other => other.into(),
        })?;
        tx.append(self.entry_by(&by, if system { "system.added" } else { "user.added" }, id)?).await?;
        tx.commit().await?;
        Ok(id)
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

    /// Checks a login and password, and begins a session.
    ///
    /// # Errors
    /// [`OfficeError::SignInFailed`] says no more than that; [`OfficeError::AccountLocked`] after too many tries.
    pub async fn sign_in(&self, login: &str, password: Zeroizing<String>) -> Result<SignedIn, OfficeError> {
        let found = self.read().await?.account_of_login(login).await?;
        // An unknown login costs the same work as a wrong password.
        let stored = found.as_ref().map_or_else(|| DUMMY.to_owned(), |row| row.password.clone());
        let right = self.busy(move || password_fits(&password, &stored)).await?;
        let Some(found) = found else { return Err(OfficeError::SignInFailed) };
        let mut tx = self.begin_on_any_copy().await?;
        let mut row = tx.account(found.id).await?.ok_or(OfficeError::SignInFailed)?;
        let now = self.now();
        if row.locked_until.is_some_and(|until| now < until) {
            return Err(OfficeError::AccountLocked);
        }
        if !right || !row.enabled || row.system || row.password != found.password {
            row.failures += 1;
            if row.failures >= MOST_FAILURES {
                row.failures = 0;
                row.locked_until = Some(now + i64::from(self.settings.lock_minutes).minutes());
                tx.append(self.entry_by("system", "user.locked", row.id)?).await?;
            }
            tx.put_account(&row).await?;
            tx.commit().await?;
            return Err(OfficeError::SignInFailed);
        }
        (row.failures, row.locked_until) = (0, None);
        tx.put_account(&row).await?;
        let secret = Zeroizing::new(hex(&self.random::<32>()?));
        let ends_at = now + i64::from(self.settings.session_hours).hours();
        tx.put_session(&SessionRow { secret: Sha256Hex::of(secret.as_bytes()), user: row.id, ends_at }).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.signed-in", row.id)?).await?;
        tx.commit().await?;
        Ok(SignedIn { actor: actor(row), secret })
    }

    /// Returns who a session's secret belongs to, as the account stands now.
    pub async fn session(&self, secret: &str) -> Result<Actor, OfficeError> {
        let mut tx = self.read().await?;
        let session = tx.session(&Sha256Hex::of(secret.as_bytes())).await?.ok_or(OfficeError::NoSession)?;
        let row = tx.account(session.user).await?.ok_or(OfficeError::NoSession)?;
        if self.now() >= session.ends_at || !row.enabled { Err(OfficeError::NoSession) } else { Ok(actor(row)) }
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        tx.remove_session(&Sha256Hex::of(secret.as_bytes()), self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns an account as an actor, for the machine's operator who acts in somebody's name after their password.
    pub async fn authenticate(&self, login: &str, password: Zeroizing<String>) -> Result<Actor, OfficeError> {
        let signed_in = self.sign_in(login, password).await?;
        self.sign_out(&signed_in.secret).await?;
        Ok(signed_in.actor)
    }
}

/// A hash of nothing anybody knows, so that unknown logins take as long as known ones.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses whoever may not make accounts, and a login that is none.
fn may_add(actor: Option<&Actor>, login: &str) -> Result<(), OfficeError> {
    if let Some(actor) = actor {
        actor.require_any(&[Role::Administrator])?;
    }
    let fits = (2..=64).contains(&login.len())
        && login.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_'));
    if fits { Ok(()) } else { Err(OfficeError::BadAccountName) }
}

fn actor(row: AccountRow) -> Actor {
    Actor::new(row.id, row.name, row.section, row.roles)
}

fn account(row: AccountRow) -> Account {
    let AccountRow { id, login, name, section, roles, enabled, system, .. } = row;
    Account { id, login, name, section, roles, enabled, system }
}

fn argon2() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = ARGON2;
    Params::new(memory, passes, lanes, None).ok().map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_password(password: &str, salt: &[u8]) -> Result<String, OfficeError> {
    let argon2 = argon2().ok_or(OfficeError::Task)?;
    let hash = argon2.hash_password_with_salt(password.as_bytes(), salt).map_err(|_| OfficeError::Task)?;
    Ok(hash.to_string())
}

fn password_fits(password: &str, stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}
