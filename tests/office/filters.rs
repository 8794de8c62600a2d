//! Filters beside the words of the search: what is found with them is what a walk over all records finds, by whoever asks,
//! page by page, on every way through the database.

use super::database;
use super::hall::{DISCLOSURE, Hall, ROADS, code, day, person, record};
use fumikura::id::{RecordFileId, RecordId};
use fumikura::office::ports::{FileRow, RecordRow, SearchedPart, SearchedPlaces, Store, WantedFiles, WantedRecords};
use fumikura::office::records::{AccessChange, AccessTarget, NewRecord, NewRecordFile, SearchCursor};
use fumikura::office::{Actor, Role};
use fumikura::records::{AccessClass, ClassCode, Medium, RecordAccess, RecordFilter, normal_form};
use fumikura::time::{Date, FiscalYear};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const CLASSES: [&str; 5] = ["A-01-01", "A-01-02", "A-02-01", "B-02", "C-02"];
const SECTIONS: [&str; 6] = ["総務課", "総務課長", "ドウロ課", "ﾄﾞｳﾛ課長", "観光課長", "長"];
/// More records than wait to be indexed, and some that do.
const RECORDS: usize = 700;

/// Numbers that look random, and are the same each time.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A text of few characters, now and then written otherwise.
    fn text(&mut self, longest: usize) -> String {
        const CHARS: [&str; 10] = ["下", "水", "道", "国", "國", "許", "可", "ﾄﾞ", "ど", "1"];
        (0..1 + self.below(longest)).map(|_| self.one(&CHARS)).collect()
    }

    fn day(&mut self) -> Date {
        let (year, month) = (2019 + self.below(4) as i16, self.one(&[1, 3, 4, 12]));
        Date::new(year, month, self.one(&[1, 15, if month == 4 { 30 } else { 31 }])).unwrap()
    }

    fn filter(&mut self) -> RecordFilter {
        let mut some = || self.below(3) == 0;
        let [class, section, year, from, until, access] = [some(), some(), some(), some(), some(), some()];
        let (from, until) = (from.then(|| self.day()), until.then(|| self.day()));
        RecordFilter {
            class: class.then(|| ClassCode::parse(self.one(&["A", "A-01", "A-01-02", "B", "C-02", "D"])).unwrap()),
            section: section.then(|| self.one(&["総務課", "どうろ課", "観光課", "総務課長", "税務課"]).to_owned()),
            year: year.then(|| FiscalYear(2018 + self.below(6) as i16)),
            from,
            until: until.filter(|last| from.is_none_or(|first| first <= *last)),
            access: access.then(|| self.one(&AccessClass::ALL)),
        }
    }
}

/// A hall with files of many kinds, and rows in them without packages.
struct Stacks {
    hall: Hall,
    store: Arc<dyn Store>,
    files: BTreeMap<RecordFileId, FileRow>,
    /// In the order of filing.
    rows: Vec<RecordRow>,
    outsider: Actor,
}

impl Stacks {
    async fn open(folder: &std::path::Path, lots: &mut Lots) -> Self {
        let hall = Hall::open(folder).await;
        let store = database::open(&hall.folder.join("office.sqlite")).await;
        let file = hall.open_file(ROADS).await;
        let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
        let mut tx = store.begin().await.unwrap();
        let (seed, first) = (tx.record(id).await.unwrap().unwrap(), tx.file(file).await.unwrap().unwrap());
        let mut files = BTreeMap::from([(file, first.clone())]);
        for number in 0..40_u128 {
            let mut row = first.clone();
            row.file.id = RecordFileId::from_bytes((number + 1).to_be_bytes());
            row.file.class = ClassCode::parse(lots.one(&CLASSES)).unwrap();
            (row.file.creator, row.file.custodian) = (lots.one(&SECTIONS).into(), lots.one(&SECTIONS).into());
            row.file.access.class = lots.one(&AccessClass::ALL);
            files.insert(row.file.id, row.clone());
            tx.put_file(&row).await.unwrap();
        }
        tx.commit().await.unwrap();
        let ids: Vec<RecordFileId> = files.keys().copied().collect();
        let mut rows = vec![seed.clone()];
        for number in 0..RECORDS as u128 {
            let mut row = seed.clone();
            row.record.id = RecordId::from_bytes((number + 1).to_be_bytes());
            row.receipt.package.record = row.record.id;
            (row.record.file, row.record.title, row.record.number) = (lots.one(&ids), lots.text(9), None);
            row.record.created = lots.day();
            row.record.access = RecordAccess::of(lots.one(&AccessClass::ALL)).filter(|_| lots.below(4) == 0);
            rows.push(row);
        }
        let clerk = person(&hall.office, "outsider", Role::RecordsClerk).await;
        let outsider = Actor::new(clerk.user(), "outsider".into(), "観光課".into(), [Role::RecordsClerk].into());
        let stacks = Self { hall, store, files, rows, outsider };
        stacks.plant(&stacks.rows[1..600]).await;
        stacks.plant(&stacks.rows[600..]).await;
        stacks
    }

    async fn plant(&self, rows: &[RecordRow]) {
        let mut tx = self.store.begin().await.unwrap();
        tx.put_records(rows).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn access(&self, row: &RecordRow) -> AccessClass {
        let own = row.record.access.as_ref().map_or(AccessClass::Public, |own| own.class);
        own.max(self.files[&row.record.file].file.access.class)
    }

    /// What a walk over all records finds for somebody who sees everything, or for the outsider; newest first, and of a day
    /// the last one filed first.
    fn by_hand(&self, words: &str, filter: &RecordFilter, sees_all: bool) -> Vec<RecordId> {
        let words: Vec<String> = words.split_whitespace().map(normal_form).collect();
        let fits = |row: &&RecordRow| {
            let (record, file) = (&row.record, &self.files[&row.record.file].file);
            let is_of = |section: &String| {
                [&file.creator, &file.custodian]
                    .into_iter()
                    .map(|name| normal_form(name))
                    .any(|name| name == normal_form(section) || name == format!("{}長", normal_form(section)))
            };
            let year = record.created.year() - i16::from(record.created.month() < 4);
            let numbers = record.number.clone().unwrap_or_default();
            words.iter().all(|word| [&record.title, &numbers].iter().any(|text| normal_form(text).contains(word)))
                && filter
                    .class
                    .as_ref()
                    .is_none_or(|class| format!("{}-", file.class).starts_with(&format!("{class}-")))
                && filter.section.as_ref().is_none_or(is_of)
                && filter.year.is_none_or(|asked| asked.0 == year)
                && filter.from.is_none_or(|first| first <= record.created)
                && filter.until.is_none_or(|last| record.created <= last)
                && filter.access.is_none_or(|access| access == self.access(row))
                && (sees_all || self.access(row) < AccessClass::Restricted || file.custodian == "観光課長")
        };
        let mut found: Vec<&RecordRow> = self.rows.iter().rev().filter(fits).collect();
        found.sort_by_key(|row| std::cmp::Reverse(row.record.created));
        found.into_iter().map(|row| row.record.id).collect()
    }

    /// What the office finds, page by page.
    async fn found(&self, actor: &Actor, words: &str, filter: &RecordFilter, most: u32) -> Vec<RecordId> {
        let (mut found, mut from): (Vec<RecordId>, Option<SearchCursor>) = (Vec::new(), None);
        loop {
            let page = self.hall.office.search_on(actor, words, filter, from, most).await.unwrap();
            assert!(page.hits.len() <= most as usize);
            found.extend(page.hits.iter().map(|hit| hit.row.record.id));
            let Some(next) = page.next else { return found };
            from = Some(next.to_string().parse().unwrap());
        }
    }

    /// What the rows are asked for by a filter.
    fn wanted(&self, filter: &RecordFilter) -> WantedRecords {
        let names = self.files.values().flat_map(|row| [row.file.creator.clone(), row.file.custodian.clone()]);
        let (from, until) = filter.days();
        let below = |class: &ClassCode| {
            let all = CLASSES.iter().filter(|one| format!("{one}-").starts_with(&format!("{class}-")));
            all.map(|one| ClassCode::parse(one).unwrap()).collect()
        };
        let of = |section: &String| {
            let asked = normal_form(section);
            let is_it = |name: &String| [asked.clone(), format!("{asked}長")].contains(&normal_form(name));
            names.filter(is_it).collect::<BTreeSet<String>>().into_iter().collect()
        };
        let files =
            WantedFiles { classes: filter.class.as_ref().map(below), sections: filter.section.as_ref().map(of) };
        WantedRecords { files, from, until, access: filter.access }
    }

    /// What the database finds in a part, in pages of some length.
    async fn in_part(&self, words: &str, part: &SearchedPart, page: u32) -> Vec<RecordId> {
        let (words, mut found, mut before) = (fumikura::records::SearchWords::of(words), Vec::new(), None);
        let mut tx = self.store.read().await.unwrap();
        loop {
            let there = tx.find_records(&words, part, before, page).await.unwrap();
            assert!(there.len() <= page as usize);
            let Some(last) = there.last() else { return found };
            before = Some(last.place);
            let ids: Vec<RecordId> = there.iter().map(|one| one.record).collect();
            let has = tx.records_with(&words, &ids).await.unwrap();
            let has: BTreeSet<RecordId> = has.into_iter().map(|row| row.record.id).collect();
            found.extend(ids.into_iter().filter(|id| has.contains(id)));
        }
    }

    async fn agrees(&self, lots: &mut Lots, rounds: usize, when: &str) {
        for _ in 0..rounds {
            let filter = lots.filter();
            let words = (0..lots.below(3)).map(|_| lots.text(2)).collect::<Vec<_>>().join(" ");
            let most = lots.one(&[3, 50, 1_000]);
            let asked = format!("{words:?}, {filter:?}, {most} at once, {when}");
            for (actor, sees_all) in [(&self.hall.auditor, true), (&self.outsider, false)] {
                let expected = self.by_hand(&words, &filter, sees_all);
                // What is restricted is written down for each page.
                let most = if expected.len() > 30 { most.max(50) } else { most };
                assert_eq!(self.found(actor, &words, &filter, most).await, expected, "{asked}");
            }
            // Whether many fit or few, and whichever way the database goes then.
            let (wanted, expected) = (self.wanted(&filter), self.by_hand(&words, &filter, true));
            let part = self.store.read().await.unwrap().searched_part(&wanted).await.unwrap();
            assert_eq!(self.in_part(&words, &part, 37).await, expected, "{asked}");
            let WantedRecords { files, access, .. } = wanted;
            let lists = [files.classes.as_ref().map(Vec::len), files.sections.as_ref().map(Vec::len)];
            if !lists.contains(&Some(0)) {
                let many = SearchedPart { which: SearchedPlaces::Fitting(files, access), ..part };
                assert_eq!(self.in_part(&words, &many, 37).await, expected, "{asked}, asked row by row");
            }
        }
    }
}

#[tokio::test]
async fn filters_find_what_a_walk_over_all_records_finds() {
    let folder = tempfile::tempdir().unwrap();
    let mut lots = Lots(1);
    let mut stacks = Stacks::open(folder.path(), &mut lots).await;
    stacks.agrees(&mut lots, 40, "at first").await;

    // Files and records change class, section and day, and what is found changes with them.
    for id in stacks.files.keys().copied().collect::<Vec<_>>().into_iter().step_by(3) {
        let row = stacks.files.get_mut(&id).unwrap();
        row.file.access.class = lots.one(&AccessClass::ALL);
        (row.file.creator, row.file.custodian) = (lots.one(&SECTIONS).into(), lots.one(&SECTIONS).into());
        let mut tx = stacks.store.begin().await.unwrap();
        tx.put_file(row).await.unwrap();
        tx.commit().await.unwrap();
    }
    let files: Vec<RecordFileId> = stacks.files.keys().copied().collect();
    for number in (1..stacks.rows.len()).step_by(7) {
        let row = &mut stacks.rows[number];
        row.record.file = lots.one(&files);
        row.record.access = RecordAccess::of(lots.one(&AccessClass::ALL));
    }
    stacks.plant(&stacks.rows[1..]).await;
    stacks.agrees(&mut lots, 15, "after changes").await;

    // What stands in a database from before there were filters.
    stacks.hall.execute("UPDATE record_files SET creator = '', custodian = ''").await;
    stacks.hall.execute("UPDATE record_places SET access = 0").await;
    for sql in database::FILTERS.split(';') {
        let lines = sql.lines().filter(|line| !line.starts_with("--"));
        let sql = lines.collect::<Vec<_>>().join("\n");
        if ["UPDATE record_files SET", "UPDATE record_places"].iter().any(|start| sql.trim().starts_with(start)) {
            stacks.hall.execute(sql).await;
        }
    }
    stacks.agrees(&mut lots, 15, "after the migration").await;
}

#[tokio::test]
async fn odd_filters_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let stacks = Stacks::open(folder.path(), &mut Lots(2)).await;
    let (hall, all) = (&stacks.hall, RecordFilter::default());
    let find = async |filter: &RecordFilter| stacks.found(&hall.auditor, "", filter, 1_000).await.len();
    assert!(all.is_empty() && find(&all).await == RECORDS + 1);
    let days = RecordFilter { from: Some(day("2020-04-02")), until: Some(day("2020-04-01")), ..all.clone() };
    assert_eq!(code(hall.office.search_on(&hall.auditor, "", &days, None, 9).await), "filing-days-reversed");
    for (filter, is_all) in [
        (RecordFilter { from: Some(Date::MIN), until: Some(Date::MAX), ..all.clone() }, true),
        (RecordFilter { from: Some(day("0000-01-01")), ..all.clone() }, true),
        (RecordFilter { until: Some(Date::MIN), ..all.clone() }, false),
        (RecordFilter { year: Some(FiscalYear(i16::MAX)), ..all.clone() }, false),
        (RecordFilter { year: Some(FiscalYear(2020)), until: Some(day("2020-03-31")), ..all.clone() }, false),
        (RecordFilter { section: Some("'; DROP TABLE records --\0%".to_owned()), ..all.clone() }, false),
        (RecordFilter { section: Some("課".repeat(100_000)), ..all.clone() }, false),
        (RecordFilter { class: ClassCode::parse("Z"), ..all.clone() }, false),
    ] {
        assert_eq!(find(&filter).await, if is_all { RECORDS + 1 } else { 0 }, "{filter:?}");
    }
    let stranger = Actor::new(hall.clerk.user(), "stranger".to_owned(), "観光課".to_owned(), [].into());
    assert_eq!(code(hall.office.search_on(&stranger, "", &all, None, 9).await), "office-not-in-role");
    assert_eq!(code(hall.office.search_choices(&stranger).await), "office-not-in-role");

    // What there is to choose from: every class in use with those above it, and each section once.
    let choices = hall.office.search_choices(&stacks.outsider).await.unwrap();
    let codes: Vec<&str> = choices.classes.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["A", "A-01", "A-01-01", "A-01-02", "A-02", "A-02-01", "B", "B-02", "C", "C-02"]);
    assert_eq!(choices.classes[2].1, "総務／文書／文書の収受・発送");
    assert_eq!(choices.sections.len(), 4, "{:?}", choices.sections);
    for section in choices.sections {
        assert!(find(&RecordFilter { section: Some(section.clone()), ..all.clone() }).await > 0, "{section}");
    }
}

/// A file of a class and a section with a document that says something, through the office.
async fn filed(hall: &Hall, class: &str, section: &str, access: Option<AccessClass>) -> (RecordFileId, RecordId) {
    let new = NewRecordFile {
        title: format!("簿冊 {section}"),
        class: ClassCode::parse(class).unwrap(),
        opened: day("2026-04-10"),
        year: None,
        creator: section.to_owned(),
        custodian: format!("{section}長"),
        place: "書庫".to_owned(),
        medium: Medium::Electronic,
        access,
    };
    let file = hall.office.open_file(&hall.managers[0], new).await.unwrap();
    let text = format!("公共下水道使用料の減免（{section}）");
    let new = NewRecord { media_type: "text/plain".to_owned(), bytes: text.into_bytes(), ..record(file, 1) };
    (file, hall.office.file_record(&hall.managers[0], new).await.unwrap().record)
}

#[tokio::test]
async fn contents_are_found_through_filters_by_whom_they_may_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let clerk = person(&hall.office, "outsider", Role::RecordsClerk).await;
    let outsider = Actor::new(clerk.user(), "outsider".into(), "観光課".into(), [Role::RecordsClerk].into());
    let (roads, road) = filed(&hall, ROADS, "道路課", None).await;
    let (_, tour) = filed(&hall, DISCLOSURE, "観光課", Some(AccessClass::Restricted)).await;
    let (taxes, tax) = filed(&hall, DISCLOSURE, "税務課", Some(AccessClass::Restricted)).await;
    let (office, all) = (&hall.office, RecordFilter::default());
    let find = async |actor: &Actor, filter: RecordFilter| -> Vec<RecordId> {
        let found = office.search_on(actor, "減免 下水", &filter, None, 99).await.unwrap();
        assert!(found.hits.iter().all(|hit| hit.excerpt.is_some()) && found.next.is_none());
        found.hits.iter().map(|hit| hit.row.record.id).collect()
    };
    let class = |code| RecordFilter { class: ClassCode::parse(code), ..RecordFilter::default() };
    let section = |name: &str| RecordFilter { section: Some(name.to_owned()), ..RecordFilter::default() };
    let restricted = RecordFilter { access: Some(AccessClass::Restricted), ..all.clone() };
    for (filter, everybody, theirs) in [
        (all.clone(), vec![tax, tour, road], vec![tour, road]),
        (class("B"), vec![road], vec![road]),
        (class("A"), vec![tax, tour], vec![tour]),
        (section("道路課"), vec![road], vec![road]),
        (section("税務課"), vec![tax], vec![]),
        (restricted.clone(), vec![tax, tour], vec![tour]),
        (RecordFilter { access: Some(AccessClass::Internal), ..section("税務課") }, vec![], vec![]),
        (RecordFilter { year: Some(FiscalYear(2026)), ..class("A") }, vec![tax, tour], vec![tour]),
        (RecordFilter { year: Some(FiscalYear(2025)), ..all.clone() }, vec![], vec![]),
    ] {
        assert_eq!(find(&hall.auditor, filter.clone()).await, everybody, "{filter:?}");
        assert_eq!(find(&outsider, filter.clone()).await, theirs, "{filter:?}");
    }

    // Who is given charge of a file, and who may see it, counts from then on.
    let store = database::open(&hall.folder.join("office.sqlite")).await;
    let mut tx = store.begin().await.unwrap();
    let mut row = tx.file(taxes).await.unwrap().unwrap();
    row.file.custodian = "観光課長".to_owned();
    tx.put_file(&row).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(find(&outsider, section("観光課")).await, [tax, tour]);
    let raise = AccessChange::Class { class: AccessClass::Restricted, reason: String::new() };
    office.change_access(&hall.managers[0], AccessTarget::File(roads), raise).await.unwrap();
    assert_eq!(find(&hall.auditor, restricted.clone()).await, [tax, tour, road]);
    assert_eq!(find(&outsider, restricted).await, [tax, tour]);
    hall.clean().await;
}
