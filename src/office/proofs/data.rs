//! What the leaves of a night stand for: entries of the ledger by their canonical JSON, packages by the document as it was
//! received and by the bag.

use super::ProofError;
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{DataObject, EvidenceError, Leaf};
use crate::id::RecordId;
use crate::ledger::Entry;
use crate::office::ports::{RecordRow, Transaction, VaultError};
use crate::office::{Office, OfficeError};
use crate::package::{PackageLimits, read_bag};

/// The verb by which a package comes into the ledger.
const FILED: &str = "record.filed";

/// Digests an entry of the ledger: the bytes that its hash is over.
pub(super) fn entry_object(entry: &Entry, algorithms: &[DigestAlgorithm]) -> DataObject {
    DataObject::digested(entry.hashed_json().as_bytes(), algorithms)
}

/// Returns the record whose package an entry files.
pub(super) fn filed_by(entry: &Entry) -> Option<RecordId> {
    if entry.verb.as_str() == FILED { entry.subject.as_str().parse().ok() } else { None }
}

/// Makes the leaf of what belongs together.
pub(super) fn leaf_of(objects: &[DataObject], algorithm: DigestAlgorithm) -> Result<Leaf, EvidenceError> {
    let digest = |object: &DataObject| object.digest(algorithm).cloned().ok_or(EvidenceError::OtherAlgorithm);
    Leaf::group(&objects.iter().map(digest).collect::<Result<Vec<Digest>, _>>()?)
}

/// Returns a record's row, as long as its bytes must exist.
pub(super) async fn living(tx: &mut dyn Transaction, id: RecordId) -> Result<Option<RecordRow>, OfficeError> {
    Ok(tx.record(id).await?.filter(|row| row.record.state.keeps_bytes()))
}

impl Office {
    /// Digests a package: the document as it was received, and the bag. It is read only for what the row does not say.
    pub(super) async fn package_objects(
        &self,
        row: &RecordRow,
        algorithms: &[DigestAlgorithm],
    ) -> Result<Vec<DataObject>, OfficeError> {
        let known = [row.record.sha256.to_digest(), row.receipt.bag_sha256.to_digest()];
        if algorithms.iter().all(|algorithm| *algorithm == DigestAlgorithm::Sha256) {
            return Ok(known.into_iter().map(|digest| DataObject::of(vec![digest])).collect());
        }
        let (package, sealed, algorithms) =
            (row.receipt.package, row.receipt.sealed_sha256.clone(), algorithms.to_vec());
        let read = self.with_vault(move |vault| {
            let bag = vault.read(package, &sealed)?;
            let contents = read_bag(&bag, &PackageLimits::default()).map_err(VaultError::from)?;
            let document = contents.originals.first().map(|original| original.bytes.as_slice()).unwrap_or_default();
            let all = with_sha256(&algorithms);
            Ok([DataObject::digested(document, &all), DataObject::digested(&bag, &all)])
        });
        let objects = read.await?;
        let is_known =
            |(object, digest): (&DataObject, &Digest)| object.digest(DigestAlgorithm::Sha256) == Some(digest);
        match objects.iter().zip(&known).all(is_known) {
            true => Ok(objects.to_vec()),
            false => Err(ProofError::NotDigested(row.record.id.to_string()).into()),
        }
    }
}

fn with_sha256(algorithms: &[DigestAlgorithm]) -> Vec<DigestAlgorithm> {
    let mut all = algorithms.to_vec();
    if !all.contains(&DigestAlgorithm::Sha256) {
        all.push(DigestAlgorithm::Sha256);
    }
    all
}
