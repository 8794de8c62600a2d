//! Requests with a key are done once (idempotency): the key is written in the transaction of the deed itself, so that either
//! both are there or neither, whatever stops. What was made is told by the ledger, to the first who asks and to each after.

use super::TokenError;
use crate::digest::Sha256Hex;
use crate::id::{RecordId, UserId};
use crate::ledger::Entry;
use crate::office::ports::{MadeBy, RequestRow, Transaction};
use crate::office::{Office, OfficeError};
use crate::time::{Instant, days_after};
use jiff::ToSpan;
use std::sync::atomic::{AtomicBool, Ordering};

/// Days for which a key is kept after its request.
const KEPT_DAYS: i64 = 14;

/// A request that is to be done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    key: Sha256Hex,
    asked: Sha256Hex,
}

/// What a request made, as the ledger tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What it is about: an identifier.
    pub subject: String,
    /// When it was done.
    pub at: Instant,
    /// The entry's place in the ledger.
    pub entry: u64,
}

/// A request whose key the next unit of work that writes claims.
#[derive(Debug)]
pub(in crate::office) struct Once {
    request: Request,
    claimed: AtomicBool,
}

impl Request {
    /// Takes an account's key for what it asks: everything that tells one request from another.
    pub fn new(user: UserId, key: &str, asked: &[&[u8]]) -> Self {
        let digests: Vec<String> = asked.iter().map(|part| Sha256Hex::of(part).to_string()).collect();
        Self {
            key: Sha256Hex::of(format!("fumikura request {user} {key}").as_bytes()),
            asked: Sha256Hex::of(digests.join(" ").as_bytes()),
        }
    }

    /// Returns the digest of account and key.
    pub fn key(&self) -> &Sha256Hex {
        &self.key
    }

    /// Returns the name of the record that it makes, which the key alone decides.
    pub fn record(&self) -> RecordId {
        let digest = crate::digest::sha256(format!("fumikura made {}", self.key.as_str()).as_bytes());
        let mut name = [0; 16];
        name.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        RecordId::from_bytes(name)
    }

    /// Returns what the lease of whoever does it is called.
    pub(in crate::office) fn lease(&self) -> String {
        format!("request/{}", self.key.as_str())
    }
}

impl Office {
    /// Returns an office whose next verb is done once for a request: its transaction claims the key.
    ///
    /// The verb then fails with [`TokenError::DoneBefore`] where the key was claimed before, or with
    /// [`TokenError::KeyReused`] where that was for another request. A verb that is refused claims nothing.
    pub fn once(&self, request: Request) -> Self {
        let once = Once { request, claimed: AtomicBool::new(false) };
        Self { once: Some(std::sync::Arc::new(once)), ..self.clone() }
    }

    /// Returns what a request made, where it was done within the last days.
    ///
    /// # Errors
    /// [`TokenError::KeyReused`] where its key was used for another request.
    pub async fn made(&self, request: &Request) -> Result<Option<Made>, OfficeError> {
        let mut tx = self.read().await?;
        let Some(row) = known(&mut *tx, request).await? else { return Ok(None) };
        let entry = match row.made_by {
            MadeBy::Entry(place) => tx.entry_at(place).await?,
            MadeBy::Subject(subject) => {
                let about = tx.entries_about(&subject).await?;
                about.into_iter().find(|entry| matches!(entry.verb.as_str(), "record.filed" | "tray.arrived"))
            }
        };
        Ok(entry.map(made))
    }

    /// Claims the key of the request that this office is for, in the first unit of work that writes.
    pub(in crate::office) async fn claim_request(&self, tx: &mut dyn Transaction) -> Result<(), OfficeError> {
        match &self.once {
            Some(once) if !once.claimed.swap(true, Ordering::Relaxed) => {
                self.claim_named(tx, &once.request, None).await
            }
            _ => Ok(()),
        }
    }

    /// Claims a request's key for what is named before it is made; an attempt that did not come to its end has claimed it
    /// for this one.
    pub(in crate::office) async fn claim_ahead(&self, request: &Request, id: RecordId) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        match self.claim_named(&mut *tx, request, Some(&id.to_string())).await {
            Err(OfficeError::Token(TokenError::DoneBefore)) => Ok(()),
            claimed => {
                claimed?;
                Ok(tx.commit().await?)
            }
        }
    }

    /// Claims a request's key, perhaps for something that is named before it is made.
    pub(in crate::office) async fn claim_named(
        &self,
        tx: &mut dyn Transaction,
        request: &Request,
        subject: Option<&str>,
    ) -> Result<(), OfficeError> {
        if known(tx, request).await?.is_some() {
            return Err(TokenError::DoneBefore.into());
        }
        let today = self.today();
        let oldest = today.checked_sub(KEPT_DAYS.days()).unwrap_or(days_after(today, 0));
        tx.put_request(&request.key, &request.asked, subject, (today, oldest)).await?;
        Ok(())
    }
}

async fn known(tx: &mut dyn Transaction, request: &Request) -> Result<Option<RequestRow>, OfficeError> {
    match tx.request(&request.key).await? {
        Some(row) if row.request != request.asked => Err(TokenError::KeyReused.into()),
        row => Ok(row),
    }
}

fn made(entry: Entry) -> Made {
    Made { subject: entry.subject.as_str().to_owned(), at: entry.at, entry: entry.seq }
}
