//! The search by words in titles and numbers: what the index finds is what a look at every record finds, at any time.

use super::database;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, day, person, record};
use fumikura::id::RecordId;
use fumikura::office::ports::{RecordRow, SearchedPart, Store};
use fumikura::office::records::NewRecord;
use fumikura::office::{Actor, Role};
use fumikura::records::{AccessClass, RecordAccess, RecordState, SearchWords, normal_form};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More records than wait to be indexed.
const MANY: usize = 700;

/// Numbers that look random, and are the same each time.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    /// A text of characters that are often the same as others, now and then.
    fn text(&mut self, longest: usize) -> String {
        const CHARS: [&str; 24] = [
            "下", "水", "道", "国", "國", "広", "廣", "許", "可", "申", "請", "書", "ﾄﾞ", "ド", "ど", "1", "１", "2",
            "A", "ａ", "-", "　", "𠮷", "吉",
        ];
        (0..1 + self.below(longest)).map(|_| CHARS[self.below(CHARS.len())]).collect()
    }

    fn created(&mut self) -> String {
        // Few days with many records, and many days with few.
        match self.below(3) {
            0 => "2024-05-01".to_owned(),
            _ => format!("{}-{:02}-{:02}", 1990 + self.below(30), 1 + self.below(12), 1 + self.below(28)),
        }
    }
}

/// A hall with a file, and rows that are put into it without packages.
struct Garden {
    hall: Hall,
    store: Arc<dyn Store>,
    seed: RecordRow,
    rows: BTreeMap<usize, RecordRow>,
}

impl Garden {
    async fn open(folder: &std::path::Path) -> Self {
        let hall = Hall::open(folder).await;
        let store = database::open(&hall.folder.join("office.sqlite")).await;
        let file = hall.open_file(ROADS).await;
        let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
        let seed = store.read().await.unwrap().record(id).await.unwrap().unwrap();
        Self { hall, store, seed, rows: BTreeMap::new() }
    }

    /// Puts a record into the file.
    fn row(&mut self, title: &str, number: Option<&str>, created: &str) -> RecordRow {
        let (mut row, count) = (self.seed.clone(), self.rows.len());
        row.record.id = RecordId::from_bytes((count as u128 + 1).to_be_bytes());
        row.receipt.package.record = row.record.id;
        row.record.title = title.to_owned();
        row.record.number = number.map(str::to_owned);
        row.record.created = day(created);
        self.rows.insert(count, row.clone());
        row
    }

    async fn plant(&self, rows: &[RecordRow]) {
        let mut tx = self.store.begin().await.unwrap();
        tx.put_records(rows).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn plant_any(&mut self, lots: &mut Lots, count: usize) {
        let mut rows = Vec::new();
        for _ in 0..count {
            let number = (lots.below(2) == 0).then(|| lots.text(6));
            rows.push(self.row(&lots.text(14), number.as_deref(), &lots.created()));
        }
        self.plant(&rows).await;
    }

    /// What a look at every record finds, newest first, and of a day the last one filed first.
    fn by_hand(&self, asked: &str) -> Vec<RecordId> {
        let words: Vec<String> = asked.split_whitespace().map(normal_form).collect();
        let has = |row: &&RecordRow| {
            let texts =
                [Some(&row.record.title), row.record.number.as_ref()].map(|text| text.map(|text| normal_form(text)));
            words.iter().all(|word| texts.iter().flatten().any(|text| text.contains(word.as_str())))
        };
        let mut found: Vec<&RecordRow> = self.rows.values().rev().filter(has).collect();
        found.sort_by_key(|row| std::cmp::Reverse(row.record.created));
        found.into_iter().map(|row| row.record.id).filter(|id| *id != self.seed.record.id).collect()
    }

    /// What the database finds, in pages of some length.
    async fn found(&self, asked: &str, page: u32) -> Vec<RecordId> {
        let (words, mut found, mut before) = (SearchWords::of(asked), Vec::new(), None);
        let mut tx = self.store.read().await.unwrap();
        loop {
            let there = tx.find_records(&words, &SearchedPart::default(), before, page).await.unwrap();
            assert!(there.len() <= page as usize);
            let Some(last) = there.last() else { break };
            before = Some(last.place);
            let ids: Vec<RecordId> = there.iter().map(|one| one.record).collect();
            let has = tx.records_with(&words, &ids).await.unwrap();
            let has: BTreeSet<RecordId> = has.into_iter().map(|row| row.record.id).collect();
            found.extend(ids.into_iter().filter(|id| has.contains(id) && *id != self.seed.record.id));
        }
        found
    }

    async fn agrees(&self, lots: &mut Lots, when: &str) {
        for page in [1_000, 1_000, 37, 37, 150, 150, 150, 1_000, 1_000, 1_000, 1_000, 1_000] {
            let words = (0..1 + lots.below(2)).map(|_| lots.text(3)).collect::<Vec<_>>().join(" ");
            assert_eq!(self.found(&words, page).await, self.by_hand(&words), "{words}, {when}");
        }
    }
}

#[tokio::test]
async fn the_index_finds_what_a_look_at_every_record_finds() {
    let folder = tempfile::tempdir().unwrap();
    let (mut garden, mut lots) = (Garden::open(folder.path()).await, Lots(1));
    garden.plant_any(&mut lots, 50).await;
    garden.agrees(&mut lots, "while all wait").await;
    garden.plant_any(&mut lots, MANY).await;
    garden.agrees(&mut lots, "when all are indexed").await;
    garden.plant_any(&mut lots, 200).await;
    garden.agrees(&mut lots, "when some wait").await;

    // The last ones of a day go, of which some wait, and their places are not given to others before the index forgets them.
    let gone: Vec<usize> = garden.rows.keys().copied().filter(|key| key % 3 == 0 || *key > 900).collect();
    for key in gone {
        let row = garden.rows.remove(&key).unwrap();
        garden.hall.execute(format!("DELETE FROM records WHERE id = '{}'", row.record.id)).await;
    }
    garden.agrees(&mut lots, "when some are gone").await;
    let kept = garden.rows.len();
    garden.rows = garden.rows.values().cloned().enumerate().collect();
    let mut fresh = Vec::new();
    for number in 0..MANY {
        let mut row = garden.row(&lots.text(14), None, &lots.created());
        row.record.id = RecordId::from_bytes((number as u128 + 100_000).to_be_bytes());
        garden.rows.insert(kept + number, row.clone());
        fresh.push(row);
    }
    garden.plant(&fresh).await;
    garden.agrees(&mut lots, "when others came").await;
    garden.store.settle().await.unwrap();
    garden.agrees(&mut lots, "when the index has forgotten").await;

    // A record that is called otherwise is found by what it is called now.
    let (key, mut row) = garden.rows.iter().next().map(|(key, row)| (*key, row.clone())).unwrap();
    row.record.title = "改めた件名 龘".to_owned();
    garden.plant(std::slice::from_ref(&row)).await;
    garden.rows.insert(key, row.clone());
    assert_eq!(garden.found("件名 龘", 9).await, [row.record.id]);
    garden.store.settle().await.unwrap();
    assert_eq!(garden.found("件名 龘", 9).await, [row.record.id]);
}

#[tokio::test]
async fn an_index_of_another_form_or_of_none_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut garden, mut lots) = (Garden::open(folder.path()).await, Lots(2));
    garden.plant_any(&mut lots, MANY).await;
    for form in [0, 99] {
        garden.hall.execute("DELETE FROM word_shards").await;
        garden.hall.execute(format!("UPDATE word_form SET form = {form}")).await;
        garden.agrees(&mut lots, "by another program's index").await;
        garden.plant_any(&mut lots, MANY).await;
        garden.agrees(&mut lots, "by another program's index, and more came").await;
        let mut tx = garden.store.begin().await.unwrap();
        let all = if form == 0 { 2 * MANY as u64 + 1 } else { 0 };
        assert_eq!(tx.index_words().await.unwrap(), all, "an older one is made anew, a newer one is left alone");
        tx.commit().await.unwrap();
        garden.agrees(&mut lots, "when it was made anew").await;
    }
}

#[tokio::test]
async fn what_was_filed_before_there_was_an_index_is_found_and_indexed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (mut garden, mut lots) = (Garden::open(folder.path()).await, Lots(3));
    garden.plant_any(&mut lots, MANY).await;
    for table in ["record_places", "places_to_index", "places_left", "word_shards"] {
        garden.hall.execute(format!("DELETE FROM {table}")).await;
    }
    let (_, fill) = database::WORDS.split_once("-- What stands here already waits for the next start.").unwrap();
    for sql in fill.split(';').filter(|sql| !sql.trim().is_empty()) {
        garden.hall.execute(sql).await;
    }
    garden.agrees(&mut lots, "before the next start").await;
    let mut tx = garden.store.begin().await.unwrap();
    assert_eq!(tx.index_words().await.unwrap(), MANY as u64 + 1);
    // A stop before the end leaves it as it was.
    drop(tx);
    garden.agrees(&mut lots, "when the start was broken off").await;
    let mut tx = garden.store.begin().await.unwrap();
    assert_eq!(tx.index_words().await.unwrap(), MANY as u64 + 1);
    assert_eq!(tx.index_words().await.unwrap(), 0);
    tx.commit().await.unwrap();
    garden.agrees(&mut lots, "after the next start").await;
}

#[tokio::test]
async fn no_pair_of_characters_of_a_destroyed_title_is_left_in_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let (mut garden, mut lots) = (Garden::open(folder.path()).await, Lots(4));
    let file = garden.hall.open_file(ROADS).await;
    for number in 0..9 {
        let new = NewRecord { title: format!("龘{}靐{number}", lots.text(9)), ..record(file, number) };
        garden.hall.office.file_record(&garden.hall.clerk, new).await.unwrap();
    }
    garden.hall.office.close_file(&garden.hall.clerk, file, day("2026-04-10")).await.unwrap();
    // Others on the same day, so that the rows of the index grow, and are moved about.
    for _ in 0..5 {
        let mut rows = Vec::new();
        for _ in 0..MANY {
            rows.push(garden.row(&lots.text(14), None, "2026-04-10"));
        }
        garden.plant(&rows).await;
    }
    let hall = &garden.hall;
    let search = async |words: &str| hall.office.search_records(&hall.auditor, words, 99).await.unwrap().hits.len();
    assert_eq!(search("龘").await, 9);
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    let before = hall.bytes_of_database().await;
    assert!(before.matches("龘").count() > 9, "not in titles alone");
    hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    let after = hall.bytes_of_database().await;
    assert_eq!((after.matches("龘").count(), after.matches("靐").count()), (0, 0));
    assert_eq!(search("龘").await, 0);
    garden.agrees(&mut lots, "when others were destroyed").await;
}

#[tokio::test]
async fn pages_that_words_were_moved_out_of_keep_nothing_of_what_was_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut garden, mut lots) = (Garden::open(folder.path()).await, Lots(6));
    let file = garden.hall.open_file(ROADS).await;
    let pair = |lots: &mut Lots, first: char| {
        let other = char::from_u32(0x4e00 + lots.below(6_000) as u32).unwrap();
        format!("{first}{other}{first}")
    };
    // In titles 亞 is written; 亜 is in the index alone.
    for round in 0..8 {
        let mut rows = Vec::new();
        for _ in 0..MANY {
            let mut row = garden.row(&pair(&mut lots, '仮'), None, &lots.created());
            if round < 3 && lots.below(4) == 0 {
                row.record.title = pair(&mut lots, '亞');
                (row.record.file, row.record.state) = (file, RecordState::Claimed);
                row.record.access = None;
            }
            rows.push(row);
        }
        garden.plant(&rows).await;
    }
    assert!(garden.hall.bytes_of_database().await.contains('亜'));
    let mut tx = garden.store.begin().await.unwrap();
    assert!(tx.remove_claimed_records(&[file]).await.unwrap() > 400);
    tx.commit().await.unwrap();
    garden.store.settle().await.unwrap();
    let bytes = garden.hall.bytes_of_database().await;
    assert_eq!((bytes.matches('亜').count(), bytes.matches('亞').count()), (0, 0));
}

#[tokio::test]
async fn somebody_who_may_see_little_finds_it_far_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut garden = Garden::open(folder.path()).await;
    let clerk = person(&garden.hall.office, "outsider", Role::RecordsClerk).await;
    let outsider = Actor::new(clerk.user(), "outsider".to_owned(), "観光課".to_owned(), [Role::RecordsClerk].into());
    let mut rows = Vec::new();
    for number in 0..3 * MANY {
        let mut row = garden.row(&format!("公共下水道 {number}"), None, &format!("20{:02}-04-01", 99 - number / 100));
        let open = number % 500 == 499;
        row.record.access = if open { None } else { RecordAccess::of(AccessClass::Restricted) };
        rows.push(row);
    }
    garden.plant(&rows).await;
    let office = &garden.hall.office;
    let seen: Vec<RecordId> = rows.iter().filter(|row| row.record.access.is_none()).map(|row| row.record.id).collect();
    for most in 0..=5 {
        let found = office.search_records(&outsider, "水道", most).await.unwrap();
        let ids: Vec<RecordId> = found.hits.iter().map(|hit| hit.row.record.id).collect();
        assert_eq!((ids.as_slice(), found.unlogged), (&seen[..seen.len().min(most as usize)], 0));
    }
    assert_eq!(office.search_records(&garden.hall.clerk, "下水", 50).await.unwrap().hits.len(), 50);

    // The classes of files and records change, and what is found with them.
    let shown = async || office.search_records(&outsider, "水道", 99).await.unwrap().hits.len();
    let mut file = garden.store.read().await.unwrap().file(garden.seed.record.file).await.unwrap().unwrap();
    for (class, count) in [(AccessClass::Restricted, 0), (AccessClass::Public, seen.len())] {
        file.file.access.class = class;
        let mut tx = garden.store.begin().await.unwrap();
        tx.put_file(&file).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shown().await, count, "{class:?}");
    }
    for (access, count) in [(None, seen.len() + 1), (RecordAccess::of(AccessClass::Restricted), seen.len())] {
        let mut row = rows[0].clone();
        row.record.access = access;
        garden.plant(&[row]).await;
        assert_eq!(shown().await, count);
    }
}

#[tokio::test]
async fn a_damaged_index_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (mut garden, mut lots) = (Garden::open(folder.path()).await, Lots(7));
    garden.plant_any(&mut lots, MANY).await;
    for bytes in ["ff", "0361", "0361e38181", "ffffffff", "03e38191ffffff01"] {
        garden.hall.execute(format!("UPDATE word_shards SET postings = x'{bytes}'")).await;
        let found = garden.hall.office.search_records(&garden.hall.auditor, "下水道許可", 9).await;
        assert_eq!(code(found), "store-damaged", "{bytes}");
    }
}

#[tokio::test]
async fn odd_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut garden = Garden::open(folder.path()).await;
    let odd =
        ["100% 確認_書", "「引用」\"'`", "🏢 庁舎", "か\u{3099}っこう", "NUL\0入り", "\\' OR 1=1 --", "葛\u{e0100}飾"];
    let rows: Vec<RecordRow> = odd.iter().map(|title| garden.row(title, None, "2026-04-01")).collect();
    garden.plant(&rows).await;
    let mut lots = Lots(5);
    for when in ["waiting", "indexed"] {
        let hall = &garden.hall;
        let search = async |words: &str| hall.office.search_records(&hall.auditor, words, 2_000).await.unwrap().hits;
        for (words, title) in [
            ("%", 0),
            ("_書", 0),
            ("0%確", 0),
            ("\"'", 1),
            ("🏢庁", 2),
            ("ガッコウ", 3),
            ("nul入", 4),
            ("' or 1=1", 5),
            ("葛飾", 6),
            ("葛\u{e0101}", 6),
        ] {
            let found = search(words).await;
            assert_eq!(
                found.iter().map(|hit| hit.row.record.id).collect::<Vec<_>>(),
                [rows[title].record.id],
                "{words}, {when}"
            );
        }
        for none in
            ["%%", "か飾", "'; DROP TABLE records", "\u{10ffff}", &"庁舎".repeat(50_000), &"庁舎 龘 ".repeat(20_000)]
        {
            assert_eq!(search(none).await.len(), 0, "{when}");
        }
        let all = search("").await.len();
        assert!(all > odd.len());
        assert_eq!(search(" \u{3000}\0").await.len(), all, "no words are in every title");
        garden.plant_any(&mut lots, MANY).await;
    }
    let stranger = Actor::new(garden.hall.clerk.user(), "stranger".to_owned(), "観光課".to_owned(), [].into());
    assert_eq!(code(garden.hall.office.search_records(&stranger, "庁舎", 9).await), "office-not-in-role");
}
