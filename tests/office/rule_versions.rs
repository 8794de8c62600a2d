//! Versions of a rule set: each acts on the days it is for, and none shortens by one person's word (R1).

use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, RULES, code, day, record};
use fumikura::records::{Gate, RetentionPeriod};

/// A later version of the rules, changed in places.
fn version(number: &str, changes: &[(&str, &str)]) -> String {
    let mut text = RULES.replace("2026.1", number);
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// A later version for the days from one on, changed in places.
fn later(number: &str, from: &str, changes: &[(&str, &str)]) -> String {
    // A rule that ends before that day would apply on none of the set's.
    let ended = RULES.split("[[rule]]").find(|rule| rule.contains("until = 2016-03-31")).unwrap();
    let (ended, from) = (format!("[[rule]]{ended}"), format!("effective_from = {from}"));
    let own = [("effective_from = 1990-04-01", from.as_str()), (ended.as_str(), "")];
    version(number, &[&own, changes].concat())
}

async fn period_today(hall: &Hall, class: &str) -> RetentionPeriod {
    let file = hall.open_file(class).await;
    hall.office.file_view(&hall.auditor, file).await.unwrap().file.terms.years
}

#[tokio::test]
async fn a_version_for_later_days_waits_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let old = hall.closed_file(ROADS, 1).await;
    hall.office.load_rules(&hall.managers[0], &later("2033", "2033-04-01", &[])).await.unwrap();
    assert_eq!(period_today(&hall, ROADS).await, RetentionPeriod::Years(5), "the present version goes on");
    hall.at(DUE);
    let id = hall.approved(&[old]).await.plan.id;
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.withdrawn), (vec![old], vec![]));
    hall.at("2033-04-02T00:00:00Z");
    let rules = hall.office.rules(&hall.auditor).await.unwrap().unwrap();
    assert_eq!((rules.version.as_str(), rules.effective_from), ("2033", day("2033-04-01")));
}

#[tokio::test]
async fn a_shorter_period_does_not_act_by_one_persons_word() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let shorter = version("2026.2", &[("years = 5", "years = 1")]);
    hall.office.load_rules(&hall.managers[0], &shorter).await.unwrap();
    assert_eq!(period_today(&hall, ROADS).await, RetentionPeriod::Years(5));
}

#[tokio::test]
async fn a_longer_period_acts_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    hall.office.load_rules(&hall.managers[0], &version("2026.2", &[("years = 5", "years = 10")])).await.unwrap();
    assert_eq!(period_today(&hall, ROADS).await, RetentionPeriod::Years(10));
}

#[tokio::test]
async fn a_shorter_period_acts_once_two_more_persons_have_approved_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let [first, second, third] = [&hall.managers[0], &hall.managers[1], &hall.managers[2]];
    let loaded = hall.office.load_rules(first, &version("2026.2", &[("years = 5", "years = 1")])).await.unwrap();
    assert!(!loaded.acts && !loaded.differences.is_empty());
    let approve = async |by, hash| hall.office.approve_rules(by, "sample-city", "2026.2", hash).await;
    assert_eq!(code(approve(first, &loaded.sha256).await), "disposal-same-person");
    assert_eq!(code(approve(&hall.clerk, &loaded.sha256).await), "office-not-in-role");
    let other = fumikura::digest::Sha256Hex::of(b"other words");
    assert_eq!(code(approve(second, &other).await), "filing-rules-not-as-shown");
    assert!(!approve(second, &loaded.sha256).await.unwrap());
    assert_eq!(code(approve(second, &loaded.sha256).await), "disposal-same-person");
    assert_eq!(hall.office.rules_waiting(&hall.auditor).await.unwrap()[0].approvals, 1);
    assert_eq!(period_today(&hall, ROADS).await, RetentionPeriod::Years(5));
    assert!(approve(third, &loaded.sha256).await.unwrap());
    assert_eq!(period_today(&hall, ROADS).await, RetentionPeriod::Years(1));
    assert_eq!(hall.office.rules_waiting(&hall.auditor).await.unwrap(), []);
    assert_eq!(code(approve(third, &loaded.sha256).await), "filing-rules-not-waiting");
    hall.clean().await;
}

#[tokio::test]
async fn what_a_waiting_version_would_keep_longer_is_kept_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    let roads = "class = \"B-02\"\ntrigger = \"completion\"\nyear = \"fiscal\"\nyears = 5";
    let both = [(roads, &*roads.replace("years = 5", "years = 10")), ("years = 3", "years = 1")];
    assert!(!hall.office.load_rules(&hall.managers[0], &version("2032.1", &both)).await.unwrap().acts);
    let report = hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!(report.withdrawn, [(file, vec![Gate::RuleChanged])]);
}

#[tokio::test]
async fn a_document_that_its_day_keeps_longer_does_not_go_into_a_shorter_file() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let longer = later("2027", "2027-04-01", &[("years = 5", "years = 10")]);
    assert!(hall.office.load_rules(&hall.managers[0], &longer).await.unwrap().acts);
    hall.at("2027-05-01T00:00:00Z");
    let mut new = record(file, 1);
    hall.office.file_record(&hall.clerk, new.clone()).await.unwrap();
    new.created = day("2027-05-01");
    assert_eq!(code(hall.office.file_record(&hall.clerk, new).await), "record-file-mixed-rules");
}
