//! `/api/v1/verifications`, `/api/v1/effects` and `/api/v1/paper-effects`: whether a PDF's seal holds, and apart from that whether the
//! notice is in force, by its file's hash or by what stands on paper.

use super::body::PlainBytes;
use super::caller::Caller;
use super::notice_views::EffectView;
use super::page::Asked;
use super::problem::Refused;
use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use crate::office::notices::{ConfirmationNumber, PaperEffect};
use crate::office::tokens::Scope;
use crate::wording::report_json;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a PDF was judged.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Verification {
    /// The report, as `fumikura validate --format json` gives it for a file (`fumikura validate --schema`).
    #[schema(value_type = Object)]
    pub report: serde_json::Value,
    /// The present effect of the notice that it is; none where it was not issued here.
    pub effect: Option<EffectView>,
    /// Whether that notice was delivered on paper, so that the file is not the official copy.
    pub on_paper: bool,
}

/// The present effect of a notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PresentEffect {
    /// None where no file of this hash was issued here.
    pub effect: Option<EffectView>,
    /// Whether that notice was delivered on paper, so that the file is not the official copy.
    pub on_paper: bool,
}

/// What stands on paper.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OnPaper {
    /// The document number.
    #[param(min_length = 1, required = true)]
    #[serde(default)]
    number: String,
    /// The confirmation number: 16 hexadecimal digits, as people type them.
    #[param(min_length = 1, required = true)]
    #[serde(default)]
    confirmation: String,
}

/// The present effect of a notice that somebody has on paper.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaperEffectView {
    /// `in-force`, `revoked` or `replaced`; none where no notice of these numbers was issued here.
    pub effect: Option<&'static str>,
    /// Since when: the day of issue, or that on which it was revoked or replaced.
    #[schema(format = Date)]
    pub since: Option<String>,
    /// Whether it was delivered on paper, so that the paper is official.
    pub on_paper: bool,
}

/// Judges a PDF; nothing of it is kept
#[utoipa::path(post, path = "/verifications", tag = "verification", security(("token" = ["verify"])),
    request_body(content = PlainBytes, content_type = "application/pdf"),
    responses((status = 200, description = "What was asked for", body = Verification), Refused))]
pub async fn verify(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<Verification>, Problem> {
    caller.acting(Scope::Verify)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| !kind.as_bytes().starts_with(b"application/pdf")) {
        return Err(WebFault::BadMediaType.into());
    }
    let bytes = body.map_err(super::body::unreadable)?.to_vec();
    let verdict = app.office.public_validate(bytes).await?;
    let known = verdict.standing.as_ref();
    let (effect, on_paper) = (known.map(|known| (&known.effect).into()), known.is_some_and(|known| known.on_paper));
    Ok(Json(Verification { report: report_json(&verdict.report, "document.pdf"), effect, on_paper }))
}

/// The present effect of the notice whose file has this SHA-256
#[utoipa::path(get, path = "/effects/{sha256}", tag = "verification", security(("token" = ["verify"])), params(("sha256" = String, Path, pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, description = "What was asked for", body = PresentEffect), Refused))]
pub async fn effect(
    State(app): State<App>,
    caller: Caller,
    Path(sha256): Path<String>,
) -> Result<Json<PresentEffect>, Problem> {
    caller.acting(Scope::Verify)?;
    let sha256 = Sha256Hex::parse(&sha256).ok_or(WebFault::BadField("sha256"))?;
    let known = app.office.public_standing(&sha256).await?;
    let on_paper = known.as_ref().is_some_and(|known| known.on_paper);
    Ok(Json(PresentEffect { effect: known.map(|known| (&known.effect).into()), on_paper }))
}

/// The present effect of the notice that has these numbers on paper
#[utoipa::path(get, path = "/paper-effects", tag = "verification", security(("token" = ["verify"])), params(OnPaper),
    responses((status = 200, description = "What was asked for", body = PaperEffectView), Refused))]
pub async fn paper_effect(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<OnPaper>,
) -> Result<Json<PaperEffectView>, Problem> {
    caller.acting(Scope::Verify)?;
    for (text, name) in [(&asked.number, "number"), (&asked.confirmation, "confirmation")] {
        if text.is_empty() {
            return Err(WebFault::BadField(name).into());
        }
    }
    // What cannot be a confirmation number is that of no notice.
    let known = match ConfirmationNumber::read(&asked.confirmation) {
        Some(confirmation) => app.office.standing_on_paper(&asked.number, &confirmation).await?,
        None => None,
    };
    let effect = known.as_ref().map(|standing| match standing.effect {
        PaperEffect::InForce => "in-force",
        PaperEffect::Revoked => "revoked",
        PaperEffect::Replaced => "replaced",
    });
    let (since, on_paper) =
        (known.as_ref().map(|known| known.since.to_string()), known.is_some_and(|known| known.on_paper));
    Ok(Json(PaperEffectView { effect, since, on_paper }))
}
