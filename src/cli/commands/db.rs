//! `db migrate|backup|restore|remember|rebuild|state`: the database as a whole.

use crate::cli::city::{City, CityFile, FILE_NAME};
use crate::cli::commands::ledger::{checkpoint, verify_store};
use crate::cli::commands::serve::runtime;
use crate::cli::database::DatabasePlace;
use crate::cli::desk::{Desk, Format, Session, answer};
use crate::cli::door::Door;
use crate::cli::{Failure, SystemClock, output};
use crate::digest::Sha256Hex;
use crate::fault::Kind;
use crate::id::WorkerId;
use crate::office::OfficeError;
use crate::office::ports::Vault;
use crate::office::records::{FilingError, RecordsState, rebuild};
use crate::store::{Staged, backup};
use crate::time::Clock;
use crate::vault::DiskVault;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// データベース / The database: bring up to date, back up, restore
#[derive(Subcommand)]
#[command(after_help = "例 Examples:
  fumikura db backup /backup/city-2026-06-01.sqlite --dir my-city
  fumikura db restore /backup/city-2026-06-01.sqlite --dir my-city --checkpoint last.json")]
pub enum Database {
    /// 表を最新にする / Brings the tables up to date; makes the database where there is none
    Migrate {
        #[command(flatten)]
        place: Place,
    },
    /// 控えを取る / Copies the database, as of one moment, into a new file; the service may go on meanwhile. On PostgreSQL: pg_dump
    Backup {
        /// The file to make; one that is there is not overwritten.
        to: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// 控えから戻す / Checks a backup and puts it where no database is; one that is there is not overwritten. On PostgreSQL: pg_restore
    Restore(Restore),
    /// 書庫に覚えさせる / Has the archive remember the records' rows as they are now; `serve` does so every hour
    Remember {
        #[command(flatten)]
        place: Place,
    },
    /// 書庫から作り直す / Makes the records' database anew, where there is none, from what the archive remembers. Notices are not in it
    Rebuild(Rebuild),
    /// 文書の状態 / One hash over record files, records, holds, disposals, tombstones and registers
    State {
        #[command(flatten)]
        place: Place,
    },
    /// 働いているプロセス / The processes that work on the database; with --fence, one whose machine is gone is shut out at once
    Workers {
        /// 切り離すプロセス / Takes this one for dead: nothing it does is written any more. `serve` does so by itself after a while
        #[arg(long, value_name = "ID")]
        fence: Option<WorkerId>,
        #[command(flatten)]
        place: Place,
        /// 表示の形式 / How to answer
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// 戻した控えを確かめる / Shows what a restored database lacks beside the vault; with --shown, confirms it, and it goes on
    Confirm {
        /// 示されたハッシュ / The hash that this command shows without it
        #[arg(long, value_parser = super::disposal::hash)]
        shown: Option<Sha256Hex>,
        #[command(flatten)]
        desk: Desk,
    },
}

/// Where the city is.
#[derive(Args)]
pub struct Place {
    /// 市のフォルダ / The city's folder, with its city.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// The arguments of `db rebuild`.
#[derive(Args)]
pub struct Rebuild {
    /// A checkpoint as `ledger checkpoint` prints it: what is remembered as of an older entry, or another past, is refused.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// The arguments of `db restore`.
#[derive(Args)]
pub struct Restore {
    /// The backup.
    from: PathBuf,
    /// A checkpoint as `ledger checkpoint` prints it: a backup that is older, or another, is refused.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

impl Database {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Migrate { place } => runtime()?.block_on(async {
                let database = place.database()?;
                database.migrate().await?;
                output::print(&format!("{database} は最新です / is up to date\n"))
            }),
            Self::Backup { to, place } => runtime()?.block_on(async {
                backup(&place.database()?.file()?, &to).await?;
                output::print(&format!("{} に控えました / holds the backup\n", to.display()))
            }),
            Self::Restore(restore) => restore.run(),
            Self::Remember { place } => runtime()?.block_on(async {
                let office = City::open_without_keys(&place.dir.join(FILE_NAME)).await?;
                let seq = office.remember().await?;
                let seq =
                    seq.ok_or(Failure::from(OfficeError::CopyUnconfirmed(office.records_state().await?.ledger_seq)))?;
                output::print(&format!("台帳の {seq} 件目までを覚えました / remembered as of entry {seq}\n"))
            }),
            Self::Rebuild(rebuild) => rebuild.run(),
            Self::State { place } => runtime()?.block_on(async {
                let office = City::open_without_keys(&place.dir.join(FILE_NAME)).await?;
                tell_state(&office.records_state().await?)
            }),
            Self::Workers { fence, place, format } => runtime()?.block_on(async {
                let office = City::open_without_keys(&place.dir.join(FILE_NAME)).await?;
                if let Some(worker) = fence {
                    office.fence_off(worker).await?;
                    // Whoever comes in finishes what it had in hand.
                    drop(Door::enter(&place.dir, &office).await?);
                }
                let workers = serde_json::to_value(office.workers().await?);
                answer(format, &workers.map_err(|_| Failure::from(OfficeError::Task))?)
            }),
            Self::Confirm { shown, desk } => desk.run(async |at: Session| confirm(&at, shown).await),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Rebuild {
    fn run(&self) -> Result<(), Failure> {
        let pins = self.checkpoints.iter().map(|path| checkpoint(path)).collect::<Result<Vec<_>, _>>()?;
        let dir = &self.place.dir;
        let (file, _) = CityFile::read(&dir.join(FILE_NAME))?;
        let (folders, buckets) = file.vault(dir)?;
        let vault = DiskVault::open_with(folders, buckets, Arc::new(SystemClock))?;
        let nothing = || Failure::new("vault-no-memory", Kind::NotFound, "the archive remembers no rows");
        let memory = vault.memory()?.ok_or_else(nothing)?;
        let state = runtime()?.block_on(async {
            let store = DatabasePlace::of(&file, dir)?.open_with(&vault).await?;
            Ok::<_, Failure>(rebuild(&*store, Arc::new(vault), &memory, pins, SystemClock.now()).await?)
        })?;
        tell_state(&state)?;
        output::print(
            "作り直しました。通知は入っていません。それより後の保留と廃棄も入っていません。保留を置き直し、`db confirm` で確かめてください。それまでは閲覧と廃棄保留だけができます。\n\
             made anew, without notices. Holds placed and records filed later are not in it: place the holds again, then `db confirm`. Until then it only reads and takes holds.\n",
        )
    }
}

fn tell_state(state: &RecordsState) -> Result<(), Failure> {
    answer(Format::Text, &serde_json::json!(state))
}

impl Restore {
    fn run(&self) -> Result<(), Failure> {
        let pins = self.checkpoints.iter().map(|path| checkpoint(path)).collect::<Result<Vec<_>, _>>()?;
        let end = runtime()?.block_on(async {
            let staged = Staged::restore(&self.from, &self.place.database()?.file()?).await?;
            let store = staged.open().await?;
            let end = verify_store(&store, &self.from.display().to_string(), pins).await;
            store.close().await;
            let end = end?;
            staged.settle()?;
            Ok::<_, Failure>(end)
        })?;
        output::print(&format!(
            "戻しました。台帳は {} 件目（{}）までです。それより後の保留と廃棄は入っていません。控えの後に出した保留を置き直し、`db confirm` で確かめてください。それまでは閲覧と廃棄保留だけができます。\n\
             restored; the ledger ends at entry {}. Holds placed after the backup are not in it: place them again, then `db confirm`. Until then it only reads and takes holds.\n",
            end.seq, end.hash, end.seq
        ))
    }
}

/// Shows what the restored database lacks, or confirms what was shown.
async fn confirm(at: &Session, shown: Option<Sha256Hex>) -> Result<(), Failure> {
    let office = &at.city.office;
    let view = match &shown {
        Some(shown) => office.confirm_restored(&at.actor, shown).await?,
        None => office.restored(&at.actor).await?.ok_or(FilingError::NothingRestored)?,
    };
    let mut value = serde_json::json!(view);
    value["sha256"] = serde_json::json!(view.hash());
    value["confirmed"] = serde_json::json!(shown.is_some());
    at.answer(&value)
}

impl Place {
    fn database(&self) -> Result<DatabasePlace, Failure> {
        let (file, _) = CityFile::read(&self.dir.join(FILE_NAME))?;
        DatabasePlace::of(&file, &self.dir)
    }
}
