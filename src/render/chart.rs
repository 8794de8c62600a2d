//! Charts as SVG: bars with their values written beside them and patterns instead of colours, so that they can be read
//! printed, without colour, and by those who do not see them: each says the same in its title and in words.

use crate::shelves::{Forecast, Millimetres, SectionSpace, Survey};
use std::fmt::Write as _;

/// A chart of bars that lie, row by row.
struct Bars {
    /// What it shows.
    title: String,
    /// The names of the bars of each row, in their order.
    series: Vec<&'static str>,
    /// Each row: its name, and each of its bars, where there is one.
    rows: Vec<(String, Vec<Option<Bar>>)>,
}

/// A bar: how long it is, and how that is written.
type Bar = (u64, String);

/// The width of the picture, and of the names in front of the bars, in units of the picture.
const WIDTH: u64 = 960;
const NAMES: u64 = 230;
/// The longest bar; what is left beside it is for its value.
const LONGEST: u64 = 600;
/// The height of one bar, and of what is between two rows.
const BAR: u64 = 18;
const BETWEEN: u64 = 14;
/// Where the first row begins: below title and key.
const TOP: u64 = 76;
/// How the bars are filled, in the order of the series: the last one stands for all that follow.
const FILLS: [&str; 3] = ["#1a3a6b", "url(#hatched)", "url(#dotted)"];
/// The longest name in front of a bar, in characters; what is longer is cut, and whole in the table beside the chart.
const LONGEST_NAME: usize = 14;

/// Draws the metres of paper of each section, and those of an earlier day where there is one.
pub fn survey_chart(now: &Survey, before: Option<&Survey>) -> String {
    let mut names: Vec<&str> = now.sections.iter().map(|space| space.section.as_str()).collect();
    names.extend(before.into_iter().flat_map(|survey| &survey.sections).map(|space| space.section.as_str()));
    names.sort_unstable();
    names.dedup();
    let of = |survey: &Survey, name: &str| {
        survey.sections.iter().find(|space| space.section == name).map(SectionSpace::paper)
    };
    let row = |name: &&str| {
        let mut bars = vec![of(now, name).map(metres)];
        bars.extend(before.map(|survey| of(survey, name).map(metres)));
        ((*name).to_owned(), bars)
    };
    let title = match before {
        Some(before) => format!("課ごとの文書量（fm）　{} と {}", before.on, now.on),
        None => format!("課ごとの文書量（fm）　{}", now.on),
    };
    let series = if before.is_some() { vec!["この日", "比べる日"] } else { vec!["文書量"] };
    Bars { title, series, rows: names.iter().map(row).collect() }.draw()
}

/// Draws the metres that come free in each fiscal year, and those that are left after it.
pub fn forecast_chart(forecast: &Forecast) -> String {
    let rows = forecast.years.iter().map(|year| {
        let bars = [year.freed, year.scanned, year.left].map(|length| Some(metres(length)));
        (format!("{}年度", year.year), bars.into())
    });
    let title = format!("空く書架の見込み（fm）　{} 時点", forecast.on);
    Bars { title, series: vec!["空く書架", "うち電子化で", "残る文書"], rows: rows.collect() }.draw()
}

/// Draws how many record files fall due in each fiscal year.
pub fn due_chart(years: &[(String, u64)]) -> String {
    let row = |(year, files): &(String, u64)| (year.clone(), vec![Some((*files, files.to_string()))]);
    let title = "満了する文書ファイルの件数".to_owned();
    Bars { title, series: vec!["文書ファイル"], rows: years.iter().map(row).collect() }.draw()
}

fn metres(length: Millimetres) -> Bar {
    (length.0, length.to_string())
}

impl Bars {
    fn draw(&self) -> String {
        let row_height = BAR * self.series.len() as u64 + BETWEEN;
        let height = TOP + row_height * self.rows.len() as u64 + BETWEEN;
        let longest = self.rows.iter().flat_map(|(_, bars)| bars).flatten().map(|bar| bar.0).max().unwrap_or_default();
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="'Noto Sans JP','Noto Sans CJK JP','Hiragino Sans','Yu Gothic',sans-serif" font-size="14" fill="#1a1a1a"><title>{}</title>"##,
            escaped(&self.title)
        );
        svg.push_str(r##"<defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><rect width="3" height="6" fill="#5b7aa9"/></pattern><pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#fff"/><circle cx="3" cy="3" r="1.5" fill="#1a3a6b"/></pattern></defs>"##);
        let _ = write!(
            svg,
            r##"<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="8" y="26" font-size="18" font-weight="bold">{}</text>"##,
            escaped(&self.title)
        );
        for (place, name) in self.series.iter().enumerate() {
            let x = 8 + 150 * place as u64;
            let _ = write!(
                svg,
                r##"<rect x="{x}" y="42" width="22" height="14" fill="{}" stroke="#1a3a6b"/><text x="{}" y="54">{name}</text>"##,
                fill(place),
                x + 30
            );
        }
        for (number, (name, bars)) in self.rows.iter().enumerate() {
            let top = TOP + row_height * number as u64;
            let middle = top + BAR * bars.len() as u64 / 2 + 5;
            let _ = write!(
                svg,
                r#"<text x="{}" y="{middle}" text-anchor="end">{}</text>"#,
                NAMES - 10,
                escaped(&cut(name))
            );
            for (place, bar) in bars.iter().enumerate() {
                let Some((length, written)) = bar else { continue };
                let y = top + BAR * place as u64;
                let width = length.saturating_mul(LONGEST).checked_div(longest).unwrap_or(0);
                let _ = write!(
                    svg,
                    r##"<rect x="{NAMES}" y="{y}" width="{width}" height="{}" fill="{}" stroke="#1a3a6b"/><text x="{}" y="{}" font-size="13">{written}</text>"##,
                    BAR - 2,
                    fill(place),
                    NAMES + width + 8,
                    y + 13
                );
            }
        }
        let foot = TOP + row_height * self.rows.len() as u64;
        let _ =
            write!(svg, r##"<line x1="{NAMES}" y1="{}" x2="{NAMES}" y2="{foot}" stroke="#1a1a1a"/></svg>"##, TOP - 6);
        svg
    }
}

fn fill(place: usize) -> &'static str {
    FILLS.get(place).or(FILLS.last()).copied().unwrap_or_default()
}

fn cut(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
