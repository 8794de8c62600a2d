//! `/disposals`: preview, frozen lists, approvals, the run and its certificate.

use crate::http::action::{Action, Step};
use crate::http::page::Page;
use crate::http::parts::{Cell, Fact, Table};
use crate::http::show::Tag;
use askama::Template;

#[derive(Template)]
#[template(path = "disposals.html")]
pub struct DisposalsPage {
    pub page: Page,
    pub table: Table,
    pub preview: Table,
    pub kept: Table,
    pub can_plan: bool,
}

#[derive(Template)]
#[template(path = "disposal.html")]
pub struct DisposalPage {
    pub page: Page,
    pub id: String,
    pub state: Tag,
    pub steps: Vec<Step>,
    pub facts: Vec<Fact>,
    pub hash: String,
    pub actions: Vec<Action>,
    pub has_certificate: bool,
    pub table: Table,
}
