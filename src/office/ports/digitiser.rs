//! The port to whatever makes pages of pictures, reads them, and writes them as PDF/A.

use crate::fault::{Fault, Kind};
use crate::scans::ScannedPage;
use crate::time::Date;

/// Looks at scanned documents: PDFs, TIFFs of many pages, JPEGs and PNGs. Calls are long, and keep processors busy.
///
/// The bytes of a document are only ever read. What is hostile meets limits on pages, pixels, memory and time, and is refused
/// by name.
pub trait Digitiser: Send + Sync {
    /// Looks at every page without reading its text: `characters` and `confidence` are none.
    fn survey(
        &self,
        document: &ScannedDocument<'_>,
        progress: &PageProgress<'_>,
    ) -> Result<Vec<ScannedPage>, DigitiserError>;

    /// Returns a document of some pages, in their order, whose pictures are those that came, bit by bit. A PDF gives a PDF, a
    /// TIFF a TIFF. Of one picture there is nothing to take apart: its only page is the document itself.
    fn extract(&self, document: &ScannedDocument<'_>, pages: &[u32]) -> Result<Vec<u8>, DigitiserError>;

    /// Makes a PDF/A-2u of the pages, upright and straight, with an invisible layer of the text that was read, and a picture of
    /// the first page.
    fn derive(
        &self,
        document: &ScannedDocument<'_>,
        about: &DocumentInfo,
        progress: &PageProgress<'_>,
    ) -> Result<Derived, DigitiserError>;

    /// Returns a page as a PNG or JPEG for the eye, no side longer than so many pixels.
    fn page_picture(
        &self,
        document: &ScannedDocument<'_>,
        page: u32,
        longest_px: u32,
    ) -> Result<PagePicture, DigitiserError>;
}

/// Is told after each page how many are done, and of how many.
pub type PageProgress<'a> = dyn Fn(u32, u32) + Send + Sync + 'a;

/// A document as it came.
#[derive(Clone, Copy, Debug)]
pub struct ScannedDocument<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its media type, told by its content: `application/pdf`, `image/tiff`, `image/jpeg` or `image/png`.
    pub media_type: &'a str,
}

/// What a derivative says of itself in its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentInfo {
    /// The title.
    pub title: String,
    /// The day the document was made or received.
    pub created: Date,
}

/// What was made of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// What was seen of each page, with what was read on it.
    pub pages: Vec<ScannedPage>,
    /// The PDF/A-2u.
    pub pdfa: Vec<u8>,
    /// The text of all pages, a form feed after each; empty where nobody read.
    pub text: String,
    /// The first page, small.
    pub thumbnail: PagePicture,
    /// The program that read the text, with its version and languages; none where there is none.
    pub reader: Option<String>,
}

/// A picture of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagePicture {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Why pages could not be made of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitiserError {
    /// It is of no kind that has pages of pictures.
    #[error("{0} is no kind of document that has pages to look at")]
    NoPages(String),
    /// It is damaged.
    #[error("page {page}: {reason}")]
    Damaged {
        /// The page, from 1; 0 where the document as a whole cannot be read.
        page: u32,
        /// What is wrong.
        reason: String,
    },
    /// It cannot be opened without a password.
    #[error("the document is encrypted")]
    Encrypted,
    /// It has more pages than are looked at.
    #[error("the document has {found} pages, and no more than {most} are taken")]
    TooManyPages {
        /// How many it has.
        found: u64,
        /// How many are taken.
        most: u32,
    },
    /// A picture is larger than is looked at.
    #[error("page {page}: a picture of {width} x {height} pixels is larger than is taken")]
    TooManyPixels {
        /// The page, from 1.
        page: u32,
        /// Its width in pixels.
        width: u64,
        /// Its height in pixels.
        height: u64,
    },
    /// There is no such page.
    #[error("there is no page {0}")]
    NoSuchPage(u32),
    /// The program that reads text failed, or did not come to its end.
    #[error("page {page}: the text could not be read: {reason}")]
    Reader {
        /// The page, from 1.
        page: u32,
        /// What it said.
        reason: String,
    },
    /// The derivative could not be written.
    #[error("the derivative could not be written: {0}")]
    Writing(String),
}

impl Fault for DigitiserError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoPages(_) => "scan-no-pages",
            Self::Damaged { .. } => "scan-damaged",
            Self::Encrypted => "scan-encrypted",
            Self::TooManyPages { .. } => "scan-too-many-pages",
            Self::TooManyPixels { .. } => "scan-too-many-pixels",
            Self::NoSuchPage(_) => "scan-no-such-page",
            Self::Reader { .. } => "scan-reader",
            Self::Writing(_) => "scan-writing",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchPage(_) => Kind::NotFound,
            Self::Reader { .. } => Kind::Unavailable,
            Self::Writing(_) => Kind::Defect,
            _ => Kind::Refused,
        }
    }
}

/// Makes PDFs of office documents, so that they can be read where the program that wrote them is not. Calls are long.
pub trait Converter: Send + Sync {
    /// Tells whether documents of a media type can be converted.
    fn takes(&self, media_type: &str) -> bool;

    /// Returns a document as a PDF.
    fn to_pdf(&self, document: &ScannedDocument<'_>) -> Result<Vec<u8>, ConvertError>;
}

/// Why an office document could not be made a PDF of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document could not be made a PDF of: {0}")]
pub struct ConvertError(pub String);

impl Fault for ConvertError {
    fn code(&self) -> &'static str {
        "tray-not-converted"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}
