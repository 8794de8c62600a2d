//! The fixity audit. Records drive every statement, so that one without a row of its own is not forgotten.

use super::Work;
use super::bodies::{Bind, Row, all, insert, one, read, rows};
use crate::id::RecordId;
use crate::office::ports::{FixityCounts, FixityRow, FixityRows, RecordRow, StoreError};
use crate::time::Instant;
use async_trait::async_trait;

/// The statement before and after its values.
const PUT: (&str, &str) = (
    "INSERT INTO fixity (record_id, read_at, looked_at, state, repaired_at, body) VALUES",
    " ON CONFLICT (record_id) DO UPDATE SET read_at = excluded.read_at, looked_at = excluded.looked_at,
        state = excluded.state, repaired_at = excluded.repaired_at, body = excluded.body",
);

fn binds(row: &FixityRow) -> Result<Vec<Bind>, StoreError> {
    Ok(vec![
        Bind::of(row.record),
        Bind::of(row.read_at),
        Bind::of(row.looked_at),
        Bind::of(row.state.word()),
        Bind::maybe(row.repaired_at),
        Bind::json(row)?,
    ])
}

#[async_trait]
impl FixityRows for Work {
    async fn put_fixity(&mut self, row: &FixityRow) -> Result<(), StoreError> {
        self.put_all_fixity(std::slice::from_ref(row)).await
    }

    async fn put_all_fixity(&mut self, rows: &[FixityRow]) -> Result<(), StoreError> {
        let rows = rows.iter().map(binds).collect::<Result<_, _>>()?;
        insert(self.connection(), PUT.0, PUT.1, rows).await
    }

    async fn fixity(&mut self, record: RecordId) -> Result<Option<FixityRow>, StoreError> {
        one(self.connection(), "SELECT body FROM fixity WHERE record_id = $1", vec![Bind::of(record)]).await
    }

    async fn next_to_audit(&mut self, limit: u32) -> Result<Vec<RecordRow>, StoreError> {
        let sql = "SELECT records.body AS body FROM records LEFT JOIN fixity ON record_id = id
            WHERE records.state NOT IN ('claimed', 'primary-gone', 'confirmed')
                AND (fixity.state IS NULL OR fixity.state = 'sound')
            ORDER BY coalesce(looked_at, ''), id LIMIT $1";
        all(self.connection(), sql, vec![Bind::count(limit.into())?]).await
    }

    async fn unsettled_fixity(&mut self, until: Instant, limit: u32) -> Result<Vec<RecordRow>, StoreError> {
        let sql = "SELECT records.body AS body FROM records JOIN fixity ON record_id = id
            WHERE records.state NOT IN ('claimed', 'primary-gone', 'confirmed')
                AND fixity.state <> 'sound' AND looked_at <= $1
            ORDER BY looked_at, id LIMIT $2";
        all(self.connection(), sql, vec![Bind::of(until), Bind::count(limit.into())?]).await
    }

    async fn fixity_alarms(
        &mut self,
        read_before: Instant,
        limit: u32,
    ) -> Result<Vec<(RecordRow, Option<FixityRow>)>, StoreError> {
        let sql = "SELECT records.body AS body, fixity.body AS fixity FROM records LEFT JOIN fixity ON record_id = id
            WHERE records.state NOT IN ('claimed', 'primary-gone', 'confirmed')
                AND (fixity.state IS NULL OR fixity.state <> 'sound' OR read_at < $1)
            ORDER BY coalesce(read_at, ''), id LIMIT $2";
        let binds = vec![Bind::of(read_before), Bind::count(limit.into())?];
        let pair = |row: &Row| {
            let fixity = row.get::<Option<String>>("fixity")?;
            let fixity = fixity.map(|body| serde_json::from_str(&body)).transpose();
            Ok((read(row)?, fixity.map_err(|error| StoreError::Damaged(error.to_string()))?))
        };
        rows(self.connection(), sql, binds).await?.iter().map(pair).collect()
    }

    async fn fixity_counts(&mut self, term: Instant, round: Instant, day: Instant) -> Result<FixityCounts, StoreError> {
        let sql = "SELECT count(*) AS records,
                count(CASE WHEN fixity.state IS NULL OR fixity.state <> 'sound' THEN 1 END) AS unsound,
                count(CASE WHEN read_at IS NULL OR read_at < $1 THEN 1 END) AS overdue,
                count(CASE WHEN looked_at IS NULL OR (fixity.state = 'sound' AND looked_at < $2) THEN 1 END) AS behind,
                count(CASE WHEN fixity.state = 'sound' AND looked_at > $3 THEN 1 END) AS recent,
                count(CASE WHEN repaired_at >= $1 THEN 1 END) AS repaired,
                min(read_at) AS oldest
            FROM records LEFT JOIN fixity ON record_id = id
            WHERE records.state NOT IN ('claimed', 'primary-gone', 'confirmed')";
        let rows = rows(self.connection(), sql, vec![Bind::of(term), Bind::of(round), Bind::of(day)]).await?;
        let Some(row) = rows.first() else { return Ok(FixityCounts::default()) };
        let count = |column: &str| row.get::<i64>(column).map(i64::unsigned_abs);
        let oldest = row.get::<Option<String>>("oldest")?.map(|text| text.parse()).transpose();
        Ok(FixityCounts {
            records: count("records")?,
            unsound: count("unsound")?,
            overdue: count("overdue")?,
            behind: count("behind")?,
            recent: count("recent")?,
            repaired: count("repaired")?,
            oldest_read_at: oldest.map_err(|_| StoreError::Damaged("fixity.read_at is no instant".to_owned()))?,
        })
    }
}
