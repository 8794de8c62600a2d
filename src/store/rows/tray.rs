//! Documents that wait to be filed, and the paper of those that were scanned.

use super::Work;
use super::bodies::{Bind, all, one, rows, run};
use crate::digest::Sha256Hex;
use crate::id::{RecordId, ShreddingListId};
use crate::office::ports::{StoreError, TrayItem, TrayRows, TrayState};
use crate::scans::{PaperOriginal, PaperState, ShreddingList};
use crate::time::{Date, Instant};
use async_trait::async_trait;

const TRAY_IN: &str = "SELECT body FROM tray
    WHERE state = $1 AND arrived >= $2 AND (arrived > $2 OR id > $3) ORDER BY arrived, id LIMIT $4";
const PAPERS_IN: &str = "SELECT body FROM paper_originals
    WHERE state = $1 AND record_id > $2 ORDER BY record_id LIMIT $3";

#[async_trait]
impl TrayRows for Work {
    async fn put_tray_item(&mut self, item: &TrayItem) -> Result<(), StoreError> {
        let sql = "INSERT INTO tray (id, state, arrived, sha256, body) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET state = $2, arrived = $3, sha256 = $4, body = $5";
        let binds = vec![
            Bind::of(item.id),
            Bind::of(item.state.word()),
            Bind::of(item.arrived_at),
            Bind::of(&item.sha256),
            Bind::json(item)?,
        ];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn tray_item(&mut self, id: RecordId) -> Result<Option<TrayItem>, StoreError> {
        one(self.connection(), "SELECT body FROM tray WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn tray_in(
        &mut self,
        state: TrayState,
        after: Option<(Instant, RecordId)>,
        limit: u32,
    ) -> Result<Vec<TrayItem>, StoreError> {
        let (arrived, id) = after.unzip();
        let binds = vec![Bind::of(state.word()), Bind::after(arrived), Bind::after(id), Bind::count(limit.into())?];
        all(self.connection(), TRAY_IN, binds).await
    }

    async fn tray_of_bytes(&mut self, sha256: &Sha256Hex) -> Result<Vec<TrayItem>, StoreError> {
        let sql = "SELECT body FROM tray WHERE sha256 = $1 ORDER BY arrived, id";
        all(self.connection(), sql, vec![Bind::of(sha256)]).await
    }

    async fn tray_ids(&mut self) -> Result<Vec<RecordId>, StoreError> {
        let found = rows(self.connection(), "SELECT id FROM tray ORDER BY id", vec![]).await?;
        let id = |text: String| text.parse().map_err(|_| StoreError::Damaged("an identifier in the tray".to_owned()));
        found.iter().map(|row| row.get::<String>("id").and_then(id)).collect()
    }

    async fn remove_tray_item(&mut self, id: RecordId) -> Result<bool, StoreError> {
        Ok(run(self.connection(), "DELETE FROM tray WHERE id = $1", vec![Bind::of(id)]).await? > 0)
    }

    async fn put_taken(&mut self, digest: &Sha256Hex, on: Date, forget_before: Date) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO tray_taken (digest, taken) VALUES ($1, $2) ON CONFLICT (digest) DO UPDATE SET taken = $2";
        run(self.connection(), sql, vec![Bind::of(digest), Bind::of(on)]).await?;
        run(self.connection(), "DELETE FROM tray_taken WHERE taken < $1", vec![Bind::of(forget_before)]).await?;
        Ok(())
    }

    async fn is_taken(&mut self, digest: &Sha256Hex) -> Result<bool, StoreError> {
        let sql = "SELECT digest FROM tray_taken WHERE digest = $1";
        Ok(!rows(self.connection(), sql, vec![Bind::of(digest)]).await?.is_empty())
    }

    async fn put_paper_original(&mut self, paper: &PaperOriginal) -> Result<(), StoreError> {
        let sql = "INSERT INTO paper_originals (record_id, file_id, state, list_id, body) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (record_id) DO UPDATE SET file_id = $2, state = $3, list_id = $4, body = $5";
        let binds = vec![
            Bind::of(paper.record),
            Bind::of(paper.file),
            Bind::of(word(paper.state)),
            Bind::maybe(paper.list),
            Bind::json(paper)?,
        ];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn paper_original(&mut self, record: RecordId) -> Result<Option<PaperOriginal>, StoreError> {
        let sql = "SELECT body FROM paper_originals WHERE record_id = $1";
        one(self.connection(), sql, vec![Bind::of(record)]).await
    }

    async fn papers_in(
        &mut self,
        state: PaperState,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<PaperOriginal>, StoreError> {
        let binds = vec![Bind::of(word(state)), Bind::after(after), Bind::count(limit.into())?];
        all(self.connection(), PAPERS_IN, binds).await
    }

    async fn put_shredding_list(&mut self, list: &ShreddingList) -> Result<(), StoreError> {
        let sql = "INSERT INTO shredding_lists (id, made, body) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET made = $2, body = $3";
        let binds = vec![Bind::of(list.id), Bind::of(list.proposed_at), Bind::json(list)?];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn shredding_list(&mut self, id: ShreddingListId) -> Result<Option<ShreddingList>, StoreError> {
        one(self.connection(), "SELECT body FROM shredding_lists WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn shredding_lists(&mut self) -> Result<Vec<ShreddingList>, StoreError> {
        all(self.connection(), "SELECT body FROM shredding_lists ORDER BY made DESC, id", vec![]).await
    }
}

fn word(state: PaperState) -> &'static str {
    match state {
        PaperState::Kept => "kept",
        PaperState::Listed => "listed",
        PaperState::Shredded => "shredded",
    }
}
