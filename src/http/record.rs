//! `/records/{id}`: one record, what is said of it, who read it, and its bytes.

use crate::http::access::{self, Users};
use crate::http::action::Action;
use crate::http::app::App;
use crate::http::download;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::record_file::holds;
use crate::http::show::{Tag, date, date_or, size, time};
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::id::RecordId;
use crate::office::Role;
use crate::office::records::{RecordReading, RecordView};
use crate::records::AccessClass;
use crate::wording::{self, Sentence};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    page: Page,
    record: RecordId,
    base: String,
    file: String,
    title: String,
    state: Tag,
    access: Tag,
    facts: Vec<Fact>,
    because: Vec<Sentence>,
    holds: Table,
    /// What was made of it, by kind and word.
    made: Vec<(&'static str, &'static str, &'static str)>,
    /// Whether it has an evidence record.
    proven: bool,
    /// Whether there is paper of it on the books.
    paper: bool,
    actions: Vec<Action>,
    /// Who read it; none for those who may not ask.
    reads: Option<Table>,
}

/// `GET /records/{id}`
pub async fn record(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let record = id(&text)?;
    let view = app.office.record_view(&staff.actor, record).await?;
    let users = access::users(&app, &staff).await?;
    let reads = match staff.is_any(&[Role::RecordsManager, Role::Auditor]) {
        true => Some(reads(&app.office.reads_of(&staff.actor, record).await?)),
        false => None,
    };
    let own = view.row.record.access.as_ref();
    let (own_class, wish) = (own.map_or(AccessClass::Public, |own| own.class), own.and_then(|own| own.wish.as_ref()));
    show(&RecordPage {
        page: staff.page(&app, "文書", "Record", "/records"),
        record,
        base: format!("/records/{text}"),
        file: format!("/records/files/{}", view.row.record.file),
        title: view.row.record.title.clone(),
        state: words::record_state(view.row.record.state),
        access: words::access(view.access),
        facts: facts(&view, &users),
        because: view.dates.because.iter().map(wording::reason).collect(),
        holds: holds(&view.holds),
        made: made(&view),
        proven: app.office.has_proof(record).await?,
        paper: app.office.paper_of(&staff.actor, record).await?.is_some(),
        actions: if staff.disposes() { vec![access::offered_class(own_class, wish, &staff)] } else { Vec::new() },
        reads,
    })
}

/// `GET /records/{id}/content`: the original bytes of a record, checked on the way out; with `made`, what was made of it.
pub async fn content(
    State(app): State<App>,
    staff: Staff,
    Path(record): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let contents = app.office.read_record(&staff.actor, id(&record)?).await?;
    let kind = asked.text("made");
    if !kind.is_empty() {
        let made = contents.derivatives.into_iter().find(|one| one.kind == kind).ok_or(WebFault::NoPage)?;
        let stem = contents.originals.first().map_or("document", |original| original.name.as_str());
        let ending = if made.media_type == "application/pdf" { "pdf" } else { "txt" };
        return Ok(download::attachment("application/octet-stream", &format!("{stem}.{ending}"), made.bytes));
    }
    let original = contents.originals.into_iter().next().ok_or(WebFault::NoPage)?;
    Ok(download::attachment("application/octet-stream", &original.name, original.bytes))
}

/// Names what was made of a record that people open.
fn made(view: &RecordView) -> Vec<(&'static str, &'static str, &'static str)> {
    let all = [("pdfa", "閲覧用の PDF/A", "PDF/A"), ("pdf", "閲覧用の PDF", "PDF"), ("text", "読み取った文字", "Text")];
    all.into_iter().filter(|(kind, _, _)| view.row.record.made.iter().any(|made| made == kind)).collect()
}

fn facts(view: &RecordView, users: &Users) -> Vec<Fact> {
    let record = &view.row.record;
    let own = record.access.as_ref();
    let mut facts = vec![
        ("文書番号", "Number", Cell::text(record.number.clone().unwrap_or_else(|| "なし".to_owned()))),
        ("文書ファイル", "Record file", Cell::link(format!("/records/files/{}", record.file), view.file_title.clone())),
        ("分類", "Class", Cell::text(view.class_path.clone())),
        ("作成・取得日", "Created", Cell::unbroken(date(record.created))),
        ("満了日", "Expires on", Cell::unbroken(date_or(view.dates.expires_on, "定まっていません"))),
        ("保存の最終日（保留を含む）", "Kept until", Cell::text(words::keep_until(view.dates.keep_until))),
        ("原本の名前", "Original", Cell::text(record.original_name.clone())),
        ("大きさ", "Size", Cell::text(size(record.size_bytes))),
        ("SHA-256", "SHA-256", Cell::mono(&record.sha256)),
        ("保存した日時", "Filed at", Cell::unbroken(time(record.filed_at))),
        ("閲覧の範囲", "Access", Cell::Tag(words::access(view.access))),
        ("この文書だけの範囲", "Of its own", Cell::text(own.map_or("なし", |own| words::access_word(own.class)))),
    ];
    facts.extend(own.and_then(|own| own.wish.as_ref()).map(|wish| access::waiting(wish, users)));
    facts
}

fn reads(reads: &[RecordReading]) -> Table {
    const HEAD: &[(&str, &str)] = &[("日時", "At"), ("だれが", "Who"), ("何を", "What"), ("台帳", "Ledger")];
    let row = |one: &RecordReading| {
        vec![
            Cell::unbroken(time(one.at)),
            Cell::text(one.name.clone().unwrap_or_else(|| one.by.clone())),
            Cell::text(wording::ja(&one.what).unwrap_or(&one.what)),
            Cell::number(one.seq),
        ]
    };
    // The newest first: that is what somebody looks for.
    let (all, most) = (reads.len(), 200);
    let rows = reads.iter().rev().take(most).map(row).collect();
    Table::new(HEAD, rows, "まだだれも読んでいません。").captioned(format!("全{all}件のうち新しい{}件", all.min(most)))
}
