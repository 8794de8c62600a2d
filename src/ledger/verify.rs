//! Verification of the chain: the first bad entry is named, and checkpoints pin what was once there.

use super::Entry;
use super::entry::genesis;
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// The end of the chain at some moment, ready to be signed or kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The place of the last entry; 0 for an empty chain.
    pub seq: u64,
    /// Its hash; all zeros for an empty chain.
    pub hash: Sha256Hex,
    /// When the checkpoint was taken.
    pub at: Instant,
}

/// Why a chain is not what it should be: the first bad entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An entry is missing, doubled or out of order.
    #[error("entry {expected} should follow, but the next one is numbered {found}")]
    OutOfOrder {
        /// The place that should come.
        expected: u64,
        /// The place that came.
        found: u64,
    },
    /// An entry does not name the hash of the one before.
    #[error("entry {seq} does not follow from the entry before it")]
    BrokenLink {
        /// Its place.
        seq: u64,
    },
    /// An entry was changed after it was written.
    #[error("entry {seq} was changed: its hash does not match its words")]
    Changed {
        /// Its place.
        seq: u64,
    },
    /// Entries were taken off the end: a checkpoint names a later one.
    #[error("the ledger ends at entry {found}, but a checkpoint names entry {expected}")]
    CutShort {
        /// The place the checkpoint names.
        expected: u64,
        /// The last place there is.
        found: u64,
    },
    /// The chain was written anew: a checkpoint names another hash at this place.
    #[error("entry {seq} is not the one that a checkpoint names")]
    Rewritten {
        /// The place.
        seq: u64,
    },
    /// An entry cannot be read.
    #[error("entry {seq} cannot be read: {message}")]
    Unreadable {
        /// Its place, as far as it can be told.
        seq: u64,
        /// What the reader says.
        message: String,
    },
}

/// Verifies a chain entry by entry, so that it need not fit in memory.
#[derive(Clone, Debug)]
pub struct Verifier {
    seq: u64,
    hash: Sha256Hex,
    pinned: Vec<Checkpoint>,
}

impl Verifier {
    /// Starts at the beginning of a chain. Each given checkpoint must be met on the way.
    pub fn new(checkpoints: impl IntoIterator<Item = Checkpoint>) -> Self {
        let mut pinned: Vec<Checkpoint> = checkpoints.into_iter().filter(|pin| pin.seq > 0).collect();
        pinned.sort_by_key(|pin| std::cmp::Reverse(pin.seq));
        Self { seq: 0, hash: genesis(), pinned }
    }

    /// Starts at the entry that a checkpoint names, which must come first: what lies before it was verified then.
    pub fn from(checkpoint: &Checkpoint, entry: &Entry) -> Result<Self, LedgerError> {
        let seq = checkpoint.seq;
        if entry.seq != seq {
            return Err(LedgerError::OutOfOrder { expected: seq, found: entry.seq });
        }
        if entry.hash != checkpoint.hash {
            return Err(LedgerError::Rewritten { seq });
        }
        if entry.compute_hash() != entry.hash {
            return Err(LedgerError::Changed { seq });
        }
        Ok(Self { seq, hash: checkpoint.hash.clone(), pinned: Vec::new() })
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let expected = self.seq.saturating_add(1);
        if entry.seq != expected {
            return Err(LedgerError::OutOfOrder { expected, found: entry.seq });
        }
        if entry.prev != self.hash {
            return Err(LedgerError::BrokenLink { seq: entry.seq });
        }
        if entry.hash != entry.compute_hash() {
            return Err(LedgerError::Changed { seq: entry.seq });
        }
        while self.pinned.last().is_some_and(|pin| pin.seq == entry.seq) {
            if self.pinned.pop().is_some_and(|pin| pin.hash != entry.hash) {
                return Err(LedgerError::Rewritten { seq: entry.seq });
            }
        }
        self.seq = entry.seq;
        self.hash = entry.hash.clone();
        Ok(())
    }

    /// Ends the chain and returns a checkpoint of its end.
    pub fn finish(self, at: Instant) -> Result<Checkpoint, LedgerError> {
        match self.pinned.first() {
            Some(pin) => Err(LedgerError::CutShort { expected: pin.seq, found: self.seq }),
            None => Ok(Checkpoint { seq: self.seq, hash: self.hash, at }),
        }
    }
}

/// Verifies a whole chain and returns a checkpoint of its end.
pub fn verify<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    checkpoints: impl IntoIterator<Item = Checkpoint>,
    at: Instant,
) -> Result<Checkpoint, LedgerError> {
    let mut verifier = Verifier::new(checkpoints);
    for entry in entries {
        verifier.take(entry)?;
    }
    verifier.finish(at)
}

impl Fault for LedgerError {
    fn code(&self) -> &'static str {
        match self {
            Self::OutOfOrder { .. } => "ledger-out-of-order",
            Self::BrokenLink { .. } => "ledger-broken-link",
            Self::Changed { .. } => "ledger-changed",
            Self::CutShort { .. } => "ledger-cut-short",
            Self::Rewritten { .. } => "ledger-rewritten",
            Self::Unreadable { .. } => "ledger-unreadable",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}
