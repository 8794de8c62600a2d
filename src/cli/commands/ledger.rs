//! `ledger verify|checkpoint|seal|export`: is the chain whole, where does it end, who bears witness, and a copy of it outside
//! the database.

use super::serve::runtime;
use crate::cli::city::{CityFile, FILE_NAME};
use crate::cli::database::DatabasePlace;
use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, SystemClock, database_desk, files, output};
use crate::fault::Kind;
use crate::ledger::{Checkpoint, Entry, LedgerError, Verifier};
use crate::office::ports::Store;
use crate::office::{OfficeError, SealedCheckpoint};
use crate::policy::Outcome;
use crate::store::PostgresAddress;
use crate::time::Clock;
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The longest line of an exported ledger, in bytes.
const LONGEST_LINE_BYTES: u64 = 1 << 20;
/// Entries read from the database at a time.
const PAGE: u32 = 1000;

/// The audit ledger: verify its chain, take a checkpoint of its end, export it.
#[derive(Subcommand)]
pub enum Ledger {
    /// Verifies every entry, and that each given checkpoint is met; names the first bad entry.
    Verify(Arguments),
    /// Verifies the ledger and prints a checkpoint of its end as JSON, to be signed or kept elsewhere.
    Checkpoint(Arguments),
    /// Seals a checkpoint of the end of a city's ledger now: signed by the service, timestamped, kept in the folder that
    /// city.toml names. The service does so by itself once a day.
    Seal(Desk),
    /// Prints every entry as a line of JSON, as it stands, verified or not.
    Export(Source),
}

/// What is verified.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Checkpoints taken earlier: as `ledger checkpoint` prints them, or sealed ones. Of a city's folder, those that are kept
    /// there are met in any case.
    #[arg(long = "checkpoint", visible_alias = "against", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
}

/// Where the ledger is.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Source {
    /// The city's database, a file of SQLite.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// The city's folder, with its city.toml, whichever database it has.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// An exported ledger: one entry as JSON a line.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Takes entries one by one; stops at the first that is refused.
type Taker<'a> = dyn FnMut(&Entry) -> Result<(), Failure> + 'a;

impl Ledger {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Verify(arguments) => {
                let Checkpoint { seq, hash, .. } = arguments.verify()?;
                let sentence = "件まで正しくつながっています / the ledger holds up to entry";
                output::print(&format!("台帳は {seq} {sentence} {seq}\n{hash}\n"))?;
                if let Some(folder) = &arguments.source.dir {
                    return witnesses(folder);
                }
            }
            Self::Seal(desk) => desk.run(async |at: Session| {
                let sealed = at.city.office.seal_checkpoint(&at.actor).await?;
                output::print(&format!(
                    "台帳の {seq} 件目までを封じました / sealed up to entry {seq}\n{}\n",
                    sealed.sealed.sha256,
                    seq = sealed.checkpoint.seq
                ))
            })?,
            Self::Checkpoint(arguments) => {
                output::print(&format!("{}\n", serde_json::json!(arguments.verify()?)))?;
            }
            Self::Export(source) => export(&source)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Arguments {
    fn verify(&self) -> Result<Checkpoint, Failure> {
        let pins = self.checkpoints.iter().map(|path| checkpoint(path)).collect::<Result<Vec<_>, _>>()?;
        let mut verifier = Verifier::new(pins);
        let place = self.source.place();
        self.source.each(&mut |entry| verifier.take(entry).map_err(|error| Failure::at(place.clone(), &error)))?;
        verifier.finish(SystemClock.now()).map_err(|error| Failure::at(place, &error))
    }
}

impl Source {
    fn place(&self) -> String {
        let path = self.db.as_ref().or(self.dir.as_ref()).or(self.file.as_ref());
        path.map(|path| path.display().to_string()).unwrap_or_default()
    }

    fn each(&self, take: &mut Taker<'_>) -> Result<(), Failure> {
        match (&self.db, &self.dir, &self.file) {
            // Not repeated: a password may be in it.
            (Some(path), ..) if path.to_str().is_some_and(PostgresAddress::is_meant) => {
                Err(Failure::usage("--db names a file of SQLite; of a city on PostgreSQL --dir names the folder"))
            }
            (Some(path), ..) => each_in_database(&DatabasePlace::File(path.clone()), take),
            (None, Some(folder), _) => {
                let (file, _) = CityFile::read(&folder.join(FILE_NAME))?;
                each_in_database(&DatabasePlace::of(&file, folder)?, take)
            }
            (None, None, Some(path)) => each_in_file(path, take),
            (None, None, None) => Err(Failure::usage("one of --db, --dir and --file says where the ledger is")),
        }
    }
}

fn each_in_file(path: &Path, take: &mut Taker<'_>) -> Result<(), Failure> {
    let reading = |error: std::io::Error| Failure::io(path, &error, false);
    let mut input = BufReader::new(File::open(path).map_err(reading)?);
    let (mut line, mut number) = (Vec::new(), 0u64);
    loop {
        line.clear();
        if input.by_ref().take(LONGEST_LINE_BYTES).read_until(b'\n', &mut line).map_err(reading)? == 0 {
            return Ok(());
        }
        number += 1;
        let entry: Entry = serde_json::from_slice(&line).map_err(|error| {
            let error = LedgerError::Unreadable { seq: number, message: error.to_string() };
            Failure::at(path.display().to_string(), &error)
        })?;
        take(&entry)?;
    }
}

fn each_in_database(place: &DatabasePlace, take: &mut Taker<'_>) -> Result<(), Failure> {
    // Opening would make a database where there is none, and an empty ledger always verifies.
    if let DatabasePlace::File(path) = place {
        std::fs::metadata(path).map_err(|error| Failure::io(path, &error, false))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("runtime", Kind::Defect, error.to_string()))?;
    runtime.block_on(async { each_in_store(&*place.open().await?, &place.to_string(), take).await })
}

async fn each_in_store(store: &dyn Store, place: &str, take: &mut Taker<'_>) -> Result<(), Failure> {
    let mut tx = store.read().await?;
    let mut last = 0;
    loop {
        let (page, before) = (tx.entries_after(last, PAGE).await?, last);
        for entry in &page {
            take(entry)?;
            last = last.max(entry.seq);
        }
        if page.len() < PAGE as usize {
            return Ok(());
        }
        if last == before {
            let error = LedgerError::OutOfOrder { expected: before.saturating_add(1), found: before };
            return Err(Failure::at(place, &error));
        }
    }
}

/// Verifies the ledger of a database that is open; returns the checkpoint of its end.
pub(in crate::cli) async fn verify_store(
    store: &dyn Store,
    place: &str,
    pins: Vec<Checkpoint>,
) -> Result<Checkpoint, Failure> {
    let mut verifier = Verifier::new(pins);
    let at_place = |error: LedgerError| Failure::at(place, &error);
    each_in_store(store, place, &mut |entry| verifier.take(entry).map_err(at_place)).await?;
    verifier.finish(SystemClock.now()).map_err(at_place)
}

fn export(source: &Source) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut gone = false;
    source.each(&mut |entry| {
        if gone {
            return Ok(());
        }
        let written = writeln!(out, "{}", serde_json::json!(entry));
        gone = written.is_err();
        output::settle(written)
    })?;
    if gone { Ok(()) } else { output::settle(out.flush()) }
}

/// Holds a city's ledger against the sealed checkpoints that are kept there, and says whose word they are.
fn witnesses(folder: &Path) -> Result<ExitCode, Failure> {
    let (file, _) = CityFile::read(&folder.join(FILE_NAME))?;
    let judge = file.trust.judge(folder)?;
    let witnessed = runtime()?.block_on(async {
        let office = database_desk::office(folder, judge.clone()).await?;
        Ok::<_, Failure>(office.verify_against_checkpoints().await?)
    })?;
    let mut lines = format!(
        "封じたチェックポイント {count} 件と一致します / meets {count} sealed checkpoints\n",
        count = witnessed.met.len()
    );
    let mut doubtful = false;
    for one in &witnessed.met {
        let witness = one.sealed.witness(&judge, SystemClock.now());
        if witness.outcome != Outcome::Passed {
            doubtful = true;
            lines += &format!(
                "  {seq} 件目: 署名者を確かめられません / the signer cannot be believed: {}\n",
                witness.signer,
                seq = one.checkpoint.seq
            );
        }
    }
    if let Some(last) = witnessed.met.last() {
        let witness = last.sealed.witness(&judge, SystemClock.now());
        let proven = witness.proven_at.map_or("-".to_owned(), |at| at.to_string());
        lines += &format!("  最後 last: {} 件目 entry, {proven}, {}\n", last.checkpoint.seq, witness.signer);
    }
    for one in &witnessed.set_aside {
        lines += &format!(
            "  復元の確認で放棄されたもの / given up when a restored database was confirmed: {}, {}\n",
            one.checkpoint.seq, one.checkpoint.at
        );
    }
    output::print(&lines)?;
    Ok(if doubtful { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// Reads a checkpoint as `ledger checkpoint` prints it, or a sealed one.
pub(super) fn checkpoint(path: &Path) -> Result<Checkpoint, Failure> {
    let bytes = files::read(path)?;
    if bytes.first() != Some(&b'{') {
        let name = path.display().to_string();
        return Ok(SealedCheckpoint::open(&name, &bytes).map_err(OfficeError::from)?.checkpoint);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let error = LedgerError::Unreadable { seq: 0, message: error.to_string() };
        Failure::at(path.display().to_string(), &error)
    })
}
