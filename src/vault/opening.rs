//! Opening a vault: its folders, its marks, its master identity, its lock.

use super::checkpoint::{NoCheckpoint, VaultCheckpoint, VaultStep};
use super::disk;
use super::root::Root;
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::ports::{
    AbsenceEvidence, DestructionClaim, PackageHealth, PackageName, PackageReceipt, Vault, VaultError, VaultListing,
};
use crate::package::{PackageIdentity, PackageLimits};
use crate::time::Clock;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// A vault in folders of a disk.
pub struct DiskVault {
    pub(super) copies: Vec<Root>,
    pub(super) keys: Vec<Root>,
    pub(super) master: PackageIdentity,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: PackageLimits,
    checkpoint: Box<dyn VaultCheckpoint>,
}

/// The file that marks a folder as belonging to a vault.
const MARK: &str = "VAULT";
/// The file that a process locks while it changes the vault.
const LOCK: &str = ".lock";

impl DiskVault {
    /// Opens the vault, making folders and master identity first where there is no vault yet.
    ///
    /// A missing master identity beside marked folders is refused, as a new one would read nothing; so is a folder
    /// without its mark beside marked ones, as it may be a mount point without its disk.
    pub fn create_or_open(folders: VaultFolders, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        let (copies, keys) = roots(&folders)?;
        let mut marked = false;
        for root in copies.iter().chain(&keys) {
            fs::create_dir_all(&root.folder).map_err(|error| disk::trouble(&root.folder, error))?;
            marked |= disk::exists(&root.folder.join(MARK))? || disk::exists(&root.folder.join("v1"))?;
        }
        if !disk::exists(&folders.master_key)? {
            if marked {
                return Err(VaultError::MasterKey("it is missing, but packages or keys exist".to_owned()));
            }
            write_master(&folders.master_key)?;
        }
        let master = read_master(&folders.master_key)?;
        mark_all(&copies, &keys, &master)?;
        Self::open(folders, clock)
    }

    /// Opens a vault that exists; changes nothing.
    pub fn open(folders: VaultFolders, clock: Arc<dyn Clock>) -> Result<Self, VaultError> {
        let (copies, keys) = roots(&folders)?;
        let master = read_master(&folders.master_key)?;
        let (limits, checkpoint) = (PackageLimits::default(), Box::new(NoCheckpoint));
        let vault = Self { copies, keys, master, clock, limits, checkpoint };
        vault.all_present()?;
        apart(&vault.copies, &vault.keys, &folders.master_key)?;
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

    /// Checks that every folder is there and this vault's: where a disk has gone away, nothing is absent, only unseen.
    pub(super) fn all_present(&self) -> Result<(), VaultError> {
        let text = mark_text(&self.master);
        for root in self.copies.iter().chain(&self.keys) {
            let mark = disk::read(&root.folder.join(MARK), 1024)?;
            if mark.as_deref() != Some(text.as_bytes()) {
                let folder = root.folder.display();
                let sentence = "has no mark of this vault; is its disk there, and is it the right one?";
                return Err(VaultError::Layout(format!("{folder} {sentence}")));
            }
        }
        Ok(())
    }

    /// Takes the lock under which this and other processes change the vault; freed when dropped, or when killed.
    /// Every folder must be there.
    pub(super) fn lock(&self) -> Result<File, VaultError> {
        self.all_present()?;
        let folder = self.copies.first().map(|root| root.folder.clone()).unwrap_or_default();
        let path = folder.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| disk::trouble(&path, error))?;
        file.lock().map_err(|error| disk::trouble(&path, error))?;
        Ok(file)
    }
}

impl Vault for DiskVault {
    fn write(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        self.write_package(package, bag)
    }

    fn write_all(
        &self,
        bags: &[(PackageName, Vec<u8>)],
    ) -> Result<Vec<Result<PackageReceipt, VaultError>>, VaultError> {
        match bags {
            [(package, bag)] => Ok(vec![self.write_package(*package, bag)]),
            bags => self.write_packages(bags),
        }
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

    fn sweep(&self) -> Result<Vec<String>, VaultError> {
        self.sweep_temporary()
    }

    fn quarantine(&self, package: PackageName) -> Result<Vec<String>, VaultError> {
        self.quarantine_package(package)
    }
}

fn roots(folders: &VaultFolders) -> Result<(Vec<Root>, Vec<Root>), VaultError> {
    if folders.copies.is_empty() || folders.keys.is_empty() {
        return Err(VaultError::Layout("at least one folder for packages and one for keys is needed".to_owned()));
    }
    let name = |label: &str, ending: &'static str, folders: &[PathBuf]| -> Vec<Root> {
        let numbered = folders.iter().enumerate();
        numbered
            .map(|(index, folder)| Root { label: format!("{label}-{}", index + 1), folder: folder.clone(), ending })
            .collect()
    };
    Ok((name("copy", "pkg", &folders.copies), name("keys", "key", &folders.keys)))
}

/// No folder may lie within another, nor the master key within a copy: a backup of the one would carry the other.
fn apart(copies: &[Root], keys: &[Root], master_key: &Path) -> Result<(), VaultError> {
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| disk::trouble(path, error));
    let folders =
        copies.iter().chain(keys).map(|root| real(&root.folder)).collect::<Result<Vec<PathBuf>, VaultError>>()?;
    for (index, folder) in folders.iter().enumerate() {
        let others = folders.iter().enumerate().filter(|(other, _)| *other != index);
        if let Some((_, other)) = others.map(|(_, other)| ((), other)).find(|(_, other)| other.starts_with(folder)) {
            return Err(VaultError::Layout(format!("{} lies within {}", other.display(), folder.display())));
        }
    }
    let master_key = real(master_key)?;
    match folders.iter().take(copies.len()).find(|folder| master_key.starts_with(folder)) {
        Some(folder) => Err(VaultError::Layout(format!("the master key lies within {}", folder.display()))),
        None => Ok(()),
    }
}

fn mark_text(master: &PackageIdentity) -> String {
    format!("fumikura-vault 1\n{}\n", master.recipient())
}

/// Marks every folder, the primary copy last: once that one is marked, no other is ever marked again by itself.
fn mark_all(copies: &[Root], keys: &[Root], master: &PackageIdentity) -> Result<(), VaultError> {
    let Some((primary, others)) = copies.split_first() else { return Ok(()) };
    if disk::exists(&primary.folder.join(MARK))? {
        return Ok(());
    }
    for root in others.iter().chain(keys).chain([primary]) {
        for folder in [root.folder.join("v1"), root.temporary(), root.quarantine()] {
            disk::make_folders(&root.folder, &folder)?;
        }
        let mark = root.folder.join(MARK);
        match disk::read(&mark, 1024)? {
            Some(text) if text == mark_text(master).as_bytes() => {}
            Some(_) => return Err(VaultError::Layout(format!("{} belongs to another vault", root.folder.display()))),
            None => {
                let temporary = root.folder.join("VAULT.tmp");
                disk::remove(&temporary)?;
                disk::write_new(&temporary, mark_text(master).as_bytes())?;
                disk::rename_new(&temporary, &mark)?;
            }
        }
        disk::sync(&root.folder)?;
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

fn read_master(path: &Path) -> Result<PackageIdentity, VaultError> {
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
