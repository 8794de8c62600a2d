//! `/desk/print`: notices that go on paper, packages for the print room, and that they were printed and posted (N4).

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::download;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::{Tag, date, time};
use crate::http::staff::{Staff, id};
use crate::id::{NoticeId, PrintPackageId};
use crate::office::Role;
use crate::office::notices::{PrintPackage, ToPrint};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "print.html")]
struct PrintPage {
    page: Page,
    is_clerk: bool,
    waiting: Vec<ToPrint>,
    packages: Table,
}

#[derive(Template)]
#[template(path = "print_package.html")]
struct PackagePage {
    page: Page,
    base: String,
    state: Tag,
    facts: Vec<Fact>,
    can_take: bool,
    actions: Vec<Action>,
    items: Table,
}

const PACKAGES: &[(&str, &str)] =
    &[("作成日時", "Made"), ("課", "Section"), ("件数", "Notices"), ("状態", "State"), ("", "")];
const ITEMS: &[(&str, &str)] = &[
    ("番号", "No."),
    ("文書番号", "Number"),
    ("送付状のSHA-256", "Hash of the letter"),
    ("通知書のSHA-256", "Hash of the notice"),
];

/// `GET /desk/print`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let is_clerk = staff.is_any(&[Role::Clerk]);
    let waiting = if is_clerk { app.office.to_print(&staff.actor).await? } else { Vec::new() };
    let packages = app.office.print_packages(&staff.actor).await?;
    show(&PrintPage {
        page: staff.page(&app, "紙での交付", "Delivery on paper", "/desk"),
        is_clerk,
        waiting,
        packages: Table::new(PACKAGES, packages.iter().map(package_row).collect(), "印刷に回した通知はありません。"),
    })
}

/// `POST /desk/print`: puts together what was ticked.
pub async fn make(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let chosen: Result<BTreeSet<NoticeId>, Problem> = posted.all("notice").map(id).collect();
    let chosen = chosen?;
    if chosen.is_empty() {
        return Err(WebFault::NothingChosen.into());
    }
    let package = app.office.make_print_package(&staff.actor, &chosen).await?;
    Ok(go_done(&format!("/desk/print/{}", package.id), "print-made"))
}

/// `GET /desk/print/{id}`
pub async fn package(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let wanted: PrintPackageId = id(&text)?;
    let packages = app.office.print_packages(&staff.actor).await?;
    let package = packages.into_iter().find(|one| one.id == wanted).ok_or(WebFault::NoPage)?;
    let is_clerk = staff.is_any(&[Role::Clerk]) && staff.actor.section() == package.section;
    let mut facts = vec![
        ("課", "Section", Cell::text(package.section.clone())),
        ("作成日時", "Made", Cell::unbroken(time(package.made_at))),
        ("件数", "Notices", Cell::text(format!("{}件", package.items.len()))),
    ];
    for (ja, en, day) in [("印刷した日", "Printed on", package.printed), ("発送した日", "Posted on", package.posted)]
    {
        facts.extend(day.map(|(day, _)| (ja, en, Cell::unbroken(date(day)))));
    }
    show(&PackagePage {
        page: staff.page(&app, "印刷用のまとまり", "For the print room", "/desk"),
        base: format!("/desk/print/{wanted}"),
        state: state(&package),
        facts,
        can_take: is_clerk && package.posted.is_none(),
        actions: if is_clerk { offered(&app, &package) } else { Vec::new() },
        items: Table::new(ITEMS, items(&package), ""),
    })
}

/// `POST /desk/print/{id}/take`: the ZIP; each time is written down.
pub async fn take(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let zip = app.office.print_package_zip(&staff.actor, id(&text)?).await?;
    Ok(download::attachment("application/zip", &format!("印刷-{text}.zip"), zip))
}

/// `POST /desk/print/{id}/printed`
pub async fn printed(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.record_printed(&staff.actor, id(&text)?, posted.parse("on")?).await?;
    Ok(go_done(&format!("/desk/print/{text}"), "print-printed"))
}

/// `POST /desk/print/{id}/posted`
pub async fn posted(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.record_posted(&staff.actor, id(&text)?, posted.parse("on")?).await?;
    Ok(go_done(&format!("/desk/print/{text}"), "print-posted"))
}

fn offered(app: &App, package: &PrintPackage) -> Vec<Action> {
    let today = app.office.today();
    if package.printed.is_none() {
        let printed = Action::plain("printed", "印刷を記録する", "Record printing", "全部を印刷した日を記録します。");
        return vec![printed.asking_day("on", "印刷した日", "Printed on").filled("on", today)];
    }
    if package.posted.is_none() {
        let explains =
            "全部を発送した日を記録します。記録すると、宛先の住所を消し、このまとまりはダウンロードできなくなります。";
        let posted = Action::plain("posted", "発送を記録する", "Record posting", explains);
        return vec![posted.grave().asking_day("on", "発送した日", "Posted on").filled("on", today)];
    }
    Vec::new()
}

fn state(package: &PrintPackage) -> Tag {
    match (package.printed, package.posted) {
        (_, Some(_)) => Tag::new("good", "✓", "発送済", "Posted"),
        (Some(_), None) => Tag::new("key", "→", "印刷済・発送待ち", "Printed"),
        (None, None) => Tag::new("key", "●", "印刷待ち", "To print"),
    }
}

fn package_row(package: &PrintPackage) -> Vec<Cell> {
    vec![
        Cell::unbroken(time(package.made_at)),
        Cell::text(package.section.clone()),
        Cell::number(package.items.len()),
        Cell::Tag(state(package)),
        Cell::link(format!("/desk/print/{}", package.id), "開く"),
    ]
}

fn items(package: &PrintPackage) -> Vec<Vec<Cell>> {
    let row = |(item, number): (&crate::office::notices::PrintItem, u32)| {
        vec![
            Cell::number(number),
            Cell::link(format!("/notices/{}", item.notice), item.number.clone()),
            Cell::mono(&item.letter_sha256),
            Cell::mono(&item.notice_sha256),
        ]
    };
    package.items.iter().zip(1_u32..).map(row).collect()
}
