//! Every version of the rules that was loaded: which one acts on a day, and what a new one would shorten (R1).

use super::{ClassCode, Disposition, FilePlan, RecordFile, RetentionPeriod, RetentionRule, RetentionTerms, RuleSet};
use crate::time::Date;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A loaded version of a rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVersion {
    /// The set.
    pub set: RuleSet,
    /// Whether it acts: one that shortens something waits for two approvals.
    pub acts: bool,
}

/// Every version that was loaded, in the order of loading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleBook {
    versions: Vec<RuleVersion>,
}

/// What one rule is beside another, for the record files under them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleChange {
    /// The same terms.
    Same,
    /// Nothing is destroyed earlier or more easily.
    Longer,
    /// Nothing is destroyed later or less easily.
    Shorter,
    /// Neither can be said: another trigger, another year, or one thing longer and another shorter.
    Unclear,
}

/// A class that a new version treats otherwise from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDifference {
    /// The class.
    pub class: ClassCode,
    /// The first day of opening that it is so for.
    pub from: Date,
    /// The identifier of the rule before.
    pub before: String,
    /// The identifier of the rule after.
    pub after: String,
    /// What it means.
    pub change: RuleChange,
}

impl RuleBook {
    /// Makes a book of versions in the order of loading.
    pub fn new(versions: Vec<RuleVersion>) -> Self {
        Self { versions }
    }

    /// Returns the book with one more version that acts, for a question.
    #[must_use]
    pub fn with(mut self, set: RuleSet) -> Self {
        self.versions.push(RuleVersion { set, acts: true });
        self
    }

    /// Tells whether nothing was loaded yet.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Returns the set that acts for a day: of those that are for it the one loaded last.
    pub fn on(&self, day: Date) -> Option<&RuleSet> {
        self.place(day).and_then(|place| self.versions.get(place)).map(|version| &version.set)
    }

    /// Returns the number of the set that acts for a day, from 1 in the order of loading.
    pub fn number_on(&self, day: Date) -> Option<u32> {
        self.place(day).and_then(|place| u32::try_from(place + 1).ok())
    }

    /// Returns the sets for a day that were loaded after the one that acts, and wait for approval.
    pub fn waiting(&self, day: Date) -> impl Iterator<Item = &RuleSet> {
        let after = self.place(day).map_or(0, |place| place + 1);
        let later = self.versions.iter().skip(after).filter(|version| !version.acts);
        later.map(|version| &version.set).filter(move |set| set.is_for(day))
    }

    /// Returns the one rule for a class on a day, with its set.
    pub fn rule_for(&self, class: &ClassCode, day: Date) -> Option<(&RuleSet, &RetentionRule)> {
        let set = self.on(day)?;
        set.rule_for(class, day).map(|rule| (set, rule))
    }

    /// Returns the class and its parents by every plan that has acted by a day, with the number of its set.
    pub fn lines(&self, class: &ClassCode, today: Date) -> Vec<(u32, Vec<ClassCode>)> {
        let acted = |version: &RuleVersion| version.acts && version.set.effective_from <= today;
        let numbered = (1u32..).zip(&self.versions).filter(|(_, version)| acted(version));
        let line =
            |set: &RuleSet| set.plan.lineage(class).map(|line| line.iter().map(|one| one.code.clone()).collect());
        numbered.filter_map(|(number, version)| Some((number, line(&version.set)?))).collect()
    }

    /// Returns what a set that is about to be loaded changes, class by class, from each day on which it does.
    ///
    /// A class that had no rule loses nothing by one; a class that has none any more is kept.
    pub fn differences(&self, set: &RuleSet) -> Vec<RuleDifference> {
        let mut found: Vec<RuleDifference> = Vec::new();
        let classes: BTreeSet<&ClassCode> =
            self.versions.iter().flat_map(|version| version.set.plan.classes()).map(|class| &class.code).collect();
        for class in classes {
            let mut last = None;
            for day in self.turning_days(set) {
                let rules = self.rule_for(class, day).zip(set.rule_for(class, day));
                let seen = rules.map(|((_, before), after)| (before, after, before.change_to(after)));
                if let Some((before, after, change)) = seen.filter(|seen| Some(*seen) != last) {
                    let (before, after) = (before.id.clone(), after.id.clone());
                    found.push(RuleDifference { class: class.clone(), from: day, before, after, change });
                }
                last = seen;
            }
        }
        found.retain(|difference| difference.change != RuleChange::Same);
        found
    }

    /// Tells whether a set that is about to be loaded gives new files of a class a more open access class than the set that
    /// acts on a day.
    pub fn opens(&self, set: &RuleSet, today: Date) -> bool {
        let Some(before) = self.on(today) else { return false };
        let access = |plan: &FilePlan, class: &ClassCode| plan.access_of(class).unwrap_or_default();
        let known = set.plan.classes().filter(|class| before.plan.class(&class.code).is_some());
        known.map(|class| &class.code).any(|code| access(&set.plan, code) < access(&before.plan, code))
    }

    /// Returns the days within a set's own on which some rule of it or of the book may begin to apply or end.
    fn turning_days(&self, set: &RuleSet) -> BTreeSet<Date> {
        let sets = self.versions.iter().map(|version| &version.set).chain([set]);
        let mut days = BTreeSet::new();
        for one in sets {
            days.insert(one.effective_from);
            days.extend(one.effective_until.and_then(|last| last.tomorrow().ok()));
            days.extend(one.rules.iter().filter_map(|rule| rule.from));
            days.extend(one.rules.iter().filter_map(|rule| rule.until.and_then(|last| last.tomorrow().ok())));
        }
        days.retain(|day| set.is_for(*day));
        days
    }

    fn place(&self, day: Date) -> Option<usize> {
        self.versions.iter().rposition(|version| version.acts && version.set.is_for(day))
    }
}

impl RetentionRule {
    /// Tells what becomes of a record file of this rule under another.
    pub fn change_to(&self, after: &Self) -> RuleChange {
        if self.event != after.event {
            return RuleChange::Unclear;
        }
        change((self.terms(), self.action, self.board), after)
    }
}

impl RecordFile {
    /// Tells what would become of the file under a rule, beside what was bound to it.
    pub fn change_to(&self, after: &RetentionRule) -> RuleChange {
        change((self.terms, self.disposition, self.board_required), after)
    }
}

fn change((terms, action, board): (RetentionTerms, Disposition, bool), after: &RetentionRule) -> RuleChange {
    let same_clock = terms.trigger == after.trigger && terms.year == after.year;
    let way = match (action, after.action) {
        (before, after) if before == after => Some(Ordering::Equal),
        (Disposition::Destroy, _) => Some(Ordering::Greater),
        (_, Disposition::Destroy) => Some(Ordering::Less),
        _ => None,
    };
    let (true, Some(way)) = (same_clock, way) else { return RuleChange::Unclear };
    let ways = [length(after.years).cmp(&length(terms.years)), way, after.board.cmp(&board)];
    match (ways.contains(&Ordering::Greater), ways.contains(&Ordering::Less)) {
        (false, false) => RuleChange::Same,
        (true, false) => RuleChange::Longer,
        (false, true) => RuleChange::Shorter,
        (true, true) => RuleChange::Unclear,
    }
}

/// Orders periods: in use is longer than any number of years, as it has no end by itself; permanent is the longest.
fn length(period: RetentionPeriod) -> (u8, u16) {
    match period {
        RetentionPeriod::Years(years) => (0, years),
        RetentionPeriod::InUse => (1, 0),
        RetentionPeriod::Permanent => (2, 0),
    }
}
