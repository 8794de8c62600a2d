//! Scanned pages: what is seen of them, cover sheets, PDF/A, and documents that mean harm.

pub mod cover;
mod derive;
mod extract;
mod foreign;
mod hostile;
pub mod paper;
mod stacks;
mod survey;
mod tiff_kinds;

use fumikura::imaging::{Imaging, Tesseract};
use fumikura::office::ports::{Digitiser, DigitiserError, ScannedDocument};
use fumikura::scans::ScannedPage;

/// Looks at a document without a reader.
fn surveyed(bytes: &[u8], media_type: &str) -> Result<Vec<ScannedPage>, DigitiserError> {
    Imaging::new(None).survey(&ScannedDocument { bytes, media_type }, &|_, _| {})
}

/// Looks at one page.
fn seen(png: &[u8]) -> ScannedPage {
    let mut pages = surveyed(png, "image/png").expect("a page can be looked at");
    pages.pop().expect("there is a page")
}

/// Returns the reader of this machine; must be there where interoperability is demanded.
#[allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]
fn reader() -> Option<Tesseract> {
    let found = Tesseract::at("/usr/bin/tesseract".into()).ok();
    assert!(found.is_some() || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "tesseract is not installed");
    found
}
