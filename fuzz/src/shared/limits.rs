//! The limits that every subject is held to: memory of 10 bytes a byte of input and 64 MB, and a second of processor
//! time a megabyte, one second at least.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// What may be used beside what the input's size allows, in bytes.
const BASE_BYTES: usize = 64 << 20;
/// How many bytes a byte of the input allows.
const FACTOR: usize = 10;

/// The system's allocator, counting what each thread holds.
pub struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // A thread that is ending no longer counts.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        MOST.with(|most| most.set(most.get().max(held.get())));
    });
}

fn signed(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(signed(size) - signed(layout.size()));
        unsafe { System.realloc(place, layout, size) }
    }
}

/// Runs something, and returns the processor time that it took.
fn time_of(run: impl FnOnce()) -> Duration {
    let started = used();
    run();
    used().saturating_sub(started)
}

/// Runs something, and returns the most bytes that this thread held at a time.
pub fn peak_of(run: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST.set(before);
    run();
    usize::try_from(MOST.get() - before).unwrap_or(0)
}

/// Returns the memory that an input of a size may take, in bytes.
pub fn allowed_bytes(size: usize) -> usize {
    BASE_BYTES + FACTOR * size
}

/// Returns the processor time that an input of a size may take, where code runs so many times slower than in release.
pub fn allowed_time(size: usize, slowness: u32) -> Duration {
    Duration::from_secs(1).mul_f64((size as f64 / 1e6).max(1.0)) * slowness
}

/// Runs a subject over an input, and panics where it takes more than it may.
pub fn hold(input: &[u8], slowness: u32, subject: impl Fn(&[u8])) {
    let (size, bytes) = (input.len(), allowed_bytes(input.len()));
    let started = Instant::now();
    let peak = peak_of(|| subject(input));
    assert!(peak <= bytes, "memory: {peak} bytes at a time for {size} bytes of input, at most {bytes} are allowed");
    let time = allowed_time(size, slowness);
    if started.elapsed() > time {
        // Time passes on a busy machine too: what counts is what this thread used.
        let used = time_of(|| subject(input));
        assert!(used <= time, "time: {used:?} for {size} bytes of input, at most {time:?} are allowed");
    }
}

/// Returns the processor time that this thread has used; where the system does not say, the time that has passed.
fn used() -> Duration {
    thread_local! {
        static STARTED: Instant = Instant::now();
    }
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_ascii_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| STARTED.with(Instant::elapsed), Duration::from_nanos)
}
