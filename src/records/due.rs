//! When a record file falls due, and why (requirements: retention dates).

use super::calendar::period_end;
use super::{
    Extension, HoldFact, HoldKind, Reason, ReasonCode as Code, RetentionFacts, RetentionPeriod, RetentionTerms,
    Trigger, YearBasis,
};
use crate::time::{Date, FiscalYear};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::Display;

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

/// Takes a step of the reasoning: its code, and the values that the sentence needs.
type Because<'a> = &'a mut dyn FnMut(Code, &[(&str, &dyn Display)]);

/// Computes the dates of a record file under the terms of its rule, as of a day.
///
/// Whatever is unknown, unreadable or beyond the calendar gives no expiry, and what has no expiry is never due.
pub fn due_date(terms: &RetentionTerms, facts: &RetentionFacts, holds: &[HoldFact], as_of: Date) -> DueDate {
    let mut steps = Vec::new();
    let mut note = noting(&mut steps);
    let because: Because<'_> = &mut note;
    let starts_on = start(terms, facts, because);
    let expires_on = starts_on.and_then(|first| expiry(terms, first, &facts.extensions, because));
    let keep_until = keep(expires_on, holds, because);
    let due = match keep_until {
        Some(KeepUntil::Date(last)) => {
            let code = if as_of > last { Code::Due } else { Code::NotDue };
            because(code, &[("today", &as_of), ("date", &last)]);
            as_of > last
        }
        Some(KeepUntil::Open) | None => false,
    };
    drop(note);
    DueDate { starts_on, expires_on, keep_until, due, because: steps }
}

/// Computes the last day of retention alone, as [`due_date`] does, without its reasons: for many files at once.
pub fn expiry_date(terms: &RetentionTerms, facts: &RetentionFacts) -> Option<Date> {
    let because: Because<'_> = &mut |_, _| {};
    let first = start(terms, facts, because)?;
    expiry(terms, first, &facts.extensions, because)
}

impl DueDate {
    /// Returns dates that cannot be told, for a reason: kept, never due; an open hold still shows as open.
    pub fn undetermined(reason: Reason, holds: &[HoldFact]) -> Self {
        let mut because = vec![reason];
        let keep_until = keep(None, holds, &mut noting(&mut because));
        Self { starts_on: None, expires_on: None, keep_until, due: false, because }
    }
}

impl HoldFact {
    /// Tells whether the hold keeps things on a day (R6): while it is open, and through its last day once decided.
    pub fn in_force(&self, on: Date) -> bool {
        match self.keeps_until() {
            KeepUntil::Open => true,
            KeepUntil::Date(last) => on <= last,
        }
    }

    /// Returns the last day the hold keeps things (R6).
    pub fn keeps_until(&self) -> KeepUntil {
        hold_end(self).map_or(KeepUntil::Open, |(_, last)| KeepUntil::Date(last))
    }
}

/// Writes each step down.
fn noting(steps: &mut Vec<Reason>) -> impl FnMut(Code, &[(&str, &dyn Display)]) {
    |code, values| {
        let parameters = values.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
        steps.push(Reason { code, parameters });
    }
}

fn start(terms: &RetentionTerms, facts: &RetentionFacts, because: Because<'_>) -> Option<Date> {
    let base = facts.base(terms.trigger);
    if let Some(chosen) = &facts.start_override {
        // Before its event a rule has no clock that anybody's authority could set going.
        if terms.trigger == Trigger::Event && base.is_none() {
            because(Code::BaseUnknown, &[("trigger", &terms.trigger.word())]);
            return None;
        }
        let date: (&str, &dyn Display) = ("date", &chosen.starts_on);
        if chosen.authority.trim().is_empty() || chosen.reason.trim().is_empty() {
            because(Code::StartWithoutAuthority, &[date]);
            return None;
        }
        because(Code::StartOverridden, &[date, ("authority", &chosen.authority), ("reason", &chosen.reason)]);
        return Some(chosen.starts_on);
    }
    let Some(base) = base else {
        because(Code::BaseUnknown, &[("trigger", &terms.trigger.word())]);
        return None;
    };
    because(base_code(terms.trigger), &[("date", &base)]);
    let year = year(terms.year, base, facts, because)?;
    let (month, code) = match terms.year {
        YearBasis::Fiscal => (4, Code::StartFiscal),
        YearBasis::Calendar => (1, Code::StartCalendar),
    };
    let first = year.checked_add(1).and_then(|next| Date::new(next, month, 1).ok());
    match first {
        Some(first) => because(code, &[("date", &first)]),
        None => because(Code::BeyondCalendar, &[("years", &1)]),
    }
    first
}

fn base_code(trigger: Trigger) -> Code {
    match trigger {
        Trigger::Creation => Code::BaseCreation,
        Trigger::Opening => Code::BaseOpening,
        Trigger::Completion => Code::BaseCompletion,
        Trigger::Event => Code::BaseEvent,
    }
}

fn year(basis: YearBasis, base: Date, facts: &RetentionFacts, because: Because<'_>) -> Option<i16> {
    if let Some(assigned) = &facts.year {
        let year: (&str, &dyn Display) = ("year", &assigned.year);
        if assigned.reason.trim().is_empty() {
            because(Code::YearWithoutReason, &[year]);
            return None;
        }
        because(Code::YearAssigned, &[year, ("reason", &assigned.reason)]);
        return Some(assigned.year);
    }
    let (year, code) = match basis {
        YearBasis::Fiscal => (FiscalYear::of(base).0, Code::YearFiscal),
        YearBasis::Calendar => (base.year(), Code::YearCalendar),
    };
    because(code, &[("date", &base), ("year", &year)]);
    Some(year)
}

fn expiry(terms: &RetentionTerms, first: Date, extensions: &[Extension], because: Because<'_>) -> Option<Date> {
    let years = match terms.years {
        RetentionPeriod::Years(years) => years,
        RetentionPeriod::Permanent => {
            because(Code::Permanent, &[]);
            return None;
        }
        RetentionPeriod::InUse => {
            because(Code::InUse, &[]);
            return None;
        }
    };
    let mut last = counted(first, years, Code::Expiry, because)?;
    for extension in extensions {
        if extension.years == 0 {
            because(Code::ExtensionUnreadable, &[("years", &0)]);
            return None;
        }
        // 民法 143 again, from the day after the expiry that is extended.
        let next = last.tomorrow().ok();
        let Some(next) = next else {
            because(Code::BeyondCalendar, &[("years", &extension.years)]);
            return None;
        };
        last = counted(next, extension.years, Code::Extended, because)?;
    }
    Some(last)
}

fn counted(first: Date, years: u16, code: Code, because: Because<'_>) -> Option<Date> {
    let last = period_end(first, years);
    let number: (&str, &dyn Display) = ("years", &years);
    match last {
        Some(last) => because(code, &[number, ("date", &last)]),
        None => because(Code::BeyondCalendar, &[number]),
    }
    last
}

fn keep(expires_on: Option<Date>, holds: &[HoldFact], because: Because<'_>) -> Option<KeepUntil> {
    let mut open = false;
    let mut longest: Option<(Date, HoldKind)> = None;
    for hold in holds {
        let word = hold.kind.word();
        let kind: (&str, &dyn Display) = ("kind", &word);
        match hold_end(hold) {
            None => {
                open = true;
                because(Code::HoldOpen, &[kind]);
            }
            Some((decided, last)) => {
                because(Code::HoldUntil, &[kind, ("decided", &decided), ("date", &last)]);
                if longest.is_none_or(|(date, _)| date < last) {
                    longest = Some((last, hold.kind));
                }
            }
        }
    }
    if open {
        return Some(KeepUntil::Open);
    }
    let Some(expiry) = expires_on else {
        because(Code::KeptUndetermined, &[]);
        return None;
    };
    match longest.filter(|(last, _)| *last > expiry) {
        Some((last, kind)) => {
            because(Code::KeptUntilHold, &[("kind", &kind.word()), ("date", &last)]);
            Some(KeepUntil::Date(last))
        }
        None => {
            because(Code::KeptUntilExpiry, &[("date", &expiry)]);
            Some(KeepUntil::Date(expiry))
        }
    }
}

/// Returns the day a hold was decided and the last day it keeps (施行令 9 (1)); none while it is open or beyond counting.
fn hold_end(hold: &HoldFact) -> Option<(Date, Date)> {
    let decided = hold.decided?;
    let last = match hold.kind {
        HoldKind::Audit | HoldKind::Litigation => decided,
        HoldKind::Appeal | HoldKind::Disclosure => period_end(decided.tomorrow().ok()?, 1)?,
    };
    Some((decided, last))
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
