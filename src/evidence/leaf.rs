//! What a leaf of a hash tree stands for: one data object, or several that belong together (RFC 4998, 4.2).

use super::EvidenceError;
use crate::digest::{Digest, DigestAlgorithm, Hasher};

/// A leaf: the digests of the data objects of one group, in binary ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    algorithm: DigestAlgorithm,
    hashes: Vec<Vec<u8>>,
    /// Whether the first list of its record holds nothing but its own hashes.
    stands_alone: bool,
}

impl Leaf {
    /// Makes the leaf of one data object.
    pub fn of(digest: &Digest) -> Self {
        Self { algorithm: digest.algorithm, hashes: vec![digest.bytes.clone()], stands_alone: false }
    }

    /// Makes the leaf of data objects that belong together, as a document and its signatures do (RFC 4998, 4.2, step 3).
    ///
    /// # Errors
    /// [`EvidenceError::Nothing`] for none, [`EvidenceError::OtherAlgorithm`] where their digests are not of one algorithm.
    pub fn group(digests: &[Digest]) -> Result<Self, EvidenceError> {
        let first = digests.first().ok_or(EvidenceError::Nothing)?;
        if digests.iter().any(|digest| digest.algorithm != first.algorithm) {
            return Err(EvidenceError::OtherAlgorithm);
        }
        let mut hashes: Vec<Vec<u8>> = digests.iter().map(|digest| digest.bytes.clone()).collect();
        hashes.sort_unstable();
        Ok(Self { algorithm: first.algorithm, hashes, stands_alone: digests.len() > 1 })
    }

    /// Has the first list of the record hold nothing but the leaf's own hashes, as renewals of a tree ask (RFC 4998, 5.2,
    /// hash-tree renewal, step 5).
    pub(super) fn standing_alone(self) -> Self {
        Self { stands_alone: true, ..self }
    }

    /// Returns the algorithm of its digests.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Returns the node that stands for it: its one hash, or the digest of all of them.
    pub fn node(&self) -> Vec<u8> {
        match self.hashes.as_slice() {
            [one] => one.clone(),
            all => digest_of(self.algorithm, all),
        }
    }

    /// Returns the first list of its record, which may take the leaf's sibling.
    pub(super) fn first_list(&self, sibling: Option<&[u8]>) -> Vec<Vec<u8>> {
        let mut list = self.hashes.clone();
        list.extend(sibling.map(<[u8]>::to_vec));
        list.sort_unstable();
        list
    }

    /// Tells whether the sibling has a list of its own.
    pub(super) fn stands_alone(&self) -> bool {
        self.stands_alone
    }
}

/// Digests hashes that are in order.
pub(super) fn digest_of(algorithm: DigestAlgorithm, hashes: &[Vec<u8>]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hashes.iter().for_each(|hash| hasher.update(hash));
    hasher.finish().bytes
}
