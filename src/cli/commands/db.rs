//! `fumikura db`: the database's tables, its backup, and the way back.

use crate::cli::city::{self, FILE_NAME};
use crate::cli::commands::serve::runtime;
use crate::cli::{Failure, files, output};
use crate::fault::Kind;
use crate::store::{SqliteStore, backup};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// データベース / The database: bring its tables up to date, back it up, restore it
#[derive(Subcommand)]
pub enum Db {
    /// 表を最新の形にする / Brings the tables up to date
    Migrate(Folder),
    /// 控えを取る / Copies the database, as of one moment, into a new file; keys and packages are not in it
    Backup(Copy),
    /// 控えから戻す / Puts a backup in the place of a database that is gone; one that is there is never overwritten
    Restore(Copy),
}

/// Where the city is.
#[derive(Args)]
pub struct Folder {
    /// 市のフォルダ / The city's folder, with its city.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// The city, and the backup's file.
#[derive(Args)]
pub struct Copy {
    #[command(flatten)]
    folder: Folder,
    /// 控えのファイル / The backup's file
    file: PathBuf,
}

impl Db {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        runtime()?.block_on(async move {
            match self {
                Self::Migrate(folder) => {
                    let path = folder.database()?;
                    SqliteStore::open(&path).await?;
                    output::print(&format!("{}: 最新です / up to date\n", path.display()))?;
                }
                Self::Backup(copy) => {
                    let path = copy.folder.database()?;
                    if !path.exists() {
                        return Err(gone(&path));
                    }
                    backup(&path, &copy.file).await.map_err(|error| Failure::at(copy.file.display().to_string(), &error))?;
                    output::print(&format!("{}: 控えました / backed up\n", copy.file.display()))?;
                }
                Self::Restore(copy) => copy.restore().await?,
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl Folder {
    fn database(&self) -> Result<PathBuf, Failure> {
        let file = city::read(&self.dir.join(FILE_NAME))?;
        Ok(self.dir.join(file.database))
    }
}

impl Copy {
    async fn restore(&self) -> Result<(), Failure> {
        let path = self.folder.database()?;
        if path.exists() {
            let english = format!("{} is there; a database is never overwritten: move it away first", path.display());
            return Err(Failure::new("database-exists", Kind::Refused, english));
        }
        files::write_whole(&path, &files::read(&self.file)?)?;
        // Opening it shows that it is a database of ours, whole and readable; else nothing is left in its place.
        if let Err(error) = SqliteStore::open(&path).await {
            let _ = std::fs::remove_file(&path);
            return Err(Failure::at(self.file.display().to_string(), &error));
        }
        output::print(&format!("{}: 戻しました / restored\n", path.display()))
    }
}

fn gone(path: &std::path::Path) -> Failure {
    Failure::new("database-missing", Kind::Refused, format!("there is no database {}", path.display()))
}
