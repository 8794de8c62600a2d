//! The paper of a scanned record: how long it is kept, what keeps it longer, and the list of what is shredded (R8).

use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::id::{RecordFileId, RecordId, ShreddingListId, UserId};
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// Days that paper is kept after it was scanned, where the city says nothing else: more than the three months in which an
/// objection may be raised.
pub const PAPER_WAITS_DAYS: u32 = 100;

/// The paper that a record was scanned from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperOriginal {
    /// The record.
    pub record: RecordId,
    /// Its file.
    pub file: RecordFileId,
    /// How many pages were scanned.
    pub pages: u32,
    /// Where the paper lies: a box, a binder; empty where nobody said.
    pub place: String,
    /// Who scanned it, and when.
    pub scanned_by: UserId,
    /// The day it was scanned.
    pub scanned_on: Date,
    /// Who looked at the scan.
    pub checked_by: UserId,
    /// The day the scan was looked at.
    pub checked_on: Date,
    /// The last day on which it has to be kept whatever anybody decides.
    pub waits_until: Date,
    /// Why it is kept beyond that.
    pub exclusion: Option<Exclusion>,
    /// What became of it.
    pub state: PaperState,
    /// The list it is on.
    pub list: Option<ShreddingListId>,
    /// The day it was shredded.
    pub shredded_on: Option<Date>,
    /// Counts changes.
    pub row_version: u64,
}

/// What became of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperState {
    /// It is kept.
    Kept,
    /// It is on a list that was proposed or approved.
    Listed,
    /// It was shredded.
    Shredded,
}

/// That paper is not to be shredded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The ground.
    pub ground: ExclusionGround,
    /// In words; may hold personal data and never enters the ledger.
    pub note: String,
    /// Who said so.
    pub by: UserId,
    /// When.
    pub on: Date,
}

/// Why paper is not to be shredded (R8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExclusionGround {
    /// A law asks for the paper.
    Law,
    /// It is a certificate of rights.
    Rights,
    /// It is evidence in a dispute.
    Dispute,
    /// It has worth as a thing.
    Heritage,
    /// Another ground.
    Other,
}

impl ExclusionGround {
    /// Every ground.
    pub const ALL: [Self; 5] = [Self::Law, Self::Rights, Self::Dispute, Self::Heritage, Self::Other];

    /// Returns the word used in forms, JSON and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Rights => "rights",
            Self::Dispute => "dispute",
            Self::Heritage => "heritage",
            Self::Other => "other",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.word() == word)
    }
}

/// What is known of the record whose paper it is, on the day it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaperFacts {
    /// Whether the record is in the archive.
    pub filed: bool,
    /// Whether it was destroyed as its period had ended: then its paper has no more to wait for.
    pub destroyed: bool,
    /// Whether every copy of it was sound when it was last read.
    pub sound: bool,
    /// Whether a hold lies on it or its file.
    pub held: bool,
    /// Whether its class is one whose paper is always kept.
    pub class_keeps_paper: bool,
}

/// What keeps paper from being shredded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperGate {
    /// The record is not in the archive: the paper may be all there is.
    NotFiled,
    /// A copy of the record is not known to be sound.
    NotSound,
    /// A hold lies on it.
    Held,
    /// The waiting time is not over.
    Waits,
    /// Somebody said that it is to be kept.
    Excluded,
    /// Its class keeps its paper.
    Class,
    /// It is on a list already, or shredded.
    NotKept,
}

impl PaperGate {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFiled => "paper-not-filed",
            Self::NotSound => "paper-not-sound",
            Self::Held => "paper-held",
            Self::Waits => "paper-waits",
            Self::Excluded => "paper-excluded",
            Self::Class => "paper-class-kept",
            Self::NotKept => "paper-not-kept",
        }
    }
}

impl PaperOriginal {
    /// Returns everything that keeps it from being shredded today; `listed` says that it is asked of what is on the list in
    /// question.
    pub fn gates(&self, today: Date, facts: PaperFacts, listed: bool) -> Vec<PaperGate> {
        let asked = if listed { PaperState::Listed } else { PaperState::Kept };
        let gates = [
            (!facts.filed && !facts.destroyed, PaperGate::NotFiled),
            (!facts.sound && !facts.destroyed, PaperGate::NotSound),
            (facts.held, PaperGate::Held),
            (today <= self.waits_until && !facts.destroyed, PaperGate::Waits),
            (self.exclusion.is_some(), PaperGate::Excluded),
            (facts.class_keeps_paper && !facts.destroyed, PaperGate::Class),
            (self.state != asked, PaperGate::NotKept),
        ];
        gates.into_iter().filter(|(shut, _)| *shut).map(|(_, gate)| gate).collect()
    }
}

/// A list of paper for the shredding contractor: frozen, approved by a second person, carried out, written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShreddingList {
    /// The list.
    pub id: ShreddingListId,
    /// What is on it, in order.
    pub records: Vec<RecordId>,
    /// SHA-256 over the identifiers, a line each: what the second person approves.
    pub hash: Sha256Hex,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Instant,
    /// Who approved it, and when.
    pub approved: Option<(UserId, Instant)>,
    /// What became of it.
    pub end: Option<ShreddingEnd>,
    /// Counts changes.
    pub row_version: u64,
}

/// How a list ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShreddingEnd {
    /// It was taken back; the paper is kept.
    Withdrawn {
        /// Who.
        by: UserId,
        /// When.
        at: Instant,
    },
    /// The paper is shredded.
    Shredded {
        /// The day.
        on: Date,
        /// By which firm, and the number of its certificate.
        contractor: String,
        /// Who wrote it down.
        by: UserId,
        /// When.
        at: Instant,
    },
}

impl ShreddingList {
    /// Returns the hash of what is on a list.
    pub fn hash_of(records: &[RecordId]) -> Sha256Hex {
        let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
        Sha256Hex::of(lines.as_bytes())
    }
}

/// A refusal about paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanRefusal {
    /// Something keeps paper from being shredded.
    #[error("the paper of record {record} is kept: {}", codes(.gates))]
    PaperKept {
        /// The record.
        record: RecordId,
        /// What keeps it.
        gates: Vec<PaperGate>,
    },
}

fn codes(gates: &[PaperGate]) -> String {
    gates.iter().map(|gate| gate.code()).collect::<Vec<_>>().join(", ")
}

impl Fault for ScanRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::PaperKept { gates, .. } => gates.first().map_or("paper-not-kept", |gate| gate.code()),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}
