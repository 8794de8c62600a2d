//! The search in contents: what documents say is found from the commit that files them, by whom it may be seen, in compounds
//! and in every form of characters; what was destroyed can be read nowhere; a lost index is made anew from the packages.

use super::access::ledger;
use super::database;
use super::hall::{AFTER_GRACE, DISCLOSURE, DUE, Hall, ROADS, code, day, person, record};
use fumikura::id::{RecordFileId, RecordId};
use fumikura::office::ports::{PackageName, Vault};
use fumikura::office::records::{FoundIn, NewRecord, RecordsFound};
use fumikura::office::{Actor, Office, Role};
use fumikura::package::Derivative;
use fumikura::records::{AccessClass, ClassCode, RecordFilter};
use std::path::Path;

/// A document of plain text.
fn document(file: RecordFileId, number: u8, text: &str) -> NewRecord {
    NewRecord {
        media_type: "text/plain".to_owned(),
        original_name: format!("{number}.txt"),
        bytes: text.as_bytes().to_vec(),
        ..record(file, number)
    }
}

async fn file(hall: &Hall, new: NewRecord) -> RecordId {
    hall.office.file_record(&hall.clerk, new).await.unwrap().record
}

async fn found_by(office: &Office, actor: &Actor, words: &str) -> RecordsFound {
    office.search_records(actor, words, 100).await.unwrap()
}

async fn ids(hall: &Hall, words: &str) -> Vec<RecordId> {
    let found = found_by(&hall.office, &hall.auditor, words).await;
    found.hits.iter().map(|hit| hit.row.record.id).collect()
}

/// Text that looks like Japanese, and is the same each time.
fn filler(seed: u64, characters: usize) -> String {
    let mut state = seed + 1;
    let mut next = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % below
    };
    let mut one = || match next(3) {
        0 => char::from_u32(0x3042 + next(80)).unwrap(),
        _ => char::from_u32(0x4e00 + next(3_000)).unwrap(),
    };
    (0..characters).map(|_| one()).filter(|c| !"下水道龘靐減免".contains(*c)).collect()
}

#[tokio::test]
async fn what_documents_say_is_found_in_compounds_and_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let roads = hall.open_file(ROADS).await;
    let first = file(&hall, document(roads, 1, "公共下水道使用料の減\n免について\n﨑山花子")).await;
    let second = file(&hall, document(roads, 2, "水道局の検針。道と下水。ﾄﾞﾗｲﾊﾞｰ")).await;
    let read = Derivative {
        kind: "text".to_owned(),
        media_type: "text/plain; charset=utf-8".to_owned(),
        bytes: "読み取った文字：橋梁点検".into(),
    };
    let scan = NewRecord { derivatives: vec![read], ..record(roads, 3) };
    let third = file(&hall, scan).await;
    let titled = file(&hall, NewRecord { title: "下水道の計画".to_owned(), ..document(roads, 4, "別の事") }).await;
    for (words, expected) in [
        ("下水道", vec![titled, first]),
        ("減免", vec![first]),
        ("使用料の減免", vec![first]),
        ("崎山", vec![first]),
        ("どらいばー", vec![second]),
        ("水", vec![titled, second, first]),
        ("橋梁点検", vec![third]),
        ("水道 検針", vec![second]),
        ("道下", vec![]),
        ("水道使用料", vec![first]),
        ("道局 下水", vec![second]),
        // One word in the number, the other in the contents.
        ("見総第2号 検針", vec![second]),
        ("計画 別の事", vec![titled]),
    ] {
        assert_eq!(ids(&hall, words).await, expected, "{words}");
    }
    let found = found_by(&hall.office, &hall.auditor, "下水道").await;
    assert_eq!(found.hits.iter().map(|hit| hit.found_in).collect::<Vec<_>>(), [FoundIn::Title, FoundIn::Contents]);
    let shown = found.hits[1].excerpt.clone().unwrap();
    assert_eq!((shown.before.as_str(), shown.hit.as_str()), ("公共", "下水道"));
    assert!(shown.after.starts_with("使用料の減 免に") && found.has_all_contents && found.next.is_none());

    // What was read on a document is in its package, and so is what stands in it; the original is as it was.
    let package = hall.office.read_record(&hall.auditor, first).await.unwrap();
    assert_eq!(package.derivatives.len(), 1);
    assert_eq!(
        (package.derivatives[0].kind.as_str(), &package.derivatives[0].bytes),
        ("text", &package.originals[0].bytes)
    );
    assert_eq!(package.events.last().unwrap().kind, "creation");
    let kinds: Vec<String> = hall
        .office
        .read_record(&hall.auditor, third)
        .await
        .unwrap()
        .derivatives
        .into_iter()
        .map(|one| one.kind)
        .collect();
    assert_eq!(kinds, ["text"]);
    for (kind, bytes) in [("exe", b"a".to_vec()), ("text", vec![0xff, 0xfe, 0x80])] {
        let odd = Derivative { kind: kind.to_owned(), media_type: "text/plain".to_owned(), bytes };
        let new = NewRecord { derivatives: vec![odd], ..record(roads, 9) };
        assert_eq!(code(hall.office.file_record(&hall.clerk, new).await), "filing-derivative");
    }
}

/// What a search finds in contents alone, page by page.
async fn walked(hall: &Hall, words: &str, filter: &RecordFilter, most: u32) -> Vec<RecordId> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = hall.office.search_on(&hall.auditor, words, filter, from, most).await.unwrap();
        all.extend(page.hits.iter().map(|hit| hit.row.record.id));
        assert!(page.hits.len() <= most as usize && page.has_all_contents);
        assert!(page.hits.iter().all(|hit| hit.found_in == FoundIn::Contents && hit.excerpt.is_some()));
        let Some(next) = page.next else { return all };
        from = Some(next.to_string().parse().unwrap());
    }
}

#[tokio::test]
async fn many_are_found_page_by_page_before_and_after_they_are_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let files = [hall.open_file(ROADS).await, hall.open_file(DISCLOSURE).await];
    let mut expected = Vec::new();
    for round in 0..9_u64 {
        let mut news = Vec::new();
        for number in 0..64_u64 {
            let seed = round * 64 + number;
            let marked = if seed.is_multiple_of(5) { "公共下水道龘" } else { "道下水" };
            let text = format!("{}{marked}{}", filler(seed, 40), filler(seed + 9_999, 40));
            let created = day(&format!("20{:02}-04-{:02}", 10 + seed % 16, 1 + seed % 10));
            news.push(NewRecord { created, ..document(files[(seed % 2) as usize], (seed % 250) as u8, &text) });
        }
        let days: Vec<_> = news.iter().map(|new| new.created).collect();
        let filed = hall.office.file_records(&hall.clerk, news).await.unwrap();
        for (number, (filed, created)) in filed.into_iter().zip(days).enumerate() {
            if (round * 64 + number as u64).is_multiple_of(5) {
                expected.push((created, expected.len(), filed.unwrap().record));
            }
        }
    }
    expected.sort();
    expected.reverse();
    // Every second one is in the second file.
    let in_second = |order: usize| order % 2 == 1;
    let class = RecordFilter { class: ClassCode::parse(DISCLOSURE), ..RecordFilter::default() };
    let of_years =
        RecordFilter { from: Some(day("2012-04-04")), until: Some(day("2019-04-06")), ..RecordFilter::default() };
    let both = RecordFilter { class: class.class.clone(), ..of_years.clone() };
    let ways = [
        (7, "下水道", RecordFilter::default()),
        (50, "龘", RecordFilter::default()),
        (1_000, "公共下水道龘", RecordFilter::default()),
        (7, "公共下水道龘", class.clone()),
        (1_000, "下水道", class),
        (7, "龘", of_years.clone()),
        (50, "下水道", of_years),
        (7, "下水道", both),
    ];
    for (most, words, filter) in ways {
        let (first, last) = filter.days();
        let fits = |(created, order, _): &&(_, usize, RecordId)| {
            first.is_none_or(|first| first <= *created)
                && last.is_none_or(|last| *created <= last)
                && (filter.class.is_none() || in_second(*order))
        };
        let expected: Vec<RecordId> = expected.iter().filter(fits).map(|(_, _, id)| *id).collect();
        assert!(expected.len() > 20);
        let all = walked(&hall, words, &filter, most).await;
        assert_eq!(all, expected, "{words}, {filter:?}, {most} at once");
    }
    let path = hall.folder.join("office.sqlite");
    let waiting = database::texts(&path, "SELECT CAST(count(*) AS TEXT) FROM texts_to_index").await;
    assert_ne!(waiting, ["576"], "most are in the index by now");
}

#[tokio::test]
async fn contents_of_restricted_records_are_found_by_nobody_else_and_leave_their_mark_in_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let clerk = person(&hall.office, "outsider", Role::RecordsClerk).await;
    let outsider = Actor::new(clerk.user(), "outsider".to_owned(), "観光課".to_owned(), [Role::RecordsClerk].into());
    let roads = hall.open_file(ROADS).await;
    for number in 0..30 {
        let access = (number % 3 != 0).then_some(AccessClass::Restricted);
        let text = format!("{}秘密の下水道{}", filler(number, 20), filler(number + 99, 20));
        file(&hall, NewRecord { access, ..document(roads, number as u8, &text) }).await;
    }
    for most in [3, 10, 100] {
        let found = hall.office.search_records(&outsider, "秘密の下水", most).await.unwrap();
        assert_eq!(found.hits.len(), (most as usize).min(10));
        assert_eq!((found.next.is_some(), found.unlogged, found.has_all_contents), (most < 10, 0, true));
        assert!(found.hits.iter().all(|hit| hit.row.record.access.is_none()));
    }
    let verbs = async || {
        let entries = ledger(&hall, roads).await;
        entries.iter().filter(|entry| entry.verb.as_str() == "file.searched").count()
    };
    let before = verbs().await;
    assert_eq!(found_by(&hall.office, &hall.clerk, "秘密の下水").await.hits.len(), 30);
    assert_eq!(verbs().await, before + 1);

    // The class of the file changes, and what is found with it.
    let store = database::open(&hall.folder.join("office.sqlite")).await;
    let mut row = store.read().await.unwrap().file(roads).await.unwrap().unwrap();
    row.file.access.class = AccessClass::Restricted;
    let mut tx = store.begin().await.unwrap();
    tx.put_file(&row).await.unwrap();
    tx.commit().await.unwrap();
    let found = found_by(&hall.office, &outsider, "秘密の下水").await;
    assert_eq!((found.hits.len(), found.next, found.has_all_contents), (0, None, true));
    // In a copy that nobody has confirmed nothing restricted is shown.
    hall.execute("INSERT INTO copies (ledger_seq) VALUES (1)").await;
    let found = found_by(&hall.office, &hall.clerk, "秘密の下水").await;
    assert_eq!((found.hits.len(), found.unlogged), (0, 30));
}

/// Returns every salt of the index.
async fn salts(hall: &Hall) -> Vec<String> {
    database::texts(&hall.folder.join("office.sqlite"), "SELECT salt FROM text_blocks").await
}

/// Returns the bytes of every file of the hall but the database, whose own are asked for otherwise.
fn bytes_of_files(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            bytes.extend(bytes_of_files(&path));
        } else {
            bytes.extend(std::fs::read(&path).unwrap_or_default());
        }
    }
    bytes
}

#[tokio::test]
async fn nobody_reads_what_a_destroyed_document_said_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    const MARK: &str = "龘靐龗齉の秘密";
    let (doomed, kept) = (hall.open_file(ROADS).await, hall.open_file(ROADS).await);
    let mut gone = Vec::new();
    // Of the same days, so that they share blocks, some indexed and some waiting.
    for round in 0..10_u64 {
        let mut news = Vec::new();
        for number in 0..60_u64 {
            let seed = round * 60 + number;
            let into = if number.is_multiple_of(6) { doomed } else { kept };
            let mark = if into == doomed { MARK } else { "残る下水道の事" };
            let text = format!("{}{mark}{}", filler(seed, 60), filler(seed + 7_777, 60));
            news.push(document(into, (seed % 250) as u8, &text));
        }
        let files: Vec<RecordFileId> = news.iter().map(|new| new.file).collect();
        for (filed, into) in hall.office.file_records(&hall.clerk, news).await.unwrap().into_iter().zip(files) {
            let id = filed.unwrap().record;
            if into == doomed {
                gone.push(id);
            }
        }
    }
    hall.office.close_file(&hall.clerk, doomed, day("2026-04-10")).await.unwrap();
    assert_eq!(ids(&hall, "靐龗").await.len(), 100);
    assert_eq!(ids(&hall, "残る下水道").await.len(), 100);
    let (old, path) = (salts(&hall).await, hall.folder.join("office.sqlite"));
    assert!(!old.is_empty());
    let before = hall.bytes_of_database().await;
    assert!(old.iter().all(|salt| before.contains(salt.as_str())));
    // While they live nothing of it lies open either.
    assert!(!before.contains(MARK) && !before.contains("龘靐"));
    hall.at(DUE);
    let id = hall.approved(&[doomed]).await.plan.id;
    hall.at(AFTER_GRACE);
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [doomed]);

    assert_eq!(ids(&hall, "靐龗").await, []);
    assert_eq!(ids(&hall, "残る下水道").await.len(), 100, "what shared its blocks is still found");
    // Without their salts nobody opens what may be left of the old blocks; without their keys nobody opens a text.
    let after = hall.bytes_of_database().await;
    let left: Vec<&String> = old.iter().filter(|salt| after.contains(salt.as_str())).collect();
    assert!(left.is_empty(), "{} of {} salts are left", left.len(), old.len());
    let now = salts(&hall).await;
    assert!(!now.is_empty() && now.iter().all(|salt| !old.contains(salt)));
    let packages: Vec<PackageName> = gone.iter().map(|record| PackageName { record: *record, version: 1 }).collect();
    assert!(hall.vault.text_keys(&packages).unwrap().iter().all(Result::is_err));
    assert_eq!(database::texts(&path, "SELECT CAST(count(*) AS TEXT) FROM texts_left").await, ["0"]);
    let all = bytes_of_files(&hall.folder);
    for mark in [MARK, "龘靐", "齉の秘"] {
        assert!(memchr::memmem::find(&all, mark.as_bytes()).is_none());
        let utf16: Vec<u8> = mark.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(memchr::memmem::find(&all, &utf16).is_none());
    }
    hall.clean().await;
}

#[tokio::test]
async fn a_database_made_anew_finds_contents_once_the_packages_were_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let roads = hall.open_file(ROADS).await;
    let mut expected = Vec::new();
    for number in 0..9 {
        expected
            .push(file(&hall, document(roads, number, &format!("{}下水道{number}", filler(number.into(), 30)))).await);
    }
    let silent = file(&hall, record(roads, 200)).await;
    expected.reverse();
    hall.office.remember().await.unwrap();
    hall.made_anew("anew.sqlite").await.unwrap();
    let anew = hall.over("anew.sqlite").await;
    let found = found_by(&anew, &hall.auditor, "下水道").await;
    assert_eq!((found.hits.len(), found.has_all_contents), (0, false), "and it says that contents are not complete");
    assert_eq!(found_by(&anew, &hall.auditor, "通知").await.hits.len(), 10);
    let read = anew.read_texts(None).await.unwrap();
    assert_eq!((read.read, read.passed_over), (10, 0));
    assert_eq!(anew.read_texts(read.after).await.unwrap().after, None);
    let found = found_by(&anew, &hall.auditor, "下水道").await;
    let mut ids: Vec<RecordId> = found.hits.iter().map(|hit| hit.row.record.id).collect();
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
    assert!(found.has_all_contents && !ids.contains(&silent));

    // The same at a start, for what a crash left, and where a package cannot be read.
    hall.execute("DELETE FROM record_texts").await;
    hall.execute("INSERT INTO texts_to_read SELECT record_id FROM record_places").await;
    let hidden = hall.folder.join("hidden");
    let missing = package_files(&hall.folder, expected[0]);
    std::fs::create_dir(&hidden).unwrap();
    for (number, path) in missing.iter().enumerate() {
        std::fs::rename(path, hidden.join(number.to_string())).unwrap();
    }
    let read = hall.office.read_texts(None).await.unwrap();
    assert_eq!((read.read, read.passed_over), (9, 1));
    let found = found_by(&hall.office, &hall.auditor, "下水道").await;
    assert_eq!((found.hits.len(), found.has_all_contents), (8, false));
    for (number, path) in missing.iter().enumerate() {
        std::fs::rename(hidden.join(number.to_string()), path).unwrap();
    }
    assert_eq!(hall.office.recover().await.unwrap().texts, 1);
    assert_eq!(found_by(&hall.office, &hall.auditor, "下水道").await.hits.len(), 9);
}

/// Returns where the copies of a record's package lie.
fn package_files(folder: &Path, record: RecordId) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(package_files(&path, record));
        } else if path.file_name().unwrap().to_string_lossy().starts_with(&record.to_string())
            && path.extension().unwrap() == "pkg"
        {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn a_damaged_index_of_contents_is_told_and_keeps_nothing_from_being_filed_or_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let doomed = hall.open_file(ROADS).await;
    for round in 0..9 {
        let news =
            (0..60).map(|number| document(doomed, number, &filler(round * 60 + u64::from(number), 30))).collect();
        hall.office.file_records(&hall.clerk, news).await.unwrap();
    }
    file(&hall, document(doomed, 99, "漏水の下水道")).await;
    hall.execute("UPDATE text_shards SET postings = (SELECT postings FROM text_shards LIMIT 1)").await;
    assert_eq!(code(hall.office.search_records(&hall.auditor, "漏水の下水道", 9).await), "store-damaged");
    file(&hall, document(doomed, 100, "もう一つの下水道")).await;
    hall.office.close_file(&hall.clerk, doomed, day("2026-04-10")).await.unwrap();
    let kept = hall.open_file(ROADS).await;
    let staying = file(&hall, document(kept, 1, "残る下水道")).await;
    hall.at(DUE);
    let id = hall.approved(&[doomed]).await.plan.id;
    hall.at(AFTER_GRACE);
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [doomed]);
    let found = found_by(&hall.office, &hall.auditor, "下水道").await;
    assert!(!found.has_all_contents, "what shared a block with it is to be read again");
    hall.office.read_texts(None).await.unwrap();
    assert_eq!(ids(&hall, "下水道").await, [staying]);

    // Under another key nothing opens: all is read anew, from the texts that lie there.
    hall.execute("UPDATE text_form SET key_check = x'00'").await;
    assert!(!found_by(&hall.office, &hall.auditor, "下水道").await.has_all_contents);
    let another = file(&hall, document(kept, 2, "別の下水道")).await;
    hall.office.read_texts(None).await.unwrap();
    assert_eq!(ids(&hall, "下水道").await, [another, staying]);
}

#[tokio::test]
async fn a_record_that_is_called_otherwise_is_found_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let roads = hall.open_file(ROADS).await;
    let id = file(&hall, document(roads, 1, "漏水の調査")).await;
    let store = database::open(&hall.folder.join("office.sqlite")).await;
    let mut row = store.read().await.unwrap().record(id).await.unwrap().unwrap();
    row.record.title = "改めた件名".to_owned();
    let mut tx = store.begin().await.unwrap();
    tx.put_records(&[row]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!found_by(&hall.office, &hall.auditor, "漏水").await.has_all_contents);
    hall.office.read_texts(None).await.unwrap();
    for words in ["漏水", "改めた 漏水", "改めた"] {
        assert_eq!(ids(&hall, words).await, [id], "{words}");
    }
    assert_eq!(ids(&hall, "通知 漏水").await, []);
}
