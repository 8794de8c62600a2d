//! The text of a document, whatever its form, for the search in contents; and the seal under which text lies in a database.
//!
//! What cannot be read has no text and is filed all the same. Hostile files meet limits on text, inflation, pages and time.
//! What a library panics on is caught here: then there is no text.

mod gather;
mod mail;
mod office;
mod pdf;
mod plain;
mod sealed;
pub mod streams;

pub use sealed::{SealError, Sealer, SealingKey, pack, unpack};

use gather::Gather;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The text of a document that is looked at, in bytes of UTF-8: some 1.4 million Japanese characters, a thousand pages.
pub const LONGEST_TEXT_BYTES: usize = 4 << 20;

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentText {
    /// The text, in the order in which it stands in the file.
    pub text: String,
    /// Whether there was more of it than [`LONGEST_TEXT_BYTES`], or than could be read in time.
    pub is_cut: bool,
}

impl DocumentText {
    /// Takes a text that somebody else read, as much of it as is looked at.
    pub fn of(text: &str) -> Self {
        let mut gather = Gather::default();
        gather.text(text);
        gather.finish()
    }

    /// Tells whether there is nothing to be read in it.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Returns the text of a document by its media type (parameters are passed over); none where there is none, or none that can
/// be read.
///
/// Plain text is read in UTF-8, UTF-16 with its mark, Shift_JIS, EUC-JP and ISO-2022-JP; HTML and mail too; of mail the
/// subject, the bodies and the names of what is attached. PDF is read glyph by glyph, by what its fonts say that they mean.
pub fn text_of(bytes: &[u8], media_type: &str) -> Option<DocumentText> {
    let kind = kind_of(media_type)?;
    let read = catch_unwind(AssertUnwindSafe(|| match kind {
        Kind::Plain => plain::text(bytes),
        Kind::Html => plain::html(bytes),
        Kind::Mail => mail::text(bytes),
        Kind::Office(suite) => office::text(bytes, suite),
        Kind::Pdf => pdf::text(bytes),
    }));
    // A library's panic says that it cannot read the file, and nothing else.
    read.ok().flatten().filter(|text| !text.is_empty())
}

/// How a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Html,
    Mail,
    Office(office::Suite),
    Pdf,
}

fn kind_of(media_type: &str) -> Option<Kind> {
    let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let ooxml = plain.strip_prefix("application/vnd.openxmlformats-officedocument.");
    let odf = plain.strip_prefix("application/vnd.oasis.opendocument.");
    let macros = plain.strip_prefix("application/vnd.ms-").filter(|kind| kind.ends_with(".macroenabled.12"));
    Some(match plain.as_str() {
        "text/html" | "application/xhtml+xml" => Kind::Html,
        "message/rfc822" => Kind::Mail,
        "application/pdf" => Kind::Pdf,
        "application/json" => Kind::Plain,
        text if text.starts_with("text/") => Kind::Plain,
        _ if ooxml.is_some() || macros.is_some() => Kind::Office(office::Suite::Ooxml),
        _ if odf.is_some() => Kind::Office(office::Suite::Odf),
        _ => return None,
    })
}
