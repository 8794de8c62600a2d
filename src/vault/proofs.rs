//! Proof trees in folders, a file each, the same files in every folder.

use super::disk;
use crate::digest::Sha256Hex;
use crate::office::ports::{ProofShelf, VaultError};
use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The longest tree, in bytes: four million leaves by the longest digest, and as many names of records.
const LONGEST_BYTES: u64 = 1 << 29;
/// What the files end in.
const ENDING: &str = ".prooftree";

/// Folders of proof trees; each holds all of them.
#[derive(Clone, Debug)]
pub struct ProofFolders {
    folders: Vec<PathBuf>,
}

impl ProofFolders {
    /// Names the folders; each is made when the first tree is put there.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }
}

impl ProofShelf for ProofFolders {
    fn put(&self, number: u64, tree: &[u8]) -> Result<(), VaultError> {
        self.folders.iter().try_for_each(|folder| put(&path(folder, number), tree))
    }

    fn get(&self, number: u64, sha256: Option<&Sha256Hex>) -> Result<Vec<u8>, VaultError> {
        let (mut good, mut trouble) = (None, None);
        for folder in &self.folders {
            match disk::read(&path(folder, number), LONGEST_BYTES) {
                Ok(Some(bytes)) if sha256.is_none_or(|sha256| Sha256Hex::of(&bytes) == *sha256) => {
                    good = Some(bytes);
                    break;
                }
                Ok(Some(_)) => {
                    trouble = Some(VaultError::ReadBack { place: path(folder, number).display().to_string() })
                }
                Ok(None) => {}
                Err(error) => trouble = Some(error),
            }
        }
        let Some(good) = good else {
            let first = self.folders.first().map(|folder| path(folder, number)).unwrap_or_default();
            return Err(trouble.unwrap_or_else(|| disk::trouble(&first, ErrorKind::NotFound.into())));
        };
        for folder in &self.folders {
            // What another place has in its stead is put aside, never written over; what cannot be put right now is next time.
            let place = path(folder, number);
            if matches!(disk::read(&place, LONGEST_BYTES), Ok(found) if found.as_deref() != Some(&good)) {
                drop(put_aside(&place).and_then(|()| put(&place, &good)));
            }
        }
        Ok(good)
    }

    fn numbers(&self) -> Result<Vec<u64>, VaultError> {
        let mut numbers = BTreeSet::new();
        for folder in &self.folders {
            numbers.extend(disk::list(folder)?.iter().filter_map(|path| number(path)));
        }
        Ok(numbers.into_iter().collect())
    }
}

fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}{ENDING}"))
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(ENDING)?.parse().ok()
}

fn put(path: &Path, tree: &[u8]) -> Result<(), VaultError> {
    match disk::read(path, LONGEST_BYTES)? {
        Some(there) if there == tree => return Ok(()),
        Some(_) => return Err(disk::trouble(path, Error::from(ErrorKind::AlreadyExists))),
        None => {}
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(|error| disk::trouble(folder, error))?;
    let temporary = path.with_extension("partial");
    disk::remove(&temporary)?;
    disk::write_new(&temporary, tree)?;
    disk::rename_new(&temporary, path)?;
    disk::sync(folder)
}

/// Gives a file that is not what it should be a name by its digest: nothing that was put aside before is written over.
fn put_aside(path: &Path) -> Result<(), VaultError> {
    if disk::exists(path)? {
        let (sha256, _) = disk::digest(path)?;
        let aside = path.with_extension(format!("{sha256}.damaged"));
        std::fs::rename(path, &aside).map_err(|error| disk::trouble(path, error))?;
    }
    Ok(())
}
