//! Several timestamping authorities in their order: whoever is silent, refuses or answers wrongly rests for a while, nobody is asked more
//! often than it allows, and the next one stands in.

use super::service::{HttpTimestampSource, NoAnswer};
use crate::time::{Clock, Instant};
use crate::tsp::{TimestampError, TimestampRequest, TimestampResponse, TimestampSource};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How long an authority rests after its first failure, in seconds; twice as long after each that follows.
const FIRST_REST_SECONDS: i64 = 30;
/// The longest that one rests unless it asks for more, in seconds.
const LONGEST_REST_SECONDS: i64 = 3_600;

/// How often an authority may be asked: some block whoever asks more often, for example 20 times in 20 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many requests at most …
    pub requests: usize,
    /// … within so many seconds. Counted by this process since its start: several share out what they may.
    pub seconds: i64,
}

/// An authority among others.
pub struct Service {
    source: HttpTimestampSource,
    quota: Option<Quota>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When it was asked, within the time of its quota.
    asked: VecDeque<Instant>,
    /// Failures since its last good answer.
    failures: u32,
    /// Until when it rests.
    rests_until: Option<Instant>,
}

/// Several authorities, asked in their order.
pub struct InTurn {
    services: Vec<Service>,
    clock: Arc<dyn Clock>,
}

impl Service {
    /// Makes an authority of a list.
    pub fn new(source: HttpTimestampSource, quota: Option<Quota>) -> Self {
        Self { source, quota, state: Mutex::default() }
    }

    /// Counts a request, unless it would come too early; then returns from when on it would not.
    fn admit(&self, now: Instant) -> Result<(), Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = state.rests_until.filter(|until| now < *until) {
            return Err(until);
        }
        if let Some(Quota { requests, seconds }) = self.quota {
            // A clock that went back makes nobody wait for it.
            let counts = |asked: &Instant| *asked <= now && now < later(*asked, seconds);
            state.asked.retain(counts);
            if state.asked.len() >= requests {
                return Err(state.asked.front().map_or(now, |first| later(*first, seconds)));
            }
            state.asked.push_back(now);
        }
        Ok(())
    }

    /// Asks it and checks what it says, as its answer is of no use otherwise and the next one is to be asked.
    fn answer(&self, request: &TimestampRequest, request_der: &[u8], now: Instant) -> Result<Vec<u8>, String> {
        let answer = self.source.ask(request_der).and_then(|der| {
            let accepted = TimestampResponse::parse(&der).and_then(|response| response.accept(request));
            accepted.map_err(|error| NoAnswer { why: error.to_string(), again_after: None })?;
            Ok(der)
        });
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(der) => {
                (state.failures, state.rests_until) = (0, None);
                Ok(der)
            }
            Err(NoAnswer { why, again_after }) => {
                let doubled = FIRST_REST_SECONDS.saturating_mul(1 << state.failures.min(10));
                let rest = again_after.map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX));
                state.rests_until = Some(later(now, rest.max(doubled.min(LONGEST_REST_SECONDS))));
                state.failures = state.failures.saturating_add(1);
                Err(why)
            }
        }
    }
}

impl InTurn {
    /// Joins authorities, the first of which is asked first.
    pub fn new(services: Vec<Service>, clock: Arc<dyn Clock>) -> Self {
        Self { services, clock }
    }
}

impl TimestampSource for InTurn {
    /// Returns the first good answer; says of each authority why there is none, by its place in the list.
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let request = TimestampRequest::parse(request_der)?;
        let mut reasons = Vec::new();
        for (service, place) in self.services.iter().zip(1..) {
            let now = self.clock.now();
            let answer = match service.admit(now) {
                Err(until) => Err(format!("not to be asked before {until}")),
                Ok(()) => service.answer(&request, request_der, now),
            };
            match answer {
                Ok(der) => return Ok(der),
                Err(why) => reasons.push(format!("({place}) {why}")),
            }
        }
        Err(TimestampError::Unavailable(reasons.join("; ")))
    }
}

fn later(instant: Instant, seconds: i64) -> Instant {
    instant.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Instant::MAX)
}
