//! `/holds`: holds on disposal, placing and releasing them.

use crate::http::faults::Faults;
use crate::http::page::Page;
use crate::http::parts::{Cell, Table};
use askama::Template;

#[derive(Template)]
#[template(path = "holds.html")]
pub struct HoldsPage {
    pub page: Page,
    pub faults: Faults,
    pub table: Table,
    pub can_place: bool,
    pub files: Vec<(String, String)>,
    pub kinds: Vec<(String, String)>,
    pub open: Vec<(String, String)>,
    pub form: HoldForm,
}

#[derive(Default)]
pub struct HoldForm {
    pub target: String,
    pub kind: String,
    pub reason: String,
    pub hold: String,
    pub decided: String,
}
