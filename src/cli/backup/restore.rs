//! Restores a backup: a city's folder that appears whole or not at all, and knows of itself that it is a restored one.

use super::rows::{OpenRows, RowsPlace};
use super::trial::{chosen, look, proven};
use super::unpack::{Subject, Target};
use super::work::{WORK, Work};
use super::{blocking, now};
use crate::cli::city::CityFile;
use crate::cli::commands::ledger::verify_store;
use crate::cli::database::DatabasePlace;
use crate::cli::{Failure, files};
use crate::ledger::Checkpoint;
use crate::office::TriedRestore;
use crate::office::ports::BackupError;
use crate::package::Identities;
use crate::time::Instant;
use crate::vault::BackupStore;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// What is restored, and what is asked of it.
pub struct RestoreOrder {
    /// The store of backups.
    pub from: PathBuf,
    /// The backup; else the newest.
    pub id: Option<String>,
    /// The folder of the city to be, which is not there.
    pub to: PathBuf,
    /// The vault that it must be of, as it was written down.
    pub vault: Option<String>,
    /// What its ledger must meet.
    pub checkpoints: Vec<Checkpoint>,
    /// Whether its term may be over.
    pub although_expired: bool,
    /// Whether packages may be lacking of which nobody says that they were destroyed.
    pub although_lacking: bool,
}

/// A city that was restored.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// The backup.
    pub id: String,
    /// As of when it is.
    pub made_at: Instant,
    /// The vault that it is of.
    pub vault: String,
    /// The end of its ledger.
    pub ledger_seq: u64,
    /// What was found in it.
    pub looked: TriedRestore,
    /// How many of its packages were destroyed after it was made; they are not restored.
    pub destroyed_since: u64,
    /// How many are lacking otherwise.
    pub lacking: u64,
    /// What was not in it.
    pub left_out: Vec<String>,
}

/// Restores a backup.
///
/// # Errors
/// Whatever is wrong with it, or in its way; then there is no city in that folder.
pub async fn restore(order: &RestoreOrder, identities: &Identities) -> Result<Restored, Failure> {
    // Without what follows the name: it is put together beside it.
    let to: PathBuf = order.to.components().collect();
    if to.symlink_metadata().is_ok() {
        return Err(BackupError::InTheWay { place: to.display().to_string() }.into());
    }
    let mut store = BackupStore::open(&order.from, None)?;
    let _lock = store.lock()?;
    let id = chosen(&store, order.id.as_deref())?;
    let place = blocking(|| proven(&mut store, &id, identities))?;
    if order.vault.as_deref().is_some_and(|vault| vault != store.vault()) {
        return Err(BackupError::OtherCity { place: order.from.display().to_string() }.into());
    }
    if place.manifest.expires_at <= now() && !order.although_expired {
        return Err(BackupError::Expired(id).into());
    }
    let subject = Subject { store: &store, place: &place, identities };
    let staging = Work::begin(beside(&to))?;
    let (name, text) = blocking(|| subject.city_file())?;
    // Its own file says where the rest goes; it is written anew with the other files.
    let file = staging.join(&name);
    files::write_whole(&file, &text)?;
    let (city, settings) = CityFile::read(&file)?;
    std::fs::remove_file(&file).map_err(|error| Failure::io(&file, &error, true))?;
    let target = Target::of(&city, staging.path().to_owned());
    let database = DatabasePlace::of(&city, staging.path())?;
    nothing_in_the_way(&target, &database, staging.path())?;
    let unpacked = blocking(|| subject.unpack(&target))?;
    if !order.although_lacking {
        unpacked.is_whole()?;
    }
    let place_of_rows = RowsPlace::of(database);
    place_of_rows.takes(unpacked.contents.database)?;
    let rows = restore_rows(&subject, &place_of_rows, staging.path()).await?;
    let (contents, destroyed, missing) = (unpacked.contents.clone(), unpacked.destroyed, unpacked.missing.len());
    let looked = async {
        verify_store(&*rows.store(), super::DATABASE, order.checkpoints.clone()).await?;
        look(&rows, unpacked, &target, settings).await
    }
    .await;
    rows.close().await?;
    let looked = looked?;
    files::place_folder(staging.path(), &to)?;
    staging.keep();
    Ok(Restored {
        id,
        made_at: place.manifest.made_at,
        vault: place.manifest.vault.clone(),
        ledger_seq: contents.end.state.ledger_seq,
        looked,
        destroyed_since: destroyed,
        lacking: (missing + contents.lost.len()) as u64,
        left_out: contents.left_out,
    })
}

/// Refuses where something lies in a place outside of the folder that is put together: it may be the living city's, whose archive
/// would get back what it has destroyed.
///
/// # Errors
/// [`BackupError::InTheWay`].
fn nothing_in_the_way(target: &Target, database: &DatabasePlace, staging: &Path) -> Result<(), BackupError> {
    let vault = &target.vault;
    let folders = vault.copies.iter().chain(&vault.keys).chain(&target.proofs);
    let places = folders.chain([&target.checkpoints, &vault.master_key]).chain(match database {
        DatabasePlace::File(path) => Some(path),
        DatabasePlace::Server(_) => None,
    });
    let is_inside = |path: &Path| {
        let below = path.strip_prefix(staging);
        below.is_ok_and(|below| below.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)))
    };
    let is_free = |path: &Path| match std::fs::read_dir(path) {
        Ok(mut names) => names.next().is_none(),
        Err(_) => path.symlink_metadata().is_err(),
    };
    match places.into_iter().find(|path| !is_inside(path) && !is_free(path)) {
        Some(path) => Err(BackupError::InTheWay { place: path.display().to_string() }),
        None => Ok(()),
    }
}

/// Puts the database in its place.
async fn restore_rows(subject: &Subject<'_>, place: &RowsPlace, staging: &Path) -> Result<OpenRows, Failure> {
    let work = Work::begin(staging.join(WORK))?;
    let copy = work.join("database.copy");
    blocking(|| subject.write_database(&copy))?;
    place.put_back(&copy).await
}

/// Returns where a city is put together that will be in a folder.
fn beside(folder: &Path) -> PathBuf {
    let mut name = OsString::from(folder);
    name.push(".restoring");
    PathBuf::from(name)
}
