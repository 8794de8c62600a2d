//! Opening a vault: its folders and buckets, their marks, its master identity, its lock.

use super::bucket::Bucket;
use super::checkpoint::{NoCheckpoint, VaultCheckpoint, VaultStep};
use super::disk;
use super::root::{Place, Root};
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::ports::{
    AbsenceEvidence, DestructionClaim, Memory, MemoryPart, MemoryUnit, NewPackage, PackageHealth, PackageName,
    PackageReceipt, Remembered, Vault, VaultError, VaultListing,
};
use crate::package::{PackageIdentity, PackageLimits};
use crate::texts::SealingKey;
use crate::time::Clock;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where a vault lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultFolders {
    /// Folders of the copies, the first being the primary one; best on different disks.
    pub copies: Vec<PathBuf>,
    /// Folders of the wrapped keys, apart from the packages and from the database and its backups.
    pub keys: Vec<PathBuf>,
    /// The file of the master identity, mode 0600, in the form of `age-keygen`.
    pub master_key: PathBuf,
}

/// A vault in folders of a disk, with further copies of the packages in object stores.
pub struct DiskVault {
    pub(super) copies: Vec<Root>,
    pub(super) keys: Vec<Root>,
    pub(super) master: PackageIdentity,
    /// What its places are marked with.
    mark: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: PackageLimits,
    checkpoint: Box<dyn VaultCheckpoint>,
}

/// The file that a process locks while it changes the vault.
const LOCK: &str = ".lock";
/// How long it is waited for: five minutes.
const LOCK_TRIES: u32 = 60_000;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

impl DiskVault {
    /// Opens the vault, making folders and master identity first where there is no vault yet.
    ///
    /// A missing master identity beside marked folders is refused, as a new one would read nothing; so is a folder
    /// without its mark beside marked ones, as it may be a mount point without its disk.
    pub fn create_or_open(folders: VaultFolders, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        Self::create_or_open_with(folders, Vec::new(), clock)
    }

    /// As [`Self::create_or_open`], with further copies of the packages in buckets, which come after the folders.
    ///
    /// A bucket that cannot be reached now is no reason not to open: nothing is written, destroyed or proven before it has
    /// shown its mark, and that it may be used.
    pub fn create_or_open_with(
        folders: VaultFolders,
        buckets: Vec<Bucket>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VaultError> {
        let (copies, keys) = roots(&folders, buckets)?;
        for folder in copies.iter().chain(&keys).filter_map(Root::folder) {
            fs::create_dir_all(folder).map_err(|error| disk::trouble(folder, error))?;
        }
        if !disk::exists(&folders.master_key)? {
            for root in copies.iter().chain(&keys) {
                if root.is_used()? {
                    return Err(VaultError::MasterKey("it is missing, but packages or keys exist".to_owned()));
                }
            }
            write_master(&folders.master_key)?;
        }
        mark_all(&copies, &keys, &mark_text(&read_master(&folders.master_key)?))?;
        Self::opened(copies, keys, &folders.master_key, clock)
    }

    /// Marks the places of a vault that exists which are new to it, so that they become copies or key stores of it; each must
    /// be empty. Returns where they are.
    pub fn mark_new(folders: &VaultFolders, buckets: Vec<Bucket>) -> Result<Vec<String>, VaultError> {
        let (copies, keys) = roots(folders, buckets)?;
        let mark = mark_text(&read_master(&folders.master_key)?);
        copies.first().map_or(Ok(()), |primary| primary.present(&mark))?;
        let mut marked = Vec::new();
        for root in copies.iter().chain(&keys) {
            if let Some(folder) = root.folder() {
                fs::create_dir_all(folder).map_err(|error| disk::trouble(folder, error))?;
            }
            if root.is_marked()? {
                root.present(&mark)?;
                continue;
            }
            if root.is_used()? {
                return Err(VaultError::Layout(format!("{} is not empty", root.address())));
            }
            root.forgets()?;
            root.mark(&mark)?;
            root.present(&mark)?;
            marked.push(root.address());
        }
        Ok(marked)
    }

    /// Opens a vault that exists; changes nothing.
    pub fn open(folders: VaultFolders, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        Self::open_with(folders, Vec::new(), clock)
    }

    /// As [`Self::open`], with copies in buckets.
    pub fn open_with(folders: VaultFolders, buckets: Vec<Bucket>, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        let (copies, keys) = roots(&folders, buckets)?;
        Self::opened(copies, keys, &folders.master_key, clock)
    }

    fn opened(
        copies: Vec<Root>,
        keys: Vec<Root>,
        master_key: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VaultError> {
        let master = read_master(master_key)?;
        let (limits, checkpoint) = (PackageLimits::default(), Box::new(NoCheckpoint));
        let mark = mark_text(&master);
        let vault = Self { copies, keys, master, mark, clock, limits, checkpoint };
        for root in vault.copies.iter().chain(&vault.keys) {
            vault.seen(root)?;
        }
        apart(&vault.copies, &vault.keys, master_key)?;
        Ok(vault)
    }

    /// Returns the vault's name, the public key of its master identity, which all its folders are marked with.
    pub fn name(&self) -> String {
        self.master.recipient()
    }

    /// Sets what is called between the steps.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Box<dyn VaultCheckpoint>) -> Self {
        self.checkpoint = checkpoint;
        self
    }

    /// Sets how large a package may be.
    #[must_use]
    pub fn with_limits(mut self, limits: PackageLimits) -> Self {
        self.limits = limits;
        self
    }

    pub(super) fn checkpoint(&self) -> &dyn VaultCheckpoint {
        self.checkpoint.as_ref()
    }

    pub(super) fn reached(&self, step: VaultStep) -> Result<(), VaultError> {
        self.checkpoint.reached(step).map_err(|error| VaultError::Disk { place: format!("{step:?}"), source: error })
    }

    /// The largest encrypted file: the age format adds 16 bytes for each 64 KiB, and a header.
    pub(super) fn sealed_limit(&self) -> u64 {
        self.limits.bag_bytes.saturating_add(self.limits.bag_bytes / 4096).saturating_add(4096)
    }

    /// Checks that every folder and bucket is there and this vault's: where one has gone away, nothing is absent, only
    /// unseen.
    pub(super) fn all_present(&self) -> Result<(), VaultError> {
        self.copies.iter().chain(&self.keys).try_for_each(|root| root.present(&self.mark))
    }

    /// Checks that one of them is there. Returns false for a bucket that cannot be reached now.
    pub(super) fn seen(&self, root: &Root) -> Result<bool, VaultError> {
        match root.present(&self.mark) {
            Ok(()) => Ok(true),
            Err(VaultError::Unavailable { .. }) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// Takes the lock under which this and other processes change the vault; freed when dropped, or when killed.
    /// Every folder and bucket must be there.
    pub(super) fn lock(&self) -> Result<File, VaultError> {
        self.all_present()?;
        let folder = self.copies.first().and_then(Root::folder).unwrap_or(Path::new(""));
        let path = folder.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| disk::trouble(&path, error))?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(disk::trouble(&path, error)),
            }
        }
        // Whoever has it may have been stopped in the middle: that keeps nobody waiting for ever.
        Err(VaultError::Busy { place: path.display().to_string() })
    }
}

impl Vault for DiskVault {
    fn write(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        self.write_package(package, bag)
    }

    fn write_all(&self, packages: &[NewPackage]) -> Result<Vec<Result<PackageReceipt, VaultError>>, VaultError> {
        match packages {
            [one] => Ok(vec![self.write_package(one.package, &one.bag)]),
            many => self.write_packages(many),
        }
    }

    fn text_keys(&self, packages: &[PackageName]) -> Result<Vec<Result<SealingKey, VaultError>>, VaultError> {
        self.keys_of_texts(packages)
    }

    fn index_secret(&self) -> Result<SealingKey, VaultError> {
        Ok(self.secret_of_index())
    }

    fn factor_secret(&self) -> Result<SealingKey, VaultError> {
        Ok(self.secret_of_factors())
    }

    fn adopt(&self, package: PackageName, bag_sha256: &Sha256Hex) -> Result<PackageReceipt, VaultError> {
        self.adopt_package(package, bag_sha256)
    }

    fn read(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        self.read_package(package, sealed_sha256)
    }

    fn check(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        self.check_package(package, sealed_sha256)
    }

    fn repair(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        self.repair_package(package, sealed_sha256)
    }

    fn destroy(&self, claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        let answers = self.destroy_records(std::slice::from_ref(claim))?;
        // Every claim has its answer.
        answers.into_iter().next().unwrap_or_else(|| Err(VaultError::Layout("there is no folder".to_owned())))
    }

    fn destroy_all(&self, claims: &[DestructionClaim]) -> Result<Vec<Result<AbsenceEvidence, VaultError>>, VaultError> {
        self.destroy_records(claims)
    }

    fn prove_absence(&self, record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        self.prove_record_absent(record)
    }

    fn scan(&self) -> Result<VaultListing, VaultError> {
        self.scan_roots()
    }

    fn scan_seen(&self) -> Result<VaultListing, VaultError> {
        self.scan_seen_roots()
    }

    fn sweep(&self) -> Result<Vec<String>, VaultError> {
        self.sweep_temporary()
    }

    fn memory(&self) -> Result<Option<Memory>, VaultError> {
        self.newest_sound_memory()
    }

    fn put_memory(&self, units: Vec<(MemoryUnit, Vec<u8>)>) -> Result<Vec<MemoryPart>, VaultError> {
        self.put_parts(units)
    }

    fn memory_part(&self, part: &MemoryPart) -> Result<Vec<u8>, VaultError> {
        self.open_part(part)
    }

    fn remember(&self, memory: &Memory, also_newer: bool) -> Result<Remembered, VaultError> {
        self.keep_memory(memory, also_newer)
    }

    fn remembers(&self, seq: u64) -> Result<bool, VaultError> {
        self.has_memory(seq)
    }

    fn quarantine(&self, package: PackageName) -> Result<Vec<String>, VaultError> {
        self.quarantine_package(package)
    }
}

fn roots(folders: &VaultFolders, buckets: Vec<Bucket>) -> Result<(Vec<Root>, Vec<Root>), VaultError> {
    if folders.copies.is_empty() || folders.keys.is_empty() {
        return Err(VaultError::Layout("at least one folder for packages and one for keys is needed".to_owned()));
    }
    let name = |label: &str, ending: &'static str, places: Vec<Place>| -> Vec<Root> {
        let numbered = places.into_iter().enumerate();
        numbered.map(|(index, place)| Root::new(format!("{label}-{}", index + 1), place, ending)).collect()
    };
    let in_folders = |folders: &[PathBuf]| folders.iter().cloned().map(Place::Folder).collect::<Vec<_>>();
    let mut copies = in_folders(&folders.copies);
    copies.extend(buckets.into_iter().map(Place::Bucket));
    Ok((name("copy", "pkg", copies), name("keys", "key", in_folders(&folders.keys))))
}

/// No folder may lie within another, nor the master key within a copy: a backup of the one would carry the other. No more
/// may a part of a bucket.
fn apart(copies: &[Root], keys: &[Root], master_key: &Path) -> Result<(), VaultError> {
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| disk::trouble(path, error));
    let folders = copies.iter().chain(keys).filter_map(Root::folder).map(real);
    let folders = folders.collect::<Result<Vec<PathBuf>, VaultError>>()?;
    let buckets: Vec<String> = copies.iter().filter(|root| root.folder().is_none()).map(Root::address).collect();
    for (index, bucket) in buckets.iter().enumerate() {
        let others = buckets.iter().enumerate().filter(|(other, _)| *other != index);
        if let Some((_, other)) = others.map(|(_, other)| ((), other)).find(|(_, other)| other.starts_with(bucket)) {
            return Err(VaultError::Layout(format!("{other} lies within {bucket}")));
        }
    }
    for (index, folder) in folders.iter().enumerate() {
        let others = folders.iter().enumerate().filter(|(other, _)| *other != index);
        if let Some((_, other)) = others.map(|(_, other)| ((), other)).find(|(_, other)| other.starts_with(folder)) {
            return Err(VaultError::Layout(format!("{} lies within {}", other.display(), folder.display())));
        }
    }
    let master_key = real(master_key)?;
    match folders.iter().take(copies.len() - buckets.len()).find(|folder| master_key.starts_with(folder)) {
        Some(folder) => Err(VaultError::Layout(format!("the master key lies within {}", folder.display()))),
        None => Ok(()),
    }
}

fn mark_text(master: &PackageIdentity) -> String {
    format!("fumikura-vault 1\n{}\n", master.recipient())
}

/// Marks every place, the primary copy last: once that one is marked, no other is ever marked again by itself.
fn mark_all(copies: &[Root], keys: &[Root], mark: &str) -> Result<(), VaultError> {
    let Some((primary, others)) = copies.split_first() else { return Ok(()) };
    if primary.is_marked()? {
        return Ok(());
    }
    for root in others.iter().chain(keys).chain([primary]) {
        root.forgets()?;
        root.mark(mark)?;
    }
    Ok(())
}

fn write_master(path: &Path) -> Result<(), VaultError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| disk::trouble(folder, error))?;
    let temporary = path.with_extension("tmp");
    disk::remove(&temporary)?;
    disk::write_new(&temporary, PackageIdentity::generate().to_text().as_bytes())?;
    disk::rename_new(&temporary, path)?;
    disk::sync(folder)
}

pub(super) fn read_master(path: &Path) -> Result<PackageIdentity, VaultError> {
    let bytes = disk::read(path, 4096)?.map(zeroize::Zeroizing::new);
    let bytes = bytes.ok_or_else(|| VaultError::MasterKey(format!("{} does not exist", path.display())))?;
    #[cfg(unix)]
    {
        let metadata = fs::metadata(path).map_err(|error| disk::trouble(path, error))?;
        if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
            return Err(VaultError::MasterKey(format!("{} can be read by others; chmod 600 it", path.display())));
        }
    }
    let text = std::str::from_utf8(&bytes).ok().and_then(|text| PackageIdentity::parse(text).ok());
    text.ok_or_else(|| VaultError::MasterKey(format!("{} is no age identity", path.display())))
}
