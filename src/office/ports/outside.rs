//! The ports to the seal's key, to the writer of PDFs and to the virus check.

use crate::cms::SigningIdentity;
use crate::crypto::CryptoError;
use crate::fault::{Fault, Kind};
use crate::office::notices::{Effect, PaperMark};
use crate::office::settings::SealPlace;
use crate::pades::Appearance;
use crate::time::{Date, Instant};
use crate::validate::Report;

/// The official seal (公印): a key that never leaves its place, and how its impression looks.
pub trait Seals: Send + Sync {
    /// Tells whether the city has set up a seal.
    fn is_set_up(&self) -> bool {
        true
    }
    /// Returns the seal's identity.
    fn identity(&self) -> Result<SigningIdentity, CryptoError>;
    /// Returns how the impression looks at a place, sealed on a day, with what a notice shows for paper where there is room; none
    /// where it cannot be drawn, and the seal is invisible.
    fn impression(&self, place: SealPlace, day: Date, mark: Option<&PaperMark>) -> Option<Appearance>;
    /// Returns the identity that reports of validations are sealed with, where there is one: the service's own, and not
    /// the official seal, which speaks for the office.
    fn report_identity(&self) -> Option<SigningIdentity> {
        None
    }
}

/// Looks for what is harmful in a document before it is taken.
pub trait VirusScanner: Send + Sync {
    /// Returns the name of what was found; none in what is clean.
    ///
    /// # Errors
    /// Where it cannot be told: then the document is not taken.
    fn scan(&self, bytes: &[u8]) -> Result<Option<String>, ScanError>;
}

/// Why a document could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the virus check did not answer: {0}")]
pub struct ScanError(pub String);

impl Fault for ScanError {
    fn code(&self) -> &'static str {
        "virus-check-unavailable"
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}

/// Writes PDFs.
pub trait Renderer: Send + Sync {
    /// Writes the certificate of a disposal (廃棄証明書).
    fn disposal_certificate(&self, certificate: &DisposalCertificate) -> Result<RenderedPdf, RenderError>;
    /// Writes the letter that goes before a notice on paper, its address in the window of the envelope.
    fn cover_letter(&self, letter: &CoverLetter) -> Result<RenderedPdf, RenderError>;
    /// Writes the report of a validation (検証結果報告書).
    fn validation_report(&self, paper: &ReportPaper) -> Result<RenderedPdf, RenderError>;
}

/// A report to be written for people.
#[derive(Clone, Debug)]
pub struct ReportPaper {
    /// The name of the judged file.
    pub name: String,
    /// The report.
    pub report: Report,
    /// The present effect of the notice that the file is; none where the ledger has no such notice.
    pub effect: Option<Effect>,
    /// The subject of the certificate that it will be sealed with, where it will be.
    pub sealed_by: Option<String>,
}

/// A letter that goes before a notice on paper (送付状).
#[derive(Clone)]
pub struct CoverLetter {
    /// The postcode, `123-4567`.
    pub postcode: String,
    /// The lines of the address.
    pub lines: Vec<String>,
    /// The recipient's name; a title is added where it has none.
    pub recipient: String,
    /// The notice's number.
    pub number: String,
    /// The city.
    pub city: String,
    /// The section.
    pub section: String,
    /// Where to ask.
    pub inquiry: Option<String>,
    /// By what is asked on paper whether the notice has effect.
    pub mark: Option<PaperMark>,
    /// Whether the notice was offered electronically before.
    pub was_electronic: bool,
    /// The day of the letter.
    pub dated: Date,
    /// When it was written.
    pub written_at: Instant,
}

/// A PDF that the program wrote, and where its seal belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedPdf {
    /// The file.
    pub pdf: Vec<u8>,
    /// The place for the visible seal.
    pub seal: Option<SealPlace>,
}

/// What the certificate of a disposal says (R5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalCertificate {
    /// The office that seals it, for example 見本市長.
    pub office: String,
    /// When it was written.
    pub written_at: Instant,
    /// The rule sets under which the files expired, with their versions.
    pub rules: String,
    /// The disposal's identifier.
    pub disposal: String,
    /// SHA-256 of the frozen list.
    pub list_hash: String,
    /// Who proposed and who approved, by name.
    pub people: Vec<(String, String)>,
    /// When the first and the last record were destroyed.
    pub destroyed: (Instant, Instant),
    /// The day of the certificate.
    pub issued_on: Date,
    /// The record files.
    pub files: Vec<CertifiedFile>,
    /// The hash of the last ledger entry of the disposal.
    pub ledger_hash: String,
}

/// A destroyed record file on a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedFile {
    /// Its class.
    pub class: String,
    /// Its title.
    pub title: String,
    /// Its last day of retention.
    pub expired_on: Date,
    /// How many records it held.
    pub records: u64,
}

/// Why a PDF could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The font lacks a glyph (N16).
    #[error("the font has no glyph for {character:?} (U+{:04X}) in {place}", *character as u32)]
    MissingGlyph {
        /// The character.
        character: char,
        /// Where it stands.
        place: String,
    },
    /// The font file cannot be used.
    #[error("the font cannot be used: {0}")]
    Font(String),
    /// Something does not fit the room that it has.
    #[error("{0} does not fit the room that it has")]
    DoesNotFit(String),
    /// The PDF could not be put together.
    #[error("the PDF could not be written: {0}")]
    Writing(String),
}

impl Fault for RenderError {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingGlyph { .. } => "render-missing-glyph",
            Self::Font(_) => "render-font",
            Self::DoesNotFit(_) => "render-does-not-fit",
            Self::Writing(_) => "render-writing",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::MissingGlyph { .. } | Self::Font(_) | Self::DoesNotFit(_) => Kind::Refused,
            Self::Writing(_) => Kind::Defect,
        }
    }
}
