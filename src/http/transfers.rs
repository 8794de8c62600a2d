//! `/transfers`: what is due for the archives, what was sent, and what they have (移管).

use crate::http::app::App;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::records::period;
use crate::http::show::{Tag, date, date_or};
use crate::http::staff::Staff;
use crate::http::words;
use crate::office::records::RegisterRow;
use crate::records::Transfer;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "transfers.html")]
struct TransfersPage {
    page: Page,
    to_send: Table,
    sent: Table,
    received: Table,
}

/// Rows of one list on the page.
const MOST_ROWS: usize = 200;

/// `GET /transfers`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let list = app.office.transfers(&staff.actor).await?;
    let (received, sent): (Vec<_>, Vec<_>) =
        list.sent.iter().partition(|row| row.transfer.as_ref().is_some_and(|one| one.receipt.is_some()));
    show(&TransfersPage {
        page: staff.page(&app, "移管", "Transfer", "/transfers"),
        to_send: to_send(&list.to_send),
        sent: under_way(&sent),
        received: there(&received),
    })
}

/// Says how far a file is on its way to the archives.
pub fn state(transfer: Option<&Transfer>) -> Tag {
    match transfer {
        None => Tag::new("", "…", "移管前", "Not sent"),
        Some(transfer) if transfer.receipt.is_none() => Tag::new("warn", "→", "移管中（受領待ち）", "Sent"),
        Some(_) => Tag::new("good", "✓", "受領済", "Received"),
    }
}

fn to_send(rows: &[RegisterRow]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("分類", "Class"),
        ("文書ファイル名", "Title"),
        ("保存期間", "Period"),
        ("満了日", "Expired on"),
        ("文書の件数", "Records"),
        ("保留", "Hold"),
    ];
    let row = |row: &RegisterRow| {
        let hold = if row.held { words::held(row.dates.keep_until) } else { Tag::new("", "－", "なし", "None") };
        vec![
            Cell::text(row.class_path.clone()),
            link(row),
            Cell::text(period(&row.period)),
            Cell::unbroken(date_or(row.expires_on, "未定")),
            Cell::number(row.records),
            Cell::Tag(hold),
        ]
    };
    let shown = rows.iter().take(MOST_ROWS).map(row).collect();
    Table::new(HEAD, shown, "移管の時期を迎えた文書ファイルはありません。").captioned(counted(rows.len()))
}

fn under_way(rows: &[&RegisterRow]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("文書ファイル名", "Title"),
        ("文書の件数", "Records"),
        ("引き渡した日", "Sent on"),
        ("目録（manifest.csv）のSHA-256", "Manifest"),
    ];
    let row = |row: &RegisterRow, transfer: &Transfer| {
        vec![
            link(row),
            Cell::number(row.records),
            Cell::unbroken(date(transfer.sent_on)),
            Cell::mono(&transfer.manifest_sha256),
        ]
    };
    let shown = rows.iter().take(MOST_ROWS).filter_map(|one| Some(row(one, one.transfer.as_ref()?))).collect();
    Table::new(HEAD, shown, "受領を待っている文書ファイルはありません。").captioned(counted(rows.len()))
}

fn there(rows: &[&RegisterRow]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("文書ファイル名", "Title"),
        ("文書の件数", "Records"),
        ("受領書を取り込んだ日", "Received on"),
        ("移管先の受領番号", "Archives' reference"),
    ];
    let row = |row: &RegisterRow| {
        let receipt = row.transfer.as_ref()?.receipt.as_ref()?;
        let references = Cell::text(receipt.references.join("、"));
        Some(vec![link(row), Cell::number(row.records), Cell::unbroken(date(receipt.received_on)), references])
    };
    let shown = rows.iter().take(MOST_ROWS).filter_map(|one| row(one)).collect();
    Table::new(HEAD, shown, "ありません。").captioned(counted(rows.len()))
}

fn link(row: &RegisterRow) -> Cell {
    Cell::link(format!("/transfers/{}", row.file), row.title.clone())
}

fn counted(all: usize) -> String {
    format!("全{all}件のうち{}件", all.min(MOST_ROWS))
}
