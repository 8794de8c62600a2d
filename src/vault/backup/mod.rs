//! A store of backups: a folder, best on another machine's disk, with backups of a whole city.
//!
//! Packages lie in it once, as the archive has them, under the SHA-256 of their sealed bytes; without their keys they tell
//! nobody anything. Each backup is a folder of its own (`sets/<id>`): the database, the wrapped keys and the city's files, encrypted for the
//! recipients alone; the list of its packages; and a manifest that names every part by its hash and is proven by the vault's
//! master identity, as to encrypt the public halves of the recipients are enough. What was destroyed leaves the store at once: its
//! package goes, and a proven note says that it was destroyed, so that no restore takes it for lost, or brings it back.

mod lines;
mod manifest;
mod objects;
mod parts;
mod pruning;
mod sets;
mod shelf;

pub use lines::{BackupLine, LineKind, LineReader, LineWriter};
pub use manifest::{BackupProver, Manifest, Part};
pub use objects::{Copied, Found};
pub use parts::{PartReader, PartWriter};
pub use pruning::Pruned;
pub use sets::{BackupLock, Draft, PACKAGE_LIST, SetPlace};
pub use shelf::BackupFolder;

use super::disk;
use crate::office::ports::BackupError;
use std::path::{Path, PathBuf};

/// The file that marks a folder as a store of backups.
const MARK: &str = "BACKUPS";
/// The folder of the backups.
const SETS: &str = "sets";
/// The folder of the packages.
const PACKAGES: &str = "packages";
/// The folder of the notes on what was destroyed.
const GONE: &str = "gone";
/// The folder of what came of trials.
const TRIALS: &str = "trials";
/// The folder of what is being made or taken away.
const TEMPORARY: &str = "tmp";

/// A store of backups that is there.
#[derive(Debug)]
pub struct BackupStore {
    folder: PathBuf,
    /// The vault whose backups these are, as its mark says.
    vault: String,
    /// What only the holder of the master identity can prove; none before that is known.
    prover: Option<BackupProver>,
}

impl BackupStore {
    /// Makes a store in a folder that is empty or not there.
    ///
    /// # Errors
    /// [`BackupError::InTheWay`] where something lies in it.
    pub fn create(folder: &Path, prover: BackupProver) -> Result<Self, BackupError> {
        std::fs::create_dir_all(folder).map_err(|error| disk::trouble(folder, error))?;
        if let Some(there) = disk::list(folder)?.into_iter().find(|path| !path.ends_with("lost+found")) {
            return Err(BackupError::InTheWay { place: there.display().to_string() });
        }
        for below in [SETS, PACKAGES, GONE, TRIALS, TEMPORARY] {
            disk::make_folders(folder, &folder.join(below))?;
        }
        // Last of all: with it the store is there.
        disk::write_new(&folder.join(MARK), mark(prover.vault()).as_bytes())?;
        disk::sync(folder)?;
        Self::open(folder, Some(prover))
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`BackupError::NoStore`] without its mark, as the folder may be a mount point without its disk; [`BackupError::OtherCity`].
    pub fn open(folder: &Path, prover: Option<BackupProver>) -> Result<Self, BackupError> {
        const LONGEST_BYTES: u64 = 1024;
        let place = || folder.display().to_string();
        let text =
            disk::read(&folder.join(MARK), LONGEST_BYTES)?.ok_or_else(|| BackupError::NoStore { place: place() })?;
        let text = String::from_utf8_lossy(&text);
        let vault = text.strip_prefix(FORM).and_then(|rest| rest.strip_suffix('\n'));
        let vault = vault.ok_or_else(|| BackupError::NoStore { place: place() })?.to_owned();
        let mut store = Self { folder: folder.to_owned(), vault, prover: None };
        if let Some(prover) = prover {
            store.prove_by(prover)?;
        }
        Ok(store)
    }

    /// Has what the store says be proven by a master identity from here on.
    ///
    /// # Errors
    /// [`BackupError::OtherCity`] where it is another city's.
    pub fn prove_by(&mut self, prover: BackupProver) -> Result<(), BackupError> {
        if prover.vault() != self.vault {
            return Err(BackupError::OtherCity { place: self.folder.display().to_string() });
        }
        self.prover = Some(prover);
        Ok(())
    }

    /// Returns the name of the vault whose backups these are, the public half of its master identity.
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// Returns the folder of the store.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a folder below the one for what is being made, where sealed bytes alone may lie.
    pub fn temporary(&self, name: &str) -> PathBuf {
        self.folder.join(TEMPORARY).join(name)
    }

    fn prover(&self) -> Result<&BackupProver, BackupError> {
        self.prover.as_ref().ok_or_else(|| BackupError::Forged { place: self.folder.display().to_string() })
    }
}

const FORM: &str = "fumikura-backups 1\n";

fn mark(vault: &str) -> String {
    format!("{FORM}{vault}\n")
}

/// Removes a folder with all that is in it; one that is gone already is no trouble.
fn remove_folder(folder: &Path) -> Result<(), BackupError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(disk::trouble(folder, error).into()),
        _ => Ok(()),
    }
}
