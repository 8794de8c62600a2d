//! Lineages: which proofs rest on a timestamp, one for each row of authorities that stamped them, one after another. A timestamp may be
//! good by itself while one that it renewed no longer is, for want of lists; whoever judges the newest alone does not see that.

use super::data::{entry_object, leaf_of};
use super::grove::{Grove, Step};
use super::standing::{Judged, record_of_root};
use super::tree::Covered;
use super::{ALGORITHMS, ProofError};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::evidence::{DataObject, EvidenceRecord, renewed_leaf};
use crate::office::ports::{ProofKind, ProofTreeRow};
use crate::office::{Judge, Office, OfficeError};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::collections::{BTreeMap, HashSet};

/// The proofs of nights that the same authorities stamped, one after another, with the record of one of them.
#[derive(Clone)]
pub(super) struct Lineage {
    /// The nights, in ascending order; the record is of the first whose way leads here.
    pub nights: Vec<u64>,
    /// The record, up to the timestamp that stands.
    pub record: EvidenceRecord,
    /// What it is over.
    pub data: Vec<DataObject>,
}

/// A night that stands for a lineage: its first leaf's way, and the entry of the ledger that this leaf is.
struct Chosen {
    nights: Vec<u64>,
    way: Vec<Step>,
    entry: u64,
    algorithm: DigestAlgorithm,
}

impl Lineage {
    /// Judges it at an instant.
    pub fn judged(self, judge: &Judge, at: Instant) -> Judged {
        let report = judge.validate_evidence(&self.record, &self.data, at);
        Judged { lineage: self, report }
    }

    /// Makes the lineage of a timestamp alone.
    pub fn of_root(token: &[u8]) -> Result<Self, ProofError> {
        let token = TimestampToken::parse(token)?;
        let record = record_of_root(&token)?;
        Ok(Self { nights: Vec::new(), record, data: vec![DataObject::of(vec![token.imprint.clone()])] })
    }
}

impl Office {
    /// Makes the lineages that rest on the timestamp of a tree, as it stands. Of nights whose first leaf rests on another by now, there is none.
    pub(super) async fn lineages(&self, row: &ProofTreeRow, token: &[u8]) -> Result<Vec<Lineage>, OfficeError> {
        let (mut grove, number) = (self.grove().await?, row.number);
        let chosen = self.busy(move || Ok::<_, OfficeError>((grove.chosen(number)?, grove))).await??;
        let (chosen, mut grove) = chosen;
        let mut tx = self.read().await?;
        let mut with_data = Vec::new();
        for one in chosen {
            let entry = tx.entries_after(one.entry.saturating_sub(1), 1).await?.pop();
            let entry = entry.filter(|entry| entry.seq == one.entry);
            let entry = entry.ok_or_else(|| ProofError::damaged(number, "the ledger lacks entries that it is over"))?;
            with_data.push((one, vec![entry_object(&entry, &ALGORITHMS)]));
        }
        drop(tx);
        let token = token.to_vec();
        self.busy(move || {
            let lineage = |(chosen, data): (Chosen, Vec<DataObject>)| {
                let leaf = leaf_of(&data, chosen.algorithm).map_err(ProofError::from)?;
                let of_data = |so_far: &EvidenceRecord, algorithm| Ok(renewed_leaf(so_far, &data, algorithm)?);
                let record = grove.record(&chosen.way, &leaf, &of_data, Some(&token))?;
                Ok(Lineage { nights: chosen.nights, record, data })
            };
            with_data.into_iter().map(lineage).collect()
        })
        .await?
    }
}

impl Grove {
    /// Chooses a night for each lineage under a tree.
    fn chosen(&mut self, number: u64) -> Result<Vec<Chosen>, OfficeError> {
        let mut by_authorities: BTreeMap<Vec<Sha256Hex>, Vec<u64>> = BTreeMap::new();
        for (authorities, night) in self.stamped(number)? {
            by_authorities.entry(authorities).or_default().push(night);
        }
        let all = self.nights_until(number);
        let mut chosen = Vec::new();
        for nights in by_authorities.into_values() {
            for night in all.iter().filter(|night| nights.contains(&night.number)) {
                let way = self.way(night.number, 0)?;
                if way.last().is_some_and(|last| last.tree == number) {
                    chosen.push(Chosen { nights, way, entry: night.first, algorithm: night.algorithm });
                    break;
                }
            }
        }
        Ok(chosen)
    }

    /// Lists the nights that a tree is over, at whatever remove, each with who stamped it and what renewed it, but for the tree itself.
    fn stamped(&mut self, number: u64) -> Result<Vec<(Vec<Sha256Hex>, u64)>, OfficeError> {
        if self.is_night(number) {
            return Ok(vec![(Vec::new(), number)]);
        }
        let renewed: Vec<(u64, Vec<u8>)> = match &self.tree(number)?.covered {
            Covered::Night { .. } => Vec::new(),
            Covered::Timestamps(trees) => trees.iter().map(|one| (one.tree, one.token.clone())).collect(),
            Covered::Data(all) => all.iter().map(|one| (one.renewed.tree, one.renewed.token.clone())).collect(),
        };
        let (mut stamped, mut seen) = (Vec::new(), HashSet::new());
        for (tree, token) in renewed {
            if tree >= number || !seen.insert(tree) {
                continue;
            }
            let signer = authority_of(&token)?;
            for (mut authorities, night) in self.stamped(tree)? {
                authorities.push(signer.clone());
                stamped.push((authorities, night));
            }
        }
        Ok(stamped)
    }

    fn is_night(&self, number: u64) -> bool {
        self.kind_of(number) == Some(ProofKind::Night)
    }
}

/// Names the authority of a timestamp by the SHA-256 of its certificate.
pub(super) fn authority_of(token: &[u8]) -> Result<Sha256Hex, ProofError> {
    let token = TimestampToken::parse(token)?;
    Ok(token
        .signer_certificate(&[])
        .map_or_else(|| Sha256Hex::of(b""), |signer| Sha256Hex::from_bytes(signer.sha256())))
}
