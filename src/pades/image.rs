//! The picture of a seal: PNG (ISO/IEC 15948) and JPEG (ISO/IEC 10918-1) files as image XObjects (ISO 32000-2, 8.9.5).

use super::PadesError;
use super::colour;
use super::png::{self, Raster};
use crate::pdf::{Dictionary, Object, ObjectId, PdfError, Stream, Update};

/// The longest side, in pixels; a seal of 24 mm at 1200 dpi has 1,134.
pub(super) const LONGEST: u32 = 4096;

/// A seal's picture, read and ready.
pub(super) enum SealImage {
    /// Samples of a PNG.
    Raster(Raster),
    /// A JPEG file as it is.
    Jpeg { bytes: Vec<u8>, width: u32, height: u32, colours: u8 },
}

impl SealImage {
    /// Reads a file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PadesError> {
        let image = if bytes.starts_with(png::SIGNATURE) {
            Self::Raster(png::read(bytes).map_err(PadesError::Image)?)
        } else if bytes.starts_with(&[0xff, 0xd8]) {
            let (width, height, colours) = jpeg_frame(bytes).map_err(PadesError::Image)?;
            Self::Jpeg { bytes: bytes.to_vec(), width, height, colours }
        } else {
            return Err(PadesError::Image("it is neither PNG nor JPEG"));
        };
        let (width, height) = image.size();
        if width == 0 || height == 0 || width > LONGEST || height > LONGEST {
            return Err(PadesError::Image("its sides must be 1 to 4096 pixels"));
        }
        Ok(image)
    }

    /// Returns width and height in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        match self {
            Self::Raster(raster) => (raster.width, raster.height),
            Self::Jpeg { width, height, .. } => (*width, *height),
        }
    }

    /// Puts the image into an update. `opaque` lays what is transparent onto white, as PDF/A may ask (ISO 19005-1, 6.4).
    pub(super) fn embed(&self, update: &mut Update<'_>, opaque: bool) -> Result<ObjectId, PdfError> {
        let (width, height) = self.size();
        let mut dictionary = Dictionary::new();
        dictionary.set("Type", "XObject");
        dictionary.set("Subtype", "Image");
        dictionary.set("Width", i64::from(width));
        dictionary.set("Height", i64::from(height));
        dictionary.set("BitsPerComponent", 8);
        match self {
            Self::Jpeg { bytes, colours, .. } => {
                dictionary.set("ColorSpace", if *colours == 1 { colour::grey() } else { colour::rgb() });
                dictionary.set("Filter", "DCTDecode");
                Ok(update.add(Stream::new(dictionary, bytes.clone())))
            }
            Self::Raster(raster) => {
                dictionary.set("ColorSpace", colour::rgb());
                let has_alpha = raster.alpha.iter().any(|alpha| *alpha != 255);
                if has_alpha && !opaque {
                    let mut mask = dictionary.clone();
                    mask.set("ColorSpace", "DeviceGray");
                    let mask = update.add(super::font::compressed(mask, &raster.alpha)?);
                    dictionary.set("SMask", Object::Reference(mask));
                }
                let samples = if has_alpha && opaque { raster.on_white() } else { raster.rgb.clone() };
                Ok(update.add(super::font::compressed(dictionary, &samples)?))
            }
        }
    }
}

/// Finds the frame header of a JPEG: width, height and number of components.
fn jpeg_frame(bytes: &[u8]) -> Result<(u32, u32, u8), &'static str> {
    const CUT: &str = "the JPEG is cut short";
    let mut at = 2;
    loop {
        while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let [0xff, marker, high, low] = *bytes.get(at..at + 4).ok_or(CUT)? else {
            return Err("the JPEG's segments are broken");
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // Frame headers but for lossless and arithmetic ones, which PDF does not take (table B.1).
        if matches!(marker, 0xc0..=0xc2) {
            let frame = bytes.get(at + 4..at + 10).ok_or(CUT)?;
            let side = |index: usize| u32::from(u16::from_be_bytes([frame[index], frame[index + 1]]));
            return match (frame[0], frame[5]) {
                (8, 1 | 3) => Ok((side(3), side(1), frame[5])),
                _ => Err("the JPEG must have 8 bits a sample, in grey or RGB"),
            };
        }
        if matches!(marker, 0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xd9 | 0xda) || length < 2 {
            return Err("the JPEG is of a kind that PDF does not take");
        }
        at += 2 + length;
    }
}
