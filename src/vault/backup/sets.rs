//! The backups in a store: each appears whole, by one name, once every part of it was written and tried.

use super::manifest::{BACKUP_VERSION, Manifest, Part, read_proven};
use super::parts::{self, PartReader, PartWriter};
use super::{BackupStore, SETS, TEMPORARY, TRIALS, remove_folder};
use crate::digest::Sha256Hex;
use crate::office::ports::{BackupError, BackupTrial, TrialKind};
use crate::package::{Identities, Recipients};
use crate::time::Instant;
use crate::vault::disk;
use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The part that lists the packages: SHA-256 and length of each, a line each, in order. It is not encrypted, as names of the
/// same kind lie beside it, and whoever takes away what no backup needs must be able to read it.
pub const PACKAGE_LIST: &str = "packages.txt";
const MANIFEST: &str = "manifest.json";
/// The forms of what is proven.
const SAID: &str = "fumikura backup manifest 1";
const TRIED: &str = "fumikura backup trial 1";
const LOCK: &str = ".lock";
/// The longest manifest and note, in bytes.
const LONGEST_BYTES: u64 = 1 << 20;
/// The longest list of packages, in bytes: 50 million.
const LONGEST_LIST_BYTES: u64 = 1 << 32;
/// The time in the name of a backup, before its thousandths of a second: names are in the order of time.
const WHEN: &str = "%Y%m%dT%H%M%S";
const SECOND_DIGITS: usize = 15;

/// The right to change a store; freed when dropped, or when the process ends.
pub struct BackupLock(#[expect(dead_code, reason = "it is locked as long as it is open")] File);

/// Where a backup lies, and what it says of itself.
#[derive(Clone, Debug)]
pub struct SetPlace {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says.
    pub manifest: Manifest,
}

/// A backup that is being made. Dropped before it is settled, it leaves nothing.
pub struct Draft<'a> {
    store: &'a BackupStore,
    id: String,
    folder: PathBuf,
    parts: Vec<Part>,
}

impl BackupStore {
    /// Takes the lock under which one process at a time changes the store, and takes away what a crash left.
    ///
    /// # Errors
    /// [`BackupError::Busy`].
    pub fn lock(&self) -> Result<BackupLock, BackupError> {
        let path = self.folder.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| disk::trouble(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy { place: path.display().to_string() }),
            Err(TryLockError::Error(error)) => return Err(disk::trouble(&path, error).into()),
        }
        for left in disk::list(&self.folder.join(TEMPORARY))? {
            if left.is_dir() { remove_folder(&left)? } else { disk::remove(&left)? }
        }
        Ok(BackupLock(file))
    }

    /// Lists the backups, the oldest first.
    pub fn ids(&self) -> Result<Vec<String>, BackupError> {
        let names = disk::list(&self.folder.join(SETS))?;
        let names = names.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        Ok(names.filter(|name| when(name).is_some()).collect())
    }

    /// Returns a backup with what it says of itself, proven where the master identity is known.
    ///
    /// # Errors
    /// [`BackupError::NoSuchSet`], [`BackupError::Missing`], [`BackupError::Altered`], [`BackupError::Forged`],
    /// [`BackupError::Mixed`].
    pub fn set(&self, id: &str) -> Result<SetPlace, BackupError> {
        let folder = self.folder.join(SETS).join(id);
        if when(id).is_none() || !folder.is_dir() {
            return Err(BackupError::NoSuchSet(id.to_owned()));
        }
        let place = format!("{id}/{MANIFEST}");
        let bytes = disk::read(&folder.join(MANIFEST), LONGEST_BYTES)?;
        let bytes = bytes.ok_or_else(|| BackupError::Missing { place: place.clone() })?;
        let manifest: Manifest = read_proven(&bytes, SAID, self.prover.as_ref(), &place)?;
        let altered = |what: &str| BackupError::Altered { place: place.clone(), what: what.to_owned() };
        if manifest.version != BACKUP_VERSION {
            return Err(altered("it is of another version of this program"));
        }
        if manifest.id != id || manifest.vault != self.vault {
            return Err(BackupError::Mixed { place });
        }
        let is_plain = |name: &str| name.bytes().all(|c| c.is_ascii_lowercase() || c == b'.') && !name.starts_with('.');
        match manifest.parts.iter().all(|part| is_plain(&part.name)) {
            true => Ok(SetPlace { folder, manifest }),
            false => Err(altered("a part has a name that no part has")),
        }
    }

    /// Begins a backup as of an instant; four random bytes keep it apart from any other.
    pub fn draft(&self, at: Instant, random: [u8; 4]) -> Result<Draft<'_>, BackupError> {
        let (second, thousandths) = (at.strftime(WHEN), at.subsec_millisecond().unsigned_abs());
        let id = format!("{second}{thousandths:03}Z-{}", crate::digest::hex(&random));
        let folder = self.temporary(&id);
        fs::create_dir(&folder).map_err(|error| disk::trouble(&folder, error))?;
        Ok(Draft { store: self, id, folder, parts: Vec::new() })
    }

    /// Writes down what came of a trial, in place of what came of the last one of its kind.
    pub fn note_trial(&self, trial: &BackupTrial) -> Result<(), BackupError> {
        let bytes = self.prover()?.write(TRIED, trial)?;
        let name = format!("{}{}", trial.set, ending(trial.kind));
        let (path, temporary) = (self.folder.join(TRIALS).join(&name), self.temporary(&name));
        disk::remove(&temporary)?;
        disk::write_new(&temporary, &bytes)?;
        fs::rename(&temporary, &path).map_err(|error| disk::trouble(&path, error))?;
        Ok(disk::sync(&self.folder.join(TRIALS))?)
    }

    /// Returns the last good trial by an identity, also of a backup that is no more.
    pub fn last_by_identity(&self) -> Result<Option<BackupTrial>, BackupError> {
        let kind = TrialKind::Identity;
        let mut last: Option<BackupTrial> = None;
        for path in disk::list(&self.folder.join(TRIALS))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !name.ends_with(&ending(kind)) {
                continue;
            }
            let Some(bytes) = disk::read(&path, LONGEST_BYTES)? else { continue };
            let trial: BackupTrial = read_proven(&bytes, TRIED, Some(self.prover()?), &name)?;
            let is_good = trial.kind == kind && trial.trouble.is_none();
            if is_good && last.as_ref().is_none_or(|last| last.at < trial.at) {
                last = Some(trial);
            }
        }
        Ok(last)
    }

    /// Returns what came of the trials of a backup. A note that nobody proves is a trouble, and no good news.
    pub fn trials(&self, id: &str) -> Result<Vec<BackupTrial>, BackupError> {
        let mut trials = Vec::new();
        for kind in TrialKind::ALL {
            let name = format!("{id}{}", ending(kind));
            let path = self.folder.join(TRIALS).join(&name);
            let Some(bytes) = disk::read(&path, LONGEST_BYTES)? else { continue };
            let trial: BackupTrial = read_proven(&bytes, TRIED, Some(self.prover()?), &name)?;
            if trial.set != id || trial.kind != kind {
                return Err(BackupError::Mixed { place: name });
            }
            trials.push(trial);
        }
        Ok(trials)
    }
}

impl SetPlace {
    /// Opens a part by an identity, once it was held to its hash.
    ///
    /// # Errors
    /// [`BackupError::Missing`], [`BackupError::Altered`], [`BackupError::WrongIdentity`].
    pub fn open(&self, name: &str, identities: &Identities) -> Result<PartReader, BackupError> {
        PartReader::open(&self.folder, self.part(name)?, identities)
    }

    /// Holds every part to its hash.
    ///
    /// # Errors
    /// [`BackupError::Missing`], [`BackupError::Altered`].
    pub fn check_parts(&self) -> Result<(), BackupError> {
        self.manifest.parts.iter().try_for_each(|part| parts::check(&self.folder, part))
    }

    /// Looks whether every part is there with its length, without reading it.
    ///
    /// # Errors
    /// [`BackupError::Missing`], [`BackupError::Altered`].
    pub fn look(&self) -> Result<(), BackupError> {
        for part in &self.manifest.parts {
            let place = format!("{}/{}", self.manifest.id, part.name);
            match fs::metadata(self.folder.join(&part.name)) {
                Ok(there) if there.len() == part.size_bytes => {}
                Ok(_) => return Err(BackupError::Altered { place, what: "it has another length".to_owned() }),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(BackupError::Missing { place });
                }
                Err(error) => return Err(disk::trouble(&self.folder.join(&part.name), error).into()),
            }
        }
        Ok(())
    }

    /// Returns the packages that it names, with their lengths in bytes.
    ///
    /// # Errors
    /// [`BackupError::Missing`], [`BackupError::Altered`].
    pub fn packages(&self) -> Result<Vec<(Sha256Hex, u64)>, BackupError> {
        let part = self.part(PACKAGE_LIST)?;
        parts::check(&self.folder, part)?;
        let altered = || BackupError::Altered { place: part.name.clone(), what: "a line cannot be read".to_owned() };
        let path = self.folder.join(PACKAGE_LIST);
        let text = disk::read(&path, LONGEST_LIST_BYTES)?.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(altered)?;
        let line = |line: &str| {
            let (sha256, size_bytes) = line.split_once(' ')?;
            Some((Sha256Hex::parse(sha256)?, size_bytes.parse().ok()?))
        };
        text.lines().map(|text| line(text).ok_or_else(altered)).collect()
    }

    fn part(&self, name: &str) -> Result<&Part, BackupError> {
        let part = self.manifest.parts.iter().find(|part| part.name == name);
        part.ok_or_else(|| BackupError::Missing { place: format!("{}/{name}", self.manifest.id) })
    }
}

impl Draft<'_> {
    /// Returns what the backup will be called.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Begins a part for some recipients; [`Draft::add`] takes it once it is finished.
    pub fn part(&self, name: &str, recipients: &Recipients) -> Result<PartWriter, BackupError> {
        PartWriter::create(self.folder.join(name), recipients)
    }

    /// Takes a part that is finished.
    pub fn add(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Writes the list of packages.
    pub fn list(&mut self, packages: &[(Sha256Hex, u64)]) -> Result<(), BackupError> {
        let mut text = String::new();
        for (sha256, size_bytes) in packages {
            // Writing into a text does not fail.
            let _ = writeln!(text, "{sha256} {size_bytes}");
        }
        disk::write_new(&self.folder.join(PACKAGE_LIST), text.as_bytes())?;
        let (sha256, size_bytes) = (Sha256Hex::of(text.as_bytes()), text.len() as u64);
        self.parts.push(Part { name: PACKAGE_LIST.to_owned(), sha256, size_bytes });
        Ok(())
    }

    /// Returns the backup as it will be, so that it can be tried.
    pub fn place(
        &self,
        made_at: Instant,
        expires_at: Instant,
        recipients: Vec<String>,
    ) -> Result<SetPlace, BackupError> {
        let mut place = SetPlace {
            folder: self.folder.clone(),
            manifest: Manifest {
                version: BACKUP_VERSION,
                id: self.id.clone(),
                vault: self.store.vault.clone(),
                made_at,
                expires_at,
                recipients,
                packages: 0,
                package_bytes: 0,
                parts: self.parts.clone(),
            },
        };
        let packages = place.packages()?;
        place.manifest.packages = packages.len() as u64;
        place.manifest.package_bytes = packages.iter().map(|(_, size_bytes)| size_bytes).sum();
        Ok(place)
    }

    /// Writes what the backup says of itself, and gives it its name: from here on it is one. Returns the SHA-256 of what it
    /// says.
    pub fn settle(self, place: &SetPlace) -> Result<Sha256Hex, BackupError> {
        let bytes = self.store.prover()?.write(SAID, &place.manifest)?;
        disk::write_new(&self.folder.join(MANIFEST), &bytes)?;
        disk::sync(&self.folder)?;
        let (sets, name) = (self.store.folder.join(SETS), self.id.clone());
        fs::rename(&self.folder, sets.join(&name)).map_err(|error| disk::trouble(&sets.join(&name), error))?;
        disk::sync(&sets)?;
        Ok(Sha256Hex::of(&bytes))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // What stays goes with the next lock.
        let _ = remove_folder(&self.folder);
    }
}

/// Returns what the names of notes on trials end in.
pub(super) fn ending(kind: TrialKind) -> String {
    format!(".{}.json", kind.name())
}

/// Returns the time that the name of a backup tells; none where it is no such name.
pub(super) fn when(id: &str) -> Option<Instant> {
    let (time, random) = id.split_once("Z-")?;
    let is_random = random.len() == 8 && random.bytes().all(|c| c.is_ascii_hexdigit());
    let (second, thousandths) = time.split_at_checked(SECOND_DIGITS)?;
    let is_fraction = thousandths.len() == 3 && thousandths.bytes().all(|c| c.is_ascii_digit());
    let time = jiff::civil::DateTime::strptime(WHEN, second).ok().filter(|_| is_random && is_fraction)?;
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Returns the folder of a backup that is there, whatever is in it.
pub(super) fn folder(store: &Path, id: &str) -> PathBuf {
    store.join(SETS).join(id)
}
