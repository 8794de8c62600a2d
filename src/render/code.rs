//! QR codes: as SVG for labels, as black runs for letters.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// The quiet zone around a code, in modules (ISO/IEC 18004).
const QUIET: i32 = 4;

/// Returns the black runs of a text's QR code, each its left edge, top and length, and the side of all of it with its quiet zone,
/// in modules; none where it is too long for one.
pub(super) fn runs(text: &str) -> Option<(i32, Vec<[i32; 3]>)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut runs = Vec::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
            if length > 0 {
                runs.push([x + QUIET, y + QUIET, length]);
            }
            x += length.max(1);
        }
    }
    Some((code.size() + 2 * QUIET, runs))
}

/// Draws a text as a QR code with its quiet zone; none where it is too long for one.
pub fn qr_svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges" aria-hidden="true"><rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>"##
    ))
}
