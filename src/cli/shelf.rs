//! What was fetched, kept in a folder for the next run: a file each, named by what it was asked for.

use super::{Failure, files};
use crate::fetch::online::Shelf;
use std::fs::{self, DirBuilder, File};
use std::io::Read;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A folder. Its files may be looked at, altered and removed: what is read there is verified as if it came from outside.
#[derive(Debug)]
pub struct FolderShelf {
    folder: PathBuf,
}

impl FolderShelf {
    /// Takes a folder, which is made where it is not there.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| Failure::io(folder, &error, true))?;
        Ok(Self { folder: folder.to_owned() })
    }
}

impl Shelf for FolderShelf {
    fn get(&self, key: &str, limit_bytes: u64) -> Option<Vec<u8>> {
        let path = self.folder.join(key);
        // A pipe or a device would not end.
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(limit_bytes + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= limit_bytes).then_some(bytes)
    }

    fn put(&self, key: &str, bytes: &[u8]) -> bool {
        files::write_whole(&self.folder.join(key), bytes).is_ok()
    }
}
