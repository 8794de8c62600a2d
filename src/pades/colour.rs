//! Colours that mean the same everywhere, so that PDF/A stays PDF/A whatever its output intent (ISO 32000-2, 8.6.5.3).

use crate::pdf::{Dictionary, Object, Pdf};

/// The white of sRGB (IEC 61966-2-1).
const WHITE: [f32; 3] = [0.9505, 1.0, 1.089];

/// Returns sRGB as a CalRGB colour space.
pub(super) fn rgb() -> Object {
    const MATRIX: [f32; 9] = [0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505];
    let mut dictionary = Dictionary::new();
    dictionary.set("WhitePoint", reals(&WHITE));
    dictionary.set("Gamma", reals(&[2.2; 3]));
    dictionary.set("Matrix", reals(&MATRIX));
    vec!["CalRGB".into(), dictionary.into()].into()
}

/// Returns the grey of sRGB as a CalGray colour space.
pub(super) fn grey() -> Object {
    let mut dictionary = Dictionary::new();
    dictionary.set("WhitePoint", reals(&WHITE));
    dictionary.set("Gamma", Object::Real(2.2));
    vec!["CalGray".into(), dictionary.into()].into()
}

/// Returns the part of PDF/A that a document claims (ISO 19005-1, 6.7.11), from its metadata.
pub(super) fn archival_part(pdf: &Pdf) -> Option<u8> {
    /// More metadata than this is not looked through.
    const MOST: usize = 4 << 20;
    const KEY: &[u8] = b"pdfaid:part";
    let (_, catalog) = pdf.catalog().ok()?;
    let stream = pdf.entry(catalog, b"Metadata")?.as_stream().ok()?;
    let xmp = stream.get_plain_content_with_limit(MOST).ok()?;
    let at = xmp.windows(KEY.len()).position(|window| window == KEY)?;
    // Either an attribute, `pdfaid:part="2"`, or an element, `<pdfaid:part>2<`.
    let digit = xmp[at + KEY.len()..].iter().take(8).find(|byte| byte.is_ascii_digit())?;
    Some(digit - b'0')
}

fn reals(numbers: &[f32]) -> Object {
    numbers.iter().map(|number| Object::Real(*number)).collect::<Vec<_>>().into()
}
