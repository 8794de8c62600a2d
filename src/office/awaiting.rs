//! What waits for somebody's decision: all of it that they may decide now, and nothing that the verbs would refuse them.
//!
//! Notices to approve and to seal are in the list of notices, which tells of each whether its reader may.

use super::reorganisation::ReorganisationState;
use super::{Actor, Office, OfficeError};
use crate::id::{DisposalId, RecordFileId, RecordId, ReorganisationId, ShreddingListId, UserId};
use crate::records::AccessClass;
use crate::time::{Date, Instant};

/// Something that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    /// What it is.
    pub what: Decision,
    /// Who began it; none where nobody in particular did.
    pub by: Option<UserId>,
    /// Since when it waits; none where that is of many days.
    pub since: Option<Instant>,
}

/// What is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A disposal.
    Disposal {
        /// Which.
        id: DisposalId,
        /// What is next.
        step: DisposalStep,
        /// How many record files were frozen.
        files: u64,
    },
    /// A version of the rules that shortens something.
    Rules {
        /// The set.
        set: String,
        /// Its version.
        version: String,
        /// How many have approved it.
        approvals: usize,
    },
    /// A more open access class of a record file.
    FileAccess {
        /// Which.
        id: RecordFileId,
        /// Its title; withheld where it is restricted, as it is on its own page.
        title: String,
        /// The class that is wished.
        class: AccessClass,
    },
    /// A more open access class of a record.
    RecordAccess {
        /// Which.
        id: RecordId,
        /// Its title; withheld where it is restricted.
        title: String,
        /// The class that is wished.
        class: AccessClass,
    },
    /// Record files that are due and not appraised (評価選別).
    Appraisals(Counted),
    /// A reorganisation.
    Reorganisation {
        /// Which.
        id: ReorganisationId,
        /// What it is called.
        title: String,
        /// The day from which it is so.
        effective_on: Date,
    },
    /// A list of paper to shred.
    Shredding {
        /// Which.
        id: ShreddingListId,
        /// How many papers are on it.
        papers: usize,
    },
    /// Scans that somebody else than who scanned them looks at (点検).
    Scans(Counted),
}

/// What is next of a disposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisposalStep {
    /// It is approved or rejected.
    Approve,
    /// The time for objections is over: it is run, or called off.
    Run,
    /// It has paused: its outcome is looked at, and it goes on.
    GoOn,
    /// Backups have aged out: it is certified.
    Certify,
}

/// How many of something there are, as far as was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many were counted.
    pub found: usize,
    /// Whether there may be more.
    pub more: bool,
}

impl Office {
    /// Returns everything that waits for a decision of the actor, what waits longest first; notices aside. Titles of what is
    /// restricted are not told.
    pub async fn awaiting(&self, actor: &Actor) -> Result<Vec<Awaiting>, OfficeError> {
        let mut tx = self.read().await?;
        let mut all = self.records_awaiting(&mut *tx, actor).await?;
        all.extend(self.tray_awaiting(&mut *tx, actor).await?);
        for row in tx.reorganisations().await? {
            if row.state() == ReorganisationState::Proposed && row.decided_by(actor).is_ok() {
                let (id, title, effective_on) = (row.id, row.title, row.effective_on);
                all.push(Awaiting {
                    what: Decision::Reorganisation { id, title, effective_on },
                    by: Some(row.proposed.by),
                    since: Some(row.proposed.at),
                });
            }
        }
        all.sort_by_key(|one| (one.since.is_none(), one.since));
        Ok(all)
    }
}
