//! `/records/ingest`: a document from an upload into a record file.

use crate::http::app::App;
use crate::http::choices::{Narrowed, open_files};
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::staff::{FILERS, Staff, id};
use crate::id::RecordFileId;
use crate::office::records::{Arrival, NewRecord};
use crate::records::AccessClass;
use crate::time::Date;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "ingest.html")]
struct IngestPage {
    page: Page,
    faults: Faults,
    files: Narrowed,
    form: Form,
}

#[derive(Default)]
struct Form {
    record_file: String,
    title: String,
    created: String,
    /// Whether the record is restricted by itself.
    restricted: bool,
    /// The words by which the choice was narrowed.
    query: String,
}

/// `GET /records/ingest`
pub async fn form(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    staff.require_any(FILERS)?;
    let created = app.clock.today().to_string();
    let (record_file, query) = (asked.text("on").to_owned(), asked.text("q").to_owned());
    page(&app, &staff, Form { created, record_file, query, ..Form::default() }, Faults::default()).await
}

/// `POST /records/ingest`
pub async fn ingest(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = Form {
        record_file: posted.text("record_file").into(),
        title: posted.text("title").into(),
        created: posted.text("created").into(),
        restricted: !posted.text("restricted").is_empty(),
        query: posted.text("q").into(),
    };
    let (file, created) = (id::<RecordFileId>(&form.record_file).ok(), form.created.parse::<Date>().ok());
    let content = posted.file("content").filter(|one| !one.bytes.is_empty());
    let (Some(file), Some(created), Some(content), false) = (file, created, content, form.title.is_empty()) else {
        let faults = faults(&form, file.is_some(), created.is_some(), content.is_some());
        return page(&app, &staff, form, faults).await;
    };
    let looked = match app.office.look_at(&content.name, content.bytes.clone()).await.map_err(Problem::from) {
        Ok(looked) => looked,
        Err(problem) if problem.is_mendable() => {
            return page(&app, &staff, form, Faults::of("content", &problem)).await;
        }
        Err(problem) => return Err(problem),
    };
    let new = new_record(file, &form, created, (content.name.clone(), looked));
    match app.office.file_record(&staff.actor, new).await.map_err(Problem::from) {
        Ok(_) => Ok(go_done(&format!("/records/files/{file}"), "filed")),
        Err(problem) if problem.is_mendable() => {
            page(&app, &staff, form, Faults::of(field_of(problem.code()), &problem)).await
        }
        Err(problem) => Err(problem),
    }
}

/// Returns the field that is to be mended.
fn field_of(code: &str) -> &'static str {
    if code == "filing-day-in-future" { "created" } else { "record_file" }
}

fn new_record(file: RecordFileId, form: &Form, created: Date, (name, looked): (String, Arrival)) -> NewRecord {
    NewRecord {
        file,
        title: form.title.clone(),
        number: None,
        created,
        original_name: name,
        media_type: looked.media_type,
        bytes: looked.bytes,
        derivatives: Vec::new(),
        validation_report: looked.validation_report,
        notice: None,
        digitisation: None,
        access: form.restricted.then_some(AccessClass::Restricted),
    }
}

fn faults(form: &Form, file: bool, created: bool, content: bool) -> Faults {
    let mut faults = Faults::default();
    if !file {
        faults.add("record_file", "保存先の文書ファイルを選んでください。", "Choose the record file.");
    }
    faults.require(&form.title, "title", "文書の件名", "title");
    if !created {
        faults.add("created", "作成・取得した日を入力してください。", "Enter the date.");
    }
    if !content {
        faults.add("content", "保存するファイルを選んでください。", "Choose the file.");
    }
    faults
}

async fn page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    let files = open_files(app, staff, &form.query, &form.record_file).await?;
    let page = staff.page(app, "文書の保存", "File a record", "/records");
    show(&IngestPage { page, faults, files, form })
}
