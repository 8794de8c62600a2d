//! Renewal of trees (RFC 4998, 5.2, hash-tree renewal): every leaf that rests on a timestamp is digested anew, and joined with
//! its record so far.

use super::data::{entry_object, leaf_of, living};
use super::grove::{Grove, Night};
use super::night::{MOST_LEAVES, PAGE};
use super::renew::{Candidate, authority};
use super::tree::{Covered, RenewedData};
use super::{ALGORITHMS, ProofError, ProofRun};
use crate::digest::DigestAlgorithm;
use crate::evidence::{DataObject, EvidenceRecord, HashTreeBuilder, renewed_leaf};
use crate::id::RecordId;
use crate::office::{Office, OfficeError};
use crate::time::Instant;

/// A tree over data that is being built. What does not go into it has its turn in the next one.
struct Building {
    grove: Grove,
    algorithm: DigestAlgorithm,
    builder: HashTreeBuilder,
    leaves: usize,
}

/// A leaf of a night, with what it stands for.
struct Datum {
    place: u32,
    objects: Vec<DataObject>,
}

impl Office {
    /// Renews what rests on the timestamps of some trees by an algorithm that outlasts theirs. A package that cannot be digested
    /// anew stays behind, and its tree stands on.
    pub(super) async fn renew_data(&self, candidates: Vec<Candidate>, run: &mut ProofRun) -> Result<(), OfficeError> {
        let algorithm = self.algorithm_of_new_trees()?;
        let builder = HashTreeBuilder::new(algorithm);
        let mut building = Building { grove: self.grove().await?, algorithm, builder, leaves: 0 };
        let (mut covered, mut behind, mut earliest) = (Vec::new(), None, None);
        for candidate in candidates {
            let until = candidate.until;
            let (back, renewed, trouble) = self.renew_data_of(building, candidate).await?;
            (building, behind) = (back, behind.or(trouble));
            if !renewed.nights.is_empty() || renewed.is_whole {
                earliest = Some(earliest.map_or(until, |earliest: Instant| earliest.min(until)));
                covered.push(renewed);
            }
        }
        if building.leaves == 0 {
            return Err(behind.unwrap_or_else(|| ProofError::NoAlgorithm.into()));
        }
        let hashes = building.builder.finish().map_err(ProofError::from)?;
        let token = self.stamp(hashes.root()).await?;
        let until = self.end_of(&token).await?;
        if earliest.is_some_and(|earliest| until <= earliest) {
            return Err(ProofError::GainsNothing(authority(&token)).into());
        }
        run.renewed.push(self.keep_renewal(Covered::Data(covered), hashes.nodes().to_vec(), algorithm, &token).await?);
        // What stayed behind is told, and tried again; what was done is kept.
        behind.map_or(Ok(()), Err)
    }

    /// Puts into the tree what rests on the timestamp of one other.
    async fn renew_data_of(
        &self,
        mut building: Building,
        candidate: Candidate,
    ) -> Result<(Building, RenewedData, Option<OfficeError>), OfficeError> {
        let (renewed, head) = (candidate.renewed, candidate.row.number);
        let mut done = RenewedData { renewed, is_whole: true, nights: Vec::new() };
        let mut trouble = None;
        for Night { number: night, first, last, .. } in building.grove.nights_until(head) {
            let mut places = Vec::new();
            let mut seq = first - 1;
            while seq < last && building.leaves < MOST_LEAVES {
                let page = self.read().await?.entries_after(seq, PAGE).await?;
                let data: Vec<Datum> = page
                    .iter()
                    .take_while(|entry| entry.seq <= last)
                    .map(|entry| Datum {
                        place: u32::try_from(entry.seq - first).unwrap_or(u32::MAX),
                        objects: vec![entry_object(entry, &ALGORITHMS)],
                    })
                    .collect();
                if data.is_empty() {
                    return Err(ProofError::damaged(night, "the ledger lacks entries that it is over").into());
                }
                seq += data.len() as u64;
                let token = done.renewed.token.clone();
                let added = self.busy(move || building.add(night, head, &token, data)).await??;
                building = added.0;
                places.extend(added.1);
            }
            let records = building.grove.records_of(night)?;
            for (index, id) in records.into_iter().enumerate() {
                let place = u32::try_from(last + 1 - first + index as u64).unwrap_or(u32::MAX);
                match self.datum_of(id, place).await {
                    Ok(None) => {}
                    Ok(Some(datum)) if building.leaves < MOST_LEAVES => {
                        let token = done.renewed.token.clone();
                        let added = self.busy(move || building.add(night, head, &token, vec![datum])).await??;
                        building = added.0;
                        places.extend(added.1);
                    }
                    Ok(Some(_)) => done.is_whole = false,
                    Err(error @ (OfficeError::Vault(_) | OfficeError::Proof(_))) => {
                        done.is_whole = false;
                        trouble = Some(OfficeError::Proof(ProofError::NotDigested(id.to_string())));
                        tracing::error!(code = crate::fault::Fault::code(&error), record = %id, "a package cannot be digested anew");
                    }
                    Err(error) => return Err(error),
                }
            }
            done.is_whole &= seq >= last;
            if !places.is_empty() {
                done.nights.push((night, places));
            }
        }
        Ok((building, done, trouble))
    }

    /// Digests the package of a record, where it still has one.
    async fn datum_of(&self, id: RecordId, place: u32) -> Result<Option<Datum>, OfficeError> {
        let row = {
            let mut tx = self.read().await?;
            living(&mut *tx, id).await?
        };
        match row {
            Some(row) => Ok(Some(Datum { place, objects: self.package_objects(&row, &ALGORITHMS).await? })),
            None => Ok(None),
        }
    }
}

impl Building {
    /// Adds leaves of a night, as far as they rest on the timestamp of that tree; returns their places.
    fn add(mut self, night: u64, head: u64, token: &[u8], data: Vec<Datum>) -> Result<(Self, Vec<u32>), OfficeError> {
        let mut places = Vec::new();
        let first = self.grove.tree(night)?.algorithm;
        for Datum { place, objects } in data {
            let way = self.grove.way(night, place)?;
            if way.last().is_none_or(|last| last.tree != head) {
                continue;
            }
            let leaf = leaf_of(&objects, first).map_err(ProofError::from)?;
            let of_data = |so_far: &EvidenceRecord, algorithm| Ok(renewed_leaf(so_far, &objects, algorithm)?);
            let record = self.grove.record(&way, &leaf, &of_data, Some(token))?;
            let leaf = renewed_leaf(&record, &objects, self.algorithm).map_err(ProofError::from)?;
            self.builder.push(&leaf).map_err(ProofError::from)?;
            self.leaves += 1;
            places.push(place);
        }
        Ok((self, places))
    }
}
