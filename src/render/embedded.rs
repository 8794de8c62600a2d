//! PDF/A-2u with an embedded font (ISO 19005-2).

use super::layout::{LaidPage, Layout, PAGE};
use super::{FontFile, RenderError, Sheet};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{Path, PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::text::{Font, TextDirection};

/// Writes the pages.
pub(super) fn write(sheet: &Sheet, layout: &Layout, font: FontFile<'_>) -> Result<Vec<u8>, RenderError> {
    let unusable = || RenderError::Font("it is no TrueType or OpenType font".to_owned());
    let font = Font::new(font.bytes.to_vec().into(), font.face).ok_or_else(unusable)?;
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish();
    let configuration = configuration.map_err(|error| RenderError::Writer(format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, enable_tagging: false, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(metadata(sheet));
    for page in &layout.pages {
        draw(&mut document, page, &font)?;
    }
    document.finish().map_err(|error| RenderError::Writer(error.to_string()))
}

fn draw(document: &mut Document, page: &LaidPage, font: &Font) -> Result<(), RenderError> {
    let settings = PageSettings::from_wh(PAGE[0], PAGE[1]);
    let settings = settings.ok_or_else(|| RenderError::Writer("no page of that size".to_owned()))?;
    let mut target = document.start_page_with(settings);
    let mut surface = target.surface();
    for run in &page.runs {
        let start = Point::from_xy(run.x, run.y);
        surface.draw_text(start, font.clone(), run.size, &run.text, false, TextDirection::LeftToRight);
    }
    if let Some(path) = squares(&page.blacks) {
        surface.set_fill(Some(Fill::default()));
        surface.draw_path(&path);
    }
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { width: 0.5, ..Stroke::default() }));
    for rule in &page.rules {
        if let Some(path) = line(rule.from, rule.to) {
            surface.draw_path(&path);
        }
    }
    surface.finish();
    target.finish();
    Ok(())
}

fn line(from: [f32; 2], to: [f32; 2]) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(from[0], from[1]);
    path.line_to(to[0], to[1]);
    path.finish()
}

/// Joins rectangles to one path; none where there are none.
fn squares(rectangles: &[[f32; 4]]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for [left, top, width, height] in rectangles {
        path.move_to(*left, *top);
        path.line_to(left + width, *top);
        path.line_to(left + width, top + height);
        path.line_to(*left, top + height);
        path.close();
    }
    path.finish()
}

fn metadata(sheet: &Sheet) -> Metadata {
    let at = sheet.written_at.to_zoned(jiff::tz::offset(9).to_time_zone());
    let part = |number: i8| u8::try_from(number).unwrap_or(0);
    let written = DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(9);
    Metadata::new()
        .title(sheet.title.clone())
        .authors(vec![sheet.author.clone()])
        .creator("Fumikura".to_owned())
        .language("ja".to_owned())
        .creation_date(written)
}
