//! An executable model of holds, schedules, crashes, approvals and restores: random histories are played by the real
//! office, and nothing may be destroyed that the model does not allow, nor anything be stuck at the end.
//!
//! `FUMIKURA_HISTORIES` says how many, `FUMIKURA_SEED` which; the same seed tells the same histories.

mod cellar;
mod ending;
mod lists;
mod model;
mod mutants;
mod template;
mod world;

use model::Place;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use template::Template;
use tokio::sync::OnceCell;
use world::{Act, World};

/// How many histories are played where nobody says otherwise.
const FEW: u32 = 300;
/// How many of them have one seed.
const BLOCK: u32 = 50;
/// In how many histories the lack of a gate must show.
const MANY: u32 = 400;

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

fn number(name: &str, otherwise: u32) -> u32 {
    #[expect(clippy::disallowed_methods, reason = "how long a test takes is its caller's affair")]
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

fn runner(cases: u32, seed: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        prop::sample::select(vec![(0, 0), (0, 1), (1, 0), (2, 0)]).prop_map(Place::Paper),
        (0usize..4).prop_map(Place::Folder),
        prop::sample::select(vec!["A", "A-01", "A-01-02", "B", "B-02", "C"]).prop_map(Place::Class),
        prop::sample::select(vec!["通知 1", "簿冊 A", "B-02", "訴状"]).prop_map(Place::Words),
        Just(Place::Everything),
    ]
}

/// One act, of those that lead nowhere by themselves.
fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1u16..40).prop_map(Act::Hours),
        2 => (1u16..500).prop_map(Act::Days),
        1 => Just(Act::Eve),
        2 => (2030i16..2040).prop_map(Act::Until),
        4 => (place(), any::<bool>()).prop_map(|(place, year)| Act::Hold(place, year)),
        4 => (0usize..3, 0u8..3).prop_map(|(hold, ago)| Act::Release(hold, ago)),
        2 => (0usize..5, 1u16..3).prop_map(|(folder, years)| Act::Extend(folder, years)),
        1 => Just(Act::Close(3)),
        3 => (0usize..5, prop::bool::weighted(0.8)).prop_map(|(folder, worthless)| Act::Appraise(folder, worthless)),
        2 => (0usize..5).prop_map(Act::Board),
        3 => (0usize..5, prop::option::of(0usize..5)).prop_map(|(who, only)| Act::Propose(who, only)),
        6 => (0usize..2, 0usize..5).prop_map(|(list, who)| Act::Approve(list, who)),
        2 => (0usize..2, 0usize..5).prop_map(|(list, folder)| Act::Undo(list, folder)),
        1 => (0usize..2).prop_map(Act::Reject),
        5 => (0usize..2, 1usize..4).prop_map(|(list, most)| Act::Run(list, most)),
        1 => (0usize..2).prop_map(Act::Pause),
        3 => (0usize..2, 0u32..24).prop_map(|(list, steps)| Act::KilledRun(list, steps)),
        2 => prop::option::weighted(0.3, 0u32..12).prop_map(Act::Start),
        2 => Just(Act::BackUp),
        1 => Just(Act::Restore),
        2 => Just(Act::Confirm),
        1 => (0usize..4, 1u16..12, 0usize..3).prop_map(|(class, years, by)| Act::Rules(class, years, by)),
        1 => (0usize..5).prop_map(Act::Dismiss),
        1 => prop::sample::select(vec![(0, 0), (1, 0), (2, 0)]).prop_map(Act::Damage),
    ]
}

/// The way to a second approval, which chance alone seldom finds.
fn ready() -> impl Strategy<Value = Vec<Act>> {
    (2032i16..2036, prop::bool::weighted(0.8)).prop_map(|(year, board)| {
        let mut acts = vec![Act::Until(year)];
        acts.extend((0..5).map(|folder| Act::Appraise(folder, true)));
        acts.extend(board.then_some(Act::Board(1)));
        acts.extend([Act::Propose(0, None), Act::Approve(0, 1), Act::Approve(0, 2)]);
        acts
    })
}

fn scene() -> impl Strategy<Value = Vec<Act>> {
    prop_oneof![
        12 => act().prop_map(|act| vec![act]),
        1 => ready(),
        1 => (1usize..5).prop_map(|most| vec![Act::Hours(25), Act::Run(0, most)]),
    ]
}

fn history() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(scene(), 4..24).prop_map(|scenes| scenes.concat())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Plays a history to its end. Returns how many records went before whatever lets everything go was done.
async fn played(acts: &[Act]) -> Result<usize, world::Fault> {
    let template = TEMPLATE.get_or_init(Template::make).await;
    let mut world = World::begin(template).await;
    let mut story = async || {
        for act in acts {
            world.play(act).await?;
        }
        let gone = world.gone.len();
        world.finish().await.map(|()| gone)
    };
    let outcome = story().await;
    world.end().await;
    outcome
}

/// Plays a block of histories. Returns of how many something was destroyed before the end.
fn block(histories: u32, seed: u32) -> u32 {
    let (runtime, burnt) = (runtime(), Cell::new(0));
    let outcome = runner(histories, seed).run(&history(), |acts| {
        let gone = runtime.block_on(played(&acts)).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        burnt.set(burnt.get() + u32::from(gone > 0));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("FUMIKURA_SEED={seed} FUMIKURA_HISTORIES={BLOCK} tells it again: {error}");
    }
    burnt.get()
}

#[test]
fn no_history_destroys_wrongly_and_none_is_stuck() {
    let (histories, seed) = (number("FUMIKURA_HISTORIES", FEW), number("FUMIKURA_SEED", 1));
    let (next, burnt) = (AtomicU32::new(0), AtomicU32::new(0));
    let work = || {
        loop {
            let begun = next.fetch_add(BLOCK, Ordering::SeqCst);
            if begun >= histories {
                return;
            }
            // Every block has a seed of its own, so that a failure is told again without what came before it.
            let played = block(BLOCK.min(histories - begun), seed.wrapping_add(begun / BLOCK));
            burnt.fetch_add(played, Ordering::SeqCst);
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let burnt = burnt.into_inner();
    assert!(burnt * 10 > histories, "only {burnt} of {histories} histories destroyed anything");
}

#[test]
fn a_seed_tells_the_same_histories() {
    let told = |seed| format!("{:?}", history().new_tree(&mut runner(1, seed)).unwrap().current());
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}

/// Histories in which much happens between the second approval and the run.
fn eventful() -> impl Strategy<Value = Vec<Act>> {
    // The brake stops the first run.
    let run = vec![Act::Hours(25), Act::Run(0, 9), Act::Run(0, 9)];
    let acts = prop::collection::vec(act(), 1..5);
    (prop::collection::vec(scene(), 0..4), ready(), acts)
        .prop_map(move |(before, ready, acts)| [before.concat(), ready, acts, run.clone()].concat())
}

#[tokio::test]
async fn random_histories_show_what_an_office_without_a_gate_does() {
    let template = TEMPLATE.get_or_init(Template::make).await;
    for (gate, wrong) in mutants::spoiled() {
        let (mut runner, histories) = (runner(1, 3), eventful());
        let mut seen = false;
        for _ in 0..MANY {
            let acts = histories.new_tree(&mut runner).unwrap().current();
            let mut world = World::begin(template).await;
            world.without = Some(gate);
            for act in &acts {
                if let Err(fault) = world.play(act).await {
                    seen = fault.wrongs.contains(&wrong);
                    break;
                }
            }
            world.end().await;
            if seen {
                break;
            }
        }
        assert!(seen, "{MANY} histories of seed 3 did not show that {gate:?} is gone");
    }
}
