//! Record files as lists need them: a page at a time, with what their records come to.

use super::bodies::{Bind, Row, among, rows};
use crate::id::RecordFileId;
use crate::office::ports::{StoreError, Survey, SurveyedFile};
use crate::records::{ClassCode, RecordFile};
use crate::store::connection::Connection;
use crate::time::{Date, FiscalYear};
use serde::Deserialize;

/// A statement over record files with what their records come to, which one way through an index says in one text. A page
/// begins after a file, whose place in the order the database looks up by itself.
macro_rules! survey {
    ($rest:literal) => {
        concat!(
            "SELECT f.body,
                (SELECT count(*) || ',' || count(*) FILTER (WHERE r.state IN ('closed', 'retained', 'due'))
                    || ',' || coalesce(min(r.created), '') || ',' || coalesce(max(r.created), '')
                    FROM records r WHERE r.file_id = f.id) AS contents,
                (SELECT count(*) FROM records r WHERE r.file_id = f.id AND r.access = 'restricted') AS restricted,
                (SELECT count(*) FROM disposal_items i WHERE i.file_id = f.id AND i.state <> 'withdrawn') AS listed
            FROM record_files f ",
            $rest
        )
    };
}

const REGISTER: &str = survey!("ORDER BY class, substr(title, 1, 100), id LIMIT $1");
const REGISTER_ON: &str = survey!(
    "WHERE (class, substr(title, 1, 100), id) >
        (SELECT class, substr(title, 1, 100), id FROM record_files WHERE id = $2)
    ORDER BY class, substr(title, 1, 100), id LIMIT $1"
);
const EXPIRED: &str = survey!("WHERE destroyed_on IS NULL AND expires_on < $2 ORDER BY expires_on, id LIMIT $1");
const EXPIRED_ON: &str = survey!(
    "WHERE destroyed_on IS NULL AND expires_on < $2 AND (expires_on, id) >
        (SELECT expires_on, id FROM record_files WHERE id = $3)
    ORDER BY expires_on, id LIMIT $1"
);
const UNDATED: &str = survey!("WHERE destroyed_on IS NULL AND expires_on IS NULL AND id > $2 ORDER BY id LIMIT $1");
const TRANSFERS: &str = survey!("WHERE destroyed_on IS NULL AND transfer IS NOT NULL AND id > $2 ORDER BY id LIMIT $1");
const ONE: &str = survey!("WHERE id = $1");
const AMONG: &str = survey!("WHERE id IN");

/// Returns a page of a survey.
pub(super) async fn page(
    connection: &mut Connection,
    survey: Survey,
    after: Option<RecordFileId>,
    limit: u32,
) -> Result<Vec<SurveyedFile>, StoreError> {
    let most = Bind::Number(i64::from(limit));
    let (sql, binds) = match (survey, after) {
        (Survey::Register, None) => (REGISTER, vec![most]),
        (Survey::Register, Some(after)) => (REGISTER_ON, vec![most, Bind::of(after)]),
        (Survey::ExpiredBefore(day), None) => (EXPIRED, vec![most, Bind::of(day)]),
        (Survey::ExpiredBefore(day), Some(after)) => (EXPIRED_ON, vec![most, Bind::of(day), Bind::of(after)]),
        (Survey::Undated, after) => (UNDATED, vec![most, Bind::after(after)]),
        (Survey::Transfers, after) => (TRANSFERS, vec![most, Bind::after(after)]),
    };
    rows(connection, sql, binds).await?.iter().map(surveyed).collect()
}

/// Returns one file.
pub(super) async fn one(connection: &mut Connection, file: RecordFileId) -> Result<Option<SurveyedFile>, StoreError> {
    rows(connection, ONE, vec![Bind::of(file)]).await?.first().map(surveyed).transpose()
}

/// Returns those of some files that are there, in any order.
pub(super) async fn some(connection: &mut Connection, files: &[RecordFileId]) -> Result<Vec<SurveyedFile>, StoreError> {
    among(connection, AMONG, files, None).await?.iter().map(surveyed).collect()
}

/// Returns the files that still have their records, without these, and the last day of each as it is stored.
pub(super) async fn living(
    connection: &mut Connection,
    after: Option<RecordFileId>,
    limit: u32,
) -> Result<Vec<(RecordFile, Option<Date>)>, StoreError> {
    let sql = "SELECT body, expires_on FROM record_files WHERE destroyed_on IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let binds = vec![Bind::after(after), Bind::Number(i64::from(limit))];
    let rows = rows(connection, sql, binds).await?;
    rows.iter().map(|row| Ok((body(row)?.file, day(row, "expires_on")?))).collect()
}

/// Returns the files that take records.
pub(super) async fn open(
    connection: &mut Connection,
    after: Option<RecordFileId>,
    limit: u32,
) -> Result<Vec<RecordFile>, StoreError> {
    let first = "SELECT body FROM record_files WHERE closed = 0 AND destroyed_on IS NULL
        ORDER BY class, substr(title, 1, 100), id LIMIT $1";
    let later = "SELECT body FROM record_files WHERE closed = 0 AND destroyed_on IS NULL
        AND (class, substr(title, 1, 100), id) >
            (SELECT class, substr(title, 1, 100), id FROM record_files WHERE id = $2)
        ORDER BY class, substr(title, 1, 100), id LIMIT $1";
    let most = Bind::Number(i64::from(limit));
    let (sql, binds) = match after {
        None => (first, vec![most]),
        Some(after) => (later, vec![most, Bind::of(after)]),
    };
    let rows = rows(connection, sql, binds).await?;
    rows.iter().map(|row| Ok(body(row)?.file)).collect()
}

/// Counts all files, the living, and the living without a last day.
pub(super) async fn count(connection: &mut Connection) -> Result<(u64, u64, u64), StoreError> {
    let sql = "SELECT (SELECT count(*) FROM record_files) AS files,
        (SELECT count(*) FROM record_files WHERE destroyed_on IS NULL) AS living,
        (SELECT count(*) FROM record_files WHERE destroyed_on IS NULL AND expires_on IS NULL) AS undated";
    let rows = rows(connection, sql, vec![]).await?;
    let count = |name| rows.first().map_or(Ok(0), |row| number(row, name));
    Ok((count("files")?, count("living")?, count("undated")?))
}

/// Returns the classes that have files.
pub(super) async fn classes(connection: &mut Connection) -> Result<Vec<ClassCode>, StoreError> {
    let sql = "SELECT DISTINCT class FROM record_files ORDER BY class";
    rows(connection, sql, vec![]).await?.iter().map(class).collect()
}

/// Counts the living files by custodian and class.
pub(super) async fn by_custodian(connection: &mut Connection) -> Result<Vec<(String, ClassCode, u64)>, StoreError> {
    let sql = "SELECT custodian, class, count(*) AS files FROM record_files WHERE destroyed_on IS NULL
        GROUP BY custodian, class ORDER BY custodian, class";
    let read = |row: &Row| Ok((row.get("custodian")?, class(row)?, number(row, "files")?));
    rows(connection, sql, vec![]).await?.iter().map(read).collect()
}

/// Counts the living files by custodian and by the fiscal year of the day after their last one: what ends on 31 March falls
/// due in the year that begins then.
pub(super) async fn falling_due(
    connection: &mut Connection,
) -> Result<Vec<(String, Option<FiscalYear>, u64)>, StoreError> {
    let sql = "SELECT custodian, substr(expires_on, 1, 4) AS year, substr(expires_on, 6) >= '03-31' AS from_april,
            count(*) AS files
        FROM record_files WHERE destroyed_on IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    let read = |row: &Row| {
        let year = match (row.get::<Option<String>>("year")?, row.get::<Option<bool>>("from_april")?) {
            (Some(year), Some(from_april)) => {
                let year: i16 = year.parse().map_err(|_| StoreError::Damaged(format!("{year} is no year")))?;
                Some(FiscalYear(if from_april { year } else { year.saturating_sub(1) }))
            }
            _ => None,
        };
        Ok((row.get("custodian")?, year, number(row, "files")?))
    };
    rows(connection, sql, vec![]).await?.iter().map(read).collect()
}

fn class(row: &Row) -> Result<ClassCode, StoreError> {
    let code: String = row.get("class")?;
    ClassCode::parse(&code).ok_or(StoreError::Damaged(format!("{code} is no class")))
}

/// Returns the files of a class, with whether each is on a list.
pub(super) async fn of_class(
    connection: &mut Connection,
    class: &ClassCode,
) -> Result<Vec<(RecordFileId, bool)>, StoreError> {
    let sql = "SELECT f.id, i.file_id IS NOT NULL AS listed FROM record_files f
        LEFT JOIN disposal_items i ON i.file_id = f.id AND i.state <> 'withdrawn' WHERE f.class = $1 ORDER BY f.id";
    let read = |row: &Row| {
        let id: String = row.get("id")?;
        let id = id.parse().map_err(|error| StoreError::Damaged(format!("{id}: {error}")))?;
        Ok((id, row.get("listed")?))
    };
    rows(connection, sql, vec![Bind::of(class)]).await?.iter().map(read).collect()
}

/// What is read of a body: its dates are computed anew, and what is not read costs little.
#[derive(Deserialize)]
struct Body {
    file: RecordFile,
    destroyed_on: Option<Date>,
}

fn body(row: &Row) -> Result<Body, StoreError> {
    serde_json::from_str(&row.get::<String>("body")?).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn surveyed(row: &Row) -> Result<SurveyedFile, StoreError> {
    let Body { file, destroyed_on } = body(row)?;
    let text: String = row.get("contents")?;
    let damaged = || StoreError::Damaged(format!("{text} is not what records come to"));
    let parts: Vec<&str> = text.split(',').collect();
    let &[records, settled, earliest, latest] = parts.as_slice() else { return Err(damaged()) };
    let count = |text: &str| text.parse().map_err(|_| damaged());
    let day = |text: &str| -> Result<Option<Date>, StoreError> {
        (!text.is_empty()).then(|| text.parse().map_err(|_| damaged())).transpose()
    };
    Ok(SurveyedFile {
        file,
        destroyed_on,
        records: count(records)?,
        restricted: number(row, "restricted")?,
        settled: count(settled)?,
        created: day(earliest)?.zip(day(latest)?),
        listed: number(row, "listed")? > 0,
    })
}

fn day(row: &Row, name: &str) -> Result<Option<Date>, StoreError> {
    let text: Option<String> = row.get(name)?;
    text.map(|text| text.parse().map_err(|error| StoreError::Damaged(format!("{text}: {error}")))).transpose()
}

fn number(row: &Row, name: &str) -> Result<u64, StoreError> {
    Ok(row.get::<i64>(name)?.unsigned_abs())
}
