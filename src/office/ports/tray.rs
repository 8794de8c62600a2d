//! What the database keeps of documents that wait to be filed, and of the paper of those that were scanned.

use super::{PackageReceipt, StoreError};
use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId, ShreddingListId, TokenId, UserId, WorkerId};
use crate::scans::{PaperOriginal, PaperState, ScannedPage, ShreddingList};
use crate::time::{Date, Instant};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A document that waits to be filed. Its bytes lie in the vault, in packages under its own identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrayItem {
    /// It; never the record that it becomes.
    pub id: RecordId,
    /// How far it is.
    pub state: TrayState,
    /// Where it came from.
    pub source: TraySource,
    /// The section that it came to.
    pub section: String,
    /// When it came.
    pub arrived_at: Instant,
    /// Who brought or scanned it.
    pub arrived_by: UserId,
    /// The token by which another system brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// What it was scanned with; empty where nobody said.
    pub device: String,
    /// The process that brings its bytes into the vault, while it does.
    pub worker: Option<WorkerId>,
    /// The true name of the file.
    pub original_name: String,
    /// The media type, by the content.
    pub media_type: String,
    /// The length of the document.
    pub size_bytes: u64,
    /// SHA-256 of the document.
    pub sha256: Sha256Hex,
    /// Whether it is signed: then it is never rewritten.
    pub signed: bool,
    /// SHA-256 of the bag that is written, or was written last.
    pub bag_sha256: Sha256Hex,
    /// Its package; of several versions the newest that is safe.
    pub receipt: Option<PackageReceipt>,
    /// As what it is to be filed, as far as that is known.
    pub wish: FilingWish,
    /// How many pages its cover sheet says.
    pub expected_pages: Option<u32>,
    /// What was seen of its pages; empty where it has none, or nobody has looked.
    pub pages: Vec<ScannedPage>,
    /// The program that read its text.
    pub reader: Option<String>,
    /// Why the program could not go on, and a person has to.
    pub troubles: Vec<TrayTrouble>,
    /// How often the program began to work on it: what ends the program again and again is set aside.
    pub attempts: u32,
    /// What the second person said.
    pub check: Option<TrayCheck>,
    /// The record that it becomes, once a second person was content.
    pub becomes: Option<RecordId>,
    /// The last day on which it can be taken back, once it was given up.
    pub kept_until: Option<Date>,
    /// Counts changes.
    pub row_version: u64,
}

/// How far a document in the tray is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrayState {
    /// Its bytes are on their way into the vault; nothing was acknowledged.
    Arriving,
    /// It waits to be looked at by the program.
    Waiting,
    /// A person has to say how it comes apart, or what is to be done with it.
    Doubtful,
    /// It waits for the second person.
    ToCheck,
    /// The second person sent it back: it has to be scanned anew.
    Rejected,
    /// The second person was content: it is being filed.
    Accepted,
    /// It was given up; until its day has passed it can be taken back.
    GivenUp,
    /// It is filed, came apart, or its day has passed: its bytes go.
    Leaving,
}

/// Where a document came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TraySource {
    /// From a page or the command line.
    Upload,
    /// From a hot folder.
    Folder,
    /// From another system.
    System,
    /// From a stack or a message, as its part.
    Part {
        /// What it was a part of.
        of: RecordId,
        /// SHA-256 of that.
        sha256: Sha256Hex,
        /// The pages that it was, from 1; empty for an attachment.
        pages: Vec<u32>,
    },
}

/// As what a document is to be filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingWish {
    /// The record file.
    pub file: Option<RecordFileId>,
    /// The title.
    pub title: String,
    /// The document number.
    pub number: Option<String>,
    /// The day it was made or received.
    pub created: Date,
    /// Whether it is restricted by itself.
    pub restricted: bool,
    /// Where its paper lies; none where it never was on paper.
    pub paper: Option<String>,
}

/// Why the program could not go on with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrayTrouble {
    /// The page it is about, from 1; 0 for the document.
    pub page: u32,
    /// The stable code.
    pub code: String,
    /// In English, for whoever looks after the program.
    pub english: String,
}

/// What the second person said of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrayCheck {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
    /// The pages that were looked at.
    pub looked_at: Vec<u32>,
    /// Why it was sent back; empty where it was not. May hold personal data and never enters the ledger.
    pub reason: String,
}

impl TrayState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Arriving,
        Self::Waiting,
        Self::Doubtful,
        Self::ToCheck,
        Self::Rejected,
        Self::Accepted,
        Self::GivenUp,
        Self::Leaving,
    ];

    /// Returns the word used in JSON and databases.
    pub fn word(self) -> &'static str {
        match self {
            Self::Arriving => "arriving",
            Self::Waiting => "waiting",
            Self::Doubtful => "doubtful",
            Self::ToCheck => "to-check",
            Self::Rejected => "rejected",
            Self::Accepted => "accepted",
            Self::GivenUp => "given-up",
            Self::Leaving => "leaving",
        }
    }
}

/// Reads and writes of the tray and of paper in one transaction. Rows that cannot be read are errors, never skipped.
#[async_trait]
pub trait TrayRows: Send {
    /// Adds or changes a document in the tray.
    async fn put_tray_item(&mut self, item: &TrayItem) -> Result<(), StoreError>;
    /// Returns a document in the tray.
    async fn tray_item(&mut self, id: RecordId) -> Result<Option<TrayItem>, StoreError>;
    /// Returns what is in a state, those that came first first, those after a place, at most `limit`.
    async fn tray_in(
        &mut self,
        state: TrayState,
        after: Option<(Instant, RecordId)>,
        limit: u32,
    ) -> Result<Vec<TrayItem>, StoreError>;
    /// Returns what has these bytes.
    async fn tray_of_bytes(&mut self, sha256: &Sha256Hex) -> Result<Vec<TrayItem>, StoreError>;
    /// Returns the identifiers of everything in the tray.
    async fn tray_ids(&mut self) -> Result<Vec<RecordId>, StoreError>;
    /// Takes a document out of the tray; tells whether it was there.
    async fn remove_tray_item(&mut self, id: RecordId) -> Result<bool, StoreError>;

    /// Writes down that a hot folder gave something, by its digest, and forgets what was given before a day.
    async fn put_taken(&mut self, digest: &Sha256Hex, on: Date, forget_before: Date) -> Result<(), StoreError>;
    /// Tells whether a hot folder gave something.
    async fn is_taken(&mut self, digest: &Sha256Hex) -> Result<bool, StoreError>;

    /// Adds or changes the paper of a record.
    async fn put_paper_original(&mut self, paper: &PaperOriginal) -> Result<(), StoreError>;
    /// Returns the paper of a record.
    async fn paper_original(&mut self, record: RecordId) -> Result<Option<PaperOriginal>, StoreError>;
    /// Returns the paper in a state by record, that after one, at most `limit`.
    async fn papers_in(
        &mut self,
        state: PaperState,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<PaperOriginal>, StoreError>;
    /// Adds or changes a list for the shredding contractor.
    async fn put_shredding_list(&mut self, list: &ShreddingList) -> Result<(), StoreError>;
    /// Returns a list for the shredding contractor.
    async fn shredding_list(&mut self, id: ShreddingListId) -> Result<Option<ShreddingList>, StoreError>;
    /// Returns every list for the shredding contractor, the newest first.
    async fn shredding_lists(&mut self) -> Result<Vec<ShreddingList>, StoreError>;
}
