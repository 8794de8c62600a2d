//! `/audit`: whether the ledger holds together, what the seal was used for, the latest entries.

use crate::http::page::Page;
use crate::http::parts::{Cell, Fact, Table};
use crate::http::show::Tag;
use askama::Template;

#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    pub page: Page,
    pub state: Tag,
    pub words: String,
    pub facts: Vec<Fact>,
    pub seals: Table,
    pub entries: Table,
}
