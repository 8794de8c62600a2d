//! The rows of records, holds and disposals, as a transaction reads and writes them.

use super::StoreError;
use super::record_rows::*;
use super::{SearchedPart, WantedRecords};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, HoldId, NoticeId, RecordFileId, RecordId, SearchId};
use crate::records::{ClassCode, Hold, ItemState, RecordFile, SavedSearch, SearchWords};
use crate::time::{Date, FiscalYear};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

/// Reads and writes of records in one transaction. Rows that cannot be read are errors, never skipped.
#[async_trait]
pub trait RecordRows: Send {
    /// Adds a rule set; a set and version that is there already is a conflict.
    async fn insert_rule_set(&mut self, row: &StoredRuleSet) -> Result<(), StoreError>;
    /// Writes down who approved a rule set; its words never change.
    async fn approve_rule_set(&mut self, row: &StoredRuleSet) -> Result<(), StoreError>;
    /// Returns every rule set, in the order of loading.
    async fn rule_sets(&mut self) -> Result<Vec<StoredRuleSet>, StoreError>;
    /// Returns a rule set by identifier and version.
    async fn rule_set(&mut self, set: &str, version: &str) -> Result<Option<StoredRuleSet>, StoreError>;

    /// Adds or changes a record file.
    async fn put_file(&mut self, row: &FileRow) -> Result<(), StoreError>;
    /// Adds or changes record files, each another.
    async fn put_files(&mut self, rows: &[FileRow]) -> Result<(), StoreError>;
    /// Returns a record file.
    async fn file(&mut self, id: RecordFileId) -> Result<Option<FileRow>, StoreError>;
    /// Returns those of some record files that are there, in any order.
    async fn files_among(&mut self, files: &[RecordFileId]) -> Result<Vec<FileRow>, StoreError>;
    /// Returns every record file, by class and title.
    async fn files(&mut self) -> Result<Vec<FileRow>, StoreError>;
    /// Returns record files with what their records come to, those after a file in the survey's order, at most `limit`.
    async fn survey(
        &mut self,
        survey: Survey,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<SurveyedFile>, StoreError>;
    /// Returns one record file with what its records come to.
    async fn surveyed(&mut self, file: RecordFileId) -> Result<Option<SurveyedFile>, StoreError>;
    /// Returns those of some record files that are there, in any order, with what their records come to.
    async fn surveyed_among(&mut self, files: &[RecordFileId]) -> Result<Vec<SurveyedFile>, StoreError>;
    /// Returns record files that still have their records, each with its last day as it is stored, by identifier, those
    /// after a file, at most `limit`.
    async fn living_files(
        &mut self,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<(RecordFile, Option<Date>)>, StoreError>;
    /// Returns record files that still have their records, by identifier, those after a file, at most `limit`.
    async fn file_rows(&mut self, after: Option<RecordFileId>, limit: u32) -> Result<Vec<FileRow>, StoreError>;
    /// Counts the record files that still have their records by custodian, as the rows hold that name, and class.
    async fn files_by_custodian(&mut self) -> Result<Vec<(String, ClassCode, u64)>, StoreError>;
    /// Counts the record files that still have their records by custodian, as the rows hold that name, and by the fiscal year in
    /// which they fall due, the day after their last one as it is stored; none without a last day.
    async fn files_falling_due(&mut self) -> Result<Vec<(String, Option<FiscalYear>, u64)>, StoreError>;
    /// Returns the record files that take records, those after a file in the register's order, at most `limit`.
    async fn open_files(&mut self, after: Option<RecordFileId>, limit: u32) -> Result<Vec<RecordFile>, StoreError>;
    /// Returns the record files that are restricted.
    async fn restricted_files(&mut self) -> Result<Vec<FileRow>, StoreError>;
    /// Returns the record files for which a more open access class is wished that waits for a second person.
    async fn wished_files(&mut self) -> Result<Vec<FileRow>, StoreError>;
    /// Returns the records of which the same is so.
    async fn wished_records(&mut self) -> Result<Vec<RecordRow>, StoreError>;
    /// Counts the record files: all of them, those that still have their records, and of these those without a last day.
    async fn count_files(&mut self) -> Result<(u64, u64, u64), StoreError>;
    /// Returns the classes that have record files.
    async fn classes_in_use(&mut self) -> Result<Vec<ClassCode>, StoreError>;
    /// Returns the record files of a class, each with whether it is on a list that did not let it go.
    async fn files_of_class(&mut self, class: &ClassCode) -> Result<Vec<(RecordFileId, bool)>, StoreError>;

    /// Writes down intents to file records, each another.
    async fn put_intents(&mut self, intents: &[&IngestIntent]) -> Result<(), StoreError>;
    /// Takes intents away, those of them that are there.
    async fn remove_intents(&mut self, records: &[RecordId]) -> Result<(), StoreError>;
    /// Takes the intent away; tells whether there was one.
    async fn remove_intent(&mut self, record: RecordId) -> Result<bool, StoreError>;
    /// Returns every open intent.
    async fn intents(&mut self) -> Result<Vec<IngestIntent>, StoreError>;

    /// Adds or changes a record.
    async fn put_record(&mut self, row: &RecordRow) -> Result<(), StoreError>;
    /// Adds or changes records, each another.
    async fn put_records(&mut self, rows: &[RecordRow]) -> Result<(), StoreError>;
    /// Changes records, each another, that were read in this transaction and of which nothing but the state changed.
    async fn put_record_states(&mut self, rows: &[RecordRow]) -> Result<(), StoreError>;
    /// Returns a record.
    async fn record(&mut self, id: RecordId) -> Result<Option<RecordRow>, StoreError>;
    /// Returns those of some identifiers that a record has.
    async fn records_known(&mut self, ids: &[RecordId]) -> Result<BTreeSet<RecordId>, StoreError>;
    /// Returns those of some digests that the original bytes of a record have.
    async fn digests_among(&mut self, digests: &[Sha256Hex]) -> Result<BTreeSet<Sha256Hex>, StoreError>;
    /// Returns the records of a file, by identifier.
    async fn records_in(&mut self, file: RecordFileId) -> Result<Vec<RecordRow>, StoreError>;
    /// Returns the records of some files, in any order.
    async fn records_among(&mut self, files: &[RecordFileId]) -> Result<Vec<RecordRow>, StoreError>;
    /// Returns every record, by identifier.
    async fn records(&mut self) -> Result<Vec<RecordRow>, StoreError>;
    /// Returns the records with these original bytes, oldest first.
    async fn records_of_bytes(&mut self, sha256: &Sha256Hex) -> Result<Vec<RecordRow>, StoreError>;
    /// Returns the record of a notice.
    async fn record_of_notice(&mut self, notice: NoticeId) -> Result<Option<RecordRow>, StoreError>;
    /// Returns the notices that are filed as records which are restricted, or whose file is, with both.
    async fn restricted_notices(&mut self) -> Result<Vec<(NoticeId, RecordRow, FileRow)>, StoreError>;
    /// Returns the names of the sections that made record files, or keep them now, as the rows hold them.
    async fn sections(&mut self) -> Result<Vec<String>, StoreError>;
    /// Returns the part of the order of answers in which all records lie that are wanted. It holds in this unit of work, as
    /// long as that writes nothing.
    async fn searched_part(&mut self, wanted: &WantedRecords) -> Result<SearchedPart, StoreError>;
    /// Returns records of a part in whose titles or numbers the words may stand, and all in which they do, newest first, those
    /// that come after a place, at most `limit`. What was written in this unit of work is found, too.
    async fn find_records(
        &mut self,
        words: &SearchWords,
        part: &SearchedPart,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<FoundRecord>, StoreError>;
    /// Returns the place of a record in the order of answers.
    async fn place_of(&mut self, record: RecordId) -> Result<Option<u64>, StoreError>;
    /// Returns those of some records in whose titles or numbers the words do stand, in any order.
    async fn records_with(&mut self, words: &SearchWords, ids: &[RecordId]) -> Result<Vec<RecordRow>, StoreError>;
    /// Brings some thousand records into the index of words that are not in it, where many are not; a search finds these, too,
    /// but has to look at each. Returns how many they were: none when few are left.
    async fn index_words(&mut self) -> Result<u64, StoreError>;
    /// Counts the records that are not in the index of words yet.
    async fn count_unindexed(&mut self) -> Result<u64, StoreError>;
    /// Leaves what this unit of work files out of the index of words until that is asked for: where it files very much.
    fn index_words_later(&mut self);
    /// Puts the texts of records that are there, under the key of the index; of what has none it is written down that it was
    /// read. Where very many wait to be indexed they are, with that.
    async fn put_texts(&mut self, keys: &IndexKeys, texts: &[RecordText]) -> Result<(), StoreError>;
    /// Returns the texts at some places of [`FoundRecord`], as they are sealed, in any order.
    async fn texts_at(&mut self, places: &[u64]) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;
    /// Returns records of a part in whose texts, titles and numbers the words may stand together, and all with a text in which
    /// they do, newest first, those that come after a place, at most `limit`.
    async fn find_texts(
        &mut self,
        keys: &IndexKeys,
        words: &SearchWords,
        part: &SearchedPart,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<FoundRecord>, StoreError>;
    /// Returns records whose packages are still to be read for their text, those after one, each with the sealed text that
    /// lies there of an earlier time.
    async fn texts_to_read(
        &mut self,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<(RecordId, Option<Vec<u8>>)>, StoreError>;
    /// Tells whether contents can be searched in all records: none is still to be read.
    async fn has_all_texts(&mut self, keys: &IndexKeys) -> Result<bool, StoreError>;
    /// Brings some thousand texts into the index of contents that are not in it, where many are not. Returns how many.
    async fn index_texts(&mut self, keys: &IndexKeys) -> Result<u64, StoreError>;
    /// Tells whether the index of contents still holds what is gone.
    async fn has_texts_left(&mut self) -> Result<bool, StoreError>;
    /// Takes what is gone out of some blocks of the index of contents and writes them under new keys; what they held before
    /// nobody can read any more. To be done until nothing is left.
    async fn forget_texts(&mut self, keys: &IndexKeys) -> Result<(), StoreError>;
    /// Takes away the rows of the destroyed records of some files, after their tombstones are written: those that are
    /// claimed. Returns how many they were.
    async fn remove_claimed_records(&mut self, files: &[RecordFileId]) -> Result<u64, StoreError>;

    /// Adds or changes a hold.
    async fn put_hold(&mut self, hold: &Hold) -> Result<(), StoreError>;
    /// Returns a hold.
    async fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, StoreError>;
    /// Returns every hold ever placed.
    async fn holds(&mut self) -> Result<Vec<Hold>, StoreError>;

    /// Adds or changes a saved search; a name that another has is a conflict.
    async fn put_search(&mut self, search: &SavedSearch) -> Result<(), StoreError>;
    /// Returns a saved search.
    async fn search(&mut self, id: SearchId) -> Result<Option<SavedSearch>, StoreError>;
    /// Returns every saved search, by name.
    async fn searches(&mut self) -> Result<Vec<SavedSearch>, StoreError>;
    /// Takes a saved search away; tells whether there was one.
    async fn remove_search(&mut self, id: SearchId) -> Result<bool, StoreError>;

    /// Adds or changes a disposal.
    async fn put_disposal(&mut self, row: &DisposalRow) -> Result<(), StoreError>;
    /// Returns a disposal.
    async fn disposal(&mut self, id: DisposalId) -> Result<Option<DisposalRow>, StoreError>;
    /// Returns every disposal, newest first.
    async fn disposals(&mut self) -> Result<Vec<DisposalRow>, StoreError>;
    /// Adds or changes an item of a disposal.
    async fn put_item(&mut self, row: &ItemRow) -> Result<(), StoreError>;
    /// Adds or changes items, each another.
    async fn put_items(&mut self, rows: &[ItemRow]) -> Result<(), StoreError>;
    /// Returns the item of a file in a disposal.
    async fn item(&mut self, disposal: DisposalId, file: RecordFileId) -> Result<Option<ItemRow>, StoreError>;
    /// Returns the items of some files in a disposal, in any order.
    async fn items_among(&mut self, disposal: DisposalId, files: &[RecordFileId]) -> Result<Vec<ItemRow>, StoreError>;
    /// Returns the items of some files in a disposal, in any order, each with its frozen part as its JSON stands in the
    /// database.
    async fn frozen_among(
        &mut self,
        disposal: DisposalId,
        files: &[RecordFileId],
    ) -> Result<Vec<(ItemRow, String)>, StoreError>;
    /// Returns items of a disposal in a state, by file, those after a file, at most `limit`.
    async fn items_in(
        &mut self,
        disposal: DisposalId,
        state: ItemState,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, StoreError>;
    /// Returns items of a disposal in any state, by file, those after a file, at most `limit`.
    async fn items_after(
        &mut self,
        disposal: DisposalId,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, StoreError>;
    /// Returns the frozen part of items as its JSON stands in the database, by file, those after a file, at most `limit`.
    async fn frozen_items(
        &mut self,
        disposal: DisposalId,
        after: Option<RecordFileId>,
        limit: u32,
    ) -> Result<Vec<(RecordFileId, String)>, StoreError>;
    /// Returns how many items of a disposal are in each state.
    async fn item_counts(&mut self, disposal: DisposalId) -> Result<BTreeMap<ItemState, u64>, StoreError>;
    /// Returns the item of a file that is not withdrawn.
    async fn living_item(&mut self, file: RecordFileId) -> Result<Option<ItemRow>, StoreError>;

    /// Adds or changes a tombstone.
    async fn put_tombstone(&mut self, row: &Tombstone) -> Result<(), StoreError>;
    /// Adds or changes tombstones, each another.
    async fn put_tombstones(&mut self, rows: &[Tombstone]) -> Result<(), StoreError>;
    /// Returns the tombstone of a record.
    async fn tombstone(&mut self, record: RecordId) -> Result<Option<Tombstone>, StoreError>;
    /// Returns the tombstones of a disposal, by record.
    async fn tombstones(&mut self, disposal: DisposalId) -> Result<Vec<Tombstone>, StoreError>;
    /// Adds a row to the 移管・廃棄簿.
    async fn add_to_register(&mut self, row: &DisposalRegisterRow) -> Result<(), StoreError>;
    /// Adds rows to the 移管・廃棄簿, in their order.
    async fn add_all_to_register(&mut self, rows: &[DisposalRegisterRow]) -> Result<(), StoreError>;
    /// Writes into a row of the 移管・廃棄簿 that our copy of what the archives have was destroyed; tells whether there was one.
    async fn complete_in_register(&mut self, row: &DisposalRegisterRow) -> Result<bool, StoreError>;
    /// Returns the 移管・廃棄簿, oldest first.
    async fn disposal_register(&mut self) -> Result<Vec<DisposalRegisterRow>, StoreError>;
    /// Returns rows of the 移管・廃棄簿 with their numbers, at most `limit`.
    async fn disposal_register_page(
        &mut self,
        walk: RegisterWalk,
        limit: u32,
    ) -> Result<Vec<(u64, DisposalRegisterRow)>, StoreError>;
    /// Counts the rows of the 移管・廃棄簿.
    async fn count_disposal_register(&mut self) -> Result<u64, StoreError>;
}
