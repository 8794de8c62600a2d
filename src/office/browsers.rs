//! What is kept of a browser between its requests: in the database, so that any process goes on with it, and sealed under a key that
//! is made of its cookie, so that the database tells nobody what it is.

use super::ports::{BrowserRow, StoreError};
use super::{Office, OfficeError};
use crate::digest::Sha256Hex;
use crate::texts::{Sealer, SealingKey};
use crate::time::Instant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use zeroize::Zeroizing;

/// Minutes without a request after which nothing is kept any more.
const IDLE_MINUTES: i64 = 30;
/// Hours after which nothing is kept in any case.
const LONGEST_HOURS: i64 = 10;
/// Minutes for which it is not written down again that a browser was seen.
const TOUCH_MINUTES: i64 = 2;

/// A browser's cookie: 32 random bytes, of which the database has the digest.
pub struct BrowserKey {
    key: Sha256Hex,
    secret: SealingKey,
}

impl BrowserKey {
    /// Takes the bytes of a cookie.
    pub fn new(cookie: [u8; 32]) -> Self {
        let secret = SealingKey::new(cookie).derive(b"fumikura: what is kept of a browser");
        Self { key: Sha256Hex::of(&cookie), secret }
    }

    fn seal(&self, kept: &[u8]) -> Result<String, OfficeError> {
        let sealed = Sealer::new(&self.secret).and_then(|sealer| sealer.seal(self.key.as_str().as_bytes(), kept));
        Ok(STANDARD.encode(sealed.map_err(|_| unreadable())?))
    }

    fn open(&self, row: &BrowserRow) -> Result<Zeroizing<Vec<u8>>, OfficeError> {
        let sealed = STANDARD.decode(&row.sealed).map_err(|_| unreadable())?;
        let kept = Sealer::new(&self.secret).and_then(|sealer| sealer.open(self.key.as_str().as_bytes(), &sealed));
        Ok(Zeroizing::new(kept.map_err(|_| unreadable())?))
    }
}

impl Office {
    /// Returns the secret that marks the forms of this city's pages, the same in every process.
    pub fn form_secret(&self) -> Result<SealingKey, OfficeError> {
        Ok(self.vault.factor_secret()?.derive(b"fumikura: the forms of the pages"))
    }

    /// Returns what is kept of a browser, and writes down now and then that it was seen.
    pub async fn kept(&self, browser: &BrowserKey) -> Result<Option<Zeroizing<Vec<u8>>>, OfficeError> {
        let now = self.now();
        let Some(row) = self.read().await?.browser(&browser.key).await? else { return Ok(None) };
        if has_ended(&row, now) {
            return Ok(None);
        }
        let kept = browser.open(&row)?;
        if now.duration_since(row.touched_at) >= SignedDuration::from_mins(TOUCH_MINUTES) {
            let mut tx = self.begin_on_any_copy().await?;
            // What came in between stays.
            if let Some(row) = tx.browser(&browser.key).await? {
                tx.put_browser(&BrowserRow { touched_at: now, ..row }).await?;
                tx.commit().await?;
            }
        }
        Ok(Some(kept))
    }

    /// Changes what is kept of a browser: `change` gets what there is and returns what there is to be, if anything, and an
    /// answer. Nobody else changes it meanwhile.
    pub async fn keep<T: Send>(
        &self,
        browser: &BrowserKey,
        change: impl FnOnce(Option<Zeroizing<Vec<u8>>>) -> (Option<Zeroizing<Vec<u8>>>, T) + Send,
    ) -> Result<T, OfficeError> {
        let (now, mut tx) = (self.now(), self.begin_on_any_copy().await?);
        let row = tx.browser(&browser.key).await?.filter(|row| !has_ended(row, now));
        let opened_at = row.as_ref().map_or(now, |row| row.opened_at);
        let (kept, answer) = change(row.map(|row| browser.open(&row)).transpose()?);
        match kept {
            Some(kept) => {
                let (key, sealed) = (browser.key.clone(), browser.seal(&kept)?);
                tx.put_browser(&BrowserRow { key, opened_at, touched_at: now, sealed }).await?;
            }
            None => tx.remove_browser(&browser.key).await?,
        }
        tx.commit().await?;
        Ok(answer)
    }

    /// Keeps something of a browser that has another cookie now, and under the old one what `remains` says; throws away, too,
    /// what is kept of those that were not seen for long.
    pub async fn keep_anew(
        &self,
        (old, remains): (&BrowserKey, impl FnOnce(Option<Zeroizing<Vec<u8>>>) -> Option<Zeroizing<Vec<u8>>> + Send),
        (new, kept): (&BrowserKey, Option<Zeroizing<Vec<u8>>>),
    ) -> Result<(), OfficeError> {
        let (now, mut tx) = (self.now(), self.begin_on_any_copy().await?);
        if let Some(row) = tx.browser(&old.key).await? {
            match remains(Some(old.open(&row)?)) {
                Some(kept) => tx.put_browser(&BrowserRow { sealed: old.seal(&kept)?, ..row }).await?,
                None => tx.remove_browser(&old.key).await?,
            }
        }
        let (idle, longest) = (SignedDuration::from_mins(IDLE_MINUTES), SignedDuration::from_hours(LONGEST_HOURS));
        tx.remove_browsers(before(now, idle), before(now, longest)).await?;
        if let Some(kept) = kept {
            let (key, sealed) = (new.key.clone(), new.seal(&kept)?);
            tx.put_browser(&BrowserRow { key, opened_at: now, touched_at: now, sealed }).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Returns a time before another; the other where there is none.
fn before(now: Instant, span: SignedDuration) -> Instant {
    now.checked_sub(span).unwrap_or(now)
}

fn has_ended(row: &BrowserRow, now: Instant) -> bool {
    now.duration_since(row.touched_at) > SignedDuration::from_mins(IDLE_MINUTES)
        || now.duration_since(row.opened_at) > SignedDuration::from_hours(LONGEST_HOURS)
}

fn unreadable() -> OfficeError {
    StoreError::Damaged("what is kept of a browser cannot be opened".to_owned()).into()
}
