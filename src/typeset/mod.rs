//! Sets the pages of notices by Typst, as tagged PDF/A-2a with the city's fonts.
//!
//! A template sees its own source, what templates begin with (`/fumikura.typ`) and what the notice says (`/notice.json`):
//! no disk, no network, no package. What people filled in comes as strings, which are never read as source.

mod glyphs;
mod patience;
mod world;

use crate::office::SealPlace;
use crate::office::ports::{Setting, Typeset, Typesetter};
use crate::office::templates::{NoticeText, Template, TemplateError};
use crate::time::{Instant, japanese_date};
use patience::Places;
use std::sync::Arc;
use std::time::Duration;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Label, Smart, Value};
use typst::introspection::MetadataElem;
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, PicoStr};
use typst::{LibraryExt, WorldExt, comemo};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use world::Desk;

/// Pages that a notice has at most.
const MOST_PAGES: usize = 100;
/// How long the setting of a notice may take; usual ones take some milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// The label that marks the place of the seal.
const SEAL: &str = "official-seal";

/// The typesetter.
pub struct Typst {
    library: Arc<LazyHash<typst::Library>>,
    book: Arc<LazyHash<FontBook>>,
    fonts: Arc<[Font]>,
    /// Families in the order in which they are asked for a character.
    families: Vec<String>,
    places: Places,
    patience: Duration,
}

impl Typst {
    /// Makes a typesetter of the faces of some font files, the first file's first asked for every character.
    ///
    /// # Errors
    /// [`TemplateError::NoTypesetter`] where none of them can be used.
    pub fn new(files: Vec<Vec<u8>>) -> Result<Self, TemplateError> {
        let fonts: Vec<Font> = files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
        if fonts.is_empty() {
            return Err(TemplateError::NoTypesetter("no font file can be read"));
        }
        let mut families: Vec<String> = Vec::new();
        for font in &fonts {
            if !families.contains(&font.info().family) {
                families.push(font.info().family.clone());
            }
        }
        Ok(Self {
            library: Arc::new(LazyHash::new(typst::Library::default())),
            book: Arc::new(LazyHash::new(FontBook::from_fonts(&fonts))),
            fonts: fonts.into(),
            families,
            places: Places::default(),
            patience: PATIENCE,
        })
    }

    /// Gives up what takes longer than some time.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

impl Typesetter for Typst {
    fn set(&self, template: &Template, text: &NoticeText, asked: &Setting) -> Result<Typeset, TemplateError> {
        self.look(template, text)?;
        let desk = Desk::new(self, template, text, asked)?;
        let written_at = asked.written_at;
        self.places.within(self.patience, move || set(&desk, written_at))?
    }

    fn look(&self, template: &Template, text: &NoticeText) -> Result<(), TemplateError> {
        text.places(template).try_for_each(|(place, text)| glyphs::look(&self.fonts, place, text))
    }
}

fn set(desk: &Desk, written_at: Instant) -> Result<Typeset, TemplateError> {
    let Warned { output, .. } = typst::compile::<PagedDocument>(desk);
    let set = output.map_err(|errors| wrong(desk, &errors)).and_then(|document| {
        let pages = document.pages().len();
        if pages > MOST_PAGES {
            return Err(TemplateError::TooManyPages(MOST_PAGES));
        }
        Ok(Typeset { pdf: pdf(desk, &document, written_at)?, pages, seal: seal(&document) })
    });
    // What it remembers between runs holds what notices say.
    comemo::evict(0);
    set
}

fn pdf(desk: &Desk, document: &PagedDocument, written_at: Instant) -> Result<Vec<u8>, TemplateError> {
    let standards = PdfStandards::new(&[PdfStandard::A_2a]);
    let options = PdfOptions {
        creator: Smart::Custom(Some(concat!("Fumikura ", env!("CARGO_PKG_VERSION")).into())),
        timestamp: timestamp(written_at),
        standards: standards.map_err(|error| TemplateError::Broken(error.message().to_string()))?,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(|errors| wrong(desk, &errors))
}

/// Finds the place that the template marks for the seal.
fn seal(document: &PagedDocument) -> Option<SealPlace> {
    let introspector = document.introspector();
    let label = Label::new(PicoStr::intern(SEAL))?;
    let mark = introspector.elements().query_label(label).ok()?;
    let position = introspector.position(mark.location()?)?;
    let Value::Dict(size) = &mark.to_packed::<MetadataElem>()?.value else { return None };
    let points = |name: &str| match size.get(name) {
        Ok(Value::Float(points)) => Some(*points),
        Ok(Value::Int(points)) => Some(f64::from(i32::try_from(*points).ok()?)),
        _ => None,
    };
    let (width, height) = (points("width")?, points("height")?);
    let page = document.pages().get(position.page.get() - 1)?;
    let bottom = page.frame.height().to_pt() - position.point.y.to_pt() - height;
    #[expect(clippy::cast_possible_truncation, reason = "points of a page")]
    let at = [position.point.x.to_pt(), bottom, width, height].map(|points| points as f32);
    Some(SealPlace { page: position.page.get(), at })
}

/// Words the first of Typst's errors, with the place where it is.
fn wrong(desk: &Desk, errors: &[SourceDiagnostic]) -> TemplateError {
    let Some(error) = errors.first() else { return TemplateError::Broken("no reason is given".to_owned()) };
    let place = error.span.id().and_then(|file| {
        let (line, column) = desk.place(file, WorldExt::range(desk, error.span)?.start)?;
        Some(format!("{}:{line}:{column}", file.vpath().get_without_slash()))
    });
    TemplateError::Source {
        template: desk.template().to_owned(),
        place: place.unwrap_or_default(),
        what: error.message.to_string(),
    }
}

fn timestamp(at: Instant) -> Option<Timestamp> {
    let (day, time) = (japanese_date(at), at.to_zoned(jiff::tz::offset(9).to_time_zone()));
    let part = |part: i8| u8::try_from(part).ok();
    let at = Datetime::from_ymd_hms(
        i32::from(day.year()),
        part(day.month())?,
        part(day.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
    )?;
    Timestamp::new_local(at, 9 * 60)
}
