//! Checks that a rule set holds together: gaps, overlaps, classes nothing reaches, references to nothing.

use super::days::Days;
use super::rules_file::{Placed, Position};
use super::{ClassCode, Disposition, RetentionPeriod, RetentionRule, Trigger};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong in a rule file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFinding {
    /// What.
    pub code: RuleFindingCode,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The class or rule it is about.
    pub subject: String,
    /// The values that a sentence about it needs, by name: `days`, `other`.
    pub parameters: BTreeMap<String, String>,
    /// In words, English.
    pub message: String,
}

/// The kinds of finding about a rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleFindingCode {
    /// A class for record files has days without any rule.
    Gap,
    /// Two rules of one class apply on the same day.
    Overlap,
    /// A class cannot be reached from the top, because its parents go in a circle or too deep.
    UnreachableClass,
    /// A rule can never apply: nothing is left for it, or its days are none.
    UnreachableRule,
    /// A class or a rule names a class that does not exist.
    UnknownReference,
    /// A code or identifier is used twice.
    Duplicate,
    /// Something that must be said is empty.
    Unsaid,
    /// Days that end before they begin.
    DatesReversed,
    /// Terms that do not fit together, for example an event rule without its event.
    Contradiction,
    /// An identifier with other letters than `A-Z a-z 0-9 - . _`.
    BadIdentifier,
}

impl RuleFindingCode {
    /// Every kind, for the completeness test of the catalogue.
    pub const ALL: &'static [Self] = &[
        Self::Gap,
        Self::Overlap,
        Self::UnreachableClass,
        Self::UnreachableRule,
        Self::UnknownReference,
        Self::Duplicate,
        Self::Unsaid,
        Self::DatesReversed,
        Self::Contradiction,
        Self::BadIdentifier,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Gap => "rules-gap",
            Self::Overlap => "rules-overlap",
            Self::UnreachableClass => "rules-unreachable-class",
            Self::UnreachableRule => "rules-unreachable-rule",
            Self::UnknownReference => "rules-unknown-reference",
            Self::Duplicate => "rules-duplicate",
            Self::Unsaid => "rules-unsaid",
            Self::DatesReversed => "rules-dates-reversed",
            Self::Contradiction => "rules-contradiction",
            Self::BadIdentifier => "rules-bad-identifier",
        }
    }
}

/// Collects findings.
struct Findings(Vec<RuleFinding>);

impl Findings {
    fn add(&mut self, code: RuleFindingCode, at: Position, subject: impl ToString, message: impl Into<String>) {
        let (subject, message, parameters) = (subject.to_string(), message.into(), BTreeMap::new());
        self.0.push(RuleFinding { code, line: at.line, column: at.column, subject, parameters, message });
    }

    /// Gives the finding just added a value.
    fn name(&mut self, name: &str, value: impl ToString) {
        if let Some(last) = self.0.last_mut() {
            last.parameters.insert(name.to_owned(), value.to_string());
        }
    }
}

/// Returns everything that is wrong with a set, in no order.
pub(super) fn check(placed: &Placed) -> Vec<RuleFinding> {
    let index = Index::new(placed);
    let mut findings = Findings(Vec::new());
    check_heading(placed, &mut findings);
    check_classes(placed, &mut findings);
    for (rule, places) in placed.set.rules.iter().zip(&placed.rules) {
        check_rule(placed, rule, *places, &mut findings);
    }
    check_identifiers(placed, &mut findings);
    check_overlaps(placed, &mut findings);
    check_gaps(placed, &index, &mut findings);
    check_reach(placed, &index, &mut findings);
    findings.0
}

/// What is asked of every class, found once.
struct Index<'a> {
    /// The days of each class's own rules.
    days: BTreeMap<&'a ClassCode, Vec<Days>>,
    /// Each leaf of the plan that can be reached, with its parents up to the top.
    leaves: BTreeMap<&'a ClassCode, Vec<&'a ClassCode>>,
}

impl<'a> Index<'a> {
    fn new(placed: &'a Placed) -> Self {
        let mut days: BTreeMap<_, Vec<Days>> = BTreeMap::new();
        for rule in &placed.set.rules {
            days.entry(&rule.class).or_default().extend(days_of(placed, rule));
        }
        let plan = &placed.set.plan;
        let parents: BTreeSet<&ClassCode> = plan.classes().filter_map(|class| class.parent.as_ref()).collect();
        let leaves = plan.classes().filter(|class| !parents.contains(&class.code)).filter_map(|class| {
            let line = plan.lineage(&class.code)?;
            Some((&class.code, line.into_iter().map(|class| &class.code).collect()))
        });
        Self { days, leaves: leaves.collect() }
    }

    /// Returns the days of the rules of some classes.
    fn covered_by(&self, classes: &[&ClassCode]) -> Vec<Days> {
        classes.iter().filter_map(|class| self.days.get(class)).flatten().copied().collect()
    }
}

fn check_heading(placed: &Placed, findings: &mut Findings) {
    let set = &placed.set;
    for (what, text) in [("the set's version", &set.version), ("the set's title", &set.title)] {
        if text.trim().is_empty() {
            findings.add(RuleFindingCode::Unsaid, placed.heading, &set.id, format!("{what} is empty"));
        }
    }
    for (what, text) in [("the set's id", &set.id), ("the set's version", &set.version)] {
        if ClassCode::parse(text).is_none() {
            let message = format!("{what} is 1 to 40 letters, digits, '-', '.' or '_'");
            findings.add(RuleFindingCode::BadIdentifier, placed.heading, text, message);
        }
    }
    if effective(placed).is_empty() {
        findings.add(RuleFindingCode::DatesReversed, placed.heading, &set.id, "the set ends before it begins");
    }
    if placed.classes.is_empty() {
        findings.add(RuleFindingCode::Unsaid, placed.heading, &set.id, "the file plan has no class");
    }
}

fn check_classes(placed: &Placed, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (class, code_at, parent_at) in &placed.classes {
        let code = &class.code;
        if !seen.insert(code) {
            findings.add(RuleFindingCode::Duplicate, *code_at, code, format!("class {code} is there twice"));
        }
        if class.name.trim().is_empty() {
            findings.add(RuleFindingCode::Unsaid, *code_at, code, format!("class {code} has no name"));
        }
        match &class.parent {
            Some(parent) if placed.set.plan.class(parent).is_none() => {
                let message = format!("class {code} lies under {parent}, which does not exist");
                findings.add(RuleFindingCode::UnknownReference, *parent_at, code, message);
                findings.name("other", parent);
            }
            _ if placed.set.plan.lineage(code).is_none() => {
                let message = format!("class {code} cannot be reached from the top of the file plan");
                findings.add(RuleFindingCode::UnreachableClass, *code_at, code, message);
            }
            _ => {}
        }
    }
}

fn check_rule(placed: &Placed, rule: &RetentionRule, places: (Position, Position), findings: &mut Findings) {
    let (id_at, class_at) = places;
    let id = &rule.id;
    if placed.set.plan.class(&rule.class).is_none() {
        let message = format!("rule {id} is for class {}, which does not exist", rule.class);
        findings.add(RuleFindingCode::UnknownReference, class_at, id, message);
        findings.name("other", &rule.class);
    }
    if rule.authority.trim().is_empty() {
        findings.add(RuleFindingCode::Unsaid, id_at, id, format!("rule {id} names no provision it rests on"));
    }
    let days = Days::new(rule.from, rule.until);
    if days.is_empty() {
        findings.add(RuleFindingCode::DatesReversed, id_at, id, format!("rule {id} ends before it begins"));
    } else if days.common(effective(placed)).is_none() {
        let message = format!("rule {id} applies on no day of the set");
        findings.add(RuleFindingCode::UnreachableRule, id_at, id, message);
    }
    let named = rule.event.as_ref().is_some_and(|event| !event.trim().is_empty());
    let contradiction = match (rule.trigger, named) {
        (Trigger::Event, false) => Some("waits for an event but does not name it"),
        (Trigger::Event, true) => None,
        (_, _) if rule.event.is_some() => Some("names an event but does not wait for it"),
        _ => None,
    };
    let endless = !matches!(rule.years, RetentionPeriod::Years(_)) && rule.action == Disposition::Destroy;
    let endless = endless.then_some("never expires but says to destroy at expiry");
    for words in contradiction.into_iter().chain(endless) {
        findings.add(RuleFindingCode::Contradiction, id_at, id, format!("rule {id} {words}"));
    }
}

fn check_identifiers(placed: &Placed, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (rule, (id_at, _)) in placed.set.rules.iter().zip(&placed.rules) {
        if ClassCode::parse(&rule.id).is_none() {
            let message = "a rule's id is 1 to 40 letters, digits, '-', '.' or '_'";
            findings.add(RuleFindingCode::BadIdentifier, *id_at, &rule.id, message);
        }
        if !seen.insert(&rule.id) {
            findings.add(RuleFindingCode::Duplicate, *id_at, &rule.id, format!("rule {} is there twice", rule.id));
        }
    }
}

fn check_overlaps(placed: &Placed, findings: &mut Findings) {
    let mut earlier: BTreeMap<&ClassCode, Vec<&RetentionRule>> = BTreeMap::new();
    for (rule, (id_at, _)) in placed.set.rules.iter().zip(&placed.rules) {
        let siblings = earlier.entry(&rule.class).or_default();
        for sibling in siblings.iter() {
            if let Some(days) = days_of(placed, rule).and_then(|days| days.common(days_of(placed, sibling)?)) {
                let message = format!("rules {} and {} both apply to {} {days}", sibling.id, rule.id, rule.class);
                findings.add(RuleFindingCode::Overlap, *id_at, &rule.id, message);
                findings.name("other", &sibling.id);
                findings.name("days", days.signs());
            }
        }
        siblings.push(rule);
    }
}

fn check_gaps(placed: &Placed, index: &Index, findings: &mut Findings) {
    for (class, code_at, _) in &placed.classes {
        let Some(line) = index.leaves.get(&class.code) else { continue };
        for days in effective(placed).without(&index.covered_by(line)) {
            let message = format!("class {} has no rule {days}", class.code);
            findings.add(RuleFindingCode::Gap, *code_at, &class.code, message);
            findings.name("days", days.signs());
        }
    }
}

/// A rule reaches a leaf below its class on days that no class nearer to the leaf has a rule for.
fn check_reach(placed: &Placed, index: &Index, findings: &mut Findings) {
    let mut below: BTreeMap<&ClassCode, Vec<&[&ClassCode]>> = BTreeMap::new();
    for line in index.leaves.values() {
        for (at, class) in line.iter().enumerate() {
            below.entry(class).or_default().extend(line.get(..at));
        }
    }
    for (rule, (id_at, _)) in placed.set.rules.iter().zip(&placed.rules) {
        let (Some(days), Some(below)) = (days_of(placed, rule), below.get(&rule.class)) else { continue };
        if below.iter().all(|nearer| days.without(&index.covered_by(nearer)).is_empty()) {
            let message = format!("rule {} never applies: every class below {} has its own", rule.id, rule.class);
            findings.add(RuleFindingCode::UnreachableRule, *id_at, &rule.id, message);
        }
    }
}

/// Returns the days on which a rule applies within its set.
fn days_of(placed: &Placed, rule: &RetentionRule) -> Option<Days> {
    Days::new(rule.from, rule.until).common(effective(placed))
}

fn effective(placed: &Placed) -> Days {
    Days::new(Some(placed.set.effective_from), placed.set.effective_until)
}
