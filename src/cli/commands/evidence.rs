//! `fumikura evidence …`: evidence records (RFC 4998), verified and shown; made and renewed beside.

use super::evidence_make::Make;
use super::evidence_renew::Renew;
use crate::cli::online::OnlineOptions;
use crate::cli::output;
use crate::cli::trust::TrustOptions;
use crate::cli::{Failure, SystemClock, files};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{DataObject, EvidenceRecord, examine};
use crate::fetch::online::Stock;
use crate::time::{Clock, Instant};
use crate::validate::Indication;
use crate::wording;
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with evidence records.
#[derive(Subcommand)]
pub enum Evidence {
    Verify(Verify),
    Show(Show),
    Make(Make),
    Renew(Renew),
}

impl Evidence {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Verify(verify) => verify.run(),
            Self::Show(show) => show.run().map(|()| ExitCode::SUCCESS),
            Self::Make(make) => make.run().map(|()| ExitCode::SUCCESS),
            Self::Renew(renew) => renew.run().map(|()| ExitCode::SUCCESS),
        }
    }
}

/// 証拠記録を検証する / Judge whether a record proves files, since when, and until when
///
/// Exit status: 0 passed, 1 failed, 2 undecided, 65 a file that cannot be read. Several files are one group, as a document and its
/// signatures are: the record must be over each of them.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura evidence verify notice.pdf.ers --data notice.pdf --tsa-trust accredited/ --crl crls/
  fumikura evidence verify notice.pdf.ers --data notice.pdf --tsa-trust accredited/ --at 2046-04-01T09:00:00+09:00 --format json")]
pub struct Verify {
    /// 証拠記録 / The evidence record
    #[arg(value_name = "RECORD.ers", required_unless_present = "schema")]
    record: Option<PathBuf>,
    /// 証明の対象 / What the record is to prove
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "schema")]
    data: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
    #[command(flatten)]
    online: OnlineOptions,
    /// 検証の時点 / The time to judge at, for example 2026-04-01T09:00:00+09:00; without it, now
    #[arg(long, value_name = "RFC3339")]
    at: Option<Instant>,
    /// 報告の形式 / How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// 報告の JSON スキーマを表示して終わる / Prints the JSON schema of the report and ends
    #[arg(long)]
    schema: bool,
}

/// 証拠記録の中身を見る / Show what stands in a record; nothing of it is judged
#[derive(Args)]
pub struct Show {
    /// 証拠記録 / The evidence record
    #[arg(value_name = "RECORD.ers")]
    record: PathBuf,
    /// 表示の形式 / How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences in Japanese and English
    Text,
    /// One JSON document
    Json,
}

impl Verify {
    fn run(&self) -> Result<ExitCode, Failure> {
        let Some(place) = self.record.as_deref().filter(|_| !self.schema) else {
            output::print(wording::evidence_schema())?;
            return Ok(ExitCode::SUCCESS);
        };
        let record = read(place)?;
        let data = digested(&self.data, &record.data_algorithms())?;
        let begun = self.at.unwrap_or_else(|| SystemClock.now());
        let trust = self.trust.read(begun)?;
        let at = || if self.at.is_none() && self.online.is_on() { SystemClock.now() } else { begun };
        let mut online = self.online.open()?;
        let judge = |stock: &Stock, at| Ok::<_, Failure>(trust.judge_evidence(&record, &data, stock, at));
        let (mut report, more) = online.gatherer().settle(&at, judge)?;
        report.findings.extend(more);
        let path = place.display().to_string();
        match self.format {
            Format::Text => output::print(&wording::evidence_text(&report, &path))?,
            Format::Json => output::answer_line!("{:#}", wording::evidence_json(&report, &path))?,
        }
        Ok(ExitCode::from(match report.indication {
            Indication::TotalPassed => 0,
            Indication::TotalFailed => 1,
            Indication::Indeterminate | Indication::NoSignature => 2,
        }))
    }
}

impl Show {
    fn run(&self) -> Result<(), Failure> {
        let record = read(&self.record)?;
        let (examination, path) = (examine(&record, &[]), self.record.display().to_string());
        match self.format {
            Format::Text => output::print(&wording::evidence_facts_text(&record, &examination, &path)),
            Format::Json => output::answer_line!("{:#}", wording::evidence_facts_json(&record, &examination, &path)),
        }
    }
}

/// Reads a record.
pub(super) fn read(path: &Path) -> Result<EvidenceRecord, Failure> {
    let bytes = files::read(path)?;
    EvidenceRecord::parse(&bytes).map_err(|error| Failure::at(path.display().to_string(), &error))
}

/// Digests files by each of the algorithms; none is held whole.
pub(super) fn digested(paths: &[PathBuf], algorithms: &[DigestAlgorithm]) -> Result<Vec<DataObject>, Failure> {
    let of = |path: &PathBuf| {
        let source = files::source(path)?;
        let digest = |algorithm: &DigestAlgorithm| -> Result<Digest, Failure> {
            let hasher = source.digest(0..source.size_bytes(), *algorithm);
            Ok(hasher.map_err(|error| Failure::io(path, &error, false))?.finish())
        };
        algorithms.iter().map(digest).collect::<Result<Vec<_>, _>>().map(DataObject::of)
    };
    paths.iter().map(of).collect()
}
