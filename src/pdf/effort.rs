//! What a file may cost to read, in proportion to its size: no file of a few bytes asks for minutes or gigabytes.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes may be parsed, inflated and searched in any file, all its revisions together. A file that is compared
/// over twenty revisions parses what it holds beside stream data some forty times.
const WORK_BYTES: u64 = 48 << 20;
/// The same, a byte of the file.
const WORK_FACTOR: u64 = 32;
/// How much memory the kept objects of one revision may take; three are open at a time.
const ROOM_BYTES: u64 = 16 << 20;
/// The same, a byte of the file.
const ROOM_FACTOR: u64 = 3;

/// What is left of an allowance, in bytes.
#[derive(Debug)]
pub(super) struct Left(AtomicU64);

impl Left {
    /// Allows the work of reading a file of a size.
    pub(super) fn work(size_bytes: u64) -> Self {
        Self(AtomicU64::new(WORK_BYTES + size_bytes.saturating_mul(WORK_FACTOR)))
    }

    /// Allows the memory for the objects of a file of a size.
    pub(super) fn room(size_bytes: u64) -> Self {
        Self(AtomicU64::new(ROOM_BYTES + size_bytes.saturating_mul(ROOM_FACTOR)))
    }

    /// Allows so many bytes.
    pub(super) fn of(bytes: u64) -> Self {
        Self(AtomicU64::new(bytes))
    }

    /// Takes some of it where so much is left; else none.
    pub(super) fn has(&self, bytes: u64) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    /// Returns how much is left.
    pub(super) fn bytes(&self) -> usize {
        usize::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    /// Takes some of it. Where not so much is left, nothing is from then on, and the answer is no.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let enough = self.has(bytes);
        if !enough {
            self.0.store(0, Ordering::Relaxed);
        }
        enough
    }
}
