//! Second factors: enrolling an authenticator, taking its codes and recovery codes, taking factors away.

use super::AccountError;
use super::sign_in::{note, own_row};
use super::totp::{self, TotpSecret};
use crate::digest::Sha256Hex;
use crate::id::UserId;
use crate::office::ports::{AccountNews, AccountRow, Factors, ProvenBy, TotpRow, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::texts::{SealError, Sealer};
use crate::time::Instant;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// How many recovery codes are made at a time.
const RECOVERY_CODES: usize = 10;
/// The characters of a recovery code: none that is taken for another. 16 of them are 80 bits.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LETTERS_OF_CODE: usize = 16;

/// Recovery codes as they are shown, once: four groups of four letters.
pub type RecoveryCodes = Vec<Zeroizing<String>>;

/// An authenticator that is being enrolled.
#[derive(Debug)]
pub struct Enrolling {
    /// The secret in Base32, for typing.
    pub secret: Zeroizing<String>,
    /// The same as an address for an authenticator (`otpauth`).
    pub address: Zeroizing<String>,
}

impl Office {
    /// Begins to enrol an authenticator: makes a secret, which counts once a code of it was given. One that is there stays
    /// until then.
    pub async fn begin_totp(&self, session: &str) -> Result<Enrolling, OfficeError> {
        let secret: TotpSecret = Zeroizing::new(self.random()?);
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, self.now()).await?;
        row.factors.enrolling = Some(self.seal_secret(row.id, &secret)?);
        tx.put_account(&row).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.factor-begun", row.id)?.with("factor", "totp")?).await?;
        tx.commit().await?;
        Ok(self.enrolling(&row, &secret))
    }

    /// Returns the authenticator that is being enrolled, to be shown again.
    pub async fn totp_begun(&self, session: &str) -> Result<Enrolling, OfficeError> {
        let (_, row) = self.own_row(session).await?;
        let sealed = row.factors.enrolling.as_ref().ok_or(AccountError::NotEnrolling)?;
        let secret = self.open_secret(row.id, sealed)?;
        Ok(self.enrolling(&row, &secret))
    }

    /// Takes the first code of the authenticator that is being enrolled, which is asked for from now on. Returns recovery codes
    /// where the account had none.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`]; nothing is counted, as the secret is on the person's own screen.
    pub async fn confirm_totp(&self, session: &str, code: &str) -> Result<RecoveryCodes, OfficeError> {
        let now = self.now();
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, now).await?;
        let sealed = row.factors.enrolling.take().ok_or(AccountError::NotEnrolling)?;
        let secret = self.open_secret(row.id, &sealed)?;
        let last_step = totp::accepted(&*secret, &plain(code), now, 0).ok_or(AccountError::WrongCode)?;
        row.factors.totp = Some(TotpRow { secret: sealed, last_step, since: now });
        let codes = if row.factors.recovery.is_empty() { self.recovery_codes(&mut row)? } else { Vec::new() };
        self.factors_changed(&mut *tx, &row, "user.factor-enrolled", session).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes the authenticator off one's own account.
    ///
    /// # Errors
    /// [`AccountError::LastFactor`] where a role asks for one.
    pub async fn remove_totp(&self, session: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, self.now()).await?;
        row.factors.totp.take().ok_or(AccountError::NoSuchFactor)?;
        self.without_one(&mut row)?;
        self.factors_changed(&mut *tx, &row, "user.factor-removed", session).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes recovery codes anew; those before count no more.
    pub async fn new_recovery_codes(&self, session: &str) -> Result<RecoveryCodes, OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        let (_, mut row) = own_row(&mut *tx, session, self.now()).await?;
        if !row.factors.is_any() {
            return Err(AccountError::NoSuchFactor.into());
        }
        let codes = self.recovery_codes(&mut row)?;
        tx.put_account(&row).await?;
        tx.append(self.entry_by(&row.id.to_string(), "user.recovery-codes-made", row.id)?).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes every second factor, and what binds it to the identity provider, off somebody's account, who is told so at the next sign-in; its sessions end.
    pub async fn reset_factors(&self, actor: Option<&Actor>, login: &str) -> Result<(), OfficeError> {
        if let Some(actor) = actor {
            actor.require_any(&[Role::Administrator])?;
        }
        let mut tx = self.begin_on_any_copy().await?;
        let mut row = tx.account_of_login(login).await?.ok_or(OfficeError::NoSuchUser)?;
        if !row.factors.is_any() && row.subject.is_none() {
            return Err(AccountError::NoSuchFactor.into());
        }
        (row.factors, row.subject) = (Factors::default(), None);
        note(&mut row, AccountNews::FactorsReset, self.now());
        tx.put_account(&row).await?;
        tx.remove_sessions_of(row.id, None).await?;
        let by = actor.map_or_else(|| "operator".to_owned(), |actor| actor.user().to_string());
        tx.append(self.entry_by(&by, "user.factors-reset", row.id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends what a restored database has brought back: sessions that may have been ended since, and recovery codes that may have
    /// been used.
    pub(in crate::office) async fn end_what_came_back(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
    ) -> Result<(), OfficeError> {
        for mut row in tx.accounts().await? {
            tx.remove_sessions_of(row.id, None).await?;
            if !row.factors.recovery.is_empty() {
                row.factors.recovery.clear();
                note(&mut row, AccountNews::RecoveryCodesEnded, self.now());
                tx.put_account(&row).await?;
                let entry = self.entry(actor, "user.recovery-codes-ended", row.id)?;
                tx.append(entry.with("because", "restored")?).await?;
            }
        }
        Ok(())
    }

    /// Takes a code of the authenticator or a recovery code, each once. The row is to be written, whatever comes of it.
    pub(super) fn take_code(
        &self,
        row: &mut AccountRow,
        code: &str,
        now: Instant,
    ) -> Result<Option<ProvenBy>, OfficeError> {
        let code = plain(code);
        if code.len() == LETTERS_OF_CODE {
            let digest = Sha256Hex::of(code.as_bytes());
            let before = row.factors.recovery.len();
            row.factors.recovery.retain(|known| *known != digest);
            let taken = row.factors.recovery.len() < before;
            if taken {
                note(row, AccountNews::RecoveryCodeUsed, now);
            }
            return Ok(taken.then_some(ProvenBy::RecoveryCode));
        }
        let user = row.id;
        let Some(totp) = &mut row.factors.totp else { return Ok(None) };
        let secret = self.open_secret(user, &totp.secret)?;
        let step = totp::accepted(&*secret, &code, now, totp.last_step);
        totp.last_step = step.unwrap_or(totp.last_step);
        Ok(step.map(|_| ProvenBy::Code))
    }

    /// Holds an account that has lost a factor to what its roles ask, and takes what belongs to factors where none is left.
    pub(super) fn without_one(&self, row: &mut AccountRow) -> Result<(), OfficeError> {
        if row.factors.is_any() {
            return Ok(());
        }
        if self.asks_for_factor(row) {
            return Err(AccountError::LastFactor.into());
        }
        row.factors = Factors::default();
        Ok(())
    }

    /// Writes an account whose factors changed; its other sessions end.
    pub(super) async fn factors_changed(
        &self,
        tx: &mut dyn Transaction,
        row: &AccountRow,
        verb: &str,
        session: &str,
    ) -> Result<(), OfficeError> {
        tx.put_account(row).await?;
        tx.remove_sessions_of(row.id, Some(&Sha256Hex::of(session.as_bytes()))).await?;
        tx.append(self.entry_by(&row.id.to_string(), verb, row.id)?).await?;
        Ok(())
    }

    pub(super) fn recovery_codes(&self, row: &mut AccountRow) -> Result<RecoveryCodes, OfficeError> {
        let (mut shown, mut kept) = (Vec::new(), Vec::new());
        for _ in 0..RECOVERY_CODES {
            let bytes: Zeroizing<[u8; LETTERS_OF_CODE]> = Zeroizing::new(self.random()?);
            let letter = |byte: &u8| LETTERS.get(usize::from(byte & 31)).map_or('a', |letter| char::from(*letter));
            let code: Zeroizing<String> = Zeroizing::new(bytes.iter().map(letter).collect());
            kept.push(Sha256Hex::of(code.as_bytes()));
            shown.push(in_groups(&code, "-"));
        }
        row.factors.recovery = kept;
        Ok(shown)
    }

    fn enrolling(&self, row: &AccountRow, secret: &TotpSecret) -> Enrolling {
        let text = totp::base32(&**secret);
        let issuer = percent(&format!("{} 文庫", self.settings.city));
        // The issuer stands before the name, too: that is how older authenticators tell accounts apart.
        let address = format!("otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}", percent(&row.login), *text);
        Enrolling { secret: in_groups(&text, " "), address: Zeroizing::new(address) }
    }

    fn seal_secret(&self, user: UserId, secret: &TotpSecret) -> Result<String, OfficeError> {
        let sealed = self.factor_sealer()?.seal(&place(user), &**secret).map_err(unopened)?;
        Ok(STANDARD.encode(sealed))
    }

    fn open_secret(&self, user: UserId, sealed: &str) -> Result<TotpSecret, OfficeError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| AccountError::FactorSealed)?;
        let opened = Zeroizing::new(self.factor_sealer()?.open(&place(user), &bytes).map_err(unopened)?);
        let secret: [u8; 20] = opened.as_slice().try_into().map_err(|_| AccountError::FactorSealed)?;
        Ok(Zeroizing::new(secret))
    }

    fn factor_sealer(&self) -> Result<Sealer, OfficeError> {
        let key = self.vault.factor_secret().map_err(|_| AccountError::FactorSealed)?;
        Sealer::new(&key).map_err(unopened)
    }
}

fn unopened(_: SealError) -> OfficeError {
    AccountError::FactorSealed.into()
}

/// What a secret is sealed for: it opens in no other account.
fn place(user: UserId) -> Vec<u8> {
    format!("totp of {user}").into_bytes()
}

/// Returns a code as it is meant, whatever keyboard it was typed on: narrow, in lower case, without what stands between.
fn plain(code: &str) -> Zeroizing<String> {
    let narrow = code.nfkc().filter(|c| c.is_alphanumeric());
    Zeroizing::new(narrow.flat_map(char::to_lowercase).take(2 * LETTERS_OF_CODE).collect())
}

/// Writes a text in groups of four.
fn in_groups(text: &str, between: &str) -> Zeroizing<String> {
    let mut grouped = Zeroizing::new(String::new());
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            grouped.push_str(between);
        }
        grouped.push(letter);
    }
    grouped
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
