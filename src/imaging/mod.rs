//! Scanned documents as pictures (R8, R9): what is seen of their pages, made upright and straight, read, and written as PDF/A-2u.
//!
//! The adapter behind the office's port [`Digitiser`]. A document is opened (`files`), each page's picture is looked at
//! (`look`), made straight (`straighten`), read where a reader is installed (`reader`) and written (`pdfa`). Two pages are in
//! memory at once.

mod files;
mod grey;
mod limits;
mod look;
mod pdfa;
mod picture;
mod reader;
mod straighten;
mod together;

pub use reader::Tesseract;

use crate::digest::sha256;
use crate::office::ports::{
    Derived, Digitiser, DigitiserError, DocumentInfo, PagePicture, PageProgress, ScannedDocument,
};
use crate::scans::{Colour, ScannedPage};
use files::Pages;
use grey::Grey;
use image::DynamicImage;
use look::Seen;
use pdfa::Encoded;
use picture::Picture;
use reader::{Line, text_of};
use std::io::Cursor;
use together::{guarded, in_turn};

/// The longest side of the picture of a document's first page, in pixels.
const THUMBNAIL_PX: u32 = 320;
/// The quality of JPEGs for the eye, from 1 to 100.
const QUALITY: u8 = 80;

/// Looks at scanned documents with what is built in, and reads them where it was given a reader.
#[derive(Clone, Debug, Default)]
pub struct Imaging {
    reader: Option<Tesseract>,
}

impl Imaging {
    /// Makes one. Without a reader pages are neither read nor turned upright.
    pub fn new(reader: Option<Tesseract>) -> Self {
        Self { reader }
    }

    /// Looks at a page; the reader tells whether it is upright.
    fn seen(&self, number: u32, picture: &Picture) -> Seen {
        let seen = look::look(number, picture);
        let (Some(reader), Some(part)) = (&self.reader, &seen.telling) else { return seen };
        let page = Grey::of(&picture.pixels);
        let (page, dpi) = page.reduced(picture.mean_dpi(), look::DPI);
        let turn = reader.turn(&page, part, dpi);
        seen.upright_by(turn)
    }

    /// Makes what is written of a page.
    fn derive_page(&self, pages: &Pages<'_>, number: u32) -> Result<DerivedPage, DigitiserError> {
        let picture = pages.picture(number)?;
        let seen = self.seen(number, &picture);
        let picture = straighten::straightened(picture.turned(seen.page.turn), seen.page.skew_centidegrees);
        let mut page = seen.page;
        let mut lines = Vec::new();
        if let Some(reader) = self.reader.as_ref() {
            let reading = if page.blank {
                reader::Reading::default()
            } else {
                reader.read(number, &Grey::of(&picture.pixels), picture.mean_dpi(), seen.lines)?
            };
            page.characters = Some(reading.characters);
            page.confidence = reading.confidence;
            lines = reading.lines;
        }
        let thumbnail = (number == 1).then(|| shown(&picture, THUMBNAIL_PX)).transpose()?;
        let pixels = (picture.pixels.width(), picture.pixels.height());
        let size = picture.size_points();
        let picture = pdfa::encode(picture).map_err(DigitiserError::Writing)?;
        Ok(DerivedPage { page, lines, picture, size, pixels, thumbnail })
    }
}

/// What is written of a page.
struct DerivedPage {
    page: ScannedPage,
    lines: Vec<Line>,
    picture: Encoded,
    /// In points.
    size: (f64, f64),
    pixels: (u32, u32),
    thumbnail: Option<PagePicture>,
}

impl Digitiser for Imaging {
    fn survey(
        &self,
        document: &ScannedDocument<'_>,
        progress: &PageProgress<'_>,
    ) -> Result<Vec<ScannedPage>, DigitiserError> {
        let pages = guarded(0, || Pages::open(document))?;
        let count = pages.count();
        let mut survey = Vec::with_capacity(count as usize);
        let look = |number| Ok(self.seen(number, &pages.picture(number)?).page);
        in_turn(count, look, |number, page| {
            survey.push(page);
            progress(number, count);
            Ok(())
        })?;
        Ok(survey)
    }

    fn extract(&self, document: &ScannedDocument<'_>, pages: &[u32]) -> Result<Vec<u8>, DigitiserError> {
        guarded(0, || Pages::open(document)?.extract(pages))
    }

    fn derive(
        &self,
        document: &ScannedDocument<'_>,
        about: &DocumentInfo,
        progress: &PageProgress<'_>,
    ) -> Result<Derived, DigitiserError> {
        let pages = guarded(0, || Pages::open(document))?;
        let count = pages.count();
        let (mut writer, mut text) = (pdfa::Writer::new(), String::new());
        let (mut survey, mut thumbnail) = (Vec::with_capacity(count as usize), None);
        in_turn(
            count,
            |number| self.derive_page(&pages, number),
            |number, done| {
                writer.add(&pdfa::Page {
                    picture: &done.picture,
                    size: done.size,
                    pixels: done.pixels,
                    lines: &done.lines,
                });
                if self.reader.is_some() {
                    text.push_str(&text_of(&done.lines));
                    text.push('\u{c}');
                }
                thumbnail = thumbnail.take().or(done.thumbnail);
                survey.push(done.page);
                progress(number, count);
                Ok(())
            },
        )?;
        let pdfa = writer.finish(about, &sha256(document.bytes)).map_err(DigitiserError::Writing)?;
        let thumbnail = thumbnail.ok_or_else(|| DigitiserError::Writing("there is no first page".to_owned()))?;
        Ok(Derived { pages: survey, pdfa, text, thumbnail, reader: self.reader.as_ref().map(Tesseract::name) })
    }

    fn page_picture(
        &self,
        document: &ScannedDocument<'_>,
        page: u32,
        longest_px: u32,
    ) -> Result<PagePicture, DigitiserError> {
        let pages = guarded(0, || Pages::open(document))?;
        guarded(page, || shown(&pages.picture(page)?, longest_px))
    }
}

/// Makes a picture for the eye: black and white as PNG, the rest as JPEG.
fn shown(picture: &Picture, longest_px: u32) -> Result<PagePicture, DigitiserError> {
    let longest = longest_px.clamp(16, 8_192);
    let (width, height) = (picture.pixels.width(), picture.pixels.height());
    let smaller = if width.max(height) > longest {
        let side = |side: u32| {
            let scaled = u64::from(side) * u64::from(longest) / u64::from(width.max(height)).max(1);
            u32::try_from(scaled).unwrap_or(longest).max(1)
        };
        Some(picture.pixels.thumbnail_exact(side(width), side(height)))
    } else {
        None
    };
    let pixels: &DynamicImage = smaller.as_ref().unwrap_or(&picture.pixels);
    if picture.colour == Colour::Bilevel {
        let mut bytes = Vec::new();
        let written = pixels.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png);
        written.map_err(|error| DigitiserError::Writing(error.to_string()))?;
        return Ok(PagePicture { media_type: "image/png", bytes });
    }
    let bytes = pdfa::to_jpeg(pixels, QUALITY).map_err(DigitiserError::Writing)?;
    Ok(PagePicture { media_type: "image/jpeg", bytes })
}
