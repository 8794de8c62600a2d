//! Renewal of timestamps (RFC 4998, 5.2): one tree over the newest timestamps of many records.

use super::{ArchiveTimestamp, EvidenceError, EvidenceRecord, HashTree, HashTreeBuilder, Leaf};
use crate::cms::{ValidationData, add_validation_data};
use crate::crypto::digest_algorithm;
use crate::digest::DigestAlgorithm;
use crate::tsp::TimestampToken;
use std::collections::HashMap;

/// Timestamps to be renewed together. Records that share one share a leaf: a night's million cost one.
#[derive(Clone, Debug)]
pub struct TimestampRenewal {
    algorithm: DigestAlgorithm,
    builder: HashTreeBuilder,
    known: HashMap<Vec<u8>, usize>,
}

impl TimestampRenewal {
    /// Begins one for records whose last chain is of this algorithm: a chain keeps its own.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self { algorithm, builder: HashTreeBuilder::new(algorithm), known: HashMap::new() }
    }

    /// Adds a record, and returns the place of its leaf.
    ///
    /// # Errors
    /// [`EvidenceError::OtherAlgorithm`] where its last chain is of another algorithm, which asks for a renewal of the tree;
    /// [`EvidenceError::Timestamp`] where the newest timestamp cannot be read; [`EvidenceError::TooLarge`].
    pub fn add(&mut self, record: &EvidenceRecord) -> Result<usize, EvidenceError> {
        let leaf = leaf_of_last(record)?;
        if leaf.algorithm() != self.algorithm {
            return Err(EvidenceError::OtherAlgorithm);
        }
        if let Some(place) = self.known.get(&leaf.node()) {
            return Ok(*place);
        }
        let place = self.builder.push(&leaf)?;
        self.known.insert(leaf.node(), place);
        Ok(place)
    }

    /// Makes the tree.
    ///
    /// # Errors
    /// [`EvidenceError::Nothing`] where no record was added.
    pub fn finish(self) -> Result<HashTree, EvidenceError> {
        self.builder.finish()
    }
}

impl EvidenceRecord {
    /// Returns the algorithm of the last chain's trees: what a renewal of its timestamp goes on with.
    ///
    /// # Errors
    /// [`EvidenceError::Timestamp`] where it is that of a timestamp which cannot be read, [`EvidenceError::Crypto`] where it
    /// is not supported.
    pub fn chain_algorithm(&self) -> Result<DigestAlgorithm, EvidenceError> {
        algorithm_of(self.last().ok_or(EvidenceError::Nothing)?)
    }

    /// Adds to the newest timestamp what its validation rests on (RFC 4998, 4.2.1): to be done before it is renewed, so that
    /// the renewal proves that all of it existed.
    ///
    /// # Errors
    /// [`EvidenceError::Cms`] where the timestamp cannot be taken apart.
    pub fn with_validation_data(&self, data: &ValidationData) -> Result<Self, EvidenceError> {
        let last = self.last().ok_or(EvidenceError::Nothing)?;
        let token = add_validation_data(&last.timestamp, data)?;
        if token == last.timestamp { Ok(self.clone()) } else { self.with_last_token(token) }
    }
}

/// Makes the leaf that stands for the newest timestamp of a record.
pub(super) fn leaf_of_last(record: &EvidenceRecord) -> Result<Leaf, EvidenceError> {
    let last = record.last().ok_or(EvidenceError::Nothing)?;
    Ok(Leaf::of(&algorithm_of(last)?.digest(&last.timestamp)))
}

/// Returns the algorithm of a tree: the one that is stated, else that of its timestamp (RFC 4998, 4.1).
fn algorithm_of(timestamp: &ArchiveTimestamp) -> Result<DigestAlgorithm, EvidenceError> {
    match &timestamp.digest_algorithm {
        Some(stated) => Ok(digest_algorithm(stated)?),
        None => Ok(TimestampToken::parse(&timestamp.timestamp)?.imprint.algorithm),
    }
}
