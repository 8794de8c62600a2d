//! The survey of furniture (執務環境現況調査) as a table, written and read.

use super::read_table::{NamedRow, ReadTable};
use super::spreadsheet::Spreadsheet;
use crate::fault::Fault;
use crate::office::shelves::{NewFurniture, NewReading, SurveyFault, SurveyLine};
use crate::shelves::{Forecast, Furniture, FurnitureUse, Survey};
use crate::time::{Date, written_date};
use std::str::FromStr;

/// The columns; those in front of the last must be there.
const COLUMNS: [&str; 9] =
    ["管理番号", "課", "場所", "種類", "用途", "棚の内寸幅（mm）", "段数", "充填率（％）", "調査日"];
const NEEDED: [&str; 7] = ["管理番号", "課", "種類", "棚の内寸幅（mm）", "段数", "充填率（％）", "調査日"];

/// What is wrong with a line of a survey: its code, and the same in English.
pub type LineProblem = (u64, &'static str, String);

/// A survey that was read from a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SurveyRead {
    /// The lines that can be read.
    pub lines: Vec<SurveyLine>,
    /// What is wrong with the others.
    pub problems: Vec<LineProblem>,
}

/// Reads a survey.
///
/// # Errors
/// Where it is no table, or lacks a column: the code, and what is wrong in English.
pub fn read_survey(bytes: &[u8]) -> Result<SurveyRead, (&'static str, String)> {
    let sheet = ReadTable::read(bytes).map_err(|wrong| ("survey-unreadable", wrong))?;
    if let Some(lacking) = sheet.lacks(&NEEDED) {
        return Err(("survey-column-lacking", format!("no column is named {lacking}")));
    }
    let mut read = SurveyRead::default();
    for row in sheet.rows() {
        match furniture(&row) {
            Ok(furniture) => read.lines.push(SurveyLine { line: row.line, furniture }),
            Err((code, english)) => read.problems.push((row.line, code, english)),
        }
    }
    Ok(read)
}

/// Says what kept a line from being taken over.
pub fn problem(line: u64, fault: &SurveyFault) -> LineProblem {
    (line, fault.code(), fault.to_string())
}

fn furniture(row: &NamedRow<'_>) -> Result<NewFurniture, (&'static str, String)> {
    let used = match row.field("用途") {
        None | Some("共用" | "shared") => FurnitureUse::Shared,
        Some("個人" | "個人用" | "personal") => FurnitureUse::Personal,
        Some(other) => return Err(("survey-use-unknown", format!("用途: {other} is not 共用 or 個人"))),
    };
    let text = |name: &str| row.field(name).unwrap_or_default().to_owned();
    let day = row.field("調査日").and_then(written_date);
    Ok(NewFurniture {
        label: text("管理番号"),
        section: text("課"),
        place: text("場所"),
        kind: text("種類"),
        used,
        reading: NewReading {
            on: day.ok_or_else(|| unreadable(row, "調査日"))?,
            width_mm: number(row, "棚の内寸幅（mm）")?,
            shelves: number(row, "段数")?,
            fill_percent: number(row, "充填率（％）")?,
        },
    })
}

/// Reads a whole number; digits of full width and separators of thousands are read as they are meant.
fn number<T: FromStr>(row: &NamedRow<'_>, name: &str) -> Result<T, (&'static str, String)> {
    let digit = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        other => other,
    };
    let text: String =
        row.field(name).unwrap_or_default().chars().filter(|c| !matches!(c, ',' | '，')).map(digit).collect();
    let text = text.trim_end_matches(['%', '％']);
    text.parse().map_err(|_| unreadable(row, name))
}

fn unreadable(row: &NamedRow<'_>, name: &str) -> (&'static str, String) {
    ("survey-field-unreadable", format!("{name}: {:?} cannot be read", row.field(name).unwrap_or_default()))
}

/// Writes what was read of furniture until a day, each piece by its last reading: a table that can be read again.
pub fn furniture_sheet(furniture: &[Furniture], on: Date) -> Spreadsheet {
    let mut sheet = Spreadsheet::new(COLUMNS);
    for piece in furniture {
        let Some(reading) = piece.reading_on(on) else { continue };
        sheet.row([
            &piece.label,
            &piece.section,
            &piece.place,
            &piece.kind,
            used_word(piece.used),
            &reading.width_mm.to_string(),
            &reading.shelves.to_string(),
            &reading.fill_percent.to_string(),
            &reading.on.to_string(),
        ]);
    }
    sheet
}

/// Says who keeps paper in furniture.
pub fn used_word(used: FurnitureUse) -> &'static str {
    match used {
        FurnitureUse::Shared => "共用",
        FurnitureUse::Personal => "個人",
    }
}

/// Writes the sums of a survey, all of them last.
pub fn survey_sheet(survey: &Survey) -> Spreadsheet {
    let mut sheet = Spreadsheet::new([
        "課",
        "什器",
        "収容量（fm）",
        "文書量（fm）",
        "うち共用（fm）",
        "うち個人（fm）",
        "人数",
        "一人当たり（fm）",
        "調査日",
    ]);
    let all = crate::shelves::SectionSpace { section: "全体".to_owned(), ..survey.all.clone() };
    for space in survey.sections.iter().chain([&all]) {
        sheet.row([
            &space.section,
            &space.furniture.to_string(),
            &space.room.to_string(),
            &space.paper().to_string(),
            &space.shared.to_string(),
            &space.personal.to_string(),
            &space.heads.map(|heads| heads.to_string()).unwrap_or_default(),
            &space.paper_per_head().map(|length| length.to_string()).unwrap_or_default(),
            &survey.on.to_string(),
        ]);
    }
    sheet
}

/// Writes what comes free year by year.
pub fn forecast_sheet(forecast: &Forecast) -> Spreadsheet {
    let mut sheet = Spreadsheet::new(["年度", "分冊", "空く書架（fm）", "うち電子化で（fm）", "残る文書（fm）"]);
    for year in &forecast.years {
        let (number, volumes) = (year.year.to_string(), year.volumes.to_string());
        sheet.row([&number, &volumes, &year.freed.to_string(), &year.scanned.to_string(), &year.left.to_string()]);
    }
    sheet
}
