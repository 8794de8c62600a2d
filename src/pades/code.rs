//! The QR code (ISO/IEC 18004) that leads from paper to the page where the notice can be verified.

use super::PadesError;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// The quiet zone, in modules (ISO/IEC 18004, 9.1).
const QUIET: f32 = 4.0;
/// The smallest module that cameras read off office paper, in points: 0.4 mm.
const SMALLEST_MODULE: f32 = 0.4 / 25.4 * 72.0;

/// Draws a code as black squares in a square of paper.
///
/// # Errors
/// [`PadesError::CodeTooLong`] and [`PadesError::CodeTooSmall`].
pub(super) fn draw(content: &mut String, text: &str, [x, y, side]: [f32; 3]) -> Result<(), PadesError> {
    let (code, module) = sized(text, side)?;
    // White first: what lies under the code would be read with it. Writing to a string cannot fail.
    let _ = writeln!(content, "q /C cs 1 1 1 sc {x:.3} {y:.3} {side:.3} {side:.3} re f 0 0 0 sc");
    let (left, top) = (x + QUIET * module, y + side - QUIET * module);
    for row in 0..code.size() {
        let mut column = 0;
        while column < code.size() {
            let run = (column..code.size()).take_while(|at| code.get_module(*at, row)).count() as i32;
            if run > 0 {
                let (from, under) = (left + column as f32 * module, top - (row + 1) as f32 * module);
                let _ = writeln!(content, "{from:.3} {under:.3} {:.3} {module:.3} re", run as f32 * module);
            }
            column += run.max(1);
        }
    }
    content.push_str("f Q\n");
    Ok(())
}

/// Returns a code and the size of its modules in a square of paper, in points.
///
/// # Errors
/// [`PadesError::CodeTooLong`] and [`PadesError::CodeTooSmall`].
pub(super) fn sized(text: &str, side: f32) -> Result<(QrCode, f32), PadesError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| PadesError::CodeTooLong)?;
    let modules = code.size() as f32 + 2.0 * QUIET;
    match side / modules {
        module if module < SMALLEST_MODULE => Err(PadesError::CodeTooSmall((SMALLEST_MODULE * modules).ceil() as u32)),
        module => Ok((code, module)),
    }
}
