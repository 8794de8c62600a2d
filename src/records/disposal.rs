//! Disposal as a plan: what would go, what stays and why, frozen under a hash. Nothing here deletes.

use super::{ClassCode, Disposition, DueDate, KeepUntil, Reason, ReasonCode, RecordsError, RuleReference};
use crate::digest::{DigestAlgorithm, Hasher, Sha256Hex};
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The states of a disposal (contracts: states).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisposalState {
    /// Being put together.
    Draft,
    /// The list is frozen under its hash.
    Frozen,
    /// Approved once.
    #[serde(rename = "approved-1")]
    Approved1,
    /// Approved twice.
    #[serde(rename = "approved-2")]
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
    /// The row version when frozen: counts changes of what the row says, not of its state.
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
    /// SHA-256 over the JSON of identifier, day and items: what the approvers approve.
    pub list_hash: Sha256Hex,
}

/// The hash of a list too long to hold: it takes the items' JSON one by one, by file, members by record.
pub struct ListHash {
    hasher: Hasher,
    first: bool,
}

impl ListHash {
    /// Begins the hash of a disposal's list for a day.
    pub fn new(id: DisposalId, as_of: Date) -> Self {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        hasher.update(format!(r#"["fumikura-disposal-list-1","{id}","{as_of}",["#).as_bytes());
        Self { hasher, first: true }
    }

    /// Takes the JSON of the next item.
    pub fn add(&mut self, item: &str) {
        if !self.first {
            self.hasher.update(b",");
        }
        self.hasher.update(item.as_bytes());
        self.first = false;
    }

    /// Returns the hash.
    pub fn finish(mut self) -> Sha256Hex {
        self.hasher.update(b"]]");
        Sha256Hex::from_digest(&self.hasher.finish())
    }
}

impl DisposalPlan {
    /// Plans: puts on the list what is due for destruction under known dates, and says of all else why it stays.
    ///
    /// Pure: the day and every date come in with the candidates. A file that is named twice in different ways stays.
    pub fn new(id: DisposalId, as_of: Date, candidates: Vec<Candidate>) -> Self {
        let mut by_file: BTreeMap<RecordFileId, Vec<Candidate>> = BTreeMap::new();
        for candidate in candidates {
            let same = by_file.entry(candidate.file).or_default();
            if !same.contains(&candidate) {
                same.push(candidate);
            }
        }
        let (mut items, mut kept) = (Vec::new(), Vec::new());
        for (file, mut same) in by_file {
            match (same.pop(), same.is_empty()) {
                (Some(candidate), true) => match candidate.judge(as_of) {
                    Ok(item) => items.push(item),
                    Err(back) => kept.push(back),
                },
                _ => kept.push(KeptBack { file, because: vec![Reason::new(ReasonCode::CandidateUnclear, [])] }),
            }
        }
        let list_hash = Self::compute_list_hash(id, as_of, &items);
        Self { id, as_of, items, kept, list_hash }
    }

    /// Recomputes the list hash from the items as they stand: SHA-256 over their JSON in the order of identifiers.
    pub fn compute_list_hash(id: DisposalId, as_of: Date, items: &[DisposalItem]) -> Sha256Hex {
        let mut items = items.to_vec();
        items.sort_by_key(|item| item.file);
        let mut hash = ListHash::new(id, as_of);
        for item in &mut items {
            item.members.sort_by_key(|member| member.record);
            // Structs of strings and numbers always have a JSON form, with members in the order of their declaration.
            hash.add(&serde_json::to_string(item).unwrap_or_default());
        }
        hash.finish()
    }

    /// Returns the plan if there is something on it to freeze.
    pub fn freezable(self) -> Result<Self, RecordsError> {
        if self.items.is_empty() { Err(RecordsError::NothingDue) } else { Ok(self) }
    }
}

impl Candidate {
    /// Returns the item that would go on a list on a day, or why the file stays.
    pub fn judge(self, as_of: Date) -> Result<DisposalItem, KeptBack> {
        let Self { file, class, rule, row_version, disposition, due, members } = self;
        let mut because = due.because;
        let (Some(expires_on), Some(KeepUntil::Date(keep_until))) = (due.expires_on, due.keep_until) else {
            return Err(KeptBack { file, because });
        };
        if !due.due || as_of <= keep_until || keep_until < expires_on {
            return Err(KeptBack { file, because });
        }
        if disposition != Disposition::Destroy {
            because.push(Reason::new(ReasonCode::NotForDestruction, [("action", disposition.word().to_owned())]));
            return Err(KeptBack { file, because });
        }
        let Some(mut members) = members else {
            because.push(Reason::new(ReasonCode::CandidateUnclear, []));
            return Err(KeptBack { file, because });
        };
        members.sort_by_key(|member| member.record);
        Ok(DisposalItem { file, class, rule, row_version, expires_on, keep_until, members })
    }
}

impl DisposalState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Draft,
        Self::Frozen,
        Self::Approved1,
        Self::Approved2,
        Self::Grace,
        Self::Running,
        Self::Paused,
        Self::Drained,
        Self::WaitBackups,
        Self::Certified,
        Self::Rejected,
    ];

    /// Returns the word used in JSON, databases and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Frozen => "frozen",
            Self::Approved1 => "approved-1",
            Self::Approved2 => "approved-2",
            Self::Grace => "grace",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Drained => "drained",
            Self::WaitBackups => "wait-backups",
            Self::Certified => "certified",
            Self::Rejected => "rejected",
        }
    }

    /// Reads the word; none for any other text.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.word() == word)
    }

    /// Tells whether one state leads to another in a single step.
    pub fn leads_to(self, next: Self) -> bool {
        use DisposalState as S;
        matches!(
            (self, next),
            (S::Draft, S::Frozen | S::Rejected)
                | (S::Frozen, S::Approved1 | S::Rejected)
                | (S::Approved1, S::Approved2 | S::Rejected)
                | (S::Approved2, S::Grace | S::Rejected)
                | (S::Grace, S::Running | S::Rejected)
                | (S::Running, S::Paused | S::Drained)
                | (S::Paused, S::Running)
                | (S::Drained, S::WaitBackups)
                | (S::WaitBackups, S::Certified)
        )
    }
}

impl ItemState {
    /// Every state.
    pub const ALL: &'static [Self] =
        &[Self::Listed, Self::SealedOff, Self::Claimed, Self::PrimaryGone, Self::Confirmed, Self::Withdrawn];

    /// Returns the word used in JSON, databases and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::SealedOff => "sealed-off",
            Self::Claimed => "claimed",
            Self::PrimaryGone => "primary-gone",
            Self::Confirmed => "confirmed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word; none for any other text.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.word() == word)
    }

    /// Tells whether a run has nothing more to do for the item.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::PrimaryGone | Self::Confirmed | Self::Withdrawn)
    }

    /// Tells whether one state leads to another in a single step; a claimed item goes forward only.
    pub fn leads_to(self, next: Self) -> bool {
        use ItemState as S;
        matches!(
            (self, next),
            (S::Listed, S::SealedOff | S::Withdrawn)
                | (S::SealedOff, S::Claimed | S::Withdrawn)
                | (S::Claimed, S::PrimaryGone)
                | (S::PrimaryGone, S::Confirmed)
        )
    }
}
