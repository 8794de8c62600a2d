//! Notices set by templates: what is on the page, what stops, and what a template cannot reach. Other programs look at the PDFs.

#![allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]

use fumikura::office::ports::{Setting, Typeset, Typesetter};
use fumikura::office::templates::{Filled, NoticeText, Template, TemplateError};
use fumikura::typeset::Typst;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, OnceLock};

const FONT: &str = "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf";

/// Returns the typesetter, with one font; must be there where interoperability is demanded.
pub fn typst() -> Option<&'static Typst> {
    static MADE: OnceLock<Option<Typst>> = OnceLock::new();
    let made = MADE.get_or_init(|| Some(Typst::new(vec![std::fs::read(FONT).ok()?]).expect("a font")));
    assert!(made.is_some() || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "no Japanese font installed");
    made.as_ref()
}

/// Returns the font of the tests, where it is installed.
pub fn font() -> Option<Arc<[u8]>> {
    std::fs::read(FONT).ok().map(Arc::from)
}

/// A template whose form has a field of each kind.
pub fn template(source: &str) -> Template {
    let form = r#"
title = "試験の様式"
numbered = true
[[field]]
id = "place"
label = "場所"
[[field]]
id = "fee"
label = "手数料"
kind = "amount"
[[field]]
id = "on"
label = "期日"
kind = "date"
optional = true
[[field]]
id = "result"
label = "結果"
kind = "choice"
choices = ["可", "否"]
optional = true
[[field]]
id = "remarks"
label = "備考"
kind = "text"
optional = true
"#;
    Template::read("sample", form, source).expect("a template")
}

const SOURCE: &str = r#"
#import "/fumikura.typ": *
#show: notice-sheet
#number-and-date()
#notice.recipient 様
#sealing-office()
#subject()
#facts(([場所], field("place")), ([手数料], field("fee") + "円"), ([備考], field("remarks")))
#reasons()
#instructions()
"#;

fn text(place: &str) -> NoticeText {
    let filled = [("place", place), ("fee", "１２，３００円"), ("on", "R8.12.1"), ("remarks", "一行目\r\n二行目")];
    let filled = Filled(filled.map(|(id, value)| (id.to_owned(), value.to_owned())).into());
    NoticeText {
        number: Some("8見総第12号".to_owned()),
        date: Some("令和8年12月1日".to_owned()),
        city: "見本市".to_owned(),
        office: "見本市長".to_owned(),
        section: "総務文書課".to_owned(),
        subject: "道路占用許可書".to_owned(),
        recipient: "見本 太郎".to_owned(),
        reasons: "基準に適合するため。".to_owned(),
        instructions: "3か月以内に審査請求ができます。".to_owned(),
        fields: filled.shown(&template(SOURCE)).expect("what fits the form"),
    }
}

const ASKED: Setting = Setting { written_at: fumikura::time::Instant::UNIX_EPOCH, preview: false };

fn set(source: &str, text: &NoticeText) -> Option<Result<Typeset, TemplateError>> {
    Some(typst()?.set(&template(source), text, &ASKED))
}

/// Runs a program over a PDF and returns what it says.
fn asked_of(program: &str, before: &[&str], pdf: &[u8], after: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notice.pdf");
    std::fs::write(&path, pdf).expect("a file");
    let output = Command::new(program).args(before).arg(&path).args(after).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn words(pdf: &[u8]) -> String {
    asked_of("pdftotext", &["-layout"], pdf, &["-"])
}

#[test]
fn a_notice_says_what_was_filled_in_and_is_tagged_pdfa() {
    let Some(set) = set(SOURCE, &text("見本市中央1丁目")) else { return };
    let set = set.expect("a page");
    assert_eq!(set.pages, 1);
    let said = words(&set.pdf);
    for word in [
        "8見総第12号",
        "令和8年12月1日",
        "見本 太郎 様",
        "見本市長",
        "12,300円",
        "一行目",
        "二行目",
        "基準に適合",
        "審査請求",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    asked_of("qpdf", &["--check"], &set.pdf, &[]);
    let fonts = asked_of("pdffonts", &[], &set.pdf, &[]);
    assert!(fonts.lines().skip(2).count() > 0, "{fonts}");
    for font in fonts.lines().skip(2) {
        assert!(font.contains(" yes yes yes "), "embedded, a part, with its characters: {font}");
    }
    let facts = asked_of("pdfinfo", &[], &set.pdf, &[]);
    assert!(facts.contains("Tagged:          yes"), "{facts}");
    let metadata = asked_of("pdfinfo", &["-meta"], &set.pdf, &[]);
    let metadata = metadata.replace(' ', "");
    assert!(metadata.contains("<pdfaid:part>2</pdfaid:part>"), "{metadata}");
    assert!(metadata.contains("<pdfaid:conformance>A</pdfaid:conformance>"), "{metadata}");
}

#[test]
fn what_is_filled_in_is_never_source() {
    let hostile = r#"#panic("x") *b* $x$ @a <b> \ `c` #sys.version // d"#;
    let Some(set) = set(SOURCE, &text(hostile)) else { return };
    let said: String = words(&set.expect("a page").pdf).split_whitespace().collect();
    let wanted: String = hostile.split_whitespace().collect();
    assert!(said.contains(&wanted), "{said}");
}

#[test]
fn a_missing_glyph_is_named_with_its_field_and_place() {
    let Some(typst) = typst() else { return };
    // A private character, one beyond the font, and a form of a character that nobody has.
    for (value, character, position) in
        [("中央\u{e000}丁目", "\u{e000}", 3), ("😀", "😀", 1), ("見葛\u{e01ef}", "葛\u{e01ef}", 2)]
    {
        for refused in
            [typst.look(&template(SOURCE), &text(value)), typst.set(&template(SOURCE), &text(value), &ASKED).map(drop)]
        {
            match refused.expect_err(value) {
                TemplateError::MissingGlyph { character: found, place, position: at, .. } => {
                    assert_eq!((found.as_str(), place.as_str(), at), (character, "場所", position));
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn a_form_of_a_name_that_the_font_has_is_set() {
    let Some(typst) = typst() else { return };
    let face = std::fs::read(FONT).expect("the font");
    let face = ttf_parser::Face::parse(&face, 0).expect("a face");
    // A selector that this font knows for some character, if it knows any.
    let known = ('葛'..='龍').find_map(|c| {
        (0xe0100..0xe0110)
            .filter_map(char::from_u32)
            .find(|s| face.glyph_variation_index(c, *s).is_some())
            .map(|s| (c, s))
    });
    let Some((character, selector)) = known else { return };
    typst.set(&template(SOURCE), &text(&format!("{character}{selector}")), &ASKED).expect("a page");
}

#[test]
fn the_seal_belongs_where_the_template_marks_it() {
    let source = r#"
#import "/fumikura.typ": *
#show: notice-sheet.with(margin: 0pt)
一枚目
#pagebreak()
#place(top + left, dx: 100pt, dy: 50pt, official-seal(width: 90pt, height: 30pt))
"#;
    let Some(set) = set(source, &text("x")) else { return };
    let set = set.expect("pages");
    let place = set.seal.expect("a place");
    assert_eq!((set.pages, place.page), (2, 2));
    for (found, wanted) in place.at.into_iter().zip([100.0, 841.89 - 50.0 - 30.0, 90.0, 30.0]) {
        assert!((found - wanted).abs() < 0.1, "{:?}", place.at);
    }
    let none = self::set("#import \"/fumikura.typ\": *\n#show: notice-sheet\n本文", &text("x")).expect("a typesetter");
    assert_eq!(none.expect("a page").seal, None);
}

#[test]
fn a_preview_draws_the_frame_of_the_seal_and_a_final_page_does_not() {
    let Some(typst) = typst() else { return };
    let seen =
        |preview| words(&typst.set(&template(SOURCE), &text("x"), &Setting { preview, ..ASKED }).expect("a page").pdf);
    assert!(seen(true).contains("電子公印"));
    assert!(!seen(false).contains("電子公印"));
    let unnumbered = NoticeText { number: None, ..text("x") };
    let drawn = typst.set(&template(SOURCE), &unnumbered, &Setting { preview: true, ..ASKED }).expect("a page");
    assert!(words(&drawn.pdf).contains("（文書番号）"));
}

#[test]
fn trouble_in_a_source_is_told_with_its_line_and_column() {
    let Some(set) = set("#import \"/fumikura.typ\": *\n#show: notice-sheet\n\n  #field(\"nothing\")", &text("x"))
    else {
        return;
    };
    match set.expect_err("no such field") {
        TemplateError::Source { template, what, .. } => {
            assert_eq!(template, "sample");
            assert!(what.contains("the form has no field nothing"), "{what}");
        }
        other => panic!("{other}"),
    }
    match self::set("一行目\n  #nonsense", &text("x")).expect("a typesetter").expect_err("no such name") {
        TemplateError::Source { place, .. } => assert_eq!(place, "sample.typ:2:4"),
        other => panic!("{other}"),
    }
}

#[test]
fn a_template_that_does_not_end_in_time_is_given_up_and_takes_a_place_until_it_ends() {
    let Ok(font) = std::fs::read(FONT) else { return };
    // Five times this is a small part of what the template takes on any machine.
    let patience = std::time::Duration::from_millis(20);
    let typst = Typst::new(vec![font]).expect("a font").with_patience(patience);
    let slow = "#for a in range(400) { for b in range(400) { let c = calc.gcd(a + 1, b + 1) } }";
    let set = |source: &str| typst.set(&template(source), &text("x"), &ASKED).map(drop);
    for _ in 0..4 {
        assert_eq!(set(slow), Err(TemplateError::TooSlow(0)));
    }
    assert_eq!(set("本文"), Err(TemplateError::Busy), "each keeps its place");
    let ended = (0..6000).any(|_| set("#set text(size: 9pt)") != Err(TemplateError::Busy));
    assert!(ended, "and gives it back");
}

#[test]
fn a_template_reaches_nothing_but_its_three_files() {
    for source in [
        r#"#read("/etc/passwd")"#,
        r#"#read("../../../../etc/passwd")"#,
        r#"#image("/etc/passwd")"#,
        r#"#import "@preview/cetz:0.3.1""#,
        r#"#include "/other.typ""#,
        r#"#plugin("/x.wasm")"#,
        r#"#datetime.today()"#,
    ] {
        let Some(set) = set(source, &text("x")) else { return };
        assert!(matches!(set, Err(TemplateError::Source { .. })), "{source}: {set:?}");
    }
}

#[test]
fn a_template_without_an_end_ends() {
    for source in ["#while true { }", "#let f() = f()\n#f()", "#for i in range(300) { pagebreak(weak: false) }"] {
        let Some(set) = set(source, &text("x")) else { return };
        assert!(matches!(set, Err(TemplateError::Source { .. } | TemplateError::TooManyPages(_))), "{source}: {set:?}");
    }
}

#[test]
fn the_same_notice_gives_the_same_bytes() {
    let (Some(one), Some(two)) = (set(SOURCE, &text("x")), set(SOURCE, &text("x"))) else { return };
    assert_eq!(one.expect("a page").pdf, two.expect("a page").pdf);
}

#[test]
fn the_samples_of_the_demonstration_are_set() {
    let Some(typst) = typst() else { return };
    for (form, source) in [
        (
            include_str!("../../src/cli/demo/templates/road-occupancy.toml"),
            include_str!("../../src/cli/demo/templates/road-occupancy.typ"),
        ),
        (
            include_str!("../../src/cli/demo/templates/nursery-admission.toml"),
            include_str!("../../src/cli/demo/templates/nursery-admission.typ"),
        ),
    ] {
        let template = Template::read("sample", form, source).expect("a template");
        let value = |field: &fumikura::office::templates::Field| {
            let value = match field.kind {
                fumikura::office::templates::FieldKind::Date => "2026-12-01".to_owned(),
                fumikura::office::templates::FieldKind::Amount => "12300".to_owned(),
                fumikura::office::templates::FieldKind::Choice => field.choices[0].clone(),
                _ => "見本の値".to_owned(),
            };
            (field.id.clone(), value)
        };
        let filled = Filled(template.fields.iter().map(value).collect());
        let text = NoticeText { fields: filled.shown(&template).expect("what fits"), ..text("x") };
        let set = typst.set(&template, &text, &ASKED).expect("a page");
        assert_eq!(set.pages, 1);
        assert!(set.seal.is_some());
        assert!(words(&set.pdf).contains("令和8年12月1日"));
    }
}

#[test]
fn what_is_filled_in_is_held_to_its_field() {
    let template = template(SOURCE);
    let shown = |id: &str, value: &str| {
        let mut filled: BTreeMap<_, _> =
            [("place".to_owned(), "x".to_owned()), ("fee".to_owned(), "1".to_owned())].into();
        filled.insert(id.to_owned(), value.to_owned());
        Filled(filled).shown(&template).map(|mut shown| shown.remove(id).unwrap_or_default())
    };
    for (id, value, wanted) in [
        ("fee", "0", "0"),
        ("fee", "1234567", "1,234,567"),
        ("fee", " 12,300円 ", "12,300"),
        ("on", "令和元年5月1日", "令和元年5月1日"),
        ("on", "2019-04-30", "平成31年4月30日"),
        ("result", "可", "可"),
        ("remarks", "", ""),
    ] {
        assert_eq!(shown(id, value).as_deref(), Ok(wanted), "{value}");
    }
    for (id, value) in [
        ("fee", "-1"),
        ("fee", "1.5"),
        ("fee", ""),
        ("fee", "99999999999999999999999"),
        ("on", "2026-02-30"),
        ("on", "来年"),
        ("result", "不明"),
        ("place", "一\n二"),
        ("place", ""),
        ("nothing", "x"),
    ] {
        assert!(shown(id, value).is_err(), "{id}: {value:?}");
    }
    assert!(shown("place", &"長".repeat(2_001)).is_err());
}

#[test]
fn a_form_that_does_not_hold_together_is_refused() {
    for form in [
        "title = 1",
        "title = \"x\"\nunknown = 1",
        "title = \"x\"\n[[field]]\nid = \"a\"\nlabel = \"甲\"\n[[field]]\nid = \"a\"\nlabel = \"乙\"",
        "title = \"x\"\n[[field]]\nid = \"a\"\nlabel = \"甲\"\n[[field]]\nid = \"b\"\nlabel = \"甲\"",
        "title = \"x\"\n[[field]]\nid = \"a\"\nlabel = \"受取人\"",
        "title = \"x\"\n[[field]]\nid = \"A b\"\nlabel = \"甲\"",
        "title = \"x\"\n[[field]]\nid = \"a\"\nlabel = \"甲\"\nkind = \"choice\"",
        "title = \"x\"\n[[field]]\nid = \"a\"\nlabel = \"甲\"\nchoices = [\"乙\"]",
    ] {
        assert!(matches!(Template::read("x", form, ""), Err(TemplateError::Form { .. })), "{form}");
    }
}
