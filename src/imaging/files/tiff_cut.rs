//! Pages of a TIFF as a file of their own: directories and strips or tiles as they came.
//!
//! What is written is a classic TIFF (TIFF 6.0, section 2) in the byte order of the file, also where that was a BigTIFF.

use super::directory::{Directory, Entry, Order, Tagged, size_of_kind};
use crate::office::ports::DigitiserError;

const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const BLACK_IS_ZERO: u64 = 1;
const COLOUR_MAP: u16 = 320;
const STRIP_OFFSETS: u16 = 273;
const STRIP_BYTE_COUNTS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;
/// JPEG as TIFF 6.0 first had it: its tables lie anywhere in the file. Technical Note 2 withdrew it.
const OLD_JPEG: u64 = 6;
/// Tags whose values are offsets of something else: free space, further directories (SubIFDs, EXIF, GPS, interoperability).
const ELSEWHERE: [u16; 6] = [288, 289, 330, 34665, 34853, 40965];
const LONG: u16 = 4;
const LONG8: u16 = 16;
const IFD8: u16 = 18;

/// Writes pages; each with its number for the errors.
pub(super) fn write(file: &Tagged<'_>, pages: &[(u32, &Directory)]) -> Result<Vec<u8>, DigitiserError> {
    written(file, pages, false)
}

/// Writes a page of one sample a pixel as if its samples were shades of grey, 0 being black, whatever they are.
pub(super) fn write_as_grey(file: &Tagged<'_>, page: u32, directory: &Directory) -> Result<Vec<u8>, DigitiserError> {
    written(file, &[(page, directory)], true)
}

fn written(file: &Tagged<'_>, pages: &[(u32, &Directory)], as_grey: bool) -> Result<Vec<u8>, DigitiserError> {
    let mut out = Out { bytes: Vec::new(), order: file.order };
    out.bytes.extend(match file.order {
        Order::Little => *b"II\x2a\0\0\0\0\0",
        Order::Big => *b"MM\0\x2a\0\0\0\0",
    });
    let mut link = 4;
    for (page, directory) in pages {
        let mut entries = copied(file, directory, *page, &mut out)?;
        if as_grey {
            entries.retain(|entry| entry.tag != COLOUR_MAP);
            for entry in entries.iter_mut().filter(|entry| entry.tag == PHOTOMETRIC) {
                *entry = out.longs(PHOTOMETRIC, &[BLACK_IS_ZERO])?;
            }
        }
        link = out.directory(&entries, link)?;
    }
    Ok(out.bytes)
}

/// An entry as it is written.
struct Written {
    tag: u16,
    kind: u16,
    count: u64,
    value: Vec<u8>,
}

/// Where the data of a page's picture are, and these themselves.
pub(super) struct Parts<'a> {
    /// The data of each strip or tile, in order.
    pub bytes: Vec<&'a [u8]>,
    /// Whether they are tiles.
    pub tiled: bool,
    tags: (u16, u16),
}

/// Finds the data of a page's picture.
pub(super) fn parts<'a>(file: &Tagged<'a>, directory: &Directory, page: u32) -> Result<Parts<'a>, DigitiserError> {
    let damaged = |reason: &str| DigitiserError::Damaged { page, reason: reason.to_owned() };
    if file.first(directory, COMPRESSION) == Some(OLD_JPEG) {
        return Err(damaged("JPEG in a form that TIFF has withdrawn"));
    }
    let strips = directory.find(STRIP_OFFSETS).zip(directory.find(STRIP_BYTE_COUNTS));
    let tiles = directory.find(TILE_OFFSETS).zip(directory.find(TILE_BYTE_COUNTS));
    let (offsets, lengths) = strips.or(tiles).ok_or_else(|| damaged("it does not tell where its picture is"))?;
    let places = |entry: &Entry| file.numbers(entry).ok_or_else(|| damaged("it does not tell where its picture is"));
    let (from, long) = (places(offsets)?, places(lengths)?);
    if from.len() != long.len() || from.is_empty() {
        return Err(damaged("its picture has as many beginnings as ends in no reading"));
    }
    let part = |(start, length): (&u64, &u64)| {
        let end = start.checked_add(*length).and_then(|end| usize::try_from(end).ok());
        let part = usize::try_from(*start).ok().zip(end).and_then(|(start, end)| file.bytes.get(start..end));
        part.ok_or_else(|| damaged("its picture goes beyond the end of the file"))
    };
    let bytes = from.iter().zip(&long).map(part).collect::<Result<_, _>>()?;
    Ok(Parts { bytes, tiled: strips.is_none(), tags: (offsets.tag, lengths.tag) })
}

/// Copies the picture's data, and returns the entries that speak of them.
fn copied(file: &Tagged<'_>, directory: &Directory, page: u32, out: &mut Out) -> Result<Vec<Written>, DigitiserError> {
    let damaged = |reason: &str| DigitiserError::Damaged { page, reason: reason.to_owned() };
    let parts = parts(file, directory, page)?;
    let moved = parts.bytes.iter().map(|part| out.append(part)).collect::<Result<Vec<u64>, _>>()?;
    let long: Vec<u64> = parts.bytes.iter().map(|part| part.len() as u64).collect();
    let mut written = Vec::with_capacity(directory.entries.len());
    for entry in &directory.entries {
        let numbers = match entry.tag {
            tag if tag == parts.tags.0 => Some(&moved),
            tag if tag == parts.tags.1 => Some(&long),
            tag if ELSEWHERE.contains(&tag) => continue,
            // The other kind of parts, which this page does not have.
            STRIP_OFFSETS | STRIP_BYTE_COUNTS | TILE_OFFSETS | TILE_BYTE_COUNTS => continue,
            _ => None,
        };
        written.push(match numbers {
            Some(numbers) => out.longs(entry.tag, numbers)?,
            None if matches!(entry.kind, LONG8 | IFD8) => {
                let numbers = file.numbers(entry).ok_or_else(|| damaged("an entry of its directory cannot be read"))?;
                out.longs(entry.tag, &numbers)?
            }
            // A type that nobody knows cannot be measured, and so not be copied; readers have to pass over it.
            None if size_of_kind(entry.kind).is_none() => continue,
            None => {
                let value = file.value(entry).ok_or_else(|| damaged("an entry of its directory cannot be read"))?;
                Written { tag: entry.tag, kind: entry.kind, count: entry.count, value: value.to_vec() }
            }
        });
    }
    Ok(written)
}

/// The file that is being written.
struct Out {
    bytes: Vec<u8>,
    order: Order,
}

impl Out {
    /// Appends bytes at an even offset, and returns it.
    fn append(&mut self, part: &[u8]) -> Result<u64, DigitiserError> {
        if self.bytes.len() % 2 == 1 {
            self.bytes.push(0);
        }
        let place = self.bytes.len() as u64;
        if place + part.len() as u64 > u64::from(u32::MAX) {
            return Err(DigitiserError::Writing("a TIFF of more than 4 GB".to_owned()));
        }
        self.bytes.extend_from_slice(part);
        Ok(place)
    }

    /// Makes an entry of whole numbers.
    fn longs(&self, tag: u16, numbers: &[u64]) -> Result<Written, DigitiserError> {
        let mut value = Vec::with_capacity(numbers.len() * 4);
        for number in numbers {
            let number = u32::try_from(*number);
            let number = number.map_err(|_| DigitiserError::Writing("a TIFF of more than 4 GB".to_owned()))?;
            value.extend(self.number(number));
        }
        Ok(Written { tag, kind: LONG, count: numbers.len() as u64, value })
    }

    /// Writes a directory and the link to it; returns where the link to the next one stands.
    fn directory(&mut self, entries: &[Written], link: usize) -> Result<usize, DigitiserError> {
        let mut table = Vec::with_capacity(entries.len() * 12 + 6);
        table.extend(self.short(entries.len() as u16));
        for entry in entries {
            table.extend(self.short(entry.tag));
            table.extend(self.short(entry.kind));
            table.extend(self.number(u32::try_from(entry.count).unwrap_or(u32::MAX)));
            if entry.value.len() <= 4 {
                let mut value = entry.value.clone();
                value.resize(4, 0);
                table.extend(value);
            } else {
                let place = self.append(&entry.value)?;
                table.extend(self.number(u32::try_from(place).unwrap_or(u32::MAX)));
            }
        }
        table.extend([0; 4]);
        let place = self.append(&table)?;
        let written = self.number(u32::try_from(place).unwrap_or(u32::MAX));
        if let Some(there) = self.bytes.get_mut(link..link + 4) {
            there.copy_from_slice(&written);
        }
        Ok(self.bytes.len() - 4)
    }

    fn number(&self, number: u32) -> [u8; 4] {
        match self.order {
            Order::Little => number.to_le_bytes(),
            Order::Big => number.to_be_bytes(),
        }
    }

    fn short(&self, number: u16) -> [u8; 2] {
        match self.order {
            Order::Little => number.to_le_bytes(),
            Order::Big => number.to_be_bytes(),
        }
    }
}
