//! `records search` and `records index`: what was found, and the texts that the search still lacks.

use super::hold::class_code;
use super::records::show_record;
use super::records_access::access_class;
use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::office::records::{RecordHit, RecordsFound, SearchCursor};
use crate::records::{AccessClass, ClassCode, Excerpt, RecordFilter};
use crate::time::{Date, FiscalYear, written_year};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The arguments of `records search`.
#[derive(Args)]
pub struct Search {
    /// The words, with spaces between; all of them are looked for, whatever the form of their characters. With a filter
    /// there may be none.
    #[arg(required_unless_present = "filters")]
    words: Option<String>,
    #[command(flatten)]
    filters: Filters,
    /// The most to show.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// From where an earlier search for the same ended: its `next`.
    #[arg(long)]
    from: Option<SearchCursor>,
    #[command(flatten)]
    desk: Desk,
}

/// What is asked for beside words: everything that is said must fit.
#[derive(Args)]
#[group(id = "filters", multiple = true)]
struct Filters {
    /// 分類 / Records in files of a class and of every class below it
    #[arg(long, value_parser = class_code)]
    class: Option<ClassCode>,
    /// 作成・管理する課 / Records in files that a section made, or keeps now
    #[arg(long)]
    section: Option<String>,
    /// 年度 / Made or received in a fiscal year: 2024, 令和6
    #[arg(long, value_parser = fiscal_year)]
    year: Option<FiscalYear>,
    /// この日以後に作成・取得 / Made or received on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// この日以前に作成・取得 / Made or received on this day or earlier
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// 閲覧の範囲 / Records of an access class, by themselves or by their file
    #[arg(long, value_parser = access_class)]
    access: Option<AccessClass>,
}

impl Search {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { words, filters: Filters { class, section, year, since, until, access }, limit, from, desk } = self;
        let filter = RecordFilter { class, section, year, from: since, until, access };
        desk.run(async |at: Session| {
            let words = words.unwrap_or_default();
            let found = at.city.office.search_on(&at.actor, &words, &filter, from, limit).await?;
            at.answer(&show_found(&found))
        })
    }
}

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
fn show_found(found: &RecordsFound) -> Value {
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

fn fiscal_year(text: &str) -> Result<FiscalYear, String> {
    written_year(text).ok_or_else(|| "a fiscal year is written 2024 or 令和6".to_owned())
}
