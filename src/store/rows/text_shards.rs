//! A shard of the index of contents as bytes, before it is encrypted: pieces in order, each with where it stands in a block.
//!
//! A piece is written as what it lies after the one before, doubled; where it stands at one place alone, one is added and the
//! place follows. Else the length of the places follows, and these, each as what it lies after the one before. All are
//! numbers in groups of seven bits, the lowest first.

use super::shards::{Reader, damaged, push};
use crate::office::ports::StoreError;

/// Buckets that pieces are spread over.
const BUCKETS: i64 = 128;
/// Where a shard's bucket begins in its number, above its block.
const BUCKET_SHIFT: u32 = 40;
/// Buckets that the pairs of a hiragana are spread over: every second character of a text is one.
const KANA_SPREAD: u32 = 16;
/// Bits of a place in a block.
const PLACE_BITS: u32 = 16;

/// A piece at a place of a block, as one number: in order of pieces, then of places.
pub(super) fn posting(term: u32, inside: u16) -> u64 {
    (u64::from(term) << PLACE_BITS) | u64::from(inside)
}

/// Returns the place in the block that a posting says.
pub(super) fn inside_of(posting: u64) -> u16 {
    (posting & 0xffff) as u16
}

/// Returns the bucket of a piece.
pub(super) fn bucket_of(term: u32) -> i64 {
    let first = term >> 16;
    let spread = if is_hiragana(first) { 1 + (term % KANA_SPREAD) } else { 0 };
    let mixed = (first.wrapping_add(spread << 16)).wrapping_mul(0x9e37_79b1);
    i64::from(mixed >> 16) % BUCKETS
}

/// Returns the buckets that pieces between two lie in, which begin with the same character.
pub(super) fn buckets_of(first: u32, last: u32) -> Vec<i64> {
    let step = if is_hiragana(first >> 16) { KANA_SPREAD } else { 1 };
    let mut buckets: Vec<i64> = (first..=last).take(step as usize).map(bucket_of).collect();
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}

fn is_hiragana(half: u32) -> bool {
    (0x3040..0x30a0).contains(&half)
}

/// Returns the number of a shard.
pub(super) fn shard_of(bucket: i64, block: i64) -> i64 {
    (bucket << BUCKET_SHIFT) | block
}

/// Returns the block of a shard.
pub(super) fn block_of_shard(shard: i64) -> i64 {
    shard & ((1 << BUCKET_SHIFT) - 1)
}

/// Returns every shard of a block.
pub(super) fn shards_of(block: i64) -> Vec<i64> {
    (0..BUCKETS).map(|bucket| shard_of(bucket, block)).collect()
}

/// Reads every posting of a shard, in order.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<u64>, StoreError> {
    let (mut postings, mut reader, mut term) = (Vec::with_capacity(bytes.len()), Reader(bytes), 0);
    while let Some(entry) = next(&mut reader, &mut term)? {
        postings.extend(places(entry)?.into_iter().map(|inside| posting(term, inside)));
    }
    Ok(postings)
}

/// Returns where in the block pieces between two stand, by the bytes of their shard, in order.
pub(super) fn places_between(bytes: &[u8], first: u32, last: u32) -> Result<Vec<u16>, StoreError> {
    let (mut found, mut kinds) = (Vec::new(), 0);
    let mut reader = Reader(bytes);
    let mut term = 0;
    while let Some(entry) = next(&mut reader, &mut term)? {
        if term > last {
            break;
        }
        if term >= first {
            found.extend(places(entry)?);
            kinds += 1;
        }
    }
    if kinds > 1 {
        found.sort_unstable();
        found.dedup();
    }
    Ok(found)
}

/// Writes postings, which are in order and each there once.
pub(super) fn bytes(postings: &[u64]) -> Vec<u8> {
    let (mut bytes, mut inside, mut before) = (Vec::with_capacity(postings.len() * 3), Vec::new(), 0);
    for group in postings.chunk_by(|one, other| one >> PLACE_BITS == other >> PLACE_BITS) {
        let Some(first) = group.first() else { continue };
        let term = (first >> PLACE_BITS) as usize;
        let step = (term - before) << 1;
        before = term;
        if group.len() == 1 {
            push(&mut bytes, step | 1);
            push(&mut bytes, usize::from(inside_of(*first)));
            continue;
        }
        inside.clear();
        let mut last = 0;
        for posting in group {
            let place = inside_of(*posting);
            push(&mut inside, usize::from(place - last));
            last = place;
        }
        push(&mut bytes, step);
        push(&mut bytes, inside.len());
        bytes.extend_from_slice(&inside);
    }
    bytes
}

/// Writes pieces alone, in order, each once, as what waits has them.
pub(super) fn terms_as_bytes(terms: &[u32]) -> Vec<u8> {
    let (mut bytes, mut before) = (Vec::with_capacity(terms.len() * 3), 0);
    for term in terms {
        push(&mut bytes, (term - before) as usize);
        before = *term;
    }
    bytes
}

/// Reads pieces that [`terms_as_bytes`] wrote.
pub(super) fn read_terms(bytes: &[u8]) -> Result<Vec<u32>, StoreError> {
    let (mut terms, mut reader, mut term) = (Vec::new(), Reader(bytes), 0_u32);
    while !reader.0.is_empty() {
        let step = u32::try_from(reader.number()?).map_err(|_| damaged())?;
        term = term.checked_add(step).ok_or_else(damaged)?;
        terms.push(term);
    }
    Ok(terms)
}

/// Where a piece stands.
enum Entry<'a> {
    Once(u16),
    Often(&'a [u8]),
}

/// Reads the next piece; `term` is the one before, and then this one.
fn next<'a>(reader: &mut Reader<'a>, term: &mut u32) -> Result<Option<Entry<'a>>, StoreError> {
    if reader.0.is_empty() {
        return Ok(None);
    }
    let head = reader.number()?;
    let step = u32::try_from(head >> 1).map_err(|_| damaged())?;
    *term = term.checked_add(step).ok_or_else(damaged)?;
    let number = reader.number()?;
    Ok(Some(match head & 1 {
        1 => Entry::Once(u16::try_from(number).map_err(|_| damaged())?),
        _ => Entry::Often(reader.bytes(number)?),
    }))
}

fn places(entry: Entry) -> Result<Vec<u16>, StoreError> {
    let bytes = match entry {
        Entry::Once(place) => return Ok(vec![place]),
        Entry::Often(bytes) => bytes,
    };
    let (mut places, mut reader, mut last) = (Vec::with_capacity(bytes.len()), Reader(bytes), 0_usize);
    while !reader.0.is_empty() {
        last = last.checked_add(reader.number()?).ok_or_else(damaged)?;
        places.push(u16::try_from(last).map_err(|_| damaged())?);
    }
    Ok(places)
}
