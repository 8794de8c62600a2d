//! Pictures in TIFFs that the library of pictures does not decode: fax of every kind (TIFF 6.0, sections 10 and 11, T.4 and T.6)
//! in both orders of bits, colour in JPEGs (Technical Note 2), palettes and few shades of grey (sections 4 and 5).

use super::directory::{Directory, Tagged};
use super::tiff_cut::{self, Parts};
use crate::imaging::picture::{decode, ends};
use crate::office::ports::DigitiserError;
use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader, RgbImage};
use std::io::Cursor;

const BITS_PER_SAMPLE: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const SAMPLES_PER_PIXEL: u16 = 277;
const ROWS_PER_STRIP: u16 = 278;
const T4_OPTIONS: u16 = 292;
const COLOUR_MAP: u16 = 320;
const TILE_WIDTH: u16 = 322;
const TILE_LENGTH: u16 = 323;
const JPEG_TABLES: u16 = 347;

/// Decodes a page of a size that is taken; none where it is of no kind that this module is for.
pub(super) fn pixels(
    file: &Tagged<'_>,
    directory: &Directory,
    page: u32,
    size: (u32, u32),
) -> Result<Option<DynamicImage>, DigitiserError> {
    let first = |tag| file.first(directory, tag);
    let samples = (first(SAMPLES_PER_PIXEL).unwrap_or(1), first(BITS_PER_SAMPLE).unwrap_or(1));
    let page = Page { file, directory, number: page, size };
    Ok(match (first(COMPRESSION).unwrap_or(1), first(PHOTOMETRIC).unwrap_or(0), samples) {
        (2..=4, 0 | 1, (1, 1)) => Some(page.fax()?),
        (7, 6, (3, 8)) => Some(page.jpegs()?),
        (_, 3, (1, 1 | 2 | 4 | 8)) => Some(page.palette()?),
        (_, 0 | 1, (1, 2 | 4)) => Some(page.shades()?),
        _ => None,
    })
}

/// A page to decode.
struct Page<'a> {
    file: &'a Tagged<'a>,
    directory: &'a Directory,
    number: u32,
    size: (u32, u32),
}

/// A strip of a page.
struct Strip<'a> {
    bytes: &'a [u8],
    /// The rows that it begins and ends at, the last one excluded.
    begin: u32,
    end: u32,
}

impl Page<'_> {
    fn first(&self, tag: u16) -> Option<u64> {
        self.file.first(self.directory, tag)
    }

    fn damaged(&self, reason: &str) -> DigitiserError {
        DigitiserError::Damaged { page: self.number, reason: reason.to_owned() }
    }

    fn strips<'b>(&self, parts: &'b Parts<'_>) -> Result<Vec<Strip<'b>>, DigitiserError> {
        let height = self.size.1;
        let step = self.first(ROWS_PER_STRIP).and_then(|rows| u32::try_from(rows).ok()).unwrap_or(height).min(height);
        if parts.tiled || step == 0 || parts.bytes.len() as u64 != u64::from(height.div_ceil(step)) {
            return Err(self.damaged("its strips do not make up its height"));
        }
        let begins = (0..height).step_by(step as usize);
        let strip = |(bytes, begin): (&&'b [u8], u32)| Strip { bytes, end: begin + step.min(height - begin), begin };
        Ok(parts.bytes.iter().zip(begins).map(strip).collect())
    }

    fn fax(&self) -> Result<DynamicImage, DigitiserError> {
        let (width, height) = self.size;
        let parts = tiff_cut::parts(self.file, self.directory, self.number)?;
        let compression = self.first(COMPRESSION);
        let encoding = match (compression, self.first(T4_OPTIONS).unwrap_or(0) & 1) {
            (Some(4), _) => EncodingMode::Group4,
            (Some(3), 1) => EncodingMode::Group3_2D,
            _ => EncodingMode::Group3_1D,
        };
        let mut rows = Rows { width, inverted: self.first(PHOTOMETRIC) == Some(1), pixels: Vec::new() };
        for Strip { bytes, begin, end } in self.strips(&parts)? {
            let mut context = DecoderContext::new(DecodeSettings {
                columns: width,
                rows: end - begin,
                end_of_block: true,
                end_of_line: false,
                rows_are_byte_aligned: compression == Some(2),
                encoding,
                strict: false,
            });
            let turned: Vec<u8>;
            let bytes = match self.first(FILL_ORDER) {
                Some(2) => {
                    turned = bytes.iter().map(|byte| byte.reverse_bits()).collect();
                    turned.as_slice()
                }
                _ => bytes,
            };
            // Whether all rows came says more than whether the end is as it should be.
            let _ = hayro_ccitt::decode(bytes, &mut rows, &mut context);
            let wanted = end as usize * width as usize;
            if rows.pixels.len() < wanted {
                return Err(self.damaged("rows of its picture are missing"));
            }
            rows.pixels.truncate(wanted);
        }
        let image = GrayImage::from_raw(width, height, rows.pixels);
        image.map(DynamicImage::ImageLuma8).ok_or_else(|| self.damaged("rows of its picture are missing"))
    }

    /// Decodes strips or tiles that are a JPEG each, with tables that they share.
    fn jpegs(&self) -> Result<DynamicImage, DigitiserError> {
        let (width, height) = self.size;
        let parts = tiff_cut::parts(self.file, self.directory, self.number)?;
        let tile = |tag| self.first(tag).and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0);
        let (across, down) = match parts.tiled {
            true => tile(TILE_WIDTH).zip(tile(TILE_LENGTH)).ok_or_else(|| self.damaged("its tiles have no size"))?,
            false => (width, tile(ROWS_PER_STRIP).unwrap_or(height).min(height)),
        };
        let columns = width.div_ceil(across);
        if parts.bytes.len() as u64 != u64::from(columns) * u64::from(height.div_ceil(down)) {
            return Err(self.damaged("its parts do not make up its size"));
        }
        let tables = self.directory.find(JPEG_TABLES).and_then(|entry| self.file.value(entry));
        let mut whole = RgbImage::new(width, height);
        for (part, number) in parts.bytes.iter().zip(0_u32..) {
            let (x, y) = (number % columns * across, number / columns * down);
            let jpeg = with_tables(tables, part).ok_or_else(|| self.damaged("a part of its picture is no JPEG"))?;
            ends(&jpeg, self.number)?;
            let told = ImageReader::with_format(Cursor::new(&jpeg), ImageFormat::Jpeg).into_dimensions();
            let fits = told.is_ok_and(|(wide, high)| wide == across && high <= down && high >= down.min(height - y));
            if !fits {
                return Err(self.damaged("a part of its picture has another size than it should have"));
            }
            let pixels = decode(&jpeg, ImageFormat::Jpeg, self.number)?.to_rgb8();
            image::imageops::replace(&mut whole, &pixels, x.into(), y.into());
        }
        Ok(DynamicImage::ImageRgb8(whole))
    }

    fn palette(&self) -> Result<DynamicImage, DigitiserError> {
        let missing = || self.damaged("its palette cannot be read");
        let map = self.directory.find(COLOUR_MAP).and_then(|entry| self.file.numbers(entry)).ok_or_else(missing)?;
        let (samples, bits) = self.samples()?;
        let count = 1_usize << bits;
        // Sixteen bits a colour; some programs wrote eight.
        let shift = if map.iter().any(|value| *value > 255) { 8 } else { 0 };
        let colour = |channel: usize, sample: u8| {
            let value = map.get(channel * count + usize::from(sample)).copied().ok_or_else(missing);
            value.map(|value| (value >> shift).min(255) as u8)
        };
        let colours: Result<Vec<[u8; 3]>, _> = (0..count)
            .map(|sample| {
                let sample = u8::try_from(sample).unwrap_or(u8::MAX);
                Ok([colour(0, sample)?, colour(1, sample)?, colour(2, sample)?])
            })
            .collect();
        let colours = colours?;
        let pixels = samples.iter().flat_map(|sample| colours.get(usize::from(*sample)).copied().unwrap_or_default());
        let image = RgbImage::from_raw(self.size.0, self.size.1, pixels.collect());
        image.map(DynamicImage::ImageRgb8).ok_or_else(|| self.damaged("its picture is too short"))
    }

    fn shades(&self) -> Result<DynamicImage, DigitiserError> {
        let (samples, bits) = self.samples()?;
        let (most, inverted) = ((1_u16 << bits) - 1, self.first(PHOTOMETRIC).unwrap_or(0) == 0);
        let grey = |sample: &u8| {
            let value = (u16::from(*sample) * 255 / most) as u8;
            if inverted { 255 - value } else { value }
        };
        let image = GrayImage::from_raw(self.size.0, self.size.1, samples.iter().map(grey).collect());
        image.map(DynamicImage::ImageLuma8).ok_or_else(|| self.damaged("its picture is too short"))
    }

    /// Returns the samples of a page of one a pixel as they stand, one a byte, and how many bits each had.
    fn samples(&self) -> Result<(Vec<u8>, u32), DigitiserError> {
        let wrong = |error: tiff::TiffError| self.damaged(&error.to_string());
        let alone = tiff_cut::write_as_grey(self.file, self.number, self.directory)?;
        let mut decoder = tiff::decoder::Decoder::new(Cursor::new(alone)).map_err(wrong)?;
        let tiff::ColorType::Gray(bits @ (1 | 2 | 4 | 8)) = decoder.colortype().map_err(wrong)? else {
            return Err(self.damaged("its samples are of a kind that is not read"));
        };
        let tiff::decoder::DecodingResult::U8(packed) = decoder.read_image().map_err(wrong)? else {
            return Err(self.damaged("its samples are of a kind that is not read"));
        };
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let row_bytes = (width * usize::from(bits)).div_ceil(8);
        let (in_a_byte, mask) = (8 / usize::from(bits), u8::MAX >> (8 - bits));
        let mut samples = Vec::with_capacity(width * height);
        for row in packed.chunks_exact(row_bytes).take(height) {
            let shifts = (1..=in_a_byte).map(|place| 8 - place * usize::from(bits));
            let unpacked = row.iter().flat_map(|byte| shifts.clone().map(move |shift| (byte >> shift) & mask));
            samples.extend(unpacked.take(width));
        }
        Ok((samples, bits.into()))
    }
}

/// Puts the tables that parts share before one of them (Technical Note 2, "JPEGTables Field").
fn with_tables(tables: Option<&[u8]>, part: &[u8]) -> Option<Vec<u8>> {
    const START: &[u8] = &[0xff, 0xd8];
    const END: &[u8] = &[0xff, 0xd9];
    let scan = part.strip_prefix(START)?;
    let tables = match tables {
        Some(tables) => tables.strip_prefix(START)?.strip_suffix(END)?,
        None => &[],
    };
    Some([START, tables, scan].concat())
}

/// Rows of a fax as pixels.
struct Rows {
    width: u32,
    inverted: bool,
    pixels: Vec<u8>,
}

impl Decoder for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        let (mut at, mut white) = (0, !self.inverted);
        for end in changes.iter().copied().chain([self.width]) {
            let end = end.clamp(at, self.width);
            let pixel = if white { 255 } else { 0 };
            self.pixels.extend(std::iter::repeat_n(pixel, (end - at) as usize));
            (at, white) = (end, !white);
        }
    }
}
