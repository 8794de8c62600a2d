//! One folder of packages or of wrapped keys, and the paths in it.

use super::checkpoint::{VaultCheckpoint, VaultStep};
use super::disk;
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::ports::{PackageName, VaultError};
use std::path::{Path, PathBuf};

/// A folder of the vault: a copy of the packages, or a key store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// How reports call it, for example `copy-1` or `keys-1`.
    pub(super) label: String,
    /// Where it is.
    pub(super) folder: PathBuf,
    /// What its files end in, `pkg` or `key`.
    pub(super) ending: &'static str,
}

impl Root {
    /// Returns the path of a package's file below the root, for example `v1/ab/cd/….1.pkg`.
    pub(super) fn relative(&self, package: PackageName) -> String {
        let (first, second) = shards(package.record);
        format!("v1/{first}/{second}/{package}.{}", self.ending)
    }

    /// Returns the path of a package's file.
    pub(super) fn path(&self, package: PackageName) -> PathBuf {
        self.folder.join(self.relative(package))
    }

    /// Returns the folder where every version of a record lies.
    pub(super) fn shard(&self, record: RecordId) -> PathBuf {
        let (first, second) = shards(record);
        self.folder.join("v1").join(first).join(second)
    }

    /// Returns the folder of what is being written.
    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Returns the path of a package's file while it is being written.
    pub(super) fn temporary_of(&self, package: PackageName) -> PathBuf {
        self.temporary().join(format!("{package}.{}", self.ending))
    }

    /// Returns the folder of what nobody may delete.
    pub(super) fn quarantine(&self) -> PathBuf {
        self.folder.join("quarantine")
    }

    /// Returns how reports call a path in this root.
    pub(super) fn place(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.folder).unwrap_or(path);
        format!("{}:{}", self.label, below.display())
    }

    /// Lists every file of a record: all versions, and what lies in `tmp/` and `quarantine/`.
    pub(super) fn files_of(&self, record: RecordId) -> Result<Vec<PathBuf>, VaultError> {
        self.files_among(record, &self.aside()?)
    }

    /// Lists every file of a record, with `tmp/` and `quarantine/` as they were listed before.
    pub(super) fn files_among(&self, record: RecordId, aside: &[PathBuf]) -> Result<Vec<PathBuf>, VaultError> {
        let prefix = format!("{record}.");
        let mut files = disk::list(&self.shard(record))?;
        files.extend_from_slice(aside);
        files.retain(|path| disk::name_of(path).starts_with(&prefix));
        Ok(files)
    }

    /// Lists what lies in `tmp/` and `quarantine/`.
    pub(super) fn aside(&self) -> Result<Vec<PathBuf>, VaultError> {
        let mut files = disk::list(&self.temporary())?;
        files.extend(disk::list(&self.quarantine())?);
        Ok(files)
    }

    /// Writes a file under its name for good: temporary file, sync, read back, name without replacing, sync the folder.
    pub(super) fn publish(
        &self,
        package: PackageName,
        bytes: &[u8],
        checkpoint: &dyn VaultCheckpoint,
    ) -> Result<(), VaultError> {
        let path = self.path(package);
        let temporary = self.temporary_of(package);
        let reached = |step| checkpoint.reached(step).map_err(|error| disk::trouble(&path, error));
        disk::remove(&temporary)?;
        let written = (|| {
            disk::write_new(&temporary, bytes)?;
            reached(VaultStep::TemporaryWritten)?;
            let (digest, _) = disk::digest(&temporary)?;
            if digest != Sha256Hex::of(bytes) {
                return Err(VaultError::ReadBack { place: self.place(&temporary) });
            }
            reached(VaultStep::TemporaryVerified)?;
            let folder = self.shard(package.record);
            disk::make_folders(&self.folder, &folder)?;
            disk::rename_new(&temporary, &path)?;
            reached(VaultStep::Renamed)?;
            disk::sync(&folder)?;
            reached(VaultStep::FolderSynced)
        })();
        if written.is_err() {
            // The trouble that stopped the write is the one to report.
            let _ = disk::remove(&temporary);
        }
        written
    }

    /// Moves a file to quarantine under a name that is free there. Returns where it went.
    pub(super) fn set_aside(&self, path: &Path) -> Result<String, VaultError> {
        const MOST: u32 = 10_000;
        let folder = self.quarantine();
        let name = disk::name_of(path);
        for number in 0..MOST {
            let target = folder.join(if number == 0 { name.to_owned() } else { format!("{name}.{number}") });
            if disk::exists(&target)? {
                continue;
            }
            disk::rename_new(path, &target)?;
            disk::sync(&folder)?;
            path.parent().map_or(Ok(()), disk::sync)?;
            return Ok(self.place(&target));
        }
        Err(VaultError::Layout(format!("{} is full of {name}", self.place(&folder))))
    }
}

/// Returns the two folder names over a record: the first two pairs of its digits.
fn shards(record: RecordId) -> (String, String) {
    let digits = record.to_string();
    let pair = |from: usize| digits.get(from..from + 2).unwrap_or("00").to_owned();
    (pair(0), pair(2))
}
