//! Packages on disk: written once, atomically; destroyed with proof.

mod checkpoint;
mod folders;

pub use checkpoint::{NoCheckpoint, VaultCheckpoint, VaultStep};
pub use folders::{DiskVault, VaultFolders};
