//! `/records`: the register of record files (文書ファイル管理簿), as pages and as CSV, and the lists drawn from it.

use crate::http::alarms::alarms;
use crate::http::app::App;
use crate::http::download::{csv, csv_line};
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::{Tag, date_or, time};
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::office::records::{FixityView, RegisterRow};
use crate::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// Links above a list: address, Japanese, English.
pub type Links = Vec<(&'static str, &'static str, &'static str)>;

#[derive(Template)]
#[template(path = "records.html")]
struct RegisterPage {
    page: Page,
    query: String,
    links: Links,
    alarms: Table,
    table: Table,
    /// The file after which the next page begins; empty on the last.
    next: String,
    /// Whether this is not the first page.
    is_later: bool,
}

/// A page that is one list.
#[derive(Template)]
#[template(path = "table.html")]
pub struct TablePage {
    /// The frame.
    pub page: Page,
    /// Where the list belongs: address and word.
    pub crumb: (&'static str, &'static str),
    /// What the list is, in Japanese and English.
    pub intro: (&'static str, &'static str),
    /// Links above the list.
    pub links: Links,
    /// The list.
    pub table: Table,
}

/// Rows on one page of the register.
const ROWS: usize = 100;
/// Rows that are read at once for a file.
const PAGE: usize = 1000;

const CRUMB: (&str, &str) = ("/records", "文書ファイル管理簿");
const HEAD: &[(&str, &str)] = &[
    ("分類", "Class"),
    ("文書ファイル名", "Title"),
    ("作成年度・作成者", "Year, creator"),
    ("保存期間", "Period"),
    ("起算日", "Starts on"),
    ("満了日", "Expires on"),
    ("満了時の措置", "At expiry"),
    ("状態", "State"),
];

/// `GET /records`
pub async fn register(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let query = asked.text("q").to_owned();
    let after = match asked.text("after") {
        "" => None,
        text => Some(id(text)?),
    };
    let found = app.office.register_page(&staff.actor, &query, after, ROWS).await?;
    let mut links =
        vec![("/records/search", "文書を探す", "Search records"), ("/records.csv", "CSVで保存", "Download CSV")];
    if staff.files_records() {
        links.insert(0, ("/records/ingest", "文書を保存する", "File a record"));
        links.push(("/records/files/new", "文書ファイルを作る", "Open a record file"));
    }
    links.push(("/rules", "保存の規則", "Retention rules"));
    let caption = format!("全{}件のうち{}件", found.files, found.rows.len());
    let rows = found.rows.iter().map(row).collect();
    let table = Table::new(HEAD, rows, "当てはまる文書ファイルはありません。").captioned(caption);
    let next = found.next.map_or_else(String::new, |file| file.to_string());
    let page = staff.page(&app, "文書ファイル管理簿", "Register of record files", "/records");
    let alarms = alarms_table(&*alarms(&app, &staff.actor).await?);
    show(&RegisterPage { page, query, links, alarms, table, next, is_later: after.is_some() })
}

/// Lists what the fixity audit found wrong and nobody has settled.
fn alarms_table(view: &FixityView) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("保存物", "Record"), ("文書ファイル", "Record file"), ("状態", "State"), ("いつから", "Since")];
    let rows = view.alarms.iter().map(|alarm| {
        let words = wording::sentence(alarm.code, &[]);
        vec![
            Cell::mono(alarm.record),
            Cell::link(format!("/records/files/{}", alarm.file), "開く"),
            Cell::Lines(vec![words.ja, words.en]),
            Cell::unbroken(alarm.since.map_or_else(|| "不明".to_owned(), time)),
        ]
    });
    let caption = format!(
        "健全と確かめられない{}件、{}日のうちに読み直していない{}件",
        view.unsound, view.term_days, view.overdue
    );
    Table::new(HEAD, rows.collect(), "").captioned(caption)
}

/// `GET /records/due`: record files whose period has run out.
pub async fn due(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let rows = app.office.due_list(&staff.actor).await?;
    let rows = rows.iter().map(row).collect();
    show(&TablePage {
        page: staff.page(&app, "保存期間が満了した文書ファイル", "Record files due", "/records/due"),
        crumb: CRUMB,
        intro: ("今日の時点で保存期間が満了し、保留もない文書ファイルです。", "Expired as of today and under no hold."),
        links: vec![
            ("/records/unknown", "満了日を計算できない文書", "Expiry unknown"),
            ("/records/outlook", "満了の見込み", "What falls due"),
            ("/disposals", "廃棄", "Disposal"),
        ],
        table: Table::new(HEAD, rows, "満了した文書ファイルはありません。"),
    })
}

/// `GET /records/unknown`: what has no computable expiry and is therefore kept (満了日を計算できない文書).
pub async fn unknown(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let rows = app.office.undetermined_files(&staff.actor).await?;
    let rows = rows.iter().map(unknown_row).collect();
    const HEAD: &[(&str, &str)] = &[("分類", "Class"), ("文書ファイル名", "Title"), ("計算できない理由", "Why")];
    show(&TablePage {
        page: staff.page(&app, "満了日を計算できない文書", "Expiry unknown", "/records/due"),
        crumb: CRUMB,
        intro: (
            "満了日が分からないものは、満了として扱いません。必要な日付を補うまで保存します。",
            "What has no expiry is never due; it is kept until its dates are known.",
        ),
        links: vec![("/records/due", "満了した文書ファイル", "Due")],
        table: Table::new(HEAD, rows, "計算できない文書はありません。"),
    })
}

/// `GET /records.csv`: the register with the columns of 公文書管理法施行令 11.
pub async fn register_csv(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
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
        // Only the lines are held whole, not all that is known of each file.
        let page = app.office.register_page(&staff.actor, "", after, PAGE).await?;
        page.rows.iter().for_each(|row| table.push_str(&line(row)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(csv("文書ファイル管理簿.csv", &table))
}

/// A line of the register as CSV.
fn line(row: &RegisterRow) -> String {
    let year = row.year.map_or_else(String::new, |year| year.to_string());
    let [starts, expires, made] =
        [row.starts_on, row.expires_on, row.made_on].map(|day| day.map_or_else(String::new, |day| day.to_string()));
    let (period, action) = (period(&row.period), action(&row.action));
    csv_line([
        row.class_path.as_str(),
        &row.title,
        &period,
        &starts,
        &expires,
        action,
        &row.place,
        &year,
        &row.creator,
        &made,
        words::medium(row.medium),
        &row.custodian,
    ])
}

/// Shows one row of the register; previews and disposals show their files the same way.
pub fn row(row: &RegisterRow) -> Vec<Cell> {
    let year = row.year.map_or_else(String::new, |year| format!("{year}年度"));
    vec![
        Cell::text(row.class_path.clone()),
        title(row),
        Cell::Lines(vec![year, row.creator.clone()]),
        Cell::text(period(&row.period)),
        Cell::unbroken(date_or(row.starts_on, "未定")),
        Cell::unbroken(expiry(row)),
        Cell::text(action(&row.action)),
        Cell::Tag(state(row)),
    ]
}

/// Shows a file's title; it leads nowhere for those who may not see the file.
pub fn title(row: &RegisterRow) -> Cell {
    if row.withheld {
        Cell::text(row.title.clone())
    } else {
        Cell::link(format!("/records/files/{}", row.file), row.title.clone())
    }
}

/// Writes the last day of retention, or why there is none.
fn expiry(row: &RegisterRow) -> String {
    let open_ended = matches!(row.period.as_str(), "permanent" | "in-use");
    date_or(row.expires_on, if open_ended { "期限なし" } else { "計算できません" })
}

/// The heads that go with [`row`].
pub fn head() -> &'static [(&'static str, &'static str)] {
    HEAD
}

/// Shows where a record file stands.
pub fn state(row: &RegisterRow) -> Tag {
    if row.destroyed_on.is_some() {
        Tag::new("bad", "✕", "廃棄済", "Destroyed")
    } else if row.held {
        words::held(row.dates.keep_until)
    } else if row.dates.due {
        Tag::new("warn", "！", "満了", "Due")
    } else if row.closed {
        Tag::new("key", "■", "完結", "Closed")
    } else {
        Tag::new("key", "●", "使用中", "Open")
    }
}

fn unknown_row(row: &RegisterRow) -> Vec<Cell> {
    let why = row.dates.because.iter().map(|reason| wording::reason(reason).ja).collect();
    vec![Cell::text(row.class_path.clone()), title(row), Cell::Lines(why)]
}

/// Names a period given by its word in the register.
pub fn period(word: &str) -> String {
    match word {
        "permanent" => "永年".to_owned(),
        "in-use" => "常用".to_owned(),
        years => format!("{years}年"),
    }
}

pub fn action(word: &str) -> &'static str {
    match word {
        "destroy" => "廃棄",
        "transfer" => "移管",
        _ => "延長判断",
    }
}
