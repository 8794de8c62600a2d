//! The gates against a second reading of the contract, over random facts with holes in them.

use fumikura::digest::Sha256Hex;
use fumikura::id::{RecordFileId, RecordId, UserId};
use fumikura::records::{
    DisposalFacts, Disposition, DueDate, GraceFacts, ItemState, KeepUntil, MemberFacts, OfficerFacts, RecordState,
    gates,
};
use fumikura::time::{Date, Instant};
use proptest::prelude::*;

/// Mostly what opens a gate, sometimes something else, sometimes unknown.
fn mostly<T: Clone + std::fmt::Debug + 'static>(good: T, bad: Vec<T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![40 => Just(Some(good)), 1 => proptest::sample::select(bad).prop_map(Some), 1 => Just(None)]
}

fn day(number: i64) -> Date {
    Date::constant(2031, 1, 1).checked_add(jiff::Span::new().days(number)).unwrap()
}

fn due() -> impl Strategy<Value = Option<DueDate>> {
    let keep = prop_oneof![
        40 => (0i64..40).prop_map(|number| Some(KeepUntil::Date(day(number)))),
        1 => Just(Some(KeepUntil::Open)),
        1 => Just(None),
    ];
    let dates = (mostly(day(0), vec![day(30)]), mostly(day(-2000), vec![day(0)]), keep, mostly(true, vec![false]));
    let known = dates.prop_map(|(expires_on, starts_on, keep_until, due)| DueDate {
        starts_on,
        expires_on,
        keep_until,
        due: due == Some(true),
        because: Vec::new(),
    });
    prop_oneof![40 => known.prop_map(Some), 1 => Just(None)]
}

fn user() -> impl Strategy<Value = Option<UserId>> {
    prop_oneof![40 => (0u8..30).prop_map(|number| Some(UserId::from_bytes([number; 16]))), 1 => Just(None)]
}

fn version() -> impl Strategy<Value = (Option<u64>, Option<u64>)> {
    (mostly(1u64, vec![2]), mostly(1u64, vec![2]))
}

fn members() -> impl Strategy<Value = Option<Vec<MemberFacts>>> {
    let states = vec![RecordState::Due, RecordState::Listed, RecordState::Claimed];
    let member =
        (mostly(true, vec![false]), mostly(RecordState::SealedOff, states), version(), mostly(true, vec![false]));
    let member = member.prop_map(|(listed, state, row_version, package_sound)| MemberFacts {
        record: RecordId::from_bytes([1; 16]),
        listed: listed == Some(true),
        state,
        row_version,
        package_sound,
    });
    prop_oneof![40 => proptest::collection::vec(member, 0..3).prop_map(Some), 1 => Just(None)]
}

fn facts() -> impl Strategy<Value = DisposalFacts> {
    let hash = |text: &str| Sha256Hex::of(text.as_bytes());
    let hashes = (mostly(hash("a"), vec![hash("b")]), mostly(hash("a"), vec![hash("b")]));
    let instant = |text: &str| -> Instant { text.parse().unwrap() };
    let (before, after) = (instant("2031-01-01T00:00:00Z"), instant("2031-02-01T00:00:00Z"));
    let dates = (mostly(day(40), vec![day(0), day(20)]), due(), mostly(false, vec![true]));
    let decision = (
        mostly(Disposition::Destroy, vec![Disposition::Review, Disposition::Transfer]),
        mostly(true, vec![false]),
        mostly(true, vec![false]),
        proptest::option::of(any::<bool>()),
        mostly(true, vec![false]),
    );
    let identity = (mostly(ItemState::SealedOff, vec![ItemState::Listed, ItemState::Withdrawn]), version(), hashes);
    let officers = (user(), user(), user(), mostly(true, vec![false]));
    let grace = (mostly(before, vec![after]), mostly(after, vec![before]));
    let members = (members(), mostly(0usize, vec![7]));
    (dates, decision, identity, officers, grace, members).prop_map(
        |(dates, decision, identity, officers, grace, members)| {
            let (members, off) = members;
            let listed = members.as_ref().map_or(0, |members| members.iter().filter(|member| member.listed).count());
            DisposalFacts {
                file: RecordFileId::from_bytes([1; 16]),
                trusted_today: dates.0,
                due: dates.1,
                held: dates.2,
                disposition: decision.0,
                rule_current: decision.1,
                appraised_for_destruction: decision.2,
                board_required: decision.3,
                board_consented: decision.4,
                item_state: identity.0,
                row_version: identity.1,
                list_hash: identity.2,
                officers: OfficerFacts {
                    proposer: officers.0,
                    approver_1: officers.1,
                    approver_2: officers.2,
                    in_role: officers.3,
                },
                grace: GraceFacts { ends_at: grace.0, now: grace.1 },
                members,
                listed_members: off.map(|off| listed + off),
            }
        },
    )
}

/// The claim's conditions read off the contract once more, as one conjunction; none when any fact in it is unknown.
fn permitted(facts: &DisposalFacts) -> Option<bool> {
    let due = facts.due.as_ref()?;
    let (_, expires_on) = (due.starts_on?, due.expires_on?);
    let KeepUntil::Date(keep) = due.keep_until? else { return Some(false) };
    let today = facts.trusted_today?;
    let in_time = due.due && today > keep && today > expires_on && keep >= expires_on;
    let no_hold = !facts.held?;
    let to_destroy =
        facts.disposition? == Disposition::Destroy && facts.rule_current? && facts.appraised_for_destruction?;
    let board = facts.board_required == Some(false) || facts.board_consented?;
    let unchanged = facts.row_version.0? == facts.row_version.1?
        && facts.list_hash.0.as_ref()? == facts.list_hash.1.as_ref()?
        && facts.item_state? == ItemState::SealedOff;
    let persons = [facts.officers.proposer?, facts.officers.approver_1?, facts.officers.approver_2?];
    let three = std::collections::BTreeSet::from(persons).len() == 3 && facts.officers.in_role?;
    let grace = facts.grace.now? >= facts.grace.ends_at?;
    let mut members = facts.members.as_ref()?.len() == facts.listed_members?;
    for member in facts.members.as_ref()? {
        members &= member.listed
            && member.state? == RecordState::SealedOff
            && member.row_version.0? == member.row_version.1?
            && member.package_sound?;
    }
    Some(in_time && no_hold && to_destroy && board && unchanged && three && grace && members)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn open_only_where_the_contract_permits(facts in facts()) {
        prop_assert_eq!(gates(&facts).is_empty(), permitted(&facts) == Some(true), "{:?}", gates(&facts));
    }
}

/// The random facts above do reach both answers often enough to mean something.
#[test]
fn both_answers_occur() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let open = (0..2_000).filter(|_| gates(&facts().new_tree(&mut runner).unwrap().current()).is_empty()).count();
    assert!((100..1_900).contains(&open), "{open} of 2000");
}
