//! `/desk/deadlines`: what is not collected yet, reminders, and the turn to paper (N4).

use crate::http::app::App;
use crate::http::notice_words::state;
use crate::http::outbox;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::show::{Tag, date};
use crate::http::staff::Staff;
use crate::office::notices::{MailKind, Uncollected};
use crate::office::{AfterDeadline, Role};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "deadlines.html")]
struct DeadlinesPage {
    page: Page,
    days: String,
    by_itself: bool,
    sends_mail: bool,
    is_clerk: bool,
    overdue: usize,
    table: Table,
}

const HEAD: &[(&str, &str)] = &[
    ("取得期限", "Collect by"),
    ("文書番号", "Number"),
    ("件名", "Subject"),
    ("状態", "State"),
    ("お知らせ", "Reminders"),
];

/// `GET /desk/deadlines`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let list = app.office.uncollected(&staff.actor).await?;
    let settings = app.office.settings();
    let days: Vec<String> = settings.reminder_days.iter().map(ToString::to_string).collect();
    show(&DeadlinesPage {
        page: staff.page(&app, "取得期限と督促", "Deadlines", "/desk"),
        days: days.join("日前と"),
        by_itself: settings.after_deadline == AfterDeadline::ByItself,
        sends_mail: app.office.sends_mail(),
        is_clerk: staff.is_any(&[Role::Clerk]),
        overdue: list.iter().filter(|one| one.is_overdue).count(),
        table: Table::new(HEAD, list.iter().map(row).collect(), "受取を待っている通知はありません。"),
    })
}

/// `POST /desk/deadlines/remind`
pub async fn remind(State(app): State<App>, staff: Staff, _posted: Posted) -> Result<Response, Problem> {
    let reminded = app.office.remind_due(Some(&staff.actor)).await?;
    Ok(go_done("/desk/deadlines", if reminded.is_empty() { "no-reminders" } else { "reminded" }))
}

/// `POST /desk/deadlines/to-paper`
pub async fn to_paper(State(app): State<App>, staff: Staff, _posted: Posted) -> Result<Response, Problem> {
    app.office.to_paper_due(Some(&staff.actor), "取得期限の経過").await?;
    Ok(go_done("/desk/print", "to-paper"))
}

fn row(one: &Uncollected) -> Vec<Cell> {
    let reminders = match one.reminders {
        0 => "－".to_owned(),
        times => format!("{} {times}回", outbox::about(MailKind::Reminder).0),
    };
    let day = match one.is_overdue {
        true => Cell::Lines(vec![date(one.collect_by), "！ 期限を過ぎています".to_owned()]),
        false => Cell::unbroken(date(one.collect_by)),
    };
    vec![
        day,
        Cell::unbroken(one.number.clone().unwrap_or_else(|| "－".into())),
        Cell::link(format!("/notices/{}", one.id), one.subject.clone()),
        Cell::Tag(if one.is_overdue { OVERDUE } else { state(one.state) }),
        Cell::text(reminders),
    ]
}

const OVERDUE: Tag = Tag::new("warn", "！", "期限経過・未受取", "Overdue");
