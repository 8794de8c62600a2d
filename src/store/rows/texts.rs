//! The search in contents: which records' texts may have the words, newest first.
//!
//! Beside the index of titles (`words`), with the same places and blocks, lies one of contents. It says which pieces stand in
//! a text, never in what order; whether the words do stand there only the text says, which lies in a row of its own under the
//! key of its package. All of it is encrypted: the blocks of the index, and what waits to be put into them, under keys that
//! are made of a secret of the vault and of the block's salt. To forget what was destroyed a block is written anew under
//! another salt, and then the table of salts. A text is found from the commit that puts it here.

use super::bodies::{Bind, Row, among, insert, rows, run, run_among};
use super::shards::{block_of, blocks_between, first_place, period_of, period_of_block, place_in};
use super::text_shards::{
    block_of_shard, bucket_of, buckets_of, bytes, inside_of, places_between, posting, read, read_terms, shard_of,
    shards_of, terms_as_bytes,
};
use super::words::{FIRST_PERIODS, NUMBERS_AT_ONCE, PLACES, found_record, in_both, numbered, numbers, place_number};
use crate::id::RecordId;
use crate::office::ports::{FoundRecord, IndexKeys, RecordText, StoreError};
use crate::records::{SearchWords, Sought, WORD_FORM};
use crate::store::connection::Connection;
use crate::texts::{SealError, Sealer, SealingKey};
use std::collections::{BTreeMap, BTreeSet};

/// Texts that wait when they are indexed.
const ENOUGH: i64 = 512;
/// Texts that are indexed together at most, and their pieces.
const AT_ONCE: i64 = 2048;
const PIECES_AT_ONCE: usize = 8 << 20;
/// Blocks that are written anew in one unit of work.
const BLOCKS_AT_ONCE: usize = 16;

const PUT_TEXT: (&str, &str) = (
    "INSERT INTO record_texts (place, sealed) VALUES",
    " ON CONFLICT (place) DO UPDATE SET sealed = excluded.sealed",
);
const PUT_TERMS: (&str, &str) = (
    "INSERT INTO texts_to_index (place, terms) VALUES",
    " ON CONFLICT (place) DO UPDATE SET terms = excluded.terms",
);
const PUT_SHARD: (&str, &str) = (
    "INSERT INTO text_shards (shard, postings) VALUES",
    " ON CONFLICT (shard) DO UPDATE SET postings = excluded.postings",
);
const PUT_SALT: (&str, &str) =
    ("INSERT INTO text_blocks (block, salt) VALUES", " ON CONFLICT (block) DO UPDATE SET salt = excluded.salt");

/// Writes the salts anew, in the order of their rows, and gives up the pages where they lay.
const WRITE_SALTS_ANEW: [&str; 4] = [
    "CREATE TABLE text_blocks_anew (block INTEGER PRIMARY KEY, salt BLOB NOT NULL)",
    "INSERT INTO text_blocks_anew SELECT block, salt FROM text_blocks ORDER BY block",
    "DROP TABLE text_blocks",
    "ALTER TABLE text_blocks_anew RENAME TO text_blocks",
];

/// Puts the texts of records that are there; what has none has been read with that.
pub(super) async fn put(
    connection: &mut Connection,
    keys: &IndexKeys,
    texts: &[RecordText],
) -> Result<(), StoreError> {
    take_over(connection, keys).await?;
    let ids: Vec<RecordId> = texts.iter().map(|text| text.record).collect();
    let sql = "SELECT place, record_id FROM record_places WHERE record_id IN";
    let mut places = BTreeMap::new();
    for row in among(connection, sql, &ids, None).await? {
        places.insert(row.get::<String>("record_id")?, row.get::<i64>("place")?);
    }
    let placed: Vec<(i64, &RecordText)> = texts
        .iter()
        .filter_map(|text| Some((*places.get(&text.record.to_string())?, text)))
        .filter(|(_, text)| text.sealed.is_some())
        .collect();
    let blocks: BTreeSet<i64> = placed.iter().map(|(place, _)| block_of(*place).0).collect();
    let sealers = sealers(connection, keys, &blocks).await?;
    let (mut sealed_rows, mut waiting) = (Vec::new(), Vec::new());
    for (place, text) in placed {
        let sealer = sealers.get(&block_of(place).0).ok_or_else(sealing)?;
        let terms = sealer.seal(&label(WAITING, place), &terms_as_bytes(&text.terms)).map_err(unsealed)?;
        waiting.push(vec![Bind::Number(place), Bind::Bytes(terms)]);
        let sealed = text.sealed.clone().unwrap_or_default();
        sealed_rows.push(vec![Bind::Number(place), Bind::Bytes(sealed)]);
    }
    insert(connection, PUT_TEXT.0, PUT_TEXT.1, sealed_rows).await?;
    insert(connection, PUT_TERMS.0, PUT_TERMS.1, waiting).await?;
    run_among(connection, "DELETE FROM texts_to_read WHERE record_id IN", &ids).await?;
    Ok(())
}

/// Returns the texts at some places as they lie there.
pub(super) async fn at(connection: &mut Connection, places: &[u64]) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let places: Vec<i64> = places.iter().map(|place| place_number(*place)).collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for some in places.chunks(NUMBERS_AT_ONCE) {
        for row in numbered(connection, "SELECT place, sealed FROM record_texts WHERE place IN", some, "").await? {
            found.push((row.get::<i64>("place")?.unsigned_abs(), row.get("sealed")?));
        }
    }
    Ok(found)
}

/// Returns records whose texts are to be read, after one, with the text that lies there of an earlier time.
pub(super) async fn to_read(
    connection: &mut Connection,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<(RecordId, Option<Vec<u8>>)>, StoreError> {
    let sql = "SELECT w.record_id, t.sealed FROM texts_to_read w LEFT JOIN record_places p ON p.record_id = w.record_id
        LEFT JOIN record_texts t ON t.place = p.place WHERE w.record_id > $1 ORDER BY w.record_id LIMIT $2";
    let found = rows(connection, sql, vec![Bind::after(after), Bind::Number(limit.into())]).await?;
    let read = |row: &Row| {
        let id: String = row.get("record_id")?;
        let id = id.parse().map_err(|_| StoreError::Damaged("a record's identifier cannot be read".to_owned()))?;
        Ok((id, row.get::<Option<Vec<u8>>>("sealed")?))
    };
    found.iter().map(read).collect()
}

/// Tells whether every text is in the index, or in what waits for it.
pub(super) async fn is_whole(connection: &mut Connection, keys: &IndexKeys) -> Result<bool, StoreError> {
    let unread = rows(connection, "SELECT 1 AS one FROM texts_to_read LIMIT 1", vec![]).await?;
    Ok(unread.is_empty() && is_ours(connection, keys).await? != Some(false))
}

/// Tells whether the index is of this normal form and under this key; nothing where there is none yet.
async fn is_ours(connection: &mut Connection, keys: &IndexKeys) -> Result<Option<bool>, StoreError> {
    let state = rows(connection, "SELECT form, key_check FROM text_form", vec![]).await?;
    let Some(row) = state.first() else { return Ok(None) };
    let (form, check): (i64, Vec<u8>) = (row.get("form")?, row.get("key_check")?);
    Ok((form != 0).then(|| form == i64::from(WORD_FORM) && check == keys.secret.check()))
}

async fn form(connection: &mut Connection) -> Result<i64, StoreError> {
    rows(connection, "SELECT form FROM text_form", vec![]).await?.first().map_or(Ok(0), |row| row.get("form"))
}

/// Has every text wait to be read anew where the index is of an older normal form, or under a key that is not ours.
async fn take_over(connection: &mut Connection, keys: &IndexKeys) -> Result<(), StoreError> {
    match is_ours(connection, keys).await? {
        Some(true) => return Ok(()),
        None => {}
        // Of a later program: it is left alone.
        Some(false) if form(connection).await? > i64::from(WORD_FORM) => return Ok(()),
        Some(false) => {
            for sql in [
                "DELETE FROM text_shards",
                "DELETE FROM text_blocks",
                "DELETE FROM texts_to_index",
                "DELETE FROM texts_left",
                "INSERT INTO texts_to_read SELECT record_id FROM record_places
                    WHERE record_id NOT IN (SELECT record_id FROM texts_to_read)",
            ] {
                run(connection, sql, vec![]).await?;
            }
            write_salts_anew(connection).await?;
        }
    }
    run(connection, "DELETE FROM text_form", vec![]).await?;
    let ours = vec![Bind::Number(WORD_FORM.into()), Bind::Bytes(keys.secret.check().to_vec())];
    run(connection, "INSERT INTO text_form VALUES ($1, $2)", ours).await?;
    Ok(())
}

/// Returns records in whose texts, titles or numbers the words may stand, and all with a text in which they do, newest
/// first, those that come after a place, at most `limit`.
pub(super) async fn find(
    connection: &mut Connection,
    keys: &IndexKeys,
    words: &SearchWords,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<FoundRecord>, StoreError> {
    let sql = "SELECT min(place) AS first, max(place) AS last FROM record_texts";
    let state = rows(connection, sql, vec![]).await?;
    let ends = state.first().map(|row| Ok::<_, StoreError>((row.get("first")?, row.get("last")?))).transpose()?;
    let Some((Some(first), Some(last))): Option<(Option<i64>, Option<i64>)> = ends else { return Ok(Vec::new()) };
    if is_ours(connection, keys).await? != Some(true) {
        return Ok(Vec::new());
    }
    let top = before.map_or(Ok(last.saturating_add(1)), place_number)?.min(last.saturating_add(1));
    let mut search =
        Search { connection, keys, sought: words.sought(), limit: limit as usize, found: Vec::new() };
    search.go_back(first, top).await?;
    Ok(search.found)
}

/// A search under way.
struct Search<'a> {
    connection: &'a mut Connection,
    keys: &'a IndexKeys,
    sought: Vec<Sought>,
    limit: usize,
    found: Vec<FoundRecord>,
}

impl Search<'_> {
    /// Goes back in time, by more periods at a time the farther it goes.
    async fn go_back(&mut self, first: i64, top: i64) -> Result<(), StoreError> {
        let (lowest, mut high, mut span) = (period_of(first), period_of(top.saturating_sub(1)) + 1, FIRST_PERIODS);
        while high > lowest && self.found.len() < self.limit {
            let low = lowest.max(high - span);
            let sealers = self.sealers_between(low, high).await?;
            let (from, to) = (first_place(low), top.min(first_place(high)));
            let mut places = self.waiting(&sealers, from, to).await?;
            places.extend(self.indexed(&sealers, low, high).await?.into_iter().filter(|place| *place < to));
            places.sort_unstable_by(|one, other| other.cmp(one));
            places.dedup();
            self.take(&places).await?;
            (high, span) = (low, span.saturating_mul(2));
        }
        Ok(())
    }

    /// Makes the keys of the blocks of some periods ready.
    async fn sealers_between(&mut self, low: i64, high: i64) -> Result<BTreeMap<i64, Sealer>, StoreError> {
        let (from, to) = blocks_between(low, high);
        let sql = "SELECT block, salt FROM text_blocks WHERE block >= $1 AND block < $2";
        let found = rows(self.connection, sql, vec![Bind::Number(from), Bind::Number(to)]).await?;
        found.iter().map(|row| Ok((row.get("block")?, sealer(self.keys, &row.get::<Vec<u8>>("salt")?)?))).collect()
    }

    /// Returns the places of texts that wait to be indexed and have all pieces.
    async fn waiting(
        &mut self,
        sealers: &BTreeMap<i64, Sealer>,
        from: i64,
        to: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT place, terms FROM texts_to_index WHERE place >= $1 AND place < $2";
        let mut places = Vec::new();
        for row in rows(self.connection, sql, vec![Bind::Number(from), Bind::Number(to)]).await? {
            let place: i64 = row.get("place")?;
            let terms = waiting_terms(sealers, place, &row.get::<Vec<u8>>("terms")?)?;
            let has = |sought: &Sought| {
                let (first, last) = sought.range();
                terms.get(terms.partition_point(|term| *term < first)).is_some_and(|term| *term <= last)
            };
            if self.sought.iter().all(has) {
                places.push(place);
            }
        }
        Ok(places)
    }

    /// Returns the places in some periods at which all pieces stand.
    async fn indexed(
        &mut self,
        sealers: &BTreeMap<i64, Sealer>,
        low: i64,
        high: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let (from, to) = blocks_between(low, high);
        let mut left: Option<BTreeMap<i64, Vec<u16>>> = None;
        for sought in self.sought.clone() {
            let (first, last) = sought.range();
            let mut there: BTreeMap<i64, Vec<u16>> = BTreeMap::new();
            for bucket in buckets_of(first, last) {
                let sql = "SELECT shard, postings FROM text_shards WHERE shard >= $1 AND shard < $2";
                let ends = [shard_of(bucket, from), shard_of(bucket, to)].map(Bind::Number);
                for row in rows(self.connection, sql, ends.into()).await? {
                    let shard: i64 = row.get("shard")?;
                    let block = block_of_shard(shard);
                    if left.as_ref().is_some_and(|left| !left.contains_key(&block)) {
                        continue;
                    }
                    let plain = opened(sealers, shard, &row.get::<Vec<u8>>("postings")?)?;
                    let places = places_between(&plain, first, last)?;
                    there.entry(block).or_default().extend(places);
                }
            }
            for places in there.values_mut() {
                places.sort_unstable();
                places.dedup();
            }
            left = Some(match left {
                None => there,
                Some(before) => {
                    let both = |(block, places): (i64, Vec<u16>)| {
                        Some((block, in_both(places, there.get(&block)?.as_slice())))
                    };
                    before.into_iter().filter_map(both).collect()
                }
            });
            if let Some(left) = &mut left {
                left.retain(|_, places| !places.is_empty());
                if left.is_empty() {
                    break;
                }
            }
        }
        let places = left.unwrap_or_default().into_iter();
        Ok(places.flat_map(|(block, inside)| inside.into_iter().map(move |one| place_in(block, one))).collect())
    }

    /// Takes what is at these places, in their order, until it is enough.
    async fn take(&mut self, places: &[i64]) -> Result<(), StoreError> {
        for some in places.chunks(NUMBERS_AT_ONCE) {
            let left = self.limit.saturating_sub(self.found.len());
            if left == 0 {
                break;
            }
            let there = numbered(self.connection, PLACES, some, " ORDER BY place DESC").await?;
            for row in there.iter().take(left) {
                self.found.push(found_record(row)?);
            }
        }
        Ok(())
    }
}

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
    for (block, gone) in blocks.into_iter().take(BLOCKS_AT_ONCE) {
        if !is_ours || write_anew(connection, keys, block, &gone).await?.is_none() {
            drop_block(connection, block).await?;
        }
        let gone: Vec<i64> = gone.into_iter().collect();
        remove(connection, "DELETE FROM texts_left WHERE place IN", &gone).await?;
    }
    if left.is_empty() { Ok(()) } else { write_salts_anew(connection).await }
}

/// Writes the salts anew, so that no page holds one that is gone. PostgreSQL does that when it settles.
async fn write_salts_anew(connection: &mut Connection) -> Result<(), StoreError> {
    if matches!(connection, Connection::Sqlite(_)) {
        for sql in WRITE_SALTS_ANEW {
            run(connection, sql, vec![]).await?;
        }
    }
    Ok(())
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
    let salt = fresh_salt(keys, block);
    let new: BTreeMap<i64, Sealer> = [(block, sealer(keys, &salt)?)].into();
    insert(connection, PUT_SALT.0, PUT_SALT.1, vec![vec![Bind::Number(block), Bind::Bytes(salt)]]).await?;
    let gone: BTreeSet<u16> = gone.iter().map(|place| block_of(*place).1).collect();
    for postings in all.values_mut() {
        postings.retain(|posting| !gone.contains(&inside_of(*posting)));
    }
    write(connection, &new, all).await?;
    let sealer = new.get(&block).ok_or_else(sealing)?;
    let mut rows = Vec::new();
    for (place, terms) in waiting {
        let sealed = sealer.seal(&label(WAITING, place), &terms_as_bytes(&terms)).map_err(unsealed)?;
        rows.push(vec![Bind::Number(place), Bind::Bytes(sealed)]);
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
        let sealer = sealers.get(&block_of_shard(shard)).ok_or_else(sealing)?;
        let sealed = sealer.seal(&label(SHARD, shard), &bytes(&postings)).map_err(unsealed)?;
        kept.push(vec![Bind::Number(shard), Bind::Bytes(sealed)]);
    }
    remove(connection, "DELETE FROM text_shards WHERE shard IN", &empty).await?;
    insert(connection, PUT_SHARD.0, PUT_SHARD.1, kept).await
}

/// Makes the keys of blocks ready; a block that has no salt gets one.
async fn sealers(
    connection: &mut Connection,
    keys: &IndexKeys,
    blocks: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Sealer>, StoreError> {
    let (all, mut found) = (blocks.iter().copied().collect::<Vec<_>>(), BTreeMap::new());
    for some in all.chunks(NUMBERS_AT_ONCE) {
        for row in numbered(connection, "SELECT block, salt FROM text_blocks WHERE block IN", some, "").await? {
            found.insert(row.get("block")?, sealer(keys, &row.get::<Vec<u8>>("salt")?)?);
        }
    }
    let mut fresh = Vec::new();
    for block in all {
        if let std::collections::btree_map::Entry::Vacant(place) = found.entry(block) {
            let salt = fresh_salt(keys, block);
            place.insert(sealer(keys, &salt)?);
            fresh.push(vec![Bind::Number(block), Bind::Bytes(salt)]);
        }
    }
    insert(connection, PUT_SALT.0, PUT_SALT.1, fresh).await?;
    Ok(found)
}

/// Makes a salt that nobody can make again: the seed is of this unit of work alone.
fn fresh_salt(keys: &IndexKeys, block: i64) -> Vec<u8> {
    let salt = SealingKey::new(keys.seed).derive(&label("salt", block));
    [salt.derive(b"one").check(), salt.derive(b"two").check()].concat()
}

fn sealer(keys: &IndexKeys, salt: &[u8]) -> Result<Sealer, StoreError> {
    Sealer::new(&keys.secret.derive(salt)).map_err(unsealed)
}

/// What a row is sealed for.
const SHARD: &str = "shard";
const WAITING: &str = "waiting";

fn label(what: &str, number: i64) -> Vec<u8> {
    format!("{what} {number}").into_bytes()
}

fn opened(sealers: &BTreeMap<i64, Sealer>, shard: i64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let sealer = sealers.get(&block_of_shard(shard)).ok_or_else(sealing)?;
    sealer.open(&label(SHARD, shard), sealed).map_err(unsealed)
}

fn waiting_terms(sealers: &BTreeMap<i64, Sealer>, place: i64, sealed: &[u8]) -> Result<Vec<u32>, StoreError> {
    let sealer = sealers.get(&block_of(place).0).ok_or_else(sealing)?;
    read_terms(&sealer.open(&label(WAITING, place), sealed).map_err(unsealed)?)
}

fn unsealed(_: SealError) -> StoreError {
    sealing()
}

fn sealing() -> StoreError {
    StoreError::Damaged("a part of the index of contents cannot be opened".to_owned())
}

async fn remove(connection: &mut Connection, head: &'static str, numbers: &[i64]) -> Result<(), StoreError> {
    for some in numbers.chunks(NUMBERS_AT_ONCE) {
        let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
        let sql = format!("{head} ({})", places.join(", "));
        connection.run(sqlx::AssertSqlSafe(sql), some.iter().copied().map(Bind::Number).collect()).await?;
    }
    Ok(())
}
