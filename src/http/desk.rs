//! `/desk`: what waits for the signed-in person, and the batch release of the seal.

use crate::http::page::Page;
use crate::http::parts::{Cell, Table};
use askama::Template;

#[derive(Template)]
#[template(path = "desk.html")]
pub struct DeskPage {
    pub page: Page,
    pub can_draft: bool,
    pub sections: Vec<Section>,
    pub to_seal: Vec<ToSeal>,
}

pub struct Section {
    pub id: &'static str,
    pub ja: &'static str,
    pub en: &'static str,
    pub table: Table,
}

pub struct ToSeal {
    pub id: String,
    pub hash: String,
    pub subject: String,
    pub number: String,
    pub people: String,
}

#[derive(Template)]
#[template(path = "sealed.html")]
pub struct SealedPage {
    pub page: Page,
    pub table: Table,
}
