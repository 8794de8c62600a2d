//! The one place that destroys: keys, then every copy, then proof that nothing is left.

use super::checkpoint::VaultStep;
use super::disk;
use super::opening::DiskVault;
use crate::id::RecordId;
use crate::office::ports::{AbsenceCheck, AbsenceEvidence, DestructionClaim, RemovedItem, VaultError};
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;

impl DiskVault {
    pub(super) fn destroy_record(&self, claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        let _lock = self.lock()?;
        let record = claim.record;
        self.reached(VaultStep::DestroyBegun)?;
        let (mut removed, mut paths) = (Vec::new(), Vec::new());
        // Keys in every key store first: from here on every copy that still exists, known or not, is unreadable.
        for root in &self.keys {
            for path in root.files_of(record)? {
                let size_bytes = disk::overwrite(&path)?;
                self.reached(VaultStep::KeyOverwritten)?;
                disk::remove(&path)?;
                removed.push(RemovedItem { place: root.place(&path), size_bytes, sha256: None });
                paths.push(path);
                self.reached(VaultStep::KeyRemoved)?;
            }
        }
        for root in &self.copies {
            for path in root.files_of(record)? {
                let (sha256, size_bytes) = disk::digest(&path)?;
                disk::remove(&path)?;
                removed.push(RemovedItem { place: root.place(&path), size_bytes, sha256: Some(sha256) });
                paths.push(path);
                self.reached(VaultStep::PackageRemoved)?;
            }
        }
        let evidence = self.prove_record_absent(record, removed, &paths)?;
        self.reached(VaultStep::AbsenceProven)?;
        Ok(evidence)
    }

    /// Looks again everywhere the record may lie: by listing each folder, and by name and by reading where a file was.
    pub(super) fn prove_record_absent(
        &self,
        record: RecordId,
        removed: Vec<RemovedItem>,
        paths: &[PathBuf],
    ) -> Result<AbsenceEvidence, VaultError> {
        self.all_present()?;
        let mut checks = Vec::new();
        for root in self.keys.iter().chain(&self.copies) {
            if let Some(left) = root.files_of(record)?.first() {
                return Err(VaultError::StillThere { place: root.place(left) });
            }
            for folder in [root.shard(record), root.temporary(), root.quarantine()] {
                // Durable before it is sworn to, also where an earlier call was stopped before its sync.
                if disk::exists(&folder)? {
                    disk::sync_folder(&folder)?;
                }
                checks.push(AbsenceCheck { place: root.place(&folder), method: "list".to_owned() });
            }
            for path in paths.iter().filter(|path| path.starts_with(&root.folder)) {
                let place = root.place(path);
                if disk::exists(path)? {
                    return Err(VaultError::StillThere { place });
                }
                match File::open(path) {
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(disk::trouble(path, error)),
                    Ok(_) => return Err(VaultError::StillThere { place }),
                }
                checks.push(AbsenceCheck { place: place.clone(), method: "stat".to_owned() });
                checks.push(AbsenceCheck { place, method: "read".to_owned() });
            }
        }
        // A disk that went away while it was looked at would have looked empty.
        self.all_present()?;
        Ok(AbsenceEvidence { record, removed, checks, proven_at: self.clock.now() })
    }
}
