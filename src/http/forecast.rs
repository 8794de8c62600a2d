//! `/shelves/forecast`: how many metres the retention schedule and scanning free, year by year (R10).

use crate::http::app::App;
use crate::http::download::{CSV, attachment};
use crate::http::faults::Faults;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::{Asked, section_query};
use crate::http::shelves::SVG;
use crate::http::staff::Staff;
use crate::render::{Encoding, forecast_chart, forecast_sheet};
use crate::shelves::{Forecast, ForecastYear, Stay};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "forecast.html")]
struct ForecastPage {
    page: Page,
    faults: Faults,
    sections: Vec<(String, String)>,
    section: String,
    /// The question again, for the addresses of the files.
    query: String,
    facts: Vec<Fact>,
    table: Table,
    chart: String,
}

/// Fiscal years on the page and in its files.
const YEARS: u16 = 15;

/// `GET /shelves/forecast`
pub async fn page(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] = &[
        ("年度", "Fiscal year"),
        ("分冊", "Volumes"),
        ("空く書架（fm）", "Comes free"),
        ("うち電子化で（fm）", "By scanning"),
        ("残る文書（fm）", "Is left"),
    ];
    let row = |one: &ForecastYear| {
        vec![
            Cell::unbroken(format!("{}年度", one.year)),
            Cell::number(one.volumes),
            Cell::number(one.freed),
            Cell::number(one.scanned),
            Cell::number(one.left),
        ]
    };
    let all = app.office.forecast_paper(&staff.actor, YEARS).await?;
    let section = asked.text("section").to_owned();
    let sections = all.sections.keys().map(|name| (name.clone(), name.clone())).collect();
    let forecast = chosen(all, &section)?;
    let query = section_query(&section);
    show(&ForecastPage {
        page: staff.page(&app, "空く書架の見込み", "What comes free", "/shelves"),
        faults: Faults::default(),
        sections,
        section,
        query,
        facts: facts(&forecast),
        table: Table::new(HEAD, forecast.years.iter().map(row).collect(), ""),
        chart: forecast_chart(&forecast),
    })
}

/// `GET /shelves/forecast.csv`
pub async fn csv(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let forecast = chosen(app.office.forecast_paper(&staff.actor, YEARS).await?, asked.text("section"))?;
    Ok(attachment(CSV, "空く書架の見込み.csv", forecast_sheet(&forecast).encode(Encoding::Utf8)?))
}

/// `GET /shelves/forecast.svg`
pub async fn svg(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let forecast = chosen(app.office.forecast_paper(&staff.actor, YEARS).await?, asked.text("section"))?;
    Ok(attachment(SVG, "空く書架の見込み.svg", forecast_chart(&forecast).into_bytes()))
}

/// Returns the forecast of a section, or of all where none is named.
fn chosen(all: crate::office::shelves::SectionForecast, section: &str) -> Result<Forecast, Problem> {
    if section.is_empty() {
        return Ok(all.all);
    }
    let mut sections = all.sections;
    sections.remove(section).ok_or_else(|| WebFault::BadField("section").into())
}

fn facts(forecast: &Forecast) -> Vec<Fact> {
    let length = |length: crate::shelves::Millimetres| Cell::unbroken(format!("{length} fm"));
    let mut facts = vec![("登録した分冊", "Volumes today", length(forecast.today))];
    for (why, stays) in &forecast.stays {
        let (ja, en) = match why {
            Stay::ForEver => ("永年・常用で残る", "Kept for ever"),
            Stay::Held => ("廃棄保留で残る", "On hold"),
            Stay::Undated => ("満了日が決まらず残る", "Without a last day"),
            Stay::Review => ("満了時に判断する", "Decided at its end"),
        };
        facts.push((ja, en, length(*stays)));
    }
    facts.push(("これより後に空く", "Later than these years", length(forecast.later)));
    facts
}
