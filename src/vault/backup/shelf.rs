//! A store of backups as the office sees it, which may be away at any time.

use super::BackupStore;
use super::manifest::BackupProver;
use super::sets::when;
use crate::digest::Sha256Hex;
use crate::fault::Fault;
use crate::office::ports::{BackupError, BackupSet, BackupShelf, BackupStanding};
use crate::time::Instant;
use std::path::PathBuf;

/// Where a city's backups lie.
#[derive(Clone, Debug)]
pub struct BackupFolder {
    folder: PathBuf,
    prover: BackupProver,
    every_hours: u32,
}

impl BackupFolder {
    /// Names the folder, who proves what lies in it, and how often something comes into it by itself.
    pub fn new(folder: PathBuf, prover: BackupProver, every_hours: u32) -> Self {
        Self { folder, prover, every_hours }
    }

    /// Opens the store.
    ///
    /// # Errors
    /// [`BackupError::NoStore`], [`BackupError::OtherCity`].
    pub fn open(&self) -> Result<BackupStore, BackupError> {
        BackupStore::open(&self.folder, Some(self.prover.clone()))
    }

    /// Makes the store.
    ///
    /// # Errors
    /// [`BackupError::InTheWay`].
    pub fn create(&self) -> Result<BackupStore, BackupError> {
        BackupStore::create(&self.folder, self.prover.clone())
    }
}

impl BackupShelf for BackupFolder {
    fn forget(&self, packages: &[Sha256Hex]) -> Result<u64, BackupError> {
        if packages.is_empty() { Ok(0) } else { self.open()?.forget(packages) }
    }

    fn standing(&self) -> Result<BackupStanding, BackupError> {
        let store = self.open()?;
        let sets = store.ids()?.into_iter().rev().map(|id| stands(&store, id)).collect();
        Ok(BackupStanding { sets, by_identity: store.last_by_identity()?, every_hours: self.every_hours })
    }
}

/// Says how a backup stands; what is wrong with it is said, too.
fn stands(store: &BackupStore, id: String) -> BackupSet {
    let set = store.set(&id);
    let trouble = set.as_ref().err().or(set.as_ref().ok().and_then(|set| set.look().err()).as_ref()).map(Fault::code);
    let trials = store.trials(&id);
    let trouble = trouble.or(trials.as_ref().err().map(Fault::code));
    let trials = trials.unwrap_or_default();
    match set {
        Ok(set) => {
            let manifest = set.manifest;
            BackupSet {
                id,
                made_at: manifest.made_at,
                expires_at: manifest.expires_at,
                packages: manifest.packages,
                package_bytes: manifest.package_bytes,
                own_bytes: manifest.parts.iter().map(|part| part.size_bytes).sum(),
                trouble,
                trials,
            }
        }
        Err(_) => {
            let at = when(&id).unwrap_or(Instant::UNIX_EPOCH);
            BackupSet { id, made_at: at, expires_at: at, packages: 0, package_bytes: 0, own_bytes: 0, trouble, trials }
        }
    }
}
