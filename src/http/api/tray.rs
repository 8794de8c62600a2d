//! `/api/v1/tray`: scans and other documents that another system hands in, to be looked at, checked and filed by people.

use super::body::{Carries, DocumentParts, WithDocument};
use super::caller::Caller;
use super::once::{Done, Key, KeyHeader, MadeView};
use super::problem::Refused;
use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use crate::http::staff::id;
use crate::office::OfficeError;
use crate::office::ports::{FilingWish, TraySource};
use crate::office::tokens::{Scope, TokenError};
use crate::office::tray::{HandedIn, NewArrival};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A document for the tray, with what is known of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrayArrival {
    /// The title; that of the file where nobody knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub title: Option<String>,
    /// The record file that it goes into, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub file: Option<String>,
    /// The document number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The day it was made or received.
    #[schema(format = Date)]
    pub created: String,
    /// The true name of the file.
    #[schema(min_length = 1, max_length = 255)]
    pub original_name: String,
    /// Whether it is restricted by itself.
    #[serde(default)]
    pub restricted: bool,
    /// What it was scanned with.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub device: String,
    /// Where its paper lies; not where it never was on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    /// How many pages it must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_pages: Option<u32>,
    /// The bytes in base64; not where they come as the part `content` of a multipart body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = true, content_encoding = "base64",
        content_media_type = "application/octet-stream",
        pattern = "^\\s*(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?\\s*$")]
    pub content: Option<String>,
}

/// How far a document is that was handed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrayDocument {
    /// It, in the tray.
    pub id: String,
    /// `waiting`, `doubtful`, `to-check`, `rejected`, `accepted`, `given-up`, `leaving`; none where it has left the tray.
    pub state: Option<&'static str>,
    /// The pages that were seen.
    pub pages: usize,
    /// Codes of what a person has to look at.
    pub troubles: Vec<String>,
    /// The record that it became.
    pub record: Option<String>,
    /// The documents that it came apart into, at its cover sheets or as a person divided it; each is asked for here, too.
    pub parts: Vec<String>,
}

impl Carries for TrayArrival {
    fn take_base64(&mut self) -> Option<String> {
        self.content.take()
    }
}

impl TrayArrival {
    fn with(self, bytes: Vec<u8>) -> Result<NewArrival, Problem> {
        let stem = self.original_name.rsplit_once('.').map_or(self.original_name.as_str(), |(stem, _)| stem);
        let bad = |name| WebFault::BadField(name);
        let wish = FilingWish {
            file: self.file.as_deref().map(|file| file.parse().map_err(|_| bad("file"))).transpose()?,
            title: self.title.unwrap_or_else(|| stem.to_owned()),
            number: self.number,
            created: self.created.parse().map_err(|_| bad("created"))?,
            restricted: self.restricted,
            paper: self.paper,
        };
        let (name, device, expected_pages) = (self.original_name, self.device, self.expected_pages);
        Ok(NewArrival { name, bytes, source: TraySource::System, device, wish, expected_pages })
    }
}

impl From<HandedIn> for TrayDocument {
    fn from(found: HandedIn) -> Self {
        Self {
            id: found.id.to_string(),
            state: found.state.map(|state| state.word()),
            pages: found.pages,
            troubles: found.troubles.into_iter().map(|trouble| trouble.code).collect(),
            record: found.record.map(|record| record.to_string()),
            parts: found.parts.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Hands a document in, and answers once it is safe in the tray
///
/// As JSON with the bytes in base64 (`content`), or as `multipart/form-data` with the parts `data` (this JSON without it) and `content`.
#[utoipa::path(post, path = "/tray", tag = "records", security(("token" = ["records:file"])), params(KeyHeader),
    request_body(content((TrayArrival = "application/json"), (DocumentParts = "multipart/form-data"))),
    responses((status = 201, description = "Made, now or by the same request before", body = MadeView,
        headers(("Location" = String, description = "Where it is found")),
        links(("document" = (operation_id = "taken_in", parameters(("id" = "$response.body#/id")))))), Refused))]
pub async fn take_in(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    posted: WithDocument<TrayArrival>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::RecordsFile)?;
    let request = key.request(&caller, "POST /tray", &posted.data, &posted.bytes);
    let is_repeated = match app.office.take_in_once(&actor, &request, posted.data.with(posted.bytes)?).await {
        Ok(_) => false,
        Err(OfficeError::Token(TokenError::DoneBefore)) => true,
        Err(refused) => return Err(refused.into()),
    };
    let made = app.office.made(&request).await?.ok_or(WebFault::Worker)?;
    Ok(Done { made, is_repeated }.created("tray"))
}

/// What became of a document that the same account handed in
#[utoipa::path(get, path = "/tray/{id}", tag = "records", security(("token" = ["records:file"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = TrayDocument), Refused))]
pub async fn taken_in(
    State(app): State<App>,
    caller: Caller,
    Path(document): Path<String>,
) -> Result<axum::Json<TrayDocument>, Problem> {
    let actor = caller.acting(Scope::RecordsFile)?;
    Ok(axum::Json(app.office.handed_in(&actor, id(&document)?).await?.into()))
}
