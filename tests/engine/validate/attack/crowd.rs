//! A change that hides among many harmless ones: what is judged is every one of them, however few are told.

use super::super::bench::{Case, first, sample, signed_by, verdict};
use super::codes;
use super::forged::{empty_field, sealed, value};
use super::raw::{Edit, Shape, appended};
use fumikura::pdf::{Object, ObjectId, Pdf};
use fumikura::policy::AllowedChanges;
use fumikura::validate::{Report, Severity};
use lopdf::{Dictionary, dictionary};

/// More than any list of changes tells.
const CROWD: usize = 250;

/// A form with a text field, `one`, and a signature field with a lock. Default resources stand before the fields.
fn form(lock: &Dictionary) -> Vec<u8> {
    let base = sample("table-1.4.pdf");
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let text = edit.add(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Tx", "T" => Object::string_literal("one"), "F" => 4,
        "Rect" => super::changes::numbers([20, 20, 90, 40]), "V" => Object::string_literal("granted"),
    });
    edit.annotate(text);
    let mut field = empty_field("kouin");
    field.set("Lock", lock.clone());
    let field = edit.add(field);
    let root = edit.root();
    edit.change(root, |root| {
        let fonts = dictionary! { "Font" => dictionary! {} };
        root.set("AcroForm", dictionary! { "DR" => fonts, "Fields" => vec![text.into(), field.into()] });
    });
    edit.finish(&base, &Shape::default())
}

fn signed(certify: Option<u8>, lock: &Dictionary) -> Vec<u8> {
    signed_by(&form(lock), "signer-rsa2048", None, |options| {
        options.field = Some("kouin".to_owned());
        options.certify = certify;
    })
}

fn no_lock() -> Dictionary {
    dictionary! { "Action" => "Include", "Fields" => vec![Object::string_literal("nobody")] }
}

/// Puts empty signature fields before all others.
fn with_fields(edit: &mut Edit<'_>) {
    let mut fields: Vec<Object> =
        (0..CROWD).map(|number| edit.add(empty_field(&format!("crowd{number}"))).into()).collect();
    let pdf = edit.pdf;
    edit.form(|form| {
        fields.extend(pdf.entry(form, b"Fields").unwrap().as_array().unwrap().iter().cloned());
        form.set("Fields", fields);
    });
}

/// Names further fonts in the form's default resources.
fn with_fonts(edit: &mut Edit<'_>) {
    let font = edit.add(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let mut fonts = Dictionary::new();
    (0..CROWD).for_each(|number| fonts.set(format!("F{number}"), font));
    edit.form(|form| form.set("DR", dictionary! { "Font" => fonts }));
}

fn text_field(pdf: &Pdf) -> ObjectId {
    let is_text = |id: &ObjectId| {
        pdf.dictionary(*id).is_some_and(|field| field.get(b"FT").is_ok_and(|kind| *kind == "Tx".into()))
    };
    pdf.entries().iter().map(|(number, _)| (*number, 0)).find(is_text).unwrap()
}

fn judged(case: &Case, signed: &[u8], change: impl Fn(&mut Edit<'_>)) -> Report {
    let pdf = Pdf::read(signed, &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    change(&mut edit);
    case.report(&edit.finish(signed, &Shape::default()))
}

fn refuse(edit: &mut Edit<'_>) {
    let field = text_field(edit.pdf);
    edit.change(field, |field| field.set("V", Object::string_literal("refused")));
}

#[test]
fn a_value_is_changed_behind_many_empty_fields() {
    let file = signed(None, &no_lock());
    let case = Case::default();
    let crowd = judged(&case, &file, with_fields);
    assert_eq!(first(&crowd), "TOTAL-PASSED", "{:?}", codes(&crowd));
    let report = judged(&case, &file, |edit| {
        with_fields(edit);
        refuse(edit);
    });
    assert_eq!(first(&report), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE", "{:?}", codes(&report));
    assert!(codes(&report).contains(&"change-field-value"));
}

#[test]
fn a_locked_value_is_changed_behind_many_fonts() {
    let lock = dictionary! { "Action" => "Include", "Fields" => vec![Object::string_literal("one")] };
    let file = signed(None, &lock);
    let mut case = Case::default();
    case.policy.allowed_changes = AllowedChanges::FormFill;
    let crowd = judged(&case, &file, with_fonts);
    assert_eq!(first(&crowd), "TOTAL-PASSED", "{:?}", codes(&crowd));
    let report = judged(&case, &file, |edit| {
        with_fonts(edit);
        refuse(edit);
    });
    assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{:?}", codes(&report));
    assert!(codes(&report).contains(&"change-of-locked-field"));
}

#[test]
fn a_locked_value_is_changed_behind_many_values() {
    // Of one kind and class, and only one of them is locked.
    let base = form(&dictionary! { "Action" => "Include", "Fields" => vec![Object::string_literal("one")] });
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let others: Vec<ObjectId> = (0..CROWD)
        .map(|number| edit.add(dictionary! { "FT" => "Tx", "T" => Object::string_literal(format!("free{number}")) }))
        .collect();
    edit.form(|form| {
        let mut fields: Vec<Object> = others.iter().map(|id| Object::Reference(*id)).collect();
        fields.extend(pdf.entry(form, b"Fields").unwrap().as_array().unwrap().iter().cloned());
        form.set("Fields", fields);
    });
    let base = edit.finish(&base, &Shape::default());
    let file = signed_by(&base, "signer-rsa2048", None, |options| options.field = Some("kouin".to_owned()));
    let mut case = Case::default();
    case.policy.allowed_changes = AllowedChanges::FormFill;
    let fill = |edit: &mut Edit<'_>| {
        others.iter().for_each(|id| edit.change(*id, |field| field.set("V", Object::string_literal("x"))));
    };
    let crowd = judged(&case, &file, fill);
    assert_eq!(first(&crowd), "TOTAL-PASSED", "{:?}", codes(&crowd));
    let locked = fumikura::pades::signatures(&pdf).is_empty().then(|| {
        let is_one = |id: &ObjectId| {
            let name = pdf.dictionary(*id).and_then(|field| field.get(b"T").ok());
            name.is_some_and(|name| name.as_str().is_ok_and(|name| name == b"one"))
        };
        pdf.entries().iter().map(|(number, _)| (*number, 0)).find(is_one).unwrap()
    });
    let report = judged(&case, &file, |edit| {
        fill(edit);
        edit.change(locked.unwrap(), |field| field.set("V", Object::string_literal("refused")));
    });
    assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{:?}", codes(&report));
}

#[test]
fn a_signature_that_is_none_stands_behind_many_fonts() {
    for (certify, rectangle) in [(None, [0, 0, 0, 0]), (None, [20, 60, 90, 80]), (Some(2), [20, 60, 90, 80])] {
        let file = signed(certify, &no_lock());
        let crowd = judged(&Case::default(), &file, with_fonts);
        assert_eq!(first(&crowd), "TOTAL-PASSED", "{:?}", codes(&crowd));
        let report = judged(&Case::default(), &file, |edit| {
            with_fonts(edit);
            let value = value(edit, Dictionary::new());
            let mut field = empty_field("later");
            field.set("V", value);
            field.set("Rect", super::changes::numbers(rectangle));
            let field = edit.add(field);
            edit.enter(field);
        });
        assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{certify:?} {rectangle:?}: {:?}", codes(&report));
    }
}

#[test]
fn a_sound_signature_shows_behind_many_fonts_under_a_certification() {
    let file = signed(Some(2), &no_lock());
    let pdf = Pdf::read(&file[..], &Default::default()).unwrap();
    for (rectangle, expected) in [([0, 0, 0, 0], "TOTAL-PASSED"), ([20, 60, 90, 80], "TOTAL-FAILED/FORMAT_FAILURE")] {
        let mut edit = Edit::new(&pdf);
        with_fonts(&mut edit);
        let value = value(&mut edit, Dictionary::new());
        let mut field = empty_field("later");
        field.set("V", value);
        field.set("Rect", super::changes::numbers(rectangle));
        let field = edit.add(field);
        edit.enter(field);
        let report = Case::default().report(&sealed(edit, &file, &Shape::default()));
        assert_eq!(first(&report), expected, "{rectangle:?}: {:?}", codes(&report));
        assert_eq!(verdict(&report.signatures[1]), "TOTAL-PASSED", "{:?}", codes(&report));
    }
}

#[test]
fn what_is_not_told_is_counted_and_what_is_forbidden_is_told_first() {
    let file = signed(None, &no_lock());
    let report = judged(&Case::default(), &file, |edit| {
        with_fields(edit);
        refuse(edit);
    });
    let findings = &report.signatures[0].findings;
    assert!(findings.len() < 60, "{}", findings.len());
    let more = findings.iter().find(|finding| finding.code == "changes-not-listed").expect("the rest is counted");
    let count: usize = more.parameters.iter().find(|(name, _)| *name == "count").unwrap().1.parse().unwrap();
    let told = findings.iter().filter(|one| one.code == "change-signature-field").count();
    assert_eq!(count + told, CROWD);
    assert!(findings.iter().any(|one| one.code == "change-not-permitted" && one.severity == Severity::Error));
}

/// Beyond so many revisions nothing is compared, and no signature before the last of them may pass for that.
#[test]
fn a_change_stands_behind_many_revisions() {
    let mut file = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
    for _ in 0..260 {
        file = appended(&file, &[], &Shape::default());
    }
    let twice = signed_by(&file, "signer-p256", None, |_| {});
    let report = Case::default().report(&twice);
    assert_eq!(verdict(&report.signatures[1]), "TOTAL-PASSED", "nothing follows it: {:?}", codes(&report));
    let pdf = Pdf::read(&twice[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let page = edit.page();
    edit.change(page, |page| page.set("Rotate", 180));
    let report = Case::default().report(&edit.finish(&twice, &Shape::default()));
    for signature in &report.signatures {
        assert_ne!(verdict(signature), "TOTAL-PASSED", "{:?}", codes(&report));
    }
    let hidden = Case::default().report(&[&twice[..], b"garbage"].concat());
    assert!(codes(&hidden).contains(&"change-hidden-bytes"), "{:?}", codes(&hidden));
    for signature in &hidden.signatures {
        assert_ne!(verdict(signature), "TOTAL-PASSED", "{:?}", codes(&hidden));
    }
}
