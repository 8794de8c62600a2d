//! A page's picture, as it came.

use super::limits;
use crate::office::ports::DigitiserError;
use crate::scans::{Colour, Turn};
use image::{DynamicImage, ImageFormat};
use std::io::Cursor;

/// What is assumed of a picture that does not tell its resolution: that it shows a page as long as A4, in inches.
const ASSUMED_LENGTH_INCHES: f64 = 297.0 / 25.4;

/// A page's picture.
pub(super) struct Picture {
    /// Its pixels as a viewer shows them, in grey (`ImageLuma8`) or colour (`ImageRgb8`).
    pub pixels: DynamicImage,
    /// The colours that it came with.
    pub colour: Colour,
    /// The resolution that it came with in dots per inch, the lower one of both directions.
    pub dpi: Option<u32>,
    /// The resolution by which its size on paper is reckoned, across and down, in dots per inch.
    pub resolution: (f64, f64),
    /// The JPEG that holds these pixels, where there is one that a PDF can take as it is.
    pub jpeg: Option<Jpeg>,
}

/// A JPEG as it came.
pub(super) struct Jpeg {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// Whether it has three components; else one.
    pub colour: bool,
    /// How a viewer turns it before it shows it.
    pub turn: Turn,
}

impl Picture {
    /// Makes one; the resolution is as told, across and down.
    pub(super) fn new(pixels: DynamicImage, colour: Colour, told: Option<(f64, f64)>) -> Self {
        let told = told.filter(|(x, y)| [x, y].iter().all(|dpi| dpi.is_finite() && (10.0..=10_000.0).contains(*dpi)));
        let longest = f64::from(pixels.width().max(pixels.height()));
        let assumed = (longest / ASSUMED_LENGTH_INCHES).clamp(72.0, 600.0);
        Self {
            dpi: told.map(|(x, y)| x.min(y).round() as u32),
            resolution: told.unwrap_or((assumed, assumed)),
            pixels: plain(pixels, colour),
            colour,
            jpeg: None,
        }
    }

    /// Shows it as the orientation tag of EXIF and TIFF says (TIFF 6.0, Orientation; 1 to 8).
    pub(super) fn oriented(mut self, orientation: u32) -> Self {
        let (mirrored, turn) = match orientation {
            2 => (true, Turn::None),
            3 => (false, Turn::Half),
            4 => (true, Turn::Half),
            5 => (true, Turn::ThreeQuarters),
            6 => (false, Turn::Quarter),
            7 => (true, Turn::Quarter),
            8 => (false, Turn::ThreeQuarters),
            _ => return self,
        };
        if mirrored {
            self.pixels = self.pixels.fliph();
            self.jpeg = None;
        }
        self.turned(turn)
    }

    /// Turns it. A JPEG stays as it came and is turned by whoever shows it.
    pub(super) fn turned(mut self, turn: Turn) -> Self {
        self.pixels = match turn {
            Turn::None => self.pixels,
            Turn::Quarter => self.pixels.rotate90(),
            Turn::Half => self.pixels.rotate180(),
            Turn::ThreeQuarters => self.pixels.rotate270(),
        };
        if matches!(turn, Turn::Quarter | Turn::ThreeQuarters) {
            self.resolution = (self.resolution.1, self.resolution.0);
        }
        if let Some(jpeg) = &mut self.jpeg {
            jpeg.turn = jpeg.turn.then(turn);
        }
        self
    }

    /// Returns its size on paper in points, as it is shown.
    pub(super) fn size_points(&self) -> (f64, f64) {
        let (width, height) = (f64::from(self.pixels.width()), f64::from(self.pixels.height()));
        (width * 72.0 / self.resolution.0, height * 72.0 / self.resolution.1)
    }

    /// Returns the resolution by which its pixels are looked at: the mean of both directions, in dots per inch.
    pub(super) fn mean_dpi(&self) -> f64 {
        (self.resolution.0 * self.resolution.1).sqrt()
    }
}

/// Brings pixels into one of the two forms that the rest of this module knows.
fn plain(pixels: DynamicImage, colour: Colour) -> DynamicImage {
    match (colour, pixels) {
        (Colour::Bilevel | Colour::Grey, pixels @ DynamicImage::ImageLuma8(_)) => pixels,
        (Colour::Bilevel | Colour::Grey, pixels) => DynamicImage::ImageLuma8(on_white(pixels).to_luma8()),
        (Colour::Colour, pixels @ DynamicImage::ImageRgb8(_)) => pixels,
        (Colour::Colour, pixels) => DynamicImage::ImageRgb8(on_white(pixels).to_rgb8()),
    }
}

/// Lays a picture that can be seen through on white paper.
fn on_white(pixels: DynamicImage) -> DynamicImage {
    if !pixels.color().has_alpha() {
        return pixels;
    }
    let rgba = pixels.to_rgba8();
    let (width, height) = rgba.dimensions();
    let mut rgb = Vec::with_capacity(rgba.as_raw().len() / 4 * 3);
    for pixel in rgba.as_raw().chunks_exact(4) {
        if let [r, g, b, alpha] = *pixel {
            let over = |value: u8| {
                let (value, alpha) = (u32::from(value), u32::from(alpha));
                ((value * alpha + 255 * (255 - alpha)) / 255) as u8
            };
            rgb.extend([over(r), over(g), over(b)]);
        }
    }
    image::RgbImage::from_raw(width, height, rgb).map_or(pixels, DynamicImage::ImageRgb8)
}

/// Decodes a picture file whose size was looked at before; `page` is for the error.
pub(super) fn decode(bytes: &[u8], format: ImageFormat, page: u32) -> Result<DynamicImage, DigitiserError> {
    let damaged = |error: image::ImageError| DigitiserError::Damaged { page, reason: said(&error) };
    match image::load_from_memory_with_format(bytes, format) {
        Err(image::ImageError::Limits(_)) => {
            let mut reader = image::ImageReader::with_format(Cursor::new(bytes), format);
            let mut most = image::Limits::default();
            most.max_alloc = Some(limits::MOST_PIXELS * 8);
            reader.limits(most);
            reader.decode().map_err(damaged)
        }
        other => other.map_err(damaged),
    }
}

/// Refuses a JPEG whose last scan has no end: decoders fill what is missing with grey, and say nothing.
pub(super) fn ends(jpeg: &[u8], page: u32) -> Result<(), DigitiserError> {
    let scan = memchr::memmem::rfind(jpeg, &[0xff, 0xda]);
    let end = memchr::memmem::rfind(jpeg, &[0xff, 0xd9]);
    match (scan, end) {
        (Some(scan), Some(end)) if end > scan => Ok(()),
        _ => Err(DigitiserError::Damaged { page, reason: "its end is missing".to_owned() }),
    }
}

/// Says what is wrong with a picture, without its bytes.
fn said(error: &image::ImageError) -> String {
    let mut said = error.to_string().replace('\n', " ");
    if let Some((end, _)) = said.char_indices().nth(160) {
        said.truncate(end);
    }
    said
}
