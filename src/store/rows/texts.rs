//! The search in contents: which records' texts may have the words, newest first.
//!
//! Beside the index of titles (`words`), with the same places and blocks, lies one of contents. It says which pieces stand in
//! a text, never in what order; whether the words do stand there only the text says, which lies in a row of its own under the
//! key of its package. All of it is encrypted: the blocks of the index, and what waits to be put into them, under keys that
//! are made of a secret of the vault and of the block's salt. To forget what was destroyed a block is written anew under
//! another salt, and then the table of salts. A text is found from the commit that puts it here.

use super::bodies::{Bind, Row, among, insert, rows, run_among};
use super::filters;
use super::shards::{block_of, blocks_between, first_place, period_of, place_in};
use super::text_keys::{is_ours, opened, sealed_terms, sealer, sealers, take_over, waiting_terms};
use super::text_shards::{block_of_shard, buckets_of, places_between, shard_of};
use super::words::{FIRST_PERIODS, NUMBERS_AT_ONCE, in_both, numbered, place_number};
use crate::id::RecordId;
use crate::office::ports::{FoundRecord, IndexKeys, RecordText, SearchedPart, StoreError};
use crate::records::{SearchWords, Sought};
use crate::store::connection::Connection;
use crate::texts::Sealer;
use std::collections::{BTreeMap, BTreeSet};

const PUT_TEXT: (&str, &str) =
    ("INSERT INTO record_texts (place, sealed) VALUES", " ON CONFLICT (place) DO UPDATE SET sealed = excluded.sealed");
pub(super) const PUT_TERMS: (&str, &str) =
    ("INSERT INTO texts_to_index (place, terms) VALUES", " ON CONFLICT (place) DO UPDATE SET terms = excluded.terms");

/// Puts the texts of records that are there; what has none has been read with that.
pub(super) async fn put(connection: &mut Connection, keys: &IndexKeys, texts: &[RecordText]) -> Result<(), StoreError> {
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
        waiting.push(vec![Bind::Number(place), Bind::Bytes(sealed_terms(&sealers, place, &text.terms)?)]);
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

/// Returns records of a part in whose texts, titles or numbers the words may stand, and all with a text in which they do, newest
/// first, those that come after a place, at most `limit`.
pub(super) async fn find(
    connection: &mut Connection,
    keys: &IndexKeys,
    (words, part): (&SearchWords, &SearchedPart),
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<FoundRecord>, StoreError> {
    // Each by itself: both together would be a walk through all texts.
    let sql = "SELECT (SELECT min(place) FROM record_texts) AS first, (SELECT max(place) FROM record_texts) AS last";
    let state = rows(connection, sql, vec![]).await?;
    let ends = state.first().map(|row| Ok::<_, StoreError>((row.get("first")?, row.get("last")?))).transpose()?;
    let Some((Some(first), Some(last))): Option<(Option<i64>, Option<i64>)> = ends else { return Ok(Vec::new()) };
    if is_ours(connection, keys).await? != Some(true) {
        return Ok(Vec::new());
    }
    let top = before.map_or(Ok(last.saturating_add(1)), place_number)?.min(last.saturating_add(1));
    let (first, top) = part.ends(first, top);
    let mut search =
        Search { connection, keys, sought: words.sought(), part, limit: limit as usize, found: Vec::new() };
    search.go_back(first, top).await?;
    Ok(search.found)
}

/// A search under way.
struct Search<'a> {
    connection: &'a mut Connection,
    keys: &'a IndexKeys,
    sought: Vec<Sought>,
    part: &'a SearchedPart,
    limit: usize,
    found: Vec<FoundRecord>,
}

impl Search<'_> {
    /// Goes back in time, by more periods at a time the farther it goes.
    async fn go_back(&mut self, first: i64, top: i64) -> Result<(), StoreError> {
        let (lowest, mut high, mut span) = (period_of(first), period_of(top.saturating_sub(1)) + 1, FIRST_PERIODS);
        while high > lowest && self.found.len() < self.limit {
            let low = lowest.max(high - span);
            let (from, to) = (first.max(first_place(low)), top.min(first_place(high)));
            let known = self.part.known(from, to);
            if known.as_ref().is_none_or(|known| !known.is_empty()) {
                let sealers = self.sealers_between(low, high).await?;
                let mut places = self.waiting(&sealers, from, to).await?;
                places.extend(self.indexed(&sealers, low, high, known).await?);
                places.retain(|place| (from..to).contains(place));
                places.sort_unstable_by(|one, other| other.cmp(one));
                places.dedup();
                let left = self.limit - self.found.len();
                self.found.extend(filters::at(self.connection, self.part, &places, left).await?);
            }
            (high, span) = (low, span.saturating_mul(2));
        }
        Ok(())
    }

    /// Makes the keys of the blocks of some periods ready.
    async fn sealers_between(&mut self, low: i64, high: i64) -> Result<BTreeMap<i64, Sealer>, StoreError> {
        let (from, to) = blocks_between(low, high);
        let sql = "SELECT block, salt FROM text_blocks WHERE block >= $1 AND block < $2";
        let found = rows(self.connection, sql, vec![Bind::Number(from), Bind::Number(to)]).await?;
        found.iter().map(|row| Ok((row.get("block")?, sealer(self.keys, &row.get::<String>("salt")?)?))).collect()
    }

    /// Returns the places of texts that wait to be indexed and have all pieces.
    async fn waiting(&mut self, sealers: &BTreeMap<i64, Sealer>, from: i64, to: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT place, terms FROM texts_to_index WHERE place >= $1 AND place < $2";
        let mut places = Vec::new();
        for row in rows(self.connection, sql, vec![Bind::Number(from), Bind::Number(to)]).await? {
            let place: i64 = row.get("place")?;
            if !self.part.may_hold(place) {
                continue;
            }
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

    /// Returns the places in some periods at which all pieces stand; where only some places are looked at, those of them.
    async fn indexed(
        &mut self,
        sealers: &BTreeMap<i64, Sealer>,
        low: i64,
        high: i64,
        known: Option<BTreeMap<i64, Vec<u16>>>,
    ) -> Result<Vec<i64>, StoreError> {
        let (from, to) = blocks_between(low, high);
        let mut left = known;
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
}
