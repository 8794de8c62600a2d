//! For each gate an office without it: behind its back the row that the gate reads is made to say what the gate wants
//! to hear. The model reads no row, and must see what such an office does.

use super::model::{Paper, Place, Wrong};
use super::template::Template;
use super::world::{Act, Fault, World};
use crate::office::database;
use fumikura::id::RecordId;
use fumikura::office::ports::{DisposalApproval, FileRow, ItemRow, Store, Transaction};
use fumikura::records::{
    Appraisal, AppraisalOutcome, DisposalItem, DisposalPlan, DisposalState, Disposition, Gate, ItemState, RecordState,
    due_date,
};
use jiff::SignedDuration;
use std::sync::atomic::Ordering;

/// A history that a gate brings to a good end, and what is wrong with it where the gate is gone.
struct Case {
    before: Vec<Act>,
    after: Vec<Act>,
    victim: Paper,
    wrong: Wrong,
}

/// The gate after another, so that a new one must be given its place, and a history with it.
fn after(gate: &Gate) -> Option<Gate> {
    let nobody = RecordId::from_bytes([0; 16]);
    Some(match gate {
        Gate::TrustedDateUnknown => Gate::DueDateUnknown,
        Gate::DueDateUnknown => Gate::NotDue,
        Gate::NotDue => Gate::Held,
        Gate::Held => Gate::HoldsUnknown,
        Gate::HoldsUnknown => Gate::NotForDestruction,
        Gate::NotForDestruction => Gate::RuleChanged,
        Gate::RuleChanged => Gate::NotAppraised,
        Gate::NotAppraised => Gate::NoBoardConsent,
        Gate::NoBoardConsent => Gate::NotSealedOff,
        Gate::NotSealedOff => Gate::RowChanged,
        Gate::RowChanged => Gate::ListChanged,
        Gate::ListChanged => Gate::DecisionIncomplete,
        Gate::DecisionIncomplete => Gate::SamePersonTwice,
        Gate::SamePersonTwice => Gate::OutOfRole,
        Gate::OutOfRole => Gate::GraceNotOver,
        Gate::GraceNotOver => Gate::MembersUnknown,
        Gate::MembersUnknown => Gate::MemberNotListed(nobody),
        Gate::MemberNotListed(_) => Gate::MemberNotSealedOff(nobody),
        Gate::MemberNotSealedOff(_) => Gate::MemberChanged(nobody),
        Gate::MemberChanged(_) => Gate::MemberUnsound(nobody),
        Gate::MemberUnsound(_) => return None,
    })
}

/// The morning after a file's last day, with its appraisal.
fn due(year: i16, folder: usize) -> Vec<Act> {
    vec![Act::Until(year), Act::Appraise(folder, true)]
}

/// Proposed and approved twice.
fn approved(folder: usize) -> Vec<Act> {
    vec![Act::Propose(0, Some(folder)), Act::Approve(0, 1), Act::Approve(0, 2)]
}

/// The time for objections, and a run.
fn run() -> Vec<Act> {
    vec![Act::Hours(25), Act::Run(0, 9)]
}

/// The history of a gate. A gate without one does not compile.
fn case(gate: &Gate) -> Case {
    let of = |before: Vec<Vec<Act>>, after: Vec<Vec<Act>>, victim, wrong| Case {
        before: before.concat(),
        after: after.concat(),
        victim,
        wrong,
    };
    let roads = |more: Vec<Act>, wrong| of(vec![due(2032, 0), approved(0), more], vec![run()], (0, 0), wrong);
    let planned =
        |before: Vec<Act>, (folder, wrong)| of(vec![before], vec![approved(folder), run()], (folder, 0), wrong);
    match gate {
        Gate::TrustedDateUnknown | Gate::NotDue => planned(due(2030, 0), (0, Wrong::NotYetDue)),
        Gate::DueDateUnknown => planned(due(2040, 3), (3, Wrong::StillOpen)),
        Gate::Held | Gate::HoldsUnknown => {
            planned([due(2032, 0), vec![Act::Hold(Place::Class("B"), false)]].concat(), (0, Wrong::Held))
        }
        Gate::NotForDestruction => planned(due(2038, 4), (4, Wrong::NotForDestruction)),
        Gate::RuleChanged => planned([due(2032, 0), vec![Act::Rules(0, 10, 0)]].concat(), (0, Wrong::RulesChanged)),
        Gate::NotAppraised => planned(vec![Act::Until(2032)], (0, Wrong::NotAppraised)),
        Gate::NoBoardConsent => planned(due(2032, 1), (1, Wrong::BoardSilent)),
        Gate::NotSealedOff => roads(vec![Act::Undo(0, 0)], Wrong::NotOnList),
        Gate::RowChanged => roads(vec![Act::Extend(0, 2)], Wrong::NotYetDue),
        Gate::ListChanged => of(
            vec![due(2032, 2), due(2032, 0), vec![Act::Propose(0, Some(2))], approved(0)],
            vec![run()],
            (2, 0),
            Wrong::NoSuchList,
        ),
        Gate::DecisionIncomplete => {
            let once = vec![Act::Propose(0, Some(0)), Act::Approve(0, 1)];
            of(vec![due(2032, 0), once], vec![run()], (0, 0), Wrong::TooFewApprovals)
        }
        Gate::SamePersonTwice => {
            let once = vec![Act::Propose(0, Some(0)), Act::Approve(0, 1)];
            of(vec![due(2032, 0), once], vec![vec![Act::Approve(0, 1)], run()], (0, 0), Wrong::SamePerson)
        }
        Gate::OutOfRole => roads(vec![Act::Dismiss(2)], Wrong::Dismissed),
        Gate::GraceNotOver => of(vec![due(2032, 0), approved(0)], vec![vec![Act::Run(0, 9)]], (0, 0), Wrong::TooSoon),
        Gate::MembersUnknown | Gate::MemberChanged(_) => {
            of(vec![due(2030, 2), approved(2)], vec![run()], (0, 0), Wrong::NotYetDue)
        }
        Gate::MemberNotListed(_) => of(vec![due(2030, 2)], vec![approved(2), run()], (0, 0), Wrong::NotYetDue),
        Gate::MemberNotSealedOff(_) => roads(vec![Act::Reject(0)], Wrong::Rejected),
        Gate::MemberUnsound(_) => roads(vec![Act::Damage((0, 0))], Wrong::Damaged),
    }
}

/// Makes what a gate reads say what it wants to hear.
async fn forge(gate: &Gate, world: &mut World<'_>) {
    match gate {
        Gate::TrustedDateUnknown => world.ahead = SignedDuration::from_hours(24 * 366 * 20),
        Gate::MemberUnsound(_) => world.cellar.lies.store(true, Ordering::SeqCst),
        Gate::HoldsUnknown => sql(world, "DELETE FROM holds").await,
        Gate::RuleChanged => sql(world, "DELETE FROM rule_sets WHERE version <> '0'").await,
        Gate::DueDateUnknown | Gate::NotDue | Gate::NotAppraised | Gate::NoBoardConsent | Gate::NotForDestruction => {
            forge_file(gate, world).await;
        }
        Gate::ListChanged | Gate::MembersUnknown | Gate::MemberNotListed(_) | Gate::MemberChanged(_) => {
            forge_members(gate, world).await;
        }
        Gate::Held
        | Gate::NotSealedOff
        | Gate::RowChanged
        | Gate::DecisionIncomplete
        | Gate::SamePersonTwice
        | Gate::OutOfRole
        | Gate::GraceNotOver
        | Gate::MemberNotSealedOff(_) => forge_decision(gate, world).await,
    }
}

async fn sql(world: &World<'_>, words: &str) {
    database::execute(&world.path, words.to_owned()).await;
}

/// What stands in the row of the file that the history is about.
async fn forge_file(gate: &Gate, world: &World<'_>) {
    let victim = world.template.files[case(gate).victim.0];
    let mut tx = world.store.begin().await.unwrap();
    let mut row = tx.file(victim).await.unwrap().unwrap();
    let long_ago = "2020-04-10".parse().unwrap();
    match gate {
        Gate::DueDateUnknown => {
            (row.file.closed, row.file.facts.completed) = (true, Some(long_ago));
            states(&mut *tx, &row, RecordState::Retained).await;
        }
        Gate::NotDue => row.file.facts.completed = Some(long_ago),
        Gate::NotAppraised => {
            let (by, at) = (world.template.managers[0].user(), super::template::BEGIN.parse().unwrap());
            row.file.appraisal = Some(Appraisal { outcome: AppraisalOutcome::Destroy, by, at });
        }
        Gate::NoBoardConsent => row.file.board_consent = Some(long_ago),
        _ => row.file.disposition = Disposition::Destroy,
    }
    redate(&mut row);
    tx.put_file(&row).await.unwrap();
    tx.commit().await.unwrap();
    if matches!(gate, Gate::NotForDestruction) {
        sql(world, r#"UPDATE rule_sets SET body = replace(body, 'action = \"review\"', 'action = \"destroy\"')"#).await;
    }
}

/// What stands in the rows of the decision, its list and its people.
async fn forge_decision(gate: &Gate, world: &World<'_>) {
    let managers = &world.template.managers;
    let mut tx = world.store.begin().await.unwrap();
    let Some(mut list) = tx.disposals().await.unwrap().into_iter().next() else {
        let mut hold = tx.holds().await.unwrap().remove(0);
        hold.decided = Some("2032-01-01".parse().unwrap());
        tx.put_hold(&hold).await.unwrap();
        return tx.commit().await.unwrap();
    };
    let mut row = tx.file(world.template.files[0]).await.unwrap().unwrap();
    match gate {
        Gate::RowChanged => {
            row.file.facts.extensions.clear();
            row.file.row_version -= 1;
            redate(&mut row);
            tx.put_file(&row).await.unwrap();
        }
        Gate::DecisionIncomplete => {
            let (at, list_hash) = (list.planned_at, list.plan.list_hash.clone());
            list.approval_2 = Some(DisposalApproval { by: managers[3].user(), at, list_hash });
            (list.state, list.grace_ends_at) = (DisposalState::Grace, Some(at));
        }
        Gate::SamePersonTwice => list.approval_1.as_mut().unwrap().by = managers[3].user(),
        Gate::OutOfRole => {
            let mut account = tx.account(managers[2].user()).await.unwrap().unwrap();
            account.enabled = true;
            tx.put_account(&account).await.unwrap();
        }
        Gate::GraceNotOver => list.grace_ends_at = Some(list.planned_at),
        Gate::MemberNotSealedOff(_) => list.state = DisposalState::Grace,
        _ => {}
    }
    if !matches!(gate, Gate::SamePersonTwice) {
        let mut item = tx.item(list.plan.id, row.file.id).await.unwrap().unwrap();
        (item.state, item.withdrawn_because) = (ItemState::SealedOff, Vec::new());
        tx.put_item(&item).await.unwrap();
        states(&mut *tx, &row, RecordState::SealedOff).await;
    }
    tx.put_disposal(&list).await.unwrap();
    tx.commit().await.unwrap();
}

/// Which records a file has, and which the list names.
async fn forge_members(gate: &Gate, world: &World<'_>) {
    let files = &world.template.files;
    let mut tx = world.store.begin().await.unwrap();
    let mut foreign = tx.records_in(files[0]).await.unwrap().into_iter();
    let mut foreign = foreign.find(|row| world.template.papers[&row.record.id] == (0, 0)).unwrap();
    let Some(list) = tx.disposals().await.unwrap().into_iter().next() else {
        foreign.record.file = files[2];
        tx.put_record(&foreign).await.unwrap();
        return tx.commit().await.unwrap();
    };
    if matches!(gate, Gate::ListChanged) {
        let own = tx.file(files[2]).await.unwrap().unwrap();
        let mut item = tx.living_item(files[2]).await.unwrap().unwrap();
        item.state = ItemState::Withdrawn;
        tx.put_item(&item).await.unwrap();
        (item.disposal, item.state) = (list.plan.id, ItemState::SealedOff);
        tx.put_item(&item).await.unwrap();
        states(&mut *tx, &own, RecordState::SealedOff).await;
    } else {
        let mut item = tx.living_item(files[2]).await.unwrap().unwrap();
        let mut member = item.item.members[0].clone();
        if matches!(gate, Gate::MemberChanged(_)) {
            let mut own = tx.record(member.record).await.unwrap().unwrap();
            (own.record.file, own.record.state) = (files[0], RecordState::Retained);
            tx.put_record(&own).await.unwrap();
            item.item.members.clear();
        }
        (member.record, member.row_version) = (foreign.record.id, foreign.record.row_version);
        member.package_sha256 = foreign.receipt.sealed_sha256.clone();
        item.item.members.push(member);
        item.item.members.sort_by_key(|member| member.record);
        (foreign.record.file, foreign.record.state) = (files[2], RecordState::SealedOff);
        tx.put_record(&foreign).await.unwrap();
        tx.put_item(&item).await.unwrap();
    }
    rehash(&mut *tx, list).await;
    tx.commit().await.unwrap();
}

/// Has a list be the one that was approved, whatever stands on it now.
async fn rehash(tx: &mut dyn Transaction, mut list: fumikura::office::ports::DisposalRow) {
    let items: Vec<ItemRow> = tx.items_after(list.plan.id, None, 99).await.unwrap();
    let items: Vec<DisposalItem> = items.into_iter().map(|row| row.item).collect();
    let hash = DisposalPlan::compute_list_hash(list.plan.id, list.plan.as_of, &items);
    for approval in [&mut list.approval_1, &mut list.approval_2].into_iter().flatten() {
        approval.list_hash = hash.clone();
    }
    (list.plan.list_hash, list.files) = (hash, items.len() as u64);
    tx.put_disposal(&list).await.unwrap();
}

async fn states(tx: &mut dyn Transaction, row: &FileRow, state: RecordState) {
    for mut record in tx.records_in(row.file.id).await.unwrap() {
        record.record.state = state;
        tx.put_record(&record).await.unwrap();
    }
}

fn redate(row: &mut FileRow) {
    row.dates = due_date(&row.file.terms, &row.file.facts, &[], row.dates.starts_on.unwrap_or_default());
}

/// The gates that a random office may do without, and what shows it.
pub(super) fn spoiled() -> [(Gate, Wrong); 7] {
    let nobody = RecordId::from_bytes([0; 16]);
    [
        (Gate::TrustedDateUnknown, Wrong::TooSoon),
        (Gate::HoldsUnknown, Wrong::Held),
        (Gate::RuleChanged, Wrong::RulesChanged),
        (Gate::NotAppraised, Wrong::NotAppraised),
        (Gate::OutOfRole, Wrong::Dismissed),
        (Gate::GraceNotOver, Wrong::TooSoon),
        (Gate::MemberUnsound(nobody), Wrong::Damaged),
    ]
}

/// Before a plan or a run, has every row that the missing gate reads say what it wants to hear.
pub(super) async fn spoil(world: &mut World<'_>) {
    match world.without {
        Some(Gate::TrustedDateUnknown) => world.ahead += SignedDuration::from_hours(48),
        Some(Gate::MemberUnsound(_)) => world.cellar.lies.store(true, Ordering::SeqCst),
        Some(Gate::HoldsUnknown) => sql(world, "DELETE FROM holds").await,
        Some(Gate::RuleChanged) => sql(world, "DELETE FROM rule_sets WHERE version <> '0'").await,
        Some(Gate::NotAppraised) => {
            sql(world, r#"UPDATE record_files SET body = replace(body, '"historical"', '"destroy"')"#).await;
        }
        Some(Gate::OutOfRole) => {
            sql(world, r#"UPDATE accounts SET body = replace(body, '"enabled":false', '"enabled":true')"#).await;
        }
        Some(Gate::GraceNotOver) => {
            let at = "json_set(body, '$.grace_ends_at', json_extract(body, '$.planned_at'))";
            sql(world, &format!("UPDATE disposals SET body = {at} WHERE state = 'grace'")).await;
        }
        _ => {}
    }
}

/// Plays the history of a gate, with the gate or without.
async fn outcome(template: &Template, gate: &Gate, broken: bool) -> Result<bool, Fault> {
    let (case, mut world) = (case(gate), World::begin(template).await);
    let mut story = async || {
        for act in &case.before {
            world.play(act).await?;
        }
        if broken {
            forge(gate, &mut world).await;
        }
        for act in &case.after {
            world.play(act).await?;
        }
        Ok(world.gone.contains(&case.victim))
    };
    let outcome = story().await;
    world.end().await;
    outcome
}

#[tokio::test]
async fn without_any_one_gate_the_model_sees_what_goes_wrong() {
    let template = super::TEMPLATE.get_or_init(Template::make).await;
    for gate in std::iter::successors(Some(Gate::TrustedDateUnknown), after) {
        let whole = outcome(template, &gate, false).await;
        assert!(matches!(whole, Ok(false)), "{gate:?} stands: {whole:?}");
        let broken = outcome(template, &gate, true).await;
        let seen = broken.as_ref().is_err_and(|fault| fault.wrongs.contains(&case(&gate).wrong));
        assert!(seen, "{gate:?} is gone: {broken:?}");
    }
}

#[tokio::test]
async fn what_is_stuck_at_the_end_is_seen() {
    let template = super::TEMPLATE.get_or_init(Template::make).await;
    let mut world = World::begin(template).await;
    let file = template.files[0];
    let event = r#"replace(body, '"trigger":"completion"', '"trigger":"event"')"#;
    sql(&world, &format!("UPDATE record_files SET body = {event} WHERE id = '{file}'")).await;
    let fault = world.finish().await.unwrap_err();
    assert!(fault.told.starts_with("left: [(0, 0), (0, 1)],"), "{fault}");
    world.end().await;
}
