//! The forms of a notice's page, and what they do.

use crate::http::app::App;
use crate::http::left::Left;
use crate::http::notices::{Link, path_of};
use crate::http::page::go_done;
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::staff::{Staff, id};
use crate::id::{NoticeId, RecordFileId};
use crate::office::OfficeError;
use crate::office::notices::{Issued, NewConsent, PostalAddress};
use axum::extract::{Path, State};
use axum::response::Response;

/// `POST /notices/{id}/submit`
pub async fn submit(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.submit(&staff.actor, id(&text)?).await?;
    Ok(back(&text, "submitted"))
}

/// `POST /notices/{id}/take-back`
pub async fn take_back(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.take_back_notice(&staff.actor, id(&text)?, posted.text("reason")).await?;
    Ok(back(&text, "taken-back"))
}

/// `POST /notices/{id}/discard`
pub async fn discard(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.discard_notice(&staff.actor, id(&text)?, posted.text("reason")).await?;
    Ok(back(&text, "discarded"))
}

/// `POST /notices/{id}/number`: gives a draft the number that it will have, so that it can stand on it.
pub async fn reserve_number(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.reserve_number(&staff.actor, id(&text)?).await?;
    Ok(back(&text, "numbered"))
}

/// `POST /notices/{id}/approve`: approves the PDF of the hash that was shown.
pub async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let hash = posted.hash()?;
    let in_place_of = Some(posted.text("in_place_of"));
    app.office.approve_step(&staff.actor, id(&text)?, &hash, in_place_of).await?;
    Ok(back(&text, "approved"))
}

/// `POST /notices/{id}/return`
pub async fn send_back(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.return_draft(&staff.actor, id(&text)?, posted.text("reason")).await?;
    Ok(back(&text, "returned"))
}

/// `POST /notices/{id}/consent`: records how the recipient agreed to electronic delivery.
pub async fn consent(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let [method, scope, evidence] = ["method", "scope", "evidence"].map(|name| posted.text(name).to_owned());
    let new = NewConsent { method, scope, evidence, given_on: posted.date("given_on")? };
    app.office.record_consent(&staff.actor, id(&text)?, new).await?;
    Ok(back(&text, "consent-recorded"))
}

/// `POST /notices/{id}/withdrawal`: records that the recipient has taken the agreement back.
pub async fn withdrawal(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.record_withdrawal(&staff.actor, id(&text)?, posted.text("evidence")).await?;
    Ok(back(&text, "withdrawal-recorded"))
}

/// `POST /notices/{id}/contact`: records where the recipient is reached.
pub async fn contact(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let notice: NoticeId = id(&text)?;
    let email = match posted.text("email") {
        "" => None,
        address => Some(address.parse().map_err(OfficeError::Notice)?),
    };
    let postal = match (posted.text("postcode"), ["line1", "line2", "line3"].map(|name| posted.text(name))) {
        ("", ["", "", ""]) => None,
        (postcode, lines) => Some(PostalAddress::new(postcode, &lines).map_err(OfficeError::Notice)?),
    };
    app.office.set_contact(&staff.actor, notice, email, postal).await?;
    Ok(back(&text, "contact-recorded"))
}

/// `POST /notices/{id}/retry-mail`: has a mail sent again that was refused or given up.
pub async fn retry_mail(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.retry_mail(&staff.actor, posted.parse("mail")?).await?;
    Ok(back(&text, "mail-retried"))
}

/// `POST /notices/{id}/issue`: the notice's page shows link and code, once.
pub async fn issue(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let notice: NoticeId = id(&text)?;
    let issued = app.office.issue(&staff.actor, notice).await?;
    to_tell(&app, &staff, notice, &issued, "issued").await
}

/// `POST /notices/{id}/reissue`: as `issue`, with the new link and code.
pub async fn reissue(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let notice: NoticeId = id(&text)?;
    let issued = app.office.reissue(&staff.actor, notice, posted.text("reason")).await?;
    to_tell(&app, &staff, notice, &issued, "reissued").await
}

/// Leaves what the recipient is to be told for the notice's page, and sends the browser there.
async fn to_tell(app: &App, staff: &Staff, notice: NoticeId, issued: &Issued, done: &str) -> Result<Response, Problem> {
    let (page, link) = (path_of(notice), Box::new(Link::of(app, issued)));
    app.leave(staff.cookie(), &page, Left::Link(link)).await?;
    Ok(go_done(&page, done))
}

/// `POST /notices/{id}/to-paper`
pub async fn to_paper(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.to_paper(&staff.actor, id(&text)?, posted.text("reason")).await?;
    Ok(back(&text, "to-paper"))
}

/// `POST /notices/{id}/revoke`
pub async fn revoke(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.revoke(&staff.actor, id(&text)?, posted.text("reason")).await?;
    Ok(back(&text, "revoked"))
}

/// `POST /notices/{id}/replace`
pub async fn replace(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let by: NoticeId = posted.parse("by")?;
    app.office.replace(&staff.actor, id(&text)?, by, posted.text("reason")).await?;
    Ok(back(&text, "replaced"))
}

/// `POST /notices/{id}/file`: files the sealed notice as a record.
pub async fn file(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let file: RecordFileId = posted.parse("record_file")?;
    app.office.file_notice(&staff.actor, id(&text)?, file).await?;
    Ok(back(&text, "filed"))
}

fn back(text: &str, done: &str) -> Response {
    go_done(&format!("/notices/{text}"), done)
}
