//! `/covers`: cover sheets with codes, by which a stack comes apart and is filed (R8).

use crate::http::app::App;
use crate::http::choices::{Narrowed, open_files};
use crate::http::page::{Page, show};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::staff::{Staff, id};
use crate::render::cover_sheet_svg;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "covers.html")]
struct CoversPage {
    page: Page,
    files: Narrowed,
    record_file: String,
    sheets: String,
    pages: String,
    /// What is to be printed; nothing where nobody chose yet.
    covers: Vec<Cover>,
}

/// A sheet, ready to print.
struct Cover {
    marks: String,
    title: String,
    class: String,
    pages: String,
    number: String,
}

/// `GET /covers`: a form, and below it the sheets that were asked for.
pub async fn covers(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let text = |name: &str| asked.text(name).to_owned();
    let (record_file, sheets, pages) = (text("on"), text("sheets"), text("pages"));
    let mut covers = Vec::new();
    if !record_file.is_empty() {
        let count = if sheets.is_empty() { 1 } else { id(&sheets)? };
        let said: Option<u32> = if pages.is_empty() { None } else { Some(id(&pages)?) };
        let said = said.filter(|pages| (1..=9_999).contains(pages));
        let (file, made) = app.office.cover_sheets(&staff.actor, id(&record_file)?, count, said).await?;
        for (sheet, number) in made.iter().zip(1_u32..) {
            covers.push(Cover {
                marks: cover_sheet_svg(sheet).ok_or(WebFault::NoPage)?,
                title: file.title.clone(),
                class: file.class.to_string(),
                pages: said.map(|pages| format!("{pages}頁")).unwrap_or_default(),
                number: format!("{number}／{}", made.len()),
            });
        }
    }
    let files = open_files(&app, &staff, asked.text("q"), &record_file).await?;
    let page = staff.page(&app, "仕分け用の表紙", "Cover sheets", "/tray");
    show(&CoversPage { page, files, record_file, sheets, pages, covers })
}
