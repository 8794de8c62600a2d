//! Forms: fields and files of a POST whose token has been checked before any handler sees them.

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use crate::http::visitor::Visitor;
use crate::records::RuleFile;
use crate::time::Date;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{Form, FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use std::str::FromStr;

/// The name of the field that carries the token.
pub const TOKEN: &str = "token";
/// Fields a form may have at most.
const MOST_FIELDS: usize = 2_000;
/// The name of the field that carries a rule set.
pub const RULES: &str = "rules";
/// The name of the field that carries a table that was looked at.
pub const TABLE: &str = "table";
/// The largest table, in bytes.
const LONGEST_TABLE_BYTES: usize = 4 << 20;
/// The largest other text field, in bytes.
const LONGEST_TEXT_BYTES: usize = 64 * 1024;

/// The fields and files of a checked form.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

/// An uploaded file. Its name is for display only and never a path.
#[derive(Clone, Debug)]
pub struct File {
    /// The form field.
    pub field: String,
    /// The name the browser gave, without any folder.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Posted {
    /// Returns a field's text without surrounding space; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// Returns a field's text exactly as sent; for passwords.
    pub fn raw(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Returns every value of a repeated field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Parses a field that must be there.
    pub fn parse<T: FromStr>(&self, name: &'static str) -> Result<T, Problem> {
        self.text(name).parse().map_err(|_| WebFault::BadField(name).into())
    }

    /// Parses a field that may be left empty.
    pub fn parse_some<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        if self.text(name).is_empty() { Ok(None) } else { self.parse(name).map(Some) }
    }

    /// Returns the hash that a page showed and the form sends back.
    pub fn hash(&self) -> Result<Sha256Hex, Problem> {
        Sha256Hex::parse(self.text("hash")).ok_or_else(|| WebFault::BadField("hash").into())
    }

    /// Parses a civil date that may be left empty.
    pub fn date(&self, name: &'static str) -> Result<Option<Date>, Problem> {
        self.parse_some(name)
    }

    /// Returns the uploaded files of a field, as many as the person chose.
    pub fn files<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.field == field && !(file.bytes.is_empty() && file.name.is_empty()))
    }

    /// Returns the uploaded file of a field when the person chose one.
    pub fn file<'a>(&'a self, field: &'a str) -> Option<&'a File> {
        self.files(field).next()
    }
}

impl FromRequest<App> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        refuse_other_sites(&request)?;
        let visitor = request.extensions().get::<Visitor>().cloned().ok_or(WebFault::Worker)?;
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let posted = if kind.starts_with("multipart/form-data") {
            read_multipart(Multipart::from_request(request, app).await.map_err(|_| WebFault::BadForm)?).await?
        } else {
            read_pairs(request, app).await?
        };
        if !app.marks.form_token_fits(&visitor.cookie, posted.text(TOKEN)) {
            return Err(WebFault::ForgedForm.into());
        }
        Ok(posted)
    }
}

fn too_large_or_bad(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE { WebFault::TooLarge.into() } else { WebFault::BadForm.into() }
}

/// Returns how long a text field may be, in bytes.
fn longest(field: &str) -> usize {
    match field {
        RULES => RuleFile::LARGEST_BYTES,
        TABLE => LONGEST_TABLE_BYTES,
        _ => LONGEST_TEXT_BYTES,
    }
}

/// Browsers say where a form comes from; one from another site is refused before its body is read.
fn refuse_other_sites(request: &Request) -> Result<(), Problem> {
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    match site {
        Some("cross-site" | "same-site") => Err(WebFault::ForgedForm.into()),
        _ => Ok(()),
    }
}

/// Reads a form without files. A field takes far more memory than the one byte that it may be, so they are counted before.
async fn read_pairs(request: Request, app: &App) -> Result<Posted, Problem> {
    let (parts, body) = request.into_parts();
    let whole = Bytes::from_request(Request::from_parts(parts.clone(), body), app).await;
    let bytes = whole.map_err(|rejection| too_large_or_bad(rejection.into_response().status()))?;
    if memchr::memchr_iter(b'&', &bytes).count() >= MOST_FIELDS {
        return Err(WebFault::BadForm.into());
    }
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, Body::from(bytes)), app).await;
    let Form(fields) = form.map_err(|rejection| too_large_or_bad(rejection.status()))?;
    Ok(Posted { fields, files: Vec::new() })
}

async fn read_multipart(mut parts: Multipart) -> Result<Posted, Problem> {
    let mut posted = Posted::default();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        if posted.fields.len() + posted.files.len() >= MOST_FIELDS {
            return Err(WebFault::BadForm.into());
        }
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(plain_name) {
            Some(name) => {
                let bytes = part.bytes().await.map_err(unreadable)?.to_vec();
                posted.files.push(File { field, name, bytes });
            }
            None => {
                let text = part.text().await.map_err(unreadable)?;
                let longest = longest(&field);
                if text.len() > longest {
                    return Err(WebFault::TooLarge.into());
                }
                posted.fields.push((field, text));
            }
        }
    }
    Ok(posted)
}

fn unreadable(error: MultipartError) -> Problem {
    too_large_or_bad(error.status())
}

/// Returns the last part of a browser's file name without control characters, at most 120 characters long.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(120).collect()
}
