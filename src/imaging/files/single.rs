//! JPEGs (ITU-T T.81 with JFIF and EXIF) and PNGs: one page each.

use super::allow;
use super::directory::Tagged;
use crate::imaging::picture::{Jpeg, Picture, decode, ends};
use crate::office::ports::DigitiserError;
use crate::scans::{Colour, Turn};
use image::ImageFormat;

/// A file that is one picture.
pub(in crate::imaging) struct Single<'a> {
    bytes: &'a [u8],
    format: ImageFormat,
    head: Head,
}

/// What the head of a picture file says.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    width: u64,
    height: u64,
    components: u8,
    /// Dots per inch, across and down.
    resolution: Option<(f64, f64)>,
    /// The tag of EXIF.
    orientation: u32,
    colour: Option<Colour>,
}

impl<'a> Single<'a> {
    /// Opens a JPEG.
    pub(super) fn jpeg(bytes: &'a [u8]) -> Result<Self, DigitiserError> {
        let mut head = jpeg_head(bytes).ok_or_else(|| damaged("the head of the JPEG cannot be read"))?;
        head.colour = Some(if head.components == 1 { Colour::Grey } else { Colour::Colour });
        allow(1, head.width, head.height)?;
        ends(bytes, 1)?;
        Ok(Self { bytes, format: ImageFormat::Jpeg, head })
    }

    /// Opens a PNG.
    pub(super) fn png(bytes: &'a [u8]) -> Result<Self, DigitiserError> {
        let head = png_head(bytes).ok_or_else(|| damaged("the head of the PNG cannot be read"))?;
        allow(1, head.width, head.height)?;
        Ok(Self { bytes, format: ImageFormat::Png, head })
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn picture(&self) -> Result<Picture, DigitiserError> {
        let pixels = decode(self.bytes, self.format, 1)?;
        let colour = self.head.colour.unwrap_or(Colour::Colour);
        let mut picture = Picture::new(pixels, colour, self.head.resolution);
        if self.format == ImageFormat::Jpeg && matches!(self.head.components, 1 | 3) {
            picture.jpeg =
                Some(Jpeg { bytes: self.bytes.to_vec(), colour: self.head.components == 3, turn: Turn::None });
        }
        Ok(picture.oriented(self.head.orientation))
    }
}

fn damaged(reason: &str) -> DigitiserError {
    DigitiserError::Damaged { page: 1, reason: reason.to_owned() }
}

/// Reads the segments of a JPEG before its first scan.
fn jpeg_head(bytes: &[u8]) -> Option<Head> {
    let mut head = Head { orientation: 1, ..Head::default() };
    let (mut jfif, mut exif) = (None, None);
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        rest = rest.strip_prefix(&[0xff])?;
        while let Some(padded) = rest.strip_prefix(&[0xff]) {
            rest = padded;
        }
        let (marker, after) = rest.split_first()?;
        rest = after;
        if matches!(marker, 0x01 | 0xd0..=0xd7) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        let segment = rest.get(2..length)?;
        rest = rest.get(length..)?;
        match marker {
            0xe0 if segment.starts_with(b"JFIF\0") => jfif = jfif_resolution(segment),
            0xe1 if segment.starts_with(b"Exif\0\0") => exif = exif_facts(segment.get(6..)?),
            // The start of a frame, of every kind but the tables (C4), the extensions (C8) and the conditioning (CC).
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                head.height = u64::from(u16::from_be_bytes([*segment.get(1)?, *segment.get(2)?]));
                head.width = u64::from(u16::from_be_bytes([*segment.get(3)?, *segment.get(4)?]));
                head.components = *segment.get(5)?;
            }
            0xda => break,
            0xd9 => return None,
            _ => {}
        }
    }
    if let Some((orientation, resolution)) = exif {
        head.orientation = orientation;
        head.resolution = resolution;
    }
    head.resolution = jfif.or(head.resolution);
    (head.width > 0).then_some(head)
}

/// Returns the density of a JFIF segment in dots per inch; none where it is only an aspect ratio.
fn jfif_resolution(segment: &[u8]) -> Option<(f64, f64)> {
    let number = |at: usize| Some(f64::from(u16::from_be_bytes([*segment.get(at)?, *segment.get(at + 1)?])));
    let (x, y) = (number(8)?, number(10)?);
    match segment.get(7)? {
        1 => Some((x, y)),
        2 => Some((x * 2.54, y * 2.54)),
        _ => None,
    }
}

/// Returns the orientation and the resolution that EXIF tells.
fn exif_facts(bytes: &[u8]) -> Option<(u32, Option<(f64, f64)>)> {
    let (file, offset) = Tagged::open(bytes)?;
    let (directory, _) = file.directory(offset)?;
    let orientation = file.first(&directory, 274).unwrap_or(1) as u32;
    // Cameras write 72 where they know nothing.
    let resolution = file.resolution(&directory).filter(|(x, y)| *x != 72.0 || *y != 72.0);
    Some((orientation, resolution))
}

/// Reads the chunks of a PNG before its data (ISO/IEC 15948).
fn png_head(bytes: &[u8]) -> Option<Head> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let mut head = Head { orientation: 1, ..Head::default() };
    while let Some(long) = rest.get(..4) {
        let length = u32::from_be_bytes([*long.first()?, *long.get(1)?, *long.get(2)?, *long.get(3)?]) as usize;
        let (kind, data) = (rest.get(4..8)?, rest.get(8..8_usize.checked_add(length)?)?);
        let number = |at: usize| {
            let four = data.get(at..at + 4)?;
            Some(four.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
        };
        match kind {
            b"IHDR" => {
                (head.width, head.height) = (number(0)?, number(4)?);
                head.colour = Some(match (data.get(8)?, data.get(9)?) {
                    (1, 0) => Colour::Bilevel,
                    (_, 0 | 4) => Colour::Grey,
                    _ => Colour::Colour,
                });
            }
            b"pHYs" if data.get(8) == Some(&1) => {
                head.resolution = Some((number(0)? as f64 * 0.0254, number(4)? as f64 * 0.0254));
            }
            b"IDAT" | b"IEND" => break,
            _ => {}
        }
        rest = rest.get(12_usize.checked_add(length)?..)?;
    }
    (head.width > 0).then_some(head)
}
