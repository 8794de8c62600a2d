//! TIFFs of many pages (TIFF 6.0, BigTIFF).
//!
//! What the library decodes is a file of that page alone, which is also what comes of taking a file apart; what it does not
//! decode is read by `tiff_pixels`.

use super::directory::{Directory, Tagged};
use super::{allow, tiff_cut, tiff_pixels};
use crate::imaging::limits;
use crate::imaging::picture::{Picture, decode};
use crate::office::ports::DigitiserError;
use crate::scans::Colour;
use image::ImageFormat;
use std::collections::BTreeSet;

const NEW_SUBFILE_TYPE: u16 = 254;
const IMAGE_WIDTH: u16 = 256;
const IMAGE_LENGTH: u16 = 257;
const BITS_PER_SAMPLE: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const ORIENTATION: u16 = 274;
const SAMPLES_PER_PIXEL: u16 = 277;

/// The pages of a TIFF.
pub(in crate::imaging) struct TiffPages<'a> {
    file: Tagged<'a>,
    pages: Vec<Directory>,
}

impl<'a> TiffPages<'a> {
    /// Follows the chain of directories. Small previews and masks are no pages.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, DigitiserError> {
        let damaged = |reason: &str| DigitiserError::Damaged { page: 0, reason: reason.to_owned() };
        let (file, mut offset) = Tagged::open(bytes).ok_or_else(|| damaged("the head of the TIFF cannot be read"))?;
        let (mut pages, mut seen, mut chain) = (Vec::new(), BTreeSet::new(), 0_u64);
        while offset != 0 {
            if !seen.insert(offset) {
                return Err(damaged("the directories of the TIFF go round in a circle"));
            }
            chain += 1;
            if chain > u64::from(limits::MOST_PAGES) * 2 || pages.len() > limits::MOST_PAGES as usize {
                return Err(DigitiserError::TooManyPages { found: chain, most: limits::MOST_PAGES });
            }
            let (directory, next) = file.directory(offset).ok_or_else(|| DigitiserError::Damaged {
                page: pages.len() as u32 + 1,
                reason: "its directory cannot be read".to_owned(),
            })?;
            // Bit 0: a reduced picture of another page; bit 2: a mask for one.
            if file.first(&directory, NEW_SUBFILE_TYPE).unwrap_or(0) & 0b101 == 0 {
                pages.push(directory);
            }
            offset = next;
        }
        Ok(Self { file, pages })
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn picture(&self, page: u32) -> Result<Picture, DigitiserError> {
        let directory = self.page(page)?;
        let first = |tag| self.file.first(directory, tag);
        let size = first(IMAGE_WIDTH).zip(first(IMAGE_LENGTH));
        let (width, height) =
            size.ok_or_else(|| DigitiserError::Damaged { page, reason: "it does not tell its size".to_owned() })?;
        allow(page, width, height)?;
        let samples = first(SAMPLES_PER_PIXEL).unwrap_or(1);
        let bits = first(BITS_PER_SAMPLE).unwrap_or(1);
        if samples > 8 || bits > 64 {
            return Err(DigitiserError::Damaged { page, reason: "more samples than a picture has".to_owned() });
        }
        let colour = match (samples, bits, first(PHOTOMETRIC)) {
            (_, _, Some(3)) => Colour::Colour,
            (1, 1, _) => Colour::Bilevel,
            (1 | 2, _, Some(0 | 1)) => Colour::Grey,
            _ => Colour::Colour,
        };
        // Within the limits, sides are numbers of 32 bits.
        let size = (width as u32, height as u32);
        let pixels = match tiff_pixels::pixels(&self.file, directory, page, size)? {
            Some(pixels) => pixels,
            None => decode(&tiff_cut::write(&self.file, &[(page, directory)])?, ImageFormat::Tiff, page)?,
        };
        let picture = Picture::new(pixels, colour, self.file.resolution(directory));
        Ok(picture.oriented(first(ORIENTATION).unwrap_or(1) as u32))
    }

    pub(super) fn extract(&self, wanted: &[u32]) -> Result<Vec<u8>, DigitiserError> {
        let pages: Result<Vec<_>, _> = wanted.iter().map(|page| Ok((*page, self.page(*page)?))).collect();
        tiff_cut::write(&self.file, &pages?)
    }

    fn page(&self, page: u32) -> Result<&Directory, DigitiserError> {
        let index = page.checked_sub(1).ok_or(DigitiserError::NoSuchPage(page))?;
        self.pages.get(index as usize).ok_or(DigitiserError::NoSuchPage(page))
    }
}
