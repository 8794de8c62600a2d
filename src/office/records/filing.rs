//! Many documents filed by one person, batches of them beside each other: the processor is at one while the disk is at another.

use super::views::{Filed, NewRecord};
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::{Actor, Office, OfficeError};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Somebody's filing of many documents, of which each knows those that came before it.
#[derive(Debug)]
pub struct Filing<'a> {
    office: &'a Office,
    actor: &'a Actor,
    seen: Seen,
}

/// The documents of one filing by their digests, each with the record that is to have it first.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<BTreeMap<Sha256Hex, RecordId>>);

impl Seen {
    /// Returns the record that had these bytes first; none where this one does.
    pub(super) fn first(&self, sha256: &Sha256Hex, record: RecordId) -> Option<RecordId> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *seen.entry(sha256.clone()).or_insert(record);
        (first != record).then_some(first)
    }
}

impl Filing<'_> {
    /// Files documents, each as [`Office::file_record`] does, and returns when all of them are safe: their intents share a
    /// transaction, their packages are written side by side, and their rows share a transaction. Returns what became of
    /// each, in their order; one that is refused keeps no other out. Called again before it returned, it goes on beside.
    ///
    /// # Errors
    /// Where nothing can be told of any: what of them is safe then, the next start finishes.
    pub async fn file(&self, news: Vec<NewRecord>) -> Result<Vec<Result<Filed, OfficeError>>, OfficeError> {
        let mut named = Vec::new();
        for new in news {
            named.push((RecordId::from_bytes(self.office.random()?), new));
        }
        self.office.file_all(self.actor, named, &self.seen).await
    }
}

impl Office {
    /// Begins to file many documents.
    pub fn filing<'a>(&'a self, actor: &'a Actor) -> Filing<'a> {
        Filing { office: self, actor, seen: Seen::default() }
    }

    /// Files documents together, as [`Filing::file`] does.
    pub async fn file_records(
        &self,
        actor: &Actor,
        news: Vec<NewRecord>,
    ) -> Result<Vec<Result<Filed, OfficeError>>, OfficeError> {
        self.filing(actor).file(news).await
    }
}
