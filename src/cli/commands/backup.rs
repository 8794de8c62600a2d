//! `backup init|make|list|check|restore|prune`: backups of the whole city.

use super::ledger::checkpoint;
use super::serve::runtime;
use crate::cli::backup::{BackupFile, RestoreOrder, check_bytes, make, prune, restore, try_by_identity};
use crate::cli::city::{City, CityFile, FILE_NAME};
use crate::cli::desk::{Format, answer};
use crate::cli::output::complain;
use crate::cli::{Failure, SystemClock, files, output};
use crate::fault::Fault;
use crate::office::ports::{BackupError, BackupSet, BackupStanding};
use crate::package::Identities;
use crate::store::PostgresAddress;
use crate::vault::{BackupFolder, BackupStore, DiskVault};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use zeroize::Zeroizing;

/// 市まるごとの控え / Backups of the whole city: database, packages, keys, proofs, settings
#[derive(Subcommand)]
#[command(after_help = "例 Examples:
  age-keygen -o safe/backup.txt          # 別の機械で。公開鍵 (age1…) を city.toml の [backup] に書く / elsewhere; the public key goes into city.toml
  fumikura backup init --dir my-city
  fumikura backup make --dir my-city
  fumikura backup check --from /mnt/backup --identity safe/backup.txt
  fumikura backup restore --from /mnt/backup --identity safe/backup.txt --to new-city")]
pub enum Backups {
    /// 置き場所を作る / Makes the store that city.toml names as the store of backups, in a folder that is empty or not there
    Init(Place),
    /// 控えを取る / Makes a backup while the city works, and restores it for a trial before it counts
    Make(Place),
    /// 控えの一覧 / Lists the backups with what came of their trials; status 2 where something is wrong with one
    List(Source),
    /// 控えを確かめる / Holds every byte of a backup against what was written; with --identity, restores it for a trial
    Check(Check),
    /// 控えから市を戻す / Restores a city into a new folder; until `db confirm` it only reads and takes holds
    Restore(Restore),
    /// 期限の過ぎた控えを消す / Takes away backups whose term is over, and what was destroyed; `make` and `serve` do so, too
    Prune(Place),
}

/// Where the city is.
#[derive(Args)]
pub struct Place {
    /// 市のフォルダ / The city's folder, with its city.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// 表示の形式 / How to answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Where the backups are.
#[derive(Args)]
pub struct Source {
    /// 控えの置き場所。市の機械がなくてもよい / The store itself, where there is no city; nothing is proven then
    #[arg(long, value_name = "STORE", conflicts_with = "dir")]
    from: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// What is checked.
#[derive(Args)]
pub struct Check {
    /// 控えの名前。書かなければ最新のもの / The backup; else the newest
    set: Option<String>,
    /// 変わってしまった文書を取り除き、次の控えで書き直す / Takes out packages that are not what was written: the next backup writes them anew
    #[arg(long, conflicts_with = "identity")]
    mend: bool,
    /// 控えの鍵のファイル / An age identity file of one of the recipients
    #[arg(long, value_name = "FILE", requires = "from")]
    identity: Option<PathBuf>,
    /// 試しに戻すフォルダー / Where it is restored for the trial; the system's folder for temporary files if not said
    #[arg(long, value_name = "DIR", requires = "identity")]
    work: Option<PathBuf>,
    /// 控えが PostgreSQL のとき、試しに戻す空のデータベース / Of a city on PostgreSQL: an empty database for the trial (postgres://…)
    #[arg(long, value_name = "URL", requires = "identity")]
    trial_database: Option<String>,
    #[command(flatten)]
    source: Source,
}

/// What is restored.
#[derive(Args)]
pub struct Restore {
    /// 控えの名前。書かなければ最新のもの / The backup; else the newest
    set: Option<String>,
    /// 控えの置き場所 / The store
    #[arg(long, value_name = "STORE")]
    from: PathBuf,
    /// 控えの鍵のファイル / An age identity file of one of the recipients
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// 戻す先。まだないフォルダー / The folder of the city, which is not there yet
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// 書き留めておいた保存庫の名前 / The vault's name (age1…) as it was written down: another city's is refused
    #[arg(long, value_name = "NAME")]
    vault: Option<String>,
    /// A checkpoint as `ledger checkpoint` prints it, or a sealed one: a backup that is older, or another, is refused.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// 期限の過ぎた控えでもよい / Also one whose term is over: what was destroyed since may come back with it
    #[arg(long)]
    although_expired: bool,
    /// 文書が欠けていてもよい / Also one of which packages are lacking; what is lacking is told
    #[arg(long)]
    although_lacking: bool,
    /// 表示の形式 / How to answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Backups {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Init(place) => {
                let store = place.folder()?.create()?;
                let value = json!({ "store": store.folder(), "vault": store.vault() });
                answer(place.format, &value)?;
            }
            Self::Make(place) => {
                let made = runtime()?.block_on(make(&place.city()))?;
                if !made.lost.is_empty() {
                    complain!(
                        "fumikura: 保存庫に正しいものがない文書があります / records without a sound package: {}",
                        made.lost.len()
                    );
                }
                answer(place.format, &json!(made))?;
            }
            Self::List(source) => return source.list(),
            Self::Check(check) => check.run()?,
            Self::Restore(restore) => restore.run()?,
            Self::Prune(place) => {
                let pruned = runtime()?.block_on(async {
                    let (file, _) = CityFile::read(&place.city())?;
                    let days = BackupFile::of(&file)?.days(&file)?;
                    let store = place.folder()?.open()?;
                    let _lock = store.lock()?;
                    prune(&City::open_without_keys(&place.city()).await?, &store, days).await
                })?;
                answer(place.format, &json!(pruned))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Place {
    fn city(&self) -> PathBuf {
        self.dir.join(FILE_NAME)
    }

    fn folder(&self) -> Result<BackupFolder, Failure> {
        let (file, _) = CityFile::read(&self.city())?;
        let settings = BackupFile::of(&file)?;
        let (folders, buckets) = file.vault(&self.dir)?;
        let vault = DiskVault::open_with(folders, buckets, Arc::new(SystemClock))?;
        Ok(settings.folder(&self.dir, &vault))
    }
}

impl Source {
    fn list(&self) -> Result<ExitCode, Failure> {
        use crate::office::ports::BackupShelf;
        let standing = match &self.from {
            None => self.place.folder()?.standing()?,
            Some(from) => unproven(from)?,
        };
        let last = standing.last_good_trial().map(|trial| trial.at);
        let value = json!({
            "sets": standing.sets,
            "last_good_trial": last,
            "last_by_identity": standing.by_identity.as_ref().map(|trial| trial.at),
            "proven": self.from.is_none(),
        });
        answer(self.place.format, &value)?;
        let is_bad = |set: &BackupSet| set.trouble.is_some() || set.trials.iter().any(|trial| trial.trouble.is_some());
        Ok(if standing.sets.iter().any(is_bad) { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

/// Lists the backups of a store as they say themselves.
fn unproven(from: &Path) -> Result<BackupStanding, Failure> {
    let store = BackupStore::open(from, None)?;
    let mut sets = Vec::new();
    for id in store.ids()?.into_iter().rev() {
        let set = match store.set(&id) {
            Ok(set) => set,
            Err(trouble @ BackupError::Vault(_)) => return Err(trouble.into()),
            Err(trouble) => {
                complain!("fumikura: {id}: {trouble} [{}]", trouble.code());
                continue;
            }
        };
        let trouble = set.look().err().map(|trouble| trouble.code());
        let manifest = set.manifest;
        let own_bytes = manifest.parts.iter().map(|part| part.size_bytes).sum();
        let (packages, package_bytes) = (manifest.packages, manifest.package_bytes);
        let (made_at, expires_at, trials) = (manifest.made_at, manifest.expires_at, Vec::new());
        sets.push(BackupSet { id, made_at, expires_at, packages, package_bytes, own_bytes, trouble, trials });
    }
    Ok(BackupStanding { sets, ..BackupStanding::default() })
}

impl Check {
    fn run(&self) -> Result<(), Failure> {
        let (set, format) = (self.set.as_deref(), self.source.place.format);
        let value: Value = match (&self.identity, &self.source.from) {
            (Some(identity), Some(from)) => {
                let identities = identities(identity)?;
                let work = self.work.clone().unwrap_or_else(std::env::temp_dir);
                let server = self.trial_database.as_deref().map(|url| PostgresAddress::parse(url, None));
                let server = server.transpose()?.map(Box::new);
                json!(runtime()?.block_on(try_by_identity(from, set, &identities, &work, server))?)
            }
            (None, None) => {
                let store = self.source.place.folder()?.open()?;
                json!(check_bytes(&store, set, self.mend)?)
            }
            _ => return Err(Failure::usage("without the city's folder (--dir) a check needs --from and --identity")),
        };
        answer(format, &value)
    }
}

impl Restore {
    fn run(&self) -> Result<(), Failure> {
        let identities = identities(&self.identity)?;
        let order = RestoreOrder {
            from: self.from.clone(),
            id: self.set.clone(),
            to: self.to.clone(),
            vault: self.vault.clone(),
            checkpoints: self.checkpoints.iter().map(|path| checkpoint(path)).collect::<Result<_, _>>()?,
            although_expired: self.although_expired,
            although_lacking: self.although_lacking,
        };
        let restored = runtime()?.block_on(restore(&order, &identities))?;
        answer(self.format, &json!(restored))?;
        if matches!(self.format, Format::Text) {
            let (to, seq) = (self.to.display(), restored.ledger_seq);
            output::print(&format!(
                "戻しました。台帳は {seq} 件目までです。それより後の登録・保留・廃棄は入っていません。保留を置き直し、`db confirm --dir {to}` で確かめてください。それまでは閲覧と廃棄保留だけができます。\n\
                 restored; the ledger ends at entry {seq}. What was filed, held or destroyed later is not in it: place the holds again, then `db confirm --dir {to}`. Until then it only reads and takes holds.\n"
            ))?;
        }
        Ok(())
    }
}

/// Reads the identity file.
fn identities(path: &Path) -> Result<Identities, Failure> {
    let bytes = Zeroizing::new(files::read(path)?);
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    Identities::parse(text).map_err(|error| Failure::at(path.display().to_string(), &error))
}
