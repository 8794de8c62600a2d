//! Changes of accounts by an administrator: section and roles (人事異動), and whether somebody may sign in.

use super::{Account, account};
use crate::office::{Actor, Office, OfficeError, Role};
use std::collections::BTreeSet;

/// What an account is to be from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountChange {
    /// The section.
    pub section: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// Whether it may sign in.
    pub enabled: bool,
}

impl Office {
    /// Returns the accounts to an administrator, by login.
    pub async fn accounts(&self, actor: &Actor) -> Result<Vec<Account>, OfficeError> {
        actor.require_any(&[Role::Administrator])?;
        self.users().await
    }

    /// Changes section, roles and whether somebody may sign in; it counts from the next request of theirs. One's own account is
    /// another administrator's to change, so that one is always left.
    ///
    /// # Errors
    /// [`OfficeError::OwnAccount`]; a system's roles and state alone are changed by its own verbs, and it is no such user here.
    pub async fn change_account(&self, actor: &Actor, login: &str, change: AccountChange) -> Result<(), OfficeError> {
        actor.require_any(&[Role::Administrator])?;
        let mut tx = self.begin_on_any_copy().await?;
        let found = tx.account_of_login(login).await?.filter(|row| !row.system);
        let mut row = found.ok_or(OfficeError::NoSuchUser)?;
        if row.id == actor.user() {
            return Err(OfficeError::OwnAccount);
        }
        let before = account(row.clone());
        (row.section, row.roles, row.enabled) = (change.section, change.roles, change.enabled);
        tx.put_account(&row).await?;
        if !row.enabled {
            tx.remove_sessions_of(row.id, None).await?;
        }
        let verb = match (before.enabled, row.enabled) {
            (true, false) => "user.disabled",
            (false, true) => "user.enabled",
            _ => "user.changed",
        };
        let mut entry = self.entry(actor, verb, row.id)?;
        for role in Role::ALL {
            entry = match (before.roles.contains(&role), row.roles.contains(&role)) {
                (false, true) => entry.with(&format!("given-{}", role.name()), "yes")?,
                (true, false) => entry.with(&format!("taken-{}", role.name()), "yes")?,
                _ => entry,
            };
        }
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(())
    }
}
