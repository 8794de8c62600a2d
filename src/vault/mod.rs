//! Packages on disk: written once, atomically; destroyed with proof.
//!
//! A vault has one or more copies (folders of packages) and one or more key stores (folders of wrapped keys), each
//! with the same inner order: `v1/ab/cd/<record-id>.<version>.pkg` or `.key`, `tmp/` for what is being written, and
//! `quarantine/` for what nobody may delete. A file named `VAULT` marks each folder as belonging to this vault, so that
//! an empty mount point is not taken for an empty archive.

mod checkpoint;
mod destroying;
mod disk;
mod opening;
mod reading;
mod root;
mod scanning;
mod writing;
mod writing_many;

pub use checkpoint::{NoCheckpoint, VaultCheckpoint, VaultStep};
pub use opening::{DiskVault, VaultFolders};
