//! `/desk/outbox`: mails that wait, and those that somebody has to see to.

use crate::http::app::App;
use crate::http::page::show;
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::records::TablePage;
use crate::http::show::{Tag, time};
use crate::http::staff::Staff;
use crate::office::notices::{MailKind, MailState, NoticeMail, OutboxItem};
use crate::wording;
use axum::extract::State;
use axum::response::Response;

const HEAD: &[(&str, &str)] = &[
    ("文書番号", "Number"),
    ("件名", "Subject"),
    ("メール", "Mail"),
    ("状態", "State"),
    ("次の送信", "Next try"),
    ("いまの状況", "Why it waits"),
];

/// `GET /desk/outbox`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let items = app.office.outbox(&staff.actor).await?;
    let intro = match app.office.sends_mail() {
        true => (
            "受取人へのメールのうち、まだ送っていないものと、送れなかったものです。送れなかったものは、通知の画面から送り直すか、紙の交付に切り替えてください。",
            "Mails to recipients that are not sent yet, or could not be. Send those again from the notice's page, or deliver on paper.",
        ),
        false => (
            "メールの設定（city.toml の [mail]）がないため、メールは送りません。リンクと受取コードは、施行の画面で職員がお知らせください。",
            "No mail is set up ([mail] in city.toml), so that none is sent.",
        ),
    };
    show(&TablePage {
        page: staff.page(&app, "送信待ちのメール", "Outbox", "/desk"),
        crumb: ("/desk", "担当業務"),
        intro,
        links: Vec::new(),
        table: Table::new(HEAD, items.iter().map(row).collect(), "送信を待っているメールはありません。"),
    })
}

/// Names what a mail is about.
pub fn about(kind: MailKind) -> (&'static str, &'static str) {
    match kind {
        MailKind::Issued => ("通知書のお知らせ", "Notice is there"),
        MailKind::Code => ("受取コードのお知らせ", "Collection code"),
        MailKind::Confirmed => ("電子での受け取りの確認", "Delivery confirmed"),
        MailKind::Reminder => ("期限のお知らせ", "Reminder"),
        MailKind::Revoked => ("取消しのお知らせ", "Revoked"),
        MailKind::Replaced => ("差替えのお知らせ", "Replaced"),
        MailKind::Reissued => ("再交付のお知らせ", "Issued anew"),
    }
}

/// Tells in a line what became of a mail. That a server took it is never called arrival.
pub fn told(mail: &NoticeMail) -> String {
    let why = mail.trouble.as_ref().map(|code| why(code, mail.reply)).unwrap_or_default();
    let twice = if mail.maybe_twice { "（二度届いた可能性があります）" } else { "" };
    format!("{}：{}　{}{why}{twice}", about(mail.kind).0, state(mail.state).ja, time(mail.changed_at))
}

fn state(state: MailState) -> Tag {
    match state {
        MailState::Queued => Tag::new("", "…", "送信待ち", "Queued"),
        MailState::Sending => Tag::new("", "…", "送信中", "Sending"),
        MailState::Accepted => Tag::new("key", "→", "メールサーバーが受付", "Accepted by the server"),
        MailState::Refused => Tag::new("bad", "✕", "受付を拒否", "Refused"),
        MailState::GivenUp => Tag::new("bad", "✕", "送信を断念", "Given up"),
        MailState::Dropped => Tag::new("", "－", "取りやめ", "Dropped"),
    }
}

fn why(code: &str, reply: Option<u16>) -> String {
    let words = wording::ja(code).unwrap_or(code);
    reply.map_or_else(|| format!("（{words}）"), |reply| format!("（{words} 応答 {reply}）"))
}

fn row(item: &OutboxItem) -> Vec<Cell> {
    let trouble = item.mail.trouble.as_ref().map(|code| why(code, item.mail.reply)).unwrap_or_default();
    vec![
        Cell::unbroken(item.number.clone().unwrap_or_else(|| "－".into())),
        Cell::link(format!("/notices/{}", item.notice), item.subject.clone()),
        Cell::text(about(item.mail.kind).0),
        Cell::Tag(state(item.mail.state)),
        Cell::unbroken(item.next.map_or_else(|| "－".to_owned(), time)),
        Cell::text(format!("{}回試行{trouble}", item.mail.tries)),
    ]
}
