//! The digitiser of a city: its reader of text is asked what it is when the first scan comes, not at every command.

use super::Failure;
use crate::imaging::{Imaging, Tesseract};
use crate::office::ports::{
    Derived, Digitiser, DigitiserError, DocumentInfo, PagePicture, PageProgress, ScannedDocument,
};
use crate::scans::ScannedPage;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Looks at scans with what is built in, and reads them by a program where there is one.
pub struct Scans {
    program: Option<PathBuf>,
    imaging: OnceLock<Imaging>,
}

impl Scans {
    /// Uses the program at a path as the reader of text.
    pub fn new(program: Option<PathBuf>) -> Self {
        Self { program, imaging: OnceLock::new() }
    }

    fn imaging(&self) -> &Imaging {
        self.imaging.get_or_init(|| {
            let reader = self.program.clone().map(Tesseract::at).transpose();
            // Scans are looked at and made straight all the same; that nobody reads them has to be known.
            Imaging::new(reader.unwrap_or_else(|error| {
                Failure::from(crate::office::OfficeError::from(crate::office::tray::TrayError::from(error))).report();
                None
            }))
        })
    }
}

impl Digitiser for Scans {
    fn survey(
        &self,
        document: &ScannedDocument<'_>,
        progress: &PageProgress<'_>,
    ) -> Result<Vec<ScannedPage>, DigitiserError> {
        self.imaging().survey(document, progress)
    }

    fn extract(&self, document: &ScannedDocument<'_>, pages: &[u32]) -> Result<Vec<u8>, DigitiserError> {
        self.imaging().extract(document, pages)
    }

    fn derive(
        &self,
        document: &ScannedDocument<'_>,
        about: &DocumentInfo,
        progress: &PageProgress<'_>,
    ) -> Result<Derived, DigitiserError> {
        self.imaging().derive(document, about, progress)
    }

    fn page_picture(
        &self,
        document: &ScannedDocument<'_>,
        page: u32,
        longest_px: u32,
    ) -> Result<PagePicture, DigitiserError> {
        self.imaging().page_picture(document, page, longest_px)
    }
}
