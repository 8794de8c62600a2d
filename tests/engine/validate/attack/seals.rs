//! What a later signature shows on a page: it may cover neither content nor other fields, by whatever route it comes.

use super::super::bench::{Case, first, sample, signed_by, verdict};
use super::changes::numbers;
use super::codes;
use super::forged::{empty_field, sealed, value};
use super::raw::{Edit, Shape};
use fumikura::pades::{Appearance, signature_fields};
use fumikura::pdf::{Object, ObjectId, Pdf};
use fumikura::validate::Report;
use lopdf::{Dictionary, Stream, dictionary};

fn picture(paint: &str) -> Stream {
    let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 500, 700]), "Resources" => dictionary! {} };
    Stream::new(form, paint.as_bytes().to_vec())
}

/// A text field at the lower left, and empty signature fields whose appearances paint nothing yet. Signed without showing.
fn prepared(waiting: &[(&str, [i64; 4], bool)]) -> Vec<u8> {
    let base = sample("table-1.4.pdf");
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let page = edit.page();
    let mut fields = vec![Object::from(edit.add(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Tx", "T" => Object::string_literal("sum"), "F" => 4, "P" => page,
        "Rect" => numbers([20, 20, 90, 40]), "V" => Object::string_literal("100"),
    }))];
    for (name, rectangle, painted) in waiting {
        let mut field = empty_field(name);
        field.set("Rect", numbers(*rectangle));
        field.set("F", 4);
        field.set("P", page);
        if *painted {
            field.set("AP", dictionary! { "N" => edit.add(picture("")) });
        }
        fields.push(edit.add(field).into());
    }
    fields.iter().for_each(|field| edit.annotate(field.as_reference().unwrap()));
    let root = edit.root();
    edit.change(root, |root| root.set("AcroForm", dictionary! { "Fields" => fields }));
    let base = edit.finish(&base, &Shape::default());
    let file = signed_by(&base, "signer-rsa2048", None, |_| {});
    assert_eq!(first(&Case::default().report(&file)), "TOTAL-PASSED");
    file
}

fn waiting(pdf: &Pdf, name: &str) -> ObjectId {
    signature_fields(pdf).into_iter().find(|field| field.name == name).unwrap().id
}

/// Signs a waiting field; its appearance is what the change makes of it.
fn sign(file: &[u8], name: &str, change: impl Fn(&mut Edit<'_>, ObjectId)) -> Report {
    let pdf = Pdf::read(file, &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let field = waiting(&pdf, name);
    let value = value(&mut edit, Dictionary::new());
    edit.change(field, |field| field.set("V", value));
    change(&mut edit, field);
    let report = Case::default().report(&sealed(edit, file, &Shape::default()));
    assert_eq!(verdict(&report.signatures[1]), "TOTAL-PASSED", "{:?}", codes(&report));
    report
}

fn in_place(edit: &mut Edit<'_>, field: ObjectId) {
    let pictures = edit.get(field).as_dict().unwrap().get(b"AP").unwrap().as_dict().unwrap().clone();
    edit.set(pictures.get(b"N").unwrap().as_reference().unwrap(), picture("1 0 0 rg 0 0 500 700 re f"));
}

fn anew(edit: &mut Edit<'_>, field: ObjectId) {
    let painted = edit.add(picture("1 0 0 rg 0 0 500 700 re f"));
    edit.change(field, |field| field.set("AP", dictionary! { "N" => painted }));
}

fn assert_covers(what: &str, report: &Report) {
    assert_eq!(first(report), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE", "{what}: {:?}", codes(report));
    assert!(codes(report).contains(&"change-large-appearance"), "{what}: {:?}", codes(report));
}

#[test]
fn a_waiting_field_is_painted_over_the_page() {
    let file = prepared(&[("large", [50, 100, 550, 800], true), ("small", [300, 20, 400, 60], true)]);
    let small = sign(&file, "small", in_place);
    assert_eq!(first(&small), "TOTAL-PASSED", "{:?}", codes(&small));
    assert_covers("anew", &sign(&file, "large", anew));
    assert_covers("in place", &sign(&file, "large", in_place));
    // What was painted before it was signed shows what it showed.
    let as_before = sign(&file, "large", |_, _| {});
    assert_eq!(first(&as_before), "TOTAL-PASSED", "{:?}", codes(&as_before));
}

#[test]
fn a_waiting_field_is_painted_over_another() {
    for painted in [true, false] {
        let file = prepared(&[("over", [15, 15, 95, 45], painted), ("beside", [95, 20, 160, 40], painted)]);
        assert_covers("anew", &sign(&file, "over", anew));
        let beside = sign(&file, "beside", anew);
        assert_eq!(first(&beside), "TOTAL-PASSED", "{:?}", codes(&beside));
        if painted {
            assert_covers("in place", &sign(&file, "over", in_place));
        }
    }
}

#[test]
fn seals_that_touch_cover_nothing() {
    let seal = |left: f32, bottom: f32| Appearance {
        page: 1,
        at: [left, bottom, 80.0, 30.0],
        lines: vec!["Mihon City".into()],
        ..Appearance::default()
    };
    let with = |file: &[u8], signer: &str, left: f32, bottom: f32| {
        signed_by(file, signer, None, |options| options.appearance = Some(seal(left, bottom)))
    };
    let one = with(&sample("table-1.4.pdf"), "signer-rsa2048", 100.0, 100.0);
    for (left, bottom, passes) in [
        (180.0, 100.0, true),
        (179.5, 100.0, true),
        (100.0, 129.5, true),
        (179.5, 129.5, true),
        (170.0, 129.5, true),
        (178.0, 100.0, false),
        (100.0, 127.0, false),
        (100.0, 100.0, false),
    ] {
        let report = Case::default().report(&with(&one, "signer-p256", left, bottom));
        assert_eq!(first(&report) == "TOTAL-PASSED", passes, "{left} {bottom}: {:?}", codes(&report));
    }
}

/// Some readers paint a sign where a signature is waited for.
#[test]
fn waiting_fields_are_strewn_over_the_page() {
    let with = |count: i64| {
        let base = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        for index in 0..count {
            let mut field = empty_field(&format!("f{index}"));
            field.set("Rect", numbers([0, 50 * index, 300, 50 * index + 50]));
            let field = edit.add(field);
            edit.enter(field);
            edit.annotate(field);
        }
        Case::default().report(&edit.finish(&base, &Shape::default()))
    };
    let few = with(4);
    assert_eq!(first(&few), "TOTAL-PASSED", "{:?}", codes(&few));
    assert_covers("many", &with(12));
}
