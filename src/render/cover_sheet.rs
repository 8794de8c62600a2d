//! What machines look for on a cover sheet (R8): two equal QR codes at opposite corners, and two thick bars by which the sheet is
//! known where neither can be read. What people read on it stands between.

use crate::scans::{CoverSheet, SheetLayout};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// The quiet zone around a code, in modules (ISO/IEC 18004, 9.1).
const QUIET: i32 = 4;

/// A black rectangle in millimetres: left, top, width, height.
type Black = (f64, f64, f64, f64);

/// Draws a cover sheet's bars and codes as an SVG of A4 whose units are millimetres; none where the code is too long for a QR
/// code, which it never is.
pub fn cover_sheet_svg(sheet: &CoverSheet) -> Option<String> {
    let (width, height) = SheetLayout::PAPER_MM;
    let mut path = String::new();
    for (left, top, wide, high) in black(sheet)? {
        let _ = write!(path, "M{left:.3} {top:.3}h{wide:.3}v{high:.3}h-{wide:.3}z");
    }
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}" shape-rendering="crispEdges" aria-hidden="true"><path d="{path}" fill="#000"/></svg>"##
    ))
}

/// Draws a cover sheet's bars and codes as bytes, 0 black and 255 white; returns its width, height and pixels.
pub fn cover_sheet_raster(sheet: &CoverSheet, dpi: u32) -> Option<(u32, u32, Vec<u8>)> {
    let scale = f64::from(dpi.clamp(20, 600)) / 25.4;
    let pixels = |millimetres: f64| (millimetres * scale).round() as usize;
    let (width, height) = (pixels(SheetLayout::PAPER_MM.0), pixels(SheetLayout::PAPER_MM.1));
    let mut grey = vec![255_u8; width * height];
    for (left, top, wide, high) in black(sheet)? {
        for row in grey.chunks_exact_mut(width).take(pixels(top + high)).skip(pixels(top)) {
            row.get_mut(pixels(left)..pixels(left + wide).min(width))?.fill(0);
        }
    }
    Some((width as u32, height as u32, grey))
}

/// Returns all that is black, runs of modules joined.
fn black(sheet: &CoverSheet) -> Option<Vec<Black>> {
    let (left, long) = SheetLayout::BAR_ACROSS_MM;
    let mut black: Vec<Black> =
        SheetLayout::BARS_MM.iter().map(|top| (left, *top, long, SheetLayout::BAR_THICKNESS_MM)).collect();
    // The characters of the code are those of the alphanumeric mode, which the encoder chooses by itself.
    let code = QrCode::encode_text(&sheet.to_code(), QrCodeEcc::High).ok()?;
    let module = SheetLayout::CODE_MM / f64::from(code.size() + 2 * QUIET);
    for (left, top) in SheetLayout::CODES_MM {
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
                if run > 0 {
                    let at = |modules: i32| f64::from(modules + QUIET) * module;
                    black.push((left + at(x), top + at(y), f64::from(run) * module, module));
                }
                x += run + 1;
            }
        }
    }
    Some(black)
}
