//! The hash tree (RFC 4998, 4.2): binary, in flat buffers, so that a million leaves take 64 MB by SHA-256.

use super::{EvidenceError, Leaf, PartialHashTree, limits};
use crate::cms::CmsError;
use crate::digest::{Digest, DigestAlgorithm};
use std::sync::Arc;

/// A hash tree that is being built: leaves come one after another, and nothing else of them is kept.
#[derive(Clone, Debug)]
pub struct HashTreeBuilder {
    algorithm: DigestAlgorithm,
    nodes: Vec<u8>,
}

impl HashTreeBuilder {
    /// Begins a tree.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self { algorithm, nodes: Vec::new() }
    }

    /// Adds a leaf, and returns its place.
    ///
    /// # Errors
    /// [`EvidenceError::OtherAlgorithm`], [`EvidenceError::TooLarge`] beyond [`limits::LEAVES`], [`EvidenceError::Cms`] by SHA-1:
    /// no new proof rests on it, and a chain that does is renewed as a tree.
    pub fn push(&mut self, leaf: &Leaf) -> Result<usize, EvidenceError> {
        let (length, node) = (self.algorithm.length_bytes(), leaf.node());
        if self.algorithm == DigestAlgorithm::Sha1 {
            return Err(CmsError::DigestNotForSigning(self.algorithm.name()).into());
        }
        if leaf.algorithm() != self.algorithm || node.len() != length {
            return Err(EvidenceError::OtherAlgorithm);
        }
        let place = self.nodes.len() / length;
        if place >= limits::LEAVES {
            return Err(EvidenceError::TooLarge);
        }
        self.nodes.extend_from_slice(&node);
        Ok(place)
    }

    /// Makes the tree. What has no sibling on its level goes up as it is.
    ///
    /// # Errors
    /// [`EvidenceError::Nothing`] where no leaf was added.
    pub fn finish(self) -> Result<HashTree, EvidenceError> {
        let (algorithm, length) = (self.algorithm, self.algorithm.length_bytes());
        let mut levels = vec![self.nodes];
        while let Some(below) = levels.last().filter(|level| level.len() > length) {
            let mut level = Vec::with_capacity(below.len() / 2 + length);
            for pair in below.chunks(2 * length) {
                level.extend_from_slice(&father(algorithm, pair));
            }
            levels.push(level);
        }
        match levels.last().map(Vec::len) {
            Some(root) if root == length => Ok(HashTree { algorithm, levels: Arc::new(levels) }),
            _ => Err(EvidenceError::Nothing),
        }
    }
}

/// Returns the node above two, which are digested in binary ascending order, or above one.
fn father(algorithm: DigestAlgorithm, pair: &[u8]) -> Vec<u8> {
    let length = algorithm.length_bytes();
    let Some((one, other)) = pair.split_at_checked(length).filter(|(_, other)| !other.is_empty()) else {
        return pair.to_vec();
    };
    if one <= other { algorithm.digest(pair).bytes } else { algorithm.digest(&[other, one].concat()).bytes }
}

/// A hash tree; cheap to clone.
#[derive(Clone, Debug)]
pub struct HashTree {
    algorithm: DigestAlgorithm,
    /// The nodes one after another, the leaves first; the last level is the root.
    levels: Arc<Vec<Vec<u8>>>,
}

impl HashTree {
    /// Returns the algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Returns the root: what is to be timestamped.
    pub fn root(&self) -> Digest {
        Digest { algorithm: self.algorithm, bytes: self.levels.last().cloned().unwrap_or_default() }
    }

    /// Returns how many leaves there are.
    pub fn leaves(&self) -> usize {
        self.levels.first().map_or(0, |leaves| leaves.len() / self.algorithm.length_bytes())
    }

    /// Returns the nodes of the leaves, one after another.
    pub fn nodes(&self) -> &[u8] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// Reduces the tree to what one leaf needs (RFC 4998, 4.2.1): lists of hashes, each in binary ascending order. A tree of
    /// one leaf of one hash needs none.
    ///
    /// # Errors
    /// [`EvidenceError::NotInTree`] where another leaf, or none, stands at the place.
    pub fn reduce(&self, place: usize, leaf: &Leaf) -> Result<Option<Vec<PartialHashTree>>, EvidenceError> {
        if leaf.algorithm() != self.algorithm || self.node(0, place) != Some(leaf.node().as_slice()) {
            return Err(EvidenceError::NotInTree);
        }
        let mut siblings = self.siblings(place).peekable();
        let is_whole = siblings.peek().is_none() && leaf.first_list(None).len() == 1;
        if is_whole {
            return Ok(None);
        }
        let beside = if leaf.stands_alone() { None } else { siblings.next() };
        let mut lists = vec![leaf.first_list(beside)];
        lists.extend(siblings.map(|sibling| vec![sibling.to_vec()]));
        Ok(Some(lists))
    }

    /// Goes over the siblings of a leaf and of the nodes above it, from below.
    fn siblings(&self, place: usize) -> impl Iterator<Item = &[u8]> {
        (0..self.levels.len()).filter_map(move |level| self.node(level, (place >> level) ^ 1))
    }

    fn node(&self, level: usize, place: usize) -> Option<&[u8]> {
        let length = self.algorithm.length_bytes();
        let start = place.checked_mul(length)?;
        self.levels.get(level)?.get(start..start.checked_add(length)?)
    }
}
