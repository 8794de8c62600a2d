//! `/records`: the register of record files (文書ファイル管理簿), its lists, and one record file.

use crate::http::faults::Faults;
use crate::http::page::Page;
use crate::http::parts::{Cell, Fact, Table};
use crate::http::show::Tag;
use crate::wording::Sentence;
use askama::Template;

pub type Links = Vec<(&'static str, &'static str, &'static str)>;

#[derive(Template)]
#[template(path = "records.html")]
pub struct RegisterPage {
    pub page: Page,
    pub query: String,
    pub links: Links,
    pub table: Table,
}

#[derive(Template)]
#[template(path = "table.html")]
pub struct TablePage {
    pub page: Page,
    pub crumb: (&'static str, &'static str),
    pub intro: (&'static str, &'static str),
    pub links: Links,
    pub table: Table,
}

#[derive(Template)]
#[template(path = "file.html")]
pub struct FilePage {
    pub page: Page,
    pub id: String,
    pub title: String,
    pub state: Tag,
    pub facts: Vec<Fact>,
    pub because: Vec<Sentence>,
    pub holds: Table,
    pub records: Table,
    pub can_close: bool,
    pub can_hold: bool,
}

#[derive(Template)]
#[template(path = "file_new.html")]
pub struct NewFilePage {
    pub page: Page,
    pub faults: Faults,
    pub classes: Vec<(String, String)>,
    pub form: NewFileForm,
}

#[derive(Default)]
pub struct NewFileForm {
    pub class: String,
    pub title: String,
    pub custodian: String,
}

#[derive(Template)]
#[template(path = "ingest.html")]
pub struct IngestPage {
    pub page: Page,
    pub faults: Faults,
    pub files: Vec<(String, String)>,
    pub form: IngestForm,
}

#[derive(Default)]
pub struct IngestForm {
    pub record_file: String,
    pub title: String,
    pub created: String,
}
