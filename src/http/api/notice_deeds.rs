//! `/api/v1/notices`, written: drafted, drafted anew, submitted, taken back, given up, the recipient's agreement. Each once, by its key.

use super::body::{DocumentParts, Json, WithDocument};
use super::caller::Caller;
use super::delivery_views::ContactGiven;
use super::notice_views::{ConsentGiven, NoticeDocument, NoticeDraft};
use super::once::{Key, KeyHeader, MadeView, once};
use super::problem::Refused;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::staff::id;
use crate::id::NoticeId;
use crate::office::OfficeError;
use crate::office::notices::NewConsent;
use crate::office::tokens::Scope;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a notice is taken back from its approvers.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakingBack {
    /// Why, for those who had it to approve.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Why a draft is given up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivingUp {
    /// Why.
    #[schema(min_length = 1)]
    pub reason: String,
}

/// Drafts a notice with its PDF, or by its template
///
/// As JSON with the PDF in base64 (`content`), or as `multipart/form-data` with the parts `data` (this JSON without it) and `content`.
/// Where the notice type has a template, `fields` in place of a PDF sets the notice by it.
#[utoipa::path(post, path = "/notices", tag = "notices", security(("token" = ["notices:draft"])), params(KeyHeader),
    request_body(content((NoticeDraft = "application/json"), (DocumentParts = "multipart/form-data"))),
    responses((status = 201, description = "Made, now or by the same request before", body = MadeView,
        headers(("Location" = String, description = "Where it is found")),
        links(
            ("notice" = (operation_id = "show", parameters(("id" = "$response.body#/id")))),
            ("outcome" = (operation_id = "outcome", parameters(("id" = "$response.body#/id")))),
            ("pdf" = (operation_id = "pdf", parameters(("id" = "$response.body#/id")))),
            ("again" = (operation_id = "redraft", parameters(("id" = "$response.body#/id")))),
            ("submit" = (operation_id = "submit", parameters(("id" = "$response.body#/id")))),
            ("take_back" = (operation_id = "take_back", parameters(("id" = "$response.body#/id")))),
            ("discard" = (operation_id = "discard", parameters(("id" = "$response.body#/id")))),
            ("consent" = (operation_id = "consent", parameters(("id" = "$response.body#/id")))),
            ("contact" = (operation_id = "contact", parameters(("id" = "$response.body#/id")))))), Refused))]
pub async fn draft(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    posted: WithDocument<NoticeDraft>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let request = key.request(&caller, "POST /notices", &posted.data, &posted.bytes);
    let new = posted.data.with(posted.bytes, app.office.today())?;
    let done = once(&app, request, async |office| new.drafted(office, &actor).await).await?;
    Ok(done.created("notices"))
}

/// Drafts a notice of its own anew: in other words, or with another PDF
#[utoipa::path(put, path = "/notices/{id}", tag = "notices", security(("token" = ["notices:draft"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    request_body(content((NoticeDraft = "application/json"), (DocumentParts = "multipart/form-data"))),
    responses((status = 200, description = "What was asked for", body = NoticeDocument), Refused))]
pub async fn redraft(
    State(app): State<App>,
    caller: Caller,
    Path(notice): Path<String>,
    posted: WithDocument<NoticeDraft>,
) -> Result<axum::Json<NoticeDocument>, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let new = posted.data.with(posted.bytes, app.office.today())?;
    let notice = new.redrafted(&app.office, &actor, id(&notice)?).await?;
    Ok(axum::Json(notice.into()))
}

/// Submits a draft for approval
#[utoipa::path(post, path = "/notices/{id}/submit", tag = "notices", security(("token" = ["notices:draft"])),
    params(("id" = String, Path, pattern = "^[0-9a-f]{32}$"), KeyHeader),
    responses((status = 200, description = "Done, now or by the same request before", body = MadeView), Refused))]
pub async fn submit(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Path(notice): Path<String>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let notice: NoticeId = id(&notice)?;
    let request = key.request(&caller, &format!("POST /notices/{notice}/submit"), &(), &[]);
    let done = once(&app, request, async |office| office.submit(&actor, notice).await).await?;
    Ok(done.changed("notices"))
}

/// Takes a submitted notice back, as long as it is not approved: it is a draft again
#[utoipa::path(post, path = "/notices/{id}/take-back", tag = "notices", security(("token" = ["notices:draft"])),
    params(("id" = String, Path, pattern = "^[0-9a-f]{32}$"), KeyHeader), request_body = TakingBack,
    responses((status = 200, description = "Done, now or by the same request before", body = MadeView), Refused))]
pub async fn take_back(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Path(notice): Path<String>,
    Json(given): Json<TakingBack>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let notice: NoticeId = id(&notice)?;
    let request = key.request(&caller, &format!("POST /notices/{notice}/take-back"), &given, &[]);
    let done = once(&app, request, async |office| office.take_back_notice(&actor, notice, &given.reason).await);
    Ok(done.await?.changed("notices"))
}

/// Gives a draft up for good; a number that it has is voided (欠番)
#[utoipa::path(post, path = "/notices/{id}/discard", tag = "notices", security(("token" = ["notices:draft"])),
    params(("id" = String, Path, pattern = "^[0-9a-f]{32}$"), KeyHeader), request_body = GivingUp,
    responses((status = 200, description = "Done, now or by the same request before", body = MadeView), Refused))]
pub async fn discard(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Path(notice): Path<String>,
    Json(given): Json<GivingUp>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let notice: NoticeId = id(&notice)?;
    let request = key.request(&caller, &format!("POST /notices/{notice}/discard"), &given, &[]);
    let done = once(&app, request, async |office| office.discard_notice(&actor, notice, &given.reason).await);
    Ok(done.await?.changed("notices"))
}

/// Records the recipient's agreement to electronic delivery
#[utoipa::path(post, path = "/notices/{id}/consent", tag = "notices", security(("token" = ["notices:draft"])),
    params(("id" = String, Path, pattern = "^[0-9a-f]{32}$"), KeyHeader), request_body = ConsentGiven,
    responses((status = 200, description = "Done, now or by the same request before", body = MadeView), Refused))]
pub async fn consent(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Path(notice): Path<String>,
    Json(given): Json<ConsentGiven>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let notice: NoticeId = id(&notice)?;
    let request = key.request(&caller, &format!("POST /notices/{notice}/consent"), &given, &[]);
    let new: NewConsent = given.try_into()?;
    let done = once(&app, request, async |office| office.record_consent(&actor, notice, new.clone()).await);
    Ok(done.await?.changed("notices"))
}

/// Records where the recipient is reached, in the place of what was there; it is encrypted, and never answered
#[utoipa::path(post, path = "/notices/{id}/contact", tag = "notices", security(("token" = ["notices:draft"])),
    params(("id" = String, Path, pattern = "^[0-9a-f]{32}$"), KeyHeader), request_body = ContactGiven,
    responses((status = 200, description = "Done, now or by the same request before", body = MadeView), Refused))]
pub async fn contact(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Path(notice): Path<String>,
    Json(given): Json<ContactGiven>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let notice: NoticeId = id(&notice)?;
    let request = key.request(&caller, &format!("POST /notices/{notice}/contact"), &given, &[]);
    let (email, postal) = given.read().map_err(OfficeError::Notice)?;
    let done =
        once(&app, request, async |office| office.set_contact(&actor, notice, email.clone(), postal.clone()).await);
    Ok(done.await?.changed("notices"))
}
