//! `/records/search`: records by the words of their titles and numbers. Nobody finds what they may not see.

use crate::http::app::App;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::date;
use crate::http::staff::Staff;
use crate::http::words;
use crate::office::ports::RecordRow;
use crate::office::records::RecordsFound;
use crate::records::SearchWords;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    query: String,
    /// None before anything is asked.
    table: Option<Table>,
    unlogged: usize,
}

/// Records on the page at most; whoever finds more says more words.
const MOST: u32 = 100;

/// `GET /records/search`
pub async fn search(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let query = asked.text("q").to_owned();
    // What shows nothing asks for nothing.
    let found = match SearchWords::of(&query).is_empty() {
        true => None,
        false => Some(app.office.search_records(&staff.actor, &query, MOST).await?),
    };
    show(&SearchPage {
        page: staff.page(&app, "文書を探す", "Search records", "/records"),
        query,
        unlogged: found.as_ref().map_or(0, |found| found.unlogged),
        table: found.as_ref().map(table),
    })
}

fn table(found: &RecordsFound) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("件名", "Title"),
        ("文書番号", "Number"),
        ("作成・取得日", "Created"),
        ("文書ファイル", "Record file"),
        ("状態", "State"),
    ];
    let row = |row: &RecordRow| {
        let record = &row.record;
        vec![
            Cell::link(format!("/records/{}", record.id), record.title.clone()),
            Cell::text(record.number.clone().unwrap_or_default()),
            Cell::unbroken(date(record.created)),
            Cell::link(format!("/records/files/{}", record.file), "開く"),
            Cell::Tag(words::record_state(record.state)),
        ]
    };
    let caption = match found.rows.len() {
        all if all >= MOST as usize => format!("新しい{all}件だけを示しています。言葉を足すと絞れます。"),
        all => format!("{all}件"),
    };
    Table::new(HEAD, found.rows.iter().map(row).collect(), "当てはまる文書はありません。").captioned(caption)
}
