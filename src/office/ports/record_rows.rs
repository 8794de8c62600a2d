//! What the database keeps of records: rows as the verbs see them.

use super::{AbsenceEvidence, PackageReceipt};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, NoticeId, RecordFileId, RecordId, TokenId, UserId, WorkerId};
use crate::records::{
    DisposalItem, DisposalPlan, DisposalState, DueDate, ItemState, Record, RecordFile, TransferReceipt,
};
use crate::texts::SealingKey;
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A rule set as it was loaded, word for word (R1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRuleSet {
    /// The set's identifier.
    pub set: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the file.
    pub sha256: Sha256Hex,
    /// The file.
    pub toml: String,
    /// When it was loaded.
    pub loaded_at: Instant,
    /// Who loaded it.
    pub loaded_by: UserId,
    /// Whether it shortens something, so that it acts only once two more persons have approved it.
    #[serde(default)]
    pub shortens: bool,
    /// The approvals so far.
    #[serde(default)]
    pub approvals: Vec<RuleApproval>,
}

/// One person's approval of a rule set that shortens something (R1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleApproval {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
}

impl StoredRuleSet {
    /// Tells whether the set acts: it shortens nothing, or was approved by two persons who did not load it.
    pub fn acts(&self) -> bool {
        let others: BTreeSet<UserId> =
            self.approvals.iter().map(|approval| approval.by).filter(|by| *by != self.loaded_by).collect();
        !self.shortens || others.len() >= 2
    }

    /// Tells whether somebody loaded the set, or approved it: they have no other part in its approval.
    pub fn has_part(&self, user: UserId) -> bool {
        self.loaded_by == user || self.approvals.iter().any(|approval| approval.by == user)
    }
}

/// A record in whose title or number words may stand, before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRecord {
    /// Its place in the order of answers; the newest has the highest.
    pub place: u64,
    /// The record.
    pub record: RecordId,
    /// Its file.
    pub file: RecordFileId,
    /// Whether it or its file is restricted.
    pub restricted: bool,
}

/// The text of a record, as it is put into the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordText {
    /// The record.
    pub record: RecordId,
    /// The text, packed and sealed under the key of its package; none where it has no text.
    pub sealed: Option<Vec<u8>>,
    /// The pieces of text, title and number, in order, each once.
    pub terms: Vec<u32>,
}

/// What the index of contents is sealed under.
#[derive(Clone, Debug)]
pub struct IndexKeys {
    /// The vault's secret; with a block's salt it makes the key of that.
    pub secret: SealingKey,
    /// Randomness of this unit of work alone, of which new salts are made.
    pub seed: [u8; 32],
}

/// A record file with its dates as computed when it last changed (R2–R4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The record file.
    pub file: RecordFile,
    /// Its dates without holds; what is shown or decided is computed anew.
    pub dates: DueDate,
    /// The day its records were destroyed.
    pub destroyed_on: Option<Date>,
}

/// A record file with what its records come to, so that many can be judged without reading those one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedFile {
    /// The record file.
    pub file: RecordFile,
    /// The day its records were destroyed.
    pub destroyed_on: Option<Date>,
    /// How many records are in it.
    pub records: u64,
    /// How many of them are restricted by a class of their own.
    pub restricted: u64,
    /// How many of them wait for their period to end, or for a list: they are closed, retained or due.
    pub settled: u64,
    /// The earliest and latest day of making or receiving among them.
    pub created: Option<(Date, Date)>,
    /// Whether it is on a list that did not let it go.
    pub listed: bool,
}

/// Which record files are surveyed, and in what order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survey {
    /// All of them in the register's order: by class and title.
    Register,
    /// Those that still have their records and whose last day, as it was computed at the last change, lies before a day.
    ExpiredBefore(Date),
    /// Those that still have their records and no last day.
    Undated,
    /// Those that still have their records and were sent to the archives.
    Transfers,
}

/// A walk through the 移管・廃棄簿 by the numbers of its rows, which grow with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterWalk {
    /// Oldest first, those after a number; 0 for all.
    After(u64),
    /// Newest first, those before a number, or all.
    Before(Option<u64>),
}

/// A record before its package is safe: everything but the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDraft {
    /// The record; its state is `Staged` and its package digest unknown.
    pub record: Record,
    /// Who files it.
    pub filed_by: UserId,
    /// The notice it came from.
    pub notice: Option<NoticeId>,
    /// An earlier record with the same bytes.
    pub duplicate_of: Option<RecordId>,
    /// The token by which another system files it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
}

/// A record with its package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRow {
    /// The record.
    pub record: Record,
    /// What the vault said when its package was written.
    pub receipt: PackageReceipt,
    /// Who filed it.
    pub filed_by: UserId,
    /// The notice it came from.
    pub notice: Option<NoticeId>,
    /// An earlier record with the same bytes.
    pub duplicate_of: Option<RecordId>,
}

/// The intent to file a record: there from before its package is written until its row is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestIntent {
    /// What is being filed.
    pub draft: RecordDraft,
    /// SHA-256 of the bag that will be in the package.
    pub bag_sha256: Sha256Hex,
    /// When it began.
    pub begun_at: Instant,
    /// The process that is at it.
    #[serde(default)]
    pub worker: Option<WorkerId>,
}

/// One person's approval of a frozen list (R5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalApproval {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
    /// The hash of the list that was approved.
    pub list_hash: Sha256Hex,
}

/// A disposal: its frozen plan, its decision, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalRow {
    /// The plan as frozen. In the database its items lie in the item ledger alone.
    pub plan: DisposalPlan,
    /// How many record files were frozen.
    #[serde(default)]
    pub files: u64,
    /// Whether the brake has stopped the run once.
    #[serde(default)]
    pub braked: bool,
    /// The state.
    pub state: DisposalState,
    /// Who proposed it.
    pub proposer: UserId,
    /// When it was frozen.
    pub planned_at: Instant,
    /// The first approval.
    pub approval_1: Option<DisposalApproval>,
    /// The second approval, by another.
    pub approval_2: Option<DisposalApproval>,
    /// When the time for objections ends; none before the second approval.
    pub grace_ends_at: Option<Instant>,
    /// When the last item was destroyed or withdrawn.
    pub drained_at: Option<Instant>,
    /// The record that the certificate will be: chosen here before it is filed, so that no other is taken for it.
    #[serde(default)]
    pub certificate_to_be: Option<RecordId>,
    /// The record of the certificate.
    pub certificate: Option<RecordId>,
}

impl DisposalRow {
    /// Tells whether somebody proposed it, or approved it first: they have no other part in its decision (R5).
    pub fn has_part(&self, user: UserId) -> bool {
        self.proposer == user || self.approval_1.as_ref().is_some_and(|approval| approval.by == user)
    }
}

/// The claim of one file: the point of no return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemClaim {
    /// When.
    pub at: Instant,
    /// The hash of its ledger entry.
    pub ledger_hash: Sha256Hex,
}

/// One file of a disposal, in the item ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    /// The disposal.
    pub disposal: DisposalId,
    /// The file and its records as frozen.
    pub item: DisposalItem,
    /// The state.
    pub state: ItemState,
    /// Why it was withdrawn: codes of gates, or `undone`, `rejected`, `hold-placed`.
    pub withdrawn_because: Vec<String>,
    /// The claim, once made.
    pub claim: Option<ItemClaim>,
}

/// What is left of a destroyed record: identifiers, digests and evidence; no title, no name (R5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The record.
    pub record: RecordId,
    /// The file it was in.
    pub file: RecordFileId,
    /// The disposal.
    pub disposal: DisposalId,
    /// SHA-256 of the package that was destroyed.
    pub package_sha256: Sha256Hex,
    /// When its absence was proven.
    pub destroyed_at: Instant,
    /// The proof.
    pub evidence: AbsenceEvidence,
    /// When the backups had aged out.
    pub confirmed_at: Option<Instant>,
}

/// A row of the 移管・廃棄簿: what went, under which rule, by which decision (R5; 施行令 11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalRegisterRow {
    /// The record file.
    pub file: RecordFileId,
    /// Its title.
    pub title: String,
    /// Its class, with the names above it.
    pub class: String,
    /// The retention period in years.
    pub period: String,
    /// The first day of retention.
    pub starts_on: Option<Date>,
    /// The last day of retention.
    pub expires_on: Date,
    /// The section that made it.
    pub creator: String,
    /// How many records were in it.
    pub records: u64,
    /// The disposal; none while our copy of what the archives have is not destroyed.
    pub disposal: Option<DisposalId>,
    /// The day it was destroyed; of what the archives have, the day of their receipt.
    pub disposed_on: Date,
    /// The archives' receipt: with it the line says 移管, without it 廃棄.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<TransferReceipt>,
}
