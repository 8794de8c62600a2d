//! The search by words: which records have them, newest first, by an index that is never behind.
//!
//! A record has a place in the order of answers from the moment it is filed (triggers give it). What is not in the index yet
//! waits, some hundred records at most as a rule, and every search looks at it one by one; then they are indexed together.
//! The index says where words may stand; it goes back in time by periods, more of them at a time the farther it goes, and
//! ends where enough is found. Whether they do stand there the titles and numbers themselves say, of those records that it
//! is worth to read: nine of ten may be closed to whoever asks.

use super::bodies::{Bind, Row, insert, rows, run};
use super::filters;
use super::shards::{
    Shard, block_of, block_of_shard, bucket_of, first_place, period_of, place_in, places_of_gram, shard_of,
    shards_between, shards_of,
};
use crate::id::RecordId;
use crate::office::ports::{FoundRecord, RecordRow, SearchedPart, StoreError};
use crate::records::{SearchWords, WORD_FORM, grams, normal_form};
use crate::store::connection::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Records that wait when they are indexed.
const ENOUGH: i64 = 512;
/// Records that are indexed together at most.
const AT_ONCE: i64 = 8192;
/// Numbers in one statement.
pub(super) const NUMBERS_AT_ONCE: usize = 200;
/// Periods that a search looks at first; then twice as many each time.
pub(super) const FIRST_PERIODS: i64 = 4;

const PUT_SHARD: (&str, &str) = (
    "INSERT INTO word_shards (shard, postings) VALUES",
    " ON CONFLICT (shard) DO UPDATE SET postings = excluded.postings",
);

/// Returns records of a part in which the words may stand, and all in which they do, newest first, those that come after a place, at
/// most `limit`.
pub(super) async fn find(
    connection: &mut Connection,
    words: &SearchWords,
    part: &SearchedPart,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<FoundRecord>, StoreError> {
    let sql =
        "SELECT form, (SELECT min(place) FROM record_places) AS first, (SELECT max(place) FROM record_places) AS last
        FROM word_form";
    let state = rows(connection, sql, vec![]).await?;
    let state = state.first().ok_or_else(|| StoreError::Damaged("the word index has no form".to_owned()))?;
    let (first, last): (Option<i64>, Option<i64>) = (state.get("first")?, state.get("last")?);
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    let top = before.map_or(Ok(last.saturating_add(1)), place_number)?.min(last.saturating_add(1));
    let (first, top) = part.ends(first, top);
    let is_ours = state.get::<i64>("form")? == i64::from(WORD_FORM);
    // Where nothing is asked for, or the index is another program's, they may stand anywhere.
    if words.grams().is_empty() || !is_ours {
        return filters::newest(connection, part, top, limit as usize).await;
    }
    let mut search = Search { connection, words, part, limit: limit as usize, found: Vec::new() };
    search.go_back(first, top).await?;
    Ok(search.found)
}

/// Returns those of some records that are there and in which the words stand, in any order.
pub(super) async fn among(
    connection: &mut Connection,
    words: &SearchWords,
    ids: &[RecordId],
) -> Result<Vec<RecordRow>, StoreError> {
    let mut found = Vec::new();
    for row in
        super::bodies::among(connection, "SELECT title, number, body FROM records WHERE id IN", ids, None).await?
    {
        let (title, number): (String, Option<String>) = (row.get("title")?, row.get("number")?);
        if words.stand_in([title.as_str()].into_iter().chain(number.as_deref())) {
            found.push(super::bodies::read(&row)?);
        }
    }
    Ok(found)
}

/// A search under way.
struct Search<'a> {
    connection: &'a mut Connection,
    words: &'a SearchWords,
    part: &'a SearchedPart,
    limit: usize,
    found: Vec<FoundRecord>,
}

impl Search<'_> {
    /// Goes back in time by the index.
    async fn go_back(&mut self, first: i64, top: i64) -> Result<(), StoreError> {
        let (lowest, mut high, mut span) = (period_of(first), period_of(top.saturating_sub(1)) + 1, FIRST_PERIODS);
        while high > lowest && self.found.len() < self.limit {
            let low = lowest.max(high - span);
            let (from, to) = (first.max(first_place(low)), top.min(first_place(high)));
            let known = self.part.known(from, to);
            if known.as_ref().is_none_or(|known| !known.is_empty()) {
                let sql = "SELECT place FROM places_to_index WHERE place >= $1 AND place < $2";
                let waiting = rows(self.connection, sql, vec![Bind::Number(from), Bind::Number(to)]).await?;
                let mut places = numbers(&waiting, "place")?;
                places.extend(self.indexed(low, high, known).await?);
                places.retain(|place| (from..to).contains(place) && self.part.may_hold(*place));
                places.sort_unstable_by(|one, other| other.cmp(one));
                places.dedup();
                let left = self.limit - self.found.len();
                self.found.extend(filters::at(self.connection, self.part, &places, left).await?);
            }
            (high, span) = (low, span.saturating_mul(2));
        }
        Ok(())
    }

    /// Returns the places in some periods at which all stands that the words are found by; where only some places are looked
    /// at, those of them.
    async fn indexed(
        &mut self,
        low: i64,
        high: i64,
        known: Option<BTreeMap<i64, Vec<u16>>>,
    ) -> Result<Vec<i64>, StoreError> {
        let grams = self.words.grams();
        let buckets: BTreeSet<i64> = grams.iter().map(|gram| bucket_of(gram)).collect();
        let (mut sql, mut binds) = (Vec::new(), Vec::new());
        for bucket in buckets {
            let (from, to) = shards_between(bucket, low, high);
            let place = binds.len();
            sql.push(format!(
                "SELECT shard, postings FROM word_shards WHERE shard >= ${} AND shard < ${}",
                place + 1,
                place + 2
            ));
            binds.extend([Bind::Number(from), Bind::Number(to)]);
        }
        let found = self.connection.rows(sqlx::AssertSqlSafe(sql.join(" UNION ALL ")), binds).await?;
        let mut shards: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        for row in &found {
            shards.insert(row.get("shard")?, row.get("postings")?);
        }
        let blocks: BTreeMap<i64, Option<Vec<u16>>> = match known {
            Some(known) => known.into_iter().map(|(block, places)| (block, Some(places))).collect(),
            None => shards.keys().map(|shard| (block_of_shard(*shard), None)).collect(),
        };
        let mut places = Vec::new();
        for (block, among) in blocks {
            places.extend(in_block(&shards, block, &grams, among)?.into_iter().map(|inside| place_in(block, inside)));
        }
        Ok(places)
    }
}

/// Returns where in a block all pieces stand, or where among some places of it.
fn in_block(
    shards: &BTreeMap<i64, Vec<u8>>,
    block: i64,
    grams: &[&str],
    among: Option<Vec<u16>>,
) -> Result<Vec<u16>, StoreError> {
    let mut all = among;
    for gram in grams {
        let Some(bytes) = shards.get(&shard_of(bucket_of(gram), block)) else { return Ok(Vec::new()) };
        let places = places_of_gram(bytes, gram)?;
        let left = match all {
            None => places,
            Some(before) => in_both(before, &places),
        };
        if left.is_empty() {
            return Ok(left);
        }
        all = Some(left);
    }
    Ok(all.unwrap_or_default())
}

/// Keeps of some places those that are among others; both are in order.
pub(super) fn in_both(mut some: Vec<u16>, others: &[u16]) -> Vec<u16> {
    let mut others = others.iter().copied().peekable();
    some.retain(|place| {
        while others.next_if(|other| other < place).is_some() {}
        others.peek() == Some(place)
    });
    some
}

/// Indexes some thousand of the records that wait, where these are many; returns how many they were.
pub(super) async fn index_where_many_wait(connection: &mut Connection) -> Result<u64, StoreError> {
    let sql = "SELECT form, (SELECT count(*) FROM (SELECT 1 FROM places_to_index LIMIT 512) AS few) AS waiting FROM word_form";
    let state = rows(connection, sql, vec![]).await?;
    for row in &state {
        if row.get::<i64>("waiting")? >= ENOUGH && row.get::<i64>("form")? == i64::from(WORD_FORM) {
            return index(connection).await;
        }
    }
    Ok(0)
}

/// Has everything wait to be indexed anew where the index is of an older normal form.
pub(super) async fn take_over(connection: &mut Connection) -> Result<(), StoreError> {
    let ours = i64::from(WORD_FORM);
    let state = rows(connection, "SELECT form FROM word_form", vec![]).await?;
    let form: i64 = state.first().map_or(Ok(0), |row| row.get("form"))?;
    if form < ours {
        for sql in [
            "DELETE FROM word_shards",
            "DELETE FROM places_left",
            "DELETE FROM places_to_index",
            "INSERT INTO places_to_index SELECT place FROM record_places",
            "DELETE FROM word_form",
        ] {
            run(connection, sql, vec![]).await?;
        }
        run(connection, "INSERT INTO word_form VALUES ($1)", vec![Bind::Number(ours)]).await?;
    }
    Ok(())
}

/// Indexes records that wait, the oldest first. Returns how many they were.
async fn index(connection: &mut Connection) -> Result<u64, StoreError> {
    let sql = "SELECT w.place, r.title, r.number FROM places_to_index w JOIN record_places p ON p.place = w.place
        JOIN records r ON r.id = p.record_id ORDER BY w.place LIMIT $1";
    let waiting = rows(connection, sql, vec![Bind::Number(AT_ONCE)]).await?;
    let mut blocks: BTreeMap<i64, BTreeMap<i64, Vec<(String, u16)>>> = BTreeMap::new();
    for row in &waiting {
        let (block, inside) = block_of(row.get("place")?);
        let shards = blocks.entry(block).or_default();
        let (title, number): (String, Option<String>) = (row.get("title")?, row.get("number")?);
        for text in [title].into_iter().chain(number) {
            let normal = normal_form(&text);
            for gram in grams(&normal) {
                shards.entry(shard_of(bucket_of(gram), block)).or_default().push((gram.to_owned(), inside));
            }
        }
    }
    for news in blocks.into_values() {
        let numbers: Vec<i64> = news.keys().copied().collect();
        let mut shards = read(connection, &numbers).await?;
        for (shard, entries) in news {
            let shard = shards.entry(shard).or_default();
            entries.iter().for_each(|(gram, inside)| shard.put(gram, *inside));
        }
        write(connection, shards).await?;
    }
    if let Some(last) = waiting.last() {
        let last = Bind::Number(last.get("place")?);
        run(connection, "DELETE FROM places_to_index WHERE place <= $1", vec![last]).await?;
    }
    Ok(waiting.len() as u64)
}

/// Takes out of the index what is gone from the records; tells whether there was anything.
pub(in crate::store) async fn forget(connection: &mut Connection) -> Result<bool, StoreError> {
    let left = numbers(&rows(connection, "SELECT place FROM places_left", vec![]).await?, "place")?;
    let mut blocks: BTreeMap<i64, BTreeSet<u16>> = BTreeMap::new();
    for place in &left {
        let (block, inside) = block_of(*place);
        blocks.entry(block).or_default().insert(inside);
    }
    for (block, gone) in blocks {
        let mut shards = read(connection, &shards_of(block)).await?;
        shards.retain(|_, shard| shard.take_out(&gone));
        write(connection, shards).await?;
    }
    run(connection, "DELETE FROM places_left", vec![]).await?;
    Ok(!left.is_empty())
}

async fn read(connection: &mut Connection, shards: &[i64]) -> Result<BTreeMap<i64, Shard>, StoreError> {
    let mut read = BTreeMap::new();
    for some in shards.chunks(NUMBERS_AT_ONCE) {
        for row in numbered(connection, "SELECT shard, postings FROM word_shards WHERE shard IN", some, "").await? {
            read.insert(row.get("shard")?, Shard::read(&row.get::<Vec<u8>>("postings")?)?);
        }
    }
    Ok(read)
}

/// Writes shards; an empty one is removed.
async fn write(connection: &mut Connection, shards: BTreeMap<i64, Shard>) -> Result<(), StoreError> {
    let mut kept = Vec::new();
    for (number, shard) in shards {
        match shard.is_empty() {
            true => {
                run(connection, "DELETE FROM word_shards WHERE shard = $1", vec![Bind::Number(number)]).await?;
            }
            false => kept.push(vec![Bind::Number(number), Bind::Bytes(shard.bytes())]),
        }
    }
    insert(connection, PUT_SHARD.0, PUT_SHARD.1, kept).await
}

/// Returns the rows of a statement for some numbers: `head` ends in IN.
pub(super) async fn numbered(
    connection: &mut Connection,
    head: &'static str,
    numbers: &[i64],
    tail: &'static str,
) -> Result<Vec<Row>, StoreError> {
    let places: Vec<String> = (1..=numbers.len()).map(|place| format!("${place}")).collect();
    let sql = format!("{head} ({}){tail}", places.join(", "));
    connection.rows(sqlx::AssertSqlSafe(sql), numbers.iter().copied().map(Bind::Number).collect()).await
}

pub(super) fn numbers(rows: &[Row], column: &str) -> Result<Vec<i64>, StoreError> {
    rows.iter().map(|row| row.get(column)).collect()
}

pub(super) fn place_number(place: u64) -> Result<i64, StoreError> {
    i64::try_from(place).map_err(|_| StoreError::Damaged("a place is too large".to_owned()))
}
