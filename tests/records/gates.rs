//! The gates: all open only when everything is known and right; each single fault shuts exactly its gate.

use fumikura::digest::Sha256Hex;
use fumikura::id::{RecordFileId, RecordId, UserId};
use fumikura::records::{
    DisposalFacts, Disposition, DueDate, Gate, GraceFacts, ItemState, KeepUntil, MemberFacts, OfficerFacts,
    RecordState, gates,
};
use fumikura::time::Date;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn user(number: u8) -> Option<UserId> {
    Some(UserId::from_bytes([number; 16]))
}

fn record() -> RecordId {
    RecordId::from_bytes([9; 16])
}

fn due(expires_on: &str, keep_until: Option<KeepUntil>, due: bool) -> DueDate {
    DueDate {
        starts_on: Some(day("2026-04-01")),
        expires_on: Some(day(expires_on)),
        keep_until,
        due,
        because: Vec::new(),
    }
}

fn open() -> DisposalFacts {
    let hash = Some(Sha256Hex::of(b"list"));
    DisposalFacts {
        file: RecordFileId::from_bytes([1; 16]),
        trusted_today: Some(day("2031-04-01")),
        due: Some(due("2031-03-31", Some(KeepUntil::Date(day("2031-03-31"))), true)),
        held: Some(false),
        disposition: Some(Disposition::Destroy),
        rule_current: Some(true),
        appraised_for_destruction: Some(true),
        board_required: Some(true),
        board_consented: Some(true),
        item_state: Some(ItemState::SealedOff),
        row_version: (Some(3), Some(3)),
        list_hash: (hash.clone(), hash),
        officers: OfficerFacts { proposer: user(1), approver_1: user(2), approver_2: user(3), in_role: Some(true) },
        grace: GraceFacts {
            ends_at: Some("2031-03-20T00:00:00Z".parse().unwrap()),
            now: Some("2031-04-01T00:00:00Z".parse().unwrap()),
        },
        members: Some(vec![MemberFacts {
            record: record(),
            listed: true,
            state: Some(RecordState::SealedOff),
            row_version: (Some(1), Some(1)),
            package_sound: Some(true),
        }]),
        listed_members: Some(1),
    }
}

/// Changes one thing and expects exactly these gates.
fn shut(change: impl FnOnce(&mut DisposalFacts), expected: &[Gate]) {
    let mut facts = open();
    change(&mut facts);
    assert_eq!(gates(&facts), expected);
}

fn member(change: impl FnOnce(&mut MemberFacts), expected: Gate) {
    shut(|facts| change(&mut facts.members.as_mut().unwrap()[0]), &[expected]);
}

#[test]
fn everything_known_and_right_opens_every_gate() {
    assert_eq!(gates(&open()), []);
    shut(
        |facts| {
            facts.board_required = Some(false);
            facts.board_consented = None;
        },
        &[],
    );
}

#[test]
fn dates_and_holds() {
    shut(|facts| facts.trusted_today = None, &[Gate::TrustedDateUnknown, Gate::NotDue]);
    shut(|facts| facts.trusted_today = Some(day("2031-03-31")), &[Gate::NotDue]);
    shut(|facts| facts.due = None, &[Gate::DueDateUnknown]);
    shut(|facts| facts.due.as_mut().unwrap().expires_on = None, &[Gate::DueDateUnknown]);
    shut(|facts| facts.due.as_mut().unwrap().starts_on = None, &[Gate::DueDateUnknown]);
    shut(|facts| facts.due.as_mut().unwrap().keep_until = None, &[Gate::DueDateUnknown]);
    shut(|facts| facts.due.as_mut().unwrap().keep_until = Some(KeepUntil::Open), &[Gate::Held]);
    shut(|facts| facts.due.as_mut().unwrap().due = false, &[Gate::NotDue]);
    shut(|facts| facts.due = Some(due("2031-03-31", Some(KeepUntil::Date(day("2030-01-01"))), true)), &[Gate::NotDue]);
    shut(|facts| facts.held = Some(true), &[Gate::Held]);
    shut(|facts| facts.held = None, &[Gate::HoldsUnknown]);
}

#[test]
fn decision_and_persons() {
    for disposition in [None, Some(Disposition::Review), Some(Disposition::Transfer)] {
        shut(|facts| facts.disposition = disposition, &[Gate::NotForDestruction]);
    }
    for no in [None, Some(false)] {
        shut(|facts| facts.rule_current = no, &[Gate::RuleChanged]);
        shut(|facts| facts.appraised_for_destruction = no, &[Gate::NotAppraised]);
        shut(|facts| facts.board_consented = no, &[Gate::NoBoardConsent]);
        shut(|facts| facts.officers.in_role = no, &[Gate::OutOfRole]);
    }
    shut(
        |facts| {
            facts.board_required = None;
            facts.board_consented = Some(false);
        },
        &[Gate::NoBoardConsent],
    );
    shut(|facts| facts.officers.proposer = None, &[Gate::DecisionIncomplete]);
    shut(|facts| facts.officers.approver_1 = None, &[Gate::DecisionIncomplete]);
    shut(|facts| facts.officers.approver_2 = None, &[Gate::DecisionIncomplete]);
    shut(|facts| facts.officers.proposer = user(2), &[Gate::SamePersonTwice]);
    shut(|facts| facts.officers.proposer = user(3), &[Gate::SamePersonTwice]);
    shut(|facts| facts.officers.approver_1 = user(3), &[Gate::SamePersonTwice]);
}

#[test]
fn identity_and_grace() {
    for state in [None, Some(ItemState::Listed), Some(ItemState::Withdrawn), Some(ItemState::Claimed)] {
        shut(|facts| facts.item_state = state, &[Gate::NotSealedOff]);
    }
    for versions in [(None, None), (Some(3), None), (None, Some(3)), (Some(3), Some(4))] {
        shut(|facts| facts.row_version = versions, &[Gate::RowChanged]);
    }
    shut(|facts| facts.list_hash.0 = None, &[Gate::ListChanged]);
    shut(|facts| facts.list_hash = (None, None), &[Gate::ListChanged]);
    shut(|facts| facts.list_hash.1 = Some(Sha256Hex::of(b"another")), &[Gate::ListChanged]);
    shut(|facts| facts.grace.ends_at = None, &[Gate::GraceNotOver]);
    shut(|facts| facts.grace.now = None, &[Gate::GraceNotOver]);
    shut(|facts| facts.grace.now = Some("2031-03-19T23:59:59Z".parse().unwrap()), &[Gate::GraceNotOver]);
}

#[test]
fn every_member_passes_or_none_goes() {
    shut(|facts| facts.members = None, &[Gate::MembersUnknown]);
    shut(|facts| facts.listed_members = None, &[Gate::MembersUnknown]);
    shut(|facts| facts.listed_members = Some(2), &[Gate::MembersUnknown]);
    member(|member| member.state = None, Gate::MemberNotSealedOff(record()));
    member(|member| member.state = Some(RecordState::Retained), Gate::MemberNotSealedOff(record()));
    member(|member| member.row_version = (Some(1), Some(2)), Gate::MemberChanged(record()));
    member(|member| member.row_version = (None, None), Gate::MemberChanged(record()));
    member(|member| member.package_sound = None, Gate::MemberUnsound(record()));
    member(|member| member.package_sound = Some(false), Gate::MemberUnsound(record()));
    let late = RecordId::from_bytes([8; 16]);
    shut(
        |facts| {
            facts.members.as_mut().unwrap().push(MemberFacts {
                record: late,
                listed: false,
                state: Some(RecordState::Filed),
                row_version: (None, Some(1)),
                package_sound: Some(true),
            });
        },
        &[Gate::MemberNotListed(late)],
    );
}

#[test]
fn nothing_known_shuts_everything() {
    let facts = DisposalFacts {
        file: RecordFileId::from_bytes([1; 16]),
        trusted_today: None,
        due: None,
        held: None,
        disposition: None,
        rule_current: None,
        appraised_for_destruction: None,
        board_required: None,
        board_consented: None,
        item_state: None,
        row_version: (None, None),
        list_hash: (None, None),
        officers: OfficerFacts::default(),
        grace: GraceFacts::default(),
        members: None,
        listed_members: None,
    };
    let shut = gates(&facts);
    assert_eq!(shut.len(), 14, "{shut:?}");
    assert!(shut.iter().all(|gate| gate.code().starts_with("gate-")));
}
