//! What can be wrong with a PDF file before anyone asks about signatures.

use crate::fault::{Fault, Kind};

/// Why a file cannot be read as PDF, or cannot be updated.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The file holds no bytes.
    #[error("the file is empty")]
    Empty,
    /// The file does not begin with a PDF header.
    #[error("this is not a PDF file: no %PDF header in the first 1024 bytes")]
    NotPdf,
    /// The file is encrypted in a way that is not read.
    #[error("the PDF is encrypted in a way that is not supported: remove its protection first")]
    Encrypted,
    /// The file is encrypted and its password is missing or another.
    #[error("the PDF is encrypted, and {}", if *given { "the password is not its own" } else { "its password was not given" })]
    Password {
        /// Whether a password was given.
        given: bool,
    },
    /// The file's protection forbids whoever has this password to sign.
    #[error("the PDF's protection forbids adding signatures: its owner's password is needed")]
    Protected,
    /// The medium failed while the file was read.
    #[error("the PDF cannot be read from its medium: {0}")]
    Read(#[from] std::io::Error),
    /// The structure is damaged beyond use.
    #[error("the PDF is damaged at byte {at}: {what}")]
    Damaged {
        /// Byte offset of the trouble.
        at: u64,
        /// What is wrong there.
        what: String,
    },
    /// The cross-reference data had to be rebuilt, so an update could not name what it updates.
    #[error("the PDF's cross-reference data is damaged and had to be rebuilt; it can be looked at but not updated")]
    Repaired,
    /// The file is over a limit.
    #[error("the PDF is over a limit: {what} is {found}, at most {allowed} are read")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many are allowed.
        allowed: u64,
    },
    /// An object is not what it should be.
    #[error("object {} {}: {what}", id.0, id.1)]
    BadObject {
        /// The object.
        id: lopdf::ObjectId,
        /// What is wrong with it.
        what: String,
    },
    /// The page does not exist.
    #[error("there is no page {0}; the document has {1}")]
    NoPage(usize, usize),
}

impl Fault for PdfError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "pdf-empty",
            Self::NotPdf => "pdf-not-pdf",
            Self::Encrypted => "pdf-encrypted",
            Self::Password { given: false } => "pdf-password-needed",
            Self::Password { given: true } => "pdf-password-wrong",
            Self::Protected => "pdf-protected",
            Self::Read(_) => "pdf-read-failed",
            Self::Damaged { .. } => "pdf-damaged",
            Self::Repaired => "pdf-repaired",
            Self::TooLarge { .. } => "pdf-too-large",
            Self::BadObject { .. } => "pdf-bad-object",
            Self::NoPage(..) => "pdf-no-page",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Read(_) => Kind::Disk,
            _ => Kind::Refused,
        }
    }
}
