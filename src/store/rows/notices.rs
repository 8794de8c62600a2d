//! Notices.

use super::Work;
use super::bodies::{Bind, Row, all, one, read, rows, run};
use crate::digest::Sha256Hex;
use crate::id::NoticeId;
use crate::office::notices::{Notice, NoticeProofState, NoticeState, ProofCounts, SealUse};
use crate::office::ports::{GivenNumbers, NoticeFile, NoticeRows, StoreError};
use crate::time::{FiscalYear, Instant};
use async_trait::async_trait;

const NEWEST: &str = "SELECT seq, body FROM notices WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
const NEWEST_IN: &str = "SELECT seq, body FROM notices WHERE seq < $1 AND state = $3 ORDER BY seq DESC LIMIT $2";

#[async_trait]
impl NoticeRows for Work {
    async fn insert_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO notices (id, row_version, number, sealed_sha256, link, upgrade_due, state, paper_key, body, proof_state,
                proof_until, proof_by, proof_settle, changed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (SELECT coalesce(max(changed), 0) + 1 FROM notices))";
        run(self.connection(), sql, binds(notice)?).await?;
        Ok(())
    }

    async fn update_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        let sql = "UPDATE notices SET row_version = $2, number = $3, sealed_sha256 = $4, link = $5, upgrade_due = $6,
            state = $7, paper_key = $8, body = $9, proof_state = $10, proof_until = $11, proof_by = $12, proof_settle = $13,
            changed = (SELECT coalesce(max(changed), 0) + 1 FROM notices)
            WHERE id = $1 AND row_version = $2 - 1";
        if run(self.connection(), sql, binds(notice)?).await? != 1 {
            return Err(StoreError::Conflict);
        }
        if let Some(upgraded) = notice.upgrades.last() {
            let sql = "INSERT INTO notice_hashes (sha256, notice_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            run(self.connection(), sql, vec![Bind::of(&upgraded.sha256), Bind::of(notice.id)]).await?;
        }
        Ok(())
    }

    async fn notice(&mut self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        one(self.connection(), "SELECT body FROM notices WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn notices(&mut self) -> Result<Vec<Notice>, StoreError> {
        all(self.connection(), "SELECT body FROM notices ORDER BY seq DESC", vec![]).await
    }

    async fn notices_in(
        &mut self,
        state: Option<NoticeState>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Notice)>, StoreError> {
        let before = before.map_or(Ok(Bind::Number(i64::MAX)), Bind::count)?;
        let limit = Bind::count(limit.into())?;
        let found = match state {
            None => rows(self.connection(), NEWEST, vec![before, limit]).await?,
            Some(state) => rows(self.connection(), NEWEST_IN, vec![before, limit, Bind::of(state.word())]).await?,
        };
        found.iter().map(|row| placed(row, "seq")).collect()
    }

    async fn notices_changed(&mut self, after: u64, limit: u32) -> Result<Vec<(u64, Notice)>, StoreError> {
        let sql = "SELECT changed, body FROM notices WHERE changed > $1 ORDER BY changed LIMIT $2";
        let found = rows(self.connection(), sql, vec![Bind::count(after)?, Bind::count(limit.into())?]).await?;
        found.iter().map(|row| placed(row, "changed")).collect()
    }

    async fn last_notice_change(&mut self) -> Result<u64, StoreError> {
        let found = rows(self.connection(), "SELECT coalesce(max(changed), 0) AS last FROM notices", vec![]).await?;
        Ok(found.first().map(|row| row.get::<i64>("last")).transpose()?.unwrap_or(0).unsigned_abs())
    }

    async fn notices_to_upgrade(&mut self) -> Result<Vec<Notice>, StoreError> {
        let sql = "SELECT body FROM notices WHERE upgrade_due IS NOT NULL ORDER BY upgrade_due, seq";
        all(self.connection(), sql, vec![]).await
    }

    async fn notices_to_judge(
        &mut self,
        by: &Sha256Hex,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Notice)>, StoreError> {
        let sql = "SELECT seq, body FROM notices WHERE proof_by <> $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let binds = vec![Bind::of(by), Bind::count(after)?, Bind::count(limit.into())?];
        rows(self.connection(), sql, binds).await?.iter().map(|row| placed(row, "seq")).collect()
    }

    async fn notices_to_settle(&mut self, until: Instant, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let sql = "SELECT body FROM notices WHERE proof_settle <= $1 ORDER BY proof_settle, seq LIMIT $2";
        all(self.connection(), sql, vec![Bind::of(until), Bind::count(limit.into())?]).await
    }

    async fn notices_ending(
        &mut self,
        before: Instant,
        after: Option<(Instant, u64)>,
        limit: u32,
    ) -> Result<Vec<((Instant, u64), Notice)>, StoreError> {
        let sql = "SELECT seq, proof_until, body FROM notices
            WHERE proof_until < $1 AND (proof_until > $2 OR (proof_until = $2 AND seq > $3))
            ORDER BY proof_until, seq LIMIT $4";
        let (until, place) = after.unzip();
        let place = Bind::count(place.unwrap_or_default())?;
        let binds = vec![Bind::of(before), Bind::after(until), place, Bind::count(limit.into())?];
        let ending = |row: &Row| {
            let far = |_| StoreError::Damaged("the end of a notice's proof is no instant".to_owned());
            let until = row.get::<String>("proof_until")?.parse().map_err(far)?;
            placed(row, "seq").map(|(place, notice)| ((until, place), notice))
        };
        rows(self.connection(), sql, binds).await?.iter().map(ending).collect()
    }

    async fn proof_counts(&mut self, alarm: Instant) -> Result<ProofCounts, StoreError> {
        let sql = "SELECT proof_state, count(*) AS number, count(upgrade_due) AS queued,
                count(CASE WHEN proof_until < $1 THEN 1 END) AS ending
            FROM notices WHERE proof_state IS NOT NULL GROUP BY proof_state";
        let mut counts = ProofCounts::default();
        for row in rows(self.connection(), sql, vec![Bind::of(alarm)]).await? {
            let number = |name: &str| row.get::<i64>(name).map(i64::unsigned_abs);
            let all = number("number")?;
            match NoticeProofState::of_word(&row.get::<String>("proof_state")?) {
                Some(NoticeProofState::Holds) => {
                    (counts.holding, counts.queued, counts.alarms) = (all, number("queued")?, number("ending")?);
                }
                Some(NoticeProofState::Unclear) => counts.unclear = all,
                Some(NoticeProofState::Unjudged) => counts.unjudged = all,
                Some(NoticeProofState::Lost) => counts.lost = all,
                None => return Err(StoreError::Damaged("the state of a notice's proof is none".to_owned())),
            }
        }
        Ok(counts)
    }

    async fn notice_of_sealed(&mut self, sha256: &Sha256Hex) -> Result<Option<Notice>, StoreError> {
        let sql = "SELECT body FROM notices WHERE number IS NOT NULL AND (sealed_sha256 = $1
            OR id IN (SELECT notice_id FROM notice_hashes WHERE sha256 = $1)) ORDER BY seq DESC LIMIT 1";
        one(self.connection(), sql, vec![Bind::of(sha256)]).await
    }

    async fn notice_of_link(&mut self, link: &Sha256Hex) -> Result<Option<Notice>, StoreError> {
        one(self.connection(), "SELECT body FROM notices WHERE link = $1", vec![Bind::of(link)]).await
    }

    async fn notice_of_paper(&mut self, key: &Sha256Hex) -> Result<Option<Notice>, StoreError> {
        one(self.connection(), "SELECT body FROM notices WHERE paper_key = $1", vec![Bind::of(key)]).await
    }

    async fn put_notice_file(&mut self, id: NoticeId, which: NoticeFile, bytes: &[u8]) -> Result<(), StoreError> {
        let sql = match which {
            NoticeFile::Draft => {
                "INSERT INTO notice_files (notice_id, which, bytes) VALUES ($1, $2, $3)
                ON CONFLICT (notice_id, which) DO UPDATE SET bytes = $3"
            }
            // A sealed file is never replaced: a second one is a conflict.
            NoticeFile::Sealed => "INSERT INTO notice_files (notice_id, which, bytes) VALUES ($1, $2, $3)",
        };
        let binds = vec![Bind::of(id), Bind::of(name(which)), Bind::Bytes(bytes.to_vec())];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn grow_sealed_file(&mut self, id: NoticeId, bytes: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE notice_files SET bytes = $2
            WHERE notice_id = $1 AND which = 'sealed' AND substr($2, 1, length(bytes)) = bytes";
        match run(self.connection(), sql, vec![Bind::of(id), Bind::Bytes(bytes.to_vec())]).await? {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    async fn notice_file(&mut self, id: NoticeId, which: NoticeFile) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM notice_files WHERE notice_id = $1 AND which = $2";
        let rows = rows(self.connection(), sql, vec![Bind::of(id), Bind::of(name(which))]).await?;
        rows.first().map(|row| row.get("bytes")).transpose()
    }

    async fn has_notice_file(&mut self, id: NoticeId, which: NoticeFile) -> Result<bool, StoreError> {
        let sql = "SELECT 1 AS there FROM notice_files WHERE notice_id = $1 AND which = $2";
        let found = rows(self.connection(), sql, vec![Bind::of(id), Bind::of(name(which))]).await?;
        Ok(!found.is_empty())
    }

    async fn remove_notice_files(&mut self, id: NoticeId) -> Result<u64, StoreError> {
        // What is gone has no proof to look after; the body says what it was.
        let sql = "UPDATE notices SET proof_state = NULL, proof_until = NULL, proof_by = NULL, proof_settle = NULL
            WHERE id = $1";
        run(self.connection(), sql, vec![Bind::of(id)]).await?;
        run(self.connection(), "DELETE FROM notice_files WHERE notice_id = $1", vec![Bind::of(id)]).await
    }

    async fn next_number(&mut self, year: FiscalYear, symbol: &str) -> Result<u32, StoreError> {
        let sql = "INSERT INTO document_numbers (fiscal_year, symbol, last) VALUES ($1, $2, 1)
            ON CONFLICT (fiscal_year, symbol) DO UPDATE SET last = document_numbers.last + 1 RETURNING last";
        let rows = rows(self.connection(), sql, vec![Bind::Number(year.0.into()), Bind::of(symbol)]).await?;
        let last: Option<i64> = rows.first().map(|row| row.get("last")).transpose()?;
        let number = last.and_then(|last| u32::try_from(last).ok());
        number.ok_or_else(|| StoreError::Damaged("a document number is out of range".to_owned()))
    }

    async fn given_numbers(&mut self) -> Result<Vec<GivenNumbers>, StoreError> {
        let sql = "SELECT fiscal_year, symbol, last FROM document_numbers ORDER BY fiscal_year, symbol";
        let far = || StoreError::Damaged("a document number is out of range".to_owned());
        let row = |row: &Row| {
            let year = i16::try_from(row.get::<i64>("fiscal_year")?).map_err(|_| far())?;
            let last = u32::try_from(row.get::<i64>("last")?).map_err(|_| far())?;
            Ok(GivenNumbers { year, symbol: row.get("symbol")?, last })
        };
        rows(self.connection(), sql, vec![]).await?.iter().map(row).collect()
    }

    async fn put_given_numbers(&mut self, row: &GivenNumbers) -> Result<(), StoreError> {
        let sql = "INSERT INTO document_numbers (fiscal_year, symbol, last) VALUES ($1, $2, $3)";
        let binds = vec![Bind::Number(row.year.into()), Bind::of(&row.symbol), Bind::Number(row.last.into())];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn add_seal_use(&mut self, row: &SealUse) -> Result<(), StoreError> {
        run(self.connection(), "INSERT INTO seal_uses (body) VALUES ($1)", vec![Bind::json(row)?]).await?;
        Ok(())
    }

    async fn seal_uses(&mut self, limit: u32) -> Result<Vec<SealUse>, StoreError> {
        let binds = vec![Bind::count(limit.into())?];
        all(self.connection(), "SELECT body FROM seal_uses ORDER BY seq DESC LIMIT $1", binds).await
    }
}

fn binds(notice: &Notice) -> Result<Vec<Bind>, StoreError> {
    let proof = notice.proof_mark();
    Ok(vec![
        Bind::of(notice.id),
        Bind::count(notice.row_version)?,
        Bind::maybe(notice.number.as_ref()),
        Bind::maybe(notice.sealed_sha256.as_ref()),
        Bind::maybe(notice.delivery.as_ref().map(|delivery| &delivery.link)),
        Bind::maybe(notice.upgrade.as_ref().map(|upgrade| upgrade.due)),
        Bind::of(notice.state.word()),
        Bind::maybe(notice.paper_key().as_ref()),
        Bind::json(notice)?,
        Bind::maybe(proof.as_ref().map(|mark| mark.state.word())),
        Bind::maybe(proof.as_ref().and_then(|mark| mark.until)),
        Bind::maybe(proof.as_ref().map(|mark| &mark.judged_by)),
        Bind::maybe(proof.as_ref().and_then(|mark| mark.settle)),
    ])
}

/// Reads a notice with its place in an order.
fn placed(row: &Row, order: &str) -> Result<(u64, Notice), StoreError> {
    Ok((row.get::<i64>(order)?.unsigned_abs(), read(row)?))
}

fn name(which: NoticeFile) -> &'static str {
    match which {
        NoticeFile::Draft => "draft",
        NoticeFile::Sealed => "sealed",
    }
}
