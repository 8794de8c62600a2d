//! Whether what a record holds fits together (RFC 4998, 4.3 and 5.3): each tree leads from what it must cover to a root, which
//! the timestamp must be over. Whether timestamps are good, and their times in order, is judged elsewhere.

use super::leaf::digest_of;
use super::object::joined;
use super::{ArchiveTimestamp, DataObject, EvidenceRecord};
use crate::crypto::digest_algorithm;
use crate::digest::DigestAlgorithm;
use crate::tsp::{TimestampError, TimestampToken};
use std::collections::HashSet;

/// Something that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The tree's algorithm is not supported, or not known because the timestamp cannot be read.
    AlgorithmUnknown,
    /// The tree is of another algorithm than the first of its chain.
    AlgorithmChanges,
    /// A list of the tree, counted from 0, holds a hash of another length than the algorithm's.
    HashLength(usize),
    /// A data object, counted from 0, does not stand in the first list.
    DataNotCovered(usize),
    /// A data object, counted from 0, was not digested by the algorithm.
    DataNotDigested(usize),
    /// The timestamp before does not stand in the first list.
    PreviousNotCovered,
}

/// An archive timestamp with what its tree leads to.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The chain, counted from 0.
    pub chain: usize,
    /// The place in the chain, counted from 0.
    pub place: usize,
    /// The tree's algorithm, where it is known and supported.
    pub algorithm: Option<DigestAlgorithm>,
    /// What the timestamp must be over; `None` where that cannot be told.
    pub root: Option<Vec<u8>>,
    /// How many lists the tree has; none where the timestamp is over the leaf itself.
    pub lists: usize,
    /// How many hashes stand in the first list that were not asked for: of other data, or of other groups.
    pub others: usize,
    /// The timestamp.
    pub token: Result<TimestampToken, TimestampError>,
    /// What does not fit.
    pub flaws: Vec<Flaw>,
}

/// Everything found about a record.
#[derive(Clone, Debug)]
pub struct Examination {
    /// The timestamps, the oldest first.
    pub stamps: Vec<Stamp>,
    /// Whether data objects were given.
    pub has_data: bool,
}

impl Examination {
    /// Tells whether the first tree is over every data object that was given, and the record fits together as far as trees go.
    pub fn covers_data(&self) -> bool {
        self.has_data && self.is_sound()
    }

    /// Tells whether the record fits together as far as can be told from the trees: every timestamp is over its root.
    pub fn is_sound(&self) -> bool {
        self.stamps.iter().all(|stamp| stamp.flaws.is_empty() && stamp.is_over_root())
    }
}

impl Stamp {
    /// Tells whether the timestamp is over what its tree leads to. Where nothing is known that it must be over, it is.
    pub fn is_over_root(&self) -> bool {
        match (&self.root, &self.token) {
            (_, Err(_)) => false,
            (None, Ok(_)) => true,
            (Some(root), Ok(token)) => *root == token.imprint.bytes,
        }
    }
}

/// Examines a record with the data objects that it is to prove: all of one group. Without them it is not known whether the
/// first trees of its chains cover anything.
pub fn examine(record: &EvidenceRecord, data: &[DataObject]) -> Examination {
    let mut stamps: Vec<Stamp> = Vec::new();
    for (chain, timestamps) in record.chains.iter().enumerate() {
        let mut of_chain = None;
        for (place, timestamp) in timestamps.iter().enumerate() {
            let mut stamp = Stamp::read(timestamp, chain, place);
            if let Some(algorithm) = stamp.algorithm {
                if *of_chain.get_or_insert(algorithm) != algorithm {
                    stamp.flaws.push(Flaw::AlgorithmChanges);
                }
                let previous = place.checked_sub(1).and_then(|before| timestamps.get(before));
                let asked = match previous {
                    Some(previous) => Asked::previous(previous, algorithm),
                    None => Asked::data(record, chain, data, algorithm, &mut stamp.flaws),
                };
                follow(timestamp, algorithm, &asked, &mut stamp);
            }
            stamps.push(stamp);
        }
    }
    Examination { stamps, has_data: !data.is_empty() }
}

impl Stamp {
    fn read(timestamp: &ArchiveTimestamp, chain: usize, place: usize) -> Self {
        let token = TimestampToken::parse(&timestamp.timestamp);
        let algorithm = match &timestamp.digest_algorithm {
            Some(stated) => digest_algorithm(stated).ok(),
            None => token.as_ref().ok().map(|token| token.imprint.algorithm),
        };
        let flaws = if algorithm.is_none() { vec![Flaw::AlgorithmUnknown] } else { Vec::new() };
        let lists = timestamp.reduced_tree.as_ref().map_or(0, Vec::len);
        Self { chain, place, algorithm, root: None, lists, others: 0, token, flaws }
    }
}

/// What a tree's first list must hold.
struct Asked {
    hashes: Vec<(Vec<u8>, Flaw)>,
}

impl Asked {
    fn previous(previous: &ArchiveTimestamp, algorithm: DigestAlgorithm) -> Self {
        Self { hashes: vec![(algorithm.digest(&previous.timestamp).bytes, Flaw::PreviousNotCovered)] }
    }

    fn data(
        record: &EvidenceRecord,
        chain: usize,
        data: &[DataObject],
        algorithm: DigestAlgorithm,
        flaws: &mut Vec<Flaw>,
    ) -> Self {
        let mut hashes = Vec::new();
        let so_far = (chain > 0 && !data.is_empty()).then(|| record.so_far(chain, algorithm));
        for (number, object) in data.iter().enumerate() {
            match object.digest(algorithm) {
                Some(digest) => {
                    let hash = so_far.as_ref().map_or_else(|| digest.bytes.clone(), |so_far| joined(digest, so_far));
                    hashes.push((hash, Flaw::DataNotCovered(number)));
                }
                None => flaws.push(Flaw::DataNotDigested(number)),
            }
        }
        Self { hashes }
    }
}

/// Follows a tree from its first list to the root (RFC 4998, 4.3, steps 2 and 3).
fn follow(timestamp: &ArchiveTimestamp, algorithm: DigestAlgorithm, asked: &Asked, stamp: &mut Stamp) {
    let Some(lists) = &timestamp.reduced_tree else {
        // The timestamp is over the one leaf itself.
        stamp.root = asked.hashes.first().map(|(hash, _)| hash.clone());
        let others = asked.hashes.iter().filter(|(hash, _)| Some(hash) != stamp.root.as_ref());
        stamp.flaws.extend(others.map(|(_, flaw)| *flaw));
        return;
    };
    let is_short = |list: &Vec<Vec<u8>>| list.iter().any(|hash| hash.len() != algorithm.length_bytes());
    if let Some(list) = lists.iter().position(is_short) {
        stamp.flaws.push(Flaw::HashLength(list));
        return;
    }
    if let Some(first) = lists.first() {
        let there: HashSet<&Vec<u8>> = first.iter().collect();
        let wanted: HashSet<&Vec<u8>> = asked.hashes.iter().map(|(hash, _)| hash).collect();
        stamp.flaws.extend(asked.hashes.iter().filter(|(hash, _)| !there.contains(hash)).map(|(_, flaw)| *flaw));
        stamp.others = there.difference(&wanted).count();
    }
    let mut carried: Option<Vec<u8>> = None;
    for list in lists {
        let mut hashes: Vec<Vec<u8>> = list.iter().cloned().chain(carried.take()).collect();
        hashes.sort_unstable();
        carried = match hashes.as_slice() {
            [one] => Some(one.clone()),
            all => Some(digest_of(algorithm, all)),
        };
    }
    stamp.root = carried;
}
