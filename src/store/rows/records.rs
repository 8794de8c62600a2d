//! Records, holds and disposals.

use super::Work;
use super::bodies::{Bind, Row, all, among, column, insert, one, read, rows, run, run_among};
use super::puts::{
    ADD_TO_REGISTER, PUT_FILE, PUT_ITEM, PUT_RECORD, PUT_STATE, PUT_TOMBSTONE, file_binds, item_binds, record_binds,
    register_binds, tombstone_binds,
};
use super::{filters, surveys, text_upkeep, texts, words};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, HoldId, NoticeId, RecordFileId, RecordId, SearchId};
use crate::office::ports::{
    DisposalRegisterRow, DisposalRow, FileRow, FoundRecord, IndexKeys, IngestIntent, ItemRow, RecordRow, RecordRows,
    RecordText, RegisterWalk, SearchedPart, StoreError, StoredRuleSet, Survey, SurveyedFile, Tombstone, WantedRecords,
};
use crate::records::{ClassCode, Hold, ItemState, RecordFile, SavedSearch, SearchWords};
use crate::time::{Date, FiscalYear};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

const ITEMS_AFTER: &str = "SELECT file_id, body FROM disposal_items WHERE disposal_id = $1 AND file_id > $2
    ORDER BY file_id LIMIT $3";

/// Both halves are found by what is restricted, which is little of the whole.
const RESTRICTED_NOTICES: &str = "SELECT r.body, f.body AS file FROM record_files f JOIN records r ON r.file_id = f.id
    WHERE f.access = 'restricted' AND r.notice_id IS NOT NULL
    UNION ALL SELECT r.body, f.body AS file FROM records r JOIN record_files f ON f.id = r.file_id
    WHERE r.access = 'restricted' AND f.access <> 'restricted' AND r.notice_id IS NOT NULL";

#[async_trait]
impl RecordRows for Work {
    async fn insert_rule_set(&mut self, row: &StoredRuleSet) -> Result<(), StoreError> {
        let sql = "INSERT INTO rule_sets (set_id, version, body) VALUES ($1, $2, $3)";
        run(self.connection(), sql, vec![Bind::of(&row.set), Bind::of(&row.version), Bind::json(row)?]).await?;
        Ok(())
    }

    async fn approve_rule_set(&mut self, row: &StoredRuleSet) -> Result<(), StoreError> {
        let sql = "UPDATE rule_sets SET body = $3 WHERE set_id = $1 AND version = $2";
        run(self.connection(), sql, vec![Bind::of(&row.set), Bind::of(&row.version), Bind::json(row)?]).await?;
        Ok(())
    }

    async fn rule_sets(&mut self) -> Result<Vec<StoredRuleSet>, StoreError> {
        all(self.connection(), "SELECT body FROM rule_sets ORDER BY seq", vec![]).await
    }

    async fn rule_set(&mut self, set: &str, version: &str) -> Result<Option<StoredRuleSet>, StoreError> {
        let sql = "SELECT body FROM rule_sets WHERE set_id = $1 AND version = $2";
        one(self.connection(), sql, vec![Bind::of(set), Bind::of(version)]).await
    }

    async fn put_file(&mut self, row: &FileRow) -> Result<(), StoreError> {
        self.put_files(std::slice::from_ref(row)).await
    }

    async fn put_files(&mut self, rows: &[FileRow]) -> Result<(), StoreError> {
        let rows = rows.iter().map(file_binds).collect::<Result<_, _>>()?;
        insert(self.connection(), PUT_FILE.0, PUT_FILE.1, rows).await
    }

    async fn file(&mut self, id: RecordFileId) -> Result<Option<FileRow>, StoreError> {
        one(self.connection(), "SELECT body FROM record_files WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn files(&mut self) -> Result<Vec<FileRow>, StoreError> {
        all(self.connection(), "SELECT body FROM record_files ORDER BY class, title, id", vec![]).await
    }

    async fn files_among(&mut self, files: &[RecordFileId]) -> Result<Vec<FileRow>, StoreError> {
        let found = among(self.connection(), "SELECT body FROM record_files WHERE id IN", files, None).await?;
        found.iter().map(read).collect()
    }

    async fn survey(
        &mut self,
        survey: Survey,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<SurveyedFile>, StoreError> {
        surveys::page(self.connection(), survey, after, limit).await
    }

    async fn surveyed(&mut self, file: RecordFileId) -> Result<Option<SurveyedFile>, StoreError> {
        surveys::one(self.connection(), file).await
    }

    async fn surveyed_among(&mut self, files: &[RecordFileId]) -> Result<Vec<SurveyedFile>, StoreError> {
        surveys::some(self.connection(), files).await
    }

    async fn living_files(
        &mut self,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<(RecordFile, Option<Date>)>, StoreError> {
        surveys::living(self.connection(), after, limit).await
    }

    async fn file_rows(&mut self, after: Option<RecordFileId>, limit: u32) -> Result<Vec<FileRow>, StoreError> {
        let sql = "SELECT body FROM record_files WHERE destroyed_on IS NULL AND id > $1 ORDER BY id LIMIT $2";
        let after = after.map_or_else(String::new, |file| file.to_string());
        all(self.connection(), sql, vec![Bind::of(after), Bind::count(limit.into())?]).await
    }

    async fn files_by_custodian(&mut self) -> Result<Vec<(String, ClassCode, u64)>, StoreError> {
        surveys::by_custodian(self.connection()).await
    }

    async fn files_falling_due(&mut self) -> Result<Vec<(String, Option<FiscalYear>, u64)>, StoreError> {
        surveys::falling_due(self.connection()).await
    }

    async fn open_files(&mut self, after: Option<RecordFileId>, limit: u32) -> Result<Vec<RecordFile>, StoreError> {
        surveys::open(self.connection(), after, limit).await
    }

    async fn restricted_files(&mut self) -> Result<Vec<FileRow>, StoreError> {
        all(self.connection(), "SELECT body FROM record_files WHERE access = 'restricted' ORDER BY id", vec![]).await
    }

    async fn wished_files(&mut self) -> Result<Vec<FileRow>, StoreError> {
        all(self.connection(), "SELECT body FROM record_files WHERE wished = 1 ORDER BY id", vec![]).await
    }

    async fn wished_records(&mut self) -> Result<Vec<RecordRow>, StoreError> {
        all(self.connection(), "SELECT body FROM records WHERE wished = 1 ORDER BY id", vec![]).await
    }

    async fn count_files(&mut self) -> Result<(u64, u64, u64), StoreError> {
        surveys::count(self.connection()).await
    }

    async fn classes_in_use(&mut self) -> Result<Vec<ClassCode>, StoreError> {
        surveys::classes(self.connection()).await
    }

    async fn files_of_class(&mut self, class: &ClassCode) -> Result<Vec<(RecordFileId, bool)>, StoreError> {
        surveys::of_class(self.connection(), class).await
    }

    async fn put_intents(&mut self, intents: &[&IngestIntent]) -> Result<(), StoreError> {
        let binds = |intent: &&IngestIntent| {
            Ok(vec![Bind::of(intent.draft.record.id), Bind::of(&intent.bag_sha256), Bind::json(intent)?])
        };
        let rows = intents.iter().map(binds).collect::<Result<_, StoreError>>()?;
        insert(self.connection(), "INSERT INTO ingest_intents (record_id, bag_sha256, body) VALUES", "", rows).await
    }

    async fn remove_intents(&mut self, records: &[RecordId]) -> Result<(), StoreError> {
        run_among(self.connection(), "DELETE FROM ingest_intents WHERE record_id IN", records).await?;
        Ok(())
    }

    async fn remove_intent(&mut self, record: RecordId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM ingest_intents WHERE record_id = $1";
        Ok(run(self.connection(), sql, vec![Bind::of(record)]).await? > 0)
    }

    async fn intents(&mut self) -> Result<Vec<IngestIntent>, StoreError> {
        all(self.connection(), "SELECT body FROM ingest_intents ORDER BY record_id", vec![]).await
    }

    async fn put_record(&mut self, row: &RecordRow) -> Result<(), StoreError> {
        self.put_records(std::slice::from_ref(row)).await
    }

    async fn put_records(&mut self, rows: &[RecordRow]) -> Result<(), StoreError> {
        let rows = rows.iter().map(record_binds).collect::<Result<_, _>>()?;
        insert(self.connection(), PUT_RECORD.0, PUT_RECORD.1, rows).await?;
        match self.indexes_later {
            true => Ok(()),
            false => words::index_where_many_wait(self.connection()).await.map(drop),
        }
    }

    async fn put_record_states(&mut self, rows: &[RecordRow]) -> Result<(), StoreError> {
        let rows = rows.iter().map(record_binds).collect::<Result<_, _>>()?;
        insert(self.connection(), PUT_STATE.0, PUT_STATE.1, rows).await
    }

    async fn record(&mut self, id: RecordId) -> Result<Option<RecordRow>, StoreError> {
        one(self.connection(), "SELECT body FROM records WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn records_known(&mut self, ids: &[RecordId]) -> Result<BTreeSet<RecordId>, StoreError> {
        let found = among(self.connection(), "SELECT id FROM records WHERE id IN", ids, None).await?;
        let id = |row: &Row| row.get::<String>("id")?.parse().map_err(|_| damaged("a record's identifier"));
        found.iter().map(id).collect()
    }

    async fn digests_among(&mut self, digests: &[Sha256Hex]) -> Result<BTreeSet<Sha256Hex>, StoreError> {
        let sql = "SELECT sha256 FROM records WHERE sha256 IN";
        let found = among(self.connection(), sql, digests, None).await?;
        let digest = |row: &Row| Sha256Hex::parse(&row.get::<String>("sha256")?).ok_or_else(|| damaged("a digest"));
        found.iter().map(digest).collect()
    }

    async fn records_in(&mut self, file: RecordFileId) -> Result<Vec<RecordRow>, StoreError> {
        all(self.connection(), "SELECT body FROM records WHERE file_id = $1 ORDER BY id", vec![Bind::of(file)]).await
    }

    async fn records_among(&mut self, files: &[RecordFileId]) -> Result<Vec<RecordRow>, StoreError> {
        let found = among(self.connection(), "SELECT body FROM records WHERE file_id IN", files, None).await?;
        found.iter().map(read).collect()
    }

    async fn records(&mut self) -> Result<Vec<RecordRow>, StoreError> {
        all(self.connection(), "SELECT body FROM records ORDER BY id", vec![]).await
    }

    async fn records_of_bytes(&mut self, sha256: &Sha256Hex) -> Result<Vec<RecordRow>, StoreError> {
        let sql = "SELECT body FROM records WHERE sha256 = $1 ORDER BY rowid";
        all(self.connection(), sql, vec![Bind::of(sha256)]).await
    }

    async fn record_of_notice(&mut self, notice: NoticeId) -> Result<Option<RecordRow>, StoreError> {
        one(self.connection(), "SELECT body FROM records WHERE notice_id = $1 LIMIT 1", vec![Bind::of(notice)]).await
    }

    async fn restricted_notices(&mut self) -> Result<Vec<(NoticeId, RecordRow, FileRow)>, StoreError> {
        let mut notices = Vec::new();
        for row in rows(self.connection(), RESTRICTED_NOTICES, vec![]).await? {
            let (record, file): (RecordRow, FileRow) = (column(&row, "body")?, column(&row, "file")?);
            notices.extend(record.notice.map(|notice| (notice, record, file)));
        }
        Ok(notices)
    }

    async fn sections(&mut self) -> Result<Vec<String>, StoreError> {
        filters::sections(self.connection()).await
    }

    async fn searched_part(&mut self, wanted: &WantedRecords) -> Result<SearchedPart, StoreError> {
        filters::part(self.connection(), wanted).await
    }

    async fn find_records(
        &mut self,
        words: &SearchWords,
        part: &SearchedPart,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<FoundRecord>, StoreError> {
        words::find(self.connection(), words, part, before, limit).await
    }

    async fn place_of(&mut self, record: RecordId) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT place FROM record_places WHERE record_id = $1";
        let found = rows(self.connection(), sql, vec![Bind::of(record)]).await?;
        found.first().map(|row| Ok(row.get::<i64>("place")?.unsigned_abs())).transpose()
    }

    async fn records_with(&mut self, words: &SearchWords, ids: &[RecordId]) -> Result<Vec<RecordRow>, StoreError> {
        words::among(self.connection(), words, ids).await
    }

    async fn index_words(&mut self) -> Result<u64, StoreError> {
        words::take_over(self.connection()).await?;
        words::index_where_many_wait(self.connection()).await
    }

    async fn count_unindexed(&mut self) -> Result<u64, StoreError> {
        let rows = rows(self.connection(), "SELECT count(*) AS waiting FROM places_to_index", vec![]).await?;
        rows.first().map_or(Ok(0), |row| Ok(row.get::<i64>("waiting")?.unsigned_abs()))
    }

    fn index_words_later(&mut self) {
        self.indexes_later = true;
    }

    async fn put_texts(&mut self, keys: &IndexKeys, texts: &[RecordText]) -> Result<(), StoreError> {
        texts::put(self.connection(), keys, texts).await?;
        text_upkeep::index_where_many_wait(self.connection(), keys).await.map(drop)
    }

    async fn texts_at(&mut self, places: &[u64]) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        texts::at(self.connection(), places).await
    }

    async fn find_texts(
        &mut self,
        keys: &IndexKeys,
        words: &SearchWords,
        part: &SearchedPart,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<FoundRecord>, StoreError> {
        texts::find(self.connection(), keys, (words, part), before, limit).await
    }

    async fn texts_to_read(
        &mut self,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<(RecordId, Option<Vec<u8>>)>, StoreError> {
        texts::to_read(self.connection(), after, limit).await
    }

    async fn has_all_texts(&mut self, keys: &IndexKeys) -> Result<bool, StoreError> {
        texts::is_whole(self.connection(), keys).await
    }

    async fn index_texts(&mut self, keys: &IndexKeys) -> Result<u64, StoreError> {
        text_upkeep::index_where_many_wait(self.connection(), keys).await
    }

    async fn has_texts_left(&mut self) -> Result<bool, StoreError> {
        text_upkeep::has_left(self.connection()).await
    }

    async fn forget_texts(&mut self, keys: &IndexKeys) -> Result<(), StoreError> {
        text_upkeep::forget(self.connection(), keys).await
    }

    async fn remove_claimed_records(&mut self, files: &[RecordFileId]) -> Result<u64, StoreError> {
        let sql = "DELETE FROM records WHERE state = 'claimed' AND file_id IN";
        run_among(self.connection(), sql, files).await
    }

    async fn put_hold(&mut self, hold: &Hold) -> Result<(), StoreError> {
        let sql = "INSERT INTO holds (id, released, body) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET released = $2, body = $3";
        run(self.connection(), sql, vec![Bind::of(hold.id), Bind::flag(hold.decided.is_some()), Bind::json(hold)?])
            .await?;
        Ok(())
    }

    async fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, StoreError> {
        one(self.connection(), "SELECT body FROM holds WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn holds(&mut self) -> Result<Vec<Hold>, StoreError> {
        all(self.connection(), "SELECT body FROM holds ORDER BY released, rowid DESC", vec![]).await
    }

    async fn put_search(&mut self, search: &SavedSearch) -> Result<(), StoreError> {
        let sql = "INSERT INTO saved_searches (id, name, body) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET name = $2, body = $3";
        let binds = vec![Bind::of(search.id), Bind::of(&search.name), Bind::json(search)?];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn search(&mut self, id: SearchId) -> Result<Option<SavedSearch>, StoreError> {
        one(self.connection(), "SELECT body FROM saved_searches WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn searches(&mut self) -> Result<Vec<SavedSearch>, StoreError> {
        all(self.connection(), "SELECT body FROM saved_searches ORDER BY name", vec![]).await
    }

    async fn remove_search(&mut self, id: SearchId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM saved_searches WHERE id = $1";
        Ok(run(self.connection(), sql, vec![Bind::of(id)]).await? > 0)
    }

    async fn put_disposal(&mut self, row: &DisposalRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO disposals (id, state, list_hash, planned_at, proposer, approver_1, approver_2, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (id) DO UPDATE SET state = $2, list_hash = $3, approver_1 = $6, approver_2 = $7, body = $8";
        let binds = vec![
            Bind::of(row.plan.id),
            Bind::of(row.state.word()),
            Bind::of(&row.plan.list_hash),
            Bind::of(row.planned_at),
            Bind::of(row.proposer),
            Bind::maybe(row.approval_1.as_ref().map(|approval| approval.by)),
            Bind::maybe(row.approval_2.as_ref().map(|approval| approval.by)),
            Bind::json(row)?,
        ];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn disposal(&mut self, id: DisposalId) -> Result<Option<DisposalRow>, StoreError> {
        one(self.connection(), "SELECT body FROM disposals WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn disposals(&mut self) -> Result<Vec<DisposalRow>, StoreError> {
        all(self.connection(), "SELECT body FROM disposals ORDER BY rowid DESC", vec![]).await
    }

    async fn put_item(&mut self, row: &ItemRow) -> Result<(), StoreError> {
        self.put_items(std::slice::from_ref(row)).await
    }

    async fn put_items(&mut self, rows: &[ItemRow]) -> Result<(), StoreError> {
        let rows = rows.iter().map(item_binds).collect::<Result<_, _>>()?;
        insert(self.connection(), PUT_ITEM.0, PUT_ITEM.1, rows).await
    }

    async fn item(&mut self, disposal: DisposalId, file: RecordFileId) -> Result<Option<ItemRow>, StoreError> {
        let sql = "SELECT body FROM disposal_items WHERE disposal_id = $1 AND file_id = $2";
        one(self.connection(), sql, vec![Bind::of(disposal), Bind::of(file)]).await
    }

    async fn items_among(&mut self, disposal: DisposalId, files: &[RecordFileId]) -> Result<Vec<ItemRow>, StoreError> {
        let (sql, disposal) = ("SELECT body FROM disposal_items WHERE file_id IN", disposal.to_string());
        let found = among(self.connection(), sql, files, Some(("AND disposal_id =", &disposal))).await?;
        found.iter().map(read).collect()
    }

    async fn frozen_among(
        &mut self,
        disposal: DisposalId,
        files: &[RecordFileId],
    ) -> Result<Vec<(ItemRow, String)>, StoreError> {
        let (sql, disposal) = ("SELECT file_id, body FROM disposal_items WHERE file_id IN", disposal.to_string());
        let found = among(self.connection(), sql, files, Some(("AND disposal_id =", &disposal))).await?;
        found.iter().map(|row| Ok((read(row)?, frozen(row)?.1))).collect()
    }

    async fn items_in(
        &mut self,
        disposal: DisposalId,
        state: ItemState,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, StoreError> {
        let sql = "SELECT body FROM disposal_items WHERE disposal_id = $1 AND state = $2 AND file_id > $3
            ORDER BY file_id LIMIT $4";
        let binds =
            vec![Bind::of(disposal), Bind::of(state.word()), Bind::after(after), Bind::Number(i64::from(limit))];
        all(self.connection(), sql, binds).await
    }

    async fn items_after(
        &mut self,
        disposal: DisposalId,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, StoreError> {
        let binds = vec![Bind::of(disposal), Bind::after(after), Bind::Number(i64::from(limit))];
        all(self.connection(), ITEMS_AFTER, binds).await
    }

    async fn frozen_items(
        &mut self,
        disposal: DisposalId,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<(RecordFileId, String)>, StoreError> {
        let binds = vec![Bind::of(disposal), Bind::after(after), Bind::Number(i64::from(limit))];
        let rows = rows(self.connection(), ITEMS_AFTER, binds).await?;
        rows.iter().map(frozen).collect()
    }

    async fn item_counts(&mut self, disposal: DisposalId) -> Result<BTreeMap<ItemState, u64>, StoreError> {
        let sql = "SELECT state, count(*) AS items FROM disposal_items WHERE disposal_id = $1 GROUP BY state";
        let rows = rows(self.connection(), sql, vec![Bind::of(disposal)]).await?;
        let count = |row: &Row| {
            let word: String = row.get("state")?;
            let state = ItemState::parse(&word).ok_or_else(|| StoreError::Damaged(format!("no state {word}")))?;
            Ok((state, row.get::<i64>("items")?.unsigned_abs()))
        };
        rows.iter().map(count).collect()
    }

    async fn living_item(&mut self, file: RecordFileId) -> Result<Option<ItemRow>, StoreError> {
        let sql = "SELECT body FROM disposal_items WHERE file_id = $1 AND state <> 'withdrawn'";
        one(self.connection(), sql, vec![Bind::of(file)]).await
    }

    async fn put_tombstone(&mut self, row: &Tombstone) -> Result<(), StoreError> {
        self.put_tombstones(std::slice::from_ref(row)).await
    }

    async fn put_tombstones(&mut self, rows: &[Tombstone]) -> Result<(), StoreError> {
        let rows = rows.iter().map(tombstone_binds).collect::<Result<_, _>>()?;
        insert(self.connection(), PUT_TOMBSTONE.0, PUT_TOMBSTONE.1, rows).await
    }

    async fn tombstone(&mut self, record: RecordId) -> Result<Option<Tombstone>, StoreError> {
        one(self.connection(), "SELECT body FROM tombstones WHERE record_id = $1", vec![Bind::of(record)]).await
    }

    async fn tombstones(&mut self, disposal: DisposalId) -> Result<Vec<Tombstone>, StoreError> {
        let sql = "SELECT body FROM tombstones WHERE disposal_id = $1 ORDER BY record_id";
        all(self.connection(), sql, vec![Bind::of(disposal)]).await
    }

    async fn add_to_register(&mut self, row: &DisposalRegisterRow) -> Result<(), StoreError> {
        self.add_all_to_register(std::slice::from_ref(row)).await
    }

    async fn add_all_to_register(&mut self, rows: &[DisposalRegisterRow]) -> Result<(), StoreError> {
        let rows = rows.iter().map(register_binds).collect::<Result<_, _>>()?;
        insert(self.connection(), ADD_TO_REGISTER, "", rows).await
    }

    async fn complete_in_register(&mut self, row: &DisposalRegisterRow) -> Result<bool, StoreError> {
        let sql = "UPDATE disposal_register SET disposal_id = $2, body = $3 WHERE file_id = $1 AND disposal_id IS NULL";
        let binds = vec![Bind::of(row.file), Bind::maybe(row.disposal), Bind::json(row)?];
        Ok(run(self.connection(), sql, binds).await? == 1)
    }

    async fn disposal_register(&mut self) -> Result<Vec<DisposalRegisterRow>, StoreError> {
        all(self.connection(), "SELECT body FROM disposal_register ORDER BY seq", vec![]).await
    }

    async fn disposal_register_page(
        &mut self,
        walk: RegisterWalk,
        limit: u32,
    ) -> Result<Vec<(u64, DisposalRegisterRow)>, StoreError> {
        let after = "SELECT seq, body FROM disposal_register WHERE seq > $1 ORDER BY seq LIMIT $2";
        let before = "SELECT seq, body FROM disposal_register WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
        let (sql, number) = match walk {
            RegisterWalk::After(number) => (after, Bind::count(number)?),
            RegisterWalk::Before(Some(number)) => (before, Bind::count(number)?),
            RegisterWalk::Before(None) => (before, Bind::Number(i64::MAX)),
        };
        let found = rows(self.connection(), sql, vec![number, Bind::Number(i64::from(limit))]).await?;
        found.iter().map(|row| Ok((row.get::<i64>("seq")?.unsigned_abs(), read(row)?))).collect()
    }

    async fn count_disposal_register(&mut self) -> Result<u64, StoreError> {
        let rows = rows(self.connection(), "SELECT count(*) AS lines FROM disposal_register", vec![]).await?;
        rows.first().map_or(Ok(0), |row| Ok(row.get::<i64>("lines")?.unsigned_abs()))
    }
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} cannot be read"))
}

/// Reads of an item what was frozen, letter by letter.
fn frozen(row: &Row) -> Result<(RecordFileId, String), StoreError> {
    #[derive(Deserialize)]
    struct Frozen<'a> {
        #[serde(borrow)]
        item: &'a RawValue,
    }
    let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
    let body: String = row.get("body")?;
    let read: Frozen<'_> = serde_json::from_str(&body).map_err(|error| damaged(&error))?;
    let file: String = row.get("file_id")?;
    Ok((file.parse().map_err(|error| damaged(&error))?, read.item.get().to_owned()))
}
