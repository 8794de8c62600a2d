//! `transfer …`: hands record files to the archives, and takes in their receipts (移管).

use super::records::show_file;
use super::records_export::{Kind, form, write_folder};
use super::records_register::quoted;
use crate::cli::desk::{Entrance, Format as Answer, Session};
use crate::cli::{Failure, desk::Desk, files};
use crate::digest::Sha256Hex;
use crate::fault::Kind as Trouble;
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{RecordRow, VaultError};
use crate::office::records::RegisterRow;
use crate::package::{PackageLimits, read_bag};
use crate::records::{ReceiptFault, ReceiptLine};
use crate::wording;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::fmt::Write as _;
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

/// The manifest's columns. `list` is the file of the package that names all its other files with their hashes.
const COLUMNS: &str = "record,title,original_sha256,size_bytes,package_sha256,folder,list,list_sha256";
/// The manifest's name.
const MANIFEST: &str = "manifest.csv";

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
    fs::create_dir(&beside).map_err(|error| Failure::io(output, &error, true))?;
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
    let mut manifest = format!("{COLUMNS}\r\n");
    for row in records {
        let bag = at.city.office.read_bag(&at.actor, row.record.id).await?;
        let line = write_record(row, &bag, folder, format)?;
        let _ = write!(manifest, "{line}\r\n");
    }
    files::write_whole(&folder.join(MANIFEST), manifest.as_bytes())?;
    Ok(Sha256Hex::of(manifest.as_bytes()))
}

/// Writes a record's package, and returns its line of the manifest.
fn write_record(row: &RecordRow, bag: &[u8], folder: &Path, format: Form) -> Result<String, Failure> {
    let id = row.record.id;
    let contents = read_bag(bag, &PackageLimits::default()).map_err(VaultError::from)?;
    let is_it = contents.originals.first().is_some_and(|original| Sha256Hex::of(&original.bytes) == row.record.sha256);
    if !is_it {
        let english = format!("record {id}: the original in its package is not the one that was filed");
        return Err(Failure::new("package-changed", Trouble::Refused, english));
    }
    let (kind, list) = match format {
        Form::Bagit => (Kind::Bagit, "tagmanifest-sha256.txt"),
        Form::Csip => (Kind::Csip, "METS.xml"),
    };
    let (name, files) = form(kind, id, bag).map_err(VaultError::from)?;
    let name = name.unwrap_or_else(|| id.to_string());
    write_folder(&folder.join(&name), &files)?;
    let list_sha256 = files.get(list).map(|bytes| Sha256Hex::of(bytes).to_string()).unwrap_or_default();
    let (title, record) = (quoted(&row.record.title), &row.record);
    let (sha256, size, package) = (&record.sha256, record.size_bytes, &row.receipt.sealed_sha256);
    Ok(format!("{id},{title},{sha256},{size},{package},{name},{list},{list_sha256}"))
}

async fn receive(at: &Session, file: RecordFileId, bytes: &[u8]) -> Result<ExitCode, Failure> {
    let (lines, mut problems) = read_receipt(bytes)?;
    let office = &at.city.office;
    let try_only = !problems.is_empty();
    let received = office.receive_transfer(&at.actor, file, &lines, &Sha256Hex::of(bytes), try_only).await?;
    problems.extend(received.faults.iter().map(fault));
    problems.sort_by_key(|problem| problem["line"].as_u64().unwrap_or(u64::MAX));
    at.answer(&json!({ "file": file, "received": received.is_done, "problems": problems }))?;
    Ok(if received.is_done { ExitCode::SUCCESS } else { ExitCode::from(65) })
}

/// Reads the lines of a receipt, and what cannot be read of it.
fn read_receipt(bytes: &[u8]) -> Result<(Vec<ReceiptLine>, Vec<Value>), Failure> {
    let unreadable = |english: String| Failure::new("receipt-unreadable", Trouble::Refused, english);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("the receipt is not UTF-8 text".to_owned()))?;
    // A line counts as one to the reader of CSV only when its end is one character.
    let text = text.replace("\r\n", "\n");
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = table.headers().map_err(|error| unreadable(error.to_string()))?.clone();
    let column = |name: &str| head.iter().position(|one| one == name);
    let needed = |name: &str| column(name).ok_or_else(|| unreadable(format!("no column is named {name}")));
    let (record, sha256, reference) = (needed("record")?, needed("sha256")?, column("reference"));
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    for row in table.records() {
        let row = row.map_err(|error| unreadable(error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let id: Option<RecordId> = row.get(record).and_then(|text| text.parse().ok());
        let hash = row.get(sha256).and_then(|text| Sha256Hex::parse(&text.to_ascii_lowercase()));
        let reference = reference.and_then(|column| row.get(column)).filter(|text| !text.is_empty());
        match (id, hash) {
            (Some(record), Some(sha256)) => {
                lines.push(ReceiptLine { line, record, sha256, reference: reference.map(str::to_owned) });
            }
            _ => problems.push(problem(Some(line), "receipt-line-unreadable", id)),
        }
    }
    Ok((lines, problems))
}

fn fault(fault: &ReceiptFault) -> Value {
    problem(fault.line(), fault.code(), Some(fault.record()))
}

fn problem(line: Option<u64>, code: &'static str, record: Option<RecordId>) -> Value {
    let said = wording::sentence(code, &[]);
    json!({ "line": line, "record": record, "code": code, "ja": said.ja, "en": said.en })
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
