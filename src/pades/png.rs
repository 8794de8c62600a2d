//! PNG pictures (ISO/IEC 15948) as samples of 8 bits, by the `png` crate, bounded.

use super::image::LONGEST;
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// The first eight bytes.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The most bytes that decoding may take: the largest picture with 16-bit samples, twice.
const MOST_BYTES: usize = 2 * 8 * (LONGEST as usize) * (LONGEST as usize);

/// Samples of 8 bits: red, green, blue, and how opaque.
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rgb: Vec<u8>,
    pub(super) alpha: Vec<u8>,
}

impl Raster {
    /// Returns the colours as seen on white paper.
    pub(super) fn on_white(&self) -> Vec<u8> {
        let over = |colour: u8, alpha: u8| {
            let mixed = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from((mixed + 127) / 255).unwrap_or(255)
        };
        self.rgb.iter().enumerate().map(|(index, colour)| over(*colour, self.alpha[index / 3])).collect()
    }
}

/// Reads a file of any depth, colour type and interlacing.
pub(super) fn read(bytes: &[u8]) -> Result<Raster, &'static str> {
    const BROKEN: &str = "the PNG is broken or cut short";
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MOST_BYTES });
    // Palettes and greys below 8 bits become whole samples, 16 bits become 8, a transparent colour becomes alpha.
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|_| BROKEN)?;
    let (width, height) = reader.info().size();
    if width > LONGEST || height > LONGEST {
        return Err("its sides must be 1 to 4096 pixels");
    }
    let mut samples = vec![0; reader.output_buffer_size().ok_or(BROKEN)?];
    let frame = reader.next_frame(&mut samples).map_err(|_| BROKEN)?;
    // What follows the picture must be as the format says too: a file cut short is not the file that was meant.
    reader.finish().map_err(|_| BROKEN)?;
    samples.truncate(frame.buffer_size());
    if frame.bit_depth != BitDepth::Eight {
        return Err(BROKEN);
    }
    let pixels = (width as usize) * (height as usize);
    let (mut rgb, mut alpha) = (Vec::with_capacity(pixels * 3), Vec::with_capacity(pixels));
    let mut push = |colours: [u8; 3], opaque: u8| {
        rgb.extend_from_slice(&colours);
        alpha.push(opaque);
    };
    match frame.color_type {
        ColorType::Rgb => samples.chunks_exact(3).for_each(|p| push([p[0], p[1], p[2]], 255)),
        ColorType::Rgba => samples.chunks_exact(4).for_each(|p| push([p[0], p[1], p[2]], p[3])),
        ColorType::Grayscale => samples.iter().for_each(|grey| push([*grey; 3], 255)),
        ColorType::GrayscaleAlpha => samples.chunks_exact(2).for_each(|p| push([p[0]; 3], p[1])),
        ColorType::Indexed => return Err(BROKEN),
    }
    if alpha.len() == pixels { Ok(Raster { width, height, rgb, alpha }) } else { Err(BROKEN) }
}
