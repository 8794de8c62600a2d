//! A shard of the word index as bytes: some pieces of words, each with where it stands in a block.
//!
//! An entry is the piece's length and its bytes in UTF-8, the length of what follows, and the places in the block, each as
//! what it lies after the one before; lengths and places in groups of seven bits, the lowest first.

use crate::office::ports::StoreError;
use crate::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Buckets that pieces are spread over.
const BUCKETS: i64 = 256;
/// Where a shard's bucket begins in its number, above its block.
const BUCKET_SHIFT: u32 = 40;
/// Where a place's day begins, above the order of filing on it.
const DAY_SHIFT: u32 = 32;
/// Days in a period, as a power of two.
const PERIOD_BITS: u32 = 3;
/// Records of one day in a block, as a power of two.
const RUN_BITS: u32 = 12;
/// Runs that a day has at most, as a power of two.
const RUNS_BITS: u32 = DAY_SHIFT - RUN_BITS;

/// Returns the period that a place lies in: some days, by which a search goes back.
pub(super) fn period_of(place: i64) -> i64 {
    place >> (DAY_SHIFT + PERIOD_BITS)
}

/// Returns the first place of a period.
pub(super) fn first_place(period: i64) -> i64 {
    period << (DAY_SHIFT + PERIOD_BITS)
}

/// Returns the first place of a day: years have 372 of them there.
pub(super) fn first_place_of_day(day: Date) -> i64 {
    let days = 372 * i64::from(day.year()) + 31 * i64::from(day.month()) + i64::from(day.day());
    days.max(0) << DAY_SHIFT
}

/// Returns the block that a place lies in, and where in it.
pub(super) fn block_of(place: i64) -> (i64, u16) {
    let day = (place >> DAY_SHIFT) & ((1 << PERIOD_BITS) - 1);
    let run = (place >> RUN_BITS) & ((1 << RUNS_BITS) - 1);
    let inside = (day << RUN_BITS) | (place & ((1 << RUN_BITS) - 1));
    ((period_of(place) << RUNS_BITS) | run, u16::try_from(inside).unwrap_or(u16::MAX))
}

/// Returns the place in a block.
pub(super) fn place_in(block: i64, inside: u16) -> i64 {
    let (inside, run) = (i64::from(inside), block & ((1 << RUNS_BITS) - 1));
    let day = ((block >> RUNS_BITS) << PERIOD_BITS) | (inside >> RUN_BITS);
    (day << DAY_SHIFT) | (run << RUN_BITS) | (inside & ((1 << RUN_BITS) - 1))
}

/// Returns the bucket of a piece: FNV-1a, so that it is the same on every machine.
pub(super) fn bucket_of(gram: &str) -> i64 {
    let hash = gram.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i64::from(hash ^ (hash >> 15)) % BUCKETS
}

/// Returns the number of a shard.
pub(super) fn shard_of(bucket: i64, block: i64) -> i64 {
    (bucket << BUCKET_SHIFT) | block
}

/// Returns the block of a shard.
pub(super) fn block_of_shard(shard: i64) -> i64 {
    shard & ((1 << BUCKET_SHIFT) - 1)
}

/// Returns the shards of a block.
pub(super) fn shards_of(block: i64) -> Vec<i64> {
    (0..BUCKETS).map(|bucket| shard_of(bucket, block)).collect()
}

/// Returns the shards of a bucket from the blocks of some periods, the last one excluded: from a number up to another one.
pub(super) fn shards_between(bucket: i64, low: i64, high: i64) -> (i64, i64) {
    (shard_of(bucket, low << RUNS_BITS), shard_of(bucket, high << RUNS_BITS))
}

/// Returns the blocks of some periods, the last one excluded: from a number up to another one.
pub(super) fn blocks_between(low: i64, high: i64) -> (i64, i64) {
    (low << RUNS_BITS, high << RUNS_BITS)
}

/// Returns the period that a block lies in.
pub(super) fn period_of_block(block: i64) -> i64 {
    block >> RUNS_BITS
}

/// A shard that is changed.
#[derive(Default)]
pub(super) struct Shard(BTreeMap<String, BTreeSet<u16>>);

impl Shard {
    /// Reads a shard.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut entries = BTreeMap::new();
        let mut reader = Reader(bytes);
        while let Some((gram, places)) = reader.entry()? {
            let gram = std::str::from_utf8(gram).map_err(|_| damaged())?;
            entries.insert(gram.to_owned(), places_of(places)?.into_iter().collect());
        }
        Ok(Self(entries))
    }

    /// Writes that a piece stands at a place of the block.
    pub(super) fn put(&mut self, gram: &str, inside: u16) {
        match self.0.get_mut(gram) {
            Some(places) => drop(places.insert(inside)),
            None => drop(self.0.insert(gram.to_owned(), [inside].into())),
        }
    }

    /// Takes places out; tells whether anything stood there. What stands nowhere any more is left out altogether.
    pub(super) fn take_out(&mut self, gone: &BTreeSet<u16>) -> bool {
        let mut was_there = false;
        self.0.retain(|_, places| {
            let before = places.len();
            places.retain(|place| !gone.contains(place));
            was_there |= places.len() < before;
            !places.is_empty()
        });
        was_there
    }

    /// Tells whether it holds nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the shard.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut inside = Vec::new();
        for (gram, places) in &self.0 {
            inside.clear();
            let mut last = 0;
            for place in places {
                push(&mut inside, usize::from(place - last));
                last = *place;
            }
            push(&mut bytes, gram.len());
            bytes.extend_from_slice(gram.as_bytes());
            push(&mut bytes, inside.len());
            bytes.extend_from_slice(&inside);
        }
        bytes
    }
}

/// Returns where a piece stands by the bytes of its shard, in order.
pub(super) fn places_of_gram(bytes: &[u8], gram: &str) -> Result<Vec<u16>, StoreError> {
    let mut reader = Reader(bytes);
    while let Some((found, places)) = reader.entry()? {
        if found == gram.as_bytes() {
            return places_of(places);
        }
    }
    Ok(Vec::new())
}

fn places_of(bytes: &[u8]) -> Result<Vec<u16>, StoreError> {
    let (mut places, mut reader, mut last) = (Vec::new(), Reader(bytes), 0_usize);
    while !reader.0.is_empty() {
        last += reader.number()?;
        places.push(u16::try_from(last).map_err(|_| damaged())?);
    }
    Ok(places)
}

/// A piece, and the places in which it stands.
type Entry<'a> = (&'a [u8], &'a [u8]);

/// Reads from the front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn entry(&mut self) -> Result<Option<Entry<'a>>, StoreError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let length = self.number()?;
        let gram = self.bytes(length)?;
        let length = self.number()?;
        Ok(Some((gram, self.bytes(length)?)))
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], StoreError> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Reads a number of at most five groups.
    pub(super) fn number(&mut self) -> Result<usize, StoreError> {
        let mut number = 0;
        for group in 0..5 {
            let (first, rest) = self.0.split_first().ok_or_else(damaged)?;
            self.0 = rest;
            number |= usize::from(first & 0x7f) << (7 * group);
            if first & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(damaged())
    }
}

/// Writes a number below 2^35: lengths, places in a block and pieces are.
pub(super) fn push(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn damaged() -> StoreError {
    StoreError::Damaged("a part of the word index cannot be read".to_owned())
}
