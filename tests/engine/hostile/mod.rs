//! Hostile input: the subjects of the fuzz targets over thousands of changed seeds, the same each time, and over files
//! built to cost the square of their size; both held to the limits on memory and time.

mod certificates;
mod files;
mod paper;
#[path = "../../../fuzz/src/shared/mod.rs"]
pub mod shared;
mod signed;

use shared::{limits, random::Random, seeds, subjects};
use std::path::Path;

/// How many times slower than in release the code may run: without optimisation, on a machine that others use too.
const SLOWNESS: u32 = 30;
/// How many changed seeds each subject gets.
const ROUNDS: usize = 1_500;

/// Holds a subject over an input to the limits.
fn hold(input: &[u8], subject: fn(&[u8])) {
    limits::hold(input, SLOWNESS, subject);
}

fn run(name: &str) {
    let subject = subjects::ALL.iter().find(|subject| subject.name == name).expect("a subject");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pdf");
    let seeds = seeds::of(name, &samples);
    for (_, seed) in &seeds {
        hold(seed, subject.run);
    }
    // What was made of a seed is sometimes changed further, as a fuzzer does.
    let mut pool: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).filter(|seed| seed.len() < 40_000).collect();
    let (mut random, own) = (Random::new(20_260_601), pool.len());
    for round in 0..ROUNDS {
        let from = random.below(pool.len());
        let changed = (subject.change)(&pool[from], &mut random);
        if changed.len() > 100_000 {
            continue;
        }
        let held = std::panic::catch_unwind(|| hold(&changed, subject.run));
        if held.is_err() {
            let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{name}-{round}"));
            std::fs::write(&place, &changed).expect("the input can be kept");
            panic!("{name}: round {round}, kept as {}", place.display());
        }
        let place = own + random.below(64);
        if place < pool.len() {
            pool[place] = changed;
        } else {
            pool.push(changed);
        }
    }
}

#[test]
fn changed_files_are_read() {
    run("pdf");
}

#[test]
fn changed_der_is_read() {
    run("asn1");
}

#[test]
fn changed_signatures_are_verified() {
    run("cms");
}

#[test]
fn changed_certificates_are_judged() {
    run("pki");
}

#[test]
fn changed_timestamps_are_read() {
    run("tsp");
}

#[test]
fn changed_evidence_records_are_judged() {
    run("evidence");
}

#[test]
fn changed_signed_files_are_validated() {
    run("validate");
}
