//! The port behind which packages lie, and what comes back through it.

use super::{Memory, MemoryPart, MemoryUnit, Remembered};
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::id::RecordId;
use crate::office::Unfinished;
use crate::texts::SealingKey;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where packages lie: written once, read with fixity, destroyed with proof. Calls block on the disk.
///
/// Bytes come before rows when a record is made, rows before bytes when it is destroyed: the office writes its intent
/// row, calls [`Vault::write`], and only then writes the record's row; for destruction it commits the claim, and only
/// then calls [`Vault::destroy`].
pub trait Vault: Send + Sync {
    /// Encrypts a bag under a key of its own and stores it in every copy, durably, before it returns.
    ///
    /// A package that is already there is never replaced: with the same bag inside it is completed (missing copies)
    /// and its receipt returned, so that a write may be repeated after a crash; with another bag it is refused.
    fn write(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError>;

    /// Writes many packages, each as [`Vault::write`] does, one beside the other where that is quicker. Returns an answer
    /// for each, in their order, once all of them are durable.
    ///
    /// # Errors
    /// Where something stops them all; each may be repeated.
    fn write_all(&self, packages: &[NewPackage]) -> Result<Vec<Result<PackageReceipt, VaultError>>, VaultError> {
        Ok(packages.iter().map(|new| self.write(new.package, &new.bag)).collect())
    }

    /// Returns for each package, in their order, the key under which its text lies in the database: it is made of the
    /// package's own key, and gone with that.
    ///
    /// # Errors
    /// Where something stops them all.
    fn text_keys(&self, packages: &[PackageName]) -> Result<Vec<Result<SealingKey, VaultError>>, VaultError>;

    /// Returns the secret that the index of contents lies under in the database; it is made of the master identity.
    fn index_secret(&self) -> Result<SealingKey, VaultError>;

    /// Returns the key under which the second factors of accounts lie in the database; it is made of the master identity.
    fn factor_secret(&self) -> Result<SealingKey, VaultError>;

    /// Finishes a write that a crash stopped: finds the package by the digest of its bag, completes missing copies and
    /// keys, and returns the receipt that [`Vault::write`] would have returned. Refuses a package with another bag.
    /// Where no copy has the package, takes back the keys that were made for it and says that there is no such package.
    fn adopt(&self, package: PackageName, bag_sha256: &Sha256Hex) -> Result<PackageReceipt, VaultError>;

    /// Reads a package and returns its bag after the sealed bytes' digest and the age authentication have held.
    ///
    /// A damaged or missing copy is passed over for a good one; only when none is good is it an error.
    fn read(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<Vec<u8>, VaultError>;

    /// Checks every copy and the key, without returning the bag. Damage is an answer, not an error.
    fn check(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError>;

    /// Puts a missing or damaged copy right from a good one. Damaged bytes are moved to quarantine, never deleted. What
    /// cannot be read now stays as it is: it may be sound.
    fn repair(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError>;

    /// Destroys every version of a record: keys first, then every copy, then proves that nothing is left.
    ///
    /// May be repeated after a crash; repeating it proves absence again. The one function that destroys.
    fn destroy(&self, claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError>;

    /// Destroys many records, each as [`Vault::destroy`] does, one beside the other where that is quicker. Returns an answer
    /// for each claim, in their order.
    ///
    /// # Errors
    /// Where something stops them all; each may be repeated.
    fn destroy_all(&self, claims: &[DestructionClaim]) -> Result<Vec<Result<AbsenceEvidence, VaultError>>, VaultError> {
        Ok(claims.iter().map(|claim| self.destroy(claim)).collect())
    }

    /// Proves that nothing of a record is left, destroying nothing.
    fn prove_absence(&self, record: RecordId) -> Result<AbsenceEvidence, VaultError>;

    /// Lists every package, key and leftover in the vault, in order, for recovery and `records fsck`.
    fn scan(&self) -> Result<VaultListing, VaultError>;

    /// As [`Vault::scan`], but passes over what cannot be reached now and names it in [`VaultListing::unseen`].
    fn scan_seen(&self) -> Result<VaultListing, VaultError> {
        self.scan()
    }

    /// Removes the temporary files that a crash left, which no package's name points to. For start-up, before any write.
    fn sweep(&self) -> Result<Vec<String>, VaultError>;

    /// Returns the newest index of what is remembered that can be read and is proven, whichever copy has it.
    fn memory(&self) -> Result<Option<Memory>, VaultError>;

    /// Writes parts of what is to be remembered into every copy, durably. Nothing is remembered of them, and nobody can read
    /// them, before an index names them.
    fn put_memory(&self, units: Vec<(MemoryUnit, Vec<u8>)>) -> Result<Vec<MemoryPart>, VaultError>;

    /// Returns the lines of a part of a proven index.
    fn memory_part(&self, part: &MemoryPart) -> Result<Vec<u8>, VaultError>;

    /// Has every copy remember what an index says, proven by the master identity, and nothing else: keys of what was
    /// remembered before go first. Where what is remembered is newer already, nothing is done, unless it is to go, too.
    fn remember(&self, memory: &Memory, also_newer: bool) -> Result<Remembered, VaultError>;

    /// Tells whether every copy remembers the rows as of this entry, and nothing else.
    fn remembers(&self, seq: u64) -> Result<bool, VaultError>;

    /// Moves a package that no row knows of to quarantine, with its key. Never deletes. Returns where it went.
    fn quarantine(&self, package: PackageName) -> Result<Vec<String>, VaultError>;
}

/// Names one record version's package, `<record-id>.<version>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PackageName {
    /// The record.
    pub record: RecordId,
    /// The version, from 1.
    pub version: u32,
}

/// A package that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPackage {
    /// The package.
    pub package: PackageName,
    /// Its bag.
    pub bag: Vec<u8>,
    /// The digest of the bag, as the office wrote it down in its intent.
    pub bag_sha256: Sha256Hex,
}

/// What a write left behind: for the record's row and the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageReceipt {
    /// The package.
    pub package: PackageName,
    /// SHA-256 of the encrypted package file.
    pub sealed_sha256: Sha256Hex,
    /// The length of the encrypted package file.
    pub sealed_size_bytes: u64,
    /// SHA-256 of the bag.
    pub bag_sha256: Sha256Hex,
    /// Where it lies, relative to each copy's root.
    pub path: String,
    /// How many copies there are.
    pub copies: u32,
}

/// How one copy or key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyHealth {
    /// There, and what it should be.
    Sound,
    /// Not there.
    Missing,
    /// There, but with another digest, or nothing that can be read.
    Damaged,
    /// There, but the disk did not let it be read; whether it is sound is not known.
    Unread,
}

/// How a package is: every copy, and the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageHealth {
    /// The package.
    pub package: PackageName,
    /// The copies in the order of the configuration.
    pub copies: Vec<CopyHealth>,
    /// The wrapped keys in the order of the configuration.
    pub keys: Vec<CopyHealth>,
}

/// The office's word that a claim was committed: what [`Vault::destroy`] acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestructionClaim {
    /// The record.
    pub record: RecordId,
    /// The hash of the frozen list it was claimed under; none of what only waited to be filed.
    pub list_hash: Option<Sha256Hex>,
    /// The hash of the ledger entry of the claim.
    pub ledger_hash: Sha256Hex,
    /// When it was claimed.
    pub claimed_at: Instant,
}

/// Proof that nothing of a record is left in the vault, for tombstone, ledger and certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceEvidence {
    /// The record.
    pub record: RecordId,
    /// What was removed in this call; empty when a repeated call found nothing left.
    pub removed: Vec<RemovedItem>,
    /// The checks made afterwards; every one found nothing.
    pub checks: Vec<AbsenceCheck>,
    /// When the last check was made.
    pub proven_at: Instant,
}

/// One file that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedItem {
    /// Relative to its root, with the root's name in front, for example `copy-1:v1/ab/cd/….pkg`.
    pub place: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// SHA-256 of a package's sealed bytes; none for keys, whose digest is nobody's business.
    pub sha256: Option<Sha256Hex>,
}

/// One check of absence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceCheck {
    /// Where it looked.
    pub place: String,
    /// How: `stat` (of an object: its head), `list` or `read`.
    pub method: String,
}

/// Everything that lies in the vault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultListing {
    /// Packages found in at least one copy.
    pub packages: Vec<ListedPackage>,
    /// Keys without a package in any copy.
    pub lone_keys: Vec<PackageName>,
    /// Temporary files of writes that did not end, or that are going on.
    pub leftovers: Vec<String>,
    /// Files in quarantine.
    pub quarantined: Vec<String>,
    /// Files that have no business in the vault.
    pub strangers: Vec<String>,
    /// Copies that could not be reached, for example `copy-2`; what lies in them is not in the listing.
    pub unseen: Vec<String>,
}

/// A package in the listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPackage {
    /// The package.
    pub package: PackageName,
    /// Whether each copy has it, in the order of the configuration.
    pub copies: Vec<bool>,
    /// Whether each key store has its key, in the order of the configuration.
    pub keys: Vec<bool>,
}

/// What can go wrong behind the port.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The disk failed or is full; nothing half-written is left under a package's name.
    #[error("{place}: {source}")]
    Disk {
        /// Where.
        place: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Written bytes came back different.
    #[error("{place}: what was written does not read back the same")]
    ReadBack {
        /// Where.
        place: String,
    },
    /// No such package in any copy.
    #[error("package {0} is not in the vault")]
    NoSuchPackage(PackageName),
    /// No copy is sound.
    #[error("no copy of package {0} is sound")]
    NoSoundCopy(PackageName),
    /// A copy or key is there, but cannot be read now: a busy or failing disk.
    #[error("{place} of package {package} cannot be read now")]
    Unread {
        /// The package.
        package: PackageName,
        /// Which copy or key, for example `copy-1`.
        place: String,
    },
    /// An object store is away, busy, or does not say for certain what is asked: that says nothing about its objects.
    #[error("{place}: the object store does not answer for certain: {reason}")]
    Unavailable {
        /// Which object or bucket.
        place: String,
        /// What the store or the network says.
        reason: String,
    },
    /// Another process has been changing the vault for long, or was stopped while it did.
    #[error("another process has held {place} for five minutes; is it stopped?")]
    Busy {
        /// The file by which processes keep out of each other's way.
        place: String,
    },
    /// An object store keeps what is deleted from it, so that nothing in it could be destroyed with proof.
    #[error("{place} keeps versions of what is deleted; use a bucket that never had versioning or an object lock")]
    KeepsDeleted {
        /// Which bucket.
        place: String,
    },
    /// The key is gone, so the package cannot be read.
    #[error("the key of package {0} is not in the key store")]
    NoKey(PackageName),
    /// A package of that name with other contents exists; packages are never replaced.
    #[error("package {0} exists already with other contents")]
    Exists(PackageName),
    /// Something is left after destruction.
    #[error("{place} is still there after destruction")]
    StillThere {
        /// Where.
        place: String,
    },
    /// The master key is missing, unreadable or open to others.
    #[error("the vault's master key: {0}")]
    MasterKey(String),
    /// The folders are not those the vault was made with.
    #[error("the vault's folders: {0}")]
    Layout(String),
    /// The package cannot be made or read.
    #[error(transparent)]
    Package(#[from] crate::package::PackageError),
}

impl From<Unfinished> for VaultError {
    fn from(_: Unfinished) -> Self {
        Self::Layout("work side by side did not come to its end".to_owned())
    }
}

impl Fault for VaultError {
    fn code(&self) -> &'static str {
        match self {
            Self::Disk { .. } => "vault-disk",
            Self::ReadBack { .. } => "vault-read-back",
            Self::NoSuchPackage(_) => "vault-no-such-package",
            Self::NoSoundCopy(_) => "vault-no-sound-copy",
            Self::Unread { .. } => "vault-unread",
            Self::Unavailable { .. } => "vault-unavailable",
            Self::Busy { .. } => "vault-busy",
            Self::KeepsDeleted { .. } => "vault-keeps-deleted",
            Self::NoKey(_) => "vault-no-key",
            Self::Exists(_) => "vault-package-exists",
            Self::StillThere { .. } => "vault-still-there",
            Self::MasterKey(_) => "vault-master-key",
            Self::Layout(_) => "vault-layout",
            Self::Package(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Disk { .. } | Self::ReadBack { .. } | Self::StillThere { .. } => Kind::Disk,
            Self::NoSuchPackage(_) => Kind::NotFound,
            Self::NoSoundCopy(_)
            | Self::Unread { .. }
            | Self::Unavailable { .. }
            | Self::Busy { .. }
            | Self::NoKey(_)
            | Self::MasterKey(_)
            | Self::Layout(_) => Kind::Unavailable,
            Self::KeepsDeleted { .. } => Kind::Refused,
            Self::Exists(_) => Kind::Conflict,
            Self::Package(error) => error.kind(),
        }
    }
}

impl PackageHealth {
    /// Tells whether every copy and every key is sound.
    pub fn is_sound(&self) -> bool {
        self.copies.iter().chain(&self.keys).all(|health| *health == CopyHealth::Sound)
    }

    /// Names the first copy or key that could not be read, for example `keys-1`.
    pub fn unread(&self) -> Option<String> {
        self.places(|one| one == CopyHealth::Unread).into_iter().next()
    }

    /// Names the copies and keys that are as asked, for example `copy-2` and `keys-1`.
    pub fn places(&self, wanted: impl Fn(CopyHealth) -> bool) -> Vec<String> {
        let copies = self.copies.iter().enumerate().map(|(index, health)| ("copy", index + 1, *health));
        let keys = self.keys.iter().enumerate().map(|(index, health)| ("keys", index + 1, *health));
        let found = copies.chain(keys).filter(|(_, _, health)| wanted(*health));
        found.map(|(label, number, _)| format!("{label}-{number}")).collect()
    }

    /// Tells whether the bag can still be read: one sound copy and one sound key.
    pub fn is_readable(&self) -> bool {
        self.copies.contains(&CopyHealth::Sound) && self.keys.contains(&CopyHealth::Sound)
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.record, self.version)
    }
}

impl FromStr for PackageName {
    type Err = crate::id::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (record, version) = text.split_once('.').ok_or(crate::id::BadId)?;
        let plain = !version.starts_with('0') && version.bytes().all(|c| c.is_ascii_digit());
        let version = version.parse().ok().filter(|_| plain).ok_or(crate::id::BadId)?;
        Ok(Self { record: record.parse()?, version })
    }
}

impl From<PackageName> for String {
    fn from(name: PackageName) -> String {
        name.to_string()
    }
}

impl TryFrom<String> for PackageName {
    type Error = crate::id::BadId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
