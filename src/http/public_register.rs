//! `/register`: the register of record files for everybody, as a page and as CSV, where the city has it published.

use crate::http::app::App;
use crate::http::download::{CSV, csv_bytes, csv_line, named};
use crate::http::held::{ASK_EACH_TIME, Held};
use crate::http::limiter::Deed;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::records::{action, period};
use crate::http::show::date_or;
use crate::http::staff::id;
use crate::http::visitor::Visitor;
use crate::http::words;
use crate::office::records::{PublishedPart, PublishedRow};
use crate::time::{Date, Instant};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::SignedDuration;
use std::sync::Arc;
use tokio::sync::Mutex;

#[derive(Template)]
#[template(path = "public_register.html")]
struct RegisterPage {
    page: Page,
    query: String,
    table: Table,
    /// The file after which the next page begins; empty on the last.
    next: String,
    /// Whether this is not the first page.
    is_later: bool,
}

/// Rows on one page.
const ROWS: usize = 100;
/// Rows that are read at once for the CSV table.
const PAGE: usize = 1000;
/// How long the CSV table is handed out as it is.
const KEPT: SignedDuration = SignedDuration::from_secs(60);
/// What stands in the place of what is not published.
const CLOSED: &str = "（非公開）";

/// The CSV table as it was made last, and when. One request makes it; the others wait for that.
#[derive(Default)]
pub struct PublishedCsv(Mutex<Option<(Instant, Arc<Held>)>>);

/// `GET /register`
pub async fn page(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    published(&app, &visitor)?;
    let query = asked.text("q").to_owned();
    let after = match asked.text("after") {
        "" => None,
        text => Some(id(text)?),
    };
    let found = app.office.published_register(&query, after, ROWS).await?;
    show(&RegisterPage {
        page: visitor.page(&app, "文書ファイル管理簿", "Register of record files"),
        query,
        table: table(&found.rows),
        next: found.next.map_or_else(String::new, |file| file.to_string()),
        is_later: after.is_some(),
    })
}

/// `GET /register.csv`: what is made stricter is not in it any more within a minute.
pub async fn csv(State(app): State<App>, visitor: Visitor, asked: HeaderMap) -> Result<Response, Problem> {
    published(&app, &visitor)?;
    let mut last = app.register.0.lock().await;
    let now = app.clock.now();
    let held = match &*last {
        Some((made, held)) if *made <= now && now.duration_since(*made) < KEPT => Arc::clone(held),
        _ => {
            let held = Arc::new(Held::new(CSV, csv_bytes(&whole(&app).await?)));
            *last = Some((now, Arc::clone(&held)));
            held
        }
    };
    drop(last);
    Ok(named("文書ファイル管理簿.csv", held.answer(&asked, ASK_EACH_TIME)))
}

/// Refuses where nothing is published, and whoever asks too often.
fn published(app: &App, visitor: &Visitor) -> Result<(), Problem> {
    if !app.settings.public_register {
        return Err(WebFault::NoPage.into());
    }
    app.limit(Deed::Register, visitor.address)
}

fn table(rows: &[PublishedRow]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("分類", "Class"),
        ("名称", "Title"),
        ("作成年度・作成者", "Year, creator"),
        ("保存期間", "Period"),
        ("起算日", "Starts on"),
        ("満了日", "Expires on"),
        ("満了時の措置", "At expiry"),
        ("媒体・保存場所", "Medium, place"),
        ("管理者", "Custodian"),
    ];
    let row = |row: &PublishedRow| {
        let open = row.open.as_ref();
        let part = |of: fn(&PublishedPart) -> &str| open.map_or(CLOSED, of).to_owned();
        let year = row.year.map_or_else(String::new, |year| format!("{year}年度"));
        let open_ended = matches!(row.period.as_str(), "permanent" | "in-use");
        let place =
            open.map_or_else(|| CLOSED.to_owned(), |open| format!("{}・{}", words::medium(open.medium), open.place));
        vec![
            Cell::text(row.class_path.clone()),
            Cell::text(part(|open| &open.title)),
            Cell::Lines(vec![year, part(|open| &open.creator)]),
            Cell::text(period(&row.period)),
            Cell::unbroken(date_or(row.starts_on, "未定")),
            Cell::unbroken(date_or(row.expires_on, if open_ended { "期限なし" } else { "未定" })),
            Cell::text(action(row.action)),
            Cell::text(place),
            Cell::text(part(|open| &open.custodian)),
        ]
    };
    Table::new(HEAD, rows.iter().map(row).collect(), "当てはまる文書ファイルはありません。")
}

/// Writes the whole register, a page of rows at a time.
async fn whole(app: &App) -> Result<String, Problem> {
    let mut table = csv_line([
        "分類",
        "名称",
        "保存期間",
        "起算日",
        "保存期間の満了する日",
        "満了時の措置",
        "保存場所",
        "作成年度",
        "作成者",
        "作成日",
        "媒体",
        "管理者",
    ]);
    let mut after = None;
    loop {
        let page = app.office.published_register("", after, PAGE).await?;
        page.rows.iter().for_each(|row| table.push_str(&line(row)));
        after = page.next;
        if after.is_none() {
            return Ok(table);
        }
    }
}

fn line(row: &PublishedRow) -> String {
    let open = row.open.as_ref();
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let part = |of: fn(&PublishedPart) -> &str| open.map_or(CLOSED, of);
    let (starts, expires, period) = (day(row.starts_on), day(row.expires_on), period(&row.period));
    let year = row.year.map_or_else(String::new, |year| year.to_string());
    let made = open.map_or_else(|| CLOSED.to_owned(), |open| day(open.made_on));
    csv_line([
        row.class_path.as_str(),
        part(|open| &open.title),
        &period,
        &starts,
        &expires,
        action(row.action),
        part(|open| &open.place),
        &year,
        part(|open| &open.creator),
        &made,
        part(|open| words::medium(open.medium)),
        part(|open| &open.custodian),
    ])
}
