//! Backups of the whole city: made while it works, tried before they count, checked, restored.

mod contents;
mod gather;
mod make;
mod restore;
mod rounds;
mod rows;
mod trial;
mod unpack;
mod work;

pub use make::make;
pub use restore::{RestoreOrder, restore};
pub use rounds::rounds;
pub use trial::{check_bytes, try_by_identity};

use super::city::{City, CityFile};
use super::{Failure, SystemClock};
use crate::office::ports::{BackupError, BackupShelf};
use crate::office::{Office, OfficeError, Parts};
use crate::time::Clock;
use crate::vault::{BackupFolder, BackupStore, DiskVault, Pruned};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The parts of a backup.
const DATABASE: &str = "database.age";
const KEYS: &str = "keys.age";
const FILES: &str = "files.age";
const CONTENTS: &str = "contents.age";

/// Where backups go, for whom, and how often.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupFile {
    /// The folder of the store; best on another machine's disk.
    pub store: PathBuf,
    /// Who can open them: public keys of age (`age1…`), whose private halves are not on this machine.
    pub recipients: Vec<String>,
    /// Hours between two backups that `serve` makes by itself; 0 for none.
    #[serde(default = "every_hours")]
    pub every_hours: u32,
    /// Days for which a backup is kept; by default, and at most, the disposals' `backup_horizon_days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_days: Option<u32>,
    /// Of a city on PostgreSQL: a database that is there for trials alone, `postgres://USER@HOST/DATABASE`; it is emptied for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial_database: Option<String>,
    /// Days between two readings of all bytes of the newest backup by `serve`; 0 for none.
    #[serde(default = "check_every_days")]
    pub check_every_days: u32,
}

fn every_hours() -> u32 {
    24
}

fn check_every_days() -> u32 {
    7
}

impl BackupFile {
    /// Returns the settings of a city.
    ///
    /// # Errors
    /// [`BackupError::NotSetUp`].
    pub fn of(file: &CityFile) -> Result<&Self, BackupError> {
        file.backup.as_ref().ok_or(BackupError::NotSetUp)
    }

    /// Returns for how many days a backup is kept.
    ///
    /// # Errors
    /// [`BackupError::NoHorizon`]: a backup would hold keys for longer than a certificate of disposal says.
    pub fn days(&self, file: &CityFile) -> Result<u32, BackupError> {
        let horizon = file.settings.disposal.backup_horizon_days;
        match self.keep_days.unwrap_or(horizon) {
            0 => Err(BackupError::NoHorizon),
            days if days > horizon => Err(BackupError::NoHorizon),
            days => Ok(days),
        }
    }

    /// Names the store of a city's vault, as the office sees it.
    pub fn shelf(&self, folder: &Path, vault: &DiskVault) -> Arc<dyn BackupShelf> {
        Arc::new(self.folder(folder, vault))
    }

    /// Names the store of a city's vault.
    pub fn folder(&self, folder: &Path, vault: &DiskVault) -> BackupFolder {
        BackupFolder::new(folder.join(&self.store), vault.backup_prover(), self.every_hours)
    }
}

/// The store of a city's backups, where it has one.
pub type Backups = Option<Arc<dyn BackupShelf>>;

/// Makes an office that knows where its backups lie.
pub fn over(parts: Parts, backups: Backups) -> Office {
    backups.into_iter().fold(Office::new(parts), Office::with_backups)
}

/// Opens the store of a city that is open.
fn store_of(city: &City) -> Result<BackupStore, Failure> {
    let folder = city.path().parent().unwrap_or(Path::new(""));
    let (folders, buckets) = city.file.vault(folder)?;
    let vault = DiskVault::open_with(folders, buckets, Arc::new(SystemClock))?;
    Ok(BackupFile::of(&city.file)?.folder(folder, &vault).open()?)
}

/// Takes away what is over, after what was destroyed. To be called under the store's lock.
pub async fn prune(office: &Office, store: &BackupStore, days: u32) -> Result<Pruned, Failure> {
    let (_, last) = office.forget_in_backups().await?;
    let now = office.now();
    Ok(blocking(|| store.prune(now, days, last)).map_err(OfficeError::from)?)
}

/// Does what blocks on the disk where nobody else waits for it.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

/// Returns the present by the machine's clock.
fn now() -> crate::time::Instant {
    SystemClock.now()
}
