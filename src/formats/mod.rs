//! What a file is, told by its content and never by its name: the name only chooses among forms of plain text.

use encoding_rs::SHIFT_JIS;
use file_format::FileFormat;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The media type (RFC 6838); `application/octet-stream` where nothing is known.
    pub media_type: String,
    /// What people call it, in English.
    pub name: String,
}

/// The bytes of a text that are looked at: what follows them is as they are, or it is no text that people wrote.
const LOOKED_AT: usize = 64 * 1024;

/// Forms of plain text that only the ending of a name tells apart.
const TEXTS: [(&str, &str, &str); 4] = [
    ("csv", "text/csv", "Comma-Separated Values"),
    ("tsv", "text/tab-separated-values", "Tab-Separated Values"),
    ("eml", "message/rfc822", "Electronic Mail"),
    ("md", "text/markdown", "Markdown"),
];

/// Tells what a file is. Of what cannot be told it is said that it is bytes.
pub fn identify(bytes: &[u8], name: &str) -> Format {
    let found = FileFormat::from_bytes(bytes);
    match found {
        FileFormat::ArbitraryBinaryData | FileFormat::PlainText | FileFormat::Empty => text_or_bytes(bytes, name),
        // Whatever begins with two letters is no picture of Windows.
        FileFormat::WindowsBitmap if is_text(bytes) => text_or_bytes(bytes, name),
        known => Format { media_type: known.media_type().to_owned(), name: known.name().to_owned() },
    }
}

fn text_or_bytes(bytes: &[u8], name: &str) -> Format {
    let format = |media_type: &str, name: &str| Format { media_type: media_type.to_owned(), name: name.to_owned() };
    if bytes.is_empty() || !is_text(bytes) {
        return format("application/octet-stream", "Bytes");
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let known = TEXTS.iter().find(|(known, ..)| *known == ending);
    known.map_or_else(|| format("text/plain", "Plain Text"), |(_, media_type, name)| format(media_type, name))
}

/// Tells whether bytes are text in UTF-8 or Shift_JIS, without characters that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let is_cut = bytes.len() > LOOKED_AT;
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let head = match std::str::from_utf8(head) {
        Ok(text) => std::borrow::Cow::Borrowed(text),
        // The last character may be cut in two.
        Err(error) if is_cut && error.error_len().is_none() => String::from_utf8_lossy(&head[..error.valid_up_to()]),
        Err(_) => {
            // Of two bytes the first may be the last one looked at.
            let ends = if is_cut { [0, 1].as_slice() } else { [0].as_slice() };
            let decoded = ends.iter().find_map(|cut| {
                SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&head[..head.len().saturating_sub(*cut)])
            });
            let Some(text) = decoded else { return false };
            text
        }
    };
    !head.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}
