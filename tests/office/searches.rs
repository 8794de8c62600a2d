//! Saved searches: descriptions under a name, and holds that outlive what is saved under it (R6).

use super::hall::{AFTER_GRACE, DISCLOSURE, DUE, Hall, ROADS, code, day, record};
use fumikura::id::{RecordFileId, SearchId};
use fumikura::office::records::{FileChange, NewRecord, NewSearch};
use fumikura::records::{ClassCode, HoldKind, HoldPredicate, HoldScope, ItemState, SavedSearch};

fn words(title: &str) -> HoldPredicate {
    HoldPredicate { title_contains: Some(title.to_owned()), ..HoldPredicate::default() }
}

async fn save(hall: &Hall, name: &str, what: HoldPredicate) -> SavedSearch {
    hall.office.save_search(&hall.clerk, NewSearch { name: name.to_owned(), what }).await.unwrap()
}

async fn hold(hall: &Hall, search: SearchId) -> (Vec<RecordFileId>, Vec<RecordFileId>) {
    let placed = hall.office.place_hold_on_search(&hall.clerk, search, HoldKind::Litigation, "事件 1").await.unwrap();
    (placed.files, placed.taken_back)
}

async fn found(hall: &Hall, what: &HoldPredicate, most: usize) -> Vec<RecordFileId> {
    let (mut files, mut after) = (Vec::new(), None);
    loop {
        let page = hall.office.find_files(&hall.auditor, what, after, most).await.unwrap();
        assert!(page.rows.len() <= most);
        files.extend(page.rows.iter().map(|row| row.file));
        after = page.next;
        if after.is_none() {
            return files;
        }
    }
}

/// Files a record with a title into a file of its own, which is closed then.
async fn titled(hall: &Hall, title: &str) -> RecordFileId {
    let file = hall.open_file(ROADS).await;
    let new = NewRecord { title: title.to_owned(), ..record(file, 1) };
    hall.office.file_record(&hall.clerk, new).await.unwrap();
    hall.office.close_file(&hall.clerk, file, day("2026-04-10")).await.unwrap();
    file
}

#[tokio::test]
async fn a_hold_lies_on_whatever_the_search_page_finds_by_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let titles = ["廣澤橋の事故", "広沢橋の工事", "ﾋﾛｻﾜ橋", "広 沢 橋", "広岡橋"];
    let mut files = Vec::new();
    for title in titles {
        files.push(titled(&hall, title).await);
    }
    for (asked, which) in [
        ("広沢橋", vec![0, 1, 3]),
        ("廣沢", vec![0, 1, 3]),
        ("橋　廣", vec![0, 1, 3, 4]),
        ("ひろさわ", vec![2]),
        ("広 沢 橋", vec![0, 1, 3]),
    ] {
        let page = hall.office.search_records(&hall.auditor, asked, 99).await.unwrap();
        let mut shown: Vec<RecordFileId> = page.hits.iter().map(|hit| hit.row.record.file).collect();
        let mut expected: Vec<RecordFileId> = which.iter().map(|index| files[*index]).collect();
        let mut kept = hold(&hall, save(&hall, asked, words(asked)).await.id).await.0;
        let mut listed = found(&hall, &words(asked), 9).await;
        for list in [&mut shown, &mut expected, &mut kept, &mut listed] {
            list.sort();
        }
        assert_eq!((&shown, &kept, &listed), (&expected, &expected, &expected), "{asked}");
    }
}

#[tokio::test]
async fn a_search_is_saved_changed_renamed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let search = save(&hall, " 道路の事故 ", words("事故")).await;
    assert_eq!((search.name.as_str(), search.row_version), ("道路の事故", 1));
    let new = |name: &str, what| NewSearch { name: name.to_owned(), what };
    let office = &hall.office;
    assert_eq!(code(office.save_search(&hall.clerk, new("道路の事故", words("x"))).await), "search-name-taken");
    assert_eq!(code(office.save_search(&hall.clerk, new("何も", HoldPredicate::default())).await), "search-empty");
    assert_eq!(code(office.save_search(&hall.clerk, new("空白", words(" "))).await), "search-empty");
    assert_eq!(code(office.save_search(&hall.clerk, new("見えない", words("\u{200b}"))).await), "search-empty");
    assert_eq!(code(office.save_search(&hall.clerk, new("", words("x"))).await), "records-unsaid");
    let (from, until) = (Some(day("2026-04-02")), Some(day("2026-04-01")));
    let reversed = HoldPredicate { created_from: from, created_until: until, ..HoldPredicate::default() };
    assert_eq!(code(office.save_search(&hall.clerk, new("逆", reversed)).await), "filing-days-reversed");
    assert_eq!(code(office.save_search(&hall.auditor, new("監査", words("x"))).await), "office-not-in-role");
    let changed = office.change_search(&hall.clerk, search.id, new("市道の事故", words("市道")), 1).await.unwrap();
    assert_eq!((changed.id, changed.row_version), (search.id, 2));
    let late = office.change_search(&hall.managers[0], search.id, new("県道", words("県道")), 1).await;
    assert_eq!(code(late), "office-changed-meanwhile");
    save(&hall, "あとの検索", words("あと")).await;
    let names: Vec<String> = office.searches(&hall.auditor).await.unwrap().into_iter().map(|v| v.search.name).collect();
    assert_eq!(names, ["あとの検索", "市道の事故"]);
    assert_eq!(code(office.delete_search(&hall.auditor, search.id).await), "office-not-in-role");
    office.delete_search(&hall.clerk, search.id).await.unwrap();
    assert_eq!(code(office.delete_search(&hall.clerk, search.id).await), "search-not-found");
    assert_eq!(code(office.search(&hall.auditor, search.id).await), "search-not-found");
    let gone = office.change_search(&hall.clerk, search.id, new("戻す", words("x")), 2).await;
    assert_eq!(code(gone), "search-not-found", "what was deleted is not saved again by changing it");
    let held = office.place_hold_on_search(&hall.clerk, search.id, HoldKind::Audit, "監査").await;
    assert_eq!(code(held), "search-not-found");
    let entries = office.newest_entries(&hall.auditor, 100).await.unwrap();
    let said = serde_json::to_string(&entries).unwrap();
    assert!(said.contains("search.saved") && said.contains("search.deleted"));
    assert!(
        !said.contains("道路の事故") && !said.contains("市道"),
        "no name and no words of a search are in the ledger"
    );
}

#[tokio::test]
async fn a_hold_on_a_search_keeps_what_matches_now_and_later_and_outlives_every_change_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (now, other) = (titled(&hall, "事故の報告 1").await, titled(&hall, "占用の許可").await);
    let later = hall.open_file(ROADS).await;
    let search = save(&hall, "事故", words("事故")).await;
    hall.at(DUE);
    let id = hall.approved(&[now, other]).await.plan.id;
    assert_eq!(hold(&hall, search.id).await, (vec![now], vec![now]), "what it keeps goes off its list at once");
    let mut states = hall.item_states(id).await;
    states.sort();
    assert_eq!(states, [ItemState::SealedOff, ItemState::Withdrawn]);
    // What comes to match later is held, too, and what is saved under the name then changes nothing.
    let new = NewRecord { title: "事故の報告 2".to_owned(), created: day("2032-04-01"), ..record(later, 2) };
    hall.office.file_record(&hall.clerk, new).await.unwrap();
    let changed = NewSearch { name: "占用".to_owned(), what: words("占用") };
    hall.office.change_search(&hall.clerk, search.id, changed, 1).await.unwrap();
    let holds = async |file| hall.office.file_view(&hall.auditor, file).await.unwrap().holds.len();
    assert_eq!((holds(now).await, holds(later).await, holds(other).await), (1, 1, 0));
    let placed = hall.office.holds(&hall.auditor).await.unwrap()[0].hold.clone();
    assert_eq!(placed.scope, HoldScope::Predicate(words("事故")));
    let on = placed.search.unwrap();
    assert_eq!((on.id, on.name.as_str(), on.row_version), (search.id, "事故", 1));
    hall.at(AFTER_GRACE);
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [other]);
    // It is not deleted while that hold keeps anything, although it describes something else by now.
    assert_eq!(code(hall.office.delete_search(&hall.clerk, search.id).await), "search-held");
    assert_eq!(hall.office.search(&hall.auditor, search.id).await.unwrap().holds, 1);
    hall.at("2032-04-03T00:00:00Z");
    hall.office.release_hold(&hall.clerk, placed.id, day("2032-04-02")).await.unwrap();
    hall.office.delete_search(&hall.clerk, search.id).await.unwrap();
    assert_eq!(hall.office.holds(&hall.auditor).await.unwrap()[0].hold.scope, HoldScope::Predicate(words("事故")));
    hall.clean().await;
}

#[tokio::test]
async fn a_claim_finds_a_hold_on_a_search_that_could_not_reach_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = titled(&hall, "事故の報告").await;
    let search = save(&hall, "事故", words("事故")).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.execute(
        "INSERT INTO record_files (id, title, class, closed, row_version, because, body)
        VALUES ('00', '', 'A', 0, 1, '[]', 'torn')",
    )
    .await;
    let placed = hall.office.place_hold_on_search(&hall.clerk, search.id, HoldKind::Audit, "監査").await.unwrap();
    assert!(!placed.reached);
    hall.execute("DELETE FROM record_files WHERE id = '00'").await;
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.withdrawn.len(), hall.packages()), (vec![], 1, 1));
}

#[tokio::test]
async fn a_search_finds_what_a_hold_on_it_keeps_a_page_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let roads = [titled(&hall, "事故 1").await, titled(&hall, "事故 2").await, titled(&hall, "占用").await];
    let disclosure = hall.closed_file_of("2026-04-09", DISCLOSURE, 1).await;
    let place = FileChange::Place("別の書庫".to_owned());
    hall.office.change_file(&hall.clerk, disclosure, place).await.unwrap();
    let sorted = |mut files: Vec<RecordFileId>| {
        files.sort();
        files
    };
    let by = |change: fn(&mut HoldPredicate)| {
        let mut what = HoldPredicate::default();
        change(&mut what);
        what
    };
    let questions = [
        (words("事故"), vec![roads[0], roads[1]]),
        (by(|what| what.class = ClassCode::parse("A")), vec![disclosure]),
        (by(|what| what.created_until = "2026-04-09".parse().ok()), vec![disclosure]),
        (by(|what| what.creator_contains = Some("総務".to_owned())), vec![roads[0], roads[1], roads[2], disclosure]),
        (by(|what| what.custodian_contains = Some("道路課".to_owned())), vec![]),
        (
            by(|what| {
                what.creator_contains = Some("総務課".to_owned());
                what.title_contains = Some("占用".to_owned());
            }),
            vec![roads[2]],
        ),
    ];
    for (number, (what, expected)) in questions.into_iter().enumerate() {
        let expected = sorted(expected);
        for most in [1, 2, 9] {
            assert_eq!(sorted(found(&hall, &what, most).await), expected, "{what:?}, {most} a page");
        }
        let search = save(&hall, &format!("検索 {number}"), what).await;
        assert_eq!(sorted(hold(&hall, search.id).await.0), expected, "a hold keeps what the search finds");
    }
}

#[tokio::test]
async fn a_database_made_anew_knows_the_searches_and_the_holds_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = titled(&hall, "事故の報告").await;
    let search = save(&hall, "事故", words("事故")).await;
    hold(&hall, search.id).await;
    let before = hall.office.records_state().await.unwrap();
    hall.office.remember().await.unwrap();
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap(), before);
    let anew = hall.over("anew.sqlite").await;
    let views = anew.searches(&hall.auditor).await.unwrap();
    assert_eq!((views.len(), &views[0].search, views[0].holds), (1, &search, 1));
    assert_eq!(anew.file_view(&hall.auditor, file).await.unwrap().holds.len(), 1);
    // A restored database takes holds on them before anything else goes on.
    anew.place_hold_on_search(&hall.clerk, search.id, HoldKind::Audit, "監査").await.unwrap();
    let refused = anew.save_search(&hall.clerk, NewSearch { name: "新しい".to_owned(), what: words("x") }).await;
    assert_eq!(code(refused), "office-copy-unconfirmed");
}
