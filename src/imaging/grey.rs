//! A picture in shades of grey as rows of bytes, and how one is made small.
//!
//! What touches every pixel goes over rows of bytes; what `image` can do for a whole picture is left to it.

use image::DynamicImage;

/// A picture in shades of grey, row by row from the top, 0 black.
#[derive(Clone, Debug)]
pub(super) struct Grey {
    /// Its width in pixels.
    pub width: usize,
    /// Its height in pixels.
    pub height: usize,
    /// `width * height` bytes.
    pub pixels: Vec<u8>,
}

impl Grey {
    /// Makes one of a picture's brightness.
    pub(super) fn of(picture: &DynamicImage) -> Self {
        let luma = picture.to_luma8();
        let (width, height) = (luma.width() as usize, luma.height() as usize);
        Self { width, height, pixels: luma.into_raw() }
    }

    /// Makes one that is white all over.
    pub(super) fn white(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![255; width.saturating_mul(height)] }
    }

    /// Returns a row; an empty one outside the picture.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let start = y.saturating_mul(self.width);
        self.pixels.get(start..start + self.width).unwrap_or_default()
    }

    /// Returns a row to write to; an empty one outside the picture.
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let start = y.saturating_mul(self.width);
        self.pixels.get_mut(start..start + self.width).unwrap_or_default()
    }

    /// Returns a pixel; white outside the picture.
    pub(super) fn at(&self, x: usize, y: usize) -> u8 {
        self.row(y).get(x).copied().unwrap_or(255)
    }

    /// Returns the picture for `image`.
    pub(super) fn into_image(self) -> DynamicImage {
        let (width, height) = (self.width as u32, self.height as u32);
        let buffer = image::GrayImage::from_raw(width, height, self.pixels);
        DynamicImage::ImageLuma8(buffer.unwrap_or_else(|| image::GrayImage::new(1, 1)))
    }

    /// Makes it smaller by averaging, so that its resolution is about `to` where it is `from` dots per inch; never larger.
    /// Returns it with its resolution.
    pub(super) fn reduced(&self, from: f64, to: f64) -> (Self, f64) {
        if from <= to * 1.1 || self.width < 2 || self.height < 2 {
            return (self.clone(), from);
        }
        let side = |pixels: usize| ((pixels as f64 * to / from).round() as u32).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let small = self.clone().into_image().thumbnail_exact(width, height);
        (Self::of(&small), to)
    }

    /// Makes it of another size, larger or smaller, between the pixels on straight lines.
    pub(super) fn scaled(&self, width: usize, height: usize) -> Self {
        let filter = image::imageops::FilterType::Triangle;
        let scaled = self.clone().into_image().resize_exact(width.max(1) as u32, height.max(1) as u32, filter);
        Self::of(&scaled)
    }

    /// Cuts out a rectangle, clipped to the picture.
    pub(super) fn cut(&self, left: usize, top: usize, width: usize, height: usize) -> Self {
        let (left, top) = (left.min(self.width), top.min(self.height));
        let (width, height) = (width.min(self.width - left), height.min(self.height - top));
        let mut pixels = Vec::with_capacity(width.saturating_mul(height));
        for y in top..top + height {
            pixels.extend_from_slice(self.row(y).get(left..left + width).unwrap_or_default());
        }
        Self { width, height, pixels }
    }
}
