//! When proofs are renewed, by what is known of their ends: the same for the city's nights and for a rehearsal of coming decades.

use super::standing::Judged;
use super::{ALGORITHMS, ProofError};
use crate::digest::DigestAlgorithm;
use crate::office::Judge;
use crate::policy::{AlgorithmUse, Judged as Belief, ValidationPolicy};
use crate::time::Instant;
use jiff::SignedDuration;

/// How long before their end proofs are renewed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// Days before the end.
    pub renew_days: u16,
}

/// Whether a timestamp is to be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing of it ends soon.
    Not,
    /// Something below it ends soon, and a renewal would not help before lists from after it are there.
    Unripe,
    /// It ends then, and a renewal must last longer.
    Until(Instant),
}

impl Schedule {
    /// Returns the instant up to which what ends is renewed.
    pub fn horizon(self, now: Instant) -> Instant {
        now.checked_add(SignedDuration::from_hours(24 * i64::from(self.renew_days))).unwrap_or(Instant::MAX)
    }

    /// Tells whether a digest algorithm is believed for as long as nothing is renewed.
    pub fn is_outlasted_by(self, algorithm: DigestAlgorithm, policy: &ValidationPolicy, now: Instant) -> bool {
        policy.judge(AlgorithmUse::Digest(algorithm), self.horizon(now)) == Belief::Strong
    }

    /// Returns the digest algorithm of new trees.
    ///
    /// # Errors
    /// [`ProofError::NoAlgorithm`].
    pub fn algorithm(self, policy: &ValidationPolicy, now: Instant) -> Result<DigestAlgorithm, ProofError> {
        let lasts = |one: &DigestAlgorithm| self.is_outlasted_by(*one, policy, now);
        ALGORITHMS.into_iter().find(lasts).ok_or(ProofError::NoAlgorithm)
    }

    /// Tells whether a timestamp that was made at an instant is to be renewed, by itself and by what stands below it.
    pub fn due(self, itself: &Judged, below: &[Judged], judge: &Judge, (made_at, now): (Instant, Instant)) -> Due {
        let until = |one: &Judged| one.report.lasts.as_ref().map_or(Instant::MAX, |lasts| lasts.until);
        let (own, horizon) = (until(itself), self.horizon(now));
        let below: Vec<&Judged> = below.iter().filter(|one| one.passes()).collect();
        let first = below.iter().map(|one| until(one)).min().unwrap_or(own).min(own);
        if first > horizon {
            return Due::Not;
        }
        let mut deciding = below.iter().filter(|one| until(one) == first);
        match first == own || deciding.all(|one| one.is_ripe(judge, made_at)) {
            true => Due::Until(first),
            false if own <= horizon => Due::Until(own),
            false => Due::Unripe,
        }
    }
}
