//! Disposal as a plan: what would go, what stays and why, frozen under a hash. Nothing here deletes.

use super::{ClassCode, Disposition, DueDate, Reason, RecordsError, RuleReference};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::time::Date;
use serde::{Deserialize, Serialize};

/// The states of a disposal (contracts: states).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisposalState {
    /// Being put together.
    Draft,
    /// The list is frozen under its hash.
    Frozen,
    /// Approved once.
    Approved1,
    /// Approved twice.
    Approved2,
    /// Waiting for objections.
    Grace,
    /// Claiming and destroying item by item.
    Running,
    /// Stopped between two items.
    Paused,
    /// Every item is destroyed or withdrawn.
    Drained,
    /// Waiting until backups have aged out.
    WaitBackups,
    /// The certificate is issued.
    Certified,
    /// Rejected or called off; its unclaimed items went back.
    Rejected,
}

/// The states of one item of a frozen list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// In the frozen list.
    Listed,
    /// Approved twice; hidden; can be brought back.
    SealedOff,
    /// Past the point of no return.
    Claimed,
    /// Key and every primary copy proven absent.
    PrimaryGone,
    /// Backups aged out.
    Confirmed,
    /// Taken off the list before it was claimed.
    Withdrawn,
}

/// A record of a listed file, as frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalMember {
    /// The record.
    pub record: RecordId,
    /// The row version when frozen.
    pub row_version: u64,
    /// SHA-256 of the newest sealed package.
    pub package_sha256: Sha256Hex,
}

/// One record file of a frozen list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalItem {
    /// The record file.
    pub file: RecordFileId,
    /// Its class.
    pub class: ClassCode,
    /// The rule it was listed under.
    pub rule: RuleReference,
    /// The row version when frozen.
    pub row_version: u64,
    /// The expiry when frozen.
    pub expires_on: Date,
    /// The last day it had to be kept when frozen.
    pub keep_until: Date,
    /// Every record in it, by identifier.
    pub members: Vec<DisposalMember>,
}

/// A record file that might be listed, with what planning needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The record file.
    pub file: RecordFileId,
    /// Its class.
    pub class: ClassCode,
    /// The rule under the current rule set.
    pub rule: RuleReference,
    /// The row version.
    pub row_version: u64,
    /// The action at expiry.
    pub disposition: Disposition,
    /// Its dates, holds included.
    pub due: DueDate,
    /// Every record in it; none where that could not be told.
    pub members: Option<Vec<DisposalMember>>,
}

/// A record file that stays, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBack {
    /// The record file.
    pub file: RecordFileId,
    /// The reasons.
    pub because: Vec<Reason>,
}

/// A disposal plan: a list that can be frozen, and what stays back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalPlan {
    /// The disposal it belongs to.
    pub id: DisposalId,
    /// The day it was planned for.
    pub as_of: Date,
    /// The items, by file identifier.
    pub items: Vec<DisposalItem>,
    /// What stays, by file identifier.
    pub kept: Vec<KeptBack>,
    /// SHA-256 over the canonical JSON of identifier, day and items: what the approvers approve.
    pub list_hash: Sha256Hex,
}

impl DisposalPlan {
    /// Plans: puts on the list what is due for destruction under known dates, and says of all else why it stays.
    pub fn new(id: DisposalId, as_of: Date, candidates: Vec<Candidate>) -> Self {
        let _ = candidates;
        Self { id, as_of, items: Vec::new(), kept: Vec::new(), list_hash: Sha256Hex::of(b"") }
    }

    /// Recomputes the list hash from the items as they stand.
    pub fn compute_list_hash(id: DisposalId, as_of: Date, items: &[DisposalItem]) -> Sha256Hex {
        let _ = (id, as_of, items);
        Sha256Hex::of(b"")
    }

    /// Returns the plan if there is something on it to freeze.
    pub fn freezable(self) -> Result<Self, RecordsError> {
        if self.items.is_empty() { Err(RecordsError::NothingDue) } else { Ok(self) }
    }
}
