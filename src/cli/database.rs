//! Which database a city has: a file of SQLite, or one on a PostgreSQL server.

use super::city::CityFile;
use super::{Failure, secret};
use crate::fault::Kind;
use crate::office::ports::Store;
use crate::store::{PostgresAddress, PostgresStore, SqliteStore};
use crate::vault::DiskVault;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a database is.
pub enum DatabasePlace {
    /// In a file.
    File(PathBuf),
    /// On a server.
    Server(Box<PostgresAddress>),
}

impl DatabasePlace {
    /// Returns the place that a city's file names; a password comes from the file that it names for that.
    pub fn of(city: &CityFile, folder: &Path) -> Result<Self, Failure> {
        let Some(url) = city.database.to_str().filter(|text| PostgresAddress::is_meant(text)) else {
            return Ok(Self::File(folder.join(&city.database)));
        };
        let password = city.database_password_file.as_ref().map(|path| secret::first_line(&folder.join(path)));
        let password = password.transpose()?;
        let address = PostgresAddress::parse(url, password.as_ref().map(|password| password.as_str()))?;
        Ok(Self::Server(Box::new(address)))
    }

    /// Opens the database and brings its tables up to date; a file is made where there is none.
    pub async fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        Ok(match self {
            Self::File(path) => Arc::new(SqliteStore::open(path).await?),
            Self::Server(address) => Arc::new(PostgresStore::open(address).await?),
        })
    }

    /// Opens the database for work on it and the archive that goes with it.
    pub async fn open_with(&self, archive: &DiskVault) -> Result<Arc<dyn Store>, Failure> {
        if let Self::Server(address) = self {
            let store = PostgresStore::open(address).await?;
            store.belong_to(&archive.name()).await?;
            return Ok(Arc::new(store));
        }
        self.open().await
    }

    /// Brings the tables up to date, and leaves.
    pub async fn migrate(&self) -> Result<(), Failure> {
        match self {
            Self::File(path) => SqliteStore::open(path).await?.close().await,
            Self::Server(address) => PostgresStore::open(address).await?.close().await,
        }
        Ok(())
    }

    /// Returns the file, for what only a file can have done to it.
    pub fn file(self) -> Result<PathBuf, Failure> {
        match self {
            Self::File(path) => Ok(path),
            Self::Server(_) => {
                let advice = "pg_dump and pg_restore, or the server's base backups, copy a database on PostgreSQL";
                Err(Failure::new("store-on-server", Kind::Usage, advice))
            }
        }
    }
}

impl fmt::Display for DatabasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}
