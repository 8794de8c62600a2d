//! Evil annotations (EAA) and sneaky signatures (SSA) on certified and on merely signed files.

use super::super::bench::{Case, first, sample, signed_by};
use super::bases::{bases, shapes};
use super::changes::numbers;
use super::raw::Edit;
use super::{Trial, codes};
use fumikura::pades::Appearance;
use fumikura::pdf::{Object, Pdf};
use fumikura::policy::AllowedChanges;
use lopdf::{Dictionary, Stream, dictionary};

fn overlay() -> Stream {
    let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 500, 700]), "Resources" => dictionary! {} };
    Stream::new(form, b"1 0 0 rg 0 0 500 700 re f".to_vec())
}

fn annotation(subtype: &str, rectangle: [i64; 4]) -> Dictionary {
    dictionary! { "Type" => "Annot", "Subtype" => subtype, "F" => 4, "Rect" => numbers(rectangle), "Contents" => Object::string_literal("refused") }
}

const KINDS: &[&str] = &[
    "Text",
    "Link",
    "FreeText",
    "Line",
    "Square",
    "Circle",
    "Polygon",
    "PolyLine",
    "Highlight",
    "Underline",
    "Squiggly",
    "StrikeOut",
    "Caret",
    "Stamp",
    "Ink",
    "Popup",
    "FileAttachment",
    "Sound",
    "Movie",
    "Screen",
    "Widget",
    "PrinterMark",
    "TrapNet",
    "Watermark",
    "3D",
    "Redact",
    "Projection",
    "RichMedia",
    "Unknown",
];

#[test]
fn annotations_are_added() {
    let mut trial = Trial::default();
    for (row, base) in bases().iter().enumerate() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        for (column, kind) in KINDS.iter().enumerate() {
            for (form, shape) in shapes(row + column) {
                let mut edit = Edit::new(&pdf);
                let painted = edit.add(overlay());
                let mut evil = annotation(kind, [0, 0, 500, 700]);
                evil.set("AP", dictionary! { "N" => painted });
                let evil = edit.add(evil);
                edit.annotate(evil);
                trial.add(format!("{} {kind} {form}", base.name), &base.bytes, edit.finish(&base.bytes, &shape));
            }
        }
    }
    trial.none_passes("annotations", 200);
}

/// Even where policy and certification allow annotations, none may act, and only kinds that people make are any.
#[test]
fn annotations_that_act_are_never_allowed() {
    let mut case = Case::default();
    case.policy.allowed_changes = AllowedChanges::Annotate;
    let certified = signed_by(&sample("table-1.4.pdf"), "signer-p256", None, |options| options.certify = Some(3));
    let pdf = Pdf::read(&certified[..], &Default::default()).unwrap();
    let with = |annotation: Dictionary| {
        let mut edit = Edit::new(&pdf);
        let annotation = edit.add(annotation);
        edit.annotate(annotation);
        case.report(&edit.finish(&certified, &Default::default()))
    };
    for kind in KINDS {
        let allowed = [
            "Text",
            "Link",
            "FreeText",
            "Line",
            "Square",
            "Circle",
            "Polygon",
            "PolyLine",
            "Highlight",
            "Underline",
            "Squiggly",
            "StrikeOut",
            "Caret",
            "Stamp",
            "Ink",
            "Popup",
            "FileAttachment",
        ];
        let report = with(annotation(kind, [10, 10, 50, 50]));
        let expected = if allowed.contains(kind) { "TOTAL-PASSED" } else { "TOTAL-FAILED/FORMAT_FAILURE" };
        assert_eq!(first(&report), expected, "{kind}: {:?}", codes(&report));
        for action in ["A", "AA", "PA"] {
            let mut acting = annotation(kind, [10, 10, 50, 50]);
            acting.set(action, dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") });
            assert_eq!(first(&with(acting)), "TOTAL-FAILED/FORMAT_FAILURE", "{kind} {action}");
        }
    }
}

/// Unsigned signature fields that show something, act, or are odd.
#[test]
#[expect(clippy::too_many_lines, reason = "a list")]
fn fields_are_sneaked_in() {
    let mut trial = Trial::default();
    let field = |rectangle: [i64; 4]| {
        let mut field = annotation("Widget", rectangle);
        field.remove(b"Contents");
        field.set("FT", "Sig");
        field.set("T", Object::string_literal("sneaky"));
        field
    };
    for (row, base) in bases().iter().enumerate() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        let mut add = |name: &str, make: &dyn Fn(&mut Edit<'_>) -> Dictionary| {
            for (form, shape) in shapes(row) {
                let mut edit = Edit::new(&pdf);
                let made = make(&mut edit);
                let made = edit.add(made);
                edit.enter(made);
                trial.add(format!("{} {name} {form}", base.name), &base.bytes, edit.finish(&base.bytes, &shape));
            }
        };
        let shows = |edit: &mut Edit<'_>, rectangle: Object| {
            let mut one = field([0, 0, 0, 0]);
            one.set("Rect", rectangle);
            one.set("AP", dictionary! { "N" => edit.add(overlay()) });
            one
        };
        add("an overlay", &|edit| shows(edit, numbers([0, 0, 500, 700]).into()));
        add("an overlay, corners turned", &|edit| shows(edit, numbers([500, 700, 0, 0]).into()));
        add("an overlay, reals", &|edit| shows(edit, vec![0.0.into(), 0.0.into(), 500.5.into(), 700.5.into()].into()));
        add("an overlay, elsewhere", &|edit| {
            let place = edit.add(Object::Array(numbers([0, 0, 500, 700])));
            shows(edit, place.into())
        });
        add("an overlay, five numbers", &|edit| shows(edit, numbers([0, 0, 500, 700, 1]).into()));
        add("an overlay, a name among", &|edit| {
            shows(edit, vec![0.into(), 0.into(), "x".into(), 700.into(), 500.into()].into())
        });
        add("a background", &|_| {
            let mut one = field([0, 0, 500, 700]);
            one.set("MK", dictionary! { "BG" => numbers([1]) });
            one
        });
        for (key, value) in [
            ("A", Object::from(dictionary! { "S" => "URI" })),
            ("AA", dictionary! { "E" => dictionary! { "S" => "JavaScript" } }.into()),
            ("OC", dictionary! { "Type" => "OCG" }.into()),
            ("FT", "Tx".into()),
            ("FT", "Btn".into()),
            ("FT", Object::Null),
            ("V", 1.into()),
            ("V", dictionary! {}.into()),
            ("Opt", vec![].into()),
            ("Evil", 1.into()),
            ("DV", dictionary! {}.into()),
            ("Popup", (1, 0).into()),
        ] {
            add(&format!("with {key}"), &|_| {
                let mut one = field([0, 0, 0, 0]);
                one.set(key, value.clone());
                one
            });
        }
        add("an old signature's value", &|edit| {
            let mut one = field([0, 0, 0, 0]);
            one.set("V", fumikura::pades::signatures(edit.pdf)[0].object.unwrap());
            one
        });
        add("a timestamp that is none", &|edit| {
            let mut one = field([0, 0, 0, 0]);
            let value = dictionary! {
                "Type" => "DocTimeStamp", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.RFC3161", "ByteRange" => numbers([0, 1, 2, 3]),
                "Contents" => Object::string_literal("0"),
            };
            one.set("V", edit.add(value));
            one
        });
        add("an old object as kid", &|edit| {
            let mut one = field([0, 0, 0, 0]);
            one.set("Kids", vec![edit.field().into()]);
            one
        });
    }
    trial.none_passes("sneaked fields", 250);
}

/// The seal of the first signature is hidden, moved, painted over or taken from it.
#[test]
fn the_seal_is_tampered_with() {
    let mut trial = Trial::default();
    for (row, base) in bases().iter().enumerate() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        for (key, value) in [
            ("F", Object::from(2)),
            ("F", 32.into()),
            ("F", Object::Null),
            ("AP", Object::Null),
            ("AP", dictionary! { "N" => dictionary! {} }.into()),
            ("Rect", numbers([0, 0, 500, 700]).into()),
            ("MK", dictionary! { "BG" => numbers([0]) }.into()),
            ("AS", "Off".into()),
            ("V", Object::Null),
            ("V", (1, 0).into()),
            ("FT", Object::Null),
            ("FT", "Tx".into()),
            ("T", Object::string_literal("other")),
            ("OC", dictionary! {}.into()),
            ("Parent", (1, 0).into()),
            ("Kids", vec![].into()),
            ("P", Object::Null),
            ("Lock", dictionary! {}.into()),
            ("Subtype", "Stamp".into()),
            ("BS", dictionary! { "W" => 99 }.into()),
            ("Ff", 1.into()),
            ("TU", Object::string_literal("x")),
            ("DA", Object::string_literal("/F 9 Tf")),
            ("StructParent", 9.into()),
            ("A", dictionary! { "S" => "JavaScript" }.into()),
            ("SV", dictionary! {}.into()),
        ] {
            for (form, shape) in shapes(row) {
                let mut edit = Edit::new(&pdf);
                let field = edit.field();
                let same = edit
                    .get(field)
                    .as_dict()
                    .is_ok_and(|field| field.get(key.as_bytes()).unwrap_or(&Object::Null) == &value);
                if !same {
                    edit.change(field, |field| field.set(key, value.clone()));
                    trial.add(
                        format!("{} {key} {value:?} {form}", base.name),
                        &base.bytes,
                        edit.finish(&base.bytes, &shape),
                    );
                }
            }
        }
    }
    trial.none_passes("seals", 200);
}

/// A sound signature of a trusted signer whose appearance stands for content leaves no earlier signature valid.
#[test]
fn a_sound_signature_covers_content() {
    let base = signed_by(&sample("table-1.4.pdf"), "signer-p256", None, |_| {});
    for (width, height, passes) in [(150.0, 48.0, true), (560.0, 700.0, false), (500.0, 400.0, false)] {
        let file = signed_by(&base, "signer-rsa2048", None, |options| {
            options.appearance = Some(seal(width, height));
        });
        let report = Case::default().report(&file);
        assert_eq!(first(&report) == "TOTAL-PASSED", passes, "{width}×{height}: {:?}", codes(&report));
    }
    // Over the seal of another.
    let sealed = signed_by(&sample("table-1.4.pdf"), "signer-p256", None, |options| {
        options.appearance = Some(seal(150.0, 48.0))
    });
    let over = signed_by(&sealed, "signer-rsa2048", None, |options| options.appearance = Some(seal(100.0, 40.0)));
    let report = Case::default().report(&over);
    assert_ne!(first(&report), "TOTAL-PASSED", "{:?}", codes(&report));
    assert!(codes(&report).contains(&"change-large-appearance"));
}

/// A small impression at the lower left.
pub fn seal(width: f32, height: f32) -> Appearance {
    Appearance { page: 1, at: [20.0, 20.0, width, height], lines: vec!["Mihon City".into()], ..Appearance::default() }
}

/// Whoever is trusted for nothing stamps a prepared, empty field that shows, under a certification that allows nothing.
#[test]
fn a_timestamp_is_made_to_show() {
    let with_field = {
        let base = sample("acroform.pdf");
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let mut empty = annotation("Widget", [20, 20, 90, 60]);
        empty.remove(b"Contents");
        empty.set("FT", "Sig");
        empty.set("T", Object::string_literal("waiting"));
        empty.set("P", edit.page());
        let empty = edit.add(empty);
        edit.enter(empty);
        edit.finish(&base, &Default::default())
    };
    let certified = signed_by(&with_field, "signer-p256", None, |options| options.certify = Some(1));
    let report = Case::default().report(&certified);
    assert_eq!(first(&report), "TOTAL-PASSED", "{:?}", codes(&report));
    let pdf = Pdf::read(&certified[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let waiting = fumikura::pades::signature_fields(&pdf).into_iter().find(|field| field.name == "waiting").unwrap().id;
    let painted = edit.add(overlay());
    let value = edit.add(dictionary! {
        "Type" => "DocTimeStamp", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.RFC3161", "ByteRange" => numbers([0, 1, 2, 3]),
        "Contents" => Object::string_literal("0"),
    });
    edit.change(waiting, |field| {
        field.set("V", value);
        field.set("AP", dictionary! { "N" => painted });
    });
    let report = Case::default().report(&edit.finish(&certified, &Default::default()));
    assert_eq!(report.signatures[0].changes, fumikura::validate::Changes::Forbidden, "{:?}", codes(&report));
}
