//! `rules date`: one JSON line in, one JSON line out, whatever the line holds.

use super::rules::dates;
use crate::cli::Failure;
use crate::records::{
    AssignedYear, ClassCode, DueDate, Extension, HoldFact, HoldKind, KeepUntil, RetentionFacts, RetentionTerms,
    RuleSet, due_date,
};
use crate::time::Date;
use crate::wording;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// The longest line that is read, in bytes.
const LONGEST_LINE_BYTES: u64 = 1 << 20;

/// One question. Members that are not known are refused: a misspelt `holds` must not pass for no holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    #[serde(default)]
    id: Value,
    class: Class,
    #[serde(default)]
    created: Option<Day>,
    #[serde(default)]
    opened: Option<Day>,
    #[serde(default)]
    completed: Option<Day>,
    #[serde(default)]
    event: Option<Day>,
    #[serde(default)]
    year: Option<i16>,
    #[serde(default)]
    extensions: Option<Vec<QuestionExtension>>,
    #[serde(default)]
    holds: Option<Vec<QuestionHold>>,
    as_of: Day,
}

enum Class {
    Named(ClassCode),
    Inline(InlineClass),
}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let class = if value.is_string() {
            serde_json::from_value(value).map(Self::Named)
        } else {
            serde_json::from_value(value).map(Self::Inline)
        };
        class.map_err(|error| serde::de::Error::custom(format!("class: {error}")))
    }
}

/// A civil date, written `2026-04-01` and in no other way: no time of day can slip in (R7).
struct Day(Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = text.parse().ok().filter(|date: &Date| date.to_string() == text);
        date.map(Self).ok_or_else(|| serde::de::Error::custom("a date is written 2026-04-01"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InlineClass {
    trigger: crate::records::Trigger,
    year: crate::records::YearBasis,
    years: crate::records::RetentionPeriod,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionExtension {
    years: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionHold {
    kind: HoldKind,
    #[serde(default)]
    decided: Option<Day>,
}

/// Answers every line; exit status 65 when any could not be read, but never before the last one is answered.
pub(super) fn run(set: Option<&RuleSet>, input: impl Read, output: impl Write) -> Result<ExitCode, Failure> {
    let (mut input, mut output) = (BufReader::new(input), BufWriter::new(output));
    let reading = |error: std::io::Error| Failure::io(Path::new("standard input"), &error, false);
    let (mut number, mut all_read) = (0u64, true);
    while let Some(line) = next_line(&mut input).map_err(reading)? {
        number += 1;
        if line.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty()) {
            continue;
        }
        let answered = line.and_then(|bytes| answer(set, &bytes));
        let text = answered.unwrap_or_else(|(id, trouble)| {
            all_read = false;
            let said = wording::sentence("date-request-unreadable", &[]);
            let error = json!({ "code": "date-request-unreadable", "ja": said.ja, "en": trouble });
            json!({ "id": id, "line": number, "error": error }).to_string()
        });
        let written = writeln!(output, "{text}");
        // Whoever asks line by line gets each answer at once; a whole file is answered in large pieces.
        let written = written.and_then(|()| if input.buffer().is_empty() { output.flush() } else { Ok(()) });
        if written.is_err() {
            crate::cli::output::settle(written)?;
            break;
        }
    }
    crate::cli::output::settle(output.flush())?;
    Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::from(65) })
}

/// An answer, its members in the order of the contract.
#[derive(Serialize)]
pub(super) struct Answer {
    id: Value,
    starts_on: Option<Date>,
    expires_on: Option<Date>,
    keep_until: Option<String>,
    due: bool,
    because: Vec<Said>,
}

#[derive(Serialize)]
struct Said {
    code: &'static str,
    ja: String,
    en: String,
}

impl Answer {
    pub(super) fn new(id: Value, dates: &DueDate) -> Self {
        let because = dates.because.iter().map(|reason| {
            let said = wording::reason(reason);
            Said { code: reason.code.code(), ja: said.ja, en: said.en }
        });
        let DueDate { starts_on, expires_on, due, .. } = *dates;
        Self { id, starts_on, expires_on, keep_until: keep_text(dates), due, because: because.collect() }
    }

    pub(super) fn text(&self) -> String {
        // Strings, dates and flags always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Returns the last day it is kept as a date or `open`; none where there is none.
pub(super) fn keep_text(answer: &DueDate) -> Option<String> {
    answer.keep_until.map(|keep| match keep {
        KeepUntil::Date(date) => date.to_string(),
        KeepUntil::Open => "open".to_owned(),
    })
}

/// A line that could not be answered: its identifier, where that could be read, and why.
type Unanswered = (Value, String);

fn answer(set: Option<&RuleSet>, bytes: &[u8]) -> Result<String, Unanswered> {
    let question: Question = serde_json::from_slice(bytes).map_err(|error| {
        let id = serde_json::from_slice::<Value>(bytes).ok().and_then(|value| value.get("id").cloned());
        (id.unwrap_or_default(), error.to_string())
    })?;
    let Question { id, class, created, opened, completed, event, year, extensions, holds, as_of } = question;
    let extensions = extensions.unwrap_or_default().into_iter();
    let holds = holds.unwrap_or_default().into_iter();
    let holds: Vec<HoldFact> =
        holds.map(|hold| HoldFact { id: None, kind: hold.kind, decided: plain(hold.decided) }).collect();
    let facts = RetentionFacts {
        created: plain(created),
        opened: plain(opened),
        completed: plain(completed),
        event: plain(event),
        year: year.map(|year| AssignedYear { year, reason: "入力で指定 / given in the request".to_owned() }),
        start_override: None,
        extensions: extensions
            .map(|extension| Extension { years: extension.years, approved_on: None, authority: None })
            .collect(),
    };
    let dates = match (class, set) {
        (Class::Inline(InlineClass { trigger, year, years }), _) => {
            due_date(&RetentionTerms { trigger, year, years }, &facts, &holds, as_of.0)
        }
        (Class::Named(class), Some(set)) => dates(set, &class, &facts, &holds, as_of.0),
        (Class::Named(class), None) => {
            return Err((id, format!("class {class} is named, but no rule file is given (--rules)")));
        }
    };
    Ok(Answer::new(id, &dates).text())
}

fn plain(day: Option<Day>) -> Option<Date> {
    day.map(|day| day.0)
}

/// Reads a line with its end; none at the end of input. A line that is too long is passed over and refused.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Result<Vec<u8>, Unanswered>>> {
    let mut bytes = Vec::new();
    if input.by_ref().take(LONGEST_LINE_BYTES).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 == LONGEST_LINE_BYTES && bytes.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
        return Ok(Some(Err((Value::Null, format!("the line is longer than {LONGEST_LINE_BYTES} bytes")))));
    }
    Ok(Some(Ok(bytes)))
}
