//! What the program writes for people: notices and certificates as PDFs, registers as CSV, charts as SVG.
//!
//! With a font everything is PDF/A-2u, the font's used part embedded. Without one the text names a standard Japanese
//! font that the reader's program brings along: readable, but no PDF/A.

mod breaking;
mod chart;
mod code;
mod cover_sheet;
mod disposal_register;
mod embedded;
mod layout;
mod legible;
mod letter;
mod metrics;
mod model;
mod named;
mod port;
mod read_table;
mod reorganisation;
mod report;
mod shredding_sheet;
mod spreadsheet;
mod survey_sheet;

pub use chart::{due_chart, forecast_chart, survey_chart};
pub use code::qr_svg;
pub use cover_sheet::{cover_sheet_raster, cover_sheet_svg};
pub use disposal_register::DisposalRegisterSheet;
pub use port::PdfWriter;
pub use read_table::{NamedRow, ReadTable};
pub use reorganisation::{MOVE_COLUMNS, MoveLineFault, read_moves};
pub use shredding_sheet::shredding_sheet;
pub use spreadsheet::{Encoding, Misfits, Spreadsheet};
pub use survey_sheet::{
    LineProblem, SurveyRead, forecast_sheet, furniture_sheet, problem, read_survey, survey_sheet, used_word,
};

pub use model::{Block, DecidedBy, DestroyedItem, DisposalCertificate, Fact, Notice, Sheet};

use crate::fault::{Fault, Kind};
use crate::time::Instant;
use crate::validate::Report;
use crate::wording::Sentence;

/// A font file and the face in it.
#[derive(Clone, Copy)]
pub struct FontFile<'a> {
    /// A TrueType or OpenType font, or a collection.
    pub bytes: &'a [u8],
    /// The face in a collection, counted from 0.
    pub face: u32,
}

/// A finished PDF.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The file.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Where the official seal belongs.
    pub seal: Option<SealPlace>,
}

/// A place for a visible seal: what a signature's appearance takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SealPlace {
    /// The page, counted from 1.
    pub page: usize,
    /// Left, bottom, width and height in points from the page's lower left corner.
    pub at: [f32; 4],
}

/// Why a PDF could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The font has no glyph for a character (N16).
    #[error("the font has no glyph for {character:?} (U+{:04X}): {place}, character {position}", u32::from(*character))]
    MissingGlyph {
        /// The character.
        character: char,
        /// The part of the document.
        place: String,
        /// The place in that part, counted from 1.
        position: usize,
    },
    /// The font file cannot be used.
    #[error("the font cannot be used: {0}")]
    Font(String),
    /// A table whose rows and columns do not fit together.
    #[error("a table's rows have {found} cells where {columns} columns are declared")]
    Table {
        /// Columns declared.
        columns: usize,
        /// Cells found.
        found: usize,
    },
    /// Something does not fit the room that it has.
    #[error("{0} does not fit the room that it has")]
    DoesNotFit(String),
    /// The document has more pages than any notice or certificate.
    #[error("the document would have more than {0} pages")]
    TooLong(usize),
    /// The PDF writer refused.
    #[error("the PDF could not be written: {0}")]
    Writer(String),
}

impl Fault for RenderError {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingGlyph { .. } => "render-missing-glyph",
            Self::Font(_) => "render-font",
            Self::Table { .. } => "render-table",
            Self::DoesNotFit(_) => "render-does-not-fit",
            Self::TooLong(_) => "render-too-long",
            Self::Writer(_) => "render-writer",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Table { .. } | Self::Writer(_) => Kind::Defect,
            _ => Kind::Refused,
        }
    }
}

/// Writes a certificate of disposal (廃棄証明書).
///
/// # Errors
/// [`RenderError`]; a missing glyph names the character and its place.
pub fn disposal_certificate(model: &DisposalCertificate, font: Option<FontFile<'_>>) -> Result<Rendered, RenderError> {
    sheet(&model.to_sheet(), font)
}

/// Writes a notice (通知文書).
///
/// # Errors
/// [`RenderError`]; a missing glyph names the character and its place.
pub fn notice(model: &Notice, font: Option<FontFile<'_>>) -> Result<Rendered, RenderError> {
    sheet(&model.to_sheet(), font)
}

/// What a report on paper says beside the results.
#[derive(Clone, Debug)]
pub struct PaperFacts<'a> {
    /// The present effect of the notice, where it was looked for; said of each file.
    pub effect: Option<Sentence>,
    /// The subject of the certificate that is going to sign it.
    pub sealed_by: Option<&'a str>,
    /// When it is written, for the metadata.
    pub written_at: Instant,
}

/// Writes the reports of a validation, for people. The same arguments give the same bytes.
///
/// # Errors
/// [`RenderError`]; a character that the font lacks is shown by its number.
pub fn validation_report(
    reports: &[(&str, &Report)],
    about: &PaperFacts<'_>,
    font: Option<FontFile<'_>>,
) -> Result<Rendered, RenderError> {
    let paper = report::to_sheet(reports, about);
    let paper = match font {
        Some(font) => legible::legible(&paper, &metrics::OfFile::new(font)?),
        None => legible::legible(&paper, &metrics::OfStandardFont),
    };
    sheet(&paper, font)
}

/// Writes any sheet on A4 pages.
///
/// # Errors
/// [`RenderError`]; a missing glyph names the character and its place.
pub fn sheet(sheet: &Sheet, font: Option<FontFile<'_>>) -> Result<Rendered, RenderError> {
    let layout = match font {
        Some(font) => layout::lay_out(sheet, &metrics::OfFile::new(font)?)?,
        None => layout::lay_out(sheet, &metrics::OfStandardFont)?,
    };
    let pdf = match font {
        Some(font) => embedded::write(sheet, &layout, font)?,
        None => named::write(sheet, &layout)?,
    };
    Ok(Rendered { pdf, pages: layout.pages.len(), seal: layout.seal })
}
