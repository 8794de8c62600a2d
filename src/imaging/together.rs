//! Pages in turn, two at a time, and where a page may panic.

use crate::office::ports::DigitiserError;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Pages that are worked on at once: one for each core of a small machine, and no more in memory.
const AT_ONCE: u32 = 2;
/// How many pages may be finished before an earlier one is.
const AHEAD: u32 = 4;

/// Works on the pages from 1 to `count` beside each other, and hands out what came of them in their order. The first error in
/// that order ends it.
pub(super) fn in_turn<T: Send>(
    count: u32,
    work: impl Fn(u32) -> Result<T, DigitiserError> + Sync,
    mut take: impl FnMut(u32, T) -> Result<(), DigitiserError>,
) -> Result<(), DigitiserError> {
    let queue = Queue { state: Mutex::new(State { next: 1, taken: 0, over: false }), changed: Condvar::new() };
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..AT_ONCE.min(count) {
            let (sender, queue, work) = (sender.clone(), &queue, &work);
            scope.spawn(move || {
                while let Some(page) = queue.next(count) {
                    if sender.send((page, guarded(page, || work(page)))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut turn = 1;
        let mut ended = Ok(());
        'pages: for (page, result) in receiver {
            waiting.insert(page, result);
            while let Some(result) = waiting.remove(&turn) {
                ended = result.and_then(|done| take(turn, done));
                if ended.is_err() {
                    break 'pages;
                }
                turn += 1;
                queue.taken(turn - 1);
            }
        }
        queue.end();
        ended
    })
}

/// Does something that may panic with damaged files: the readers of PDF and of pictures index and count on what they read. A
/// panic is an error of the page; nothing that it may have left half done is used again.
pub(super) fn guarded<T>(page: u32, work: impl FnOnce() -> Result<T, DigitiserError>) -> Result<T, DigitiserError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(DigitiserError::Damaged { page, reason: "it cannot be read, or takes more than is taken".to_owned() })
    })
}

/// Who works on which page.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    next: u32,
    taken: u32,
    over: bool,
}

impl Queue {
    /// Returns the next page, when it is not too far ahead; none after the last one.
    fn next(&self, count: u32) -> Option<u32> {
        let mut state = self.lock();
        while !state.over && state.next <= count && state.next > state.taken + AT_ONCE + AHEAD {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.over || state.next > count {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn taken(&self, page: u32) {
        self.lock().taken = page;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
