//! The trees together: the way of a leaf from its night to the timestamp that it rests on today, and its evidence record.

use super::ProofError;
use super::tree::{Covered, ProofTree, Renewed};
use crate::digest::DigestAlgorithm;
use crate::evidence::{EvidenceRecord, HashTree, Leaf, StampedTree};
use crate::id::RecordId;
use crate::office::OfficeError;
use crate::office::ports::{ProofKind, ProofShelf, ProofTreeRow};
use crate::tsp::TimestampToken;
use std::collections::HashMap;
use std::sync::Arc;

/// A step on the way of a leaf: a tree, and the place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub tree: u64,
    pub place: usize,
    /// The timestamp of the tree before as it was renewed; none of the night itself.
    renewed: Option<Renewed>,
}

/// A night: a tree over entries of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Night {
    pub number: u64,
    pub first: u64,
    pub last: u64,
    pub algorithm: DigestAlgorithm,
}

/// A tree with its nodes in order, and with the timestamp as it was when it was renewed last asked for.
struct Grown {
    tree: ProofTree,
    hashes: HashTree,
    stamped: Option<(Vec<u8>, StampedTree)>,
}

/// The trees that there are; their files are read when they are asked for. Blocks on the disk.
pub(super) struct Grove {
    shelf: Arc<dyn ProofShelf>,
    rows: Vec<ProofTreeRow>,
    /// The trees that renew others.
    renewals: Vec<(u64, ProofKind)>,
    grown: HashMap<u64, Grown>,
}

impl Grove {
    /// Makes a grove of rows in the order of their numbers.
    pub fn new(shelf: Arc<dyn ProofShelf>, rows: Vec<ProofTreeRow>) -> Self {
        let is_renewal = |row: &&ProofTreeRow| row.kind != ProofKind::Night && !row.given_up;
        let renewals = rows.iter().filter(is_renewal).map(|row| (row.number, row.kind)).collect();
        Self { shelf, rows, renewals, grown: HashMap::new() }
    }

    /// Returns a tree.
    pub fn tree(&mut self, number: u64) -> Result<&ProofTree, OfficeError> {
        Ok(&self.grown(number)?.tree)
    }

    /// Lists the nights that are over an entry of the ledger, the earliest first.
    pub fn nights_over(&self, seq: u64) -> Vec<Night> {
        self.nights_until(u64::MAX).into_iter().filter(|night| (night.first..=night.last).contains(&seq)).collect()
    }

    /// Tells whether the timestamp of a tree, and what it renewed on the way of a night, passed when it was last judged.
    pub fn passes(&self, tree: u64, night: u64) -> bool {
        let row = self.rows.iter().find(|row| row.number == tree);
        let standing = row.and_then(|row| row.standing.as_ref());
        standing.is_some_and(|standing| standing.failing.is_none() && !standing.has_lost(night))
    }

    /// Returns what a tree is over.
    pub fn kind_of(&self, number: u64) -> Option<ProofKind> {
        self.rows.iter().find(|row| row.number == number).map(|row| row.kind)
    }

    /// Returns the timestamp at the end of a way with whatever stands beside it by now; none where another has renewed it.
    pub fn standing_token(&self, way: &[Step]) -> Result<Option<Vec<u8>>, ProofError> {
        let last = way.last().and_then(|step| self.rows.iter().find(|row| row.number == step.tree));
        let standing = last.and_then(|row| row.standing.as_ref().map(|standing| (row.number, standing)));
        standing.map(|(number, standing)| standing.token(number)).transpose()
    }

    /// Lists the nights up to a tree.
    pub fn nights_until(&self, tree: u64) -> Vec<Night> {
        let night = |row: &ProofTreeRow| {
            row.entries.map(|(first, last)| Night { number: row.number, first, last, algorithm: row.algorithm })
        };
        self.rows.iter().take_while(|row| row.number <= tree).filter_map(night).collect()
    }

    /// Lists the records whose packages a night is over, in their order.
    pub fn records_of(&mut self, night: u64) -> Result<Vec<RecordId>, OfficeError> {
        match &self.tree(night)?.covered {
            Covered::Night { records, .. } => Ok(records.clone()),
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the way of a leaf, from its night to the tree whose timestamp it rests on. Of several trees that renew it, the
    /// first counts.
    pub fn way(&mut self, night: u64, place: u32) -> Result<Vec<Step>, OfficeError> {
        let mut way = vec![Step { tree: night, place: place as usize, renewed: None }];
        for index in 0..self.renewals.len() {
            let (Some((number, kind)), Some(now)) =
                (self.renewals.get(index).copied(), way.last().map(|step| step.tree))
            else {
                break;
            };
            if number <= now {
                continue;
            }
            let covered = &self.tree(number)?.covered;
            let found = match kind {
                ProofKind::Timestamps => covered.place_of_tree(now),
                _ => covered.place_of_leaf(now, night, place),
            };
            if let Some((place, renewed)) = found {
                way.push(Step { tree: number, place, renewed: Some(renewed.clone()) });
            }
        }
        Ok(way)
    }

    /// Makes the record of a leaf along its way. Each further tree needs what it is over: of one over data, the leaf that this
    /// makes of the record so far.
    ///
    /// # Errors
    /// [`ProofError::Evidence`] where a leaf is not what stands in its tree.
    pub fn record(
        &mut self,
        way: &[Step],
        leaf: &Leaf,
        renewed_leaf: &dyn Fn(&EvidenceRecord, DigestAlgorithm) -> Result<Leaf, ProofError>,
        last_token: Option<&[u8]>,
    ) -> Result<EvidenceRecord, OfficeError> {
        let mut record: Option<EvidenceRecord> = None;
        for (index, step) in way.iter().enumerate() {
            // The timestamp stands in the record as it was when the next tree renewed it.
            let token =
                way.get(index + 1).and_then(|next| next.renewed.as_ref()).map(|renewed| renewed.token.as_slice());
            let token = if index + 1 == way.len() { last_token } else { token };
            let grown = self.grown(step.tree)?;
            let stamped = grown.stamped(token)?.clone();
            record = Some(match (record, grown.tree.covered.kind()) {
                (None, _) => stamped.record(step.place, leaf).map_err(ProofError::from)?,
                (Some(so_far), ProofKind::Timestamps) => {
                    stamped.renew_timestamp(&so_far, step.place).map_err(ProofError::from)?
                }
                (Some(so_far), _) => {
                    let leaf = renewed_leaf(&so_far, grown.tree.algorithm)?;
                    stamped.renew_tree(&so_far, step.place, &leaf).map_err(ProofError::from)?
                }
            });
        }
        record.ok_or_else(|| ProofError::damaged(0, "no tree is on the way").into())
    }

    fn grown(&mut self, number: u64) -> Result<&mut Grown, OfficeError> {
        if !self.grown.contains_key(&number) {
            let known = self.rows.iter().find(|row| row.number == number);
            let tree = ProofTree::parse(&self.shelf.get(number, known.map(|row| &row.sha256))?)?;
            if tree.number != number {
                return Err(ProofError::damaged(number, "it has another number").into());
            }
            let hashes = tree.hash_tree().map_err(ProofError::from)?;
            self.grown.insert(number, Grown { tree, hashes, stamped: None });
        }
        self.grown.get_mut(&number).ok_or_else(|| ProofError::damaged(number, "it was not read").into())
    }
}

impl Grown {
    fn stamped(&mut self, token: Option<&[u8]>) -> Result<&StampedTree, ProofError> {
        let token = token.unwrap_or(&self.tree.token);
        let stamped = match self.stamped.take() {
            Some((of, stamped)) if of == token => stamped,
            _ => StampedTree::new(self.hashes.clone(), &TimestampToken::parse(token)?)?,
        };
        Ok(&self.stamped.insert((token.to_vec(), stamped)).1)
    }
}
