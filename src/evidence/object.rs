//! The data objects that a record is over, as their digests: whoever has the bytes digests them, once.

use super::{EvidenceError, EvidenceRecord, Leaf};
use crate::digest::{Digest, DigestAlgorithm, Hasher};
use crate::tsp::TimestampToken;

/// A data object, by its digests of several algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    digests: Vec<Digest>,
}

impl DataObject {
    /// Takes digests that were made elsewhere.
    pub fn of(digests: Vec<Digest>) -> Self {
        Self { digests }
    }

    /// Digests bytes by each of the algorithms.
    pub fn digested(bytes: &[u8], algorithms: &[DigestAlgorithm]) -> Self {
        Self { digests: algorithms.iter().map(|algorithm| algorithm.digest(bytes)).collect() }
    }

    /// Returns the digest of an algorithm.
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.iter().find(|digest| digest.algorithm == algorithm)
    }
}

impl EvidenceRecord {
    /// Lists the algorithms that data objects are to be digested by: those of the first timestamp of each chain, as far as
    /// they are supported.
    pub fn data_algorithms(&self) -> Vec<DigestAlgorithm> {
        let mut all = Vec::new();
        for first in self.chains.iter().filter_map(|chain| chain.first()) {
            let algorithm = match &first.digest_algorithm {
                Some(stated) => crate::crypto::digest_algorithm(stated).ok(),
                None => TimestampToken::parse(&first.timestamp).ok().map(|token| token.imprint.algorithm),
            };
            all.extend(algorithm.filter(|algorithm| !all.contains(algorithm)));
        }
        all
    }

    /// Tells whether a data object stands in the record's first tree: in its first list, or as what the timestamp is over.
    pub fn has(&self, object: &DataObject) -> bool {
        let Some(first) = self.chains.first().and_then(|chain| chain.first()) else { return false };
        let stands = |digest: &Digest| match &first.reduced_tree {
            Some(lists) => lists.first().is_some_and(|list| list.contains(&digest.bytes)),
            None => TimestampToken::parse(&first.timestamp).is_ok_and(|token| token.imprint == *digest),
        };
        self.data_algorithms().first().and_then(|algorithm| object.digest(*algorithm)).is_some_and(stands)
    }

    /// Returns the digest of the record's first so many chains: what a renewal of its tree covers.
    pub(super) fn so_far(&self, chains: usize, algorithm: DigestAlgorithm) -> Digest {
        algorithm.digest(&self.sequence_der(chains))
    }
}

/// Joins a data object's digest and that of the record so far, in this order (RFC 4998, 5.2, hash-tree renewal, step 4).
pub(super) fn joined(digest: &Digest, so_far: &Digest) -> Vec<u8> {
    let mut hasher = Hasher::new(digest.algorithm);
    hasher.update(&digest.bytes);
    hasher.update(&so_far.bytes);
    hasher.finish().bytes
}

/// Makes the leaf by which a record's tree is renewed (RFC 4998, 5.2, hash-tree renewal): of its data objects by another
/// algorithm, and of the record so far.
///
/// # Errors
/// [`EvidenceError::Nothing`] without data, [`EvidenceError::OtherData`] where the record's first tree is not over them,
/// [`EvidenceError::OtherAlgorithm`] where a data object was not digested by the algorithm.
pub fn renewed_leaf(
    record: &EvidenceRecord,
    data: &[DataObject],
    algorithm: DigestAlgorithm,
) -> Result<Leaf, EvidenceError> {
    if data.is_empty() {
        return Err(EvidenceError::Nothing);
    }
    if !super::examine(record, data).covers_data() {
        return Err(EvidenceError::OtherData);
    }
    let so_far = record.so_far(record.chains.len(), algorithm);
    let digest = |object: &DataObject| {
        let digest = object.digest(algorithm).ok_or(EvidenceError::OtherAlgorithm)?;
        Ok(Digest { algorithm, bytes: joined(digest, &so_far) })
    };
    let digests = data.iter().map(digest).collect::<Result<Vec<_>, EvidenceError>>()?;
    Ok(Leaf::group(&digests)?.standing_alone())
}
