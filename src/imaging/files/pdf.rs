//! PDFs: pages that are one picture give that picture; others are rendered at the resolution of their largest pictures.

use super::{allow, pdf_cut, pdf_scene};
use crate::imaging::limits;
use crate::imaging::picture::{Jpeg, Picture, ends};
use crate::office::ports::DigitiserError;
use crate::scans::{Colour, Turn};
use crate::texts::streams::{self, Guarded, StreamLimits, StreamTrouble};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::DynamicImage;
use pdf_scene::{Losses, Placed, Scene};

/// The pages of a PDF.
pub(in crate::imaging) struct PdfPages<'a> {
    bytes: &'a [u8],
    pdf: Pdf,
    guarded: Guarded,
}

impl<'a> PdfPages<'a> {
    /// Opens a PDF, after its streams were looked through.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, DigitiserError> {
        let guarded = streams::look(bytes, &LIMITS).map_err(|trouble| refused(0, trouble))?;
        let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
            LoadPdfError::Decryption(_) => DigitiserError::Encrypted,
            LoadPdfError::Invalid => DigitiserError::Damaged { page: 0, reason: "it cannot be read".to_owned() },
        })?;
        Ok(Self { bytes, pdf, guarded })
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    pub(super) fn extract(&self, wanted: &[u32]) -> Result<Vec<u8>, DigitiserError> {
        pdf_cut::write(self.bytes, self.count(), wanted)
    }

    pub(super) fn picture(&self, number: u32) -> Result<Picture, DigitiserError> {
        let index = number.checked_sub(1).ok_or(DigitiserError::NoSuchPage(number))?;
        let page = self.pdf.pages().get(index as usize).ok_or(DigitiserError::NoSuchPage(number))?;
        let scene = pdf_scene::look(page);
        if scene.endless {
            return Err(DigitiserError::Damaged { page: number, reason: "it draws more than is taken".to_owned() });
        }
        if let Some((width, height)) = scene.oversized.or(self.guarded.oversized) {
            return Err(DigitiserError::TooManyPixels { page: number, width, height });
        }
        for picture in &scene.pictures {
            if let Some((filters, data)) = &picture.compressed {
                // Up to four components of two bytes, and the byte before each row that predictors have.
                let most = u64::from(picture.width + 1) * u64::from(picture.height) * 8 + 4096;
                streams::measure_picture(filters, data, most.min(limits::MOST_PICTURE_BYTES))
                    .map_err(|trouble| refused(number, trouble))?;
            }
        }
        lost_nothing(number, scene.lost)?;
        match one_picture(page, number, &scene)? {
            Some(picture) => Ok(picture),
            None => rendered(page, number, &scene),
        }
    }
}

/// What streams may grow to. Pictures are measured when they are drawn.
const LIMITS: StreamLimits =
    StreamLimits { stream_bytes: limits::MOST_STREAM_BYTES, picture_bytes: None, allows: limits::allows };

fn refused(page: u32, trouble: StreamTrouble) -> DigitiserError {
    match trouble {
        StreamTrouble::Encrypted => DigitiserError::Encrypted,
        StreamTrouble::Twice | StreamTrouble::TooLong => DigitiserError::Damaged { page, reason: trouble.to_string() },
    }
}

/// Refuses a page of which something could not be drawn: it would pass for one on which nothing is.
fn lost_nothing(page: u32, lost: Option<&str>) -> Result<(), DigitiserError> {
    lost.map_or(Ok(()), |reason| Err(DigitiserError::Damaged { page, reason: reason.to_owned() }))
}

/// Returns the picture that a page consists of; none where it consists of anything else.
fn one_picture<'p>(page: &'p Page<'p>, number: u32, scene: &Scene) -> Result<Option<Picture>, DigitiserError> {
    let ([placed], false) = (scene.pictures.as_slice(), scene.marks) else { return Ok(None) };
    let Some(turn) = placed.is_the_page(pdf_scene::page_rect(page)) else { return Ok(None) };
    let taken = pdf_scene::take(page, 0);
    lost_nothing(number, taken.lost)?;
    let whole = |pixels: &DynamicImage| (pixels.width(), pixels.height()) == (placed.width, placed.height);
    let Some(pixels) = taken.pixels.filter(whole) else { return Ok(None) };
    let mut picture = Picture::new(pixels, placed.colour, Some(placed.dpi()));
    if let Some((bytes, colour)) = taken.jpeg {
        ends(&bytes, number)?;
        picture.jpeg = Some(Jpeg { bytes, colour, turn: Turn::None });
    }
    Ok(Some(picture.turned(turn)))
}

/// Renders a page.
fn rendered<'p>(page: &'p Page<'p>, number: u32, scene: &Scene) -> Result<Picture, DigitiserError> {
    let largest = scene.pictures.iter().max_by(|one, other| one.area().total_cmp(&other.area()));
    let told = largest.map(Placed::dpi);
    let near = largest.map_or(0.0, Placed::area) / 2.0;
    let finest = scene.pictures.iter().filter(|picture| picture.area() >= near).map(|picture| {
        let (x, y) = picture.dpi();
        x.max(y)
    });
    let (least, most) = limits::RENDERED_DPI;
    let dpi = finest.fold(least, f64::max).min(most);
    let (width, height) = page.render_dimensions();
    let pixels = |points: f32| (f64::from(points) * dpi / 72.0).floor().max(1.0) as u64;
    allow(number, pixels(width), pixels(height))?;
    let scale = (dpi / 72.0) as f32;
    let target = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let losses = Losses::default();
    let pixmap = hayro::render(page, &RenderCache::new(), &losses.settings(), &RenderSettings::default(), &target);
    lost_nothing(number, losses.told())?;
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let colour = colour_of(scene);
    let shown = DynamicImage::ImageRgb8(opaque(pixmap.data_as_u8_slice(), width, height));
    drop(pixmap);
    let shown = match colour {
        Colour::Bilevel => DynamicImage::ImageLuma8(black_or_white(shown.to_luma8())),
        _ => shown,
    };
    let mut picture = Picture::new(shown, colour, Some((dpi, dpi)));
    picture.dpi = told.map(|(x, y)| x.min(y).round() as u32);
    Ok(picture)
}

/// The colours of a page: those of its pictures where there is nothing beside them.
fn colour_of(scene: &Scene) -> Colour {
    let has = |colour| scene.pictures.iter().any(|picture| picture.colour == colour);
    match (scene.marks || scene.pictures.is_empty() || has(Colour::Colour), has(Colour::Grey)) {
        (true, _) => Colour::Colour,
        (false, true) => Colour::Grey,
        (false, false) => Colour::Bilevel,
    }
}

/// Leaves out the fourth byte of each pixel: a page was drawn on white.
fn opaque(rgba: &[u8], width: u32, height: u32) -> image::RgbImage {
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    for pixel in rgba.chunks_exact(4) {
        rgb.extend_from_slice(pixel.get(..3).unwrap_or_default());
    }
    image::RgbImage::from_raw(width, height, rgb).unwrap_or_else(|| image::RgbImage::new(1, 1))
}

fn black_or_white(mut grey: image::GrayImage) -> image::GrayImage {
    grey.iter_mut().for_each(|value| *value = if *value < 128 { 0 } else { 255 });
    grey
}
