//! Makes a backup while the city works, and restores it for a trial before it counts.
//!
//! The database goes first, as of one moment; then what its rows name: packages, keys, proof trees, checkpoints. A package is there
//! before its row is, so that whatever the rows name is there, or was destroyed since: that is asked of the city, and noted.

use super::contents::Contents;
use super::gather::gather;
use super::rows::{self, RowsForm};
use super::trial::{self, Subject};
use super::work::{WORK, Work};
use super::{BackupFile, CONTENTS, DATABASE, FILES, KEYS, blocking, now, prune};
use crate::cli::city::{City, CityFile};
use crate::cli::database::DatabasePlace;
use crate::cli::{Failure, SystemClock, SystemEntropy, files};
use crate::crypto::Entropy;
use crate::id::RecordId;
use crate::office::ports::{
    BackupError, BackupTrial, CheckpointShelf, PackageName, PackageReceipt, ProofShelf, TrialKind, VaultError,
};
use crate::office::{BackedUp, Office, OfficeError, SealedCheckpoint, TriedRestore};
use crate::package::{Identities, PackageIdentity, Recipients};
use crate::store::PostgresAddress;
use crate::time::Instant;
use crate::vault::{
    BackupLine, BackupStore, CheckpointFolder, Copied, DiskVault, Draft, Found, LineKind, LineWriter, Pruned, SetPlace,
};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A backup that was made.
#[derive(Debug, Serialize)]
pub struct Made {
    /// What it is called.
    pub id: String,
    /// As of when it is.
    pub made_at: Instant,
    /// When its term is over.
    pub expires_at: Instant,
    /// How many packages it has.
    pub packages: u64,
    /// How many of these were new to the store.
    pub new_packages: u64,
    /// Their bytes.
    pub new_package_bytes: u64,
    /// The bytes of what is its own.
    pub own_bytes: u64,
    /// What its trial restore found in it.
    pub trial: TriedRestore,
    /// Records of which the archive had no sound package: they are not in the backup.
    pub lost: Vec<RecordId>,
    /// What is not in it otherwise.
    pub left_out: Vec<String>,
    /// What was taken away for it.
    pub pruned: Pruned,
}

/// What a backup is made of.
struct Maker {
    city: PathBuf,
    folder: PathBuf,
    file: CityFile,
    database: DatabasePlace,
    trial_database: Option<Box<PostgresAddress>>,
    office: Office,
    vault: DiskVault,
    recipients: Recipients,
    work: Work,
    made_at: Instant,
    expires_at: Instant,
}

/// What was written, beside what the draft knows.
struct Written {
    contents: Contents,
    copied: Copied,
}

/// Makes a backup of the city of a `city.toml`.
///
/// # Errors
/// Whatever stops it, or its trial; then there is no backup of that name.
pub async fn make(city: &Path) -> Result<Made, Failure> {
    let folder = city.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (file, _) = CityFile::read(city)?;
    let settings = BackupFile::of(&file)?.clone();
    let days = settings.days(&file)?;
    let recipients = Recipients::parse(&settings.recipients).map_err(BackupError::from)?;
    let database = DatabasePlace::of(&file, folder)?;
    let trial_database = trial_database(&settings, &file, folder)?;
    if RowsForm::of(&database) == RowsForm::PgDump && trial_database.is_none() {
        return Err(BackupError::NoTrialDatabase.into());
    }
    let office = City::open_without_keys(city).await?;
    office.is_the_city().await?;
    let (folders, buckets) = file.vault(folder)?;
    let vault = DiskVault::open_with(folders, buckets, Arc::new(SystemClock))?;
    let store = settings.folder(folder, &vault).open()?;
    let _lock = store.lock()?;
    prune(&office, &store, days).await?;
    let made_at = now();
    let term = jiff::SignedDuration::from_hours(24 * i64::from(days));
    let expires_at = made_at.checked_add(term).map_err(|_| BackupError::NoHorizon)?;
    let work = Work::begin(folder.join(WORK))?;
    let folder = folder.to_owned();
    let maker = Maker {
        city: city.to_owned(),
        folder,
        file,
        database,
        trial_database,
        office,
        vault,
        recipients,
        work,
        made_at,
        expires_at,
    };
    let mut made = maker.make(&store, settings.recipients).await?;
    made.pruned = prune(&maker.office, &store, days).await?;
    Ok(made)
}

impl Maker {
    async fn make(&self, store: &BackupStore, recipients: Vec<String>) -> Result<Made, Failure> {
        let database = self.work.join("database.copy");
        let rows = rows::copy(&self.database, &database).await?;
        let mut random = [0; 4];
        SystemEntropy::default().fill(&mut random)?;
        let mut draft = store.draft(self.made_at, random)?;
        // Whoever has this key can open the backup; it is in this process alone, and gone with it.
        let once = PackageIdentity::generate();
        let sealed_for = self.recipients.clone().and(&once);
        let written = self.write(store, &mut draft, &sealed_for, (&rows, &database)).await?;
        clear_file(&database)?;
        let place = draft.place(self.made_at, self.expires_at, recipients)?;
        let subject = Subject { store, place: &place, identities: &Identities::from(once) };
        let trial = trial::rehearse(subject, &self.work.join("trial"), self.trial_database.clone()).await?;
        let (id, contents) = (draft.id().to_owned(), written.contents);
        let sha256 = blocking(|| draft.settle(&place))?;
        store.note_trial(&BackupTrial { set: id.clone(), kind: TrialKind::Making, at: now(), trouble: None })?;
        self.office.note_backup(&id, &sha256).await?;
        Ok(self.told(&place, trial, contents, written.copied))
    }

    fn told(&self, place: &SetPlace, trial: TriedRestore, contents: Contents, copied: Copied) -> Made {
        Made {
            id: contents.id,
            made_at: self.made_at,
            expires_at: self.expires_at,
            packages: place.manifest.packages,
            new_packages: copied.new,
            new_package_bytes: copied.new_bytes,
            own_bytes: place.manifest.parts.iter().map(|part| part.size_bytes).sum(),
            trial,
            lost: contents.lost,
            left_out: contents.left_out,
            pruned: Pruned::default(),
        }
    }

    /// Writes every part of the backup.
    async fn write(
        &self,
        store: &BackupStore,
        draft: &mut Draft<'_>,
        recipients: &Recipients,
        (rows, database): (&BackedUp, &Path),
    ) -> Result<Written, Failure> {
        let copied = blocking(|| store.copy(&self.vault, &rows.packages))?;
        let lacking: BTreeSet<PackageName> = copied.lacking.iter().copied().collect();
        let (listed, without) = blocking(|| self.write_keys(store, draft, recipients, (rows, &lacking)))?;
        let (mut went, mut lost) = (Vec::new(), Vec::new());
        for package in lacking.iter().chain(&without) {
            let since = self.office.went_since(package.record).await?;
            if since { went.push(package.record) } else { lost.push(package.record) }
        }
        let left_out = blocking(|| self.write_files(draft, recipients, rows))?;
        blocking(|| {
            let mut part = draft.part(DATABASE, recipients)?;
            let copied = File::open(database).and_then(|mut from| io::copy(&mut from, &mut part));
            copied.map_err(|error| Failure::io(database, &error, true))?;
            draft.add(part.finish()?);
            draft.list(&listed)?;
            Ok::<_, Failure>(())
        })?;
        let contents = Contents {
            id: draft.id().to_owned(),
            vault: self.vault.name(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            database: RowsForm::of(&self.database),
            end: rows.end.clone(),
            trees: rows.trees.clone(),
            packages: listed.len() as u64,
            went,
            lost,
            left_out,
        };
        let text = serde_json::to_vec(&contents).map_err(|error| unwritten(CONTENTS, &error.into()))?;
        let mut part = draft.part(CONTENTS, recipients)?;
        part.write_all(&text).map_err(|error| unwritten(CONTENTS, &error))?;
        draft.add(part.finish()?);
        Ok(Written { contents, copied })
    }

    /// Writes the master identity, and the key of each package that the store has. Returns these packages, and those whose key
    /// is nowhere, or that were destroyed meanwhile.
    fn write_keys(
        &self,
        store: &BackupStore,
        draft: &mut Draft<'_>,
        recipients: &Recipients,
        (rows, lacking): (&BackedUp, &BTreeSet<PackageName>),
    ) -> Result<(Vec<Listed>, Vec<PackageName>), Failure> {
        let (mut listed, mut without) = (Vec::new(), Vec::new());
        let mut lines = LineWriter(draft.part(KEYS, recipients)?);
        let failed = |error: io::Error| unwritten(KEYS, &error);
        let master = self.vault.master_text();
        lines.write(&BackupLine::new(LineKind::Master, "master", master.as_bytes())).map_err(failed)?;
        let there = |receipt: &&PackageReceipt| !lacking.contains(&receipt.package);
        for receipt in rows.packages.iter().filter(there) {
            let key = match self.vault.key_for_backup(receipt.package) {
                Ok(key) => key,
                Err(VaultError::NoKey(_)) => None,
                Err(trouble) => return Err(trouble.into()),
            };
            let sha256 = &receipt.sealed_sha256;
            let Some(key) = key.filter(|_| store.find(sha256).is_ok_and(|found| matches!(found, Found::There(_))))
            else {
                without.push(receipt.package);
                continue;
            };
            let line = BackupLine::new(LineKind::Key, receipt.package.to_string(), &key);
            lines.write(&line.with_package(sha256.clone())).map_err(failed)?;
            listed.push((sha256.clone(), receipt.sealed_size_bytes));
        }
        draft.add(lines.0.finish()?);
        listed.sort_unstable();
        Ok((listed, without))
    }

    /// Writes the city's files, its proof trees and its checkpoints as far as the copy of the database knows of them. Returns
    /// what is left out.
    fn write_files(
        &self,
        draft: &mut Draft<'_>,
        recipients: &Recipients,
        rows: &BackedUp,
    ) -> Result<Vec<String>, Failure> {
        let gathered = gather(&self.city, &self.file)?;
        let mut lines = LineWriter(draft.part(FILES, recipients)?);
        let failed = |error: io::Error| unwritten(FILES, &error);
        for below in &gathered.files {
            let path = self.folder.join(below);
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let bytes = zeroize::Zeroizing::new(files::read(&path)?);
            let line = BackupLine::new(LineKind::File, below.to_string_lossy(), &bytes);
            lines.write(&line.with_mode(metadata.mode() & 0o777)).map_err(failed)?;
        }
        let shelf = self.file.proof_folders(&self.folder);
        for (number, sha256) in &rows.trees {
            let tree = shelf.get(*number, Some(sha256))?;
            lines.write(&BackupLine::new(LineKind::Proof, number.to_string(), &tree)).map_err(failed)?;
        }
        // A later checkpoint is of what the copy does not know.
        let checkpoints = CheckpointFolder::new(self.folder.join(&self.file.checkpoints));
        for (name, sealed) in checkpoints.all()? {
            let checkpoint = SealedCheckpoint::open(&name, &sealed).map_err(OfficeError::from)?.checkpoint;
            if checkpoint.seq <= rows.end.state.ledger_seq {
                lines.write(&BackupLine::new(LineKind::Checkpoint, name, &sealed)).map_err(failed)?;
            }
        }
        draft.add(lines.0.finish()?);
        Ok(gathered.left_out)
    }
}

/// A package in the list of a backup, with its length in bytes.
type Listed = (crate::digest::Sha256Hex, u64);

fn clear_file(path: &Path) -> Result<(), Failure> {
    fs::remove_file(path).map_err(|error| Failure::io(path, &error, true))
}

fn unwritten(part: &str, error: &io::Error) -> Failure {
    Failure::io(Path::new(part), error, true)
}

/// Returns the database in which a backup of one on a server is tried, where there is one. Its password is the city's.
fn trial_database(
    settings: &BackupFile,
    file: &CityFile,
    folder: &Path,
) -> Result<Option<Box<PostgresAddress>>, Failure> {
    let Some(url) = &settings.trial_database else { return Ok(None) };
    let trial = CityFile { database: PathBuf::from(url), ..file.clone() };
    match (DatabasePlace::of(&trial, folder)?, url.as_str() == file.database.to_string_lossy()) {
        (DatabasePlace::Server(address), false) => Ok(Some(address)),
        _ => Err(BackupError::NoTrialDatabase.into()),
    }
}
