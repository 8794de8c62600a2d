//! Attacks on forms, fields and certified files (EAA, SSA, object reuse), each built here: none may pass.

use super::attacks::{assert_forbidden, assert_no_pass};
use super::bench::{codes, first, form, page, report, sample, signed, signed_by, signed_form, updated};
use fumikura::pdf::{Object, Pdf, Update};
use fumikura::validate::Changes;
use lopdf::{Dictionary, Stream, dictionary};

#[test]
fn the_form_is_abused() {
    let change = |change: &dyn Fn(&mut Dictionary, &mut Update<'_>)| {
        updated(signed_form(), |update, pdf| {
            let (id, mut form) = form(pdf);
            change(&mut form, update);
            update.set(id, form);
        })
    };
    assert_forbidden("XFA", &change(&|form, _| form.set("XFA", Object::string_literal("<x/>"))));
    assert_forbidden("appearances wanted", &change(&|form, _| form.set("NeedAppearances", true)));
    assert_forbidden("fields gone", &change(&|form, _| form.set("Fields", Vec::<Object>::new())));
    assert_forbidden(
        "another kind of field",
        &change(&|form, update| {
            let field = update.add(
                dictionary! { "FT" => "Tx", "T" => Object::string_literal("new"), "V" => Object::string_literal("x") },
            );
            let mut fields = form.get(b"Fields").and_then(Object::as_array).expect("fields").clone();
            fields.push(field.into());
            form.set("Fields", fields);
        }),
    );
}

/// Adds a field to the form that the signed file has.
fn with_field(bytes: &[u8], field: impl Fn(&mut Update<'_>, &Pdf) -> Dictionary) -> Vec<u8> {
    updated(bytes, |update, pdf| {
        let field = field(update, pdf);
        let field = update.add(field);
        let (form_id, mut form) = form(pdf);
        let mut fields = form.get(b"Fields").and_then(Object::as_array).expect("fields").clone();
        fields.push(field.into());
        form.set("Fields", fields);
        update.set(form_id, form);
        let (page_id, mut page) = page(pdf);
        let mut annotations = match page.get(b"Annots").map(|annotations| pdf.resolve(annotations)) {
            Ok(Object::Array(items)) => items.clone(),
            _ => Vec::new(),
        };
        annotations.push(field.into());
        page.set("Annots", annotations);
        update.set(page_id, page);
    })
}

fn widget(rectangle: [i64; 4]) -> Dictionary {
    dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig", "T" => Object::string_literal("Sneaky"), "F" => 132,
        "Rect" => rectangle.map(Object::from).to_vec(),
    }
}

#[test]
fn a_signature_is_sneaked_in() {
    let overlay = Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()] },
        b"1 g 0 0 9 9 re f".to_vec(),
    );
    // No signature in it: what it shows is nobody's.
    let unsigned = with_field(signed(), |update, _| {
        let mut field = widget([0, 0, 500, 700]);
        field.set("AP", dictionary! { "N" => update.add(overlay.clone()) });
        field
    });
    assert_no_pass("an overlay in an empty field", &unsigned);
    // A value that is no sound signature.
    let fake = with_field(signed(), |update, _| {
        let mut field = widget([0, 0, 0, 0]);
        let value = dictionary! {
            "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached",
            "ByteRange" => vec![0.into(), 1.into(), 2.into(), 3.into()], "Contents" => Object::string_literal("x"),
        };
        field.set("V", update.add(value));
        field
    });
    let report = report(&fake);
    assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{:?}", codes(&report));
    assert!(codes(&report).contains(&"later-signature-broken"));
    // The earlier signature's own object under a new name.
    let reused = with_field(signed(), |_, pdf| {
        let mut field = widget([0, 0, 0, 0]);
        field.set("V", fumikura::pades::signatures(pdf)[0].object.expect("an object"));
        field
    });
    assert_forbidden("a signature object reused", &reused);
    // Actions in a new field.
    let acting = with_field(signed(), |_, _| {
        let mut field = widget([0, 0, 0, 0]);
        field.set("A", dictionary! { "S" => "URI", "URI" => Object::string_literal("http://example.invalid/") });
        field
    });
    assert_forbidden("a field that acts", &acting);
}

#[test]
fn certified_files_are_defaced() {
    for permission in [1, 2, 3] {
        let certified =
            signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |options| options.certify = Some(permission));
        assert_eq!(first(&report(&certified)), "TOTAL-PASSED");
        assert_eq!(report(&certified).signatures[0].certification, Some(permission));
        let annotated = updated(&certified, |update, pdf| {
            let note = dictionary! {
                "Type" => "Annot", "Subtype" => "FreeText", "Contents" => Object::string_literal("refused"), "F" => 4,
                "Rect" => [0, 0, 500, 700].map(Object::from).to_vec(), "DA" => Object::string_literal("/Helv 12 Tf"),
            };
            let note = update.add(note);
            let (id, mut page) = page(pdf);
            let mut annotations = match page.get(b"Annots").map(|annotations| pdf.resolve(annotations)) {
                Ok(Object::Array(items)) => items.clone(),
                _ => Vec::new(),
            };
            annotations.push(note.into());
            page.set("Annots", annotations);
            update.set(id, page);
        });
        let report = report(&annotated);
        assert_eq!(report.signatures[0].changes, Changes::Annotate);
        let expected =
            if permission < 3 { "TOTAL-FAILED/FORMAT_FAILURE" } else { "INDETERMINATE/SIG_CONSTRAINTS_FAILURE" };
        assert_eq!(first(&report), expected, "certified {permission}: {:?}", codes(&report));
    }
}

#[test]
fn the_seal_is_hidden_or_moved() {
    let pdf = Pdf::read(signed(), &Default::default()).expect("readable");
    let field = fumikura::pades::signatures(&pdf)[0].field_object;
    let change = |change: &dyn Fn(&mut Dictionary)| {
        updated(signed(), |update, _| {
            let mut dictionary = update.dictionary(field).expect("a dictionary");
            change(&mut dictionary);
            update.set(field, dictionary);
        })
    };
    assert_forbidden("hidden", &change(&|field| field.set("F", 2)));
    assert_forbidden("appearance gone", &change(&|field| drop(field.remove(b"AP"))));
    assert_forbidden("moved", &change(&|field| field.set("Rect", [1, 1, 2, 2].map(Object::from).to_vec())));
    assert_no_pass("value gone", &change(&|field| drop(field.remove(b"V"))));
    assert_no_pass("no field", &change(&|field| drop(field.remove(b"FT"))));
}
