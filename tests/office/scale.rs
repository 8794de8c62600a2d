//! What lists find by an index is what a look at every file would find (R1, R2, R4, R6).

use super::hall::{DUE, Hall, ROADS, RULES, code, day, record};
use fumikura::fault::Fault;
use fumikura::id::RecordFileId;
use fumikura::office::records::{FileChange, NewHold, RegisterRow};
use fumikura::records::{ClassCode, Extension, HoldKind, HoldPredicate, HoldScope, ReasonCode, RuleChange, RuleFile};

/// A hall with files of several classes: closed, open, for ever, held by a title, and one that was extended.
async fn furnished(folder: &std::path::Path) -> (Hall, Vec<RecordFileId>) {
    let hall = Hall::open(folder).await;
    let mut files = Vec::new();
    for class in [ROADS, "A-01-01", "C-02", "A-02-01", ROADS] {
        files.push(hall.closed_file(class, 2).await);
    }
    files.push(hall.open_file(ROADS).await);
    let extension = Extension { years: 2, approved_on: None, authority: Some("規程 9".to_owned()) };
    hall.office.change_file(&hall.managers[0], files[4], FileChange::Extend(extension)).await.unwrap();
    (hall, files)
}

fn place(hall: &Hall, scope: HoldScope) -> impl Future<Output = Vec<RecordFileId>> {
    let new = NewHold { kind: HoldKind::Audit, scope, reason: "監査".to_owned() };
    async { hall.office.place_hold(&hall.clerk, new).await.unwrap().files }
}

/// Reads the register page by page.
async fn pages(hall: &Hall, words: &str, most: usize) -> Vec<RegisterRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = hall.office.register_page(&hall.auditor, words, after, most).await.unwrap();
        assert!(page.rows.len() <= most);
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn the_register_in_pages_is_the_whole_register_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, files) = furnished(folder.path()).await;
    let whole = hall.office.register(&hall.auditor).await.unwrap();
    assert_eq!(whole.len(), files.len());
    assert!(whole.is_sorted_by_key(|row| (row.class.clone(), row.title.clone(), row.file)));
    for most in 1..=7 {
        assert_eq!(pages(&hall, "", most).await, whole, "{most} a page");
    }
    let roads: Vec<_> = whole.iter().filter(|row| row.class.as_str() == ROADS).cloned().collect();
    assert_eq!(pages(&hall, "道路 総務課長", 2).await, roads);
    assert_eq!(pages(&hall, "どこにもない", 2).await, []);
    for row in &whole {
        let view = hall.office.file_view(&hall.auditor, row.file).await.unwrap();
        assert_eq!((row.records, &row.dates), (view.records.len(), &view.dates));
    }
}

#[tokio::test]
async fn a_hold_is_seen_in_lists_as_it_is_seen_on_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, files) = furnished(folder.path()).await;
    let mut named = record(files[5], 1);
    named.title = "事故報告".to_owned();
    hall.office.file_record(&hall.clerk, named).await.unwrap();
    hall.office.close_file(&hall.clerk, files[5], day("2026-04-10")).await.unwrap();
    hall.at("2040-01-01T00:00:00Z");
    let due =
        async || hall.office.due_list(&hall.auditor).await.unwrap().iter().map(|row| row.file).collect::<Vec<_>>();
    assert_eq!(due().await.len(), 5, "all but the one that is kept for ever");
    // The title is one of a record's, which no list reads without need.
    let words = HoldPredicate { title_contains: Some("事故".to_owned()), ..Default::default() };
    assert_eq!(place(&hall, HoldScope::Predicate(words)).await, [files[5]]);
    assert!(!due().await.contains(&files[5]));
    let record = hall.office.file_view(&hall.auditor, files[0]).await.unwrap().records[0].record.id;
    assert_eq!(place(&hall, HoldScope::Record(record)).await, [files[0]]);
    assert!(!due().await.contains(&files[0]));
    let days = HoldPredicate { created_from: Some(day("2026-04-11")), ..Default::default() };
    assert_eq!(place(&hall, HoldScope::Predicate(days)).await, [], "nothing was made so late");
    let mut below = place(&hall, HoldScope::Class(ClassCode::parse("A").unwrap())).await;
    below.sort_unstable();
    let mut of_a = [files[1], files[3]];
    of_a.sort_unstable();
    assert_eq!(below, of_a);
    assert_eq!(due().await.len(), 2);
    let held = hall.office.register(&hall.auditor).await.unwrap();
    for row in held {
        let view = hall.office.file_view(&hall.auditor, row.file).await.unwrap();
        assert_eq!((row.held, &row.dates), (!view.holds.is_empty(), &view.dates));
    }
}

#[tokio::test]
async fn a_preview_lists_what_is_due_says_why_the_rest_stays_and_counts_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, files) = furnished(folder.path()).await;
    place(&hall, HoldScope::File(files[0])).await;
    let as_of = day("2032-04-01");
    let preview = hall.office.preview_disposal(&hall.auditor, as_of, None).await.unwrap();
    assert_eq!(preview.listed.iter().map(|row| row.file).collect::<Vec<_>>(), [files[1]]);
    assert_eq!(preview.kept.iter().map(|kept| kept.file).collect::<Vec<_>>(), [files[0]]);
    assert!(preview.kept[0].because.iter().any(|reason| reason.code == ReasonCode::HoldOpen));
    assert_eq!((preview.later, preview.undated), (2, 2), "ten years, extended; for ever, still open");
    hall.at(DUE);
    let plan = hall.office.plan_disposal(&hall.managers[0], None).await.unwrap();
    assert_eq!(plan.plan.items.iter().map(|item| item.file).collect::<Vec<_>>(), [files[1]], "the preview was right");
    let preview = hall.office.preview_disposal(&hall.auditor, as_of, None).await.unwrap();
    assert_eq!(preview.listed, [], "what is on a list is not offered for another");
}

#[tokio::test]
async fn a_question_about_other_rules_names_what_they_shorten_and_lengthen() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, files) = furnished(folder.path()).await;
    let rule = RULES.split("[[rule]]").find(|rule| rule.contains("class = \"B-02\"")).unwrap();
    let ask = async |years: u16| {
        let other = RULES.replace(rule, &rule.replace("years = 5", &format!("years = {years}")));
        let set = RuleFile::read(&other.replace("2026.1", "2031.1")).unwrap().sound().unwrap();
        hall.office.preview_disposal(&hall.auditor, day("2030-04-01"), Some(set)).await.unwrap()
    };
    let shorter = ask(3).await;
    let mut moved: Vec<_> = shorter.moved.iter().map(|one| (one.file, one.change, one.before, one.after)).collect();
    moved.sort_unstable();
    let change = RuleChange::Shorter;
    let mut expected = vec![
        (files[0], change, Some(day("2032-03-31")), Some(day("2030-03-31"))),
        (files[4], change, Some(day("2034-03-31")), Some(day("2032-03-31"))),
        (files[5], change, None, None),
    ];
    expected.sort_unstable();
    assert_eq!(moved, expected);
    let mut listed: Vec<_> = shorter.listed.iter().map(|row| row.file).collect();
    listed.sort_unstable();
    let mut due = [files[0], files[1]];
    due.sort_unstable();
    assert_eq!(listed, due);
    let longer = ask(9).await;
    assert!(longer.moved.iter().all(|one| one.change == RuleChange::Longer) && longer.moved.len() == 3);
    assert_eq!(longer.listed.iter().map(|row| row.file).collect::<Vec<_>>(), [files[1]]);
    assert_eq!(ask(5).await.moved, []);
}

#[tokio::test]
async fn a_stored_day_that_is_wrong_calls_nothing_due_and_is_put_right_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, files) = furnished(folder.path()).await;
    hall.execute(format!("UPDATE record_files SET expires_on = '2020-03-31' WHERE id = '{}'", files[0])).await;
    assert_eq!(hall.office.due_list(&hall.auditor).await.unwrap(), []);
    assert_eq!(code(hall.office.plan_disposal(&hall.managers[0], None).await), "disposal-nothing-due");
    hall.execute(format!("UPDATE record_files SET expires_on = NULL WHERE id = '{}'", files[0])).await;
    let findings = hall.office.fsck(&hall.auditor).await.unwrap().findings;
    assert_eq!(findings.iter().map(|one| one.code).collect::<Vec<_>>(), ["fsck-dates-stale"]);
    assert_eq!(hall.office.recover().await.unwrap().dated, [files[0]]);
    assert_eq!(hall.office.recover().await.unwrap().dated, []);
    hall.at(DUE);
    let due = hall.office.due_list(&hall.auditor).await.unwrap();
    assert!(due.iter().any(|row| row.file == files[0]), "nothing that is due is missed");
    hall.clean().await;
}

#[tokio::test]
async fn documents_filed_together_have_each_their_answer_and_a_refused_one_keeps_no_other_out() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (open, closed) = (hall.open_file(ROADS).await, hall.closed_file(ROADS, 0).await);
    let mut untitled = record(open, 2);
    untitled.title.clear();
    let news = vec![record(open, 1), untitled, record(closed, 3), record(open, 1), record(open, 4)];
    let filed = hall.office.file_records(&hall.clerk, news).await.unwrap();
    let codes: Vec<_> = filed.iter().map(|one| one.as_ref().err().map(|error| error.code())).collect();
    assert_eq!(codes, [None, Some("records-unsaid"), Some("filing-file-closed"), None, None]);
    let [first, .., double, last] = filed.as_slice() else { unreachable!() };
    let (first, double) = (first.as_ref().unwrap(), double.as_ref().unwrap());
    assert_eq!((first.duplicate_of, double.duplicate_of), (None, Some(first.record)), "also of one that came along");
    let contents = hall.office.read_record(&hall.auditor, last.as_ref().unwrap().record).await.unwrap();
    assert_eq!(contents.originals[0].bytes, record(open, 4).bytes);
    assert_eq!((hall.packages(), pages(&hall, "", 9).await[0].records + pages(&hall, "", 9).await[1].records), (3, 3));
    let nobody = hall.office.file_records(&hall.auditor, vec![record(open, 5)]).await;
    assert_eq!(code(nobody), "office-not-in-role");
    hall.clean().await;
}
