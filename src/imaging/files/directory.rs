//! Image file directories as TIFF 6.0 (section 2), BigTIFF and EXIF have them, read within limits.
//!
//! A directory is read as places in the file; values are looked up when they are asked for, so that what is wrong in one page
//! is told of that page.

use super::super::limits;

/// The byte order of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `II`.
    Little,
    /// `MM`.
    Big,
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The tag.
    pub tag: u16,
    /// The field type.
    pub kind: u16,
    /// How many values it has.
    pub count: u64,
    /// Where its value or the value's offset stands.
    place: usize,
}

/// A directory: one page, or what EXIF says of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    /// Its entries, as they stand.
    pub entries: Vec<Entry>,
}

/// A file with directories.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tagged<'a> {
    /// All its bytes.
    pub bytes: &'a [u8],
    /// Its byte order.
    pub order: Order,
    /// Whether offsets have 64 bits.
    big: bool,
}

impl<'a> Tagged<'a> {
    /// Reads the header; returns the file and the offset of its first directory.
    pub(super) fn open(bytes: &'a [u8]) -> Option<(Self, u64)> {
        let order = match bytes.get(..2)? {
            b"II" => Order::Little,
            b"MM" => Order::Big,
            _ => return None,
        };
        let mut file = Self { bytes, order, big: false };
        match file.number(2, 2)? {
            42 => Some((file, file.number(4, 4)?)),
            43 if file.number(4, 2)? == 8 => {
                file.big = true;
                Some((file, file.number(8, 8)?))
            }
            _ => None,
        }
    }

    /// Reads the directory at an offset; returns it and the offset of the next one, 0 where it is the last.
    pub(super) fn directory(&self, offset: u64) -> Option<(Directory, u64)> {
        let start = usize::try_from(offset).ok()?;
        let (head, step, field) = if self.big { (8, 20, 12) } else { (2, 12, 8) };
        let count = self.number(start, head)?;
        if count > limits::MOST_ENTRIES {
            return None;
        }
        let mut entries = Vec::with_capacity(count as usize);
        let mut place = start.checked_add(head)?;
        for _ in 0..count {
            let values = if self.big { self.number(place + 4, 8)? } else { self.number(place + 4, 4)? };
            entries.push(Entry {
                tag: self.number(place, 2)? as u16,
                kind: self.number(place + 2, 2)? as u16,
                count: values,
                place: place + field,
            });
            place = place.checked_add(step)?;
        }
        let next = self.number(place, if self.big { 8 } else { 4 })?;
        Some((Directory { entries }, next))
    }

    /// Returns the bytes of an entry's values, in the file's byte order.
    pub(super) fn value(&self, entry: &Entry) -> Option<&'a [u8]> {
        let length = usize::try_from(entry.count.checked_mul(size_of_kind(entry.kind)?)?).ok()?;
        let inline = if self.big { 8 } else { 4 };
        let start =
            if length <= inline { entry.place } else { usize::try_from(self.number(entry.place, inline)?).ok()? };
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// Returns an entry's values as whole numbers.
    pub(super) fn numbers(&self, entry: &Entry) -> Option<Vec<u64>> {
        let size = match entry.kind {
            1 | 3 | 4 | 13 | 16 | 18 => size_of_kind(entry.kind)? as usize,
            _ => return None,
        };
        Some(self.value(entry)?.chunks_exact(size).map(|bytes| in_order(self.order, bytes)).collect())
    }

    /// Returns the first whole number of a tag.
    pub(super) fn first(&self, directory: &Directory, tag: u16) -> Option<u64> {
        self.numbers(directory.find(tag)?)?.first().copied()
    }

    /// Returns the first value of a tag as a fraction (type RATIONAL).
    pub(super) fn fraction(&self, directory: &Directory, tag: u16) -> Option<f64> {
        let entry = directory.find(tag).filter(|entry| entry.kind == 5)?;
        let value = self.value(entry)?;
        let (above, below) = (in_order(self.order, value.get(..4)?), in_order(self.order, value.get(4..8)?));
        (below > 0).then(|| above as f64 / below as f64)
    }

    /// Returns the resolution in dots per inch, across and down (tags 282, 283 and 296).
    pub(super) fn resolution(&self, directory: &Directory) -> Option<(f64, f64)> {
        let (x, y) = (self.fraction(directory, 282)?, self.fraction(directory, 283)?);
        match self.first(directory, 296).unwrap_or(2) {
            2 => Some((x, y)),
            3 => Some((x * 2.54, y * 2.54)),
            _ => None,
        }
    }

    /// Reads a number of 2, 4 or 8 bytes.
    fn number(&self, start: usize, bytes: usize) -> Option<u64> {
        Some(in_order(self.order, self.bytes.get(start..start.checked_add(bytes)?)?))
    }
}

impl Directory {
    /// Returns the entry of a tag.
    pub(super) fn find(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

fn in_order(order: Order, bytes: &[u8]) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    match order {
        Order::Little => bytes.iter().rev().fold(0, add),
        Order::Big => bytes.iter().fold(0, add),
    }
}

/// Returns the bytes of one value of a field type (TIFF 6.0, section 2, with the types of BigTIFF).
pub(super) fn size_of_kind(kind: u16) -> Option<u64> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}
