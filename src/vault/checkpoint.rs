//! Places between the steps of a write and of a destruction where a test may stop the process or fail the disk.

/// A step that has just been finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VaultStep {
    /// Writing: the wrapped key is in every key store.
    KeyEscrowed,
    /// Writing: the temporary file of a copy is written and synced.
    TemporaryWritten,
    /// Writing: the temporary file read back the same.
    TemporaryVerified,
    /// Writing: the file has its name in a copy.
    Renamed,
    /// Writing: the folder of a copy is synced.
    FolderSynced,
    /// Writing: a further copy is done.
    CopyDone,
    /// Destroying: about to begin.
    DestroyBegun,
    /// Destroying: a wrapped key is overwritten.
    KeyOverwritten,
    /// Destroying: a wrapped key is gone.
    KeyRemoved,
    /// Destroying: a copy of a package is gone.
    PackageRemoved,
    /// Destroying: absence is proven.
    AbsenceProven,
}

impl VaultStep {
    /// Every step, in the order of a write and then of a destruction.
    pub const ALL: &'static [Self] = &[
        Self::KeyEscrowed,
        Self::TemporaryWritten,
        Self::TemporaryVerified,
        Self::Renamed,
        Self::FolderSynced,
        Self::CopyDone,
        Self::DestroyBegun,
        Self::KeyOverwritten,
        Self::KeyRemoved,
        Self::PackageRemoved,
        Self::AbsenceProven,
    ];
}

/// Called between the steps. The program's own does nothing; a test's may end the process or play a failing disk.
pub trait VaultCheckpoint: Send + Sync {
    /// A step has been finished; an error is taken as the disk's.
    fn reached(&self, step: VaultStep) -> std::io::Result<()>;
}

/// Does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCheckpoint;

impl VaultCheckpoint for NoCheckpoint {
    fn reached(&self, _step: VaultStep) -> std::io::Result<()> {
        Ok(())
    }
}
