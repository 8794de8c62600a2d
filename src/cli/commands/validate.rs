//! `validate`: judges the signatures of PDF files.

use crate::cli::draft::Draft;
use crate::cli::online::OnlineOptions;
use crate::cli::report_seal::ReportSealOptions;
use crate::cli::trust::{Trust, TrustOptions};
use crate::cli::{Failure, SystemClock, files, output, secret};
use crate::fault::Kind;
use crate::fetch::online::Stock;
use crate::pades::signatures;
use crate::pdf::{Limits, Pdf};
use crate::time::{Clock, Instant};
use crate::validate::{Examined, Indication, Report};
use crate::wording;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// PDF の電子署名を検証する / Judge the signatures of PDF files
///
/// Exit status: 0 all TOTAL-PASSED, 1 any TOTAL-FAILED, 2 none failed but any INDETERMINATE, 3 no signature found,
/// 65 a file that cannot be read. A PDF report goes to a file only.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura validate notice.pdf --trust root.crt.pem --crl seal.crl.pem
  fumikura validate *.pdf --trust anchors/ --tsa-trust accredited/ --crl crls/ --format json
  fumikura validate notice.pdf --trust anchors/ --at 2026-04-01T09:00:00+09:00
  fumikura validate notice.pdf --trust anchors/ --online --cache fetched/
  fumikura validate notice.pdf --trust anchors/ --online --allow-host crl.example.jp --allow-host ocsp.example.jp:8080
  fumikura validate notice.pdf --trust anchors/ --format html -o result.html
  fumikura validate notice.pdf --trust anchors/ --format pdf -o result.pdf --report-key file:hall.p12
  fumikura validate notice.pdf --extract 1 -o as-signed.pdf")]
pub struct Validate {
    /// 検証する PDF / The PDF files
    #[arg(required_unless_present = "schema", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
    #[command(flatten)]
    online: OnlineOptions,
    /// 検証の時点 / The time to judge at, for example 2026-04-01T09:00:00+09:00; without it, now
    #[arg(long, value_name = "RFC3339")]
    at: Option<Instant>,
    /// PDF のパスワードのファイル / A file whose first line is the password of encrypted PDF files
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// 報告の形式 / How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    seal: ReportSealOptions,
    /// 報告の出力先 / Where the report goes, whole or not at all; without it, to the terminal
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// N 番目の署名が及ぶ版を取り出す / Write the revision that the Nth signature covers to OUT, byte for byte, and judge nothing
    #[arg(long, value_name = "N", requires = "output", conflicts_with = "format")]
    extract: Option<usize>,
    /// 報告の JSON スキーマを表示して終わる / Prints the JSON schema of the report and ends
    #[arg(long)]
    schema: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences in Japanese and English
    Text,
    /// One JSON document
    Json,
    /// One XML document (ETSI TS 119 102-2)
    EtsiXml,
    /// One HTML document that needs nothing else
    Html,
    /// One PDF document (PDF/A), sealed with --report-key
    Pdf,
}

impl Validate {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        if self.schema {
            print(wording::schema())?;
            return Ok(ExitCode::SUCCESS);
        }
        match self.format {
            Format::Pdf => self.pdf_output().map(|_| ())?,
            _ if self.seal.is_used() => {
                return Err(Failure::usage("--report-key and --report-font go with --format pdf"));
            }
            _ => {}
        }
        if let Some(output) = &self.output {
            files::apart(output, self.files.iter().map(PathBuf::as_path).chain(self.trust.files()))?;
        }
        let begun = self.at.unwrap_or_else(|| SystemClock.now());
        let trust = self.trust.read(begun)?;
        let password = self.password_file.as_deref().map(secret::first_line).transpose()?;
        let password = password.as_ref().map(|password| password.as_bytes());
        if let (Some(number), Some(output)) = (self.extract, &self.output) {
            return extract(&self.files, number, output, password);
        }
        // What is fetched meanwhile is younger.
        let at = || if self.at.is_none() && self.online.is_on() { SystemClock.now() } else { begun };
        let mut online = self.online.open()?;
        let mut gatherer = online.gatherer();
        let mut reports: Vec<(String, Report)> = Vec::new();
        let mut refused = None;
        for path in &self.files {
            let name = path.display().to_string();
            let judged = files::source(path).and_then(|source| {
                let examined = Examined::of(source, password, &Limits::default())
                    .map_err(|error| Failure::at(name.clone(), &error))?;
                let judge = |stock: &Stock, at| trust.judge(&examined, stock, at);
                let (mut report, more) =
                    gatherer.settle(&at, judge).map_err(|error| Failure::at(name.clone(), &error))?;
                report.findings.extend(more);
                Ok(report)
            });
            match judged {
                Ok(report) => reports.push((name, report)),
                Err(failure) => refused = Some(failure.report()),
            }
        }
        if self.format == Format::Json || !reports.is_empty() {
            self.put(&reports, begun, &trust)?;
        }
        Ok(refused.unwrap_or_else(|| status(&reports)))
    }

    /// Writes the reports where they were asked for.
    fn put(&self, reports: &[(String, Report)], at: Instant, trust: &Trust) -> Result<(), Failure> {
        let each = || reports.iter().map(|(path, report)| (path.as_str(), report));
        let text = match self.format {
            Format::Text => {
                each().map(|(path, report)| wording::report_text(report, path)).collect::<Vec<_>>().join("\n")
            }
            Format::Json => {
                let document = wording::reports_json(each());
                format!("{document:#}\n")
            }
            Format::EtsiXml => wording::reports_xml(each()),
            Format::Html => wording::reports_html(each()),
            Format::Pdf => return self.seal.write(reports, at, trust, self.pdf_output()?),
        };
        match &self.output {
            Some(path) => files::write_whole(path, text.as_bytes()),
            None => print(&text),
        }
    }

    fn pdf_output(&self) -> Result<&Path, Failure> {
        self.output.as_deref().ok_or_else(|| Failure::usage("--format pdf needs -o: a PDF is not for a terminal"))
    }
}

/// Writes what a signature covers, up to the end of its byte range: the file as its signer saw it, and the signature.
fn extract(files: &[PathBuf], number: usize, output: &Path, password: Option<&[u8]>) -> Result<ExitCode, Failure> {
    let [path] = files else { return Err(Failure::usage("--extract takes one file")) };
    let place = path.display().to_string();
    let pdf = Pdf::read_locked(files::source(path)?, password, &Limits::default())
        .map_err(|error| Failure::at(&place, &error))?;
    let found = signatures(&pdf);
    let signature = number.checked_sub(1).and_then(|index| found.get(index));
    let Some(signature) = signature else {
        let words = format!("{place} has {} signatures, counted from 1", found.len());
        return Err(Failure::new("validate-no-such-signature", Kind::Refused, words));
    };
    let Ok(coverage) = &signature.coverage else {
        let words = format!("{place}: the byte range of {:?} covers nothing that can be relied on", signature.field);
        return Err(Failure::new("validate-nothing-covered", Kind::Refused, words));
    };
    let mut draft = Draft::new(output, 0o666)?;
    draft.copy(&pdf.source().prefix(coverage.after.end), &[])?;
    draft.finish()?;
    output::print(&format!("{}: {}\n", output.display(), signature.field))?;
    Ok(ExitCode::SUCCESS)
}

/// The exit status of the contract: the worst file decides.
fn status(reports: &[(String, Report)]) -> ExitCode {
    let any = |indication| reports.iter().any(|(_, report)| report.indication == indication);
    if any(Indication::TotalFailed) {
        ExitCode::from(1)
    } else if any(Indication::Indeterminate) {
        ExitCode::from(2)
    } else if any(Indication::NoSignature) {
        ExitCode::from(3)
    } else {
        ExitCode::SUCCESS
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        // Whoever reads has read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::io(std::path::Path::new("stdout"), &error, true)),
    }
}
