//! Whether an authority's clock is shown to be right (EN 319 421, 7.7): written by whoever compares it, asked for every token.

use crate::time::Instant;
use std::sync::atomic::{AtomicI64, Ordering};

/// Until when a clock counts as right. Nothing was shown at first.
#[derive(Debug)]
pub struct ShownClock(AtomicI64);

impl Default for ShownClock {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl ShownClock {
    /// Takes the clock for right for so many seconds: until the next comparisons should have been made.
    pub fn hold_for(&self, now: Instant, seconds: i64) {
        self.0.store(now.as_second().saturating_add(seconds), Ordering::SeqCst);
    }

    /// Takes the clock for right no longer, until it is shown anew.
    pub fn doubt(&self) {
        self.0.store(i64::MIN, Ordering::SeqCst);
    }

    /// Tells whether the clock counts as right at the moment that it says it is.
    pub fn holds_at(&self, now: Instant) -> bool {
        now.as_second() < self.0.load(Ordering::SeqCst)
    }
}
