//! The fuzz targets' side of libFuzzer: how an input becomes another. The rest is shared with the suite.

pub mod shared;

use shared::{random, seeds, subjects};

/// The shortest input that is worth changing: libFuzzer starts from nothing.
const SHORTEST: usize = 8;

/// Changes an input of a subject in place, as libFuzzer asks of a mutator: now and then by libFuzzer's own means, else by
/// the subject's. What is too short gives way to a seed. Returns the new length.
pub fn change(
    subject: &str,
    data: &mut [u8],
    size: usize,
    seed: u32,
    plainly: impl FnOnce(&mut [u8], usize, usize) -> usize,
) -> usize {
    let mut random = random::Random::new(u64::from(seed));
    let most = data.len();
    let changed = if size < SHORTEST || random.one_in(1000) {
        random.of(seeds_of(subject)).1.clone()
    } else if random.one_in(4) {
        return plainly(data, size, most);
    } else {
        (named(subject).change)(&data[..size], &mut random)
    };
    if changed.is_empty() || changed.len() > most {
        return plainly(data, size, most);
    }
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
}

fn seeds_of(subject: &str) -> &'static [(String, Vec<u8>)] {
    static SEEDS: std::sync::OnceLock<Vec<(String, Vec<u8>)>> = std::sync::OnceLock::new();
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/pdf");
    SEEDS.get_or_init(|| seeds::of(subject, samples.as_ref()))
}

fn named(name: &str) -> &'static subjects::Subject {
    subjects::ALL.iter().find(|subject| subject.name == name).expect("a subject's name")
}
