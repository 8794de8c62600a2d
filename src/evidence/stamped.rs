//! A hash tree with the timestamp over its root: what records are made of, and renewed with.

use super::{ArchiveTimestamp, EvidenceError, EvidenceRecord, HashTree, Leaf};
use crate::tsp::TimestampToken;

/// A hash tree with the timestamp over its root.
#[derive(Clone, Debug)]
pub struct StampedTree {
    tree: HashTree,
    token: Vec<u8>,
}

impl StampedTree {
    /// Joins a tree and its token, whose signature is the caller's to verify ([`crate::tsp::obtain`] does).
    ///
    /// # Errors
    /// [`EvidenceError::NotOverRoot`] where the token is over something else.
    pub fn new(tree: HashTree, token: &TimestampToken) -> Result<Self, EvidenceError> {
        if token.imprint != tree.root() {
            return Err(EvidenceError::NotOverRoot);
        }
        Ok(Self { tree, token: token.der().to_vec() })
    }

    /// Returns the tree.
    pub fn tree(&self) -> &HashTree {
        &self.tree
    }

    /// Makes the record of a leaf (RFC 4998, 4.2.1).
    ///
    /// # Errors
    /// [`EvidenceError::NotInTree`].
    pub fn record(&self, place: usize, leaf: &Leaf) -> Result<EvidenceRecord, EvidenceError> {
        Ok(EvidenceRecord::of(self.timestamp(place, leaf)?, self.tree.algorithm()))
    }

    /// Renews the timestamp of a record (RFC 4998, 5.2) by the leaf that [`super::TimestampRenewal`] made of it.
    ///
    /// # Errors
    /// [`EvidenceError::NotInTree`]; [`EvidenceError::OtherAlgorithm`] where the chain's trees are of another algorithm;
    /// [`EvidenceError::TooLarge`].
    pub fn renew_timestamp(&self, record: &EvidenceRecord, place: usize) -> Result<EvidenceRecord, EvidenceError> {
        let leaf = super::renewal::leaf_of_last(record)?;
        if leaf.algorithm() != self.tree.algorithm() {
            return Err(EvidenceError::OtherAlgorithm);
        }
        record.with_timestamp(self.timestamp(place, &leaf)?)
    }

    /// Renews the tree of a record (RFC 4998, 5.2) by the leaf that [`super::renewed_leaf`] made of it and its data.
    ///
    /// # Errors
    /// [`EvidenceError::NotInTree`], [`EvidenceError::TooLarge`].
    pub fn renew_tree(
        &self,
        record: &EvidenceRecord,
        place: usize,
        leaf: &Leaf,
    ) -> Result<EvidenceRecord, EvidenceError> {
        record.with_chain(self.timestamp(place, leaf)?, self.tree.algorithm())
    }

    fn timestamp(&self, place: usize, leaf: &Leaf) -> Result<ArchiveTimestamp, EvidenceError> {
        ArchiveTimestamp::new(self.tree.algorithm(), self.tree.reduce(place, leaf)?, &self.token)
    }
}
