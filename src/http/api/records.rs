//! `/api/v1/record-files` and `/api/v1/records`: the register, one file, one record, searched, read, filed.

use super::body::{DocumentParts, Json, PlainBytes, WithDocument};
use super::caller::Caller;
use super::once::{Done, Key, KeyHeader, MadeView, once};
use super::page::{Asked, Page};
use super::problem::Refused;
use super::record_views::{
    Access, FileDocument, FileOpening, Hit, Hits, MediumWord, RecordDocument, RecordFiling, RegisterLine, RegisterLines,
};
use crate::http::app::App;
use crate::http::download;
use crate::http::problem::{Problem, WebFault};
use crate::http::staff::id;
use crate::office::OfficeError;
use crate::office::records::NewRecordFile;
use crate::office::tokens::{Scope, TokenError};
use crate::records::{AccessClass, ClassCode, Medium, RecordFilter};
use crate::time::{Date, written_year};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Words {
    /// Words, with spaces between them: all of them are asked for.
    #[serde(default)]
    q: String,
}

/// What is asked for beside words; all that is given must fit.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filters {
    /// The code of a class: it and all below it.
    #[param(pattern = "^[A-Za-z0-9._-]{1,40}$")]
    class: Option<String>,
    /// The name of a section that made the file, or keeps it.
    section: Option<String>,
    /// A fiscal year, by either calendar: `2024`, `令和6`.
    year: Option<String>,
    /// Made or received on this day or later.
    #[param(format = Date)]
    since: Option<String>,
    /// Made or received on this day or earlier.
    #[param(format = Date)]
    until: Option<String>,
    /// Who may see the record.
    #[param(value_type = Option<Access>)]
    access: Option<String>,
}

impl Filters {
    fn read(self) -> Result<RecordFilter, Problem> {
        Ok(RecordFilter {
            class: given(self.class, "class", ClassCode::parse)?,
            section: self.section,
            year: given(self.year, "year", written_year)?,
            from: given(self.since, "since", |text| text.parse().ok())?,
            until: given(self.until, "until", |text| text.parse().ok())?,
            access: given(self.access, "access", AccessClass::parse)?,
        })
    }
}

/// Lines of the register that hold each of the words
#[utoipa::path(get, path = "/record-files", tag = "records", security(("token" = ["records:read"])), params(Words, Page),
    responses((status = 200, description = "What was asked for", body = RegisterLines), Refused))]
pub async fn register(
    State(app): State<App>,
    caller: Caller,
    Asked(words): Asked<Words>,
    Asked(page): Asked<Page>,
) -> Result<axum::Json<RegisterLines>, Problem> {
    let actor = caller.acting(Scope::RecordsRead)?;
    let found = app.office.register_page(&actor, &words.q, page.after()?, page.most()? as usize).await?;
    let files = found.rows.into_iter().map(RegisterLine::from).collect();
    Ok(axum::Json(RegisterLines { files, next: found.next.map(|file| file.to_string()) }))
}

/// A record file with its dates, the reasons for them, its holds and its records
#[utoipa::path(get, path = "/record-files/{id}", tag = "records", security(("token" = ["records:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = FileDocument), Refused))]
pub async fn file(
    State(app): State<App>,
    caller: Caller,
    Path(file): Path<String>,
) -> Result<axum::Json<FileDocument>, Problem> {
    let actor = caller.acting(Scope::RecordsRead)?;
    Ok(axum::Json(app.office.file_view(&actor, id(&file)?).await?.into()))
}

/// Opens a record file
#[utoipa::path(post, path = "/record-files", tag = "records", security(("token" = ["records:file"])),
    params(KeyHeader), request_body = FileOpening,
    responses((status = 201, description = "Made, now or by the same request before", body = MadeView,
        headers(("Location" = String, description = "Where it is found")),
        links(("file" = (operation_id = "file", parameters(("id" = "$response.body#/id")))))), Refused))]
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Json(opening): Json<FileOpening>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::RecordsFile)?;
    let request = key.request(&caller, "POST /record-files", &opening, &[]);
    let new = new_file(opening)?;
    let done = once(&app, request, async |office| office.open_file(&actor, new).await).await?;
    Ok(done.created("record-files"))
}

/// Files a document, and answers once its bytes and its row are safe
///
/// As JSON with the bytes in base64 (`content`), or as `multipart/form-data` with the parts `data` (this JSON without it) and `content`.
#[utoipa::path(post, path = "/records", tag = "records", security(("token" = ["records:file"])), params(KeyHeader),
    request_body(content((RecordFiling = "application/json"), (DocumentParts = "multipart/form-data"))),
    responses((status = 201, description = "Made, now or by the same request before", body = MadeView,
        headers(("Location" = String, description = "Where it is found")),
        links(("record" = (operation_id = "record", parameters(("id" = "$response.body#/id")))), ("content" = (operation_id = "content", parameters(("id" = "$response.body#/id")))))), Refused))]
pub async fn file_record(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    posted: WithDocument<RecordFiling>,
) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::RecordsFile)?;
    let request = key.request(&caller, "POST /records", &posted.data, &posted.bytes);
    if let Some(made) = app.office.made(&request).await? {
        return Ok(Done { made, is_repeated: true }.created("records"));
    }
    let (file, created) = (named(&posted.data.file, "file")?, day(&posted.data.created, "created")?);
    let looked = app.office.look_at(&posted.data.original_name, posted.bytes).await?;
    let is_repeated = match app.office.file_record_once(&actor, &request, posted.data.with(file, created, looked)).await
    {
        Ok(_) => false,
        Err(OfficeError::Token(TokenError::DoneBefore)) => true,
        Err(refused) => return Err(refused.into()),
    };
    let made = app.office.made(&request).await?.ok_or(WebFault::Worker)?;
    Ok(Done { made, is_repeated }.created("records"))
}

/// Records that hold all of the words in title, number or contents, and fit what is asked for beside them
#[utoipa::path(get, path = "/records", tag = "records", security(("token" = ["records:read"])), params(Words, Filters, Page),
    responses((status = 200, description = "What was asked for", body = Hits), Refused))]
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    Asked(words): Asked<Words>,
    Asked(filters): Asked<Filters>,
    Asked(page): Asked<Page>,
) -> Result<axum::Json<Hits>, Problem> {
    let actor = caller.acting(Scope::RecordsRead)?;
    let found = app.office.search_on(&actor, &words.q, &filters.read()?, page.after()?, page.most()?).await?;
    let records = found.hits.iter().map(Hit::from).collect();
    let next = found.next.map(|cursor| cursor.to_string());
    Ok(axum::Json(Hits { records, next, all_contents: found.has_all_contents }))
}

/// A record
#[utoipa::path(get, path = "/records/{id}", tag = "records", security(("token" = ["records:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = RecordDocument), Refused))]
pub async fn record(
    State(app): State<App>,
    caller: Caller,
    Path(record): Path<String>,
) -> Result<axum::Json<RecordDocument>, Problem> {
    let actor = caller.acting(Scope::RecordsRead)?;
    Ok(axum::Json(app.office.record_view(&actor, id(&record)?).await?.into()))
}

/// The original bytes of a record, checked on the way out; that they were read is in the ledger
#[utoipa::path(get, path = "/records/{id}/content", tag = "records", security(("token" = ["records:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream", body = PlainBytes), Refused))]
pub async fn content(State(app): State<App>, caller: Caller, Path(record): Path<String>) -> Result<Response, Problem> {
    let actor = caller.acting(Scope::RecordsRead)?;
    let contents = app.office.read_record(&actor, id(&record)?).await?;
    let original = contents.originals.into_iter().next().ok_or(WebFault::NoPage)?;
    Ok(download::attachment("application/octet-stream", &original.name, original.bytes))
}

fn new_file(opening: FileOpening) -> Result<NewRecordFile, Problem> {
    let medium = match opening.medium {
        MediumWord::Electronic => Medium::Electronic,
        MediumWord::Paper => Medium::Paper,
        MediumWord::Mixed => Medium::Mixed,
    };
    Ok(NewRecordFile {
        class: ClassCode::parse(&opening.class).ok_or(WebFault::BadField("class"))?,
        opened: day(&opening.opened, "opened")?,
        title: opening.title,
        year: None,
        creator: opening.creator,
        custodian: opening.custodian,
        place: opening.place,
        medium,
        access: opening.access.map(Into::into),
    })
}

fn day(text: &str, name: &'static str) -> Result<Date, Problem> {
    text.parse().map_err(|_| WebFault::BadField(name).into())
}

fn named<T: std::str::FromStr>(text: &str, name: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|_| WebFault::BadField(name).into())
}

fn given<T>(
    text: Option<String>,
    name: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    text.map(|text| read(&text).ok_or_else(|| WebFault::BadField(name).into())).transpose()
}
