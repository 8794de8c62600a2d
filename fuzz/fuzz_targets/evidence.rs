//! See `subjects::evidence`.

#![no_main]

use fumikura_fuzz::change;
use fumikura_fuzz::shared::{limits, subjects};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

#[global_allocator]
static ALLOCATOR: limits::Counting = limits::Counting;

fuzz_target!(|data: &[u8]| limits::hold(data, 1, subjects::evidence));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    change("evidence", &mut data[..max_size], size, seed, fuzzer_mutate)
});
