//! `/r/{link}`: the resident's page behind an unguessable link and a code.

use crate::http::faults::Faults;
use crate::http::page::Page;
use crate::http::parts::{Cell, Fact};
use crate::http::verify::EffectView;
use askama::Template;

#[derive(Template)]
#[template(path = "resident_code.html")]
pub struct CodePage {
    pub page: Page,
    pub link: String,
    pub faults: Faults,
}

#[derive(Template)]
#[template(path = "resident_consent.html")]
pub struct ConsentPage {
    pub page: Page,
    pub link: String,
}

#[derive(Template)]
#[template(path = "resident.html")]
pub struct ResidentPage {
    pub page: Page,
    pub link: String,
    pub subject: String,
    pub effect: EffectView,
    pub facts: Vec<Fact>,
    pub can_download: bool,
    pub can_withdraw: bool,
}
