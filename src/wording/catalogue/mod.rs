//! The catalogue: each code's sentence in Japanese and in English. One table a subject; a code stands in one table only.

mod accounts;
mod advice;
mod backups;
mod changes;
mod evidence;
mod faults;
mod findings;
mod ledger;
mod online;
mod records;
mod scans;
mod service;
mod shelves;
mod sub_indications;
mod tokens;
mod tray;
mod trust;
mod verdicts;
mod web;

pub use advice::{advice, advised, clause};

use crate::validate::SubIndication;

/// A code with its sentences; `{name}` stands for the finding's parameter of that name.
type Entry = (&'static str, &'static str, &'static str);

/// Every table.
const TABLES: &[&[Entry]] = &[
    accounts::ENTRIES,
    advice::ENTRIES,
    backups::ENTRIES,
    evidence::ENTRIES,
    findings::ENTRIES,
    ledger::ENTRIES,
    online::ENTRIES,
    service::ENTRIES,
    shelves::ENTRIES,
    faults::ENTRIES,
    changes::ENTRIES,
    records::ENTRIES,
    scans::ENTRIES,
    sub_indications::ENTRIES,
    tokens::ENTRIES,
    tray::ENTRIES,
    trust::ENTRIES,
    verdicts::ENTRIES,
    web::ENTRIES,
];

/// One thing said in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// Returns the Japanese sentence for a code, where the catalogue has one; places for parameters stay as they are.
pub fn ja(code: &str) -> Option<&'static str> {
    entry(code).map(|(_, ja, _)| *ja)
}

/// Returns the English sentence for a code, where the catalogue has one; places for parameters stay as they are.
pub fn en(code: &str) -> Option<&'static str> {
    entry(code).map(|(_, _, en)| *en)
}

/// Returns both sentences for a code with the parameters filled in; a code that the catalogue lacks stands for itself.
pub fn sentence(code: &str, parameters: &[(&'static str, String)]) -> Sentence {
    match entry(code) {
        Some((_, ja, en)) => Sentence { ja: fill(ja, parameters), en: fill(en, parameters) },
        None => Sentence { ja: code.to_owned(), en: code.to_owned() },
    }
}

/// Returns both sentences for a sub-indication.
pub fn sub_indication(sub: SubIndication) -> Sentence {
    sentence(sub.name(), &[])
}

/// Lists every code that the catalogue knows.
pub fn codes() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.iter()).map(|(code, _, _)| *code)
}

fn entry(code: &str) -> Option<&'static Entry> {
    TABLES.iter().flat_map(|table| table.iter()).find(|(known, _, _)| *known == code)
}

/// Fills `{name}` from the parameters in one pass, so that a value holding braces is not read as a place.
fn fill(template: &str, parameters: &[(&'static str, String)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let Some(close) = from.find('}') else {
            rest = from;
            break;
        };
        let name = &from[1..close];
        let value = parameters.iter().find(|(known, _)| *known == name).map_or("?", |(_, value)| value.as_str());
        filled.push_str(value);
        rest = &from[close + 1..];
    }
    filled.push_str(rest);
    filled
}
