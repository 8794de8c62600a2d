//! `/disposal-register`: what was destroyed or handed over (移管・廃棄簿), as pages and as CSV.

use crate::http::app::App;
use crate::http::download::attachment;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::records::{Links, period};
use crate::http::show::{date, date_or};
use crate::http::staff::{Staff, id};
use crate::office::ports::DisposalRegisterRow;
use crate::render::{DisposalRegisterSheet, Encoding};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// A page of a list that goes on.
#[derive(Template)]
#[template(path = "paged.html")]
pub struct PagedTable {
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
    /// The address of the first page; empty on it.
    pub first: String,
    /// The address of the next page; empty on the last.
    pub next: String,
}

/// Rows on one page.
const ROWS: u32 = 100;

const HEAD: &[(&str, &str)] = &[
    ("分類", "Class"),
    ("文書ファイル名", "Title"),
    ("保存期間", "Period"),
    ("起算日", "Starts on"),
    ("満了日", "Expired on"),
    ("作成者", "Creator"),
    ("文書の件数", "Records"),
    ("措置", "Action"),
    ("措置日", "Done on"),
    ("移管先の受領番号", "Archives' reference"),
    ("廃棄案", "Disposal"),
];

/// `GET /disposal-register`
pub async fn page(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let before = match asked.text("before") {
        "" => None,
        text => Some(u64::from(id::<u32>(text)?)),
    };
    let found = app.office.disposal_register_page(&staff.actor, before, ROWS).await?;
    let caption = format!("全{}件のうち{}件（新しい順）", found.all, found.rows.len());
    let rows = found.rows.iter().map(row).collect();
    show(&PagedTable {
        page: staff.page(&app, "移管・廃棄簿", "Disposal register", "/disposals"),
        crumb: ("/disposals", "廃棄"),
        intro: (
            "廃棄または移管した文書ファイルの記録です。CSVには全件が古い順に入ります。Shift_JISで表せない文字があるときは、その文字をお知らせし、ファイルは作りません。",
            "What was destroyed or handed to the archives. The CSV has all of it, oldest first.",
        ),
        links: vec![
            ("/disposal-register.csv", "CSVで保存（UTF-8）", "Download CSV"),
            ("/disposal-register.csv?encoding=shift-jis", "CSVで保存（Shift_JIS）", "Download CSV, Shift_JIS"),
        ],
        table: Table::new(HEAD, rows, "廃棄・移管した文書ファイルはまだありません。").captioned(caption),
        first: before.map_or_else(String::new, |_| "/disposal-register".to_owned()),
        next: found.next.map_or_else(String::new, |next| format!("/disposal-register?before={next}")),
    })
}

/// `GET /disposal-register.csv`
pub async fn csv(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (encoding, kind) = match asked.text("encoding") {
        "" | "utf-8" => (Encoding::Utf8, "text/csv; charset=utf-8"),
        "shift-jis" => (Encoding::ShiftJis, "text/csv; charset=shift_jis"),
        _ => return Err(WebFault::BadField("encoding").into()),
    };
    let mut register = DisposalRegisterSheet::begin();
    app.office.walk_disposal_register(&staff.actor, |row| register.add(row)).await?;
    Ok(attachment(kind, "移管・廃棄簿.csv", register.sheet().encode(encoding)?))
}

fn row(one: &DisposalRegisterRow) -> Vec<Cell> {
    let references = one.receipt.as_ref().map_or_else(String::new, |receipt| receipt.references.join("、"));
    vec![
        Cell::text(one.class.clone()),
        Cell::text(one.title.clone()),
        Cell::text(period(&one.period)),
        Cell::unbroken(date_or(one.starts_on, "未定")),
        Cell::unbroken(date(one.expires_on)),
        Cell::text(one.creator.clone()),
        Cell::number(one.records),
        Cell::text(if one.receipt.is_some() { "移管" } else { "廃棄" }),
        Cell::unbroken(date(one.disposed_on)),
        Cell::text(references),
        match one.disposal {
            Some(disposal) => Cell::link(format!("/disposals/{disposal}"), "開く"),
            None => Cell::text("当方の写しは廃棄前"),
        },
    ]
}
