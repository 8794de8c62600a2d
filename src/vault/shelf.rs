//! Sealed checkpoints of the ledger in a folder, a file each.

use super::disk;
use crate::digest::Sha256Hex;
use crate::office::ports::{CheckpointShelf, VaultError};
use std::path::{Path, PathBuf};

/// The longest checkpoint, in bytes; one with certificates and timestamp takes some 10 KB.
const LONGEST_BYTES: u64 = 1 << 20;
/// What the files end in: CMS with the content inside, as `openssl cms -verify` reads it.
const ENDING: &str = ".checkpoint.p7m";

/// A folder of sealed checkpoints.
#[derive(Clone, Debug)]
pub struct CheckpointFolder {
    folder: PathBuf,
}

impl CheckpointFolder {
    /// Names the folder; it is made when the first one is put there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Lists the checkpoints; file names sort as the entries do.
    fn list(&self) -> Result<Vec<PathBuf>, VaultError> {
        let mut paths = disk::list(&self.folder)?;
        paths.retain(|path| name(path).ends_with(ENDING));
        paths.sort();
        Ok(paths)
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<(String, Vec<u8>), VaultError> {
    let gone = || disk::trouble(path, std::io::ErrorKind::NotFound.into());
    Ok((name(path), disk::read(path, LONGEST_BYTES)?.ok_or_else(gone)?))
}

impl CheckpointShelf for CheckpointFolder {
    fn put(&self, seq: u64, sha256: &Sha256Hex, sealed: &[u8]) -> Result<(), VaultError> {
        // After a restored database is confirmed, an entry of the same place may be another one.
        let name = sha256.as_str().get(..8).unwrap_or_default();
        let path = self.folder.join(format!("{seq:020}-{name}{ENDING}"));
        let temporary = path.with_extension("partial");
        std::fs::create_dir_all(&self.folder).map_err(|error| disk::trouble(&self.folder, error))?;
        disk::remove(&temporary)?;
        disk::write_new(&temporary, sealed)?;
        disk::rename_new(&temporary, &path)?;
        disk::sync(&self.folder)
    }

    fn newest(&self) -> Result<Option<(String, Vec<u8>)>, VaultError> {
        self.list()?.last().map(|path| read(path)).transpose()
    }

    fn all(&self) -> Result<Vec<(String, Vec<u8>)>, VaultError> {
        self.list()?.iter().map(|path| read(path)).collect()
    }
}
