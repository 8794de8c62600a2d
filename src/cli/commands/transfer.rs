//! `transfer …`: hands record files to the archives, and takes in their receipts (移管).

use super::records::show_file;
use super::records_export::write_folder;
use crate::cli::desk::{Entrance, Format as Answer, Session};
use crate::cli::{Failure, desk::Desk, files};
use crate::digest::Sha256Hex;
use crate::fault::Kind as Trouble;
use crate::id::RecordFileId;
use crate::office::ports::RecordRow;
use crate::office::records::{Handover, HandoverForm, MANIFEST, MANIFEST_COLUMNS, ReceiptProblem, RegisterRow};
use crate::render::Spreadsheet;
use crate::wording;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 移管 / Transfer: our copy may go once the archives' receipt names every record with the hash that we hold.
#[derive(Subcommand)]
pub enum Transfer {
    /// 引き渡す / Writes every record of a due file into a folder, with a manifest, and marks the file as in transfer
    Send {
        /// 簿冊 / The record file
        file: RecordFileId,
        /// 書き出す先 / The folder to make
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
        /// 書き出しの形式 / What each record becomes
        #[arg(long, value_enum, default_value_t = Form::Bagit)]
        format: Form,
        #[command(flatten)]
        entrance: Entrance,
    },
    /// 受領書を取り込む / Takes in the archives' receipt, whole or not at all; exit status 65 where a line is wrong
    Receive {
        /// 簿冊 / The record file
        file: RecordFileId,
        /// 受領書 / CSV of UTF-8 with the columns record, sha256 (of the original bytes) and, where there is one, reference
        receipt: PathBuf,
        #[command(flatten)]
        desk: Desk,
    },
    /// 取りやめる / Calls a transfer off before its receipt came
    Cancel {
        /// 簿冊 / The record file
        file: RecordFileId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 一覧 / Lists what is due for the archives, and what was sent while our copy is there
    List {
        #[command(flatten)]
        desk: Desk,
    },
}

/// What a record becomes for the archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A bag (RFC 8493)
    Bagit,
    /// An information package of the E-ARK common specification (CSIP 2.1)
    Csip,
}

impl Transfer {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Send { file, output, format, entrance } => {
                entrance.run(Answer::Text, async |at: Session| send(&at, file, &output, format).await)?;
            }
            Self::Receive { file, receipt, desk } => {
                let bytes = files::read(&receipt)?;
                return desk.run(async |at: Session| receive(&at, file, &bytes).await);
            }
            Self::Cancel { file, desk } => desk.run(async |at: Session| {
                at.city.office.cancel_transfer(&at.actor, file).await?;
                at.answer(&json!({ "file": file, "cancelled": true }))
            })?,
            Self::List { desk } => desk.run(async |at: Session| {
                let list = at.city.office.transfers(&at.actor).await?;
                let to_send: Vec<Value> = list.to_send.iter().map(show_file).collect();
                let sent: Vec<Value> = list.sent.iter().map(show_sent).collect();
                at.answer(&json!({ "to_send": to_send, "sent": sent }))
            })?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes everything out under another name, syncs it, gives it its name, and only then has the office write it down. Where
/// that fails the folder stays: the archives may have it, and no receipt is taken for it.
async fn send(at: &Session, file: RecordFileId, output: &Path, format: Form) -> Result<(), Failure> {
    if output.exists() {
        let english = format!("{}: it is there already", output.display());
        return Err(Failure::new("folder-exists", Trouble::Refused, english));
    }
    let draft = at.city.office.draft_transfer(&at.actor, file).await?;
    let mut beside = output.as_os_str().to_owned();
    beside.push(format!(".{}.partial", std::process::id()));
    let beside = PathBuf::from(beside);
    files::make_own_folder(&beside)?;
    let written = write_out(at, &draft.records, &beside, format).await;
    let written = written.and_then(|manifest| files::place_folder(&beside, output).map(|()| manifest));
    if written.is_err() {
        // What was begun does not stay; that it cannot be removed is no trouble of its own.
        let _ = fs::remove_dir_all(&beside);
    }
    let manifest_sha256 = written?;
    at.city.office.send_transfer(&at.actor, &draft, &manifest_sha256).await?;
    at.answer(&json!({
        "file": file,
        "folder": output.display().to_string(),
        "records": draft.records.len(),
        "manifest": MANIFEST,
        "manifest_sha256": manifest_sha256,
    }))
}

/// Writes every record's package and the manifest into a folder, and returns the manifest's hash.
async fn write_out(at: &Session, records: &[RecordRow], folder: &Path, format: Form) -> Result<Sha256Hex, Failure> {
    let mut manifest = Spreadsheet::new(MANIFEST_COLUMNS);
    for row in records {
        let bag = at.city.office.read_bag(&at.actor, row.record.id).await?;
        let Handover { folder: name, files, line } = Handover::of(row, &bag, format.into())?;
        write_folder(&folder.join(&name), &files)?;
        manifest.row(line.each_ref().map(String::as_str));
    }
    files::write_whole(&folder.join(MANIFEST), manifest.text().as_bytes())?;
    Ok(Sha256Hex::of(manifest.text().as_bytes()))
}

async fn receive(at: &Session, file: RecordFileId, bytes: &[u8]) -> Result<ExitCode, Failure> {
    let outcome = at.city.office.take_receipt(&at.actor, file, bytes).await?;
    let problems: Vec<Value> = outcome.problems.iter().map(problem).collect();
    at.answer(&json!({ "file": file, "received": outcome.is_done, "problems": problems }))?;
    Ok(if outcome.is_done { ExitCode::SUCCESS } else { ExitCode::from(65) })
}

fn problem(one: &ReceiptProblem) -> Value {
    let said = wording::sentence(one.code, &[]);
    json!({ "line": one.line, "record": one.record, "code": one.code, "ja": said.ja, "en": said.en })
}

impl From<Form> for HandoverForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Bagit => Self::Bagit,
            Form::Csip => Self::Csip,
        }
    }
}

fn show_sent(row: &RegisterRow) -> Value {
    let mut value = show_file(row);
    if let Some(transfer) = &row.transfer {
        value["sent_on"] = json!(transfer.sent_on);
        value["manifest_sha256"] = json!(transfer.manifest_sha256);
        value["receipt"] = json!(transfer.receipt);
    }
    value
}
