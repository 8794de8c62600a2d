//! The packages in a store of backups, each once, under the SHA-256 of its sealed bytes; and the notes on what was destroyed.

use super::{BackupStore, GONE, PACKAGES};
use crate::digest::Sha256Hex;
use crate::office::ports::{BackupError, PackageName, PackageReceipt, VaultError};
use crate::vault::disk;
use crate::vault::opening::DiskVault;
use std::fs;
use std::path::{Path, PathBuf};

/// Packages that are written together, and made durable by one sync.
const TOGETHER: usize = 64;
/// Bytes of packages that are held at once.
const TOGETHER_BYTES: u64 = 64 << 20;
/// The form of the note that a package was destroyed.
const DESTROYED: &str = "fumikura backup destroyed 1";

/// What came of copying packages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many were new to the store.
    pub new: u64,
    /// Their bytes.
    pub new_bytes: u64,
    /// Those of which no copy is sound.
    pub lacking: Vec<PackageName>,
}

/// How a package lies in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There, in a file.
    There(PathBuf),
    /// Destroyed, and that is proven.
    Destroyed,
    /// Not there, and nobody says why.
    Lacking,
}

impl BackupStore {
    /// Copies those packages of a vault into the store that it does not have; all are durable when this returns.
    ///
    /// # Errors
    /// Of the disks. A package without a sound copy is none: it is named.
    pub fn copy(&self, vault: &DiskVault, receipts: &[PackageReceipt]) -> Result<Copied, BackupError> {
        let (mut copied, mut coming, mut bytes) = (Copied::default(), Vec::new(), 0);
        for receipt in receipts {
            let sha256 = &receipt.sealed_sha256;
            match self.find(sha256)? {
                Found::There(path) if is_long(&path, receipt.sealed_size_bytes)? => continue,
                // Cut short by its disk: the archive has it whole.
                Found::There(path) => disk::remove(&path)?,
                Found::Destroyed => continue,
                Found::Lacking => {}
            }
            let sealed = match vault.sound_copy(receipt.package, sha256) {
                Ok(sealed) => sealed,
                Err(VaultError::NoSuchPackage(_) | VaultError::NoSoundCopy(_)) => {
                    copied.lacking.push(receipt.package);
                    continue;
                }
                Err(trouble) => return Err(trouble.into()),
            };
            bytes += sealed.len() as u64;
            copied.new += 1;
            copied.new_bytes += sealed.len() as u64;
            coming.push((sha256.clone(), sealed));
            if coming.len() == TOGETHER || bytes >= TOGETHER_BYTES {
                self.put(&coming)?;
                coming.clear();
                bytes = 0;
            }
        }
        self.put(&coming)?;
        Ok(copied)
    }

    /// Writes packages: temporary files, one sync, then their names, and a sync of these.
    fn put(&self, packages: &[(Sha256Hex, Vec<u8>)]) -> Result<(), BackupError> {
        let temporaries: Vec<PathBuf> = packages.iter().map(|(sha256, _)| self.temporary(sha256.as_str())).collect();
        for (temporary, (_, sealed)) in temporaries.iter().zip(packages) {
            disk::unname(temporary)?;
            disk::write_unsynced(temporary, sealed)?;
        }
        disk::sync_all(&[(&self.folder, temporaries.clone())])?;
        let mut folders = Vec::new();
        for (temporary, (sha256, _)) in temporaries.iter().zip(packages) {
            let path = self.object(sha256);
            let folder = path.parent().unwrap_or(&self.folder).to_owned();
            disk::make_folders(&self.folder, &folder)?;
            // Two records never share sealed bytes: what has the name is the same package, of the same record.
            fs::rename(temporary, &path).map_err(|error| disk::trouble(&path, error))?;
            folders.push(folder);
        }
        folders.sort_unstable();
        folders.dedup();
        Ok(disk::sync_all(&[(&self.folder, folders)])?)
    }

    /// Tells how a package lies here.
    pub fn find(&self, sha256: &Sha256Hex) -> Result<Found, BackupError> {
        if self.is_destroyed(sha256)? {
            return Ok(Found::Destroyed);
        }
        let path = self.object(sha256);
        Ok(if disk::exists(&path)? { Found::There(path) } else { Found::Lacking })
    }

    /// Holds a package to its hash. Returns false for one that was destroyed.
    ///
    /// # Errors
    /// [`BackupError::Missing`], [`BackupError::Altered`].
    pub fn check(&self, sha256: &Sha256Hex) -> Result<bool, BackupError> {
        let place = format!("{PACKAGES}/{sha256}");
        match self.find(sha256)? {
            Found::Destroyed => Ok(false),
            Found::Lacking => Err(BackupError::Missing { place }),
            Found::There(path) if disk::digest(&path)?.0 == *sha256 => Ok(true),
            Found::There(_) => Err(BackupError::Altered { place, what: "it has another hash".to_owned() }),
        }
    }

    /// Takes away a package that is not what it should be, so that the next backup writes it anew.
    pub fn take_out(&self, sha256: &Sha256Hex) -> Result<(), BackupError> {
        Ok(disk::remove(&self.object(sha256))?)
    }

    /// Notes that packages were destroyed, then takes them away. Returns how many were there, or not yet noted.
    pub fn forget(&self, packages: &[Sha256Hex]) -> Result<u64, BackupError> {
        let mut forgotten = 0;
        for sha256 in packages {
            // What never was here needs no note.
            let (there, noted) = (disk::exists(&self.object(sha256))?, self.is_destroyed(sha256)?);
            if !there {
                continue;
            }
            if !noted {
                let proof = self.prover()?.prove(DESTROYED, sha256.as_str().as_bytes());
                let (path, temporary) = (self.note(sha256), self.temporary(&format!("{sha256}.gone")));
                disk::make_folders(&self.folder, path.parent().unwrap_or(&self.folder))?;
                disk::remove(&temporary)?;
                disk::write_new(&temporary, proof.as_bytes())?;
                fs::rename(&temporary, &path).map_err(|error| disk::trouble(&path, error))?;
                disk::sync(path.parent().unwrap_or(&self.folder))?;
            }
            disk::remove(&self.object(sha256))?;
            forgotten += 1;
        }
        Ok(forgotten)
    }

    /// Tells whether it is proven that a package was destroyed.
    ///
    /// # Errors
    /// [`BackupError::Forged`] for a note that the holder of the master identity did not write.
    fn is_destroyed(&self, sha256: &Sha256Hex) -> Result<bool, BackupError> {
        const LONGEST_BYTES: u64 = 1024;
        let Some(proof) = disk::read(&self.note(sha256), LONGEST_BYTES)? else { return Ok(false) };
        let holds = self.prover()?.holds(DESTROYED, sha256.as_str().as_bytes(), &String::from_utf8_lossy(&proof));
        if holds { Ok(true) } else { Err(BackupError::Forged { place: format!("{GONE}/{sha256}") }) }
    }

    /// Lists the files of packages, or of notes, with the SHA-256 that each is named by.
    pub(super) fn all_in(&self, what: &str) -> Result<Vec<(Sha256Hex, PathBuf)>, BackupError> {
        let mut all = Vec::new();
        for folder in disk::list(&self.folder.join(what))? {
            for path in disk::list(&folder)? {
                let name = path.file_name().and_then(|name| name.to_str());
                all.extend(name.and_then(Sha256Hex::parse).map(|sha256| (sha256, path)));
            }
        }
        Ok(all)
    }

    fn object(&self, sha256: &Sha256Hex) -> PathBuf {
        below(&self.folder.join(PACKAGES), sha256)
    }

    fn note(&self, sha256: &Sha256Hex) -> PathBuf {
        below(&self.folder.join(GONE), sha256)
    }
}

fn below(folder: &Path, sha256: &Sha256Hex) -> PathBuf {
    folder.join(sha256.as_str().get(..2).unwrap_or_default()).join(sha256.as_str())
}

fn is_long(path: &Path, size_bytes: u64) -> Result<bool, BackupError> {
    let metadata = fs::metadata(path).map_err(|error| disk::trouble(path, error))?;
    Ok(metadata.len() == size_bytes)
}
