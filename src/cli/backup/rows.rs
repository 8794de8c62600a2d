//! The database of a backup: copied as of one moment, put back for good or for a trial; a file of SQLite, or what PostgreSQL's own
//! tools make of theirs.

use super::blocking;
use crate::cli::Failure;
use crate::cli::database::DatabasePlace;
use crate::office::ports::{BackupError, Store};
use crate::office::{BackedUp, backed_up};
use crate::store::{
    PostgresAddress, PostgresStore, SqliteStore, Staged, backup, clear_trial, empty_database, restore_dump,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a copy of a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowsForm {
    /// A file of SQLite.
    Sqlite,
    /// What `pg_dump` makes, in its custom format.
    PgDump,
}

/// Where a copy is put back.
pub enum RowsPlace {
    /// In a file that is not there.
    File(PathBuf),
    /// Into a database on a server that is there and empty.
    Server(Box<PostgresAddress>),
    /// The same for a trial: it is emptied before and afterwards.
    Trial(Box<PostgresAddress>),
}

/// A database that was put back and is open.
pub enum OpenRows {
    /// A file.
    File(SqliteStore),
    /// On a server.
    Server(PostgresStore, Option<Box<PostgresAddress>>),
}

impl RowsForm {
    /// Returns the form of the copies of a database.
    pub fn of(place: &DatabasePlace) -> Self {
        match place {
            DatabasePlace::File(_) => Self::Sqlite,
            DatabasePlace::Server(_) => Self::PgDump,
        }
    }
}

impl RowsPlace {
    /// Returns the place that a city's file names.
    pub fn of(place: DatabasePlace) -> Self {
        match place {
            DatabasePlace::File(path) => Self::File(path),
            DatabasePlace::Server(address) => Self::Server(address),
        }
    }

    /// Refuses a copy of another form than the place takes.
    ///
    /// # Errors
    /// [`BackupError::Trial`] with what is lacking.
    pub fn takes(&self, form: RowsForm) -> Result<(), BackupError> {
        let fits = matches!(self, Self::File(_)) == (form == RowsForm::Sqlite);
        if fits { Ok(()) } else { Err(BackupError::NoTrialDatabase) }
    }

    /// Puts a copy back, has it say of itself that it is one, and opens it. A file is held to its pages and references first.
    pub async fn put_back(&self, copy: &Path) -> Result<OpenRows, Failure> {
        let (address, trial) = match self {
            Self::File(path) => {
                Staged::restore(copy, path).await?.settle()?;
                return Ok(OpenRows::File(SqliteStore::open(path).await?));
            }
            Self::Server(address) => (address, None),
            Self::Trial(address) => (address, Some(address.clone())),
        };
        empty_database(address, trial.is_some()).await?;
        blocking(|| restore_dump(address, copy))?;
        let store = PostgresStore::open(address).await?;
        let mut tx = store.begin().await?;
        tx.mark_copy().await?;
        tx.commit().await?;
        Ok(OpenRows::Server(store, trial))
    }
}

impl OpenRows {
    /// Returns the store.
    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::File(store) => Arc::new(store.clone()),
            Self::Server(store, _) => Arc::new(store.clone()),
        }
    }

    /// Closes it. What was there for a trial on a server is gone then.
    pub async fn close(self) -> Result<(), Failure> {
        match self {
            Self::File(store) => store.close().await,
            Self::Server(store, trial) => {
                store.close().await;
                if let Some(address) = trial {
                    clear_trial(&address).await?;
                }
            }
        }
        Ok(())
    }
}

/// Copies a database as of one moment into a new file, and reads what the copy says has to be in the backup.
pub async fn copy(place: &DatabasePlace, to: &Path) -> Result<BackedUp, Failure> {
    let address = match place {
        DatabasePlace::File(from) => {
            backup(from, to).await?;
            let copy = SqliteStore::open(to).await?;
            let rows = async { backed_up(&mut *copy.read().await?).await }.await;
            copy.close().await;
            return Ok(rows?);
        }
        DatabasePlace::Server(address) => address,
    };
    let store = PostgresStore::open(address).await?;
    let mut moment = store.moment().await?;
    let rows = backed_up(&mut *moment.rows).await?;
    blocking(|| moment.dump(address, to))?;
    drop(moment);
    store.close().await;
    Ok(rows)
}
