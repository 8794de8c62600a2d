//! `ledger verify|checkpoint`: is the chain whole, and where does it end.

use crate::cli::{Failure, SystemClock, files, output};
use crate::ledger::{Checkpoint, Entry, LedgerError, Verifier};
use crate::time::Clock;
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The longest line of an exported ledger, in bytes.
const LONGEST_LINE_BYTES: u64 = 1 << 20;

/// The audit ledger: verify its chain, take a checkpoint of its end.
#[derive(Subcommand)]
pub enum Ledger {
    /// Verifies every entry, and that each given checkpoint is met; names the first bad entry.
    Verify(Source),
    /// Verifies the ledger and prints a checkpoint of its end as JSON, to be signed or kept elsewhere.
    Checkpoint(Source),
}

/// Where the ledger is.
#[derive(Args)]
pub struct Source {
    /// The exported ledger: one entry as JSON a line.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Checkpoints taken earlier, as `ledger checkpoint` prints them.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
}

impl Ledger {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Verify(source) => {
                let end = source.verify()?;
                let (seq, hash) = (end.seq, end.hash);
                let sentence = "件まで正しくつながっています / the ledger holds up to entry";
                output::print(&format!("台帳は {seq} {sentence} {seq}\n{hash}\n"))?;
            }
            Self::Checkpoint(source) => output::print(&format!("{}\n", serde_json::json!(source.verify()?)))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Source {
    fn verify(&self) -> Result<Checkpoint, Failure> {
        let pins = self.checkpoints.iter().map(|path| checkpoint(path)).collect::<Result<Vec<_>, _>>()?;
        let mut verifier = Verifier::new(pins);
        let file = File::open(&self.file).map_err(|error| Failure::io(&self.file, &error, false))?;
        let at_place = |error: LedgerError| Failure::at(self.file.display().to_string(), &error);
        let (mut input, mut line) = (BufReader::new(file), Vec::new());
        let mut number = 0u64;
        loop {
            line.clear();
            let read = input.by_ref().take(LONGEST_LINE_BYTES).read_until(b'\n', &mut line);
            if read.map_err(|error| Failure::io(&self.file, &error, false))? == 0 {
                break;
            }
            number += 1;
            let entry: Entry = serde_json::from_slice(&line)
                .map_err(|error| at_place(LedgerError::Unreadable { seq: number, message: error.to_string() }))?;
            verifier.take(&entry).map_err(at_place)?;
        }
        verifier.finish(SystemClock.now()).map_err(at_place)
    }
}

fn checkpoint(path: &Path) -> Result<Checkpoint, Failure> {
    serde_json::from_slice(&files::read(path)?).map_err(|error| {
        let error = LedgerError::Unreadable { seq: 0, message: error.to_string() };
        Failure::at(path.display().to_string(), &error)
    })
}
