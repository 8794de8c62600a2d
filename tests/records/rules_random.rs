//! Random rule sets: what the check says and what `rule_for` answers agree, day by day; no text makes the reader panic.

use fumikura::records::{ClassCode, RuleFile, RuleFindingCode as Code};
use fumikura::time::Date;
use proptest::prelude::*;

const SAMPLE: &str = include_str!("../../archive/rules.sample.toml");
/// The classes of the random plans with their parents: two trees, three levels.
const PLAN: [(&str, Option<&str>); 6] =
    [("A", None), ("A-1", Some("A")), ("A-1-1", Some("A-1")), ("A-1-2", Some("A-1")), ("A-2", Some("A")), ("B", None)];
const LEAVES: [&str; 4] = ["A-1-1", "A-1-2", "A-2", "B"];

/// A rule for a class, from a day to a day of April 2020, either end open.
type RandomRule = (usize, Option<i8>, Option<i8>);

fn toml(rules: &[RandomRule]) -> String {
    let mut text = "[set]\nid = \"t\"\nversion = \"1\"\ntitle = \"t\"\neffective_from = 2020-04-01\n\
        effective_until = 2020-04-30\n"
        .to_owned();
    for (code, parent) in PLAN {
        let parent = parent.map(|parent| format!("parent = \"{parent}\"\n")).unwrap_or_default();
        text.push_str(&format!("[[class]]\ncode = \"{code}\"\nname = \"n\"\n{parent}"));
    }
    for (index, (class, from, until)) in rules.iter().enumerate() {
        let day =
            |name: &str, day: &Option<i8>| day.map(|day| format!("{name} = 2020-04-{day:02}\n")).unwrap_or_default();
        text.push_str(&format!(
            "[[rule]]\nid = \"r{index}\"\nclass = \"{}\"\n{}{}trigger = \"creation\"\nyear = \"fiscal\"\nyears = 1\n\
             action = \"destroy\"\nboard = false\nauthority = \"a\"\n",
            PLAN[*class].0,
            day("from", from),
            day("until", until),
        ));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn the_check_and_the_lookup_agree(
        rules in proptest::collection::vec((0..PLAN.len(), proptest::option::of(1i8..=30), proptest::option::of(1i8..=30)), 0..8),
    ) {
        let file = RuleFile::read(&toml(&rules)).unwrap();
        let days: Vec<Date> = (1..=30).map(|day| Date::new(2020, 4, day).unwrap()).collect();
        let mut used = vec![false; rules.len()];
        let (mut gap, mut overlap) = (false, false);
        for leaf in LEAVES {
            for day in &days {
                // From the leaf upwards, the first class with a rule on the day decides: one rule, or nobody may guess.
                let mut class = Some(leaf);
                let mut expected = None;
                while let Some(code) = class {
                    let own: Vec<usize> = (0..rules.len())
                        .filter(|index| {
                            let (class, from, until) = rules[*index];
                            PLAN[class].0 == code
                                && from.is_none_or(|from| from <= day.day())
                                && until.is_none_or(|until| day.day() <= until)
                        })
                        .collect();
                    own.iter().for_each(|index| used[*index] = true);
                    if !own.is_empty() {
                        expected = Some(own);
                        break;
                    }
                    class = PLAN.iter().find(|(known, _)| *known == code).and_then(|(_, parent)| *parent);
                }
                gap |= expected.is_none();
                overlap |= expected.as_ref().is_some_and(|own| own.len() > 1);
                let expected = expected.filter(|own| own.len() == 1).map(|own| format!("r{}", own[0]));
                let found = file.set.rule_for(&ClassCode::parse(leaf).unwrap(), *day).map(|rule| rule.id.clone());
                prop_assert_eq!(found, expected, "{} on {}", leaf, day);
            }
        }
        let has = |code: Code| file.findings.iter().any(|finding| finding.code == code);
        prop_assert_eq!(has(Code::Gap), gap);
        prop_assert!(has(Code::Overlap) || !overlap);
        for (index, used) in used.iter().enumerate() {
            let (_, from, until) = rules[index];
            let reversed = matches!((from, until), (Some(from), Some(until)) if until < from);
            let named = file.findings.iter().any(|finding| {
                finding.subject == format!("r{index}") && matches!(finding.code, Code::UnreachableRule | Code::DatesReversed)
            });
            prop_assert_eq!(named, !used, "r{} reversed {}", index, reversed);
        }
    }

    #[test]
    fn a_damaged_file_is_refused_or_read_but_never_panics(at in 0..SAMPLE.len(), length in 1usize..40, put in ".{0,3}") {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put.into_bytes());
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(file) = RuleFile::read(&text) {
            let lines = text.lines().count() + 1;
            prop_assert!(file.findings.iter().all(|finding| (1..=lines).contains(&finding.line)));
        }
    }
}
