//! The one place that destroys: keys, then every copy, then proof that nothing is left.

use super::checkpoint::VaultStep;
use super::opening::DiskVault;
use super::root::{QUARANTINE, Root, TEMPORARY, shard};
use crate::id::RecordId;
use crate::office::ports::{AbsenceCheck, AbsenceEvidence, DestructionClaim, RemovedItem, VaultError};

impl DiskVault {
    pub(super) fn destroy_record(&self, claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        let _lock = self.lock()?;
        let record = claim.record;
        // Where what is deleted is kept, destruction could not be proven, so it does not begin.
        self.copies.iter().try_for_each(Root::forgets)?;
        self.reached(VaultStep::DestroyBegun)?;
        let (mut removed, mut names) = (Vec::new(), Vec::new());
        // Keys in every key store first: from here on every copy that still exists, known or not, is unreadable.
        for root in &self.keys {
            for name in root.files_of(record)? {
                let size_bytes = root.overwrite(&name)?;
                self.reached(VaultStep::KeyOverwritten)?;
                root.remove(&name)?;
                removed.push(RemovedItem { place: root.place(&name), size_bytes, sha256: None });
                names.push((root, name));
                self.reached(VaultStep::KeyRemoved)?;
            }
        }
        for root in &self.copies {
            for name in root.files_of(record)? {
                let (sha256, size_bytes) = root.measure(&name)?;
                root.remove(&name)?;
                removed.push(RemovedItem { place: root.place(&name), size_bytes, sha256: Some(sha256) });
                names.push((root, name));
                self.reached(VaultStep::PackageRemoved)?;
            }
        }
        let evidence = self.prove_record_absent(record, removed, &names)?;
        self.reached(VaultStep::AbsenceProven)?;
        Ok(evidence)
    }

    /// Looks again everywhere the record may lie: by listing each folder, and by name and by reading where a file was.
    pub(super) fn prove_record_absent(
        &self,
        record: RecordId,
        removed: Vec<RemovedItem>,
        names: &[(&Root, String)],
    ) -> Result<AbsenceEvidence, VaultError> {
        self.all_present()?;
        let mut checks = Vec::new();
        for root in self.keys.iter().chain(&self.copies) {
            if let Some(left) = root.files_of(record)?.first() {
                return Err(VaultError::StillThere { place: root.place(left) });
            }
            for folder in [&shard(record), TEMPORARY, QUARANTINE] {
                // Durable before it is sworn to, also where an earlier call was stopped before its sync.
                root.sync(folder)?;
                checks.push(AbsenceCheck { place: root.place(folder), method: "list".to_owned() });
            }
        }
        for (root, name) in names {
            let place = root.place(name);
            if root.exists(name)? || root.read(name, u64::MAX)?.is_some() {
                return Err(VaultError::StillThere { place });
            }
            checks.push(AbsenceCheck { place: place.clone(), method: "stat".to_owned() });
            checks.push(AbsenceCheck { place, method: "read".to_owned() });
        }
        // A disk that went away while it was looked at would have looked empty; so would what a store has put aside.
        self.all_present()?;
        self.copies.iter().try_for_each(Root::forgets)?;
        Ok(AbsenceEvidence { record, removed, checks, proven_at: self.clock.now() })
    }
}
