//! Pictures turned by a small angle: each pixel is reckoned once, from its four nearest.

use super::grey::Grey;
use super::picture::Picture;
use image::DynamicImage;

/// The least skew that is taken out, in hundredths of a degree.
const LEAST_CENTIDEGREES: i32 = 10;

/// Turns a picture so that it is straight; one that is straight already stays as it came. The paper keeps its size; what is
/// turned in from outside is as light as the lightest paper at the edges.
pub(super) fn straightened(mut picture: Picture, centidegrees: i32) -> Picture {
    if centidegrees.abs() < LEAST_CENTIDEGREES {
        return picture;
    }
    let degrees = f64::from(centidegrees) / 100.0;
    picture.jpeg = None;
    picture.pixels = match picture.pixels {
        DynamicImage::ImageRgb8(rgb) => {
            let (width, height) = rgb.dimensions();
            let turned = turn_bytes::<3>(rgb.as_raw(), width as usize, height as usize, degrees);
            image::RgbImage::from_raw(width, height, turned)
                .map_or(DynamicImage::ImageRgb8(rgb), DynamicImage::ImageRgb8)
        }
        other => {
            let grey = Grey::of(&other);
            let mut turned = turn_grey(&grey, degrees);
            if picture.colour == crate::scans::Colour::Bilevel {
                turned.pixels.iter_mut().for_each(|pixel| *pixel = if *pixel < 128 { 0 } else { 255 });
            }
            turned.into_image()
        }
    };
    picture
}

/// Turns a picture clockwise about its middle; it keeps its size.
pub(super) fn turn_grey(from: &Grey, degrees: f64) -> Grey {
    let pixels = turn_bytes::<1>(&from.pixels, from.width, from.height, degrees);
    Grey { width: from.width, height: from.height, pixels }
}

/// Turns pixels of so many bytes clockwise about the middle.
fn turn_bytes<const N: usize>(from: &[u8], width: usize, height: usize, degrees: f64) -> Vec<u8> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    // In 1/65,536 of a pixel: a row is walked in equal steps.
    let fixed = |value: f64| (value * 65_536.0).round() as i64;
    let (step_x, step_y) = (fixed(cos), fixed(-sin));
    let fill = edge_paper::<N>(from, width);
    let mut to = Vec::with_capacity(from.len());
    for y in 0..height {
        let down = y as f64 - middle_y;
        let mut at_x = fixed(middle_x - middle_x * cos + down * sin);
        let mut at_y = fixed(middle_y + middle_x * sin + down * cos);
        for _ in 0..width {
            to.extend(sample::<N>(from, width, height, at_x, at_y).unwrap_or(fill));
            at_x += step_x;
            at_y += step_y;
        }
    }
    to
}

/// Returns a pixel at a place between pixels; none outside.
#[inline]
fn sample<const N: usize>(from: &[u8], width: usize, height: usize, x: i64, y: i64) -> Option<[u8; N]> {
    let (left, top) = (usize::try_from(x >> 16).ok()?, usize::try_from(y >> 16).ok()?);
    if left + 1 >= width || top + 1 >= height {
        return None;
    }
    let (across, down) = ((x & 0xffff) as u32 >> 8, (y & 0xffff) as u32 >> 8);
    let start = (top * width + left) * N;
    let upper = from.get(start..start + 2 * N)?;
    let lower = from.get(start + width * N..start + width * N + 2 * N)?;
    let mut pixel = [0; N];
    for (index, out) in pixel.iter_mut().enumerate() {
        let mix = |row: &[u8]| {
            let (one, next) = (u32::from(row[index]), u32::from(row[index + N]));
            one * (256 - across) + next * across
        };
        *out = ((mix(upper) * (256 - down) + mix(lower) * down + 32_768) >> 16) as u8;
    }
    Some(pixel)
}

/// Returns the lightest colours along the upper edge, where paper most likely is.
fn edge_paper<const N: usize>(from: &[u8], width: usize) -> [u8; N] {
    let mut fill = [0; N];
    let mut levels: Vec<u8> = Vec::with_capacity(width);
    for (index, out) in fill.iter_mut().enumerate() {
        levels.clear();
        levels.extend(from.iter().take(width * N).skip(index).step_by(N));
        levels.sort_unstable();
        // The upper decile, so that no single bright pixel decides.
        *out = levels.get(levels.len() * 9 / 10).copied().unwrap_or(255);
    }
    fill
}
