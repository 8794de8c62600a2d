//! Plain text and HTML in the encodings that Japanese files have.

use super::gather::Gather;
use super::{DocumentText, LONGEST_TEXT_BYTES};
use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};

/// The bytes of a file that are decoded: markup takes its share, and no encoding needs more for the longest text.
const DECODED_BYTES: usize = 4 * LONGEST_TEXT_BYTES;
/// Where a page says what it is encoded in: the first bytes (HTML, 13.2.3.2: 1,024 at least).
const HEAD_BYTES: usize = 4096;

/// Returns the text of plain text.
pub(super) fn text(bytes: &[u8]) -> Option<DocumentText> {
    let (text, is_cut) = decode(bytes, None)?;
    let mut gather = Gather::default();
    gather.text(&text);
    if is_cut {
        gather.cut();
    }
    Some(gather.finish())
}

/// Returns what a page of HTML says, without tags, scripts and styles.
pub(super) fn html(bytes: &[u8]) -> Option<DocumentText> {
    let (text, is_cut) = decode(bytes, declared(bytes))?;
    let mut gather = Gather::default();
    gather.text(&mail_parser::decoders::html::html_to_text(&text));
    if is_cut {
        gather.cut();
    }
    Some(gather.finish())
}

/// Decodes bytes: by their mark, else as UTF-8 where they are, else as they say, else by what fits best. Tells whether there
/// were more than are decoded. None where nothing fits.
fn decode(bytes: &[u8], said: Option<&'static Encoding>) -> Option<(String, bool)> {
    let head = bytes.get(..DECODED_BYTES).unwrap_or(bytes);
    let is_cut = head.len() < bytes.len();
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        let text = strictly(encoding, head.get(mark..).unwrap_or_default(), is_cut);
        return Some((text?, is_cut));
    }
    // Escapes are ASCII, so that ISO-2022-JP would pass for UTF-8.
    let escaped = has_escapes(head).then_some(ISO_2022_JP);
    for encoding in escaped.into_iter().chain([UTF_8]).chain(said) {
        if let Some(text) = strictly(encoding, head, is_cut) {
            return Some((text, is_cut));
        }
    }
    let fitting = [SHIFT_JIS, EUC_JP].into_iter().filter_map(|encoding| strictly(encoding, head, is_cut));
    let text = fitting.min_by_key(|text| oddness(text))?;
    Some((text, is_cut))
}

/// Decodes bytes that are nothing but this; of what was cut the last character may be a part.
fn strictly(encoding: &'static Encoding, bytes: &[u8], is_cut: bool) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(bytes.len())?);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, !is_cut) {
        (encoding_rs::DecoderResult::InputEmpty, _) => Some(text),
        _ => None,
    }
}

/// Tells whether there are the escapes of ISO-2022-JP to Japanese characters.
fn has_escapes(bytes: &[u8]) -> bool {
    [b"\x1b$B", b"\x1b$@"].iter().any(|escape| memchr::memmem::find(bytes, *escape).is_some())
}

/// Counts what people seldom write: half-width kana, which EUC-JP looks like where it is read as Shift_JIS, and characters
/// that no standard has a place for.
fn oddness(text: &str) -> usize {
    text.chars()
        .filter(|c| matches!(c, '\u{ff61}'..='\u{ff9f}' | '\u{e000}'..='\u{f8ff}' | '\u{80}'..='\u{9f}'))
        .count()
}

/// Returns the encoding that a page says it has.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).to_ascii_lowercase();
    let (_, after) = head.split_once("charset=")?;
    let name = after.trim_start_matches(['"', '\'']);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(name.len());
    Encoding::for_label(name.get(..end)?.as_bytes())
}
