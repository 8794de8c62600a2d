//! The memory of the rows, beside the packages: one file in every copy, under a key of its own that goes with it, and proven
//! by the master identity.

use super::opening::DiskVault;
use super::root::{MEMORY, Root, last};
use crate::office::ports::VaultError;
use crate::package::{self, PackageIdentity};

/// The largest memory, in bytes.
const LONGEST_BYTES: u64 = 1 << 32;
/// The largest wrapped key, in bytes.
const LONGEST_KEY_BYTES: u64 = 1 << 16;

impl DiskVault {
    pub(super) fn keep_memory(&self, seq: u64, plain: &[u8], also_newer: bool) -> Result<Option<u64>, VaultError> {
        let _lock = self.lock()?;
        if let Some(newer) = self.newest_memory()?.filter(|newest| *newest > seq && !also_newer) {
            return Ok(Some(newer));
        }
        let identity = self.memory_key(seq)?.unwrap_or_else(PackageIdentity::generate);
        let wrapped = package::wrap_identity(&identity, &self.master)?;
        for root in &self.keys {
            if !root.exists(&name(root, seq))? {
                root.put(&name(root, seq), &wrapped, self.checkpoint())?;
            }
        }
        let sealed = package::seal_proven(plain, &identity, &self.master)?;
        for root in &self.copies {
            match self.memory_in(root, seq) {
                Ok(_) => continue,
                Err(trouble @ (VaultError::Unavailable { .. } | VaultError::Disk { .. })) => return Err(trouble),
                // Nothing, or nothing that was proven.
                Err(_) => root.remove(&name(root, seq))?,
            }
            root.put(&name(root, seq), &sealed, self.checkpoint())?;
        }
        // Not before every copy has the new one; keys first: then no copy of a copy can be read either.
        for root in self.keys.iter().chain(&self.copies) {
            for other in root.list(MEMORY)?.into_iter().filter(|other| *other != name(root, seq)) {
                if root.ending == "key" {
                    root.overwrite(&other)?;
                }
                root.remove(&other)?;
            }
        }
        Ok(None)
    }

    pub(super) fn has_memory(&self, seq: u64) -> Result<bool, VaultError> {
        for root in self.keys.iter().chain(&self.copies) {
            if root.list(MEMORY)? != [name(root, seq)] {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the newest memory that can be read and is proven, whichever copy has it.
    pub(super) fn newest_sound_memory(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let mut found = Vec::new();
        for root in &self.copies {
            if self.seen(root)? {
                let names = root.list(MEMORY)?;
                found.extend(names.iter().filter_map(|name| seq_of(name)).map(|seq| (seq, root)));
            }
        }
        found.sort_by(|(one, _), (other, _)| other.cmp(one));
        let mut first_trouble = None;
        for (seq, root) in found {
            match self.memory_in(root, seq) {
                Ok(plain) => return Ok(Some(plain)),
                Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
            }
        }
        first_trouble.map_or(Ok(None), Err)
    }

    fn memory_in(&self, root: &Root, seq: u64) -> Result<Vec<u8>, VaultError> {
        let missing = |root: &Root| VaultError::ReadBack { place: root.place(&name(root, seq)) };
        let sealed = root.read(&name(root, seq), LONGEST_BYTES)?.ok_or_else(|| missing(root))?;
        let identity = self.memory_key(seq)?.ok_or_else(|| missing(root))?;
        Ok(package::open_proven(&sealed, &identity, &self.master, LONGEST_BYTES)?)
    }

    /// Returns the key of a memory from the first key store where it unwraps.
    fn memory_key(&self, seq: u64) -> Result<Option<PackageIdentity>, VaultError> {
        for root in &self.keys {
            let Some(wrapped) = root.read(&name(root, seq), LONGEST_KEY_BYTES)? else { continue };
            if let Ok(identity) = package::unwrap_identity(&wrapped, &self.master) {
                return Ok(Some(identity));
            }
        }
        Ok(None)
    }

    fn newest_memory(&self) -> Result<Option<u64>, VaultError> {
        let mut newest = None;
        for root in &self.copies {
            newest = newest.max(root.list(MEMORY)?.iter().filter_map(|name| seq_of(name)).max());
        }
        Ok(newest)
    }
}

/// Names the memory of the rows as of an entry of the ledger, or its key, so that names sort as entries do.
fn name(root: &Root, seq: u64) -> String {
    format!("{MEMORY}/{seq:020}.{}", if root.ending == "key" { "key" } else { "rows" })
}

/// Returns the entry that a memory, or its key, is as of, by its name.
pub(super) fn seq_of(name: &str) -> Option<u64> {
    let name = last(name);
    name.strip_suffix(".rows").or_else(|| name.strip_suffix(".key"))?.parse().ok()
}
