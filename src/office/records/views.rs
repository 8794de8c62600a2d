//! What the records verbs take and give.

use crate::digest::Sha256Hex;
use crate::id::{BadId, DisposalId, HoldId, NoticeId, RecordFileId, RecordId, UserId};
use crate::office::ports::{DisposalRow, ItemRow, RecordRow, Tombstone};
use crate::package::Derivative;
use crate::records::{
    AccessClass, AssignedYear, ClassCode, DisposalItem, DueDate, Excerpt, Gate, Hold, HoldKind, HoldScope, KeepUntil,
    Medium, Reason, ReceiptFault, RecordFile, RecordState, RuleChange, RuleDifference, RuleReference, RuleSet,
    Transfer,
};
use crate::scans::ScannedPage;
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How long people may object, and when backups have aged out (city).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DisposalPolicy {
    /// Whole hours between the second approval and the run, in which everything can be undone.
    pub grace_hours: u32,
    /// Whole days after destruction until no backup holds the records any more.
    pub backup_horizon_days: u32,
    /// After how many hundredths of a list its run stops once by itself, at least one file; 0 for never.
    pub brake_percent: u8,
}

impl Default for DisposalPolicy {
    /// A week to object, backups kept for 35 days, and a look after the first hundredth.
    fn default() -> Self {
        Self { grace_hours: 168, backup_horizon_days: 35, brake_percent: 1 }
    }
}

/// A record file to open (簿冊を作成する).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecordFile {
    /// The title.
    pub title: String,
    /// The class; one without classes below it.
    pub class: ClassCode,
    /// The day it is opened; decides which rule is bound.
    pub opened: Date,
    /// A year set by hand, with its reason.
    pub year: Option<AssignedYear>,
    /// The section that makes it.
    pub creator: String,
    /// The present custodian.
    pub custodian: String,
    /// Where it is.
    pub place: String,
    /// On what.
    pub medium: Medium,
    /// Who may see it; without it, whom the file plan says, else everybody who may read records.
    pub access: Option<AccessClass>,
}

/// A rule set that was loaded (R1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedRules {
    /// The set.
    pub set: RuleSet,
    /// SHA-256 of its file: what two more persons approve where it shortens something.
    pub sha256: Sha256Hex,
    /// Whether it acts for the days it is for; else it waits for two approvals.
    pub acts: bool,
    /// What it changes; nothing where the very same file was loaded before.
    pub differences: Vec<RuleDifference>,
}

/// A rule set that waits for approval (R1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRules {
    /// The set.
    pub set: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its file.
    pub sha256: Sha256Hex,
    /// How many have approved it.
    pub approvals: usize,
    /// Whether whoever asks may approve it.
    pub may_approve: bool,
}

/// A document to file: any bytes with what is said about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// The record file it goes into.
    pub file: RecordFileId,
    /// The title.
    pub title: String,
    /// The document number.
    pub number: Option<String>,
    /// The day it was made or received.
    pub created: Date,
    /// The true name of the original file.
    pub original_name: String,
    /// The media type.
    pub media_type: String,
    /// The original bytes, kept as they are (R9).
    pub bytes: Vec<u8>,
    /// What was made of it before it is filed: `pdfa`, `pdf`, `text` (what was read on it, in UTF-8),
    /// `thumbnail`.
    pub derivatives: Vec<Derivative>,
    /// The validation report of a signed original, as JSON.
    pub validation_report: Option<serde_json::Value>,
    /// The notice it came from.
    pub notice: Option<NoticeId>,
    /// Its own access class, where it is stricter than its file's.
    pub access: Option<AccessClass>,
    /// How it was scanned, where it was.
    pub digitisation: Option<Digitisation>,
}

/// How a document was scanned, and who looked at the scan (R8); kept in its package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Digitisation {
    /// Who scanned it.
    pub scanned_by: UserId,
    /// When it came into the tray.
    pub scanned_at: Instant,
    /// What it was scanned with; empty where nobody said.
    pub device: String,
    /// Who looked at it as the second person.
    pub checked_by: UserId,
    /// When.
    pub checked_at: Instant,
    /// The pages that were looked at.
    pub looked_at: Vec<u32>,
    /// SHA-256 of the stack that it was taken out of, and its pages there.
    pub stack: Option<(Sha256Hex, Vec<u32>)>,
    /// What was seen of each page: resolution, colours, quality.
    pub pages: Vec<ScannedPage>,
    /// The program that read its text, with its version.
    pub reader: Option<String>,
}

/// A record that was filed: acknowledged only once bytes and row are safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The record.
    pub record: RecordId,
    /// SHA-256 of the original.
    pub sha256: Sha256Hex,
    /// SHA-256 of the sealed package.
    pub package_sha256: Sha256Hex,
    /// An earlier record with the same bytes.
    pub duplicate_of: Option<RecordId>,
    /// The dates of its file as they now are.
    pub dates: DueDate,
}

/// A record file as it stands: dates with holds, as of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    /// The record file.
    pub file: RecordFile,
    /// The names of its class from the top, for example `総務／文書／公文書の開示`; the code where the class is gone.
    pub class_path: String,
    /// Its dates today, holds included.
    pub dates: DueDate,
    /// The holds that keep it today.
    pub holds: Vec<Hold>,
    /// Its records; without those sealed off for disposal, and those that the reader may not see.
    pub records: Vec<RecordRow>,
    /// How many restricted ones the reader may see, and does not here, as the ledger cannot say so now.
    pub unlogged: usize,
    /// How many more are sealed off.
    pub hidden: usize,
    /// The disposal that lists it.
    pub disposal: Option<DisposalId>,
    /// The day its records were destroyed.
    pub destroyed_on: Option<Date>,
}

/// A record with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordView {
    /// The record.
    pub row: RecordRow,
    /// Its file's title.
    pub file_title: String,
    /// Who may see it: its own class or its file's, the stricter one.
    pub access: AccessClass,
    /// The names of its class from the top.
    pub class_path: String,
    /// The dates of its file today, holds included.
    pub dates: DueDate,
    /// The holds that keep it today.
    pub holds: Vec<Hold>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsFound {
    /// The records: those found by title and number, newest first, and after them those found in contents, newest first.
    pub hits: Vec<RecordHit>,
    /// How many restricted ones the reader may see, and does not here, as the ledger cannot say so now.
    pub unlogged: usize,
    /// From where a search for the same words goes on; none where there is nothing more.
    pub next: Option<SearchCursor>,
    /// Whether the contents of every record were looked at; else some packages are still to be read for their texts.
    pub has_all_contents: bool,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordHit {
    /// The record.
    pub row: RecordRow,
    /// Where the words are.
    pub found_in: FoundIn,
    /// What stands around the first word that is in the contents.
    pub excerpt: Option<Excerpt>,
}

/// Where words were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundIn {
    /// All of them in title and number.
    Title,
    /// At least one of them in the contents alone.
    Contents,
}

/// How far a search has come: after which record, which the reader was shown. In text `t` or `c` with its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchCursor {
    /// Where it looks.
    pub(super) stage: FoundIn,
    /// After which record; none for the newest.
    pub(super) after: Option<RecordId>,
}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.stage == FoundIn::Title { "t" } else { "c" })?;
        self.after.map_or(Ok(()), |record| record.fmt(f))
    }
}

impl FromStr for SearchCursor {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (stage, record) = match (text.strip_prefix('t'), text.strip_prefix('c')) {
            (Some(record), _) => (FoundIn::Title, record),
            (_, Some(record)) => (FoundIn::Contents, record),
            _ => return Err(BadId),
        };
        let after = if record.is_empty() { None } else { Some(record.parse()?) };
        Ok(Self { stage, after })
    }
}

/// What became of packages that were read for their texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextsRead {
    /// How many were read, with or without a text.
    pub read: u64,
    /// How many could not be read now.
    pub passed_over: u64,
    /// The last of them; none where there were none.
    pub after: Option<RecordId>,
}

/// A row of the register (文書ファイル管理簿; 施行令 11, R4), or of the due list, as a reader may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterRow {
    /// The record file.
    pub file: RecordFileId,
    /// The class (分類).
    pub class: ClassCode,
    /// The names of the class from the top.
    pub class_path: String,
    /// The title (名称), or what stands in its place.
    pub title: String,
    /// Who may see it.
    pub access: AccessClass,
    /// Whether its title, its records and why its dates are so are kept from the reader.
    pub withheld: bool,
    /// The rule it is kept under.
    pub rule: RuleReference,
    /// The retention period (保存期間): years, `permanent` or `in-use`.
    pub period: String,
    /// The first day of retention (起算日).
    pub starts_on: Option<Date>,
    /// The last day of retention (満了日).
    pub expires_on: Option<Date>,
    /// The action at expiry (満了時の措置): `destroy`, `transfer` or `review`.
    pub action: String,
    /// Where it is (保存場所).
    pub place: String,
    /// The fiscal year it was made in (作成年度).
    pub year: Option<i16>,
    /// The section that made it (作成部署).
    pub creator: String,
    /// The day it was made (作成日).
    pub made_on: Option<Date>,
    /// The day its matter was completed (完結日).
    pub completed_on: Option<Date>,
    /// On what (媒体).
    pub medium: Medium,
    /// The present custodian (管理者).
    pub custodian: String,
    /// Whether it takes no more records.
    pub closed: bool,
    /// How many records it holds that the reader may see.
    pub records: usize,
    /// Whether a hold keeps it today.
    pub held: bool,
    /// Its dates today, with reasons.
    pub dates: DueDate,
    /// The day its records were destroyed.
    pub destroyed_on: Option<Date>,
    /// Its way to the archives, once it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
}

/// What is to be written out for the archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferDraft {
    /// The record file with its records, as they stand.
    pub item: DisposalItem,
    /// The records' rows.
    pub records: Vec<RecordRow>,
}

/// What came of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferReceived {
    /// What is wrong with it.
    pub faults: Vec<ReceiptFault>,
    /// Whether the file is transferred now.
    pub is_done: bool,
}

/// The record files for the archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferList {
    /// What is due and asks for it.
    pub to_send: Vec<RegisterRow>,
    /// What was sent, received or not, while our copy is there.
    pub sent: Vec<RegisterRow>,
}

/// A hold to place (R6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHold {
    /// Why.
    pub kind: HoldKind,
    /// On what.
    pub scope: HoldScope,
    /// Case number or description.
    pub reason: String,
}

/// A hold as it stands today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldView {
    /// The hold.
    pub hold: Hold,
    /// The last day it keeps things.
    pub keeps_until: KeepUntil,
    /// Whether it keeps things today.
    pub in_force: bool,
    /// The title of the record file it lies on, in a list of holds and where it lies on one.
    pub file_title: Option<String>,
}

/// What a hold did to disposals under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldEffect {
    /// The hold.
    pub hold: HoldId,
    /// The files it keeps.
    pub files: Vec<RecordFileId>,
    /// Files that were listed or sealed off, and went back.
    pub taken_back: Vec<RecordFileId>,
    /// Files that were claimed before, or are gone already: the hold came too late for them.
    pub too_late: Vec<RecordFileId>,
    /// Whether everything it lies on could be looked at. Where not, the lists above are empty, and every claim still
    /// finds the hold.
    pub reached: bool,
}

/// What a disposal would list on a day, changing nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalPreview {
    /// The day.
    pub as_of: Date,
    /// What would be listed.
    pub listed: Vec<RegisterRow>,
    /// What has expired and would stay all the same, and why.
    pub kept: Vec<KeptFile>,
    /// How many more stay because their last day is not over.
    pub later: u64,
    /// How many more stay because they have no last day: it is not known, or there is none by rule.
    pub undated: u64,
    /// With other rules asked about: what they would keep shorter or longer, or otherwise.
    pub moved: Vec<MovedFile>,
}

/// A record file that has expired and stays, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// The record file.
    pub file: RecordFileId,
    /// Its title.
    pub title: String,
    /// Its last day of retention.
    pub expires_on: Option<Date>,
    /// The reasons.
    pub because: Vec<Reason>,
}

/// A record file that other rules would keep otherwise (R1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedFile {
    /// The record file.
    pub file: RecordFileId,
    /// Its class.
    pub class: ClassCode,
    /// Its title.
    pub title: String,
    /// What they mean for it.
    pub change: RuleChange,
    /// Its last day of retention as it is.
    pub before: Option<Date>,
    /// Its last day of retention as it would be.
    pub after: Option<Date>,
}

/// A page of the register (R4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterPage {
    /// The rows.
    pub rows: Vec<RegisterRow>,
    /// The file after which the next page begins; none on the last page.
    pub next: Option<RecordFileId>,
    /// How many files the whole register has.
    pub files: u64,
}

/// A disposal with its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalView {
    /// The disposal.
    pub row: DisposalRow,
    /// Its items, each with the file as it stands.
    pub items: Vec<DisposalItemView>,
    /// What is left of the records destroyed so far.
    pub tombstones: Vec<Tombstone>,
}

/// One item of a disposal with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalItemView {
    /// The item.
    pub item: ItemRow,
    /// The file's row as it stands.
    pub register: RegisterRow,
    /// Whether the appraisal found no lasting value.
    pub appraised: bool,
    /// Whether a review board must consent, and did.
    pub board: (bool, bool),
}

/// What a run did until it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    /// The files destroyed, in order.
    pub destroyed: Vec<RecordFileId>,
    /// The files that went back, with the gates that were shut.
    pub withdrawn: Vec<(RecordFileId, Vec<Gate>)>,
    /// The files that wait for the next run, with the code of the trouble.
    pub waiting: Vec<(RecordFileId, &'static str)>,
    /// Whether nothing is left to do.
    pub drained: bool,
    /// Whether the brake stopped the run after the first part of the list: somebody looks, and runs it again.
    pub braked: bool,
}

/// What recovery found and did at start-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Records whose package was there without a row: filed now.
    pub finished: Vec<RecordId>,
    /// Intents without a package: nothing was acknowledged; file them again.
    pub abandoned: Vec<RecordId>,
    /// Packages that no row knows: set aside, never deleted.
    pub quarantined: Vec<String>,
    /// Files whose stored last day was not what is computed: stored anew.
    pub dated: Vec<RecordFileId>,
    /// Records that were not in the index of words yet, and now are.
    pub indexed: u64,
    /// Records whose packages were read for their texts, which the database did not have.
    pub texts: u64,
    /// Packages put right from another copy.
    pub repaired: Vec<RecordId>,
    /// Records whose package cannot be put right: their disposal is blocked.
    pub lost: Vec<RecordId>,
    /// Claimed files whose destruction was carried through.
    pub carried_through: Vec<RecordFileId>,
    /// Claimed files that cannot be destroyed now; the next run or start goes on with them.
    pub stuck: Vec<RecordFileId>,
    /// Whether a log of the database could not be emptied; the next run sees to it.
    pub log_kept: bool,
    /// Whether what the vault remembers could not be written anew without what was destroyed; the next run sees to it.
    pub memory_kept: bool,
    /// Disposals whose run or certificate was finished.
    pub disposals: Vec<DisposalId>,
    /// Whether the database is a copy that nobody has confirmed: then nothing was put right.
    pub unconfirmed: bool,
    /// Temporary files of stopped writes that were swept away.
    pub swept: Vec<String>,
    /// Copies that could not be reached, for example `copy-2`: nothing was put right for their sake.
    pub unseen: Vec<String>,
}

/// One thing `records fsck` found wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FsckFinding {
    /// The stable code.
    pub code: &'static str,
    /// What it is about: an identifier or a place in the vault.
    pub subject: String,
}

/// What `records fsck` looked at and found (R5: no byte without its row, no row without its bytes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FsckReport {
    /// How many records were checked.
    pub records: usize,
    /// How many packages lie in the vault.
    pub packages: usize,
    /// How many tombstones were checked.
    pub tombstones: usize,
    /// What is wrong; empty is clean.
    pub findings: Vec<FsckFinding>,
}

/// Tells whether a record in this state is hidden from reading and searching.
pub(super) fn is_hidden(state: RecordState) -> bool {
    matches!(state, RecordState::SealedOff | RecordState::Claimed | RecordState::PrimaryGone | RecordState::Confirmed)
}
