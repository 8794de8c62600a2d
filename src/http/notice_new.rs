//! `/notices/new`: a draft from an uploaded PDF.

use crate::http::faults::Faults;
use crate::http::page::Page;
use askama::Template;

#[derive(Template)]
#[template(path = "notice_new.html")]
pub struct NewNoticePage {
    pub page: Page,
    pub faults: Faults,
    pub kinds: Vec<(String, String)>,
    pub form: Draft,
}

#[derive(Default)]
pub struct Draft {
    pub kind: String,
    pub subject: String,
    pub recipient: String,
    pub reasons: String,
    pub instructions: String,
}
