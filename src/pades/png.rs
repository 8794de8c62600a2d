//! A reader for PNG files without interlacing (ISO/IEC 15948): enough for seal pictures, and bounded.

use super::image::LONGEST;
use flate2::read::ZlibDecoder;
use std::io::Read;

/// The first eight bytes.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

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

struct Header {
    width: u32,
    height: u32,
    depth: u8,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Grey,
    Rgb,
    Palette,
    GreyAlpha,
    Rgba,
}

impl Kind {
    fn samples(self) -> usize {
        match self {
            Self::Grey | Self::Palette => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Result<Raster, &'static str> {
    let (mut palette, mut transparent, mut packed) = (&[][..], &[][..], Vec::new());
    let mut header = None;
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    loop {
        let (kind, data, after) = chunk(rest)?;
        rest = after;
        match kind {
            b"IHDR" => header = Some(read_header(data)?),
            b"PLTE" => palette = data,
            b"tRNS" => transparent = data,
            b"IDAT" => packed.extend_from_slice(data),
            b"IEND" => break,
            // A critical chunk that nobody knows (5.4).
            [first, ..] if first.is_ascii_uppercase() => return Err("the PNG has an unknown critical chunk"),
            _ => {}
        }
    }
    let header = header.ok_or("the PNG has no header")?;
    let rows = inflate(&header, &packed)?;
    colours(&header, &rows, palette, transparent)
}

/// A chunk: type, data, and what follows its checksum.
type Chunk<'a> = (&'a [u8; 4], &'a [u8], &'a [u8]);

/// Splits off a chunk.
fn chunk(bytes: &[u8]) -> Result<Chunk<'_>, &'static str> {
    const CUT: &str = "the PNG is cut short";
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(CUT)?;
    let (kind, rest) = rest.split_first_chunk::<4>().ok_or(CUT)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| CUT)?;
    let (data, rest) = rest.split_at_checked(length).ok_or(CUT)?;
    Ok((kind, data, rest.get(4..).ok_or(CUT)?))
}

fn read_header(data: &[u8]) -> Result<Header, &'static str> {
    let data: &[u8; 13] = data.try_into().map_err(|_| "the PNG's header is broken")?;
    let side = |from: usize| u32::from_be_bytes([data[from], data[from + 1], data[from + 2], data[from + 3]]);
    let kind = match data[9] {
        0 => Kind::Grey,
        2 => Kind::Rgb,
        3 => Kind::Palette,
        4 => Kind::GreyAlpha,
        6 => Kind::Rgba,
        _ => return Err("the PNG's colour type is unknown"),
    };
    let header = Header { width: side(0), height: side(4), depth: data[8], kind };
    let small = matches!(header.depth, 1 | 2 | 4) && matches!(kind, Kind::Grey | Kind::Palette);
    if header.depth != 8 && !small {
        return Err("the PNG must have at most 8 bits a sample");
    }
    if data[12] != 0 {
        return Err("the PNG must not be interlaced");
    }
    if header.width == 0 || header.height == 0 || header.width > LONGEST || header.height > LONGEST {
        return Err("its sides must be 1 to 4096 pixels");
    }
    Ok(header)
}

/// Inflates and undoes the row filters (9.2).
fn inflate(header: &Header, packed: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let bits = header.width as usize * header.kind.samples() * usize::from(header.depth);
    let row_bytes = bits.div_ceil(8);
    let step = (header.kind.samples() * usize::from(header.depth)).div_ceil(8);
    let whole = (row_bytes + 1) * header.height as usize;
    let mut raw = Vec::new();
    let read = ZlibDecoder::new(packed).take(whole as u64).read_to_end(&mut raw);
    if read.is_err() || raw.len() != whole {
        return Err("the PNG's image data is broken");
    }
    let mut rows: Vec<Vec<u8>> = Vec::with_capacity(header.height as usize);
    let blank = vec![0; row_bytes];
    for filtered in raw.chunks_exact(row_bytes + 1) {
        let above = rows.last().unwrap_or(&blank);
        rows.push(unfilter(filtered[0], &filtered[1..], above, step)?);
    }
    Ok(rows)
}

fn unfilter(filter: u8, row: &[u8], above: &[u8], step: usize) -> Result<Vec<u8>, &'static str> {
    let mut out = vec![0_u8; row.len()];
    for index in 0..row.len() {
        let (left, corner) = if index >= step { (out[index - step], above[index - step]) } else { (0, 0) };
        let predicted = match filter {
            0 => 0,
            1 => left,
            2 => above[index],
            3 => u8::midpoint(left, above[index]),
            4 => paeth(left, above[index], corner),
            _ => return Err("the PNG has an unknown row filter"),
        };
        out[index] = row[index].wrapping_add(predicted);
    }
    Ok(out)
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i32::from(left) + i32::from(above) - i32::from(corner);
    let distance = |value: u8| (estimate - i32::from(value)).abs();
    if distance(left) <= distance(above) && distance(left) <= distance(corner) {
        left
    } else if distance(above) <= distance(corner) {
        above
    } else {
        corner
    }
}

fn colours(header: &Header, rows: &[Vec<u8>], palette: &[u8], transparent: &[u8]) -> Result<Raster, &'static str> {
    let count = header.width as usize * header.height as usize;
    let mut raster = Raster {
        width: header.width,
        height: header.height,
        rgb: Vec::with_capacity(count * 3),
        alpha: Vec::with_capacity(count),
    };
    for row in rows {
        for x in 0..header.width as usize {
            let (rgb, alpha) = match header.kind {
                Kind::Grey | Kind::Palette => indexed(header, sample(row, x, header.depth), palette, transparent)?,
                Kind::GreyAlpha => ([row[2 * x]; 3], row[2 * x + 1]),
                Kind::Rgb => rgb_keyed([row[3 * x], row[3 * x + 1], row[3 * x + 2]], transparent),
                Kind::Rgba => ([row[4 * x], row[4 * x + 1], row[4 * x + 2]], row[4 * x + 3]),
            };
            raster.rgb.extend_from_slice(&rgb);
            raster.alpha.push(alpha);
        }
    }
    Ok(raster)
}

/// Returns the sample of a pixel in a row with one sample a pixel.
fn sample(row: &[u8], x: usize, depth: u8) -> u8 {
    let bit = x * usize::from(depth);
    let shift = 8 - usize::from(depth) - bit % 8;
    let mask = if depth == 8 { 255 } else { (1 << depth) - 1 };
    row[bit / 8] >> shift & mask
}

fn indexed(header: &Header, value: u8, palette: &[u8], transparent: &[u8]) -> Result<([u8; 3], u8), &'static str> {
    let index = usize::from(value);
    if header.kind == Kind::Palette {
        let rgb = palette.get(3 * index..3 * index + 3).ok_or("the PNG's palette is too short")?;
        return Ok(([rgb[0], rgb[1], rgb[2]], transparent.get(index).copied().unwrap_or(255)));
    }
    let full = if header.depth == 8 { 255 } else { (1_u16 << header.depth) - 1 };
    let grey = u8::try_from(u16::from(value) * 255 / full).unwrap_or(255);
    let keyed = transparent.get(1) == Some(&value) && transparent.first() == Some(&0);
    Ok(([grey; 3], if keyed { 0 } else { 255 }))
}

fn rgb_keyed(rgb: [u8; 3], transparent: &[u8]) -> ([u8; 3], u8) {
    let keyed = *transparent == [0, rgb[0], 0, rgb[1], 0, rgb[2]];
    (rgb, if keyed { 0 } else { 255 })
}
