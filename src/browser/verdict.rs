//! A verdict for a page's script: the report as JSON, and the parts of the page that show it.

use super::{IDENTITY, trust_from_json};
use crate::fault::Fault;
use crate::time::Instant;
use crate::wording::{report_json, report_parts, sentence};
use serde_json::{Value, json};

/// Judges a file by what a service published, at a time in milliseconds since 1970, and answers with a JSON document:
/// `engine` and either `report` (the document of `validate --format json` for one file, as text), `verdict` and `details`
/// (HTML), or `error` with `code`, `ja` and `en`.
pub fn answer(trust: &[u8], file: Vec<u8>, name: &str, at_milliseconds: i64) -> String {
    let judged = Instant::from_millisecond(at_milliseconds)
        .map_err(|_| refused("browser-bad-time"))
        .and_then(|at| Ok((trust_from_json(trust).map_err(|error| refused(error.code()))?, at)))
        .and_then(|(judge, at)| judge.validate(file, at).map_err(|error| refused(error.code())));
    let answer = match judged {
        Err(error) => json!({ "engine": IDENTITY, "error": error }),
        Ok(report) => {
            let (verdict, details) = report_parts(&report);
            let report = report_json(&report, name).to_string();
            json!({ "engine": IDENTITY, "report": report, "verdict": verdict, "details": details })
        }
    };
    answer.to_string()
}

fn refused(code: &'static str) -> Value {
    let words = sentence(code, &[]);
    json!({ "code": code, "ja": words.ja, "en": words.en })
}
