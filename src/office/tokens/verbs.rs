//! Makes, lists, revokes and takes tokens.

use super::{Bearer, IssuedToken, NewToken, TokenError, TokenView};
use crate::digest::{Sha256Hex, hex};
use crate::id::TokenId;
use crate::office::ports::{AccountRow, TokenRow, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::time::{Date, days_after};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What every secret begins with, so that whoever looks for leaked ones knows it.
const MARK: &str = "fumikura_";
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;
/// The longest time for which a token is made, in days.
const LONGEST_DAYS: u16 = 400;
/// Tokens of one account that are taken at a time.
const MOST_TOKENS: usize = 20;

impl Office {
    /// Makes a token for an actor's own account, or, by an administrator, for the account of a system.
    ///
    /// # Errors
    /// [`TokenError::NotASystem`] for anybody else's account; [`TokenError::ScopeBeyondRoles`] for what the account may not do.
    pub async fn make_token(&self, actor: &Actor, new: NewToken) -> Result<IssuedToken, OfficeError> {
        self.check_token(actor, &new)?;
        let secret = Zeroizing::new(format!("{MARK}{}", hex(&self.random::<32>()?)));
        let id = TokenId::from_bytes(self.random()?);
        let mut tx = self.begin().await?;
        let account = account_for(&mut *tx, actor, new.system.as_deref()).await?;
        let fits = |roles: &[Role]| roles.is_empty() || roles.iter().any(|role| account.roles.contains(role));
        if let Some(scope) = new.scopes.iter().find(|scope| !fits(scope.roles())) {
            return Err(TokenError::ScopeBeyondRoles(*scope).into());
        }
        let mut live = tx.tokens(Some(account.id)).await?;
        live.retain(|row| is_live(row, self.today()));
        if live.len() >= MOST_TOKENS {
            return Err(TokenError::TooMany(live.len()).into());
        }
        // A form that is sent twice makes one.
        if live.iter().any(|row| row.name == new.name.trim()) {
            return Err(TokenError::NameTaken.into());
        }
        let row = TokenRow {
            id,
            row_version: 1,
            secret: Sha256Hex::of(secret.as_bytes()),
            user: account.id,
            name: new.name.trim().to_owned(),
            scopes: new.scopes,
            made_at: self.now(),
            made_by: Some(actor.user()),
            ends_on: new.ends_on,
            revoked_at: None,
            last_used: None,
        };
        tx.insert_token(&row).await?;
        let entry = self.entry(actor, "token.made", id)?.with("account", account.id)?.with("ends", row.ends_on)?;
        tx.append(entry.with_words("scopes", row.scopes.iter().map(|scope| scope.name()))?).await?;
        tx.commit().await?;
        Ok(IssuedToken { id, secret })
    }

    /// Returns the tokens of an actor's own account; to an administrator those of every account.
    pub async fn tokens(&self, actor: &Actor) -> Result<Vec<TokenView>, OfficeError> {
        let mut tx = self.read().await?;
        let whose = if actor.has(Role::Administrator) { None } else { Some(actor.user()) };
        let accounts: BTreeMap<_, _> = tx.accounts().await?.into_iter().map(|row| (row.id, row)).collect();
        let today = self.today();
        let view = |row: TokenRow| {
            let account = accounts.get(&row.user);
            let is_live = is_live(&row, today) && account.is_some_and(|account| account.enabled);
            let login = account.map(|account| account.login.clone()).unwrap_or_default();
            let TokenRow { id, name, scopes, made_at, ends_on, revoked_at, last_used, .. } = row;
            TokenView { id, name, login, scopes, made_at, ends_on, revoked_at, last_used, is_live }
        };
        Ok(tx.tokens(whose).await?.into_iter().map(view).collect())
    }

    /// Revokes a token of an actor's own account; an administrator revokes any. It is taken no more from this moment.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId) -> Result<(), OfficeError> {
        by_a_person(actor)?;
        let mut tx = self.begin().await?;
        let may = |row: &TokenRow| row.user == actor.user() || actor.has(Role::Administrator);
        let mut row = tx.token(id).await?.filter(may).ok_or(TokenError::NoSuchToken(id))?;
        if row.revoked_at.is_some() {
            return Ok(());
        }
        row.revoked_at = Some(self.now());
        row.row_version += 1;
        tx.update_token(&row).await?;
        tx.append(self.entry(actor, "token.revoked", id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends every token that is taken, in a unit of work that confirms a restored database.
    pub(in crate::office) async fn end_tokens(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
    ) -> Result<(), OfficeError> {
        for mut row in tx.tokens(None).await? {
            if is_live(&row, self.today()) {
                row.revoked_at = Some(self.now());
                row.row_version += 1;
                tx.update_token(&row).await?;
                tx.append(self.entry(actor, "token.revoked", row.id)?.with("because", "restored")?).await?;
            }
        }
        Ok(())
    }

    /// Takes a token: returns whom its secret lets act, as the account stands now. The first use of a day is in the ledger.
    ///
    /// # Errors
    /// [`TokenError::NotTaken`], whatever is wrong with it; [`OfficeError::CopyUnconfirmed`] in a database that was restored, in
    /// which a token that was revoked since may stand as it was.
    pub async fn bearer(&self, secret: &str) -> Result<Bearer, OfficeError> {
        let digest = Sha256Hex::of(secret.as_bytes());
        let mut tx = self.read().await?;
        let row = tx.token_of_secret(&digest).await?.ok_or(TokenError::NotTaken)?;
        let account = tx.account(row.user).await?.filter(|account| account.enabled).ok_or(TokenError::NotTaken)?;
        if !is_live(&row, self.today()) {
            return Err(TokenError::NotTaken.into());
        }
        if let Some(entry) = tx.unconfirmed_copy().await? {
            return Err(OfficeError::CopyUnconfirmed(entry));
        }
        drop(tx);
        let AccountRow { id, name, section, roles, .. } = account;
        let bearer = Bearer { token: row.id, account: Actor::new(id, name, section, roles), scopes: row.scopes };
        if row.last_used != Some(self.today()) {
            self.note_use(&bearer).await?;
        }
        Ok(bearer)
    }

    /// Writes down that a token is used today, once.
    async fn note_use(&self, bearer: &Bearer) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut row = tx.token(bearer.token).await?.ok_or(TokenError::NotTaken)?;
        if row.last_used == Some(self.today()) {
            return Ok(());
        }
        row.last_used = Some(self.today());
        row.row_version += 1;
        tx.update_token(&row).await?;
        tx.append(self.entry_by(&row.user.to_string(), "token.used", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    fn check_token(&self, actor: &Actor, new: &NewToken) -> Result<(), TokenError> {
        by_a_person(actor)?;
        if !(1..=LONGEST_NAME).contains(&new.name.trim().chars().count()) {
            return Err(TokenError::BadName);
        }
        if new.scopes.is_empty() {
            return Err(TokenError::NoScopes);
        }
        let today = self.today();
        match (today..=days_after(today, LONGEST_DAYS.into())).contains(&new.ends_on) {
            true => Ok(()),
            false => Err(TokenError::BadEnd(LONGEST_DAYS)),
        }
    }
}

fn by_a_person(actor: &Actor) -> Result<(), TokenError> {
    if actor.token().is_some() { Err(TokenError::NotByToken) } else { Ok(()) }
}

/// Returns the account that a token is to act as: the actor's own, or that of a system, whose tokens administrators make.
async fn account_for(tx: &mut dyn Transaction, actor: &Actor, system: Option<&str>) -> Result<AccountRow, OfficeError> {
    let row = match system {
        None => tx.account(actor.user()).await?,
        Some(login) => {
            actor.require_any(&[Role::Administrator])?;
            tx.account_of_login(login).await?
        }
    };
    let row = row.filter(|row| row.enabled).ok_or(OfficeError::NoSuchUser)?;
    if system.is_some() && !row.system { Err(TokenError::NotASystem.into()) } else { Ok(row) }
}

fn is_live(row: &TokenRow, today: Date) -> bool {
    row.revoked_at.is_none() && today <= row.ends_on
}
