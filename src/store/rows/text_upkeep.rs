//! The upkeep of the index of contents: what waits is put into blocks, and what is gone is taken out of them.

use super::bodies::{Bind, insert, rows, run};
use super::shards::{block_of, first_place, period_of_block};
use super::text_keys::{
    is_ours, opened, sealed, sealed_terms, sealers, take_over, waiting_terms, with_new_salt, write_salts_anew,
};
use super::text_shards::{bucket_of, bytes, inside_of, posting, read, shard_of, shards_of};
use super::texts::PUT_TERMS;
use super::words::{NUMBERS_AT_ONCE, numbered, numbers};
use crate::office::ports::{IndexKeys, StoreError};
use crate::store::connection::Connection;
use crate::texts::Sealer;
use std::collections::{BTreeMap, BTreeSet};

/// Texts that wait when they are indexed.
const ENOUGH: i64 = 512;
/// Texts that are indexed together at most, and their pieces.
const AT_ONCE: i64 = 2048;
const PIECES_AT_ONCE: usize = 8 << 20;
/// Blocks that are written anew in one unit of work.
const BLOCKS_AT_ONCE: usize = 16;

const PUT_SHARD: (&str, &str) = (
    "INSERT INTO text_shards (shard, postings) VALUES",
    " ON CONFLICT (shard) DO UPDATE SET postings = excluded.postings",
);

/// Indexes some thousand of the texts that wait, where these are many; returns how many they were.
pub(super) async fn index_where_many_wait(connection: &mut Connection, keys: &IndexKeys) -> Result<u64, StoreError> {
    take_over(connection, keys).await?;
    let sql = "SELECT count(*) AS waiting FROM (SELECT 1 FROM texts_to_index LIMIT 512) AS few";
    let waiting: i64 = rows(connection, sql, vec![]).await?.first().map_or(Ok(0), |row| row.get("waiting"))?;
    if waiting < ENOUGH { Ok(0) } else { index(connection, keys).await }
}

/// Indexes texts that wait, the oldest first. Returns how many they were.
async fn index(connection: &mut Connection, keys: &IndexKeys) -> Result<u64, StoreError> {
    let sql = "SELECT place, terms FROM texts_to_index ORDER BY place LIMIT $1";
    let waiting = rows(connection, sql, vec![Bind::Number(AT_ONCE)]).await?;
    let mut of_block: BTreeMap<i64, Vec<(i64, Vec<u8>)>> = BTreeMap::new();
    for row in &waiting {
        let place: i64 = row.get("place")?;
        of_block.entry(block_of(place).0).or_default().push((place, row.get("terms")?));
    }
    let (mut done, mut pieces) = (0, 0);
    for (block, texts) in of_block {
        if pieces > PIECES_AT_ONCE {
            break;
        }
        let sealers = sealers(connection, keys, &[block].into()).await?;
        let mut news: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        for (place, sealed) in &texts {
            let inside = block_of(*place).1;
            for term in waiting_terms(&sealers, *place, sealed)? {
                news.entry(shard_of(bucket_of(term), block)).or_default().push(posting(term, inside));
                pieces += 1;
            }
            done += 1;
        }
        let numbers: Vec<i64> = news.keys().copied().collect();
        let mut shards = match shards(connection, &sealers, &numbers).await {
            // What is damaged is made anew; nothing is kept from being filed for it.
            Err(StoreError::Damaged(_)) => {
                drop_block(connection, block).await?;
                continue;
            }
            shards => shards?,
        };
        for (shard, postings) in news {
            shards.entry(shard).or_default().extend(postings);
        }
        write(connection, &sealers, shards).await?;
        let gone: Vec<i64> = texts.iter().map(|(place, _)| *place).collect();
        remove(connection, "DELETE FROM texts_to_index WHERE place IN", &gone).await?;
    }
    Ok(done)
}

/// Tells whether the index still holds what is gone.
pub(super) async fn has_left(connection: &mut Connection) -> Result<bool, StoreError> {
    Ok(!rows(connection, "SELECT 1 AS one FROM texts_left LIMIT 1", vec![]).await?.is_empty())
}

/// Takes out of some blocks of the index what is gone, and writes them under new keys.
///
/// What cannot be opened is dropped, and read again from the packages: a damaged index keeps nothing from being destroyed.
pub(super) async fn forget(connection: &mut Connection, keys: &IndexKeys) -> Result<(), StoreError> {
    let left = numbers(&rows(connection, "SELECT place FROM texts_left", vec![]).await?, "place")?;
    let mut blocks: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for place in &left {
        blocks.entry(block_of(*place).0).or_default().insert(*place);
    }
    let is_ours = is_ours(connection, keys).await? == Some(true);
    for (block, all_gone) in blocks.into_iter().take(BLOCKS_AT_ONCE) {
        let mut gone = all_gone.clone();
        // A text that was put there again is not gone.
        for there in among_texts(connection, &all_gone).await? {
            gone.remove(&there);
        }
        if !is_ours || write_anew(connection, keys, block, &gone).await?.is_none() {
            drop_block(connection, block).await?;
        }
        let done: Vec<i64> = all_gone.into_iter().collect();
        remove(connection, "DELETE FROM texts_left WHERE place IN", &done).await?;
    }
    if left.is_empty() { Ok(()) } else { write_salts_anew(connection).await }
}

/// Returns those of some places that have a text.
async fn among_texts(connection: &mut Connection, places: &BTreeSet<i64>) -> Result<Vec<i64>, StoreError> {
    let (all, mut found) = (places.iter().copied().collect::<Vec<_>>(), Vec::new());
    for some in all.chunks(NUMBERS_AT_ONCE) {
        let there = numbered(connection, "SELECT place FROM record_texts WHERE place IN", some, "").await?;
        found.extend(numbers(&there, "place")?);
    }
    Ok(found)
}

/// Writes a block under a new salt, without what is gone; none where it cannot be opened.
async fn write_anew(
    connection: &mut Connection,
    keys: &IndexKeys,
    block: i64,
    gone: &BTreeSet<i64>,
) -> Result<Option<()>, StoreError> {
    let old = sealers(connection, keys, &[block].into()).await?;
    let Ok(mut all) = shards(connection, &old, &shards_of(block)).await else { return Ok(None) };
    let (low, high) = (period_of_block(block), period_of_block(block) + 1);
    let sql = "SELECT place, terms FROM texts_to_index WHERE place >= $1 AND place < $2";
    let ends = vec![Bind::Number(first_place(low)), Bind::Number(first_place(high))];
    let mut waiting = Vec::new();
    for row in rows(connection, sql, ends).await? {
        let place: i64 = row.get("place")?;
        if block_of(place).0 == block && !gone.contains(&place) {
            let Ok(terms) = waiting_terms(&old, place, &row.get::<Vec<u8>>("terms")?) else { return Ok(None) };
            waiting.push((place, terms));
        }
    }
    let new = with_new_salt(connection, keys, block).await?;
    let gone: BTreeSet<u16> = gone.iter().map(|place| block_of(*place).1).collect();
    for postings in all.values_mut() {
        postings.retain(|posting| !gone.contains(&inside_of(*posting)));
    }
    write(connection, &new, all).await?;
    let mut rows = Vec::new();
    for (place, terms) in waiting {
        rows.push(vec![Bind::Number(place), Bind::Bytes(sealed_terms(&new, place, &terms)?)]);
    }
    insert(connection, PUT_TERMS.0, PUT_TERMS.1, rows).await?;
    Ok(Some(()))
}

/// Drops a block, and has the texts of its days read again.
async fn drop_block(connection: &mut Connection, block: i64) -> Result<(), StoreError> {
    remove(connection, "DELETE FROM text_shards WHERE shard IN", &shards_of(block)).await?;
    run(connection, "DELETE FROM text_blocks WHERE block = $1", vec![Bind::Number(block)]).await?;
    let (from, to) = (first_place(period_of_block(block)), first_place(period_of_block(block) + 1));
    let ends = || vec![Bind::Number(from), Bind::Number(to)];
    let sql = "SELECT place FROM texts_to_index WHERE place >= $1 AND place < $2";
    let mut waiting = numbers(&rows(connection, sql, ends()).await?, "place")?;
    waiting.retain(|place| block_of(*place).0 == block);
    remove(connection, "DELETE FROM texts_to_index WHERE place IN", &waiting).await?;
    let sql = "INSERT INTO texts_to_read SELECT record_id FROM record_places WHERE place >= $1 AND place < $2
        AND record_id NOT IN (SELECT record_id FROM texts_to_read)";
    run(connection, sql, ends()).await?;
    Ok(())
}

/// Reads shards, each with its postings.
async fn shards(
    connection: &mut Connection,
    sealers: &BTreeMap<i64, Sealer>,
    wanted: &[i64],
) -> Result<BTreeMap<i64, Vec<u64>>, StoreError> {
    let mut found = BTreeMap::new();
    for some in wanted.chunks(NUMBERS_AT_ONCE) {
        let sql = "SELECT shard, postings FROM text_shards WHERE shard IN";
        for row in numbered(connection, sql, some, "").await? {
            let shard: i64 = row.get("shard")?;
            found.insert(shard, read(&opened(sealers, shard, &row.get::<Vec<u8>>("postings")?)?)?);
        }
    }
    Ok(found)
}

/// Writes shards; an empty one is removed.
async fn write(
    connection: &mut Connection,
    sealers: &BTreeMap<i64, Sealer>,
    shards: BTreeMap<i64, Vec<u64>>,
) -> Result<(), StoreError> {
    let (mut kept, mut empty) = (Vec::new(), Vec::new());
    for (shard, mut postings) in shards {
        postings.sort_unstable();
        postings.dedup();
        if postings.is_empty() {
            empty.push(shard);
            continue;
        }
        kept.push(vec![Bind::Number(shard), Bind::Bytes(sealed(sealers, shard, &bytes(&postings))?)]);
    }
    remove(connection, "DELETE FROM text_shards WHERE shard IN", &empty).await?;
    insert(connection, PUT_SHARD.0, PUT_SHARD.1, kept).await
}

async fn remove(connection: &mut Connection, head: &'static str, numbers: &[i64]) -> Result<(), StoreError> {
    for some in numbers.chunks(NUMBERS_AT_ONCE) {
        let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
        let sql = format!("{head} ({})", places.join(", "));
        connection.run(sqlx::AssertSqlSafe(sql), some.iter().copied().map(Bind::Number).collect()).await?;
    }
    Ok(())
}
