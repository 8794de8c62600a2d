//! `/holds`: holds on disposal, placing and releasing them.

use crate::http::app::App;
use crate::http::choices::{Narrowed, living_files};
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::{date_or, time};
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::id::{HoldId, RecordFileId};
use crate::office::records::{HoldEffect, HoldView, NewHold};
use crate::records::{HoldKind, HoldScope};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "holds.html")]
struct HoldsPage {
    page: Page,
    faults: Faults,
    table: Table,
    can_place: bool,
    files: Narrowed,
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
    /// The words by which the choice was narrowed.
    query: String,
}

/// Every kind, in the order of the choice.
pub const KINDS: [HoldKind; 4] = [HoldKind::Audit, HoldKind::Litigation, HoldKind::Appeal, HoldKind::Disclosure];

/// `GET /holds`
pub async fn list(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (target, query) = (asked.text("on").to_owned(), asked.text("q").to_owned());
    page(&app, &staff, Form { target, query, ..Form::default() }, Faults::default()).await
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
    Ok(go_done("/holds", effect_word(&effect)))
}

/// Returns the key of what a hold did.
pub fn effect_word(effect: &HoldEffect) -> &'static str {
    match (effect.reached, effect.too_late.is_empty()) {
        (false, _) => "held-unreached",
        (true, true) => "held",
        (true, false) => "held-too-late",
    }
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
    let [target, kind, reason, hold, decided, query] =
        ["target", "kind", "reason", "hold", "decided", "q"].map(|name| posted.text(name).to_owned());
    Form { target, kind, reason, hold, decided, query }
}

async fn page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    let holds = app.office.holds(&staff.actor).await?;
    let files = living_files(app, staff, &form.query, &form.target).await?;
    let open = holds.iter().filter(|view| view.hold.decided.is_none());
    show(&HoldsPage {
        page: staff.page(app, "廃棄保留", "Holds on disposal", "/holds"),
        faults,
        table: table(&holds),
        can_place: staff.places_holds(),
        files,
        kinds: KINDS.map(|kind| (kind.word().to_owned(), words::hold_kind(kind).to_owned())).into(),
        open: open
            .map(|view| {
                let (hold, on) = (&view.hold, target_words(view));
                (hold.id.to_string(), format!("{}　{on}　{}", words::hold_kind(hold.kind), hold.reason))
            })
            .collect(),
        form,
    })
}

fn table(holds: &[HoldView]) -> Table {
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
            target(view),
            Cell::text(view.hold.reason.clone()),
            Cell::unbroken(time(view.hold.placed_at)),
            Cell::unbroken(date_or(view.hold.decided, "未了")),
            Cell::Tag(words::hold_force(view.hold.decided.is_some(), view.in_force)),
            Cell::text(words::keep_until(Some(view.keeps_until))),
        ]
    };
    Table::new(HEAD, holds.iter().map(row).collect(), "廃棄保留はありません。")
}

/// Says in a line what a hold lies on.
fn target_words(view: &HoldView) -> String {
    match target(view) {
        Cell::Link(_, words) | Cell::Text(words) => words,
        Cell::Lines(lines) => lines.join("　"),
        _ => String::new(),
    }
}

fn target(view: &HoldView) -> Cell {
    match &view.hold.scope {
        HoldScope::File(file) => {
            let title = view.file_title.clone().unwrap_or_else(|| file.to_string());
            Cell::link(format!("/records/files/{file}"), title)
        }
        HoldScope::Record(record) => Cell::text(format!("文書 {record}")),
        HoldScope::Class(class) => Cell::text(format!("分類 {} とその下", class.as_str())),
        HoldScope::Predicate(what) => {
            let named =
                view.hold.search.as_ref().map(|one| format!("検索「{}」第{}版の条件", one.name, one.row_version));
            Cell::Lines(named.into_iter().chain([words::predicate(what)]).collect())
        }
    }
}
