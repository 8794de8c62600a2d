//! The visible seal: a framed block of text as a form XObject, upright on pages of any rotation (ISO 32000-2, 12.5.5).

use super::PadesError;
use super::font::SealFont;
use crate::pdf::{Dictionary, Object, Page, Stream, Update};
use std::fmt::Write;
use std::sync::Arc;

/// A visible seal.
#[derive(Clone, Debug)]
pub struct Appearance {
    /// The page, from 1.
    pub page: usize,
    /// Left, bottom, width and height in points of 1/72 inch, from the lower left corner of the page as it is shown.
    pub at: [f32; 4],
    /// The lines of text, top to bottom.
    pub lines: Vec<String>,
    /// An OpenType or TrueType font (or collection, whose first font is taken) for the lines. Without one, only plain
    /// Latin text can be shown, in Helvetica.
    pub font: Option<Arc<[u8]>>,
}

/// The vermilion of seal ink (朱).
const INK: &str = "0.78 0.16 0.11";
/// Space between frame and text, in points.
const PADDING: f32 = 4.0;
/// The distance of lines as a multiple of the type size.
const LEADING: f32 = 1.35;
/// The largest type size, in points.
const LARGEST: f32 = 14.0;

/// Returns the annotation's rectangle in the page's own coordinates, and the form that fills it.
pub(super) fn place(update: &mut Update<'_>, look: &Appearance, page: &Page) -> Result<([f32; 4], Stream), PadesError> {
    let [x, y, width, height] = look.at;
    let turned = page.rotate_degrees % 180 == 90;
    let (shown_width, shown_height) = match turned {
        false => (page.visible.width(), page.visible.height()),
        true => (page.visible.height(), page.visible.width()),
    };
    let within = x >= 0.0 && y >= 0.0 && width > 0.0 && height > 0.0;
    // Half a point of grace for rounded figures.
    let within = within && x + width <= shown_width + 0.5 && y + height <= shown_height + 0.5;
    if !within {
        return Err(PadesError::AppearanceOutside(look.page));
    }
    let (left, bottom, right, top) = (page.visible.left, page.visible.bottom, page.visible.right, page.visible.top);
    // The page is turned clockwise when shown; these are the same corners before turning.
    let rectangle = match page.rotate_degrees {
        90 => [right - y - height, bottom + x, right - y, bottom + x + width],
        180 => [right - x - width, top - y - height, right - x, top - y],
        270 => [left + y, top - x - width, left + y + height, top - x],
        _ => [left + x, bottom + y, left + x + width, bottom + y + height],
    };
    Ok((rectangle, form(update, look, width, height, page.rotate_degrees)?))
}

/// Makes the form of a seal `width` by `height` points, turned against the page's rotation so that it is shown upright.
pub(super) fn form(
    update: &mut Update<'_>,
    look: &Appearance,
    width: f32,
    height: f32,
    rotate_degrees: u16,
) -> Result<Stream, PadesError> {
    let font = SealFont::for_lines(look.font.as_deref(), &look.lines)?;
    let size = type_size(&font, &look.lines, width, height);
    let mut content = format!("q {INK} RG 0.8 w 0.4 0.4 {:.2} {:.2} re S Q\n", width - 0.8, height - 0.8);
    let block = size * LEADING * look.lines.len() as f32;
    // Cap height sits about 0.8 of the type size under the line's top.
    let mut baseline = (height + block) / 2.0 - size * (0.8 + (LEADING - 1.0) / 2.0);
    for line in &look.lines {
        let left = (width - font.width(line) * size) / 2.0;
        // Writing to a string cannot fail.
        let _ = writeln!(content, "BT {INK} rg /F {size:.2} Tf {left:.2} {baseline:.2} Td {} Tj ET", font.show(line));
        baseline -= size * LEADING;
    }
    let mut fonts = Dictionary::new();
    fonts.set("F", Object::Reference(font.embed(update)?));
    let mut resources = Dictionary::new();
    resources.set("Font", fonts);
    let matrix: [i64; 4] = match rotate_degrees {
        90 => [0, 1, -1, 0],
        180 => [-1, 0, 0, -1],
        270 => [0, -1, 1, 0],
        _ => [1, 0, 0, 1],
    };
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", "XObject");
    dictionary.set("Subtype", "Form");
    dictionary.set("BBox", vec![0.into(), 0.into(), Object::Real(width), Object::Real(height)]);
    dictionary.set("Matrix", matrix.iter().chain(&[0, 0]).map(|number| Object::Integer(*number)).collect::<Vec<_>>());
    dictionary.set("Resources", resources);
    Ok(Stream::new(dictionary, content.into_bytes()))
}

/// Returns the largest type size at which all lines fit.
fn type_size(font: &SealFont, lines: &[String], width: f32, height: f32) -> f32 {
    let widest = lines.iter().map(|line| font.width(line)).fold(0.01, f32::max);
    let by_width = (width - 2.0 * PADDING) / widest;
    let by_height = (height - 2.0 * PADDING) / (LEADING * lines.len().max(1) as f32);
    by_width.min(by_height).clamp(1.0, LARGEST)
}
