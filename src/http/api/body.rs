//! Bodies: JSON, and documents that come with it: in base64 in the same JSON, or as a part of their own.

use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use utoipa::ToSchema;

/// The largest JSON part beside a document, in bytes.
const LONGEST_DATA_BYTES: usize = 256 * 1024;

/// A body of JSON.
pub struct Json<T>(pub T);

/// What is said of a document, and the document.
pub struct WithDocument<T> {
    /// What is said of it.
    pub data: T,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What is written as a JSON object, by its names: an array of the values alone would be taken for one as well.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByNames(PhantomData)).map(Self)
    }
}

struct ByNames<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ByNames<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Reads a field that is an object.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// Reads a field that is an object, or null.
pub fn some_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let read = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(read.map(|Object(value)| value))
}

/// Reads a field of objects.
pub fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let read = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(read.into_iter().map(|Object(value)| value).collect())
}

/// Bytes, as they are described.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "a description")]
pub struct PlainBytes(Vec<u8>);

/// A body in parts, as it is described.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "a description")]
pub struct DocumentParts {
    /// The JSON body as a part of its own, without `content`.
    #[schema(value_type = Object)]
    data: (),
    /// The document.
    #[schema(value_type = String, format = Binary)]
    content: (),
}

/// What carries a document in base64 where the body is JSON.
pub trait Carries: DeserializeOwned + Send {
    /// Takes the base64 text out.
    fn take_base64(&mut self) -> Option<String>;
    /// Tells whether the document is made here of what it says, so that none comes with it.
    fn makes_document(&self) -> bool {
        false
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !kind_of(&request).starts_with("application/json") {
            return Err(WebFault::BadMediaType.into());
        }
        let bytes = Bytes::from_request(request, app).await.map_err(unreadable)?;
        Ok(Self(read(&bytes)?))
    }
}

impl<T: Carries> FromRequest<App> for WithDocument<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = kind_of(&request);
        if kind.starts_with("multipart/form-data") {
            let parts = Multipart::from_request(request, app).await.map_err(|_| WebFault::BadForm)?;
            return in_parts(parts).await;
        }
        let Json(mut data) = Json::<T>::from_request(request, app).await?;
        let bytes = document(data.take_base64(), data.makes_document())?;
        Ok(Self { bytes, data })
    }
}

/// Decodes the document of a body, which has one or makes one, and never both; of one that is made there are no bytes.
pub fn document(text: Option<String>, is_made: bool) -> Result<Vec<u8>, Problem> {
    match (text, is_made) {
        (Some(text), false) => decoded(&text),
        (None, true) => Ok(Vec::new()),
        _ => Err(WebFault::BadField("content").into()),
    }
}

/// Decodes a document in base64.
fn decoded(text: &str) -> Result<Vec<u8>, Problem> {
    STANDARD.decode(text.trim()).map_err(|_| WebFault::BadField("content").into())
}

/// Reads JSON; what is wrong with it is said by place, never by what stands there.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let read = serde_json::from_slice(bytes).map(|Object(value)| value);
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = if error.is_data() { "is not what is asked for" } else { "is not JSON" };
        WebFault::BadValue(format!("the body {what}, at line {line}, column {column}")).into()
    })
}

async fn in_parts<T: Carries>(mut parts: Multipart) -> Result<WithDocument<T>, Problem> {
    let (mut data, mut bytes) = (None, None);
    while let Some(part) = parts.next_field().await.map_err(|error| too_large_or_bad(&error))? {
        match part.name().unwrap_or_default() {
            "data" => {
                let text = part.bytes().await.map_err(|error| too_large_or_bad(&error))?;
                if text.len() > LONGEST_DATA_BYTES {
                    return Err(WebFault::TooLarge.into());
                }
                data = Some(read::<T>(&text)?);
            }
            "content" => bytes = Some(part.bytes().await.map_err(|error| too_large_or_bad(&error))?.to_vec()),
            _ => return Err(WebFault::BadForm.into()),
        }
    }
    let mut data = data.ok_or(WebFault::BadField("data"))?;
    // In one way only: else it would have to be asked which counts.
    match (bytes, data.take_base64()) {
        (Some(bytes), None) if !data.makes_document() => Ok(WithDocument { data, bytes }),
        _ => Err(WebFault::BadField("content").into()),
    }
}

fn kind_of(request: &Request) -> String {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.unwrap_or_default().to_ascii_lowercase()
}

/// Says why a body could not be read.
pub fn unreadable(rejection: BytesRejection) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => WebFault::TooLarge.into(),
        _ => WebFault::BadForm.into(),
    }
}

fn too_large_or_bad(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { WebFault::TooLarge.into() } else { WebFault::BadForm.into() }
}
