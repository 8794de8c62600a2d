//! Plans, states, holds on files, and one rule for one file.

use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::{DisposalId, HoldId, RecordFileId, RecordId, UserId};
use fumikura::records::{
    Candidate, ClassCode, DisposalMember, DisposalPlan, DisposalState, Disposition, Hold, HoldFact, HoldKind,
    HoldPredicate, HoldScope, HoldTarget, ItemState, ReasonCode, RecordState, RetentionFacts, RetentionPeriod,
    RetentionTerms, RuleReference, Trigger, YearBasis, due_date,
};
use fumikura::time::Date;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn class(code: &str) -> ClassCode {
    ClassCode::parse(code).unwrap()
}

fn candidate(number: u8, completed: Option<&str>, holds: &[HoldFact]) -> Candidate {
    let terms =
        RetentionTerms { trigger: Trigger::Completion, year: YearBasis::Fiscal, years: RetentionPeriod::Years(5) };
    let facts = RetentionFacts { completed: completed.map(day), ..RetentionFacts::default() };
    Candidate {
        file: RecordFileId::from_bytes([number; 16]),
        class: class("A-1"),
        rule: RuleReference { set: "test".to_owned(), version: "1".to_owned(), rule: "r1".to_owned() },
        row_version: 1,
        disposition: Disposition::Destroy,
        due: due_date(&terms, &facts, holds, day("2031-04-01")),
        members: Some(vec![member(number, 2), member(number, 1)]),
    }
}

fn member(file: u8, number: u8) -> DisposalMember {
    let record = RecordId::from_bytes([file.wrapping_mul(16).wrapping_add(number); 16]);
    DisposalMember { record, row_version: 1, package_sha256: Sha256Hex::of(&[number]) }
}

fn plan(candidates: Vec<Candidate>) -> DisposalPlan {
    DisposalPlan::new(DisposalId::from_bytes([7; 16]), day("2031-04-01"), candidates)
}

#[test]
fn only_what_is_due_for_destruction_is_listed_and_all_else_says_why() {
    let hold = HoldFact { id: None, kind: HoldKind::Audit, decided: None };
    let mut transfer = candidate(4, Some("2025-10-03"), &[]);
    transfer.disposition = Disposition::Transfer;
    let mut unknown = candidate(5, Some("2025-10-03"), &[]);
    unknown.members = None;
    let plan = plan(vec![
        candidate(3, None, &[]),
        candidate(1, Some("2025-10-03"), &[]),
        candidate(2, Some("2025-10-03"), &[hold]),
        candidate(6, Some("2026-04-01"), &[]),
        transfer,
        unknown,
    ]);
    let listed: Vec<_> = plan.items.iter().map(|item| item.file).collect();
    assert_eq!(listed, [RecordFileId::from_bytes([1; 16])]);
    let last = |index: usize| plan.kept[index].because.last().unwrap().code;
    assert_eq!(plan.kept.len(), 5);
    assert_eq!(last(0), ReasonCode::HoldOpen);
    assert_eq!(last(1), ReasonCode::KeptUndetermined);
    assert_eq!(last(2), ReasonCode::NotForDestruction);
    assert_eq!(last(3), ReasonCode::CandidateUnclear);
    assert_eq!(last(4), ReasonCode::NotDue);
}

#[test]
fn the_list_hash_is_of_the_list_and_nothing_else() {
    let one = || candidate(1, Some("2025-10-03"), &[]);
    let two = || candidate(2, Some("2025-10-03"), &[]);
    let forward = plan(vec![one(), two()]);
    let backward = plan(vec![two(), one(), one()]);
    assert_eq!(forward, backward);
    assert_eq!(forward.list_hash, DisposalPlan::compute_list_hash(forward.id, forward.as_of, &forward.items));
    let mut shuffled = forward.items.clone();
    shuffled.reverse();
    shuffled[0].members.reverse();
    assert_eq!(forward.list_hash, DisposalPlan::compute_list_hash(forward.id, forward.as_of, &shuffled));
    let mut changed = forward.items.clone();
    changed[0].members[0].row_version = 2;
    assert_ne!(forward.list_hash, DisposalPlan::compute_list_hash(forward.id, forward.as_of, &changed));
    assert_ne!(forward.list_hash, plan(vec![one()]).list_hash);
    assert_ne!(forward.list_hash, DisposalPlan::compute_list_hash(forward.id, day("2031-04-02"), &forward.items));
}

#[test]
fn a_file_named_twice_in_two_ways_stays() {
    let mut other = candidate(1, Some("2025-10-03"), &[]);
    other.row_version = 2;
    let plan = plan(vec![candidate(1, Some("2025-10-03"), &[]), other]);
    assert!(plan.items.is_empty());
    assert_eq!(plan.freezable().unwrap_err().code(), "disposal-nothing-due");
}

#[test]
fn claimed_goes_forward_only() {
    for next in RecordState::ALL {
        let allowed = *next == RecordState::PrimaryGone;
        assert_eq!(RecordState::Claimed.leads_to(*next), allowed, "{next:?}");
        assert_eq!(RecordState::PrimaryGone.leads_to(*next), *next == RecordState::Confirmed, "{next:?}");
        assert!(!RecordState::Confirmed.leads_to(*next), "{next:?}");
        let before = RecordState::ALL.iter().filter(|state| state.leads_to(RecordState::Claimed));
        assert_eq!(before.collect::<Vec<_>>(), [&RecordState::SealedOff]);
    }
    for next in ItemState::ALL {
        assert_eq!(ItemState::Claimed.leads_to(*next), *next == ItemState::PrimaryGone);
    }
    assert_eq!(RecordState::Filed.step(RecordState::Claimed).unwrap_err().code(), "record-state-not-reachable");
}

#[test]
fn words_of_states_read_back() {
    for state in RecordState::ALL {
        assert_eq!(RecordState::parse(state.word()), Some(*state));
        assert_eq!(serde_json::to_string(state).unwrap(), format!("\"{}\"", state.word()));
    }
    for state in DisposalState::ALL {
        assert_eq!(DisposalState::parse(state.word()), Some(*state));
        assert_eq!(serde_json::to_string(state).unwrap(), format!("\"{}\"", state.word()));
    }
    for state in ItemState::ALL {
        assert_eq!(ItemState::parse(state.word()), Some(*state));
    }
    assert!(DisposalState::ALL.iter().all(|state| !DisposalState::Certified.leads_to(*state)));
    assert!(!DisposalState::Running.leads_to(DisposalState::Rejected));
}

#[test]
fn a_description_asks_for_the_section_and_the_custodian() {
    let target = HoldTarget { creator: Some("道路管理課".to_owned()), ..HoldTarget::default() };
    let matches = |creator: &str, custodian: Option<&str>| {
        let what = HoldPredicate {
            creator_contains: Some(creator.to_owned()),
            custodian_contains: custodian.map(str::to_owned),
            ..HoldPredicate::default()
        };
        what.matches(&target, None)
    };
    assert!(matches("道路", None) && !matches("税務", None));
    assert!(matches("道路", Some("課長")) && !matches("税務", Some("課長")), "whose custodian is not known is held");
}

#[test]
fn a_hold_covers_what_it_may_cover() {
    let hold = |scope| Hold {
        id: HoldId::from_bytes([1; 16]),
        kind: HoldKind::Litigation,
        scope,
        reason: "令和8年(ワ)第1号".to_owned(),
        placed_by: UserId::from_bytes([1; 16]),
        placed_at: "2026-04-01T00:00:00Z".parse().unwrap(),
        decided: None,
        row_version: 1,
        plan: None,
        search: None,
    };
    let (file, record) = (RecordFileId::from_bytes([2; 16]), RecordId::from_bytes([3; 16]));
    let target = HoldTarget {
        file: Some(file),
        records: vec![record],
        records_known: true,
        classes: vec![class("A-1"), class("A")],
        lines: vec![(1, vec![class("A-1"), class("C")]), (2, vec![class("A-1"), class("A")])],
        titles: vec!["道路占用許可".to_owned()],
        created: Some((day("2020-04-01"), day("2021-03-31"))),
        ..HoldTarget::default()
    };
    let covers = |scope| hold(scope).covers(&target);
    assert!(covers(HoldScope::File(file)) && covers(HoldScope::Record(record)) && covers(HoldScope::Class(class("A"))));
    assert!(!covers(HoldScope::File(RecordFileId::from_bytes([9; 16]))));
    assert!(!covers(HoldScope::Record(RecordId::from_bytes([9; 16]))));
    assert!(!covers(HoldScope::Class(class("B"))));
    assert!(covers(HoldScope::Class(class("C"))), "under which plan it was placed is not known: under any");
    let placed = |plan| Hold { plan: Some(plan), ..hold(HoldScope::Class(class("C"))) };
    assert!(placed(1).covers(&target) && !placed(2).covers(&target), "the class was moved by the second plan");
    let predicate = |words: &str, from: &str, until: &str| {
        HoldScope::Predicate(HoldPredicate {
            title_contains: Some(words.to_owned()),
            class: Some(class("A")),
            created_from: Some(day(from)),
            created_until: Some(day(until)),
            ..HoldPredicate::default()
        })
    };
    assert!(covers(predicate("占用", "2021-03-31", "2021-03-31")));
    assert!(covers(predicate("占用", "2000-01-01", "2020-04-01")));
    assert!(!covers(predicate("契約", "2000-01-01", "2100-01-01")));
    assert!(!covers(predicate("占用", "2021-04-01", "2100-01-01")));
    assert!(covers(HoldScope::Predicate(HoldPredicate::default())), "no condition: everything");
    let unknown = HoldTarget::default();
    for scope in [HoldScope::File(file), HoldScope::Record(record), HoldScope::Class(class("B"))] {
        assert!(hold(scope).covers(&unknown), "what is not known is held");
    }
    assert!(hold(predicate("契約", "2021-04-01", "2100-01-01")).covers(&unknown));
}
