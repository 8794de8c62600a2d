//! `/r/{link}`: the recipient's page behind an unguessable link and a code.

use crate::http::app::App;
use crate::http::download;
use crate::http::faults::Faults;
use crate::http::notice_words::{EffectView, standing};
use crate::http::page::{Page, go, go_done, show};
use crate::http::parts::{Cell, Fact};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::session::Session;
use crate::http::show::date;
use crate::http::visitor::Visitor;
use crate::office::OfficeError;
use crate::office::notices::{Effect, NoticeError, NoticeState, RecipientSession, ResidentView};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "resident_code.html")]
struct CodePage {
    page: Page,
    link: String,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "resident_consent.html")]
struct ConsentPage {
    page: Page,
    link: String,
}

#[derive(Template)]
#[template(path = "resident.html")]
struct ResidentPage {
    page: Page,
    link: String,
    subject: String,
    effect: EffectView,
    facts: Vec<Fact>,
    to_paper: bool,
    is_overdue: bool,
    can_download: bool,
    confirms_receipt: bool,
    is_arrived: bool,
    can_withdraw: bool,
}

/// `GET /r/{link}`: asks for the code, then for consent, then shows the notice.
pub async fn notice(State(app): State<App>, visitor: Visitor, Path(link): Path<String>) -> Result<Response, Problem> {
    let link = shaped(link)?;
    let Ok(session) = session(&visitor, &link) else { return code_page(&app, &visitor, link, Faults::default()) };
    match app.office.resident_view(session).await {
        Ok(view) if asks_for_consent(&view) => show(&ConsentPage {
            page: visitor.page(&app, "電子ファイルでの受け取り", "Electronic delivery"),
            link,
        }),
        Ok(view) => notice_page(&app, &visitor, link, view),
        Err(OfficeError::Notice(NoticeError::SessionEnded)) => code_page(&app, &visitor, link, Faults::default()),
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /r/{link}/code`
pub async fn enter(
    State(app): State<App>,
    visitor: Visitor,
    Path(link): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let link = shaped(link)?;
    match app.office.open_link(&link, posted.text("code")).await.map_err(Problem::from) {
        Ok(opened) => {
            let session = Session { resident: Some(opened), ..visitor.session.clone() };
            visitor.become_session(&app, session, go(&format!("/r/{link}"))).await
        }
        Err(problem) if problem.is_refused_entry() => code_page(&app, &visitor, link, Faults::of("code", &problem)),
        Err(problem) => Err(problem),
    }
}

/// `POST /r/{link}/consent`
pub async fn consent(
    State(app): State<App>,
    visitor: Visitor,
    Path(link): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.confirm_delivery(session(&visitor, &link)?).await?;
    Ok(go_done(&format!("/r/{link}"), "consented"))
}

/// `POST /r/{link}/received`: the recipient says to have the file.
pub async fn received(
    State(app): State<App>,
    visitor: Visitor,
    Path(link): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.confirm_receipt(session(&visitor, &link)?).await?;
    Ok(go_done(&format!("/r/{link}"), "receipt-confirmed"))
}

/// `POST /r/{link}/withdraw`
pub async fn withdraw(
    State(app): State<App>,
    visitor: Visitor,
    Path(link): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.withdraw_consent(session(&visitor, &link)?).await?;
    Ok(go_done(&format!("/r/{link}"), "withdrawn"))
}

/// `POST /r/{link}/download`: the notice has arrived once all of it has been handed to the browser's connection.
pub async fn collect(
    State(app): State<App>,
    visitor: Visitor,
    Path(link): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let session = session(&visitor, &link)?.clone();
    let bytes = app.office.collect(&session).await?;
    let view = app.office.resident_view(&session).await?;
    let office = Arc::clone(&app.office);
    let arrived = async move {
        if let Err(error) = office.downloaded(&session).await {
            tracing::warn!(%error, "a completed download could not be recorded");
        }
    };
    Ok(download::watched_pdf(&format!("{}.pdf", view.number), bytes, arrived))
}

/// Tells whether the recipient is to say yes or no: not to what has no effect any more, or came too late.
fn asks_for_consent(view: &ResidentView) -> bool {
    view.state == NoticeState::Issued && view.standing.effect == Effect::InForce && !view.is_overdue
}

/// Links have one shape; anything else is no page of ours.
fn shaped(link: String) -> Result<String, Problem> {
    if link.len() == 64 && link.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(link)
    } else {
        Err(WebFault::NoPage.into())
    }
}

fn session<'a>(visitor: &'a Visitor, link: &str) -> Result<&'a RecipientSession, Problem> {
    let session = visitor.session.resident.as_ref().filter(|session| *session.link == link);
    session.ok_or_else(|| WebFault::CodeNeeded.into())
}

fn code_page(app: &App, visitor: &Visitor, link: String, faults: Faults) -> Result<Response, Problem> {
    show(&CodePage { page: visitor.page(app, "通知の受け取り", "Collect your notice"), link, faults })
}

fn notice_page(app: &App, visitor: &Visitor, link: String, view: ResidentView) -> Result<Response, Problem> {
    let mut facts = vec![("文書番号", "Number", Cell::text(view.number.clone()))];
    facts.extend(view.issued_on.map(|day| ("施行日", "Issued on", Cell::unbroken(date(day)))));
    if view.state == NoticeState::Available || view.is_overdue {
        facts.push(("取得期限", "Collect by", Cell::unbroken(date(view.collect_by))));
    }
    facts.extend(view.sha256.as_ref().map(|hash| ("PDFのSHA-256", "Hash of the PDF", Cell::mono(hash))));
    show(&ResidentPage {
        page: visitor.page(app, "通知の受け取り", "Your notice"),
        link,
        effect: standing(&view.standing),
        facts,
        to_paper: view.state == NoticeState::ToPaper,
        is_overdue: view.is_overdue,
        can_download: matches!(view.state, NoticeState::Available | NoticeState::Arrived) && !view.is_overdue,
        confirms_receipt: view.confirms_receipt,
        is_arrived: view.state == NoticeState::Arrived,
        can_withdraw: view.state == NoticeState::Available,
        subject: view.subject,
    })
}
