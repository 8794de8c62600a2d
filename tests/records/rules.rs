//! Rule sets: the sample is sound, and each fault is found at its line.

use fumikura::fault::Fault;
use fumikura::records::{ClassCode, RuleBook, RuleChange, RuleFile, RuleFindingCode as Code, RuleSet, RuleVersion};
use fumikura::time::Date;

const SAMPLE: &str = include_str!("../../archive/rules.sample.toml");

fn class(code: &str) -> ClassCode {
    ClassCode::parse(code).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn sample() -> RuleSet {
    RuleFile::read(SAMPLE).unwrap().sound().unwrap()
}

/// A sound set of two classes, as lines.
const SOUND: &str = r#"[set]
id = "test"
version = "1"
title = "試験"
effective_from = 2000-04-01

[[class]]
code = "A"
name = "総務"

[[class]]
code = "A-1"
parent = "A"
name = "文書"

[[rule]]
id = "r1"
class = "A-1"
trigger = "completion"
year = "fiscal"
years = 5
action = "destroy"
board = false
authority = "規程"
"#;

fn findings(text: &str) -> Vec<(Code, usize, String)> {
    let file = RuleFile::read(text).unwrap();
    file.findings.into_iter().map(|finding| (finding.code, finding.line, finding.subject)).collect()
}

fn one(text: &str, code: Code, line: usize) {
    let found = findings(text);
    assert!(found.iter().any(|(found, at, _)| *found == code && *at == line), "{code:?} on {line}: {found:?}");
}

#[test]
fn the_sample_is_sound_and_says_that_it_is_a_sample() {
    let set = sample();
    assert!(set.sample && set.title.contains("見本"));
    assert_eq!(findings(SOUND), []);
}

#[test]
fn the_nearest_rule_applies_from_its_day_on() {
    let set = sample();
    let rule = |code: &str, on: &str| set.rule_for(&class(code), day(on)).map(|rule| rule.id.as_str());
    assert_eq!(rule("A-01-01", "2026-04-01"), Some("general-3"), "inherited from the top");
    assert_eq!(rule("A-01-02", "2026-04-01"), Some("disclosure-5"));
    assert_eq!(rule("C-01-01", "2016-03-31"), Some("tax-7-calendar"));
    assert_eq!(rule("C-01-01", "2016-04-01"), Some("tax-7"));
    assert_eq!(rule("A-01-01", "1990-03-31"), None, "before the set");
    assert_eq!(rule("Z", "2026-04-01"), None);
    assert_eq!(set.plan.path_name(&class("A-01-02")).as_deref(), Some("総務／文書／公文書の開示"));
    assert!(set.plan.is_leaf(&class("B-02")) && !set.plan.is_leaf(&class("B")));
}

#[test]
fn a_class_without_rule_is_a_gap_at_its_line() {
    let text = SOUND.replace("class = \"A-1\"", "class = \"A-1\"\nfrom = 2005-04-01");
    one(&text, Code::Gap, 12);
    let text = format!("{SOUND}\n[[class]]\ncode = \"B\"\nname = \"税\"\n");
    one(&text, Code::Gap, 27);
    let file = RuleFile::read(&text).unwrap();
    assert_eq!(file.findings[0].message, "class B has no rule from 2000-04-01 on");
    assert!(file.set.rule_for(&class("B"), day("2026-01-01")).is_none());
}

#[test]
fn a_gap_between_two_rules_names_its_days() {
    let second = SOUND.split_once("[[rule]]").unwrap().1.replace("\"r1\"", "\"r2\"");
    let text = SOUND.replace("class = \"A-1\"", "class = \"A-1\"\nuntil = 2010-03-31");
    let text =
        format!("{text}\n[[rule]]{}", second.replace("class = \"A-1\"", "class = \"A-1\"\nfrom = \"2010-05-01\""));
    let file = RuleFile::read(&text).unwrap();
    assert_eq!(file.findings.len(), 1);
    assert_eq!(file.findings[0].message, "class A-1 has no rule from 2010-04-01 to 2010-04-30");
    assert!(file.set.rule_for(&class("A-1"), day("2010-04-15")).is_none());
    assert_eq!(file.set.rule_for(&class("A-1"), day("2010-05-01")).unwrap().id, "r2");
}

#[test]
fn two_rules_of_one_class_on_one_day_overlap_and_none_is_chosen() {
    let second = SOUND.split_once("[[rule]]").unwrap().1.replace("\"r1\"", "\"r2\"");
    let text = format!("{SOUND}\n[[rule]]{second}");
    one(&text, Code::Overlap, 27);
    let set = RuleFile::read(&text).unwrap().set;
    assert!(set.rule_for(&class("A-1"), day("2026-01-01")).is_none(), "nobody guesses");
}

#[test]
fn references_to_nothing_circles_and_rules_that_never_apply() {
    one(&SOUND.replace("parent = \"A\"", "parent = \"Q\""), Code::UnknownReference, 13);
    one(&SOUND.replace("class = \"A-1\"", "class = \"Q\""), Code::UnknownReference, 18);
    let circle = SOUND.replace("code = \"A\"", "code = \"A\"\nparent = \"A-1\"");
    one(&circle, Code::UnreachableClass, 8);
    one(&circle, Code::UnreachableClass, 13);
    let above = SOUND.split_once("[[rule]]").unwrap().1.replace("\"r1\"", "\"r0\"").replace("\"A-1\"", "\"A\"");
    one(&format!("{SOUND}\n[[rule]]{above}"), Code::UnreachableRule, 27);
    let early = SOUND.replace("class = \"A-1\"", "class = \"A-1\"\nuntil = 1999-03-31");
    one(&early, Code::UnreachableRule, 17);
}

#[test]
fn doubles_empty_words_reversed_dates_and_contradictions() {
    one(&format!("{SOUND}\n[[class]]\ncode = \"A\"\nname = \"又\"\n"), Code::Duplicate, 27);
    one(&SOUND.replace("name = \"文書\"", "name = \" \""), Code::Unsaid, 12);
    one(&SOUND.replace("\"規程\"", "\"\""), Code::Unsaid, 17);
    one(&SOUND.replace("title = \"試験\"", "title = \"\""), Code::Unsaid, 2);
    let reversed = SOUND.replace("class = \"A-1\"", "class = \"A-1\"\nfrom = 2011-04-01\nuntil = 2010-03-31");
    one(&reversed, Code::DatesReversed, 17);
    one(&SOUND.replace("\"completion\"", "\"event\""), Code::Contradiction, 17);
    one(&SOUND.replace("board", "event = \"失効\"\nboard"), Code::Contradiction, 17);
    one(&SOUND.replace("years = 5", "years = \"permanent\""), Code::Contradiction, 17);
    one(&SOUND.replace("id = \"r1\"", "id = \"第1号\""), Code::BadIdentifier, 17);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let cases = [
        (SOUND.replace("years = 5", "years = 0"), 21),
        (SOUND.replace("years = 5", "years = 500"), 21),
        (SOUND.replace("years = 5", "years = \"long\""), 21),
        (SOUND.replace("\"fiscal\"", "\"school\""), 20),
        (SOUND.replace("board = false\n", ""), 16),
        (SOUND.replace("effective_from = 2000-04-01", "effective_from = 2000-02-30"), 5),
        (SOUND.replace("board", "bord"), 23),
        (SOUND.replace("[set]", "[set"), 1),
    ];
    for (text, line) in cases {
        let error = RuleFile::read(&text).unwrap_err();
        assert_eq!(error.code(), "rule-file-unreadable");
        assert!(error.to_string().starts_with(&format!("line {line},")), "{error}");
    }
    let huge = "#".repeat(RuleFile::LARGEST_BYTES + 1);
    assert_eq!(RuleFile::read(&huge).unwrap_err().code(), "rule-file-too-large");
}

#[test]
fn a_broken_set_is_never_sound() {
    let broken = RuleFile::read(&SOUND.replace("class = \"A-1\"", "class = \"Q\"")).unwrap();
    assert_eq!(broken.sound().unwrap_err().code(), "rule-set-broken");
}

#[test]
fn the_year_basis_has_no_default() {
    let error = RuleFile::read(&SOUND.replace("year = \"fiscal\"\n", "")).unwrap_err();
    assert!(error.to_string().contains("year"), "{error}");
}

/// The sample under another version, changed in places.
fn version(number: &str, changes: &[(&str, &str)]) -> RuleSet {
    let mut text = SAMPLE.replace("2026.1", number);
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    RuleFile::read(&text).unwrap().sound().unwrap()
}

fn acting(sets: Vec<RuleSet>) -> RuleBook {
    RuleBook::new(sets.into_iter().map(|set| RuleVersion { set, acts: true }).collect())
}

#[test]
fn a_change_of_rules_says_for_each_class_what_it_does() {
    let roads =
        "class = \"B-02\"\ntrigger = \"completion\"\nyear = \"fiscal\"\nyears = 5\naction = \"destroy\"\nboard = false";
    let change = |to: &str| -> Vec<RuleChange> {
        let found = acting(vec![sample()]).differences(&version("2026.2", &[(roads, to)]));
        assert!(found.iter().all(|one| one.class == class("B-02") && one.before == "road-use-5"), "{found:?}");
        found.into_iter().map(|one| one.change).collect()
    };
    assert_eq!(change(roads), []);
    assert_eq!(change(&roads.replace("= 5", "= 6")), [RuleChange::Longer]);
    assert_eq!(change(&roads.replace("= 5", "= \"in-use\"").replace("destroy", "review")), [RuleChange::Longer]);
    assert_eq!(change(&roads.replace("= 5", "= 4")), [RuleChange::Shorter]);
    assert_eq!(change(&roads.replace("false", "true")), [RuleChange::Longer]);
    assert_eq!(change(&roads.replace("destroy", "review")), [RuleChange::Longer]);
    assert_eq!(change(&roads.replace("= 5", "= 4").replace("false", "true")), [RuleChange::Unclear]);
    assert_eq!(change(&roads.replace("fiscal", "calendar")), [RuleChange::Unclear], "three months earlier");
    assert_eq!(change(&roads.replace("completion", "creation")), [RuleChange::Unclear]);
}

#[test]
fn each_day_has_the_version_loaded_last_of_those_that_are_for_it() {
    let ended = SAMPLE.split("[[rule]]").find(|rule| rule.contains("until = 2016-03-31")).unwrap();
    let later = [("effective_from = 1990-04-01", "effective_from = 2033-04-01"), (&*format!("[[rule]]{ended}"), "")];
    let later = version("2033", &later);
    let book = acting(vec![sample(), later]);
    let on = |text: &str| book.on(day(text)).map(|set| set.version.as_str());
    assert_eq!((on("2033-03-31"), on("2033-04-01"), on("1990-03-31")), (Some("2026.1"), Some("2033"), None));
    let shorter = version("2026.2", &[("years = 5", "years = 1")]);
    let waits = RuleVersion { set: shorter, acts: false };
    let book = RuleBook::new(vec![RuleVersion { set: sample(), acts: true }, waits]);
    assert_eq!(book.on(day("2026-04-01")).map(|set| set.version.as_str()), Some("2026.1"));
    assert_eq!(book.waiting(day("2026-04-01")).count(), 1);
}
