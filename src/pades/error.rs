//! Why a PDF could not be signed.

use crate::cms::CmsError;
use crate::crypto::CryptoError;
use crate::fault::{Fault, Kind};
use crate::pdf::PdfError;
use crate::time::Instant;
use crate::tsp::TimestampError;

/// Why a PDF could not be signed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PadesError {
    /// The PDF itself cannot be read or updated.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The CMS could not be made.
    #[error("the signature could not be made")]
    Cms(#[from] CmsError),
    /// The key refused.
    #[error("the key could not sign")]
    Crypto(#[from] CryptoError),
    /// The timestamp could not be had.
    #[error("the timestamp could not be had")]
    Timestamp(#[from] TimestampError),
    /// Level B-T without a timestamping authority.
    #[error("level b-t and above need a timestamping authority")]
    NoTimestampSource,
    /// A long-term level without anchors and revocation data.
    #[error("levels b-lt and b-lta need the trusted certificates and revocation data of signer and timestamps")]
    NoTrust,
    /// A file without a signature is to be extended.
    #[error("the file is not signed, so there is nothing to extend")]
    NotSigned,
    /// The file is where it should be brought to.
    #[error("the file is at level {0} already, and nothing is to be added")]
    AtLevel(&'static str),
    /// A signature whose certificate is nowhere to be found.
    #[error("the certificate of a signature or timestamp is missing")]
    SignerUnknown,
    /// A certificate whose path is not valid, whatever revocation data there are.
    #[error("the path of {subject} is not valid: {sub}")]
    PathNotValid {
        /// The certificate's subject.
        subject: String,
        /// The sub-indication (EN 319 102-1).
        sub: &'static str,
    },
    /// No statement on a certificate's revocation.
    #[error("there is no current revocation data for {subject}; give its CRL or OCSP response")]
    RevocationMissing {
        /// The certificate's subject.
        subject: String,
    },
    /// The statement on the signer's certificate is older than the timestamp.
    #[error(
        "the revocation data for {subject} were issued at {issued}, before the timestamp of {after}, and do not know \
         of the time between; {}",
        next_update.map_or_else(|| "newer ones are needed".to_owned(), |next| format!("newer ones are due by {next}"))
    )]
    RevocationOlder {
        /// The certificate's subject.
        subject: String,
        /// The proven time.
        after: Instant,
        /// When the statement was issued.
        issued: Instant,
        /// When a newer one is due.
        next_update: Option<Instant>,
    },
    /// The named field is signed already.
    #[error("the field {0:?} is signed already")]
    FieldSigned(String),
    /// A field of that name exists, and is no signature field.
    #[error("the field {0:?} exists and is not a signature field")]
    FieldNotSignature(String),
    /// The field name cannot be one.
    #[error("a field name is not empty and has no full stop: {0:?}")]
    FieldName(String),
    /// The existing field requires of its signature what is not so.
    #[error("the field requires {what}{}", if asked.is_empty() { String::new() } else { format!(": {asked}") })]
    SeedValue {
        /// What is required.
        what: &'static str,
        /// The field's own words, where there are some.
        asked: String,
    },
    /// The document is certified or locked against further signatures.
    #[error("an earlier signature ({0:?}) allows no further one")]
    LockedBySignature(String),
    /// Certification of a document that is signed already.
    #[error("only the first signature can certify, and the document is signed already")]
    CertifyNotFirst,
    /// A certification permission that does not exist.
    #[error("a certification allows 1 (nothing), 2 (forms) or 3 (forms and annotations), not {0}")]
    CertifyPermission(u8),
    /// A visible seal outside its page, or without area.
    #[error("the visible seal must lie within page {0} and have an area")]
    AppearanceOutside(usize),
    /// A visible seal whose text would be too small to read.
    #[error("the visible seal is too small for its text")]
    AppearanceTooSmall,
    /// A visible seal was asked for in a field that has no area.
    #[error("the field {0:?} is invisible and cannot show a seal")]
    FieldInvisible(String),
    /// The seal's picture cannot be used.
    #[error("the seal's picture cannot be used: {0}")]
    Image(&'static str),
    /// Something in an SVG that could not be drawn exactly.
    #[error("the SVG uses {0}, which is not drawn; simplify it, or give a PNG")]
    Drawing(String),
    /// A QR code that would be too small for cameras.
    #[error("the QR code would be too small to be read; it needs a square of {0} points")]
    CodeTooSmall(u32),
    /// More text than a QR code holds.
    #[error("the text is too long for a QR code")]
    CodeTooLong,
    /// Impressions on further pages of a document that is signed already.
    #[error("further impressions of the seal can be put only into a document that is not signed yet")]
    ImpressionsNotFirst,
    /// Text that needs a font where none was given.
    #[error("the visible seal's text needs a font for {0:?}; give a font file")]
    FontNeeded(char),
    /// The font has no such glyph.
    #[error("the font has no glyph for {character:?} (U+{:04X}), line {line}, position {position}", *character as u32)]
    MissingGlyph {
        /// The character.
        character: char,
        /// Its line in the seal, from 1.
        line: usize,
        /// Its place in the line, from 1.
        position: usize,
    },
    /// The font file cannot be used.
    #[error("the font cannot be used: {0}")]
    Font(String),
    /// A prepared file and a request that do not belong together.
    #[error("the request does not fit: {0}")]
    NotTheRequest(&'static str),
    /// A signature that was made elsewhere is not one over the request by the certificate's key.
    #[error("the answer is not a signature over this request: {0}")]
    NotTheAnswer(&'static str),
    /// What was made does not hold; it is thrown away.
    #[error("the finished signature failed its own check: {0}")]
    SelfCheck(&'static str),
    /// The CMS did not fit the room kept for it, twice.
    #[error("the signature took {needed} bytes where {kept} were kept")]
    NoRoom {
        /// How many bytes the CMS has.
        needed: usize,
        /// How many were kept.
        kept: usize,
    },
}

impl Fault for PadesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Pdf(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Timestamp(error) => error.code(),
            Self::NoTimestampSource => "pades-no-timestamp-source",
            Self::NoTrust => "pades-no-trust",
            Self::NotSigned => "pades-not-signed",
            Self::AtLevel(_) => "pades-at-level",
            Self::SignerUnknown => "pades-signer-unknown",
            Self::PathNotValid { .. } => "pades-path-not-valid",
            Self::RevocationMissing { .. } => "pades-revocation-missing",
            Self::RevocationOlder { .. } => "pades-revocation-older",
            Self::FieldSigned(_) => "pades-field-signed",
            Self::FieldNotSignature(_) => "pades-field-not-signature",
            Self::FieldName(_) => "pades-field-name",
            Self::SeedValue { .. } => "pades-seed-value",
            Self::LockedBySignature(_) => "pades-locked-by-signature",
            Self::CertifyNotFirst => "pades-certify-not-first",
            Self::CertifyPermission(_) => "pades-certify-permission",
            Self::AppearanceOutside(_) => "pades-appearance-outside",
            Self::AppearanceTooSmall => "pades-appearance-too-small",
            Self::FieldInvisible(_) => "pades-field-invisible",
            Self::Image(_) => "pades-image",
            Self::NotTheRequest(_) => "pades-not-the-request",
            Self::NotTheAnswer(_) => "pades-not-the-answer",
            Self::SelfCheck(_) => "pades-self-check",
            Self::Drawing(_) => "pades-drawing",
            Self::CodeTooSmall(_) => "pades-code-too-small",
            Self::CodeTooLong => "pades-code-too-long",
            Self::ImpressionsNotFirst => "pades-impressions-not-first",
            Self::FontNeeded(_) => "pades-font-needed",
            Self::MissingGlyph { .. } => "pades-missing-glyph",
            Self::Font(_) => "pades-font",
            Self::NoRoom { .. } => "pades-no-room",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Pdf(error) => error.kind(),
            Self::Cms(error) => error.kind(),
            Self::Crypto(error) => error.kind(),
            Self::Timestamp(error) => error.kind(),
            Self::NoTimestampSource | Self::NoTrust | Self::FieldName(_) | Self::CertifyPermission(_) => Kind::Usage,
            Self::NoRoom { .. } => Kind::Unavailable,
            Self::SelfCheck(_) => Kind::Defect,
            _ => Kind::Refused,
        }
    }
}
