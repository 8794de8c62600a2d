//! Record files (簿冊・文書ファイル) and the records in them (文書), with their states.

use super::{
    ClassCode, Disposition, FileAccess, RecordAccess, RecordsError, RetentionFacts, RetentionTerms, RuleReference,
    Transfer,
};
use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId, ReorganisationId, UserId};
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// On what a record file lives (媒体の種別; 施行令 11 (1) 八).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// Electronic (電子).
    Electronic,
    /// Paper (紙).
    Paper,
    /// Both (紙・電子).
    Mixed,
}

/// What the appraisal of a record file found (評価選別).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppraisalOutcome {
    /// No lasting value: may be destroyed once due.
    Destroy,
    /// A historical record (歴史公文書): handed over, never destroyed.
    Historical,
    /// Kept longer, by an extension.
    Extend,
}

/// An appraisal: who, when, what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appraisal {
    /// What was found.
    pub outcome: AppraisalOutcome,
    /// Who appraised.
    pub by: UserId,
    /// When.
    pub at: Instant,
}

/// A custodian that a record file was taken over from (引継ぎ).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerCustodian {
    /// The name, as the register had it.
    pub name: String,
    /// The day from which another kept it.
    pub until: Date,
    /// The reorganisation that moved it.
    pub by: ReorganisationId,
}

/// A record file (簿冊), with the columns of the register (文書ファイル管理簿; 施行令 11, R4).
///
/// One record file, one retention rule (R3): the rule, its terms and its action are bound when the file is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordFile {
    /// The identifier.
    pub id: RecordFileId,
    /// The title (名称).
    pub title: String,
    /// The class (分類).
    pub class: ClassCode,
    /// The rule it is kept under.
    pub rule: RuleReference,
    /// The rule's terms as they were when bound.
    pub terms: RetentionTerms,
    /// The action at expiry (満了時の措置).
    pub disposition: Disposition,
    /// Whether a review board must consent before destruction.
    pub board_required: bool,
    /// What is known for its dates.
    pub facts: RetentionFacts,
    /// The section that made it (作成・取得した部署).
    pub creator: String,
    /// The present custodian (管理者).
    pub custodian: String,
    /// Who kept it before a reorganisation, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_custodians: Vec<FormerCustodian>,
    /// Where it is (保存場所).
    pub place: String,
    /// On what.
    pub medium: Medium,
    /// The appraisal, once done.
    pub appraisal: Option<Appraisal>,
    /// The day the review board consented, where it did.
    pub board_consent: Option<Date>,
    /// Its way to the archives, once it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Who may see it.
    #[serde(default, skip_serializing_if = "FileAccess::is_usual")]
    pub access: FileAccess,
    /// Whether it takes no more records.
    pub closed: bool,
    /// Counts changes of what the row says (not of its state), from 1.
    pub row_version: u64,
}

impl RecordFile {
    /// Checks that something kept under a rule may be put in this file: the same set's same rule only (R3).
    pub fn admit(&self, rule: &RuleReference) -> Result<(), RecordsError> {
        if self.rule.set == rule.set && self.rule.rule == rule.rule {
            return Ok(());
        }
        Err(RecordsError::MixedRules { bound: self.rule.rule.clone(), offered: rule.rule.clone() })
    }

    /// Returns the present custodian and those before, the last first.
    pub fn custodians(&self) -> Vec<String> {
        let former = self.former_custodians.iter().rev().map(|former| former.name.clone());
        std::iter::once(self.custodian.clone()).chain(former).collect()
    }

    /// Has another custodian keep it from a day on. What was decided of it stays: `row_version` does not count this.
    pub fn hand_over(&mut self, to: String, on: Date, by: ReorganisationId) {
        let name = std::mem::replace(&mut self.custodian, to);
        self.former_custodians.push(FormerCustodian { name, until: on, by });
    }
}

/// A record (文書): one document in a record file, with its package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The identifier.
    pub id: RecordId,
    /// The record file it is in.
    pub file: RecordFileId,
    /// The title.
    pub title: String,
    /// The document number, for example `7立総文第123号`.
    pub number: Option<String>,
    /// The day it was made or received.
    pub created: Date,
    /// The true name of the original file.
    pub original_name: String,
    /// The media type of the original.
    pub media_type: String,
    /// The length of the original in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the original bytes.
    pub sha256: Sha256Hex,
    /// What was made of the original and lies in its package: `pdfa`, `pdf`, `text`, `thumbnail`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<String>,
    /// The number of the newest version, from 1.
    pub version: u32,
    /// SHA-256 of the newest sealed package, once written.
    pub package_sha256: Option<Sha256Hex>,
    /// Its own access class, where it has one beside its file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<RecordAccess>,
    /// The state.
    pub state: RecordState,
    /// When it was filed.
    pub filed_at: Instant,
    /// Counts changes of what the row says (not of its state), from 1.
    pub row_version: u64,
}

/// The states of a record (contracts: states). A hold is not a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordState {
    /// Announced; its package is not yet safe.
    Staged,
    /// Filed.
    Filed,
    /// Its matter is completed.
    Closed,
    /// Kept until it is due.
    Retained,
    /// The period has run out.
    Due,
    /// Kept for ever by review.
    Permanent,
    /// On its way to the archives.
    InTransfer,
    /// In a frozen disposal list.
    Listed,
    /// Approved twice; hidden, and can still be brought back.
    SealedOff,
    /// Past the point of no return.
    Claimed,
    /// Key and every primary copy proven absent.
    PrimaryGone,
    /// Backups aged out; a tombstone is left.
    Confirmed,
}

impl RecordState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Staged,
        Self::Filed,
        Self::Closed,
        Self::Retained,
        Self::Due,
        Self::Permanent,
        Self::InTransfer,
        Self::Listed,
        Self::SealedOff,
        Self::Claimed,
        Self::PrimaryGone,
        Self::Confirmed,
    ];

    /// Returns the word used in JSON, databases and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Filed => "filed",
            Self::Closed => "closed",
            Self::Retained => "retained",
            Self::Due => "due",
            Self::Permanent => "permanent",
            Self::InTransfer => "in-transfer",
            Self::Listed => "listed",
            Self::SealedOff => "sealed-off",
            Self::Claimed => "claimed",
            Self::PrimaryGone => "primary-gone",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads the word; none for any other text.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.word() == word)
    }

    /// Tells whether the bytes must exist: everything before the point of no return.
    pub fn keeps_bytes(self) -> bool {
        !matches!(self, Self::Claimed | Self::PrimaryGone | Self::Confirmed)
    }

    /// Tells whether one state leads to another in a single step.
    pub fn leads_to(self, next: Self) -> bool {
        use RecordState as S;
        matches!(
            (self, next),
            (S::Staged, S::Filed)
                | (S::Filed, S::Closed)
                | (S::Closed, S::Retained | S::Filed)
                | (S::Retained, S::Due | S::Closed)
                | (S::Due, S::Permanent | S::Retained | S::InTransfer | S::Listed)
                | (S::Permanent, S::Retained)
                | (S::InTransfer, S::Due | S::Listed)
                | (S::Listed, S::SealedOff | S::Retained | S::Due)
                | (S::SealedOff, S::Claimed | S::Retained | S::Due)
                | (S::Claimed, S::PrimaryGone)
                | (S::PrimaryGone, S::Confirmed)
        )
    }

    /// Returns the next state, or a refusal where the step does not exist.
    pub fn step(self, next: Self) -> Result<Self, RecordsError> {
        if self.leads_to(next) {
            return Ok(next);
        }
        Err(RecordsError::StateNotReachable { from: self.word(), to: next.word() })
    }
}
