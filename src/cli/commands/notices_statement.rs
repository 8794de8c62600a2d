//! `notices state|compare`: what is issued and in force, under the service's seal, and whether two such statements agree.

use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files, output};
use crate::office::OfficeError;
use crate::office::notices::SealedStatement;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Statements on issued notices.
#[derive(Subcommand)]
pub enum Statement {
    /// 施行した通知の一覧を封じる / States what is issued and in force, signed and timestamped, for somebody elsewhere to keep
    ///
    /// A notice stands there by the hashes of its files, and its number by a digest: nothing is disclosed to whoever does not have the
    /// notice. The file is CMS (`openssl cms -verify -noverify -inform DER -in FILE` shows what it says).
    State {
        /// 出力先 / The statement
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        desk: Desk,
    },
    /// 二つの一覧を比べる / Holds a later statement against an earlier one; status 1 where something was taken back unseen
    ///
    /// Signatures and timestamps must hold; whom to believe, `openssl cms -verify -CAfile` or the signers that are printed say.
    Compare {
        /// 以前の一覧 / The earlier one
        #[arg(value_name = "EARLIER")]
        earlier: PathBuf,
        /// 後の一覧 / The later one
        #[arg(value_name = "LATER")]
        later: PathBuf,
    },
}

impl Statement {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::State { output, desk } => desk.run(async |at: Session| {
                let der = at.city.office.state_notices(&at.actor).await?;
                files::write_whole(&output, &der)?;
                let made = open(&output)?;
                at.answer(&json!({
                    "notices": made.statement.notices.len(),
                    "ledger": made.statement.ledger.seq,
                    "sha256": made.sealed.sha256,
                }))?;
                Ok(ExitCode::SUCCESS)
            }),
            Self::Compare { earlier, later } => compare(&open(&earlier)?, &open(&later)?),
        }
    }
}

fn open(path: &Path) -> Result<SealedStatement, Failure> {
    let bytes = files::read(path)?;
    Ok(SealedStatement::open(&path.display().to_string(), &bytes).map_err(OfficeError::from)?)
}

fn compare(earlier: &SealedStatement, later: &SealedStatement) -> Result<ExitCode, Failure> {
    let found = earlier.statement.contradictions(&later.statement);
    let side = |one: &SealedStatement| {
        json!({
            "signer": one.sealed.signer.subject(),
            "timestamp": one.sealed.timestamp.as_ref().map(|stamp| stamp.gen_time),
            "ledger": one.statement.ledger.seq,
            "notices": one.statement.notices.len(),
        })
    };
    let answer = json!({ "earlier": side(earlier), "later": side(later), "contradictions": found });
    output::answer_line!("{:#}", answer)?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
