//! Lists in pages and questions over every file: nothing is left out, nothing is told twice (R1, R5).

use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, RULES, code, day};
use fumikura::id::RecordFileId;
use fumikura::office::records::{EffectQuestion, RulesEffect};
use fumikura::records::{RuleChange, RuleFile, RuleSet};

fn changed(changes: &[(&str, &str)]) -> RuleSet {
    let mut text = RULES.replace("2026.1", "2027.1");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    RuleFile::read(&text).and_then(RuleFile::sound).unwrap()
}

/// The rule of a class, from its head to its period.
fn years_of(rule: &str) -> (String, u32) {
    let text = RULES.split("[[rule]]").find(|one| one.contains(&format!("id = \"{rule}\""))).unwrap();
    let (before, rest) = text.split_once("years = ").unwrap();
    let years: u32 = rest.lines().next().unwrap().parse().unwrap();
    (format!("{before}years = {years}"), years)
}

async fn effect(hall: &Hall, set: &RuleSet, change: RuleChange, after: Option<RecordFileId>) -> RulesEffect {
    hall.office.effect_of_rules(&hall.auditor, set, EffectQuestion { change, after, most: 2 }).await.unwrap()
}

#[tokio::test]
async fn the_disposal_register_in_pages_is_the_whole_register() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let empty = hall.office.disposal_register_page(&hall.auditor, None, 2).await.unwrap();
    assert_eq!((empty.rows, empty.next, empty.all), (vec![], None, 0));
    let mut files = Vec::new();
    for _ in 0..5 {
        files.push(hall.closed_file(ROADS, 1).await);
    }
    hall.at(DUE);
    let id = hall.approved(&files).await.plan.id;
    hall.at(AFTER_GRACE);
    hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    let whole = hall.office.disposal_register(&hall.auditor).await.unwrap();
    assert_eq!(whole.len(), 5);
    let mut walked = Vec::new();
    let count = hall.office.walk_disposal_register(&hall.auditor, |row| walked.push(row.clone())).await.unwrap();
    assert_eq!((count, &walked), (5, &whole));
    for most in 1..=6 {
        let (mut rows, mut before) = (Vec::new(), None);
        loop {
            let page = hall.office.disposal_register_page(&hall.auditor, before, most).await.unwrap();
            assert!(page.rows.len() <= most as usize && page.all == 5);
            rows.extend(page.rows);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        rows.reverse();
        assert_eq!(rows, whole, "{most} a page, newest first");
    }
}

#[tokio::test]
async fn what_other_rules_would_mean_is_counted_for_every_file_and_listed_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let mut roads = Vec::new();
    for _ in 0..5 {
        roads.push(hall.closed_file(ROADS, 1).await);
    }
    let other = hall.closed_file("A-01-02", 1).await;
    roads.sort();
    let bound = hall.office.file_view(&hall.auditor, roads[0]).await.unwrap().file.rule.rule;
    let longer = hall.office.file_view(&hall.auditor, other).await.unwrap().file.rule.rule;
    let (was, years) = years_of(&bound);
    let (kept, kept_years) = years_of(&longer);
    assert!(years > 1);
    let (shorter, longer) = (
        format!("{}years = 1", was.rsplit_once("years = ").unwrap().0),
        format!("{}years = {}", kept.rsplit_once("years = ").unwrap().0, kept_years + 3),
    );
    let set = changed(&[(was.as_str(), shorter.as_str()), (kept.as_str(), longer.as_str())]);
    hall.at("2028-06-01T00:00:00Z");
    let whole = effect(&hall, &set, RuleChange::Shorter, None).await;
    let counts = (whole.files, whole.shorter, whole.longer, whole.unclear, whole.newly_over);
    assert_eq!(counts, (6, 5, 1, 0, 5));
    assert_eq!(whole.differences.first().unwrap().change, RuleChange::Shorter, "what is shortened comes first");
    let (mut seen, mut page) = (Vec::new(), whole);
    loop {
        assert!(page.moved.len() <= 2);
        for one in &page.moved {
            assert_eq!((one.before, one.after), (Some(day("2032-03-31")), Some(day("2028-03-31"))));
            assert_eq!(one.class.as_str(), ROADS);
        }
        seen.extend(page.moved.iter().map(|one| one.file));
        let Some(next) = page.next else { break };
        page = effect(&hall, &set, RuleChange::Shorter, Some(next)).await;
        assert_eq!(page.shorter, 5, "every page counts all of them");
    }
    assert_eq!(seen, roads);
    let kept = effect(&hall, &set, RuleChange::Longer, None).await;
    assert_eq!((kept.moved.len(), kept.moved[0].file, kept.next), (1, other, None));
    assert_eq!(effect(&hall, &set, RuleChange::Unclear, None).await.moved, []);
    let same = effect(&hall, &changed(&[]), RuleChange::Shorter, None).await;
    assert_eq!((same.differences, same.files, same.shorter + same.longer + same.unclear), (vec![], 6, 0));
    assert_eq!(
        code(hall.office.plan_disposal(&hall.managers[0], None).await),
        "disposal-nothing-due",
        "nothing changed"
    );
}

#[tokio::test]
async fn open_files_are_found_by_words_beyond_the_first_page() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let last = hall.open_file("C-02").await;
    for _ in 0..3 {
        hall.open_file(ROADS).await;
    }
    hall.closed_file("C-02", 0).await;
    let find = async |words: &str, most| {
        let found = hall.office.open_files(&hall.auditor, words, most).await.unwrap();
        found.into_iter().map(|(file, _)| file.id).collect::<Vec<_>>()
    };
    assert_eq!(find("", 9).await.len(), 4, "closed ones take no records");
    assert_eq!(find("", 2).await.len(), 2);
    assert_eq!(find("C-02", 1).await, [last]);
    assert_eq!(find("総務課 簿冊 C-02", 9).await, [last]);
    assert_eq!(find("どこにもない", 9).await, []);
}
