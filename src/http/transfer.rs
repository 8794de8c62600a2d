//! `/transfers/{file}`: one record file on its way to the archives, step by step (移管).

use crate::fault::Fault;
use crate::http::action::{Step, way};
use crate::http::app::App;
use crate::http::download::attachment;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::{Tag, date, date_or, size};
use crate::http::staff::{Staff, id};
use crate::http::transfers::state;
use crate::id::RecordFileId;
use crate::office::OfficeError;
use crate::office::ports::RecordRow;
use crate::office::records::{
    FileView, Handover, HandoverForm, MANIFEST, MANIFEST_COLUMNS, ReceiptProblem, TransferDraft,
};
use crate::package::write_zip;
use crate::render::Spreadsheet;
use crate::wording::{self, Sentence};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::borrow::Cow;

#[derive(Template)]
#[template(path = "transfer.html")]
struct TransferPage {
    page: Page,
    base: String,
    file: String,
    title: String,
    state: Tag,
    steps: Vec<Step>,
    facts: Vec<Fact>,
    records: Table,
    problems: Table,
    faults: Faults,
    /// What may be done now.
    may: May,
    /// The largest package that this page hands out.
    limit: String,
}

/// What the person may do with the file now.
enum May {
    /// Look at it.
    Look,
    /// Nothing yet, for a reason.
    Wait(Sentence),
    /// Take the package away and say that it was handed over; by the command line alone where it is too large.
    Send { is_too_large: bool },
    /// Take in the receipt, or call the transfer off.
    Receive,
}

const WAY: &[(&str, &str)] =
    &[("移管待ち", "Due"), ("移管中", "Sent"), ("受領済", "Received"), ("写しの廃棄", "Our copy destroyed")];

/// `GET /transfers/{file}`
pub async fn transfer(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    page(&app, &staff, id(&text)?, &[], Faults::default()).await
}

/// `POST /transfers/{file}/package`: every record's package and the manifest in a ZIP. Changes nothing.
pub async fn package(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let form = match posted.text("form") {
        "bagit" => HandoverForm::Bagit,
        "csip" => HandoverForm::Csip,
        _ => return Err(WebFault::BadField("form").into()),
    };
    let file: RecordFileId = id(&text)?;
    let draft = app.office.draft_transfer(&staff.actor, file).await?;
    if is_too_large(&app, &draft) {
        return Err(WebFault::TooLargeToHandOut.into());
    }
    let name = format!("移管-{file}");
    let mut manifest = Spreadsheet::new(MANIFEST_COLUMNS);
    let mut files: Vec<(String, Cow<'_, [u8]>)> = Vec::new();
    for row in &draft.records {
        let bag = app.office.read_bag(&staff.actor, row.record.id).await?;
        let one = Handover::of(row, &bag, form)?;
        manifest.row(one.line.each_ref().map(String::as_str));
        files.extend(one.files.into_iter().map(|(path, bytes)| (format!("{}/{path}", one.folder), Cow::Owned(bytes))));
    }
    files.push((MANIFEST.to_owned(), Cow::Borrowed(manifest.text().as_bytes())));
    let size_bytes = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let zip =
        write_zip(&format!("transfer-{file}"), files.into_iter(), size_bytes).map_err(|error| Problem::of(&error))?;
    Ok(attachment("application/zip", &format!("{name}.zip"), zip))
}

/// `POST /transfers/{file}/send`: the package was handed over, as its manifest shows.
pub async fn send(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let file = id(&text)?;
    let mut faults = Faults::default();
    if posted.text("stored").is_empty() {
        faults.add(
            "stored",
            "パッケージの全部を保存したことを確かめてください。",
            "Confirm that the whole package is stored.",
        );
    }
    let manifest = posted.file("manifest");
    if manifest.is_none() {
        faults.add(
            "manifest",
            "パッケージの中の manifest.csv を選んでください。",
            "Choose the package's manifest.csv.",
        );
    }
    let (Some(manifest), true) = (manifest, faults.is_empty()) else {
        return page(&app, &staff, file, &[], faults).await;
    };
    match app.office.send_by_manifest(&staff.actor, file, &manifest.bytes).await.map_err(Problem::from) {
        Ok(_) => Ok(go_done(&format!("/transfers/{file}"), "transfer-sent")),
        Err(problem) if problem.is_mendable() => page(&app, &staff, file, &[], Faults::of("manifest", &problem)).await,
        Err(problem) => Err(problem),
    }
}

/// `POST /transfers/{file}/receive`: the archives' receipt, whole or not at all.
pub async fn receive(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let file = id(&text)?;
    let Some(receipt) = posted.file("receipt") else {
        let mut faults = Faults::default();
        faults.add("receipt", "移管先の受領書（CSV）を選んでください。", "Choose the archives' receipt.");
        return page(&app, &staff, file, &[], faults).await;
    };
    match app.office.take_receipt(&staff.actor, file, &receipt.bytes).await.map_err(Problem::from) {
        Ok(outcome) if outcome.is_done => Ok(go_done(&format!("/transfers/{file}"), "transfer-received")),
        Ok(outcome) => {
            let mut faults = Faults::default();
            let count = outcome.problems.len();
            faults.add(
                "receipt",
                format!("受領書に{count}件の食い違いがあるため、何も記録していません。"),
                format!("The receipt is wrong in {count} places; nothing was done."),
            );
            page(&app, &staff, file, &outcome.problems, faults).await
        }
        Err(problem) if problem.is_mendable() => page(&app, &staff, file, &[], Faults::of("receipt", &problem)).await,
        Err(problem) => Err(problem),
    }
}

/// `POST /transfers/{file}/cancel`
pub async fn cancel(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.cancel_transfer(&staff.actor, id(&text)?).await?;
    Ok(go_done(&format!("/transfers/{text}"), "transfer-cancelled"))
}

async fn page(
    app: &App,
    staff: &Staff,
    file: RecordFileId,
    problems: &[ReceiptProblem],
    faults: Faults,
) -> Result<Response, Problem> {
    let view = app.office.file_view(&staff.actor, file).await?;
    show(&TransferPage {
        page: staff.page(app, "移管する文書ファイル", "Record file for transfer", "/transfers"),
        base: format!("/transfers/{file}"),
        file: file.to_string(),
        title: view.file.title.clone(),
        state: state(view.file.transfer.as_ref()),
        steps: way(WAY, place(&view)),
        facts: facts(&view),
        records: records(&view.records),
        problems: wrong(problems),
        faults,
        may: may(app, staff, &view).await?,
        limit: size(app.settings.upload_limit_bytes as u64),
    })
}

async fn may(app: &App, staff: &Staff, view: &FileView) -> Result<May, Problem> {
    match &view.file.transfer {
        _ if !staff.disposes() || view.destroyed_on.is_some() => Ok(May::Look),
        Some(transfer) if transfer.receipt.is_some() => Ok(May::Look),
        Some(_) => Ok(May::Receive),
        None => match app.office.draft_transfer(&staff.actor, view.file.id).await {
            Ok(draft) => Ok(May::Send { is_too_large: is_too_large(app, &draft) }),
            Err(OfficeError::Filing(why)) => Ok(May::Wait(wording::sentence(why.code(), &[]))),
            Err(other) => Err(other.into()),
        },
    }
}

/// A package is put together in memory: what may not be uploaded at once is not handed out either.
fn is_too_large(app: &App, draft: &TransferDraft) -> bool {
    let bytes: u64 = draft.records.iter().map(|row| row.record.size_bytes).sum();
    bytes > app.settings.upload_limit_bytes as u64
}

fn place(view: &FileView) -> usize {
    match &view.file.transfer {
        None => 0,
        Some(transfer) if transfer.receipt.is_none() => 1,
        Some(_) if view.destroyed_on.is_none() => 2,
        Some(_) => WAY.len(),
    }
}

fn facts(view: &FileView) -> Vec<Fact> {
    let bytes = view.records.iter().map(|row| row.record.size_bytes).sum();
    let mut facts = vec![
        (
            "文書ファイル",
            "Record file",
            Cell::link(format!("/records/files/{}", view.file.id), view.file.title.clone()),
        ),
        ("分類", "Class", Cell::text(view.class_path.clone())),
        ("満了日", "Expires on", Cell::unbroken(date_or(view.dates.expires_on, "計算できません"))),
        ("文書", "Records", Cell::text(format!("{}件（{}）", view.records.len(), size(bytes)))),
    ];
    if let Some(transfer) = &view.file.transfer {
        facts.push(("引き渡した日", "Sent on", Cell::unbroken(date(transfer.sent_on))));
        facts.push(("目録（manifest.csv）のSHA-256", "Manifest", Cell::mono(&transfer.manifest_sha256)));
        if let Some(receipt) = &transfer.receipt {
            facts.push(("受領書を取り込んだ日", "Received on", Cell::unbroken(date(receipt.received_on))));
            facts.push(("移管先の受領番号", "Archives' reference", Cell::text(receipt.references.join("、"))));
            facts.push(("受領書のSHA-256", "Receipt", Cell::mono(&receipt.sha256)));
        }
    }
    if let Some(day) = view.destroyed_on {
        facts.push(("当方の写しを廃棄した日", "Our copy destroyed on", Cell::unbroken(date(day))));
    }
    facts
}

fn records(rows: &[RecordRow]) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("件名", "Title"), ("作成・取得日", "Created"), ("大きさ", "Size"), ("原本のSHA-256", "Original")];
    let row = |row: &RecordRow| {
        vec![
            Cell::link(format!("/records/{}/content", row.record.id), row.record.title.clone()),
            Cell::unbroken(date(row.record.created)),
            Cell::unbroken(size(row.record.size_bytes)),
            Cell::mono(&row.record.sha256),
        ]
    };
    Table::new(HEAD, rows.iter().map(row).collect(), "当方に文書は残っていません。")
}

fn wrong(problems: &[ReceiptProblem]) -> Table {
    const HEAD: &[(&str, &str)] = &[("行", "Line"), ("食い違い", "What is wrong"), ("文書の識別子", "Record")];
    let row = |one: &ReceiptProblem| {
        let said = wording::sentence(one.code, &[]);
        vec![
            Cell::text(one.line.map_or_else(|| "（行なし）".to_owned(), |line| line.to_string())),
            Cell::Lines(vec![said.ja, said.en]),
            Cell::mono(one.record.map_or_else(|| "読めません".to_owned(), |record| record.to_string())),
        ]
    };
    Table::new(HEAD, problems.iter().map(row).collect(), "")
}
