//! Packages and keys as a backup has them, put back where a vault keeps them; and what a backup needs of a vault.

use super::backup::BackupProver;
use super::disk;
use super::opening::DiskVault;
use super::root::{Root, TEMPORARY, last, shard};
use crate::office::ports::{PackageName, VaultError};
use crate::package::PackageIdentity;
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A package that is put back: its name, its wrapped key, its sealed bytes.
pub type PutBack = (PackageName, Zeroizing<Vec<u8>>, Vec<u8>);

impl DiskVault {
    /// Returns what proves the backups of this vault.
    pub fn backup_prover(&self) -> BackupProver {
        BackupProver::of(&self.master)
    }

    /// Returns the master identity in the form of its file. Secret.
    pub fn master_text(&self) -> Zeroizing<String> {
        self.master.to_text()
    }

    /// Returns the wrapped key of a package from the first key store where it unwraps; none where there is none.
    pub fn key_for_backup(&self, package: PackageName) -> Result<Option<Vec<u8>>, VaultError> {
        self.wrapped_key(package)
    }

    /// Puts packages back into every folder, keys first; each whole or not at all, and all durable when this returns. One
    /// that is there with the same bytes stays.
    ///
    /// # Errors
    /// [`VaultError::Exists`] where another is there.
    pub fn put_back(&self, packages: &[PutBack]) -> Result<(), VaultError> {
        for root in self.keys.iter().chain(&self.copies) {
            let Some(folder) = root.folder() else { continue };
            let coming = packages.iter().map(|(package, key, sealed)| {
                let bytes: &[u8] = if root.ending == "key" { key } else { sealed };
                (*package, bytes)
            });
            put_in(root, folder, &coming.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Puts one package back for a trial: its key into every key store, and into every copy a second name of a file that is
    /// there; its bytes, where the disk has no second names. Nothing of it is made durable.
    pub fn put_back_for_trial(&self, package: PackageName, key: &[u8], sealed: &Path) -> Result<(), VaultError> {
        for (root, folder) in self.keys.iter().chain(&self.copies).filter_map(|root| Some((root, root.folder()?))) {
            let path = folder.join(root.name(package));
            disk::make_unsynced_folders(path.parent().unwrap_or(folder))?;
            if root.ending == "key" {
                disk::write_unsynced(&path, key)?;
            } else if fs::hard_link(sealed, &path).is_err() {
                fs::copy(sealed, &path).map_err(|error| disk::trouble(&path, error))?;
            }
        }
        Ok(())
    }
}

/// Returns the prover of the backups of a vault by the text of its master identity.
pub fn backup_prover_of(master: &str) -> Result<BackupProver, VaultError> {
    let master =
        PackageIdentity::parse(master).map_err(|_| VaultError::MasterKey("it is no age identity".to_owned()))?;
    Ok(BackupProver::of(&master))
}

fn put_in(root: &Root, folder: &Path, coming: &[(PackageName, &[u8])]) -> Result<(), VaultError> {
    let mut fresh = Vec::new();
    for (package, bytes) in coming {
        let path = folder.join(root.name(*package));
        match disk::read(&path, bytes.len() as u64 + 1) {
            Ok(Some(there)) if there == *bytes => continue,
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => return Err(VaultError::Exists(*package)),
        }
        let temporary = folder.join(TEMPORARY).join(last(&root.name(*package)));
        disk::unname(&temporary)?;
        disk::write_unsynced(&temporary, bytes)?;
        fresh.push((temporary, path, folder.join(shard(package.record))));
    }
    let temporaries: Vec<PathBuf> = fresh.iter().map(|(temporary, ..)| temporary.clone()).collect();
    disk::sync_all(&[(folder, temporaries)])?;
    let mut folders = Vec::new();
    for (temporary, path, shard) in &fresh {
        disk::make_unsynced_folders(shard)?;
        disk::rename_new(temporary, path)?;
        folders.extend(shard.ancestors().take_while(|path| *path != folder).map(Path::to_owned));
    }
    folders.sort_unstable();
    folders.dedup();
    disk::sync_all(&[(folder, folders)])
}
