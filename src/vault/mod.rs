//! Packages on disk and in object stores: written once, atomically; destroyed with proof.
//!
//! A vault has one or more copies of the packages (folders, and buckets after them) and one or more key stores (folders of
//! wrapped keys), each with the same inner order: `v1/ab/cd/<record-id>.<version>.pkg` or `.key`, `tmp/` for what is being
//! written, and `quarantine/` for what nobody may delete. A file named `VAULT` marks each as belonging to this vault, so
//! that an empty mount point, or another bucket, is not taken for an empty archive.

mod backup;
mod bucket;
mod checkpoint;
mod destroying;
mod disk;
mod opening;
mod parts;
mod proofs;
mod putting_back;
mod reading;
mod remembering;
mod root;
mod scanning;
mod shelf;
mod text_keys;
mod writing;
mod writing_many;

pub use backup::{
    BackupFolder, BackupLine, BackupLock, BackupProver, BackupStore, Copied, Draft, Found, LineKind, LineReader,
    LineWriter, Manifest, PACKAGE_LIST, Part, PartReader, PartWriter, Pruned, SetPlace,
};
pub use bucket::{Bucket, BucketOptions};
pub use checkpoint::{NoCheckpoint, VaultCheckpoint, VaultStep};
pub use opening::{DiskVault, VaultFolders};
pub use proofs::ProofFolders;
pub use putting_back::{PutBack, backup_prover_of};
pub use shelf::CheckpointFolder;
pub use text_keys::factor_secret_of;
