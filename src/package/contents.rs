//! What goes into a package.

use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId};
use crate::records::{ClassCode, RetentionFacts, RetentionTerms, RuleReference};
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// Everything in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageContents {
    /// What the record is.
    pub metadata: PackageMetadata,
    /// The original bytes, untouched (R9); at least one.
    pub originals: Vec<Original>,
    /// Derivatives such as PDF/A or text.
    pub derivatives: Vec<Derivative>,
    /// What happened to the record so far, in order.
    pub events: Vec<PackageEvent>,
    /// The validation report of a signed original, as JSON.
    pub validation_report: Option<serde_json::Value>,
}

/// One original file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The true name as received; kept in the metadata, never used on disk.
    pub name: String,
    /// The media type.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their digest; a bag that says another is refused when it is read.
    pub sha256: Sha256Hex,
}

/// One file made from an original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivative {
    /// What it is, for example `pdfa` or `text`.
    pub kind: String,
    /// The media type.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What the record is: enough to rebuild its database row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageMetadata {
    /// The record.
    pub record: RecordId,
    /// The version, from 1.
    pub version: u32,
    /// The title of the record.
    pub title: String,
    /// The document number.
    #[serde(default)]
    pub number: Option<String>,
    /// The day it was made or received.
    pub created: Date,
    /// When the package was made.
    pub packaged_at: Instant,
    /// The section that made it.
    pub creator: String,
    /// The record file it is in.
    pub file: RecordFileId,
    /// The title of the record file.
    pub file_title: String,
    /// The class of the record file.
    pub class: ClassCode,
    /// The rule of the record file.
    pub rule: RuleReference,
    /// The rule's terms when bound.
    pub terms: RetentionTerms,
    /// What is known for the dates.
    pub facts: RetentionFacts,
    /// Anything else the office wants kept, as JSON.
    #[serde(default)]
    pub more: serde_json::Value,
}

/// An event for PREMIS (version 3.0, `event`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageEvent {
    /// The kind of event, from the PREMIS vocabulary, for example `ingestion`, `message digest calculation`.
    pub kind: String,
    /// When.
    pub at: Instant,
    /// Who or what: an identifier.
    pub agent: String,
    /// In words.
    pub detail: String,
    /// How it ended, for example `success`.
    pub outcome: String,
}

/// Whether a payload file was received or made from one that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PayloadRole {
    Original,
    Derivative,
}

/// What a package's metadata says of each payload file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayloadEntry {
    pub(super) role: PayloadRole,
    pub(super) path: String,
    /// The true name of an original; the kind of a derivative.
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) size_bytes: u64,
    pub(super) sha256: Sha256Hex,
}

/// The document `metadata/record.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordDocument {
    pub(super) format: String,
    pub(super) metadata: PackageMetadata,
    pub(super) payload: Vec<PayloadEntry>,
    pub(super) events: Vec<PackageEvent>,
}
