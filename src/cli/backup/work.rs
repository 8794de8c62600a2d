//! The folder in which a backup is made or tried: for its owner alone, and gone afterwards.

use crate::cli::Failure;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The name of the folder in a city's.
pub const WORK: &str = ".backup";

/// A folder that goes when dropped; what a kill leaves of it goes when the next one begins.
pub struct Work(PathBuf);

impl Work {
    /// Makes the folder, after what an earlier one left.
    pub fn begin(path: PathBuf) -> Result<Self, Failure> {
        clear(&path)?;
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| Failure::io(&path, &error, true))?;
        Ok(Self(path))
    }

    /// Returns the path of something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Lets the folder stay under another name.
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What stays goes when the next one begins.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes a folder with all that is in it; one that is not there is no trouble.
pub fn clear(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::io(path, &error, true)),
        _ => Ok(()),
    }
}
