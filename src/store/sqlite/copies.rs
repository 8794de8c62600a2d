//! Backup and restore: whole copies of the database as of one moment, which appear whole or not at all.

use super::error::database;
use super::{PATIENCE, SqliteStore, options};
use crate::office::ports::{Store, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Connection, Row, SqliteConnection};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Copies the database, as of one moment, into a new file that only its owner may read.
///
/// # Errors
/// [`StoreError::InTheWay`] where the file is there already.
pub async fn backup(from: &Path, to: &Path) -> Result<(), StoreError> {
    free(to)?;
    let staged = Staged::copy(from, to).await?;
    staged.mark().await?;
    staged.settle()
}

/// A backup that was copied to beside the database's place, was found sound, and is not there yet.
pub struct Staged {
    temporary: PathBuf,
    place: PathBuf,
}

impl Staged {
    /// Copies a backup beside the place of a database that is not there, and checks every page and reference of it.
    ///
    /// # Errors
    /// [`StoreError::InTheWay`] where there is a database, or what one left; [`StoreError::Damaged`] for a bad backup.
    pub async fn restore(backup: &Path, place: &Path) -> Result<Self, StoreError> {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            free(&beside(place, suffix))?;
        }
        let staged = Self::copy(backup, place).await?;
        sound(&staged.temporary).await?;
        // Also a backup that was made before copies were marked.
        staged.mark().await?;
        Ok(staged)
    }

    /// Has the copy say of itself that it is one, so that it does not go on by itself as the database it was.
    async fn mark(&self) -> Result<(), StoreError> {
        let store = self.open().await?;
        let marked = async {
            let mut tx = store.begin().await?;
            tx.mark_copy().await?;
            tx.commit().await
        }
        .await;
        store.close().await;
        marked?;
        // Without a log of its own a copy can be read where nothing may be written.
        let plain = options(&self.temporary).journal_mode(SqliteJournalMode::Delete);
        SqliteConnection::connect_with(&plain).await.map_err(database)?.close().await.map_err(database)
    }

    /// Opens the copy, which brings its tables up to date, so that its rows can be looked at before it takes its place.
    pub async fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.temporary).await
    }

    /// Puts the copy in its place.
    pub fn settle(self) -> Result<(), StoreError> {
        File::open(&self.temporary).and_then(|file| file.sync_all()).map_err(|error| disk(&self.temporary, &error))?;
        // A link fails where the name is taken, which a rename would not.
        fs::hard_link(&self.temporary, &self.place).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => StoreError::InTheWay(self.place.display().to_string()),
            _ => disk(&self.place, &error),
        })?;
        let folder = self.place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| disk(folder, &error))
    }

    async fn copy(from: &Path, place: &Path) -> Result<Self, StoreError> {
        if !from.is_file() {
            return Err(StoreError::Unavailable(format!("{} is not there", from.display())));
        }
        let staged = Self { temporary: beside(place, ".partial"), place: place.to_owned() };
        // An empty file of ours alone: SQLite fills it and leaves its mode as it is.
        let _ = fs::remove_file(&staged.temporary);
        make_private(&staged.temporary)?;
        let to = staged.temporary.to_str().ok_or_else(|| StoreError::Disk("the path is not UTF-8 text".to_owned()))?;
        let source = SqliteConnectOptions::new().filename(from).read_only(true).busy_timeout(PATIENCE);
        let mut connection = SqliteConnection::connect_with(&source).await.map_err(database)?;
        sqlx::query("VACUUM INTO $1").bind(to.to_owned()).execute(&mut connection).await.map_err(database)?;
        connection.close().await.map_err(database)?;
        Ok(staged)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&self.temporary, suffix));
        }
    }
}

/// Checks every page, index and reference of a database.
async fn sound(path: &Path) -> Result<(), StoreError> {
    let mut connection = SqliteConnection::connect_with(&options(path)).await.map_err(database)?;
    let row = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut connection).await.map_err(database)?;
    let said: String = row.try_get(0).map_err(database)?;
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.map_err(database)?;
    connection.close().await.map_err(database)?;
    match (said.as_str(), dangling.is_empty()) {
        ("ok", true) => Ok(()),
        ("ok", false) => Err(StoreError::Damaged("rows name others that are not there".to_owned())),
        _ => Err(StoreError::Damaged(said)),
    }
}

fn free(path: &Path) -> Result<(), StoreError> {
    match path.symlink_metadata() {
        Ok(_) => Err(StoreError::InTheWay(path.display().to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(disk(path, &error)),
    }
}

/// Makes an empty file that only its owner may read, where there is none.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = File::options().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map(drop).map_err(|error| disk(path, &error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn disk(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Disk(format!("{}: {error}", path.display()))
}
