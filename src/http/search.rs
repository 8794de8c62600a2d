//! `/records/search`: records by the words of their titles, numbers and contents, and by class, section, days and access
//! class. Nobody finds what they may not see.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::search_form::{SearchForm, SearchOptions};
use crate::http::show::{Tag, date};
use crate::http::staff::Staff;
use crate::http::words;
use crate::office::records::{FoundIn, RecordHit, RecordsFound, SearchCursor};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    form: SearchForm,
    options: SearchOptions,
    faults: Faults,
    /// None before anything is asked.
    table: Option<Table>,
    unlogged: usize,
    /// Whether some contents were not looked at.
    lacks_contents: bool,
    /// The addresses of the first page and of the next; empty where there is none.
    first: String,
    next: String,
}

/// Records on a page at most.
const MOST: u32 = 50;

/// `GET /records/search`
pub async fn search(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let form = SearchForm::read(&asked);
    let from: Option<SearchCursor> = match asked.text("from") {
        "" => None,
        from => Some(from.parse().map_err(|_| WebFault::BadForm)?),
    };
    let (mut found, mut faults) = (None, Faults::default());
    match form.filter() {
        // What asks for nothing shows nothing.
        Ok(filter) if filter.is_empty() && !form.has_words() => {}
        Ok(filter) => found = Some(app.office.search_on(&staff.actor, &form.words, &filter, from, MOST).await?),
        Err(wrong) => faults = wrong,
    }
    let next = found.as_ref().and_then(|found| found.next);
    show(&SearchPage {
        page: staff.page(&app, "文書を探す", "Search records", "/records/search"),
        unlogged: found.as_ref().map_or(0, |found| found.unlogged),
        lacks_contents: form.has_words() && found.as_ref().is_some_and(|found| !found.has_all_contents),
        table: found.as_ref().map(|found| table(found, form.has_words(), from.is_some())),
        next: next.map_or_else(String::new, |next| format!("{}&from={next}", form.address())),
        first: if from.is_some() && found.is_some() { form.address() } else { String::new() },
        options: SearchOptions::of(&app, &staff, &form).await?,
        faults,
        form,
    })
}

fn table(found: &RecordsFound, has_words: bool, is_later: bool) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("件名", "Title"),
        ("文書番号", "Number"),
        ("見つかった所", "Found in"),
        ("本文", "Contents"),
        ("作成・取得日", "Created"),
        ("文書ファイル", "Record file"),
        ("状態", "State"),
    ];
    let row = |hit: &RecordHit| {
        let record = &hit.row.record;
        let around = hit.excerpt.as_ref().map_or_else(
            || Cell::text(""),
            |found| Cell::Found(found.before.clone(), found.hit.clone(), found.after.clone()),
        );
        vec![
            Cell::link(format!("/records/{}", record.id), record.title.clone()),
            Cell::text(record.number.clone().unwrap_or_default()),
            // Nothing was looked for in any place.
            if has_words { Cell::Tag(place(hit.found_in)) } else { Cell::text("") },
            around,
            Cell::unbroken(date(record.created)),
            Cell::link(format!("/records/files/{}", record.file), "文書ファイルを開く"),
            Cell::Tag(words::record_state(record.state)),
        ]
    };
    let empty = match found.next {
        Some(_) => "ここまでには、当てはまる文書はありません。次のページに続きます。",
        None => "当てはまる文書はありません。",
    };
    let caption = match (found.hits.len(), found.next.is_some() || is_later) {
        (count, true) => format!("この画面に{count}件。言葉や条件を足すと絞れます。"),
        (count, false) => format!("{count}件"),
    };
    Table::new(HEAD, found.hits.iter().map(row).collect(), empty).captioned(caption)
}

fn place(found_in: FoundIn) -> Tag {
    match found_in {
        FoundIn::Title => Tag::new("good", "■", "件名・番号", "Title or number"),
        FoundIn::Contents => Tag::new("key", "□", "本文", "Contents"),
    }
}
