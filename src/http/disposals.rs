//! `/disposals`: what could be destroyed, the frozen lists, and how far each has come.

use crate::http::app::App;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::records;
use crate::http::show::{date, time};
use crate::http::staff::Staff;
use crate::http::words;
use crate::office::ports::DisposalRow;
use crate::office::records::DisposalPreview;
use crate::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "disposals.html")]
struct DisposalsPage {
    page: Page,
    table: Table,
    preview: Table,
    kept: Table,
    can_plan: bool,
}

/// `GET /disposals`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let rows = app.office.disposals(&staff.actor).await?;
    let preview = app.office.preview_disposal(&staff.actor, app.clock.today(), None).await?;
    let listed = preview.listed.iter().take(MOST_ROWS).map(records::row).collect();
    let caption = counted(preview.listed.len());
    show(&DisposalsPage {
        page: staff.page(&app, "廃棄", "Disposal", "/disposals"),
        table: table(&rows),
        preview: Table::new(records::head(), listed, "いま廃棄案に載せられる文書ファイルはありません。")
            .captioned(caption),
        kept: kept(&preview),
        can_plan: staff.disposes(),
    })
}

/// `POST /disposals`: freezes today's list.
pub async fn plan(State(app): State<App>, staff: Staff, _posted: Posted) -> Result<Response, Problem> {
    let plan = app.office.plan_disposal(&staff.actor, None).await?;
    Ok(go_done(&format!("/disposals/{}", plan.plan.id), "frozen"))
}

/// Rows of one list on the page; all of them are in the list that is frozen.
const MOST_ROWS: usize = 200;

fn counted(all: usize) -> String {
    format!("全{all}件のうち{}件", all.min(MOST_ROWS))
}

fn table(rows: &[DisposalRow]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("確定した日時", "Frozen at"),
        ("基準日", "As of"),
        ("文書ファイル", "Files"),
        ("一覧のハッシュ値", "List hash"),
        ("状態", "State"),
    ];
    let row = |row: &DisposalRow| {
        vec![
            Cell::link(format!("/disposals/{}", row.plan.id), time(row.planned_at)),
            Cell::unbroken(date(row.plan.as_of)),
            Cell::number(row.files),
            Cell::mono(&row.plan.list_hash),
            Cell::Tag(words::disposal_state(row.state)),
        ]
    };
    Table::new(HEAD, rows.iter().map(row).collect(), "廃棄案はまだありません。")
}

/// Shows what has expired and still stays; files that are simply not due would only hide the rest.
fn kept(preview: &DisposalPreview) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("文書ファイル名", "Title"), ("満了日", "Expires on"), ("廃棄できない理由", "Why it stays")];
    let rows = preview.kept.iter().take(MOST_ROWS).map(|one| {
        let why = one.because.iter().map(|reason| wording::reason(reason).ja).collect();
        let expires = one.expires_on.map_or_else(String::new, date);
        vec![
            Cell::link(format!("/records/files/{}", one.file), one.title.clone()),
            Cell::text(expires),
            Cell::Lines(why),
        ]
    });
    Table::new(HEAD, rows.collect(), "ありません。").captioned(counted(preview.kept.len()))
}
