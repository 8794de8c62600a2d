//! A vault in folders of a disk.

use super::{NoCheckpoint, VaultCheckpoint};
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::ports::{
    AbsenceEvidence, DestructionClaim, PackageHealth, PackageName, PackageReceipt, Vault, VaultError, VaultListing,
};
use crate::time::Clock;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a vault lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultFolders {
    /// Folders of the copies, the first being the primary one; each gets `v1/ab/cd/<record-id>.<version>.pkg`.
    pub copies: Vec<PathBuf>,
    /// Folders of the wrapped keys, apart from the packages and from the database: `v1/ab/cd/<record-id>.<version>.key`.
    pub keys: Vec<PathBuf>,
    /// The file of the master identity, mode 0600.
    pub master_key: PathBuf,
}

/// A vault in folders.
pub struct DiskVault {
    _folders: VaultFolders,
    _clock: Arc<dyn Clock>,
    checkpoint: Box<dyn VaultCheckpoint>,
}

impl DiskVault {
    /// Makes the folders and the master identity where they are missing, and opens the vault.
    ///
    /// A missing master identity beside keys that exist is refused: making a new one would lose them all.
    pub fn create_or_open(folders: VaultFolders, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        Self::open(folders, clock)
    }

    /// Opens a vault that exists.
    pub fn open(folders: VaultFolders, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        Ok(Self { _folders: folders, _clock: clock, checkpoint: Box::new(NoCheckpoint) })
    }

    /// Sets what is called between the steps.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Box<dyn VaultCheckpoint>) -> Self {
        self.checkpoint = checkpoint;
        self
    }
}

impl Vault for DiskVault {
    fn write(&self, _package: PackageName, _bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        todo!()
    }
    fn read(&self, _package: PackageName, _sealed_sha256: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        todo!()
    }
    fn check(&self, _package: PackageName, _sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        todo!()
    }
    fn repair(&self, _package: PackageName, _sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        todo!()
    }
    fn destroy(&self, _claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        todo!()
    }
    fn prove_absence(&self, _record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        todo!()
    }
    fn scan(&self) -> Result<VaultListing, VaultError> {
        todo!()
    }
    fn quarantine(&self, _package: PackageName) -> Result<Vec<String>, VaultError> {
        todo!()
    }
}
