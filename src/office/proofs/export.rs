//! The proof of one thing alone: its evidence record (RFC 4998), which others can judge without us.

use super::data::{entry_object, filed_by, leaf_of, living};
use super::grove::{Grove, Step};
use super::{ALGORITHMS, KEEPERS, ProofError};
use crate::digest::DigestAlgorithm;
use crate::evidence::{DataObject, EvidenceRecord, renewed_leaf};
use crate::id::RecordId;
use crate::ledger::Entry;
use crate::office::records::FilingError;
use crate::office::records::sight::{VIEWED, see_record};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::validate::EvidenceReport;

/// Who may have the proof of a record that they may see.
const READERS: &[Role] = &[Role::Clerk, Role::Approver, Role::RecordsClerk, Role::RecordsManager, Role::Auditor];

/// What is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// A package: the document as it was received, and the bag.
    Record(RecordId),
    /// An entry of the ledger: the canonical JSON that its hash is over.
    Entry(u64),
}

/// A proof to be handed out.
#[derive(Clone, Debug)]
pub struct ExportedProof {
    /// The evidence record, DER.
    pub record: Vec<u8>,
    /// What it is over, where that is no secret: the bytes of an entry of the ledger.
    pub data: Option<Vec<u8>>,
    /// Our own judgement on it.
    pub report: EvidenceReport,
}

impl Office {
    /// Returns the proof of a record or of an entry of the ledger.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`]; as [`Office::record_view`] where the record is not to be seen; [`ProofError::NotYet`] before
    /// the nightly run; [`ProofError::Damaged`], [`OfficeError::Vault`] where a tree or the package cannot be read.
    pub async fn proof(&self, actor: &Actor, of: Proven) -> Result<ExportedProof, OfficeError> {
        match of {
            Proven::Entry(seq) => {
                actor.require_any(KEEPERS)?;
                self.proof_of_entry(seq).await
            }
            Proven::Record(id) => {
                actor.require_any(READERS)?;
                let (reader, mut tx) = (self.reader(actor), self.read().await?);
                let row = living(&mut *tx, id).await?.ok_or(FilingError::NoSuchRecord(id))?;
                if see_record(&mut *tx, &reader, &row).await? {
                    let mut tx = self.begin_reading().await?;
                    tx.append(self.entry(actor, VIEWED, id)?).await?;
                    tx.commit().await?;
                }
                let entries = tx.entries_about(&id.to_string()).await?;
                let filed = entries.into_iter().find(|entry| filed_by(entry) == Some(id)).ok_or_else(|| not_yet(of))?;
                drop(tx);
                let objects = self.package_objects(&row, &self.algorithms_of(&filed).await?).await?;
                self.exported(of, &filed, objects, None).await
            }
        }
    }

    /// Tells whether a tree is over the package of a record. Whoever asks may see the record.
    pub async fn has_proof(&self, id: RecordId) -> Result<bool, OfficeError> {
        let mut tx = self.read().await?;
        let filed = tx.entries_about(&id.to_string()).await?.into_iter().find(|entry| filed_by(entry) == Some(id));
        match filed {
            Some(filed) => Ok(tx.night_over(filed.seq).await?.is_some()),
            None => Ok(false),
        }
    }

    /// Lists the digest algorithms of the trees that can be on the way of what an entry brought.
    async fn algorithms_of(&self, entry: &Entry) -> Result<Vec<DigestAlgorithm>, OfficeError> {
        let rows = self.read().await?.proof_trees().await?;
        let night = rows.iter().position(|row| row.entries.is_some_and(|(_, last)| last >= entry.seq));
        let mut all: Vec<_> = rows.iter().skip(night.unwrap_or(rows.len())).map(|row| row.algorithm).collect();
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    async fn proof_of_entry(&self, seq: u64) -> Result<ExportedProof, OfficeError> {
        let of = Proven::Entry(seq);
        let entry = self.read().await?.entries_after(seq.saturating_sub(1), 1).await?.pop();
        let entry = entry.filter(|entry| entry.seq == seq && seq > 0).ok_or_else(|| not_yet(of))?;
        let objects = vec![entry_object(&entry, &ALGORITHMS)];
        let data = Some(entry.hashed_json().into_bytes());
        self.exported(of, &entry, objects, data).await
    }

    async fn exported(
        &self,
        of: Proven,
        entry: &Entry,
        objects: Vec<DataObject>,
        data: Option<Vec<u8>>,
    ) -> Result<ExportedProof, OfficeError> {
        let (mut grove, seq, judge, now) = (self.grove().await?, entry.seq, self.judge(), self.now());
        self.busy(move || {
            let (way, algorithm) = best_way(&mut grove, of, seq)?;
            let leaf = leaf_of(&objects, algorithm).map_err(ProofError::from)?;
            let of_data = |so_far: &EvidenceRecord, algorithm| Ok(renewed_leaf(so_far, &objects, algorithm)?);
            let token = grove.standing_token(&way)?;
            let record = grove.record(&way, &leaf, &of_data, token.as_deref())?;
            let report = judge.validate_evidence(&record, &objects, now);
            Ok(ExportedProof { record: record.to_der(), data, report })
        })
        .await?
    }
}

/// Finds the way of what is proven: from the earliest night whose way leads to something that passes, else from the earliest. The
/// package of a record that was destroyed before the night came is in none.
fn best_way(grove: &mut Grove, of: Proven, seq: u64) -> Result<(Vec<Step>, DigestAlgorithm), OfficeError> {
    let mut best = None;
    for night in grove.nights_over(seq) {
        let place = match of {
            Proven::Entry(_) => Some(seq - night.first),
            Proven::Record(id) => {
                let among = grove.records_of(night.number)?.iter().position(|record| *record == id);
                among.map(|index| night.last + 1 - night.first + index as u64)
            }
        };
        let Some(place) = place.and_then(|place| u32::try_from(place).ok()) else { continue };
        let way = grove.way(night.number, place)?;
        if way.last().is_some_and(|last| grove.passes(last.tree, night.number)) {
            return Ok((way, night.algorithm));
        }
        best = best.or(Some((way, night.algorithm)));
    }
    best.ok_or_else(|| not_yet(of))
}

fn not_yet(of: Proven) -> OfficeError {
    ProofError::NotYet(match of {
        Proven::Record(id) => format!("record {id}"),
        Proven::Entry(seq) => format!("entry {seq} of the ledger"),
    })
    .into()
}
