//! `/holds`: holds on disposal, placing and releasing them.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::records;
use crate::http::show::{Tag, date_or, time};
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::id::{HoldId, RecordFileId};
use crate::office::records::{HoldView, NewHold, RegisterRow};
use crate::records::{HoldKind, HoldScope};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// Files to choose from; any other is held from its own page.
const MOST_CHOICES: usize = 1000;

#[derive(Template)]
#[template(path = "holds.html")]
struct HoldsPage {
    page: Page,
    faults: Faults,
    table: Table,
    can_place: bool,
    files: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    open: Vec<(String, String)>,
    form: Form,
}

#[derive(Default)]
struct Form {
    target: String,
    kind: String,
    reason: String,
    hold: String,
    decided: String,
}

const KINDS: [HoldKind; 4] = [HoldKind::Audit, HoldKind::Litigation, HoldKind::Appeal, HoldKind::Disclosure];

/// `GET /holds`
pub async fn list(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    page(&app, &staff, Form { target: asked.text("on").into(), ..Form::default() }, Faults::default()).await
}

/// `POST /holds`
pub async fn place(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = read(&posted);
    let kind = KINDS.into_iter().find(|kind| kind.word() == form.kind);
    let (Some(kind), Ok(file), false) = (kind, id::<RecordFileId>(&form.target), form.reason.is_empty()) else {
        let mut faults = Faults::default();
        faults.require(&form.target, "target", "対象の文書ファイル", "record file");
        faults.require(&form.kind, "kind", "種類", "kind");
        faults.require(&form.reason, "reason", "理由", "reason");
        return page(&app, &staff, form, faults).await;
    };
    let new = NewHold { kind, scope: HoldScope::File(file), reason: form.reason };
    let effect = app.office.place_hold(&staff.actor, new).await?;
    let done = match (effect.reached, effect.too_late.is_empty()) {
        (false, _) => "held-unreached",
        (true, true) => "held",
        (true, false) => "held-too-late",
    };
    Ok(go_done("/holds", done))
}

/// `POST /holds/release`
pub async fn release(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = read(&posted);
    let (Ok(hold), Ok(Some(decided))) = (id::<HoldId>(&form.hold), posted.date("decided")) else {
        let mut faults = Faults::default();
        faults.require(&form.hold, "hold", "解く保留", "hold");
        faults.add("decided", "裁決・決定・終了の日を入力してください。", "Enter the date.");
        return page(&app, &staff, form, faults).await;
    };
    match app.office.release_hold(&staff.actor, hold, decided).await.map_err(Problem::from) {
        Ok(_) => Ok(go_done("/holds", "released")),
        Err(problem) if problem.is_mendable() => page(&app, &staff, form, Faults::of("decided", &problem)).await,
        Err(problem) => Err(problem),
    }
}

fn read(posted: &Posted) -> Form {
    let [target, kind, reason, hold, decided] =
        ["target", "kind", "reason", "hold", "decided"].map(|name| posted.text(name).to_owned());
    Form { target, kind, reason, hold, decided }
}

async fn page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    let holds = app.office.holds(&staff.actor).await?;
    let rows = app.office.register_page(&staff.actor, "", None, MOST_CHOICES).await?.rows;
    let mut files: Vec<_> = rows.iter().filter(|row| row.destroyed_on.is_none() && !row.withheld).map(choice).collect();
    if let Ok(file) = id::<RecordFileId>(&form.target)
        && !files.iter().any(|(id, _)| *id == form.target)
        && let Ok(view) = app.office.file_view(&staff.actor, file).await
    {
        files.push((form.target.clone(), format!("{}　{}", view.class_path, view.file.title)));
    }
    let open = holds.iter().map(|view| &view.hold).filter(|hold| hold.decided.is_none());
    show(&HoldsPage {
        page: staff.page(app, "廃棄保留", "Holds on disposal", "/holds"),
        faults,
        table: table(&holds, &rows),
        can_place: staff.places_holds(),
        files,
        kinds: KINDS.map(|kind| (kind.word().to_owned(), words::hold_kind(kind).to_owned())).into(),
        open: open
            .map(|hold| (hold.id.to_string(), format!("{}　{}", words::hold_kind(hold.kind), hold.reason)))
            .collect(),
        form,
    })
}

fn choice(row: &RegisterRow) -> (String, String) {
    (row.file.to_string(), format!("{}　{}", row.class_path, row.title))
}

fn table(holds: &[HoldView], rows: &[RegisterRow]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("種類", "Kind"),
        ("対象", "On"),
        ("理由", "Reason"),
        ("登録", "Placed"),
        ("裁決・決定・終了の日", "Decided"),
        ("効力", "In force"),
        ("保存の最終日", "Keeps until"),
    ];
    let row = |view: &HoldView| {
        vec![
            Cell::text(words::hold_kind(view.hold.kind)),
            target(&view.hold.scope, rows),
            Cell::text(view.hold.reason.clone()),
            Cell::unbroken(time(view.hold.placed_at)),
            Cell::unbroken(date_or(view.hold.decided, "未了")),
            Cell::Tag(force(view)),
            Cell::text(words::keep_until(Some(view.keeps_until))),
        ]
    };
    Table::new(HEAD, holds.iter().map(row).collect(), "廃棄保留はありません。")
}

fn force(view: &HoldView) -> Tag {
    if view.in_force {
        Tag::new("warn", "！", "保留中", "In force")
    } else {
        Tag::new("", "－", "終了", "Ended")
    }
}

fn target(scope: &HoldScope, rows: &[RegisterRow]) -> Cell {
    match scope {
        HoldScope::File(file) => {
            let row = rows.iter().find(|row| row.file == *file);
            row.map_or_else(|| Cell::link(format!("/records/files/{file}"), file.to_string()), records::title)
        }
        HoldScope::Record(record) => Cell::text(format!("文書 {record}")),
        HoldScope::Class(class) => Cell::text(format!("分類 {} とその下", class.as_str())),
        HoldScope::Predicate(_) => Cell::text("条件に当てはまるすべての文書"),
    }
}
