//! What goes to the archives and what comes back (移管): a record's package with its line of the manifest, and receipts.

use super::error::FilingError;
use super::{KEEPERS, allow};
use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{RecordRow, VaultError};
use crate::office::{Actor, Office, OfficeError};
use crate::package::{PackageLimits, csip_package, read_bag, unpack};
use crate::records::{ReceiptLine, Transfer, receipt_faults};
use std::collections::BTreeMap;

/// The manifest's name.
pub const MANIFEST: &str = "manifest.csv";
/// The manifest's columns. `list` is the file of the package that names all its other files with their hashes.
pub const MANIFEST_COLUMNS: [&str; 8] =
    ["record", "title", "original_sha256", "size_bytes", "package_sha256", "folder", "list", "list_sha256"];

/// What a record becomes for the archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverForm {
    /// A bag (RFC 8493).
    Bagit,
    /// An information package of the E-ARK common specification (CSIP 2.1).
    Csip,
}

/// A record as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The folder of its package.
    pub folder: String,
    /// The package's files, by their paths below the folder.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Its line of the manifest, in the order of [`MANIFEST_COLUMNS`].
    pub line: [String; 8],
}

/// One thing that is wrong with a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptProblem {
    /// Where it stands, counted from 1, the head included; none for what no line names.
    pub line: Option<u64>,
    /// The stable code.
    pub code: &'static str,
    /// The record, where one can be read.
    pub record: Option<RecordId>,
}

/// What came of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptOutcome {
    /// What is wrong with it, line by line.
    pub problems: Vec<ReceiptProblem>,
    /// Whether the file is transferred now.
    pub is_done: bool,
}

impl Handover {
    /// Makes the package of a record from its bag.
    ///
    /// # Errors
    /// `package-changed` where the original in the bag is not the one that was filed.
    pub fn of(row: &RecordRow, bag: &[u8], form: HandoverForm) -> Result<Self, OfficeError> {
        let (record, limits) = (&row.record, PackageLimits::default());
        let contents = read_bag(bag, &limits).map_err(VaultError::from)?;
        let is_it = contents.originals.first().is_some_and(|one| Sha256Hex::of(&one.bytes) == record.sha256);
        if !is_it {
            return Err(FilingError::PackageChanged(record.id).into());
        }
        let (list, (folder, files)) = match form {
            HandoverForm::Bagit => {
                ("tagmanifest-sha256.txt", (record.id.to_string(), unpack(bag, &limits).map_err(VaultError::from)?))
            }
            HandoverForm::Csip => ("METS.xml", csip_package(&contents).map_err(VaultError::from)?),
        };
        let list_sha256 = files.get(list).map(|bytes| Sha256Hex::of(bytes).to_string()).unwrap_or_default();
        let line = [
            record.id.to_string(),
            record.title.clone(),
            record.sha256.to_string(),
            record.size_bytes.to_string(),
            row.receipt.sealed_sha256.to_string(),
            folder.clone(),
            list.to_owned(),
            list_sha256,
        ];
        Ok(Self { folder, files, line })
    }
}

impl Office {
    /// Writes down that a file was handed over whose package somebody has taken away, by the manifest that lies with it:
    /// it must name every record as it stands here, and no other.
    ///
    /// That the package is safe where it was put is what the actor says; of ours nothing goes before the archives' receipt.
    pub async fn send_by_manifest(
        &self,
        actor: &Actor,
        file: RecordFileId,
        manifest: &[u8],
    ) -> Result<Transfer, OfficeError> {
        let draft = self.draft_transfer(actor, file).await?;
        let (lines, unreadable) = read_lines(manifest, "original_sha256")?;
        let held = draft.records.iter().map(|row| (row.record.id, row.record.sha256.clone())).collect();
        if !unreadable.is_empty() || !receipt_faults(&held, &lines).is_empty() {
            return Err(FilingError::ManifestDiffers(file).into());
        }
        self.send_transfer(actor, &draft, &Sha256Hex::of(manifest)).await
    }

    /// Takes in the archives' receipt as it came: CSV of UTF-8 with the columns `record`, `sha256` (of the original bytes)
    /// and, where there is one, `reference`. One line that is wrong, and nothing is done.
    pub async fn take_receipt(
        &self,
        actor: &Actor,
        file: RecordFileId,
        receipt: &[u8],
    ) -> Result<ReceiptOutcome, OfficeError> {
        allow(actor, KEEPERS)?;
        let (lines, mut problems) = read_lines(receipt, "sha256")?;
        let (sha256, try_only) = (Sha256Hex::of(receipt), !problems.is_empty());
        let received = self.receive_transfer(actor, file, &lines, &sha256, try_only).await?;
        problems.extend(received.faults.iter().map(|fault| ReceiptProblem {
            line: fault.line(),
            code: fault.code(),
            record: Some(fault.record()),
        }));
        problems.sort_by_key(|problem| problem.line.unwrap_or(u64::MAX));
        Ok(ReceiptOutcome { problems, is_done: received.is_done })
    }
}

/// Reads lines that name records with hashes, and what cannot be read of them.
fn read_lines(bytes: &[u8], hashes: &str) -> Result<(Vec<ReceiptLine>, Vec<ReceiptProblem>), FilingError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| FilingError::ReceiptUnreadable("it is not UTF-8 text".into()))?;
    // A line counts as one to the reader of CSV only when its end is one character.
    let text = text.replace("\r\n", "\n");
    let unreadable = |error: csv::Error| FilingError::ReceiptUnreadable(error.to_string());
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = table.headers().map_err(unreadable)?.clone();
    let column = |name: &str| head.iter().position(|one| one == name);
    let needed =
        |name: &str| column(name).ok_or_else(|| FilingError::ReceiptUnreadable(format!("no column is named {name}")));
    let (record, sha256, reference) = (needed("record")?, needed(hashes)?, column("reference"));
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    for row in table.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(0, csv::Position::line);
        let id: Option<RecordId> = row.get(record).and_then(|text| text.parse().ok());
        let hash = row.get(sha256).and_then(|text| Sha256Hex::parse(&text.to_ascii_lowercase()));
        let reference = reference.and_then(|column| row.get(column)).filter(|text| !text.is_empty());
        match (id, hash) {
            (Some(record), Some(sha256)) => {
                lines.push(ReceiptLine { line, record, sha256, reference: reference.map(str::to_owned) });
            }
            _ => problems.push(ReceiptProblem { line: Some(line), code: "receipt-line-unreadable", record: id }),
        }
    }
    Ok((lines, problems))
}
