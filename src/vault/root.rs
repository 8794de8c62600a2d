//! One copy of the packages, or one key store: a folder or a bucket, and the names in it.

use super::bucket::Bucket;
use super::checkpoint::{VaultCheckpoint, VaultStep};
use super::disk::{self, Outcome};
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::ports::{PackageName, VaultError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The file that marks a place as belonging to a vault.
const MARK: &str = "VAULT";
/// The folder of what is being written.
pub(super) const TEMPORARY: &str = "tmp";
/// The folder of what nobody may delete.
pub(super) const QUARANTINE: &str = "quarantine";
/// The folder of what is remembered of the rows.
pub(super) const MEMORY: &str = "memory";
/// The folder of the packages, or of the keys.
pub(super) const PACKAGES: &str = "v1";

/// A copy of the packages, or a key store. Names in it are relative and have `/` between their parts.
#[derive(Debug)]
pub(super) struct Root {
    /// How reports call it, for example `copy-1` or `keys-1`.
    pub(super) label: String,
    /// Where it is.
    pub(super) place: Place,
    /// What its files end in, `pkg` or `key`.
    pub(super) ending: &'static str,
    /// Set once the place has shown that it may be used.
    fit: OnceLock<()>,
}

/// Where a root is.
#[derive(Debug)]
pub(super) enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket of an object store.
    Bucket(Bucket),
}

impl Root {
    /// Names a place.
    pub(super) fn new(label: String, place: Place, ending: &'static str) -> Self {
        Self { label, place, ending, fit: OnceLock::new() }
    }

    /// Returns the name of a package's file, for example `v1/ab/cd/….1.pkg`.
    pub(super) fn name(&self, package: PackageName) -> String {
        format!("{}/{package}.{}", shard(package.record), self.ending)
    }

    /// Returns the name of a package's file while it is being written.
    pub(super) fn temporary_of(&self, package: PackageName) -> String {
        format!("{TEMPORARY}/{package}.{}", self.ending)
    }

    /// Returns how reports call a name in this root.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}:{name}", self.label)
    }

    /// Returns the folder, where the root is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder),
            Place::Bucket(_) => None,
        }
    }

    /// Returns where the root is, for people.
    pub(super) fn address(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Bucket(bucket) => bucket.address(),
        }
    }

    /// Tells whether something has this name.
    pub(super) fn exists(&self, name: &str) -> Result<bool, VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::exists(&folder.join(name)),
            Place::Bucket(bucket) => bucket.has(name),
        }
    }

    /// Reads a file of at most so many bytes; none where nothing has this name.
    pub(super) fn read(&self, name: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::read(&folder.join(name), limit_bytes),
            Place::Bucket(bucket) => match bucket.get(name)? {
                Some(bytes) if bytes.len() as u64 > limit_bytes => {
                    Err(disk::trouble(Path::new(name), io::Error::from(ErrorKind::FileTooLarge)))
                }
                Some(bytes) => Ok(Some(bytes)),
                // Where the bucket itself is gone nothing in it is missing.
                None if bucket.has(MARK)? => Ok(None),
                None => Err(self.unmarked()),
            },
        }
    }

    /// Reads a file, telling what is no file of ours from what cannot be read now.
    pub(super) fn look(&self, name: &str, limit_bytes: u64) -> Result<Outcome<Vec<u8>>, VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::read_at_all(&folder.join(name), |path| disk::read(path, limit_bytes)),
            Place::Bucket(_) => Ok(Outcome::of(self.read(name, limit_bytes))),
        }
    }

    /// Digests a file; returns its length in bytes with it.
    pub(super) fn digest(&self, name: &str, limit_bytes: u64) -> Result<Outcome<(Sha256Hex, u64)>, VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::read_at_all(&folder.join(name), |path| disk::digest(path).map(Some)),
            Place::Bucket(_) => {
                Ok(self.look(name, limit_bytes)?.map(|bytes| (Sha256Hex::of(&bytes), bytes.len() as u64)))
            }
        }
    }

    /// Returns the digest and the length in bytes of a file that must be there.
    pub(super) fn measure(&self, name: &str) -> Result<(Sha256Hex, u64), VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::digest(&folder.join(name)),
            Place::Bucket(bucket) => {
                let gone = || disk::trouble(Path::new(name), io::Error::from(ErrorKind::NotFound));
                let bytes = bucket.get(name)?.ok_or_else(gone)?;
                Ok((Sha256Hex::of(&bytes), bytes.len() as u64))
            }
        }
    }

    /// Lists the names in a folder in order, but not those in folders below it.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<String>, VaultError> {
        match &self.place {
            Place::Folder(root) => {
                let paths = disk::list(&root.join(folder))?;
                let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Ok(paths.iter().map(|path| format!("{folder}/{}", name(path))).collect())
            }
            Place::Bucket(bucket) => bucket.list(folder),
        }
    }

    /// Lists every file of a record: all versions, and what lies in `tmp/` and `quarantine/`.
    pub(super) fn files_of(&self, record: RecordId) -> Result<Vec<String>, VaultError> {
        self.files_among(record, &self.aside()?)
    }

    /// Lists every file of a record, with `tmp/` and `quarantine/` as they were listed before.
    pub(super) fn files_among(&self, record: RecordId, aside: &[String]) -> Result<Vec<String>, VaultError> {
        let prefix = format!("{record}.");
        let is_its = |name: &&String| last(name).starts_with(&prefix);
        let mut files = self.list(&shard(record))?;
        files.retain(|name| is_its(&name));
        files.extend(aside.iter().filter(is_its).cloned());
        Ok(files)
    }

    /// Lists what lies in `tmp/` and `quarantine/`.
    pub(super) fn aside(&self) -> Result<Vec<String>, VaultError> {
        let mut files = self.list(TEMPORARY)?;
        files.extend(self.list(QUARANTINE)?);
        Ok(files)
    }

    /// Makes what was done in a folder durable. A bucket's answer says that it is.
    pub(super) fn sync(&self, folder: &str) -> Result<(), VaultError> {
        match &self.place {
            Place::Folder(root) if disk::exists(&root.join(folder))? => disk::sync(&root.join(folder)),
            Place::Folder(_) | Place::Bucket(_) => Ok(()),
        }
    }

    /// Overwrites a file with zeros, where the place lets anything be overwritten; to be synced before its name goes. Returns
    /// its length in bytes.
    pub(super) fn overwrite(&self, name: &str) -> Result<u64, VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::overwrite(&folder.join(name)),
            Place::Bucket(bucket) => Ok(bucket.get(name)?.map_or(0, |bytes| bytes.len() as u64)),
        }
    }

    /// Removes a file for good. One that is gone already is no trouble.
    pub(super) fn remove(&self, name: &str) -> Result<(), VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::remove(&folder.join(name)),
            Place::Bucket(bucket) => bucket.remove(name),
        }
    }

    /// Takes a file's name away. Durable only once its folder is synced.
    pub(super) fn unname(&self, name: &str) -> Result<(), VaultError> {
        match &self.place {
            Place::Folder(folder) => disk::unname(&folder.join(name)),
            Place::Bucket(bucket) => bucket.remove(name),
        }
    }

    /// Writes a file under its name for good; whole, read back, and never over another.
    pub(super) fn publish(
        &self,
        package: PackageName,
        bytes: &[u8],
        checkpoint: &dyn VaultCheckpoint,
    ) -> Result<(), VaultError> {
        self.put(&self.name(package), bytes, checkpoint)
    }

    /// As [`Self::publish`], for any name.
    pub(super) fn put(&self, name: &str, bytes: &[u8], checkpoint: &dyn VaultCheckpoint) -> Result<(), VaultError> {
        let reached = |step| checkpoint.reached(step).map_err(|error| disk::trouble(Path::new(name), error));
        match &self.place {
            Place::Folder(folder) => put_file(folder, name, bytes, &reached),
            Place::Bucket(bucket) => {
                bucket.put_new(name, bytes)?;
                reached(VaultStep::Renamed)?;
                if bucket.get(name)?.as_deref() != Some(bytes) {
                    // Nobody was told of it; what is wrong with the store is the trouble to report.
                    let _ = bucket.remove(name);
                    return Err(VaultError::ReadBack { place: self.place(name) });
                }
                reached(VaultStep::FolderSynced)
            }
        }
    }

    /// Moves a file to quarantine under a name that is free there. Returns where it went.
    pub(super) fn set_aside(&self, name: &str) -> Result<String, VaultError> {
        const MOST: u32 = 10_000;
        for number in 0..MOST {
            let target = match number {
                0 => format!("{QUARANTINE}/{}", last(name)),
                _ => format!("{QUARANTINE}/{}.{number}", last(name)),
            };
            if self.exists(&target)? {
                continue;
            }
            self.move_to(name, &target)?;
            return Ok(self.place(&target));
        }
        Err(VaultError::Layout(format!("{} is full of {}", self.place(QUARANTINE), last(name))))
    }

    fn move_to(&self, name: &str, target: &str) -> Result<(), VaultError> {
        match &self.place {
            Place::Folder(folder) => {
                disk::rename_new(&folder.join(name), &folder.join(target))?;
                disk::sync(&folder.join(QUARANTINE))?;
                folder.join(name).parent().map_or(Ok(()), disk::sync)
            }
            Place::Bucket(bucket) => {
                let gone = || VaultError::ReadBack { place: self.place(name) };
                let bytes = bucket.get(name)?.ok_or_else(gone)?;
                bucket.put_new(target, &bytes)?;
                if bucket.get(target)?.as_deref() != Some(bytes.as_slice()) {
                    return Err(VaultError::ReadBack { place: self.place(target) });
                }
                bucket.remove(name)
            }
        }
    }
}

/// Makes files and folders in some roots durable; what is not there has nothing to sync. A bucket's answer says that it is.
pub(super) fn sync_all<'a>(roots: impl Iterator<Item = (&'a Root, Vec<String>)>) -> Result<(), VaultError> {
    let folders = roots.filter_map(|(root, names)| {
        let folder = root.folder()?;
        Some((folder, names.iter().map(|name| folder.join(name)).collect()))
    });
    disk::sync_all(&folders.collect::<Vec<_>>())
}

/// The mark of a vault, and what makes a place one that a vault may use.
impl Root {
    /// Checks that the place is there, is this vault's, and may be used.
    pub(super) fn present(&self, mark: &str) -> Result<(), VaultError> {
        let read = match &self.place {
            Place::Folder(folder) => disk::read(&folder.join(MARK), 1024)?,
            Place::Bucket(bucket) => bucket.get(MARK)?,
        };
        if read.as_deref() != Some(mark.as_bytes()) {
            return Err(self.unmarked());
        }
        if self.fit.get().is_none() {
            self.prove_fit(mark)?;
            // Somebody else may have been quicker.
            let _ = self.fit.set(());
        }
        Ok(())
    }

    /// Tells whether the place has the mark of any vault, or packages.
    pub(super) fn is_used(&self) -> Result<bool, VaultError> {
        match &self.place {
            Place::Folder(folder) => Ok(disk::exists(&folder.join(MARK))? || disk::exists(&folder.join(PACKAGES))?),
            Place::Bucket(bucket) => bucket.is_used(),
        }
    }

    /// Tells whether the place has the mark of any vault.
    pub(super) fn is_marked(&self) -> Result<bool, VaultError> {
        self.exists(MARK)
    }

    /// Marks the place as this vault's; one that is another's is refused.
    pub(super) fn mark(&self, text: &str) -> Result<(), VaultError> {
        if self.is_marked()? {
            let another = || VaultError::Layout(format!("{} belongs to another vault", self.address()));
            return self.present(text).map_err(|error| match error {
                VaultError::Layout(_) => another(),
                error => error,
            });
        }
        match &self.place {
            Place::Folder(folder) => {
                for below in [PACKAGES, TEMPORARY, QUARANTINE] {
                    disk::make_folders(folder, &folder.join(below))?;
                }
                let temporary = folder.join("VAULT.tmp");
                disk::remove(&temporary)?;
                disk::write_new(&temporary, text.as_bytes())?;
                disk::rename_new(&temporary, &folder.join(MARK))?;
                disk::sync(folder)
            }
            Place::Bucket(bucket) => bucket.put_new(MARK, text.as_bytes()),
        }
    }

    /// Makes sure that what is deleted here is gone. Of a folder nothing more can be asked than what is done there.
    pub(super) fn forgets(&self) -> Result<(), VaultError> {
        match &self.place {
            Place::Folder(_) => Ok(()),
            Place::Bucket(bucket) => bucket.forgets(),
        }
    }

    /// Makes sure that the place may be used: what is there is not written over, and what is deleted is gone.
    fn prove_fit(&self, mark: &str) -> Result<(), VaultError> {
        self.forgets()?;
        match &self.place {
            Place::Folder(_) => Ok(()),
            Place::Bucket(bucket) => bucket.refuses_to_replace(MARK, mark.as_bytes()),
        }
    }

    fn unmarked(&self) -> VaultError {
        let sentence = "has no mark of this vault; is its disk there, and is it the right one?";
        VaultError::Layout(format!("{} {sentence}", self.address()))
    }
}

/// Writes a file: temporary file, sync, read back, name without replacing, sync the folder.
fn put_file(
    root: &Path,
    name: &str,
    bytes: &[u8],
    reached: &dyn Fn(VaultStep) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let (path, temporary) = (root.join(name), root.join(TEMPORARY).join(last(name)));
    let folder = path.parent().unwrap_or(root);
    disk::remove(&temporary)?;
    let written = (|| {
        disk::write_new(&temporary, bytes)?;
        reached(VaultStep::TemporaryWritten)?;
        let (digest, _) = disk::digest(&temporary)?;
        if digest != Sha256Hex::of(bytes) {
            return Err(VaultError::ReadBack { place: temporary.display().to_string() });
        }
        reached(VaultStep::TemporaryVerified)?;
        disk::make_folders(root, folder)?;
        disk::rename_new(&temporary, &path)?;
        reached(VaultStep::Renamed)?;
        disk::sync(folder)?;
        reached(VaultStep::FolderSynced)
    })();
    if written.is_err() {
        // The trouble that stopped the write is the one to report.
        let _ = disk::remove(&temporary);
    }
    written
}

/// Returns the folder where every version of a record lies: `v1` and the first two pairs of its digits.
pub(super) fn shard(record: RecordId) -> String {
    let digits = record.to_string();
    let pair = |from: usize| digits.get(from..from + 2).unwrap_or("00");
    format!("{PACKAGES}/{}/{}", pair(0), pair(2))
}

/// Returns the last part of a name.
pub(super) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
