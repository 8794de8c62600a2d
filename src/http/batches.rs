//! `/desk/batches`: a frozen list of notices, its one release by the seal keeper, and how far it has come.

use crate::digest::Sha256Hex;
use crate::http::action::Action;
use crate::http::app::App;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::records::TablePage;
use crate::http::show::{Tag, time};
use crate::http::staff::{Staff, id};
use crate::id::BatchId;
use crate::office::Role;
use crate::office::notices::{BatchCount, BatchItem, BatchItemState, BatchView, SealBatch, SealItem};
use crate::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage {
    page: Page,
    base: String,
    state: Tag,
    facts: Vec<Fact>,
    hash: String,
    actions: Vec<Action>,
    table: Table,
}

/// Items on one page; the command line shows all of them.
const MOST_ROWS: usize = 500;

/// `POST /desk/batches`: freezes what was ticked, or everything that can be sealed.
pub async fn freeze(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let items = chosen(&posted)?;
    let batch = match items.is_empty() {
        true => app.office.freeze_all(&staff.actor).await?,
        false => app.office.freeze_batch(&staff.actor, items).await?,
    };
    Ok(go_done(&format!("/desk/batches/{}", batch.id), "batch-frozen"))
}

/// `GET /desk/batches/{id}`
pub async fn batch(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.batch(&staff.actor, id(&text)?).await?;
    show(&BatchPage {
        page: staff.page(&app, "電子公印の一括付与", "Batch", "/desk"),
        base: format!("/desk/batches/{text}"),
        state: state(&view.batch),
        facts: facts(&view),
        hash: view.batch.list_hash.to_string(),
        actions: actions(&view.batch, &staff),
        table: items(&view.items),
    })
}

/// `POST /desk/batches/{id}/release`: releases the seal for the list of this hash and no other; the work goes on behind.
pub async fn release(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (batch, hash) = (id(&text)?, posted.hash()?);
    app.office.release_batch(&staff.actor, batch, &hash).await?;
    Ok(started(&app, batch))
}

/// `POST /desk/batches/{id}/resume`: goes on with what is left of a released list.
pub async fn resume(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    staff.actor.require_any(&[Role::SealKeeper])?;
    let view = app.office.batch(&staff.actor, id(&text)?).await?;
    Ok(started(&app, view.batch.id))
}

/// `GET /desk/batches`: every list there was.
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let batches = app.office.batches(&staff.actor).await?;
    show(&TablePage {
        page: staff.page(&app, "電子公印の一括付与", "Batches", "/desk"),
        crumb: ("/desk", "担当業務"),
        intro: (
            "確定した一覧です。一覧は公印管守者が一度だけ承認し、途中で止まっても続きから進みます。",
            "Frozen lists. Each is released once by the seal keeper; one that stopped goes on where it was.",
        ),
        links: Vec::new(),
        table: Table::new(HEAD, batches.iter().map(row).collect(), "確定した一覧はありません。"),
    })
}

/// Lists the batches that are not finished, for those who see batches.
pub async fn unfinished(app: &App, staff: &Staff) -> Result<Table, Problem> {
    if !are_seen_by(staff) {
        return Ok(Table::default());
    }
    let batches = app.office.batches(&staff.actor).await?;
    let rows = batches.iter().filter(|(batch, _)| batch.finished_at.is_none()).map(row).collect();
    Ok(Table::new(HEAD, rows, ""))
}

/// Returns what was ticked, each with the hash that was shown.
pub fn chosen(posted: &Posted) -> Result<Vec<SealItem>, Problem> {
    Ok(posted.all("notice").map(item).collect::<Option<_>>().ok_or(WebFault::BadField("notice"))?)
}

fn item(text: &str) -> Option<SealItem> {
    let (id, hash) = text.split_once(':')?;
    Some(SealItem { id: id.parse().ok()?, sha256: Sha256Hex::parse(hash)? })
}

/// Tells whether somebody may see batches.
pub fn are_seen_by(staff: &Staff) -> bool {
    staff.is_any(&[Role::SealKeeper, Role::Auditor])
}

const HEAD: &[(&str, &str)] = &[("確定", "Frozen"), ("状態", "State"), ("進み", "Done"), ("一覧", "List")];

fn row((batch, count): &(SealBatch, BatchCount)) -> Vec<Cell> {
    vec![
        Cell::unbroken(time(batch.frozen_at)),
        Cell::Tag(state(batch)),
        Cell::text(done(*count)),
        Cell::link(format!("/desk/batches/{}", batch.id), "一覧を開く"),
    ]
}

/// Starts the work; how it ends stands with the batch.
fn started(app: &App, batch: BatchId) -> Response {
    let office = app.office.clone();
    tokio::spawn(async move { drop(office.run_batch(batch, |_| {}).await) });
    go_done(&format!("/desk/batches/{batch}"), "batch-released")
}

fn state(batch: &SealBatch) -> Tag {
    match (batch.released, batch.finished_at, &batch.halted) {
        (_, Some(_), _) => Tag::new("good", "✓", "終わりました", "Finished"),
        (None, ..) => Tag::new("", "…", "承認待ち", "To release"),
        (Some(_), None, Some(_)) => Tag::new("warn", "！", "中断しています", "Broken off"),
        (Some(_), None, None) => Tag::new("key", "●", "付与中", "Sealing"),
    }
}

fn facts(view: &BatchView) -> Vec<Fact> {
    let batch = &view.batch;
    let mut facts = vec![
        ("確定した日時", "Frozen at", Cell::unbroken(time(batch.frozen_at))),
        ("一覧のハッシュ値", "List hash", Cell::mono(&batch.list_hash)),
        ("進み", "Done", Cell::text(done(view.count))),
    ];
    if let Some((at, _)) = batch.released {
        facts.push(("承認した日時", "Released at", Cell::unbroken(time(at))));
    }
    if let Some(code) = batch.halted.as_ref().filter(|_| batch.finished_at.is_none()) {
        let why = wording::ja(code).map_or_else(|| code.clone(), str::to_owned);
        facts.push(("中断の理由", "Why it broke off", Cell::text(why)));
    }
    facts
}

fn done(count: BatchCount) -> String {
    let refused =
        if count.refused > 0 { format!("（付与できないもの {}件）", count.refused) } else { String::new() };
    format!("{} / {}件{refused}", count.sealed, count.total())
}

fn actions(batch: &SealBatch, staff: &Staff) -> Vec<Action> {
    match (staff.is_any(&[Role::SealKeeper]), batch.released, batch.finished_at) {
        (true, None, _) => vec![Action::plain(
            "release",
            "この一覧に電子公印を付す",
            "Release the seal",
            "上に示したハッシュ値の一覧を一度だけ承認し、載っている通知のすべてに電子公印を付します。",
        )],
        (true, Some(_), None) => vec![
            Action::plain("resume", "続きを付す", "Go on", "中断したところから続けます。二重に付くことはありません。")
                .aside(),
        ],
        _ => Vec::new(),
    }
}

fn items(items: &[BatchItem]) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("番", "No."), ("通知", "Notice"), ("承認されたSHA-256", "Approved hash"), ("結果", "Result")];
    let row = |item: &BatchItem| {
        let result = match &item.state {
            BatchItemState::Listed => Cell::Tag(Tag::new("", "…", "承認待ち", "To release")),
            BatchItemState::Pending => Cell::Tag(Tag::new("key", "●", "付与待ち", "Pending")),
            BatchItemState::Sealed { .. } => Cell::Tag(Tag::new("good", "✓", "付与しました", "Sealed")),
            BatchItemState::Refused { code, .. } => {
                Cell::text(wording::ja(code).map_or_else(|| code.clone(), str::to_owned))
            }
        };
        let link = Cell::link(format!("/notices/{}", item.notice), "通知を開く");
        vec![Cell::number(item.position), link, Cell::mono(&item.sha256), result]
    };
    let table = Table::new(HEAD, items.iter().take(MOST_ROWS).map(row).collect(), "ありません。");
    match items.len() > MOST_ROWS {
        true => table.captioned(format!("はじめの{MOST_ROWS}件（全{}件）", items.len())),
        false => table,
    }
}
