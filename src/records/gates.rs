//! The gates of disposal (R5, R6): a pure function over facts, naming every gate that is shut. Default deny.

use super::{Disposition, DueDate, ItemState, KeepUntil, RecordState};
use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId, UserId};
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// Everything the claim of one record file rests on, read inside the claim transaction. `None` means not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalFacts {
    /// The record file.
    pub file: RecordFileId,
    /// Today in Japan, from a clock that is trusted.
    pub trusted_today: Option<Date>,
    /// The dates, computed now under the current rule version and today's holds.
    pub due: Option<DueDate>,
    /// Whether any hold in force lies on a record, the file, its class or a description of it.
    pub held: Option<bool>,
    /// The action at expiry under the current rule version.
    pub disposition: Option<Disposition>,
    /// Whether the current rule set still holds the rule the file is bound to, unchanged.
    pub rule_current: Option<bool>,
    /// Whether the appraisal is done and found no lasting value.
    pub appraised_for_destruction: Option<bool>,
    /// Whether a review board must consent.
    pub board_required: Option<bool>,
    /// Whether it consented.
    pub board_consented: Option<bool>,
    /// The state of the item in its list.
    pub item_state: Option<ItemState>,
    /// The file's row version as approved, and as it stands.
    pub row_version: (Option<u64>, Option<u64>),
    /// The list's hash as approved, and as recomputed from what is stored.
    pub list_hash: (Option<Sha256Hex>, Option<Sha256Hex>),
    /// Who decided.
    pub officers: OfficerFacts,
    /// The time for objections.
    pub grace: GraceFacts,
    /// Every record in the file now, not only those listed.
    pub members: Option<Vec<MemberFacts>>,
    /// How many records the frozen list names for this file.
    pub listed_members: Option<usize>,
}

/// Who proposed and who approved, and whether each still holds the role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfficerFacts {
    /// Who proposed the list.
    pub proposer: Option<UserId>,
    /// Who approved it first.
    pub approver_1: Option<UserId>,
    /// Who approved it second.
    pub approver_2: Option<UserId>,
    /// Whether all three are active and still in role.
    pub in_role: Option<bool>,
}

/// The time between the second approval and the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraceFacts {
    /// When it ends.
    pub ends_at: Option<Instant>,
    /// The present, from a clock that is trusted.
    pub now: Option<Instant>,
}

/// One record of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFacts {
    /// The record.
    pub record: RecordId,
    /// Whether the frozen list names it.
    pub listed: bool,
    /// Its state.
    pub state: Option<RecordState>,
    /// Its row version as approved, and as it stands.
    pub row_version: (Option<u64>, Option<u64>),
    /// Whether its package was found sound, or its loss is written down.
    pub package_sound: Option<bool>,
}

/// A gate that is shut. Unknown facts shut the gate they belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "gate", content = "record", rename_all = "kebab-case")]
pub enum Gate {
    /// No trusted date.
    TrustedDateUnknown,
    /// The trigger or the due date is not known.
    DueDateUnknown,
    /// The period has not run out.
    NotDue,
    /// A hold is in force.
    Held,
    /// Whether a hold is in force could not be told.
    HoldsUnknown,
    /// The action at expiry is not destruction.
    NotForDestruction,
    /// The rule changed since the file was bound or listed.
    RuleChanged,
    /// The appraisal is missing or found lasting value.
    NotAppraised,
    /// The review board has not consented.
    NoBoardConsent,
    /// The item is not sealed off.
    NotSealedOff,
    /// The file's row changed since approval.
    RowChanged,
    /// The list is not the one approved.
    ListChanged,
    /// Proposer or an approver is missing.
    DecisionIncomplete,
    /// Proposer and the two approvers are not three different persons.
    SamePersonTwice,
    /// One of the three is no longer active or in role.
    OutOfRole,
    /// The grace period is not over.
    GraceNotOver,
    /// The records of the file are not known, or not those listed.
    MembersUnknown,
    /// A record of the file is not on the list.
    MemberNotListed(RecordId),
    /// A record of the file is not sealed off.
    MemberNotSealedOff(RecordId),
    /// A record's row changed since approval.
    MemberChanged(RecordId),
    /// A record's package is missing or damaged: repaired first, destroyed later.
    MemberUnsound(RecordId),
}

/// Returns every gate that is shut, in a fixed order; an empty answer, and only that, permits the claim.
pub fn gates(facts: &DisposalFacts) -> Vec<Gate> {
    let mut shut = Vec::new();
    deadline_gates(facts, &mut shut);
    decision_gates(facts, &mut shut);
    identity_gates(facts, &mut shut);
    officer_gates(&facts.officers, &mut shut);
    if !matches!((facts.grace.ends_at, facts.grace.now), (Some(end), Some(now)) if now >= end) {
        shut.push(Gate::GraceNotOver);
    }
    member_gates(facts, &mut shut);
    shut
}

fn deadline_gates(facts: &DisposalFacts, shut: &mut Vec<Gate>) {
    if facts.trusted_today.is_none() {
        shut.push(Gate::TrustedDateUnknown);
    }
    match facts.held {
        Some(false) => {}
        Some(true) => shut.push(Gate::Held),
        None => shut.push(Gate::HoldsUnknown),
    }
    let Some(due) = facts.due.as_ref().filter(|due| due.starts_on.is_some() && due.expires_on.is_some()) else {
        shut.push(Gate::DueDateUnknown);
        return;
    };
    match due.keep_until {
        None => shut.push(Gate::DueDateUnknown),
        Some(KeepUntil::Open) => {
            if facts.held != Some(true) {
                shut.push(Gate::Held);
            }
        }
        Some(KeepUntil::Date(last)) => {
            let expired = due.expires_on.is_some_and(|expiry| expiry <= last);
            let over = due.due && facts.trusted_today.is_some_and(|today| today > last);
            if !(expired && over) {
                shut.push(Gate::NotDue);
            }
        }
    }
}

fn decision_gates(facts: &DisposalFacts, shut: &mut Vec<Gate>) {
    if facts.disposition != Some(Disposition::Destroy) {
        shut.push(Gate::NotForDestruction);
    }
    if facts.rule_current != Some(true) {
        shut.push(Gate::RuleChanged);
    }
    if facts.appraised_for_destruction != Some(true) {
        shut.push(Gate::NotAppraised);
    }
    if facts.board_required != Some(false) && facts.board_consented != Some(true) {
        shut.push(Gate::NoBoardConsent);
    }
}

fn identity_gates(facts: &DisposalFacts, shut: &mut Vec<Gate>) {
    if facts.item_state != Some(ItemState::SealedOff) {
        shut.push(Gate::NotSealedOff);
    }
    if !same(&facts.row_version) {
        shut.push(Gate::RowChanged);
    }
    if !same(&facts.list_hash) {
        shut.push(Gate::ListChanged);
    }
}

fn officer_gates(officers: &OfficerFacts, shut: &mut Vec<Gate>) {
    match (officers.proposer, officers.approver_1, officers.approver_2) {
        (Some(proposer), Some(first), Some(second)) => {
            if proposer == first || proposer == second || first == second {
                shut.push(Gate::SamePersonTwice);
            }
        }
        _ => shut.push(Gate::DecisionIncomplete),
    }
    if officers.in_role != Some(true) {
        shut.push(Gate::OutOfRole);
    }
}

fn member_gates(facts: &DisposalFacts, shut: &mut Vec<Gate>) {
    let Some(members) = &facts.members else {
        shut.push(Gate::MembersUnknown);
        return;
    };
    let listed = members.iter().filter(|member| member.listed).count();
    if facts.listed_members != Some(listed) {
        shut.push(Gate::MembersUnknown);
    }
    for member in members {
        if !member.listed {
            shut.push(Gate::MemberNotListed(member.record));
            continue;
        }
        if member.state != Some(RecordState::SealedOff) {
            shut.push(Gate::MemberNotSealedOff(member.record));
        }
        if !same(&member.row_version) {
            shut.push(Gate::MemberChanged(member.record));
        }
        if member.package_sound != Some(true) {
            shut.push(Gate::MemberUnsound(member.record));
        }
    }
}

/// Both known, and the same.
fn same<T: PartialEq>(pair: &(Option<T>, Option<T>)) -> bool {
    pair.0.is_some() && pair.0 == pair.1
}

impl Gate {
    /// Returns the stable code, for wording and ledgers.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TrustedDateUnknown => "gate-trusted-date-unknown",
            Self::DueDateUnknown => "gate-due-date-unknown",
            Self::NotDue => "gate-not-due",
            Self::Held => "gate-held",
            Self::HoldsUnknown => "gate-holds-unknown",
            Self::NotForDestruction => "gate-not-for-destruction",
            Self::RuleChanged => "gate-rule-changed",
            Self::NotAppraised => "gate-not-appraised",
            Self::NoBoardConsent => "gate-no-board-consent",
            Self::NotSealedOff => "gate-not-sealed-off",
            Self::RowChanged => "gate-row-changed",
            Self::ListChanged => "gate-list-changed",
            Self::DecisionIncomplete => "gate-decision-incomplete",
            Self::SamePersonTwice => "gate-same-person-twice",
            Self::OutOfRole => "gate-out-of-role",
            Self::GraceNotOver => "gate-grace-not-over",
            Self::MembersUnknown => "gate-members-unknown",
            Self::MemberNotListed(_) => "gate-member-not-listed",
            Self::MemberNotSealedOff(_) => "gate-member-not-sealed-off",
            Self::MemberChanged(_) => "gate-member-changed",
            Self::MemberUnsound(_) => "gate-member-unsound",
        }
    }

    /// Returns the record the gate is about, for gates of single records.
    pub fn record(&self) -> Option<RecordId> {
        match self {
            Self::MemberNotListed(record)
            | Self::MemberNotSealedOff(record)
            | Self::MemberChanged(record)
            | Self::MemberUnsound(record) => Some(*record),
            _ => None,
        }
    }
}
