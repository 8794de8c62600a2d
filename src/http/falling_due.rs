//! `/records/outlook`: how many record files fall due in which fiscal year, of all sections or of one.

use crate::http::app::App;
use crate::http::download;
use crate::http::faults::Faults;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Fact};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::{Asked, section_query};
use crate::http::staff::Staff;
use crate::office::records::DueByYear;
use crate::render::due_chart;
use crate::time::FiscalYear;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "falling_due.html")]
struct DuePage {
    page: Page,
    faults: Faults,
    sections: Vec<(String, String)>,
    section: String,
    /// The question again, for the address of the file.
    query: String,
    facts: Vec<Fact>,
    /// Fiscal years, and how many files fall due in each.
    years: Vec<(String, u64)>,
    chart: String,
}

/// Fiscal years that stand by themselves, from the present one.
const YEARS: i16 = 15;

/// `GET /records/outlook`
pub async fn page(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (sections, due) = chosen(&app, &staff, asked.text("section")).await?;
    let this = FiscalYear::of(app.office.today());
    let years = years(&due, this);
    let sum = |wanted: &dyn Fn(FiscalYear) -> bool| -> u64 {
        let fits = |(year, files): (&Option<FiscalYear>, &u64)| year.filter(|year| wanted(*year)).map(|_| *files);
        due.iter().filter_map(fits).sum()
    };
    let facts = vec![
        ("前年度までに満了", "Fell due before", Cell::number(sum(&|year| year < this))),
        (
            "これより後に満了",
            "Later than these years",
            Cell::number(sum(&|year| year.0 >= this.0.saturating_add(YEARS))),
        ),
        (
            "満了日のないもの（永久・常用・未計算）",
            "Without a last day",
            Cell::number(due.get(&None).copied().unwrap_or(0)),
        ),
    ];
    show(&DuePage {
        page: staff.page(&app, "満了の見込み", "What falls due", "/records/due"),
        faults: Faults::default(),
        sections: sections.into_iter().map(|name| (name.clone(), name)).collect(),
        section: asked.text("section").to_owned(),
        query: section_query(asked.text("section")),
        facts,
        chart: due_chart(&years),
        years,
    })
}

/// `GET /records/outlook.csv`: every year there is.
pub async fn csv(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (_, due) = chosen(&app, &staff, asked.text("section")).await?;
    let mut table = download::csv_line(["年度", "満了する文書ファイル"]);
    for (year, files) in due {
        let year = year.map_or_else(|| "満了日なし".to_owned(), |year| format!("{year}年度"));
        table.push_str(&download::csv_line([year.as_str(), files.to_string().as_str()]));
    }
    Ok(download::csv("満了の見込み.csv", &table))
}

/// Returns the custodians, and what falls due with one of them, or with all where none is named.
async fn chosen(app: &App, staff: &Staff, section: &str) -> Result<(Vec<String>, DueByYear), Problem> {
    let mut all = app.office.falling_due(&staff.actor).await?;
    let names = all.keys().cloned().collect();
    if !section.is_empty() {
        return Ok((names, all.remove(section).ok_or(WebFault::BadField("section"))?));
    }
    let mut sum = DueByYear::new();
    for (year, files) in all.into_values().flatten() {
        *sum.entry(year).or_default() += files;
    }
    Ok((names, sum))
}

fn years(due: &DueByYear, this: FiscalYear) -> Vec<(String, u64)> {
    let years = (0..YEARS).map(|later| FiscalYear(this.0.saturating_add(later)));
    years.map(|year| (format!("{year}年度"), due.get(&Some(year)).copied().unwrap_or(0))).collect()
}
