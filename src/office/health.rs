//! Whether the office can work, and how much it has in hand: for whoever watches over the service. Codes and numbers alone.

use super::ports::{Count, PackageName, VaultError};
use super::{Office, OfficeError};
use crate::fault::Fault;
use crate::id::RecordId;
use crate::tsp::{TimestampError, TimestampSource};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether what the office needs can be reached: nothing, or the code of the trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The database answers, and is no copy that waits to be confirmed.
    pub database: Option<&'static str>,
    /// The vault's folders and its master identity can be read.
    pub vault: Option<&'static str>,
    /// The key of the seal is in hand.
    pub keys: Option<&'static str>,
}

impl Readiness {
    /// Tells whether all of it can be reached.
    pub fn is_ready(&self) -> bool {
        [self.database, self.vault, self.keys].iter().all(Option::is_none)
    }
}

/// How often an authority gave a timestamp, and how often none.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    given: AtomicU64,
    failed: AtomicU64,
}

/// A timestamping authority whose answers are counted.
struct Counted(Arc<dyn TimestampSource>, Arc<Stamps>);

/// Has an authority's answers counted.
pub(super) fn counted(source: Arc<dyn TimestampSource>, stamps: &Arc<Stamps>) -> Arc<dyn TimestampSource> {
    Arc::new(Counted(source, Arc::clone(stamps)))
}

impl TimestampSource for Counted {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let answer = self.0.timestamp(request_der);
        let counter = if answer.is_ok() { &self.1.given } else { &self.1.failed };
        counter.fetch_add(1, Ordering::Relaxed);
        answer
    }
}

impl Office {
    /// Looks whether database, vault and keys can be reached.
    pub async fn readiness(&self) -> Readiness {
        let database = self.database_answers().await.err().map(|error| error.code());
        let vault = self.vault_answers().await.err().map(|error| error.code());
        let seals = Arc::clone(&self.seals);
        // A city that has no seal yet is ready for everything else.
        let look = move || if seals.is_set_up() { seals.identity().map(drop) } else { Ok(()) };
        let keys = match self.busy(look).await {
            Ok(Ok(())) => None,
            Ok(Err(trouble)) => Some(trouble.code()),
            Err(trouble) => Some(trouble.code()),
        };
        Readiness { database, vault, keys }
    }

    /// Counts what the office has in hand.
    pub async fn work_in_hand(&self) -> Result<Vec<Count>, OfficeError> {
        Ok(self.read().await?.counts(self.now()).await?)
    }

    /// Returns how many timestamps this process was given, and how often it was given none.
    pub fn timestamps_counted(&self) -> (u64, u64) {
        (self.stamps.given.load(Ordering::Relaxed), self.stamps.failed.load(Ordering::Relaxed))
    }

    async fn database_answers(&self) -> Result<(), OfficeError> {
        match self.read().await?.unconfirmed_copy().await? {
            None => Ok(()),
            Some(entry) => Err(OfficeError::CopyUnconfirmed(entry)),
        }
    }

    /// Asks for a package that is not there: only a vault that can be read says so.
    async fn vault_answers(&self) -> Result<(), OfficeError> {
        let nothing = PackageName { record: RecordId::from_bytes([0; 16]), version: 1 };
        self.with_vault(move |vault| {
            vault.index_secret()?;
            match vault.read(nothing, &crate::digest::Sha256Hex::of(b"")) {
                Ok(_) | Err(VaultError::NoSuchPackage(_)) => Ok(()),
                Err(trouble) => Err(trouble),
            }
        })
        .await
    }
}
