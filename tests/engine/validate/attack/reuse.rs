//! One object in two roles: a change that a rule allows in the one role must not show in the other; and objects that
//! only some readers find.

use super::super::bench::{Case, first, signed_by};
use super::changes::numbers;
use super::raw::{Edit, Shape, appended, indirect, written};
use super::structure::whole;
use super::{Trial, codes};
use fumikura::pdf::{Object, Pdf};
use fumikura::policy::AllowedChanges;
use lopdf::{Dictionary, Stream, dictionary};

fn to(number: u32) -> Object {
    Object::Reference((number, 0))
}

fn text(words: &str) -> Stream {
    let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 200, 200]) };
    Stream::new(form, format!("0 g 10 10 99 99 re f % {words}").into_bytes())
}

/// A file of one page: the page and the form are given, other objects from 6 on; 5 is the page's content.
fn file(page: Dictionary, form: Dictionary, content: &str, others: Vec<Object>) -> Vec<u8> {
    let mut page = page;
    page.set("Type", "Page");
    page.set("Parent", to(2));
    page.set("MediaBox", numbers([0, 0, 200, 200]));
    page.set("Contents", to(5));
    let mut objects: Vec<Object> = vec![
        dictionary! { "Type" => "Catalog", "Pages" => to(2), "AcroForm" => to(4) }.into(),
        dictionary! { "Type" => "Pages", "Kids" => vec![to(3)], "Count" => 1 }.into(),
        page.into(),
        form.into(),
        Stream::new(dictionary! {}, content.as_bytes().to_vec()).into(),
    ];
    objects.extend(others);
    whole(b"", &objects.iter().map(written).collect::<Vec<_>>())
}

fn field(kind: &str) -> Dictionary {
    dictionary! {
        "FT" => kind, "T" => Object::string_literal("prepared"), "Type" => "Annot", "Subtype" => "Widget", "F" => 4,
        "Rect" => numbers([0, 0, 9, 9]), "P" => to(3),
    }
}

/// The most lenient policy, so that no rule but the one in question stands in the way.
fn lenient() -> Case {
    let mut case = Case::default();
    case.policy.allowed_changes = AllowedChanges::Annotate;
    case
}

#[test]
fn a_field_is_a_dictionary_of_resources_too() {
    let mut trial = Trial::default();
    for (kind, key) in
        [("Tx", "V"), ("Tx", "AP"), ("Tx", "RV"), ("Ch", "V"), ("Ch", "I"), ("Btn", "V"), ("Sig", "AP"), ("Sig", "MK")]
    {
        for place in ["XObject", "Font", "ExtGState", "Pattern", "ColorSpace", "Shading", "Properties"] {
            let mut shared = field(kind);
            shared.set(key, to(7));
            let page = dictionary! { "Annots" => vec![to(6)], "Resources" => dictionary! { place => to(6) } };
            let form = dictionary! { "Fields" => vec![to(6)], "SigFlags" => 3 };
            let base = file(page, form, &format!("/{key} Do"), vec![shared.into(), text("granted").into()]);
            for certified in [Some(2), Some(3), None] {
                let signed = signed_by(&base, "signer-p256", None, |options| options.certify = certified);
                let pdf = Pdf::read(&signed[..], &Default::default()).unwrap();
                let mut edit = Edit::new(&pdf);
                let other = edit.add(text("refused"));
                edit.change((6, 0), |field| field.set(key, other));
                let attacked = edit.finish(&signed, &Shape::default());
                assert_ne!(first(&lenient().report(&attacked)), "TOTAL-PASSED", "{kind} {key} {place} {certified:?}");
                trial.add(format!("{kind} {key} {place} {certified:?}"), &signed, attacked);
            }
        }
    }
    trial.none_passes("field as resources", 100);
}

#[test]
fn a_field_that_is_only_a_field_may_be_filled_in() {
    let mut shared = field("Tx");
    shared.set("V", Object::string_literal("before"));
    let page = dictionary! { "Annots" => vec![to(6)], "Resources" => dictionary! {} };
    let base = file(page, dictionary! { "Fields" => vec![to(6)], "SigFlags" => 3 }, "", vec![shared.into()]);
    let signed = signed_by(&base, "signer-p256", None, |options| options.certify = Some(2));
    let pdf = Pdf::read(&signed[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    edit.change((6, 0), |field| field.set("V", Object::string_literal("after")));
    let filled = Case::default().report(&edit.finish(&signed, &Shape::default()));
    assert_eq!(first(&filled), "TOTAL-PASSED", "{:?}", codes(&filled));
}

#[test]
fn the_catalogue_or_a_page_is_a_dictionary_of_resources_too() {
    let mut trial = Trial::default();
    let metadata = |date: &str| {
        let dictionary = dictionary! { "Type" => "Metadata", "Subtype" => "XML" };
        Stream::new(dictionary, format!("<xmp:ModifyDate>{date}</xmp:ModifyDate>").into_bytes())
    };
    for place in ["XObject", "Font", "Properties"] {
        let page = dictionary! { "Resources" => dictionary! { place => to(1) } };
        let base =
            file(page, dictionary! { "Fields" => vec![], "SigFlags" => 3 }, "/Metadata Do", vec![metadata("1").into()]);
        // The catalogue gets its metadata before signing.
        let prepared = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&prepared);
        edit.change((1, 0), |root| root.set("Metadata", to(6)));
        let base = edit.finish(&base, &Shape::default());
        let signed = signed_by(&base, "signer-p256", None, |_| {});
        let pdf = Pdf::read(&signed[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let other = edit.add(metadata("2"));
        edit.change((1, 0), |root| root.set("Metadata", other));
        trial.add(place, &signed, edit.finish(&signed, &Shape::default()));
    }
    trial.none_passes("catalogue as resources", 3);
}

/// Readers differ in whether they look at a reference's generation.
#[test]
fn a_reference_of_another_generation_leads_to_what_is_changed() {
    let mut trial = Trial::default();
    for generation in [1, 2, 65534] {
        let page = dictionary! { "Resources" => dictionary! { "XObject" => dictionary! { "X" => Object::Reference((6, generation)) } } };
        let base =
            file(page, dictionary! { "Fields" => vec![], "SigFlags" => 3 }, "/X Do", vec![text("granted").into()]);
        let signed = signed_by(&base, "signer-p256", None, |_| {});
        for id in [(6, 0), (6, generation)] {
            let objects = [(id, indirect(id, &written(&text("refused").into())))];
            for stream in [false, true] {
                let shape = Shape { stream, ..Shape::default() };
                trial.add(format!("{id:?} for {generation}"), &signed, appended(&signed, &objects, &shape));
            }
        }
        let freed = Shape { rows: vec![(6, 0, generation)], ..Shape::default() };
        trial.add(format!("freed for {generation}"), &signed, appended(&signed, &[], &freed));
    }
    trial.none_passes("generations", 15);
}

/// What decides on what an object stream holds may itself be an object.
#[test]
fn an_object_stream_is_steered_by_another_object() {
    let mut trial = Trial::default();
    let inside = "<</A 1>> <</B 2>>";
    for (key, old, new) in [
        ("N", "1", "2"),
        ("First", "4", "5"),
        ("Filter", "[]", "/ASCIIHexDecode"),
        ("DecodeParms", "null", "<</Predictor 12>>"),
        ("Extends", "null", "4 0 R"),
    ] {
        let mut keys = vec![("N", "1".to_owned()), ("First", "4".to_owned())];
        keys.retain(|(other, _)| *other != key);
        keys.push((key, "7 0 R".to_owned()));
        let text: String = keys.iter().map(|(key, value)| format!("/{key} {value}")).collect();
        let data = format!("8 0 {inside}");
        let base = packed(&format!("<</Type/ObjStm{text}/Length {}>>\nstream\n{data}\nendstream", data.len()), old);
        let signed = signed_by(&base, "signer-p256", None, |_| {});
        let objects = [((7, 0), indirect((7, 0), new.as_bytes()))];
        for stream in [false, true] {
            trial.add(
                format!("{key} {stream}"),
                &signed,
                appended(&signed, &objects, &Shape { stream, ..Shape::default() }),
            );
        }
    }
    trial.none_passes("object streams", 10);
}

/// A file of one page whose object 8 is in the object stream 6, and 7 is what the stream's dictionary refers to.
fn packed(container: &str, steering: &str) -> Vec<u8> {
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R/PieceInfo 8 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R>>",
        "<</Length 1>>\nstream\nq\nendstream",
        "null",
        container,
        steering,
    ];
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = [[0_u8; 7]; 10];
    for (index, body) in bodies.into_iter().enumerate() {
        rows[index + 1][0] = 1;
        rows[index + 1][1..5].copy_from_slice(&(out.len() as u32).to_be_bytes());
        out.extend_from_slice(&indirect((index as u32 + 1, 0), body.as_bytes()));
    }
    rows[8] = [2, 0, 0, 0, 6, 0, 0];
    let start = out.len();
    rows[9][0] = 1;
    rows[9][1..5].copy_from_slice(&(start as u32).to_be_bytes());
    let head = "<</Type/XRef/Size 10/Root 1 0 R/W[1 4 2]/Length 70>>\nstream\n";
    out.extend_from_slice(&indirect((9, 0), &[head.as_bytes(), &rows.concat(), b"\nendstream"].concat()));
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    out
}

/// References in the signed file that lead nowhere, until they do: to what this reader cannot read and others can.
#[test]
fn a_reference_that_led_nowhere_leads_somewhere() {
    let mut trial = Trial::default();
    let page = dictionary! { "Resources" => dictionary! { "XObject" => dictionary! { "X" => to(60) } } };
    let base = file(page, dictionary! { "Fields" => vec![], "SigFlags" => 3 }, "/X Do", vec![]);
    let signed = signed_by(&base, "signer-p256", None, |_| {});
    let paint = "0 g 9 9 99 99 re f";
    for body in [
        format!("<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length 18>>\nstream\n{paint}\nendstream"),
        format!("<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length 18/Odd 1-2>>\nstream\n{paint}\nendstream"),
        format!("<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length 17>>\nstream\n{paint}\nendstream"),
        format!("<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Length 18/Odd word>>\nstream\n{paint}\nendstream"),
        "[12abc 1 0 R]".to_owned(),
        "--5".to_owned(),
        "[1 2".to_owned(),
        "word".to_owned(),
    ] {
        for (stream, packed) in [(false, false), (true, false), (true, true)] {
            let shape = Shape { stream, packed, ..Shape::default() };
            trial.add(
                body.clone(),
                &signed,
                appended(&signed, &[((60, 0), indirect((60, 0), body.as_bytes()))], &shape),
            );
        }
    }
    trial.none_passes("dangling references", 20);
}

/// Objects whose numbers the size leaves out are missing to some readers, until it grows.
#[test]
fn the_size_uncovers_an_object() {
    let page = dictionary! { "Resources" => dictionary! { "XObject" => dictionary! { "X" => to(6) } } };
    let base = file(page, dictionary! { "Fields" => vec![], "SigFlags" => 3 }, "/X Do", vec![text("hidden").into()]);
    let signed = signed_by(&base, "signer-p256", None, |_| {});
    let mut trial = Trial::default();
    // Signed by someone whose update states a size that hides object 6; what is signed cannot be changed here, so the
    // honest one is made smaller instead.
    for size in [6, 5, 1, 0, -1] {
        trial.add(size.to_string(), &signed, appended(&signed, &[], &Shape { size: Some(size), ..Shape::default() }));
    }
    trial.none_passes("size", 5);
}
