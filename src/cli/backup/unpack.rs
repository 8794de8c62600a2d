//! Takes a backup apart into a folder: files, keys, packages and database, each held to what the backup says of it.

use super::contents::Contents;
use super::{CONTENTS, DATABASE, FILES, KEYS};
use crate::cli::Failure;
use crate::cli::city::CityFile;
use crate::id::RecordId;
use crate::office::SealedCheckpoint;
use crate::office::ports::{BackupError, CheckpointShelf, PackageName, ProofShelf};
use crate::package::Identities;
use crate::vault::{
    BackupLine, BackupStore, CheckpointFolder, DiskVault, Found, LineKind, LineReader, ProofFolders, PutBack, SetPlace,
    VaultFolders,
};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Packages that are put back together.
const TOGETHER: usize = 64;
/// Bytes of packages that are held at once.
const TOGETHER_BYTES: usize = 64 << 20;

/// Where a backup is taken apart to.
pub struct Target {
    /// The city's folder.
    pub folder: PathBuf,
    /// Where its vault lies.
    pub vault: VaultFolders,
    /// Where its proof trees lie.
    pub proofs: Vec<PathBuf>,
    /// Where its checkpoints lie.
    pub checkpoints: PathBuf,
    /// Whether it is for a trial alone: then nothing is made durable, and packages are second names of those in the store.
    pub is_trial: bool,
}

/// A backup that was taken apart, but for its database.
pub struct Unpacked {
    /// What is in it.
    pub contents: Contents,
    /// Its vault.
    pub vault: DiskVault,
    /// Records whose packages are not there: they went while it was made, or were destroyed or lost since.
    pub lacking: BTreeSet<RecordId>,
    /// How many of these were destroyed after the backup was made.
    pub destroyed: u64,
    /// Packages that the backup names, that are not what was written, or not there, and of which nobody says why.
    pub missing: Vec<PackageName>,
}

/// A backup, its store, and who opens it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The store; it knows the master identity.
    pub store: &'a BackupStore,
    /// The backup.
    pub place: &'a SetPlace,
    /// Who opens it.
    pub identities: &'a Identities,
}

impl Target {
    /// Returns the places of a trial below a folder; sealed packages lie elsewhere.
    pub fn for_trial(folder: PathBuf, sealed: PathBuf) -> Self {
        Self {
            vault: VaultFolders {
                copies: vec![sealed],
                keys: vec![folder.join("trial-keys")],
                master_key: folder.join("trial.key"),
            },
            proofs: vec![folder.join("trial-proofs")],
            checkpoints: folder.join("trial-checkpoints"),
            folder,
            is_trial: true,
        }
    }

    /// Returns the places that a city's file names, with its folder where it is for now.
    pub fn of(file: &CityFile, folder: PathBuf) -> Self {
        let below = |path: &PathBuf| folder.join(path);
        Self {
            vault: VaultFolders {
                copies: file.archive.iter().map(below).collect(),
                keys: file.package_keys.iter().map(below).collect(),
                master_key: below(&file.master_key),
            },
            proofs: file.proofs.iter().map(below).collect(),
            checkpoints: below(&file.checkpoints),
            folder,
            is_trial: false,
        }
    }
}

impl Target {
    /// Returns the shelves of checkpoints and proof trees.
    pub fn shelves(&self) -> (Arc<dyn CheckpointShelf>, Arc<dyn ProofShelf>) {
        let proofs = ProofFolders::new(self.proofs.clone());
        (Arc::new(CheckpointFolder::new(self.checkpoints.clone())), Arc::new(proofs))
    }
}

impl Unpacked {
    /// Refuses where packages are missing.
    ///
    /// # Errors
    /// [`BackupError::Lacking`].
    pub fn is_whole(&self) -> Result<(), BackupError> {
        match self.missing.first() {
            Some(first) => {
                Err(BackupError::Lacking { number: self.missing.len() as u64, first: format!("package {first}") })
            }
            None => Ok(()),
        }
    }
}

impl Subject<'_> {
    /// Reads the first file of the backup, the city's own, with its name.
    pub fn city_file(&self) -> Result<(String, zeroize::Zeroizing<Vec<u8>>), Failure> {
        let first = self.lines(FILES)?.next_line()?.filter(|line| line.what == LineKind::File);
        let line = first.ok_or_else(|| altered(FILES, "it does not begin with the city's file"))?;
        Ok((line.name.clone(), bytes_of(&line, FILES)?))
    }

    /// Reads the vault's master identity.
    pub fn master(&self) -> Result<zeroize::Zeroizing<String>, Failure> {
        let first = self.lines(KEYS)?.next_line()?.filter(|line| line.what == LineKind::Master);
        let line = first.ok_or_else(|| altered(KEYS, "it does not begin with the master key"))?;
        let text = String::from_utf8(bytes_of(&line, KEYS)?.to_vec()).map(zeroize::Zeroizing::new);
        Ok(text.map_err(|_| altered(KEYS, "the master key is no text"))?)
    }

    /// Reads what is in the backup.
    pub fn contents(&self) -> Result<Contents, Failure> {
        let part = self.place.open(CONTENTS, self.identities)?;
        Ok(Contents::read(part, &self.place.manifest.id, &self.place.manifest.vault)?)
    }

    /// Takes the backup apart, but for its database.
    pub fn unpack(&self, target: &Target) -> Result<Unpacked, Failure> {
        let contents = self.contents()?;
        write_file(&target.vault.master_key, self.master()?.as_bytes(), 0o600, target.is_trial)?;
        self.write_files(target)?;
        let vault = DiskVault::create_or_open(target.vault.clone(), Arc::new(crate::cli::SystemClock))?;
        let (mut lacking, mut destroyed, mut missing) = (contents.lacking(), 0, Vec::new());
        self.put_back(&vault, &contents, target.is_trial, &mut |package, found| {
            lacking.insert(package.record);
            match found {
                Found::Destroyed => destroyed += 1,
                Found::There(_) | Found::Lacking => missing.push(package),
            }
        })?;
        Ok(Unpacked { contents, vault, lacking, destroyed, missing })
    }

    /// Writes the database as it was backed up.
    pub fn write_database(&self, to: &Path) -> Result<(), Failure> {
        let mut part = self.place.open(DATABASE, self.identities)?;
        let mut options = OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(to);
        let mut file = made.map_err(|error| Failure::io(to, &error, true))?;
        io::copy(&mut part, &mut file).map_err(|error| Failure::io(to, &error, true))?;
        Ok(())
    }

    fn write_files(&self, target: &Target) -> Result<(), Failure> {
        let mut lines = self.lines(FILES)?;
        let (proofs, checkpoints) =
            (ProofFolders::new(target.proofs.clone()), CheckpointFolder::new(target.checkpoints.clone()));
        while let Some(line) = lines.next_line()? {
            let bytes = bytes_of(&line, FILES)?;
            match line.what {
                LineKind::File => {
                    let path = target.folder.join(below(&line.name)?);
                    write_file(&path, &bytes, line.mode.unwrap_or(0o600), target.is_trial)?;
                }
                LineKind::Proof => {
                    let number = line.name.parse().map_err(|_| altered(FILES, "a proof tree has no number"))?;
                    proofs.put(number, &bytes)?;
                }
                LineKind::Checkpoint => {
                    let sealed =
                        SealedCheckpoint::open(&line.name, &bytes).map_err(crate::office::OfficeError::from)?;
                    checkpoints.put(sealed.checkpoint.seq, &sealed.sealed.sha256, &bytes)?;
                }
                LineKind::Master | LineKind::Key => return Err(altered(FILES, "a key is among the files").into()),
            }
        }
        Ok(())
    }

    /// Puts the packages back with their keys; those that are not there are told.
    fn put_back(
        &self,
        vault: &DiskVault,
        contents: &Contents,
        is_trial: bool,
        lacks: &mut dyn FnMut(PackageName, Found),
    ) -> Result<(), Failure> {
        let listed: BTreeSet<_> = self.place.packages()?.into_iter().map(|(sha256, _)| sha256).collect();
        let (mut lines, mut count) = (self.lines(KEYS)?, 0);
        let (mut coming, mut bytes): (Vec<PutBack>, usize) = (Vec::new(), 0);
        while let Some(line) = lines.next_line()? {
            if line.what != LineKind::Key {
                continue;
            }
            count += 1;
            let package: PackageName = line.name.parse().map_err(|_| altered(KEYS, "a key is of no package"))?;
            let sha256 = line.package.clone().filter(|sha256| listed.contains(sha256));
            let sha256 = sha256.ok_or_else(|| BackupError::Mixed { place: super::KEYS.to_owned() })?;
            let key = bytes_of(&line, KEYS)?;
            match self.store.find(&sha256)? {
                Found::There(path) if is_trial => vault.put_back_for_trial(package, &key, &path)?,
                Found::There(path) => {
                    let sealed = fs::read(&path).map_err(|error| Failure::io(&path, &error, false))?;
                    if crate::digest::Sha256Hex::of(&sealed) != sha256 {
                        // What is not what was written is no package; its record lacks it.
                        lacks(package, Found::Lacking);
                        continue;
                    }
                    bytes += sealed.len();
                    coming.push((package, key, sealed));
                }
                found => lacks(package, found),
            }
            if coming.len() == TOGETHER || bytes >= TOGETHER_BYTES {
                vault.put_back(&coming)?;
                coming.clear();
                bytes = 0;
            }
        }
        vault.put_back(&coming)?;
        match count == contents.packages && count == listed.len() as u64 {
            true => Ok(()),
            false => Err(BackupError::Mixed { place: super::KEYS.to_owned() }.into()),
        }
    }

    fn lines(&self, part: &str) -> Result<LineReader<crate::vault::PartReader>, BackupError> {
        Ok(LineReader::new(self.place.open(part, self.identities)?, part))
    }
}

fn bytes_of(line: &BackupLine, part: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, BackupError> {
    line.bytes().ok_or_else(|| altered(part, "a line is no base64"))
}

fn altered(part: &str, what: &str) -> BackupError {
    BackupError::Altered { place: part.to_owned(), what: what.to_owned() }
}

/// Returns a path that stays below a folder.
fn below(name: &str) -> Result<&Path, BackupError> {
    let path = Path::new(name);
    let stays = !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    if stays { Ok(path) } else { Err(altered(FILES, "a file would lie outside of the city's folder")) }
}

/// Writes a new file with its permissions.
fn write_file(path: &Path, bytes: &[u8], mode: u32, is_trial: bool) -> Result<(), Failure> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        let mut file: File = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(bytes)?;
        if is_trial { Ok(()) } else { file.sync_all() }
    };
    write().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::InTheWay { place: path.display().to_string() }.into(),
        _ => Failure::io(path, &error, true),
    })
}
