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
    /// Returns dates that cannot be told, for a reason: kept, never due; an open hold still shows as open.
    pub fn undetermined(reason: Reason, holds: &[HoldFact]) -> Self {
        let mut because = vec![reason];
        let keep_until = keep(None, holds, &mut because);
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

fn start(terms: &RetentionTerms, facts: &RetentionFacts, because: &mut Vec<Reason>) -> Option<Date> {
    let base = facts.base(terms.trigger);
    if let Some(chosen) = &facts.start_override {
        // Before its event a rule has no clock that anybody's authority could set going.
        if terms.trigger == Trigger::Event && base.is_none() {
            because.push(Reason::new(Code::BaseUnknown, [("trigger", terms.trigger.word().to_owned())]));
            return None;
        }
        let date = ("date", chosen.starts_on.to_string());
        if chosen.authority.trim().is_empty() || chosen.reason.trim().is_empty() {
            because.push(Reason::new(Code::StartWithoutAuthority, [date]));
            return None;
        }
        let (authority, reason) = (chosen.authority.clone(), chosen.reason.clone());
        because.push(Reason::new(Code::StartOverridden, [date, ("authority", authority), ("reason", reason)]));
        return Some(chosen.starts_on);
    }
    let Some(base) = base else {
        because.push(Reason::new(Code::BaseUnknown, [("trigger", terms.trigger.word().to_owned())]));
        return None;
    };
    because.push(Reason::new(base_code(terms.trigger), [("date", base.to_string())]));
    let year = year(terms.year, base, facts, because)?;
    let (month, code) = match terms.year {
        YearBasis::Fiscal => (4, Code::StartFiscal),
        YearBasis::Calendar => (1, Code::StartCalendar),
    };
    let first = year.checked_add(1).and_then(|next| Date::new(next, month, 1).ok());
    match first {
        Some(first) => because.push(Reason::new(code, [("date", first.to_string())])),
        None => because.push(Reason::new(Code::BeyondCalendar, [("years", "1".to_owned())])),
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

fn year(basis: YearBasis, base: Date, facts: &RetentionFacts, because: &mut Vec<Reason>) -> Option<i16> {
    if let Some(assigned) = &facts.year {
        let year = ("year", assigned.year.to_string());
        if assigned.reason.trim().is_empty() {
            because.push(Reason::new(Code::YearWithoutReason, [year]));
            return None;
        }
        because.push(Reason::new(Code::YearAssigned, [year, ("reason", assigned.reason.clone())]));
        return Some(assigned.year);
    }
    let (year, code) = match basis {
        YearBasis::Fiscal => (FiscalYear::of(base).0, Code::YearFiscal),
        YearBasis::Calendar => (base.year(), Code::YearCalendar),
    };
    because.push(Reason::new(code, [("date", base.to_string()), ("year", year.to_string())]));
    Some(year)
}

fn expiry(terms: &RetentionTerms, first: Date, extensions: &[Extension], because: &mut Vec<Reason>) -> Option<Date> {
    let years = match terms.years {
        RetentionPeriod::Years(years) => years,
        RetentionPeriod::Permanent => {
            because.push(Reason::new(Code::Permanent, []));
            return None;
        }
        RetentionPeriod::InUse => {
            because.push(Reason::new(Code::InUse, []));
            return None;
        }
    };
    let mut last = counted(first, years, Code::Expiry, because)?;
    for extension in extensions {
        if extension.years == 0 {
            because.push(Reason::new(Code::ExtensionUnreadable, [("years", "0".to_owned())]));
            return None;
        }
        // 民法 143 again, from the day after the expiry that is extended.
        let next = last.tomorrow().ok();
        let Some(next) = next else {
            because.push(Reason::new(Code::BeyondCalendar, [("years", extension.years.to_string())]));
            return None;
        };
        last = counted(next, extension.years, Code::Extended, because)?;
    }
    Some(last)
}

fn counted(first: Date, years: u16, code: Code, because: &mut Vec<Reason>) -> Option<Date> {
    let last = period_end(first, years);
    let number = ("years", years.to_string());
    match last {
        Some(last) => because.push(Reason::new(code, [number, ("date", last.to_string())])),
        None => because.push(Reason::new(Code::BeyondCalendar, [number])),
    }
    last
}

fn keep(expires_on: Option<Date>, holds: &[HoldFact], because: &mut Vec<Reason>) -> Option<KeepUntil> {
    let mut open = false;
    let mut longest: Option<(Date, HoldKind)> = None;
    for hold in holds {
        let kind = ("kind", hold.kind.word().to_owned());
        match hold_end(hold) {
            None => {
                open = true;
                because.push(Reason::new(Code::HoldOpen, [kind]));
            }
            Some((decided, last)) => {
                let decided = ("decided", decided.to_string());
                because.push(Reason::new(Code::HoldUntil, [kind, decided, ("date", last.to_string())]));
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
        because.push(Reason::new(Code::KeptUndetermined, []));
        return None;
    };
    match longest.filter(|(last, _)| *last > expiry) {
        Some((last, kind)) => {
            let kind = ("kind", kind.word().to_owned());
            because.push(Reason::new(Code::KeptUntilHold, [kind, ("date", last.to_string())]));
            Some(KeepUntil::Date(last))
        }
        None => {
            because.push(Reason::new(Code::KeptUntilExpiry, [("date", expiry.to_string())]));
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
