//! Runs of days, for the check of rule sets.

use crate::time::Date;
use std::fmt;

/// A run of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Days {
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Days {
    /// Makes a run from ends that may be open.
    pub(super) fn new(first: Option<Date>, last: Option<Date>) -> Self {
        Self { first: first.unwrap_or(Date::MIN), last: last.unwrap_or(Date::MAX) }
    }

    pub(super) fn is_empty(self) -> bool {
        self.last < self.first
    }

    /// Returns the days in both runs, if any.
    pub(super) fn common(self, other: Self) -> Option<Self> {
        let days = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        (!days.is_empty()).then_some(days)
    }

    /// Returns what is left of this run without the days of others.
    pub(super) fn without(self, others: &[Self]) -> Vec<Self> {
        let mut left = if self.is_empty() { Vec::new() } else { vec![self] };
        for other in others {
            left = left.into_iter().flat_map(|days| days.minus(*other)).collect();
        }
        left
    }

    /// Writes the run without words, for example `2010-04-01〜2010-04-30`; an open end is left out.
    pub(super) fn signs(self) -> String {
        let first = if self.first == Date::MIN { String::new() } else { self.first.to_string() };
        let last = if self.last == Date::MAX { String::new() } else { self.last.to_string() };
        format!("{first}〜{last}")
    }

    fn minus(self, other: Self) -> Vec<Self> {
        if self.common(other).is_none() {
            return vec![self];
        }
        let before = other.first.yesterday().ok().map(|last| Self { first: self.first, last });
        let after = other.last.tomorrow().ok().map(|first| Self { first, last: self.last });
        before.into_iter().chain(after).filter(|days| !days.is_empty()).collect()
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first == Date::MIN, self.last == Date::MAX) {
            (true, true) => f.write_str("always"),
            (true, false) => write!(f, "until {}", self.last),
            (false, true) => write!(f, "from {} on", self.first),
            (false, false) => write!(f, "from {} to {}", self.first, self.last),
        }
    }
}
