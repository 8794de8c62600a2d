//! Reasons of dates and findings of rule files, in both languages.

use super::show::date;
use super::{Sentence, sentence};
use crate::records::{Reason, RuleFinding};
use crate::time::Date;

/// The names of the values that sentences about records may hold.
const NAMES: &[&str] = &[
    "action",
    "authority",
    "class",
    "date",
    "day",
    "days",
    "decided",
    "kind",
    "other",
    "reason",
    "rule",
    "subject",
    "today",
    "trigger",
    "version",
    "year",
    "years",
];

/// Returns a step of the reasoning behind a date, in words.
pub fn reason(reason: &Reason) -> Sentence {
    let value = |name: &str| reason.parameters.get(name).cloned();
    spoken(reason.code.code(), &value)
}

/// Returns a finding about a rule file, in words.
pub fn rule_finding(finding: &RuleFinding) -> Sentence {
    let value = |name: &str| match name {
        "subject" => Some(finding.subject.clone()),
        _ => finding.parameters.get(name).cloned(),
    };
    spoken(finding.code.code(), &value)
}

fn spoken(code: &str, value: &dyn Fn(&str) -> Option<String>) -> Sentence {
    let values = |pick: &dyn Fn(Sentence) -> String| -> Vec<(&'static str, String)> {
        let named = NAMES.iter().filter_map(|name| value(name).map(|value| (*name, value)));
        named.map(|(name, value)| (name, translated(name, value, pick))).collect()
    };
    let ja = values(&|word| word.ja).into_iter().map(|(name, value)| (name, japanese_day(value))).collect::<Vec<_>>();
    Sentence { ja: sentence(code, &ja).ja, en: sentence(code, &values(&|word| word.en)).en }
}

/// Writes a day as it is written everywhere else in Japanese; whatever is no day stays as it is.
fn japanese_day(value: String) -> String {
    match value.parse::<Date>() {
        Ok(day) if value.len() == 10 => date(day),
        _ => value,
    }
}

/// Code words of a closed list are said in the sentence's language; everything else as it stands.
fn translated(name: &str, value: String, pick: &dyn Fn(Sentence) -> String) -> String {
    let list = match name {
        "kind" => "hold",
        "trigger" => "trigger",
        "action" => "action",
        _ => return value,
    };
    let code = format!("{list}-{value}");
    let said = pick(sentence(&code, &[]));
    if said == code { value } else { said }
}
