//! Counts for whoever watches over the service.

use super::Work;
use super::bodies::{Bind, Row, rows};
use crate::office::ports::{Count, CountRows, StoreError};
use crate::time::Instant;
use async_trait::async_trait;

const COUNTS: &str = "SELECT 'notices' AS what, state, count(*) AS number FROM notices GROUP BY state
    UNION ALL SELECT 'tray', state, count(*) FROM tray GROUP BY state
    UNION ALL SELECT 'disposals', state, count(*) FROM disposals GROUP BY state
    UNION ALL SELECT 'packages', state, count(*) FROM fixity GROUP BY state
    UNION ALL SELECT 'upgrades', 'pending', count(*) FROM notices WHERE upgrade_due >= $1
    UNION ALL SELECT 'upgrades', 'overdue', count(*) FROM notices WHERE upgrade_due < $1
    UNION ALL SELECT 'seals', '', count(*) FROM seal_uses
    UNION ALL SELECT 'ledger', '', coalesce(max(seq), 0) FROM ledger";

#[async_trait]
impl CountRows for Work {
    async fn counts(&mut self, now: Instant) -> Result<Vec<Count>, StoreError> {
        let count = |row: &Row| {
            let number = row.get::<i64>("number")?.unsigned_abs();
            Ok(Count { what: row.get("what")?, state: row.get("state")?, number })
        };
        rows(self.connection(), COUNTS, vec![Bind::of(now)]).await?.iter().map(count).collect()
    }
}
