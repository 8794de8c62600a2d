//! The key of a request that is done once (`Idempotency-Key`), and the answer to it, which the ledger gives.

use super::caller::Caller;
use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use crate::office::tokens::{Made, Request, TokenError};
use crate::office::{Office, OfficeError};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// The longest key, in characters.
const LONGEST_KEY: usize = 200;

/// The key that the caller chose for its request.
pub struct Key(String);

/// The header with the key, as it is described.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a description")]
pub struct KeyHeader {
    /// A key of the caller's for this request alone: the same request again under it is not done again.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 200, pattern = "^[!#-~]+$")]
    key: String,
}

/// What a request made, as the ledger tells it: to the first who asks and to each after, word for word the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MadeView {
    /// The identifier of what was made or changed.
    pub id: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// The entry of the ledger that says so.
    pub entry: u64,
    /// Where it is found.
    pub href: String,
}

impl Key {
    /// Makes a request of the key: everything given tells it from another.
    pub fn request(&self, caller: &Caller, place: &str, body: &impl Serialize, file: &[u8]) -> Request {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Request::new(caller.user(), &self.0, &[place.as_bytes(), &body, file])
    }

    /// Makes a request of a key inside a request: that of an item.
    pub fn of_item(key: &str) -> Result<Self, Problem> {
        let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|c| c.is_ascii_graphic());
        if fits { Ok(Self(format!("item {key}"))) } else { Err(WebFault::KeyNeeded.into()) }
    }

    /// Returns the key for a second step of the same item.
    pub fn step(&self, name: &str) -> Self {
        Self(format!("{name} of {}", self.0))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let value = parts.headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or("");
        // The draft of the header has it as a string in quotes; most send it bare.
        let value = value.trim();
        let key = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|c| c.is_ascii_graphic() && c != b'"');
        if fits { Ok(Self(key.to_owned())) } else { Err(WebFault::KeyNeeded.into()) }
    }
}

/// Does a deed once for a request, and tells what it made; or what it made before.
pub async fn once<T>(
    app: &App,
    request: Request,
    deed: impl AsyncFnOnce(&Office) -> Result<T, OfficeError>,
) -> Result<Done, Problem> {
    if let Some(made) = app.office.made(&request).await? {
        return Ok(Done { made, is_repeated: true });
    }
    let done = deed(&app.office.once(request.clone())).await;
    let is_repeated = match done {
        Ok(_) => false,
        Err(OfficeError::Token(TokenError::DoneBefore)) => true,
        Err(refused) => return Err(refused.into()),
    };
    let made = app.office.made(&request).await?.ok_or(WebFault::Worker)?;
    Ok(Done { made, is_repeated })
}

/// What was made, now or before.
pub struct Done {
    /// What the ledger says.
    pub made: Made,
    /// Whether that was before.
    pub is_repeated: bool,
}

impl Done {
    /// Answers that something was made below a path, or was before: the same body, and a header that tells.
    pub fn created(self, below: &str) -> Response {
        self.answer(StatusCode::CREATED, below)
    }

    /// Answers that something below a path was changed.
    pub fn changed(self, below: &str) -> Response {
        self.answer(StatusCode::OK, below)
    }

    fn answer(self, status: StatusCode, below: &str) -> Response {
        let href = format!("/api/v1/{below}/{}", self.made.subject);
        let location = HeaderValue::from_str(&href);
        let view = MadeView { id: self.made.subject, at: self.made.at.to_string(), entry: self.made.entry, href };
        let mut response = (status, Json(view)).into_response();
        if let (Ok(location), StatusCode::CREATED) = (location, status) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if self.is_repeated {
            let name = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        response
    }
}
