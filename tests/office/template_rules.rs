//! Rules between the fields of a template: read with its form, and held wherever something is filled in.

use fumikura::fault::Fault;
use fumikura::office::templates::{Filled, Template, TemplateError};
use std::collections::BTreeMap;

const FIELDS: &str = r#"
title = "様式"
[[field]]
id = "from"
label = "始まり"
kind = "date"
optional = true
[[field]]
id = "until"
label = "終わり"
kind = "date"
optional = true
[[field]]
id = "result"
label = "結果"
kind = "choice"
choices = ["可", "不可"]
[[field]]
id = "phone"
label = "電話"
optional = true
[[field]]
id = "mail"
label = "メール"
optional = true
[[field]]
id = "reason"
label = "わけ"
optional = true
"#;

const RULES: &str = r#"
[[rule]]
kind = "not-before"
field = "until"
other = "from"
[[rule]]
kind = "one-of"
fields = ["phone", "mail"]
[[rule]]
kind = "required-if"
field = "reason"
when = "result"
is = ["不可"]
[[rule]]
kind = "required-if"
field = "from"
when = "until"
"#;

fn read(rules: &str) -> Result<Template, TemplateError> {
    Template::read("sample", &format!("{FIELDS}{rules}"), "")
}

/// Fills in what is said, over a form in which everything is as it should be.
fn held(pairs: &[(&str, &str)]) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut filled: BTreeMap<String, String> =
        [("result", "可"), ("phone", "03")].map(|(id, value)| (id.to_owned(), value.to_owned())).into();
    filled.extend(pairs.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())));
    Filled(filled).shown(&read(RULES).unwrap())
}

#[test]
fn dates_are_not_before_each_other_however_they_are_written() {
    held(&[]).unwrap();
    held(&[("from", "2026-04-01"), ("until", "2026-04-01")]).unwrap();
    held(&[("from", "2026-04-01"), ("until", "令和9年3月31日")]).unwrap();
    held(&[("from", "2026-04-01")]).unwrap();
    for until in ["2026-03-31", "令和8年3月31日", "　2026-03-31 "] {
        let told = held(&[("from", "令和8年4月1日"), ("until", until)]).unwrap_err();
        let expected = TemplateError::BeforeOther { label: "終わり".into(), other: "始まり".into() };
        assert_eq!((told.code(), told), ("template-before-other", expected), "{until}");
    }
    assert_eq!(held(&[("from", "いつか"), ("until", "2026-03-31")]).unwrap_err().code(), "template-value");
}

#[test]
fn one_of_some_fields_is_filled_in() {
    held(&[("phone", ""), ("mail", "a@example.jp")]).unwrap();
    held(&[("mail", "a@example.jp")]).unwrap();
    for nothing in ["", "　"] {
        let told = held(&[("phone", nothing)]).unwrap_err();
        let expected = TemplateError::NoneOf { labels: vec!["電話".into(), "メール".into()] };
        assert_eq!((told.code(), told), ("template-none-of", expected));
    }
}

#[test]
fn a_field_is_asked_for_by_the_value_of_another() {
    held(&[("result", "不可"), ("reason", "定員のため")]).unwrap();
    let told = held(&[("result", "不可"), ("reason", " ")]).unwrap_err();
    let expected = TemplateError::AskedFor { label: "わけ".into(), by: "結果".into(), value: "不可".into() };
    assert_eq!((told.code(), told), ("template-asked-for", expected));
    // Without a value any does.
    let told = held(&[("until", "2026-04-01")]).unwrap_err();
    let expected =
        TemplateError::AskedFor { label: "始まり".into(), by: "終わり".into(), value: "2026-04-01".into() };
    assert_eq!(told, expected);
}

#[test]
fn rules_that_do_not_hold_together_with_the_fields_are_refused_with_the_form() {
    for (rule, told) in [
        ("kind = \"not-before\"\nfield = \"until\"\nother = \"since\"", "\"since\", which is not there"),
        ("kind = \"not-before\"\nfield = \"until\"\nother = \"result\"", "a rule of two dates"),
        ("kind = \"not-before\"\nfield = \"until\"\nother = \"until\"", "twice"),
        ("kind = \"one-of\"\nfields = [\"phone\"]", "at least two fields"),
        ("kind = \"one-of\"\nfields = [\"phone\", \"result\"]", "fields that are optional"),
        ("kind = \"required-if\"\nfield = \"result\"\nwhen = \"phone\"", "which is not optional"),
        ("kind = \"required-if\"\nfield = \"reason\"\nwhen = \"result\"\nis = [\"保留\"]", "no choice of the field"),
        ("kind = \"sometimes\"\nfield = \"reason\"", "sometimes"),
        ("kind = \"one-of\"\nfields = [\"phone\", \"mail\"]\nmost = 1", "most"),
    ] {
        let refused = read(&format!("[[rule]]\n{rule}\n")).unwrap_err();
        assert_eq!(refused.code(), "template-form");
        assert!(refused.to_string().contains(told), "{rule}: {refused}");
    }
    let many = "[[rule]]\nkind = \"one-of\"\nfields = [\"phone\", \"mail\"]\n".repeat(61);
    assert!(read(&many).unwrap_err().to_string().contains("more than 60 rules"));
}

#[test]
fn the_templates_that_are_shipped_are_sound() {
    for (form, rules) in [
        (include_str!("../../src/cli/demo/templates/road-occupancy.toml"), 1),
        (include_str!("../../src/cli/demo/templates/nursery-admission.toml"), 2),
    ] {
        assert_eq!(Template::read("shipped", form, "").unwrap().rules.len(), rules);
    }
}
