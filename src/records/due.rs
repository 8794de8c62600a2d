//! When a record file falls due, and why (requirements: retention dates).

use super::calendar::period_end;
use super::{
    Extension, HoldFact, HoldKind, Reason, ReasonCode as Code, RetentionFacts, RetentionPeriod, RetentionTerms,
    Trigger, YearBasis,
};
use crate::time::{Date, FiscalYear};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The last day something must be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeepUntil {
    /// Through this day.
    Date(Date),
    /// A hold is open; nobody can say. Text form `open`.
    Open,
}

/// The dates of a record file, with their reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueDate {
    /// The first day of retention (起算日), where it can be told.
    pub starts_on: Option<Date>,
    /// The last day of retention (満了日); none means no expiry, and therefore kept.
    pub expires_on: Option<Date>,
    /// The last day it must be kept, holds included; none means for ever or not known.
    pub keep_until: Option<KeepUntil>,
    /// Whether the day asked about is later than `keep_until`. Never true without an expiry.
    pub due: bool,
    /// The steps that led here, in order.
    pub because: Vec<Reason>,
}

/// Computes the dates of a record file under the terms of its rule, as of a day.
///
/// Whatever is unknown, unreadable or beyond the calendar gives no expiry, and what has no expiry is never due.
pub fn due_date(terms: &RetentionTerms, facts: &RetentionFacts, holds: &[HoldFact], as_of: Date) -> DueDate {
    let mut because = Vec::new();
    let starts_on = start(terms, facts, &mut because);
    let expires_on = starts_on.and_then(|first| expiry(terms, first, &facts.extensions, &mut because));
    let keep_until = keep(expires_on, holds, &mut because);
    let due = match keep_until {
        Some(KeepUntil::Date(last)) => {
            let code = if as_of > last { Code::Due } else { Code::NotDue };
            because.push(Reason::new(code, [("today", as_of.to_string()), ("date", last.to_string())]));
            as_of > last
        }
        Some(KeepUntil::Open) | None => false,
    };
    DueDate { starts_on, expires_on, keep_until, due, because }
}

impl DueDate {
    /// Returns dates that cannot be told, for a reason: kept, never due.
    pub fn undetermined(reason: Reason) -> Self {
        let because = vec![reason, Reason::new(Code::KeptUndetermined, [])];
        Self { starts_on: None, expires_on: None, keep_until: None, due: false, because }
    }
}

fn start(terms: &RetentionTerms, facts: &RetentionFacts, because: &mut Vec<Reason>) -> Option<Date> {
    let _ = (terms, facts, because);
    None
}

fn expiry(terms: &RetentionTerms, first: Date, extensions: &[Extension], because: &mut Vec<Reason>) -> Option<Date> {
    let _ = (terms, first, extensions, because);
    None
}

fn keep(expires_on: Option<Date>, holds: &[HoldFact], because: &mut Vec<Reason>) -> Option<KeepUntil> {
    let _ = (expires_on, holds, because);
    None
}

impl Serialize for KeepUntil {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Date(date) => date.serialize(serializer),
            Self::Open => serializer.serialize_str("open"),
        }
    }
}

impl<'de> Deserialize<'de> for KeepUntil {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "open" {
            return Ok(Self::Open);
        }
        text.parse().map(Self::Date).map_err(serde::de::Error::custom)
    }
}
