//! Passwords: what is taken as one, how it is kept (Argon2id), how it is changed.

use super::AccountError;
use crate::digest::Sha256Hex;
use crate::office::ports::{AccountNews, AccountNote};
use crate::office::{Actor, Office, OfficeError, Role};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The fewest and the most characters of a password.
const SHORTEST_PASSWORD: usize = 12;
const LONGEST_PASSWORD: usize = 200;
/// The fewest different characters.
const FEWEST_CHARACTERS: usize = 5;
/// Memory in KiB, passes and lanes: OWASP's first choice for Argon2id.
const ARGON2: (u32, u32, u32) = (19_456, 2, 1);
/// Well-known passwords of twelve characters and more, and the beginnings of which longer ones are made.
const REFUSED: &str = include_str!("refused_passwords.txt");

/// A hash of nothing anybody knows, so that unknown logins take as long as known ones.
pub(super) const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Office {
    /// Changes the password of whoever has a session, who gives the present one; every other session of the account ends.
    ///
    /// # Errors
    /// [`OfficeError::SignInFailed`] for a wrong present password, which counts as a failed sign-in.
    pub async fn change_password(
        &self,
        session: &str,
        present: Zeroizing<String>,
        new: Zeroizing<String>,
    ) -> Result<(), OfficeError> {
        let (_, row) = self.own_row(session).await?;
        fits_rules(&new, &row.login)?;
        if new == present {
            return Err(AccountError::SamePassword.into());
        }
        let hashed = self.hashed(new).await?;
        let (mut tx, mut row) = self.with_password(&row.login, present).await?;
        (row.password, row.must_change) = (hashed, false);
        tx.put_account(&row).await?;
        tx.remove_sessions_of(row.id, Some(&Sha256Hex::of(session.as_bytes()))).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.password-changed", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets somebody's password, who changes it at the next sign-in; every session of the account ends.
    pub async fn set_password(
        &self,
        actor: Option<&Actor>,
        login: &str,
        new: Zeroizing<String>,
    ) -> Result<(), OfficeError> {
        if let Some(actor) = actor {
            actor.require_any(&[Role::Administrator])?;
        }
        fits_rules(&new, login)?;
        let (hashed, now) = (self.hashed(new).await?, self.now());
        let mut tx = self.begin_on_any_copy().await?;
        let found = tx.account_of_login(login).await?.filter(|row| !row.system);
        let mut row = found.ok_or(OfficeError::NoSuchUser)?;
        (row.password, row.must_change, row.failures, row.locked_until) = (hashed, true, 0, None);
        row.notes.push(AccountNote { what: AccountNews::PasswordSet, at: now });
        tx.put_account(&row).await?;
        tx.remove_sessions_of(row.id, None).await?;
        let by = actor.map_or_else(|| "operator".to_owned(), |actor| actor.user().to_string());
        tx.append(self.entry_by(&by, "user.password-set", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn hashed(&self, password: Zeroizing<String>) -> Result<String, OfficeError> {
        let salt: [u8; 16] = self.random()?;
        self.busy(move || hash_password(&password, &salt)).await?
    }
}

/// Refuses a password that is too short, too long, or among those that are tried first.
pub(super) fn fits_rules(password: &str, login: &str) -> Result<(), OfficeError> {
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(OfficeError::WeakPassword);
    }
    if length > LONGEST_PASSWORD {
        return Err(AccountError::LongPassword.into());
    }
    if is_common(password, login) { Err(AccountError::CommonPassword.into()) } else { Ok(()) }
}

pub(super) fn password_fits(password: &str, stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

fn is_common(password: &str, login: &str) -> bool {
    let lower = password.to_lowercase();
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let different: BTreeSet<char> = plain.chars().collect();
    let codes: Vec<i64> = plain.chars().map(|c| i64::from(u32::from(c))).collect();
    // 123456789012, abcdefghijkl and the same backwards: nearly every character follows from the one before it.
    let follows = |by: i64| codes.windows(2).filter(|two| matches!(two, [a, b] if b - a == by)).count();
    let counts = |by| follows(by) + 3 >= codes.len();
    // 日本語 is written with many characters that mean much each: five of them are enough.
    let monotonous = different.len() < FEWEST_CHARACTERS || counts(1) || counts(-1);
    let known = REFUSED.lines().filter(|line| !line.is_empty()).any(|line| stem(&plain) == stem(line));
    monotonous || known || lower.contains(&login.to_lowercase())
}

/// Returns what is left of a password without the digits at its end and with letters for the digits that stand for them.
fn stem(text: &str) -> String {
    let cut = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let cut = if cut.is_empty() { text } else { cut };
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    };
    cut.chars().map(letter).collect()
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
