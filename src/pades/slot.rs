//! The room that a signature's value is put into: a string of fixed width, and the byte range around it
//! (ISO 32000-2, 12.8.1).

use super::PadesError;
use crate::digest::{Digest, DigestAlgorithm};
use crate::pdf::{Appended, ObjectId, PdfError, Reservation, Update};
use std::ops::Range;

/// Digits kept for each number of the byte range: as many as a cross-reference table has for an offset.
const RANGE_DIGITS: usize = 10;

/// A signed file but for the value of its signature.
pub(super) struct Slot {
    appended: Appended,
    /// The hexadecimal string with its angle brackets, in the tail.
    gap: Range<usize>,
}

impl Slot {
    /// Writes an update whose signature dictionary keeps `room` bytes for the value, and states the byte range around.
    pub(super) fn reserve(update: Update<'_>, signature: ObjectId, room: usize) -> Result<Self, PadesError> {
        let blank = format!("[0 {0} {0} {0}]", "0".repeat(RANGE_DIGITS)).into_bytes();
        let contents = [b"<".as_slice(), &vec![b'0'; room * 2], b">"].concat();
        let reserve = |key: &[u8], text| Reservation { object: signature, key: key.to_vec(), text };
        let (mut appended, spans) =
            update.finish_reserved(&[reserve(b"ByteRange", blank), reserve(b"Contents", contents)])?;
        let gap = spans[1].clone();
        let base = appended.base().size_bytes();
        let after = appended.tail().len() - gap.end;
        let range = format!("[0 {} {} {after}", base + gap.start as u64, base + gap.end as u64);
        let field = &mut appended.tail_mut()[spans[0].clone()];
        field.fill(b' ');
        field[..range.len()].copy_from_slice(range.as_bytes());
        if let Some(last) = field.last_mut() {
            *last = b']';
        }
        Ok(Self { appended, gap })
    }

    /// Digests everything but the room.
    pub(super) fn digest(&self, algorithm: DigestAlgorithm) -> Result<Digest, PadesError> {
        let base = self.appended.base();
        let mut hasher = base.digest(0..base.size_bytes(), algorithm).map_err(PdfError::from)?;
        hasher.update(&self.appended.tail()[..self.gap.start]);
        hasher.update(&self.appended.tail()[self.gap.end..]);
        Ok(hasher.finish())
    }

    /// Returns how many bytes the value may have.
    pub(super) fn room(&self) -> usize {
        (self.gap.len() - 2) / 2
    }

    /// Returns where the room is in the file, angle brackets included.
    pub(super) fn gap(&self) -> Range<u64> {
        let base = self.appended.base().size_bytes();
        base + self.gap.start as u64..base + self.gap.end as u64
    }

    /// Returns the file without its value.
    pub(super) fn blank(self) -> Appended {
        self.appended
    }

    /// Puts the value in, and returns the finished file.
    ///
    /// # Errors
    /// [`PadesError::NoRoom`].
    pub(super) fn fill(mut self, value: &[u8]) -> Result<Appended, PadesError> {
        if value.len() > self.room() {
            return Err(PadesError::NoRoom { needed: value.len(), kept: self.room() });
        }
        let start = self.gap.start + 1;
        self.appended.tail_mut()[start..start + 2 * value.len()].copy_from_slice(&hexadecimal(value));
        Ok(self.appended)
    }
}

/// Writes bytes as the digits of a hexadecimal string (7.3.4.3).
pub(super) fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = vec![0; 2 * bytes.len()];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    digits
}
