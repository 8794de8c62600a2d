//! Every change names its object, its page, its rectangle on the page as it is shown, and the rule that decided.

use super::super::bench::{Case, report, sample, signed, signed_by, updated};
use super::super::permitted::filled;
use super::certified::seal;
use super::changes::numbers;
use super::raw::Edit;
use fumikura::pdf::{Object, Pdf};
use fumikura::validate::{Finding, Report, Severity};
use fumikura::wording::{report_text, reports_html, reports_json};
use lopdf::dictionary;

fn told<'a>(report: &'a Report, code: &str) -> &'a Finding {
    let found = report.signatures[0].findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("{code}: {:?}", super::codes(report)))
}

#[test]
fn an_allowed_value_is_told_with_its_place_and_rule() {
    let certified = signed_by(&sample("acroform.pdf"), "signer-p256", None, |options| options.certify = Some(2));
    let report = report(&filled(&certified));
    let finding = told(&report, "change-field-value");
    assert_eq!((finding.severity, finding.page), (Severity::Info, Some(1)));
    assert_eq!(finding.rule.map(|rule| rule.name()), Some("doc-mdp-2"));
    assert_eq!(finding.clause, Some("ISO 32000-2 12.8.2.2 table 257"));
    let [left, bottom, right, top] = finding.rectangle.expect("a field has a place").points();
    assert!(left < right && bottom < top);
    let document = reports_json([("a.pdf", &report)]);
    let all = document["files"][0]["signatures"][0]["findings"].as_array().unwrap();
    let one = all.iter().find(|finding| finding["code"] == "change-field-value").unwrap();
    assert_eq!(one["rectangle"], serde_json::json!([left, bottom, right, top]));
    assert_eq!(one["rule"], "doc-mdp-2");
    for words in [report_text(&report, "a.pdf"), reports_html([("a.pdf", &report)].into_iter())] {
        assert!(
            words.contains("doc-mdp-2")
                && words.contains("1ページ")
                && words.contains(&format!("左下({left}, {bottom})")),
            "{words}"
        );
    }
}

#[test]
fn a_seal_is_told_where_it_shows_on_a_turned_and_cropped_page() {
    let base = signed_by(&sample("rotated-cropped.pdf"), "signer-p256", None, |_| {});
    let file = signed_by(&base, "signer-rsa2048", None, |options| options.appearance = Some(seal(120.0, 40.0)));
    let report = report(&file);
    let finding = told(&report, "change-visible-signature");
    let [left, bottom, right, top] = finding.rectangle.expect("a seal has a place").points();
    // The seal was asked for in the same terms.
    for (is, asked) in [(left, 20.0), (bottom, 20.0), (right, 140.0), (top, 60.0)] {
        assert!((is - asked).abs() < 1.0, "{left} {bottom} {right} {top}");
    }
    assert_eq!(finding.rule.map(|rule| rule.name()), Some("policy-signatures"));
}

#[test]
fn each_rule_is_named_where_it_decides() {
    let annotated = |file: &[u8]| {
        let pdf = Pdf::read(file, &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let note = edit
            .add(dictionary! { "Type" => "Annot", "Subtype" => "Text", "Rect" => numbers([10, 20, 30, 50]), "F" => 4 });
        edit.annotate(note);
        edit.finish(file, &Default::default())
    };
    for (certify, rule) in
        [(None, "policy-signatures"), (Some(1), "doc-mdp-1"), (Some(2), "doc-mdp-2"), (Some(3), "policy-signatures")]
    {
        let file =
            annotated(&signed_by(&sample("table-1.4.pdf"), "signer-p256", None, |options| options.certify = certify));
        let report = report(&file);
        let finding = told(&report, "change-annotation");
        assert_eq!(finding.rule.map(|rule| rule.name()), Some(rule), "{certify:?}");
        assert_eq!(finding.page, Some(1));
        assert_eq!(finding.rectangle.map(|place| place.points()), Some([10.0, 20.0, 30.0, 50.0]));
    }
    let root = updated(signed(), |update, pdf| {
        let (id, mut catalogue) = super::super::bench::catalogue(pdf);
        catalogue.set("Lang", Object::string_literal("en"));
        update.set(id, catalogue);
    });
    let case = Case::default();
    assert_eq!(told(&case.report(&root), "change-object").rule.map(|rule| rule.name()), Some("default-deny"));
    let empty = updated(signed(), |update, _| {
        update.add(dictionary! { "Nobody" => "Home" });
    });
    assert_eq!(told(&case.report(&empty), "change-unused-object").rule.map(|rule| rule.name()), Some("long-term"));
}
