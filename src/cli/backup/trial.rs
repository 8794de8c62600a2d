//! Trials: a backup is restored into a folder, opened, looked at as `records fsck` and `ledger verify` look, held against what it
//! was made of, and removed again; or every byte of it is held against what was written.

use super::rows::{OpenRows, RowsForm, RowsPlace};
pub use super::unpack::Subject;
use super::unpack::{Target, Unpacked};
use super::work::Work;
use super::{blocking, now};
use crate::cli::Failure;
use crate::cli::city::CityFile;
use crate::cli::database_desk::bare;
use crate::digest::Sha256Hex;
use crate::office::ports::{BackupError, BackupTrial, TrialKind};
use crate::office::{Settings, TriedRestore};
use crate::package::Identities;
use crate::store::PostgresAddress;
use crate::vault::{BackupStore, SetPlace, backup_prover_of};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// What came of holding every byte of a backup against what was written.
#[derive(Debug, Serialize)]
pub struct CheckedBytes {
    /// The backup.
    pub id: String,
    /// How many packages were read.
    pub packages: u64,
    /// How many were destroyed since it was made, and are not there for that.
    pub destroyed: u64,
}

/// What came of a trial by somebody who has an identity.
#[derive(Debug, Serialize)]
pub struct TriedByIdentity {
    /// The backup.
    pub id: String,
    /// The vault that it is of.
    pub vault: String,
    /// What was found in it.
    pub trial: TriedRestore,
}

/// Restores a backup into a folder for a trial, looks at it, and takes it away.
///
/// # Errors
/// Whatever is wrong with it; nothing stays.
pub async fn rehearse(
    subject: Subject<'_>,
    folder: &Path,
    server: Option<Box<PostgresAddress>>,
) -> Result<TriedRestore, Failure> {
    let work = Work::begin(folder.to_owned())?;
    // Packages lie beside the store's own, where they can have second names; nothing else may lie there.
    let sealed = Work::begin(subject.store.temporary(&format!("{}.trial", subject.place.manifest.id)))?;
    let target = Target::for_trial(work.path().to_owned(), sealed.path().to_owned());
    let (name, unpacked) = blocking(|| Ok::<_, Failure>((subject.city_file()?.0, subject.unpack(&target)?)))?;
    unpacked.is_whole()?;
    let copy = work.join("trial.copy");
    blocking(|| subject.write_database(&copy))?;
    let place = match (unpacked.contents.database, server) {
        (RowsForm::PgDump, Some(address)) => RowsPlace::Trial(address),
        _ => RowsPlace::File(work.join("trial.sqlite")),
    };
    place.takes(unpacked.contents.database)?;
    let (_, settings) = CityFile::read(&work.join(&name))?;
    let rows = place.put_back(&copy).await?;
    let looked = look(&rows, unpacked, &target, settings).await;
    rows.close().await?;
    looked
}

/// Opens a city that was restored, and looks whether it is what was backed up.
///
/// # Errors
/// [`BackupError::Trial`] with what it is not.
pub async fn look(
    rows: &OpenRows,
    unpacked: Unpacked,
    target: &Target,
    settings: Settings,
) -> Result<TriedRestore, Failure> {
    let Unpacked { contents, vault, lacking, .. } = unpacked;
    let office = bare(rows.store(), Arc::new(vault), target.shelves(), settings);
    Ok(office.try_restored(&contents.end, &contents.trees, &lacking).await?)
}

/// Holds every byte of a backup, or of the newest one, against what was written, and notes what came of it. Where that is asked
/// for, packages that are not what was written are taken out, so that the next backup writes them anew.
///
/// # Errors
/// The first trouble; of packages how many there are, and the first.
pub fn check_bytes(store: &BackupStore, id: Option<&str>, mend: bool) -> Result<CheckedBytes, Failure> {
    let _lock = store.lock()?;
    let id = chosen(store, id)?;
    let checked = store.set(&id).and_then(|place| check_all(store, &place, mend));
    note(store, &id, TrialKind::Bytes, checked.as_ref().err())?;
    Ok(checked?)
}

/// Restores a backup, or the newest one, for a trial by an identity, and notes what came of it.
///
/// # Errors
/// Whatever is wrong with it.
pub async fn try_by_identity(
    folder: &Path,
    id: Option<&str>,
    identities: &Identities,
    work: &Path,
    server: Option<Box<PostgresAddress>>,
) -> Result<TriedByIdentity, Failure> {
    let mut store = BackupStore::open(folder, None)?;
    let _lock = store.lock()?;
    let id = chosen(&store, id)?;
    let place = proven(&mut store, &id, identities)?;
    let tried = async {
        blocking(|| check_all(&store, &place, false))?;
        let subject = Subject { store: &store, place: &place, identities };
        rehearse(subject, &work.join(format!("fumikura-trial-{id}")), server).await
    }
    .await;
    note(&store, &id, TrialKind::Identity, tried.as_ref().err())?;
    Ok(TriedByIdentity { id, vault: store.vault().to_owned(), trial: tried? })
}

/// Opens a backup by an identity as far as the master identity in it, and has all be proven by that from here on.
///
/// # Errors
/// [`BackupError::WrongIdentity`], [`BackupError::Forged`], [`BackupError::OtherCity`], and what else is wrong with it.
pub fn proven(store: &mut BackupStore, id: &str, identities: &Identities) -> Result<SetPlace, Failure> {
    let unproven = store.set(id)?;
    let subject = Subject { store, place: &unproven, identities };
    let prover = backup_prover_of(&subject.master()?)?;
    store.prove_by(prover)?;
    let place = store.set(id)?;
    let subject = Subject { store, place: &place, identities };
    subject.contents()?;
    Ok(place)
}

/// Returns the backup that is named, else the newest.
///
/// # Errors
/// [`BackupError::NoSuchSet`].
pub fn chosen(store: &BackupStore, id: Option<&str>) -> Result<String, BackupError> {
    let ids = store.ids()?;
    match id {
        Some(id) if ids.iter().any(|one| one == id) => Ok(id.to_owned()),
        Some(id) => Err(BackupError::NoSuchSet(id.to_owned())),
        None => ids.into_iter().next_back().ok_or_else(|| BackupError::NoSuchSet("of any name".to_owned())),
    }
}

fn check_all(store: &BackupStore, place: &SetPlace, mend: bool) -> Result<CheckedBytes, BackupError> {
    place.check_parts()?;
    let (mut checked, mut wrong) =
        (CheckedBytes { id: place.manifest.id.clone(), packages: 0, destroyed: 0 }, Vec::new());
    for (sha256, _) in place.packages()? {
        match store.check(&sha256) {
            Ok(true) => checked.packages += 1,
            Ok(false) => checked.destroyed += 1,
            Err(BackupError::Missing { place }) => wrong.push(place),
            Err(BackupError::Altered { place, .. }) => {
                mended(store, &sha256, mend)?;
                wrong.push(place);
            }
            Err(trouble) => return Err(trouble),
        }
    }
    match wrong.first() {
        Some(first) => Err(BackupError::Lacking { number: wrong.len() as u64, first: first.clone() }),
        None => Ok(checked),
    }
}

fn mended(store: &BackupStore, sha256: &Sha256Hex, mend: bool) -> Result<(), BackupError> {
    if mend { store.take_out(sha256) } else { Ok(()) }
}

/// Notes what came of a trial.
fn note<E: Code>(store: &BackupStore, id: &str, kind: TrialKind, trouble: Option<&E>) -> Result<(), BackupError> {
    let trouble = trouble.map(|trouble| trouble.stable().to_owned());
    store.note_trial(&BackupTrial { set: id.to_owned(), kind, at: now(), trouble })
}

/// What has a stable code.
trait Code {
    fn stable(&self) -> &'static str;
}

impl Code for BackupError {
    fn stable(&self) -> &'static str {
        crate::fault::Fault::code(self)
    }
}

impl Code for Failure {
    fn stable(&self) -> &'static str {
        self.code()
    }
}
