//! The memory of the rows, beside the packages: in every copy one index, under a key of its own that goes with it and proven
//! by the master identity, and the parts that it names.

use super::opening::DiskVault;
use super::root::{MEMORY, Root, last};
use crate::office::ports::{MEMORY_VERSION, Memory, Remembered, VaultError};
use crate::package::{self, PackageIdentity};
use zeroize::Zeroizing;

/// The largest index, in bytes; a part takes some 250.
const LONGEST_BYTES: u64 = 1 << 28;
/// The largest wrapped key, in bytes.
const LONGEST_KEY_BYTES: u64 = 1 << 16;

impl DiskVault {
    pub(super) fn keep_memory(&self, memory: &Memory, also_newer: bool) -> Result<Remembered, VaultError> {
        let _lock = self.lock()?;
        let seq = memory.seq;
        if let Some(newer) = self.newest_memory()?.filter(|newest| *newest > seq && !also_newer) {
            return Ok(Remembered::Newer(newer));
        }
        // Somebody else may have removed what was to stay, or the disk may have lost it.
        if !self.has_parts(&memory.parts, seq)? {
            return Ok(Remembered::Incomplete);
        }
        let identity = self.memory_key(seq)?.unwrap_or_else(PackageIdentity::generate);
        let wrapped = package::wrap_identity(&identity, &self.master)?;
        for root in &self.keys {
            if !root.exists(&name(root, seq))? {
                root.put(&name(root, seq), &wrapped, self.checkpoint())?;
            }
        }
        let plain = serde_json::to_vec(memory).map(Zeroizing::new);
        let plain = plain.map_err(|error| VaultError::Layout(format!("the index cannot be written: {error}")))?;
        let sealed = package::seal_proven(&plain, &identity, &self.master)?;
        for root in &self.copies {
            match self.memory_in(root, seq) {
                Ok(there) if there == *memory => continue,
                Err(trouble @ (VaultError::Unavailable { .. } | VaultError::Disk { .. })) => return Err(trouble),
                // Nothing, or what is not proven, or what an earlier turn left.
                _ => root.remove(&name(root, seq))?,
            }
            root.put(&name(root, seq), &sealed, self.checkpoint())?;
        }
        self.forget_all_but(memory)?;
        Ok(Remembered::Done)
    }

    /// Removes what was remembered before, once every copy has the new index; keys first: then no copy of a copy can be read
    /// either.
    fn forget_all_but(&self, memory: &Memory) -> Result<(), VaultError> {
        for root in self.keys.iter().chain(&self.copies) {
            for other in root.list(MEMORY)?.into_iter().filter(|other| *other != name(root, memory.seq)) {
                if root.ending == "key" {
                    root.overwrite(&other)?;
                    root.sync(&other)?;
                }
                root.remove(&other)?;
            }
        }
        self.remove_other_parts(&memory.parts)
    }

    pub(super) fn has_memory(&self, seq: u64) -> Result<bool, VaultError> {
        for root in self.keys.iter().chain(&self.copies) {
            if root.list(MEMORY)? != [name(root, seq)] {
                return Ok(false);
            }
        }
        for root in &self.copies {
            match self.memory_in(root, seq) {
                Ok(memory) if self.has_no_other_parts(root, &memory.parts)? => {}
                Err(trouble @ (VaultError::Unavailable { .. } | VaultError::Disk { .. })) => return Err(trouble),
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Returns the newest index that can be read and is proven, whichever copy has it.
    pub(super) fn newest_sound_memory(&self) -> Result<Option<Memory>, VaultError> {
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
                Ok(memory) => return Ok(Some(memory)),
                Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
            }
        }
        first_trouble.map_or(Ok(None), Err)
    }

    fn memory_in(&self, root: &Root, seq: u64) -> Result<Memory, VaultError> {
        let missing = |root: &Root| VaultError::ReadBack { place: root.place(&name(root, seq)) };
        let sealed = root.read(&name(root, seq), LONGEST_BYTES)?.ok_or_else(|| missing(root))?;
        let identity = self.memory_key(seq)?.ok_or_else(|| missing(root))?;
        let plain = package::open_proven(&sealed, &identity, &self.master, LONGEST_BYTES).map(Zeroizing::new)?;
        let memory: Option<Memory> = serde_json::from_slice(&plain).ok();
        let ours = memory.filter(|memory| memory.version == MEMORY_VERSION && memory.seq == seq);
        ours.ok_or_else(|| {
            let place = root.place(&name(root, seq));
            VaultError::Layout(format!("{place} is in another version's form; `db remember` writes it anew"))
        })
    }

    /// Returns the key of an index from the first key store where it unwraps.
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

/// Names the index of what is remembered as of an entry, or its key, so that names sort as entries do.
fn name(root: &Root, seq: u64) -> String {
    format!("{MEMORY}/{seq:020}.{}", if root.ending == "key" { "key" } else { "rows" })
}

/// Returns the entry that an index, or its key, is as of, by its name.
pub(super) fn seq_of(name: &str) -> Option<u64> {
    let name = last(name);
    name.strip_suffix(".rows").or_else(|| name.strip_suffix(".key"))?.parse().ok()
}
