//! The visible seal: a picture, a framed block of text, a QR code, or all of them, upright on pages of any rotation (ISO 32000-2, 12.5.5).
//! Lines of small type may stand below the text.

use super::PadesError;
use super::code;
use super::colour;
use super::font::{SealFont, clusters};
use super::image::SealImage;
use super::svg::Drawing;
use crate::pdf::{Dictionary, Object, ObjectId, Page, Stream, Update};
use std::fmt::Write;
use std::sync::Arc;

/// How the lines of a seal run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// From left to right, lines from top to bottom.
    #[default]
    Horizontal,
    /// From top to bottom, lines from right to left (縦書き).
    Vertical,
}

/// A visible seal.
#[derive(Clone, Debug, Default)]
pub struct Appearance {
    /// The page, from 1.
    pub page: usize,
    /// Left, bottom, width and height in points of 1/72 inch, from the lower left corner of the page as it is shown.
    pub at: [f32; 4],
    /// The same impression on further pages: page and place.
    pub further: Vec<(usize, [f32; 4])>,
    /// The lines of text, top to bottom, or right to left.
    pub lines: Vec<String>,
    /// How the lines run.
    pub writing: Writing,
    /// Lines in small type below those, from left to right however those run.
    pub notes: Vec<String>,
    /// An OpenType or TrueType font (or collection, whose first font is taken) for the lines. Without one, only plain
    /// Latin text can be shown, in Helvetica.
    pub font: Option<Arc<[u8]>>,
    /// The seal's picture, a PNG, JPEG or SVG file. With text beside it, it stands at the left.
    pub image: Option<Arc<[u8]>>,
    /// The text of a QR code, an address as a rule. With anything beside it, it stands at the right.
    pub code: Option<String>,
}

/// The vermilion of seal ink (朱).
const INK: &str = "0.78 0.16 0.11";
/// Space between frame and text, in points.
const PADDING: f32 = 4.0;
/// The distance of lines as a multiple of the type size.
const LEADING: f32 = 1.35;
/// The largest type size, in points.
const LARGEST: f32 = 14.0;
/// The largest type size of vertical writing, in points: seals of few characters fill their place.
const LARGEST_VERTICAL: f32 = 28.0;
/// The smallest type size, in points: what is smaller nobody reads.
const SMALLEST: f32 = 4.0;
/// The type size of notes, and the smallest one at which somebody still copies them off paper, in points.
const NOTE: f32 = 6.0;
const SMALLEST_NOTE: f32 = 5.0;

/// What the base asks of a seal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demands {
    /// The base is PDF/A: every font is embedded, nothing is transparent.
    pub(super) archival: bool,
}

impl Appearance {
    /// Returns the type size of the lines, in points, as they will be drawn at the first place; whoever makes a seal learns by it
    /// whether there is room for all of it.
    ///
    /// # Errors
    /// What would end the signing: a code or lines that would be too small, a character that the font lacks.
    pub fn type_size(&self) -> Result<f32, PadesError> {
        let [.., width, height] = self.at;
        if let Some(text) = &self.code {
            code::sized(text, width.min(height))?;
        }
        let font = self.font_of(false)?;
        let [.., width, height] = self.text_part(&font, [width, height])?;
        match self.writing {
            Writing::Horizontal => type_size(&font, &self.lines, width, height),
            Writing::Vertical => column_size(&self.lines, width, height),
        }
    }

    fn has_text(&self) -> bool {
        !self.lines.is_empty() || !self.notes.is_empty()
    }

    /// Returns the widths of picture and code, and the side of both: the picture at the left, the code at the right, the text
    /// between; what stands alone has all of it.
    fn sides(&self, width: f32, height: f32) -> [f32; 3] {
        let (has_picture, has_text, has_code) = (self.image.is_some(), self.has_text(), self.code.is_some());
        let side = width.min(height);
        let left = if has_picture && (has_text || has_code) { side } else { 0.0 };
        let right = if has_code && (has_text || has_picture) { side } else { 0.0 };
        [left, right, side]
    }

    fn font_of(&self, archival: bool) -> Result<SealFont, PadesError> {
        let lines: Vec<String> = self.lines.iter().chain(&self.notes).cloned().collect();
        SealFont::for_lines(self.font.as_deref(), &lines, archival, self.writing == Writing::Vertical)
    }

    /// Returns the type size of the notes.
    fn note_size(&self, font: &SealFont, width: f32) -> Result<f32, PadesError> {
        let widest = self.notes.iter().map(|note| font.width(note)).fold(0.01, f32::max);
        let size = ((width - 2.0 * PADDING) / widest).min(NOTE);
        if size < SMALLEST_NOTE { Err(PadesError::AppearanceTooSmall) } else { Ok(size) }
    }

    /// Returns the part that the lines have above the notes: left, bottom, width, height.
    fn text_part(&self, font: &SealFont, [width, height]: [f32; 2]) -> Result<[f32; 4], PadesError> {
        let [left, right, _] = self.sides(width, height);
        let width = width - left - right;
        let bottom = match self.notes.len() {
            0 => 0.0,
            notes => PADDING / 2.0 + self.note_size(font, width)? * LEADING * notes as f32,
        };
        Ok([left, bottom, width, height - bottom])
    }
}

/// Returns the annotation's rectangle in the page's own coordinates, and the form that fills it.
pub(super) fn place(
    update: &mut Update<'_>,
    look: &Appearance,
    (number, at): (usize, [f32; 4]),
    page: &Page,
    demands: Demands,
) -> Result<([f32; 4], Stream), PadesError> {
    let [x, y, width, height] = at;
    let turned = page.rotate_degrees % 180 == 90;
    let (shown_width, shown_height) = match turned {
        false => (page.visible.width(), page.visible.height()),
        true => (page.visible.height(), page.visible.width()),
    };
    let within = x >= 0.0 && y >= 0.0 && width > 0.0 && height > 0.0;
    // Half a point of grace for rounded figures.
    let within = within && x + width <= shown_width + 0.5 && y + height <= shown_height + 0.5;
    if !within {
        return Err(PadesError::AppearanceOutside(number));
    }
    let (left, bottom, right, top) = (page.visible.left, page.visible.bottom, page.visible.right, page.visible.top);
    // The page is turned clockwise when shown; these are the same corners before turning.
    let rectangle = match page.rotate_degrees {
        90 => [right - y - height, bottom + x, right - y, bottom + x + width],
        180 => [right - x - width, top - y - height, right - x, top - y],
        270 => [left + y, top - x - width, left + y + height, top - x],
        _ => [left + x, bottom + y, left + x + width, bottom + y + height],
    };
    Ok((rectangle, form(update, look, (width, height), page.rotate_degrees, demands)?))
}

/// Makes the form of a seal of a size in points, turned against the page's rotation so that it is shown upright.
pub(super) fn form(
    update: &mut Update<'_>,
    look: &Appearance,
    (width, height): (f32, f32),
    rotate_degrees: u16,
    demands: Demands,
) -> Result<Stream, PadesError> {
    let mut resources = Dictionary::new();
    let mut content = String::new();
    let (has_text, has_code) = (look.has_text(), look.code.is_some());
    let [_, right, side] = look.sides(width, height);
    if let Some(image) = &look.image {
        let place = [0.0, 0.0, if has_text || has_code { side } else { width }, height];
        if let Some(image) = draw_picture(&mut content, update, image, place, demands)? {
            let mut images = Dictionary::new();
            images.set("I", Object::Reference(image));
            resources.set("XObject", images);
        }
    } else if has_text {
        // Writing to a string cannot fail.
        let across = width - right - 0.8;
        let _ = writeln!(content, "q /C CS {INK} SC 0.8 w 0.4 0.4 {across:.2} {:.2} re S Q", height - 0.8);
    }
    if let Some(text) = &look.code {
        let from = if right > 0.0 { width - side } else { (width - side) / 2.0 };
        code::draw(&mut content, text, [from, (height - side) / 2.0, side])?;
    }
    if has_text {
        let font = look.font_of(demands.archival)?;
        draw_text(&mut content, &font, look, [width, height])?;
        let mut fonts = Dictionary::new();
        fonts.set("F", Object::Reference(font.embed(update)?));
        resources.set("Font", fonts);
    }
    let mut colours = Dictionary::new();
    colours.set("C", colour::rgb());
    resources.set("ColorSpace", colours);
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

/// Draws the picture as large as it fits, in its own proportions, in the middle of its part. Returns the image object
/// where there is one.
fn draw_picture(
    content: &mut String,
    update: &mut Update<'_>,
    bytes: &[u8],
    place: [f32; 4],
    demands: Demands,
) -> Result<Option<ObjectId>, PadesError> {
    if Drawing::is_svg(bytes) {
        Drawing::read(bytes)?.draw(content, place);
        return Ok(None);
    }
    let image = SealImage::read(bytes)?;
    let [_, _, width, height] = place;
    let (pixels_wide, pixels_high) = image.size();
    let (wide, high) = (pixels_wide.max(1) as f32, pixels_high.max(1) as f32);
    let scale = (width / wide).min(height / high);
    let (w, h) = (wide * scale, high * scale);
    let _ = writeln!(content, "q {w:.3} 0 0 {h:.3} {:.3} {:.3} cm /I Do Q", (width - w) / 2.0, (height - h) / 2.0);
    Ok(Some(image.embed(update, demands.archival)?))
}

/// Draws lines and notes in their parts of a seal of a width and height.
fn draw_text(content: &mut String, font: &SealFont, look: &Appearance, size: [f32; 2]) -> Result<(), PadesError> {
    let place = look.text_part(font, size)?;
    if !look.lines.is_empty() {
        match look.writing {
            Writing::Horizontal => draw_lines(content, font, &look.lines, place)?,
            Writing::Vertical => draw_columns(content, font, &look.lines, place)?,
        }
    }
    if look.notes.is_empty() {
        return Ok(());
    }
    let [from, top, width, _] = place;
    let size = look.note_size(font, width)?;
    for (note, under) in look.notes.iter().zip(1_u8..) {
        let left = from + (width - font.width(note) * size) / 2.0;
        let baseline = top - size * LEADING * f32::from(under) + size * (LEADING - 0.975);
        let shown = font.show(note);
        let _ = writeln!(content, "BT /C cs {INK} sc /F {size:.2} Tf {left:.2} {baseline:.2} Td {shown} Tj ET");
    }
    Ok(())
}

/// Draws the lines as columns from right to left, each character upright in the middle of its column; in a part of the seal
/// given by its left edge, bottom, width and height.
fn draw_columns(
    content: &mut String,
    font: &SealFont,
    lines: &[String],
    [from, bottom, width, height]: [f32; 4],
) -> Result<(), PadesError> {
    let size = column_size(lines, width, height)?;
    let longest = longest(lines);
    let block = size * LEADING * lines.len() as f32;
    let mut centre = from + (width + block) / 2.0 - size * LEADING / 2.0;
    for line in lines {
        // The ink of a full-width character reaches 0.88 above and 0.12 below its baseline.
        let mut baseline = bottom + (height + longest * size) / 2.0 - 0.88 * size;
        for cluster in clusters(line) {
            let left = centre - font.width(cluster) * size / 2.0;
            let shown = font.show(cluster);
            let _ = writeln!(content, "BT /C cs {INK} sc /F {size:.2} Tf {left:.2} {baseline:.2} Td {shown} Tj ET");
            baseline -= size;
        }
        centre -= size * LEADING;
    }
    Ok(())
}

/// Draws the lines, centred in a part of the seal given by its left edge, bottom, width and height.
fn draw_lines(
    content: &mut String,
    font: &SealFont,
    lines: &[String],
    [from, bottom, width, height]: [f32; 4],
) -> Result<(), PadesError> {
    let size = type_size(font, lines, width, height)?;
    let block = size * LEADING * lines.len() as f32;
    // Cap height sits about 0.8 of the type size under the line's top.
    let mut baseline = bottom + (height + block) / 2.0 - size * (0.8 + (LEADING - 1.0) / 2.0);
    for line in lines {
        let left = from + (width - font.width(line) * size) / 2.0;
        let shown = font.show(line);
        let _ = writeln!(content, "BT /C cs {INK} sc /F {size:.2} Tf {left:.2} {baseline:.2} Td {shown} Tj ET");
        baseline -= size * LEADING;
    }
    Ok(())
}

/// Returns the largest type size at which all lines fit.
fn type_size(font: &SealFont, lines: &[String], width: f32, height: f32) -> Result<f32, PadesError> {
    let widest = lines.iter().map(|line| font.width(line)).fold(0.01, f32::max);
    let by_width = (width - 2.0 * PADDING) / widest;
    let by_height = (height - 2.0 * PADDING) / (LEADING * lines.len().max(1) as f32);
    let size = by_width.min(by_height).min(LARGEST);
    if size < SMALLEST { Err(PadesError::AppearanceTooSmall) } else { Ok(size) }
}

/// Returns the largest type size at which all columns fit.
fn column_size(lines: &[String], width: f32, height: f32) -> Result<f32, PadesError> {
    let by_height = (height - 2.0 * PADDING) / longest(lines);
    let by_width = (width - 2.0 * PADDING) / (LEADING * lines.len().max(1) as f32);
    let size = by_width.min(by_height).min(LARGEST_VERTICAL);
    if size < SMALLEST { Err(PadesError::AppearanceTooSmall) } else { Ok(size) }
}

/// Returns how many characters the longest column has, at least one.
fn longest(lines: &[String]) -> f32 {
    lines.iter().map(|line| clusters(line).count()).max().unwrap_or(1).max(1) as f32
}
