//! `/api/v1/notices`, read: one, lists by state, what changed, what became of one, its PDF.

use super::body::PlainBytes;
use super::caller::Caller;
use super::notice_views::{Changes, NoticeDocument, NoticeLine, NoticeLines, Outcome, State};
use super::page::{Asked, Page};
use super::problem::Refused;
use super::template_views::{NoticeTypeView, NoticeTypes};
use crate::http::app::App;
use crate::http::download;
use crate::http::problem::Problem;
use crate::http::staff::id;
use crate::id::NoticeId;
use crate::office::tokens::Scope;
use axum::Json;
use axum::extract::{Path, State as From};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which notices.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those in this state.
    state: Option<State>,
}

/// The notice types that may be drafted
#[utoipa::path(get, path = "/notice-types", tag = "notices", security(("token" = ["notices:draft"])),
    responses((status = 200, description = "What was asked for", body = NoticeTypes), Refused))]
pub async fn kinds(From(app): From<App>, caller: Caller) -> Result<Json<NoticeTypes>, Problem> {
    caller.acting(Scope::NoticesDraft)?;
    let settings = app.office.settings();
    let templates = app.office.templates();
    let types = settings.notice_types.iter().map(|kind| NoticeTypeView::of(kind, templates)).collect();
    Ok(Json(NoticeTypes {
        types,
        consent_methods: settings.consent_methods.clone(),
        consent_scopes: settings.consent_scopes.clone(),
    }))
}

/// Notices that the account may see, the newest first
#[utoipa::path(get, path = "/notices", tag = "notices", security(("token" = ["notices:read"])), params(Which, Page),
    responses((status = 200, description = "What was asked for", body = NoticeLines), Refused))]
pub async fn list(
    From(app): From<App>,
    caller: Caller,
    Asked(which): Asked<Which>,
    Asked(page): Asked<Page>,
) -> Result<Json<NoticeLines>, Problem> {
    let actor = caller.acting(Scope::NoticesRead)?;
    let state = which.state.map(Into::into);
    let found = app.office.notice_page(&actor, state, page.after()?, page.most()?).await?;
    let notices = found.notices.into_iter().map(NoticeLine::from).collect();
    Ok(Json(NoticeLines { notices, next: found.next.map(|place| place.to_string()) }))
}

/// A notice
#[utoipa::path(get, path = "/notices/{id}", tag = "notices", security(("token" = ["notices:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = NoticeDocument), Refused))]
pub async fn show(
    From(app): From<App>,
    caller: Caller,
    Path(notice): Path<String>,
) -> Result<Json<NoticeDocument>, Problem> {
    let actor = caller.acting(Scope::NoticesRead)?;
    Ok(Json(app.office.notice(&actor, id(&notice)?).await?.notice.into()))
}

/// What became of a notice: state, hash, number, effect, arrival
#[utoipa::path(get, path = "/notices/{id}/outcome", tag = "notices", security(("token" = ["notices:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = Outcome), Refused))]
pub async fn outcome(
    From(app): From<App>,
    caller: Caller,
    Path(notice): Path<String>,
) -> Result<Json<Outcome>, Problem> {
    let actor = caller.acting(Scope::NoticesRead)?;
    Ok(Json((&app.office.notice(&actor, id(&notice)?).await?.notice).into()))
}

/// What changed since a cursor
///
/// Ask without a cursor first, then each time with the `next` of the answer before; where `has_more` is true, at once. Each notice is
/// there once, as it is now. A cursor that the database does not know, as it was restored since, is refused with
/// `notice-unknown-place`: begin again without one.
#[utoipa::path(get, path = "/notice-changes", tag = "notices", security(("token" = ["notices:read"])), params(Page),
    responses((status = 200, description = "What was asked for", body = Changes), Refused))]
pub async fn changes(From(app): From<App>, caller: Caller, Asked(page): Asked<Page>) -> Result<Json<Changes>, Problem> {
    let actor = caller.acting(Scope::NoticesRead)?;
    let changes = app.office.notices_changed(&actor, page.after()?.unwrap_or(0), page.most()?).await?;
    let notices = changes.notices.iter().map(Outcome::from).collect();
    Ok(Json(Changes { notices, next: changes.next.to_string(), has_more: changes.has_more }))
}

/// The PDF as it stands: sealed where it is sealed, else the draft
#[utoipa::path(get, path = "/notices/{id}/pdf", tag = "notices", security(("token" = ["notices:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "The bytes", content_type = "application/pdf", body = PlainBytes), Refused))]
pub async fn pdf(From(app): From<App>, caller: Caller, Path(notice): Path<String>) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::NoticesRead)?;
    let notice: NoticeId = id(&notice)?;
    let bytes = app.office.notice_pdf(&actor, notice).await?;
    Ok(download::pdf(&format!("{notice}.pdf"), bytes))
}
