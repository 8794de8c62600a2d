//! The rule set (R1): retention rules with effective dates over a file plan.

use super::{ClassCode, Disposition, FilePlan, RetentionPeriod, RetentionTerms, Trigger, YearBasis};
use crate::time::Date;
use serde::{Deserialize, Serialize};

/// One retention rule: for a class and the classes below it that have none of their own, from a day to a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRule {
    /// The identifier, one of a kind in the set.
    pub id: String,
    /// The class it is for.
    pub class: ClassCode,
    /// The first day of making or opening it applies to; none means from the set's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day it applies to; none means without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What starts the clock.
    pub trigger: Trigger,
    /// The event in words, for `trigger = "event"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Fiscal or calendar year. There is no default: mixing them up once destroyed records four years early.
    pub year: YearBasis,
    /// How long.
    pub years: RetentionPeriod,
    /// What happens at expiry.
    pub action: Disposition,
    /// Whether a review board must consent before destruction.
    pub board: bool,
    /// The provision it rests on.
    pub authority: String,
}

impl RetentionRule {
    /// Returns the terms that dates are computed from.
    pub fn terms(&self) -> RetentionTerms {
        RetentionTerms { trigger: self.trigger, year: self.year, years: self.years }
    }

    /// Tells whether the rule applies on a day.
    pub fn applies_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// Names one rule of one version of one set: what a computed date rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleReference {
    /// The set's identifier.
    pub set: String,
    /// The set's version.
    pub version: String,
    /// The rule's identifier.
    pub rule: String,
}

/// A versioned set of rules over a file plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// The set's identifier, stable over versions.
    pub id: String,
    /// The version.
    pub version: String,
    /// The title people read.
    pub title: String,
    /// Whether it is a sample and no real city's rule.
    pub sample: bool,
    /// The first day the set is for.
    pub effective_from: Date,
    /// The last day the set is for; none means without end.
    pub effective_until: Option<Date>,
    /// The file plan.
    pub plan: FilePlan,
    /// The rules in the order of the file.
    pub rules: Vec<RetentionRule>,
}

impl RuleSet {
    /// Tells whether the set is for what is made or opened on a day.
    pub fn is_for(&self, day: Date) -> bool {
        self.effective_from <= day && self.effective_until.is_none_or(|until| day <= until)
    }

    /// Returns the one rule for a class on a day: of the class itself, else of the nearest class above that has one.
    ///
    /// Returns none where the class is unknown, no rule applies, or more than one does: then nobody may guess.
    pub fn rule_for(&self, class: &ClassCode, day: Date) -> Option<&RetentionRule> {
        if !self.is_for(day) {
            return None;
        }
        for class in self.plan.lineage(class)? {
            let mut own = self.rules.iter().filter(|rule| rule.class == class.code && rule.applies_on(day));
            if let Some(rule) = own.next() {
                return if own.next().is_some() { None } else { Some(rule) };
            }
        }
        None
    }

    /// Returns a rule by its identifier.
    pub fn rule(&self, id: &str) -> Option<&RetentionRule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Names a rule of this set and version.
    pub fn reference(&self, rule: &RetentionRule) -> RuleReference {
        RuleReference { set: self.id.clone(), version: self.version.clone(), rule: rule.id.clone() }
    }
}
