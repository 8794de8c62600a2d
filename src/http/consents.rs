//! `/desk/consents`: the register of agreements to electronic delivery (N2).

use crate::http::app::App;
use crate::http::notice_offers::{method, scope};
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::show::{Tag, date, time};
use crate::http::staff::Staff;
use crate::office::notices::{Consent, ConsentLine};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "consents.html")]
struct ConsentsPage {
    page: Page,
    query: String,
    table: Table,
}

const HEAD: &[(&str, &str)] = &[
    ("受取人", "Recipient"),
    ("通知", "Notice"),
    ("同意の日", "Given on"),
    ("方法", "Method"),
    ("範囲", "Scope"),
    ("証拠", "Evidence"),
    ("状態", "State"),
];

/// `GET /desk/consents`
pub async fn register(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    page(&app, &staff, "").await
}

/// `POST /desk/consents`: those of one recipient, whose name stands in no address.
pub async fn of_recipient(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    page(&app, &staff, posted.text("recipient")).await
}

/// Tells of an agreement in a line.
pub fn told(consent: &Consent) -> String {
    let given = consent.given_on.map_or_else(|| time(consent.given_at), date);
    let withdrawn = consent.withdrawn_at.map_or_else(String::new, |at| format!("（{}に撤回）", time(at)));
    let (method, scope) = (method(&consent.method), scope(&consent.scope));
    format!("{given}　{method}　{scope}　{}{withdrawn}", consent.evidence)
}

async fn page(app: &App, staff: &Staff, query: &str) -> Result<Response, Problem> {
    let lines = app.office.consents(&staff.actor, query).await?;
    let table = Table::new(HEAD, lines.iter().map(row).collect(), "当てはまる同意の記録はありません。");
    let page = staff.page(app, "電子交付への同意の記録", "Consents", "/desk");
    show(&ConsentsPage { page, query: query.to_owned(), table })
}

fn row(line: &ConsentLine) -> Vec<Cell> {
    let consent = &line.consent;
    let notice =
        line.number.as_ref().map_or_else(|| line.subject.clone(), |number| format!("{number}　{}", line.subject));
    let tag = match consent.withdrawn_at {
        Some(_) => Tag::new("warn", "！", "撤回", "Withdrawn"),
        None if line.confirmed_at.is_some() => Tag::new("good", "✓", "有効・本人確認済", "Confirmed"),
        None => Tag::new("good", "✓", "有効", "Stands"),
    };
    vec![
        Cell::text(line.recipient.clone()),
        Cell::link(format!("/notices/{}", line.notice), notice),
        Cell::unbroken(consent.given_on.map_or_else(|| time(consent.given_at), date)),
        Cell::text(method(&consent.method)),
        Cell::text(scope(&consent.scope)),
        Cell::text(consent.evidence.clone()),
        Cell::Tag(tag),
    ]
}
