//! The files that pages come in: what kind they are, how many pages they have, and each page's picture.

mod directory;
mod pdf;
mod pdf_cut;
mod pdf_scene;
mod single;
mod tiff;
mod tiff_cut;
mod tiff_pixels;

use super::limits;
use super::picture::Picture;
use crate::office::ports::{DigitiserError, ScannedDocument};

/// A document that was opened.
pub(super) enum Pages<'a> {
    /// A PDF.
    Pdf(Box<pdf::PdfPages<'a>>),
    /// A TIFF of one page or many.
    Tiff(tiff::TiffPages<'a>),
    /// A JPEG or PNG.
    Single(single::Single<'a>),
}

impl<'a> Pages<'a> {
    /// Opens a document. Its pages are counted, their pictures not yet looked at.
    pub(super) fn open(document: &ScannedDocument<'a>) -> Result<Self, DigitiserError> {
        let bytes = document.bytes;
        let pages = match document.media_type {
            "application/pdf" => Self::Pdf(Box::new(pdf::PdfPages::open(bytes)?)),
            "image/tiff" => Self::Tiff(tiff::TiffPages::open(bytes)?),
            "image/jpeg" => Self::Single(single::Single::jpeg(bytes)?),
            "image/png" => Self::Single(single::Single::png(bytes)?),
            other => return Err(DigitiserError::NoPages(other.chars().take(80).collect())),
        };
        match pages.count() {
            0 => Err(DigitiserError::Damaged { page: 0, reason: "it has no page".to_owned() }),
            count if count > limits::MOST_PAGES => {
                Err(DigitiserError::TooManyPages { found: count.into(), most: limits::MOST_PAGES })
            }
            _ => Ok(pages),
        }
    }

    /// Returns how many pages there are.
    pub(super) fn count(&self) -> u32 {
        match self {
            Self::Pdf(pages) => pages.count(),
            Self::Tiff(pages) => pages.count(),
            Self::Single(_) => 1,
        }
    }

    /// Returns the picture of a page, counted from 1.
    pub(super) fn picture(&self, page: u32) -> Result<Picture, DigitiserError> {
        if page == 0 || page > self.count() {
            return Err(DigitiserError::NoSuchPage(page));
        }
        match self {
            Self::Pdf(pages) => pages.picture(page),
            Self::Tiff(pages) => pages.picture(page),
            Self::Single(single) => single.picture(),
        }
    }

    /// Returns a document of some pages, in their order; their pictures are those that came.
    pub(super) fn extract(&self, wanted: &[u32]) -> Result<Vec<u8>, DigitiserError> {
        if let Some(none) = wanted.iter().find(|page| **page == 0 || **page > self.count()) {
            return Err(DigitiserError::NoSuchPage(*none));
        }
        let mut sorted = wanted.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if wanted.is_empty() || sorted.len() != wanted.len() {
            return Err(DigitiserError::Writing("a document has each of its pages once, and at least one".to_owned()));
        }
        match self {
            Self::Pdf(pages) => pages.extract(wanted),
            Self::Tiff(pages) => pages.extract(wanted),
            Self::Single(single) => Ok(single.bytes().to_vec()),
        }
    }
}

/// Refuses a picture that is larger than is taken.
fn allow(page: u32, width: u64, height: u64) -> Result<(), DigitiserError> {
    if width == 0 || height == 0 {
        return Err(DigitiserError::Damaged { page, reason: "a picture without pixels".to_owned() });
    }
    if limits::allows(width, height) { Ok(()) } else { Err(DigitiserError::TooManyPixels { page, width, height }) }
}
