//! `records search` and `records index`: what was found, and the texts that the search still lacks.

use super::records::show_record;
use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::office::records::{RecordHit, RecordsFound};
use crate::records::Excerpt;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Reads every package whose text the search does not have yet.
pub(super) fn index(desk: Desk) -> Result<ExitCode, Failure> {
    desk.run(async |at: Session| {
        let (mut read, mut passed_over, mut after) = (0, 0, None);
        loop {
            let some = at.city.office.read_texts(after).await?;
            (read, passed_over, after) = (read + some.read, passed_over + some.passed_over, some.after);
            if after.is_none() {
                break;
            }
        }
        at.answer(&json!({ "read": read, "passed_over": passed_over }))?;
        Ok(if passed_over == 0 { ExitCode::SUCCESS } else { ExitCode::from(65) })
    })
}

/// Shows what a search found.
pub(super) fn show_found(found: &RecordsFound) -> Value {
    let record = |hit: &RecordHit| {
        let mut value = show_record(&hit.row);
        value["found_in"] = json!(hit.found_in);
        if let Some(Excerpt { before, hit, after }) = &hit.excerpt {
            value["excerpt"] = json!({ "before": before, "hit": hit, "after": after });
        }
        value
    };
    json!({
        "records": found.hits.iter().map(record).collect::<Vec<_>>(),
        "restricted_not_shown": found.unlogged,
        "next": found.next.map(|next| next.to_string()),
        "all_contents": found.has_all_contents,
    })
}
