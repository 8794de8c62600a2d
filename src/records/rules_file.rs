//! Reads a rule set from its TOML file, remembering on which line everything stands.

use super::rules_check::check;
use super::{
    AccessClass, ClassCode, Disposition, FileClass, FilePlan, RecordsError, RetentionPeriod, RetentionRule,
    RuleFinding, RuleSet, Trigger, YearBasis,
};
use crate::time::Date;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// A rule file as read: the set, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// The set as written, even where it has errors.
    pub set: RuleSet,
    /// What is wrong, by line.
    pub findings: Vec<RuleFinding>,
}

impl RuleFile {
    /// The largest rule file that is read, in bytes; ten thousand classes fit.
    pub const LARGEST_BYTES: usize = 4 << 20;

    /// Reads a rule file and checks it. Findings are no error; what is not TOML of this shape is.
    pub fn read(text: &str) -> Result<Self, RecordsError> {
        if text.len() > Self::LARGEST_BYTES {
            return Err(RecordsError::RuleFileTooLarge { limit_bytes: Self::LARGEST_BYTES });
        }
        let written: WrittenFile = toml::from_str(text).map_err(|error| {
            let Position { line, column } = position(text, error.span().map_or(0, |span| span.start));
            RecordsError::RuleFileUnreadable { line, column, message: error.message().to_owned() }
        })?;
        let placed = Placed::new(text, written);
        let mut findings = check(&placed);
        findings.sort_by_key(|finding| (finding.line, finding.column, finding.code));
        findings.dedup();
        Ok(Self { set: placed.set, findings })
    }

    /// Returns the set if nothing is wrong with it.
    pub fn sound(self) -> Result<RuleSet, RecordsError> {
        match self.findings.first() {
            None => Ok(self.set),
            Some(first) => Err(RecordsError::RuleSetBroken {
                errors: self.findings.len(),
                line: first.line,
                message: first.message.clone(),
            }),
        }
    }
}

/// A place in the file, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The set with the places of its parts.
pub(super) struct Placed {
    pub(super) set: RuleSet,
    pub(super) heading: Position,
    /// Every class as written, doubles included, with the places of its code and its parent.
    pub(super) classes: Vec<(FileClass, Position, Position)>,
    /// The places of each rule's identifier and class, in the order of the set's rules.
    pub(super) rules: Vec<(Position, Position)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    set: WrittenSet,
    #[serde(default)]
    class: Vec<WrittenClass>,
    #[serde(default)]
    rule: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSet {
    id: Spanned<String>,
    version: String,
    title: String,
    #[serde(default)]
    sample: bool,
    effective_from: WrittenDate,
    effective_until: Option<WrittenDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenClass {
    code: Spanned<ClassCode>,
    parent: Option<Spanned<ClassCode>>,
    name: String,
    #[serde(default, deserialize_with = "access_word")]
    access: Option<AccessClass>,
}

/// Reads an access class as a rule file writes it: here a word that nobody knows is a slip, and told.
fn access_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccessClass>, D::Error> {
    let wrong = || serde::de::Error::custom("access is \"public\", \"internal\" or \"restricted\"");
    AccessClass::parse(&String::deserialize(deserializer)?).map(Some).ok_or_else(wrong)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: Spanned<String>,
    class: Spanned<ClassCode>,
    from: Option<WrittenDate>,
    until: Option<WrittenDate>,
    trigger: Trigger,
    event: Option<String>,
    year: YearBasis,
    years: RetentionPeriod,
    action: Disposition,
    board: bool,
    authority: String,
}

/// A date as TOML's own local date or as text.
#[derive(Clone, Copy)]
struct WrittenDate(Date);

impl<'de> Deserialize<'de> for WrittenDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            toml::Value::Datetime(date) if date.time.is_none() && date.offset.is_none() => date.to_string(),
            _ => return Err(serde::de::Error::custom("a date is written 2026-04-01")),
        };
        text.parse().map(Self).map_err(|_| serde::de::Error::custom("a date is written 2026-04-01"))
    }
}

impl Placed {
    fn new(text: &str, written: WrittenFile) -> Self {
        let at = |span: std::ops::Range<usize>| position(text, span.start);
        let heading = at(written.set.id.span());
        let classes: Vec<_> = written
            .class
            .into_iter()
            .map(|class| {
                let code_at = at(class.code.span());
                let parent_at = class.parent.as_ref().map_or(code_at, |parent| at(parent.span()));
                let parent = class.parent.map(Spanned::into_inner);
                let file_class =
                    FileClass { code: class.code.into_inner(), parent, name: class.name, access: class.access };
                (file_class, code_at, parent_at)
            })
            .collect();
        let places = written.rule.iter().map(|rule| (at(rule.id.span()), at(rule.class.span()))).collect();
        let WrittenSet { id, version, title, sample, effective_from, effective_until } = written.set;
        let set = RuleSet {
            id: id.into_inner(),
            version,
            title,
            sample,
            effective_from: effective_from.0,
            effective_until: effective_until.map(|date| date.0),
            plan: FilePlan::new(classes.iter().map(|(class, _, _)| class.clone())),
            rules: written.rule.into_iter().map(rule).collect(),
        };
        Self { set, heading, classes, rules: places }
    }
}

fn rule(written: WrittenRule) -> RetentionRule {
    let WrittenRule { id, class, from, until, trigger, event, year, years, action, board, authority } = written;
    RetentionRule {
        id: id.into_inner(),
        class: class.into_inner(),
        from: from.map(|date| date.0),
        until: until.map(|date| date.0),
        trigger,
        event,
        year,
        years,
        action,
        board,
        authority,
    }
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    Position { line, column }
}
