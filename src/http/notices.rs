//! `/notices/{id}`: one notice, its history, and what this person may do with it now.

use crate::http::action::{Action, Step};
use crate::http::page::Page;
use crate::http::parts::{Cell, Event, Fact};
use crate::http::show::Tag;
use askama::Template;

#[derive(Template)]
#[template(path = "notice.html")]
pub struct NoticePage {
    pub page: Page,
    pub id: String,
    pub subject: String,
    pub state: Tag,
    pub steps: Vec<Step>,
    pub link: Option<Link>,
    pub facts: Vec<Fact>,
    pub has_pdf: bool,
    pub hash: String,
    pub actions: Vec<Action>,
    pub events: Vec<Event>,
}

pub struct Link {
    pub path: String,
    pub code: String,
}
