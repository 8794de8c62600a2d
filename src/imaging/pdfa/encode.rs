//! Pictures as a PDF takes them: JPEG as it came or made anew, and CCITT Group 4 (ITU-T T.6) for black and white.

use crate::imaging::picture::Picture;
use crate::scans::{Colour, Turn};
use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use image::DynamicImage;
use image::codecs::jpeg::JpegEncoder;

/// The quality of a JPEG that has to be made anew, from 1 to 100.
const QUALITY: u8 = 85;
/// The widest line that is coded as fax: its columns are counted in 16 bits.
const WIDEST_FAX: u32 = 65_535;

/// A picture as it is stored in the PDF.
pub(in crate::imaging) struct Encoded {
    /// Its bytes.
    pub(super) stored: Stored,
    /// How they are coded.
    pub(super) coding: Coding,
    /// The colours they have.
    pub(super) colour: Colour,
    /// How it is turned when it is shown.
    pub(super) turn: Turn,
}

pub(super) struct Stored {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Jpeg,
    Fax,
}

/// Encodes a page's picture. A JPEG that came stays as it came.
///
/// # Errors
/// What went wrong, in words.
pub(in crate::imaging) fn encode(picture: Picture) -> Result<Encoded, String> {
    let (width, height) = (picture.pixels.width(), picture.pixels.height());
    if let Some(jpeg) = picture.jpeg {
        let sideways = matches!(jpeg.turn, Turn::Quarter | Turn::ThreeQuarters);
        let (width, height) = if sideways { (height, width) } else { (width, height) };
        let colour = if jpeg.colour { Colour::Colour } else { Colour::Grey };
        let stored = Stored { width, height, bytes: jpeg.bytes };
        return Ok(Encoded { stored, coding: Coding::Jpeg, colour, turn: jpeg.turn });
    }
    let (coding, bytes) = match (picture.colour, &picture.pixels) {
        (Colour::Bilevel, DynamicImage::ImageLuma8(grey)) if width < WIDEST_FAX => {
            (Coding::Fax, group_4(grey.as_raw(), width as u16))
        }
        (_, pixels) => (Coding::Jpeg, to_jpeg(pixels, QUALITY)?),
    };
    let colour = match picture.pixels {
        DynamicImage::ImageRgb8(_) => Colour::Colour,
        _ => Colour::Grey,
    };
    Ok(Encoded { stored: Stored { width, height, bytes }, coding, colour, turn: Turn::None })
}

/// Encodes a picture as JPEG.
///
/// # Errors
/// What went wrong, in words.
pub(in crate::imaging) fn to_jpeg(pixels: &DynamicImage, quality: u8) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    pixels.write_with_encoder(encoder).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Encodes black and white rows.
fn group_4(pixels: &[u8], width: u16) -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in pixels.chunks_exact(usize::from(width).max(1)) {
        let line = row.iter().map(|pixel| if *pixel < 128 { Color::Black } else { Color::White });
        // The writer to memory knows no error.
        let Ok(()) = encoder.encode_line(line, width);
    }
    let Ok(writer) = encoder.finish();
    writer.finish()
}
