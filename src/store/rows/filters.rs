//! Filters beside words: which places in the order of answers are looked at, and the rows at these.
//!
//! Days are a stretch of places. What is asked of files and of access classes is resolved once: where few records fit, to their
//! places, which are held against what an index of words says before any row is read; where many fit, rows are asked when
//! they are read, as some of the next will do.

use super::bodies::{Bind, Row, rows};
use super::shards::{block_of, first_place_of_day};
use super::words::NUMBERS_AT_ONCE;
use crate::office::ports::{FoundRecord, SearchedPart, SearchedPlaces, StoreError, WantedFiles, WantedRecords};
use crate::records::AccessClass;
use crate::store::connection::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Records that are few: some milliseconds for the database, and less than a megabyte.
const FEW: usize = 100_000;
/// Characters of a section's name that its column holds.
const OF_A_NAME: usize = 100;

const FOUND: &str = "SELECT p.place, p.record_id, p.file_id, p.access FROM record_places p WHERE ";

/// Every name in a column of the record files, one look into its index for each.
macro_rules! names_in {
    ($column:literal) => {
        concat!(
            "WITH RECURSIVE names (name) AS (SELECT min(",
            $column,
            ") FROM record_files UNION ALL
                SELECT (SELECT min(",
            $column,
            ") FROM record_files WHERE ",
            $column,
            " > name) FROM names
                WHERE name IS NOT NULL)
            SELECT name FROM names WHERE name IS NOT NULL"
        )
    };
}

/// Returns the names of the sections that made record files, or keep them, each once.
pub(super) async fn sections(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let mut names = BTreeSet::new();
    for sql in [names_in!("creator"), names_in!("custodian")] {
        for row in rows(connection, sql, vec![]).await? {
            names.insert(row.get::<String>("name")?);
        }
    }
    Ok(names.into_iter().collect())
}

/// Writes a section's name as its column holds it.
pub(super) fn section_name(name: &str) -> String {
    name.chars().take(OF_A_NAME).collect()
}

/// Returns the part of the order of answers in which all lies that is wanted.
pub(super) async fn part(connection: &mut Connection, wanted: &WantedRecords) -> Result<SearchedPart, StoreError> {
    let from = wanted.from.map_or(0, first_place_of_day);
    let end = wanted.until.map_or(i64::MAX, |day| day.tomorrow().map_or(i64::MAX, first_place_of_day));
    let WantedRecords { files, access, .. } = wanted;
    let asks_in_vain =
        files.classes.as_ref().is_some_and(Vec::is_empty) || files.sections.as_ref().is_some_and(Vec::is_empty);
    let which = match (files.is_any(), access) {
        _ if asks_in_vain || end <= from => SearchedPlaces::These(Vec::new()),
        (true, None) => SearchedPlaces::All,
        _ => match few(connection, (files, *access), from, end).await? {
            Some(places) => SearchedPlaces::These(places),
            None => SearchedPlaces::Fitting(files.clone(), *access),
        },
    };
    Ok(SearchedPart { from, end, which })
}

/// Returns those of some places, in order, at which records fit, where they are few.
async fn few(
    connection: &mut Connection,
    (files, access): (&WantedFiles, Option<AccessClass>),
    from: i64,
    end: i64,
) -> Result<Option<Vec<i64>>, StoreError> {
    // One text for all of them: a row for each would take several times as long.
    let all = "SELECT string_agg(CAST(place AS TEXT), ',') AS places FROM (SELECT place FROM record_places WHERE ";
    let mut sql = Statement::new(all).between(connection, from, end);
    if !files.is_any() {
        sql = sql.then(" AND file_id IN (SELECT id FROM record_files WHERE ").files(connection, files).then(")");
    }
    let limit = Bind::Number(FEW as i64 + 1);
    let sql = sql.access(connection, access).values(connection, " LIMIT ", [limit]).then(") AS few");
    let found = sql.rows(connection).await?;
    let text: Option<String> = found.first().map_or(Ok(None), |row| row.get("places"))?;
    let text = text.unwrap_or_default();
    let read = |place: &str| place.parse().map_err(|_| StoreError::Damaged("a place cannot be read".to_owned()));
    let mut places: Vec<i64> = text.split_terminator(',').map(read).collect::<Result<_, _>>()?;
    if places.len() > FEW {
        return Ok(None);
    }
    places.sort_unstable();
    Ok(Some(places))
}

/// Returns the newest records of a part of the order of answers that lie before a place, at most so many.
pub(super) async fn newest(
    connection: &mut Connection,
    part: &SearchedPart,
    before: i64,
    limit: usize,
) -> Result<Vec<FoundRecord>, StoreError> {
    if let SearchedPlaces::These(places) = &part.which {
        let there = places.get(..places.partition_point(|place| *place < before)).unwrap_or_default();
        let newest: Vec<i64> = there.iter().rev().take(limit).copied().collect();
        return at(connection, part, &newest, limit).await;
    }
    let sql = Statement::new(FOUND).between(connection, part.from, before.min(part.end)).fitting(connection, part);
    let most = Bind::Number(i64::try_from(limit).unwrap_or(i64::MAX));
    let sql = sql.values(connection, " ORDER BY place DESC LIMIT ", [most]);
    sql.rows(connection).await?.iter().map(found_record).collect()
}

/// Returns what is at some places, the newest first, in their order, until it is enough.
pub(super) async fn at(
    connection: &mut Connection,
    part: &SearchedPart,
    places: &[i64],
    limit: usize,
) -> Result<Vec<FoundRecord>, StoreError> {
    let mut found = Vec::new();
    for some in places.chunks(NUMBERS_AT_ONCE) {
        if found.len() >= limit {
            break;
        }
        let sql = Statement::new(FOUND).values(connection, "place IN ", some.iter().copied().map(Bind::Number));
        let sql = sql.fitting(connection, part).then(" ORDER BY place DESC");
        for row in sql.rows(connection).await?.iter().take(limit - found.len()) {
            found.push(found_record(row)?);
        }
    }
    Ok(found)
}

impl SearchedPart {
    /// Returns the first place that a search has to look at and the one after the last, between two others.
    pub(super) fn ends(&self, first: i64, end: i64) -> (i64, i64) {
        let (first, end) = (first.max(self.from), end.min(self.end));
        match &self.which {
            SearchedPlaces::These(places) => match (places.first(), places.last()) {
                (Some(one), Some(last)) => (first.max(*one), end.min(last.saturating_add(1))),
                _ => (first, first),
            },
            _ => (first, end),
        }
    }

    /// Returns the places from one up to another where they are known, by their blocks.
    pub(super) fn known(&self, from: i64, end: i64) -> Option<BTreeMap<i64, Vec<u16>>> {
        let SearchedPlaces::These(places) = &self.which else { return None };
        let later = places.get(places.partition_point(|place| *place < from)..).unwrap_or_default();
        let mut blocks: BTreeMap<i64, Vec<u16>> = BTreeMap::new();
        for place in later.iter().take_while(|place| **place < end) {
            let (block, inside) = block_of(*place);
            blocks.entry(block).or_default().push(inside);
        }
        Some(blocks)
    }

    /// Tells whether a place may be looked at, as far as that is known without its row.
    pub(super) fn may_hold(&self, place: i64) -> bool {
        match &self.which {
            SearchedPlaces::These(places) => places.binary_search(&place).is_ok(),
            _ => (self.from..self.end).contains(&place),
        }
    }
}

/// A statement that grows, with the values for its places in their order.
struct Statement {
    sql: String,
    values: Vec<Bind>,
}

impl Statement {
    fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    fn then(mut self, sql: &str) -> Self {
        self.sql.push_str(sql);
        self
    }

    fn values(self, connection: &Connection, sql: &str, values: impl IntoIterator<Item = Bind>) -> Self {
        let (before, mut more) = (self.values.len(), self.then(sql));
        more.values.extend(values);
        more.sql.push_str(&connection.places(before, more.values.len() - before));
        more
    }

    fn between(self, connection: &Connection, from: i64, end: i64) -> Self {
        let low = self.values(connection, "place >= ", [Bind::Number(from)]);
        low.values(connection, " AND place < ", [Bind::Number(end)])
    }

    /// Asks of a record's place that its row fits, where that is not known yet.
    fn fitting(self, connection: &Connection, part: &SearchedPart) -> Self {
        let SearchedPlaces::Fitting(files, access) = &part.which else { return self };
        let asked = self.access(connection, *access);
        if files.is_any() {
            return asked;
        }
        let of_file = " AND EXISTS (SELECT 1 FROM record_files f WHERE f.id = p.file_id AND ";
        asked.then(of_file).files(connection, files).then(")")
    }

    fn access(self, connection: &Connection, access: Option<AccessClass>) -> Self {
        match access {
            Some(class) => self.values(connection, " AND access = ", [Bind::Number(access_number(class))]),
            None => self,
        }
    }

    fn files(self, connection: &Connection, files: &WantedFiles) -> Self {
        let mut asked = self;
        if let Some(classes) = &files.classes {
            asked = asked.values(connection, "class IN ", classes.iter().map(Bind::of));
        }
        if let Some(sections) = &files.sections {
            let and = if files.classes.is_some() { " AND " } else { "" };
            asked = asked.values(connection, &format!("{and}(creator IN "), sections.iter().map(Bind::of));
            asked = asked.values(connection, " OR custodian IN ", sections.iter().map(Bind::of)).then(")");
        }
        asked
    }

    async fn rows(self, connection: &mut Connection) -> Result<Vec<Row>, StoreError> {
        connection.rows(sqlx::AssertSqlSafe(self.sql), self.values).await
    }
}

/// Returns the number of an access class in the rows of places.
fn access_number(class: AccessClass) -> i64 {
    match class {
        AccessClass::Public => 0,
        AccessClass::Internal => 1,
        AccessClass::Restricted => 2,
    }
}

fn found_record(row: &Row) -> Result<FoundRecord, StoreError> {
    let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
    let (record, file): (String, String) = (row.get("record_id")?, row.get("file_id")?);
    Ok(FoundRecord {
        place: row.get::<i64>("place")?.unsigned_abs(),
        record: record.parse().map_err(|error| damaged(&error))?,
        file: file.parse().map_err(|error| damaged(&error))?,
        restricted: row.get::<i64>("access")? >= access_number(AccessClass::Restricted),
    })
}
