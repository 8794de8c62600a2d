//! The port behind which sealed checkpoints of the ledger are kept: outside the database that they witness against.

use super::VaultError;
use crate::digest::Sha256Hex;

/// A shelf of sealed checkpoints: each is put there once and never replaced. Calls block on the disk.
pub trait CheckpointShelf: Send + Sync {
    /// Keeps a checkpoint under the place of the entry that it names and its SHA-256, durably, before it returns.
    ///
    /// # Errors
    /// [`VaultError::Disk`].
    fn put(&self, seq: u64, sha256: &Sha256Hex, sealed: &[u8]) -> Result<(), VaultError>;

    /// Returns the one that names the latest entry, with the name it has there.
    ///
    /// # Errors
    /// [`VaultError::Disk`].
    fn newest(&self) -> Result<Option<(String, Vec<u8>)>, VaultError>;

    /// Returns every one with the name it has there, in the order of the entries that they name.
    ///
    /// # Errors
    /// [`VaultError::Disk`].
    fn all(&self) -> Result<Vec<(String, Vec<u8>)>, VaultError>;
}
