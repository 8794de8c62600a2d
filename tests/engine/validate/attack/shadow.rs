//! Shadow attacks: content prepared before signing, then hidden, replaced, or both, by an update that looks harmless.

use super::super::bench::{Case, first, signed_by};
use super::changes::numbers;
use super::raw::{Edit, Shape, appended, indirect, written};
use super::structure::whole;
use super::{Trial, codes};
use fumikura::pdf::{Object, Pdf};
use lopdf::{Dictionary, Stream, dictionary};

fn to(number: u32) -> Object {
    Object::Reference((number, 0))
}

fn picture(paint: &str) -> Stream {
    let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 200, 200]), "Resources" => dictionary! {} };
    Stream::new(form, paint.as_bytes().to_vec())
}

/// The page shows "granted" in an overlay over "refused"; fields and annotations wait for their use.
fn prepared() -> Vec<u8> {
    let widget = |kind: &str, name: &str| {
        dictionary! {
            "FT" => kind, "T" => Object::string_literal(name), "Type" => "Annot", "Subtype" => "Widget", "F" => 4, "P" => to(3),
            "Rect" => numbers([0, 0, 200, 200]),
        }
    };
    let mut button = widget("Btn", "button");
    button.set("Ff", 65536);
    let mut fixed = widget("Tx", "fixed");
    fixed.set("Ff", 1);
    let mut check = widget("Btn", "check");
    check.set("AP", dictionary! { "N" => dictionary! { "Off" => to(10), "On" => to(10) } });
    check.set("AS", "Off");
    let overlay = dictionary! {
        "Type" => "Annot", "Subtype" => "Stamp", "F" => 4, "Rect" => numbers([0, 0, 200, 200]), "AP" => dictionary! { "N" => to(10) },
    };
    let group = |name: &str| dictionary! { "Type" => "OCG", "Name" => Object::string_literal(name) };
    let objects: Vec<Object> = vec![
        dictionary! {
            "Type" => "Catalog", "Pages" => to(2), "AcroForm" => to(4),
            "OCProperties" => dictionary! { "OCGs" => vec![to(14), to(15)], "D" => dictionary! { "OFF" => vec![to(15)] } },
        }.into(),
        dictionary! { "Type" => "Pages", "Kids" => vec![to(3)], "Count" => 1 }.into(),
        dictionary! {
            "Type" => "Page", "Parent" => to(2), "MediaBox" => numbers([0, 0, 200, 200]), "Contents" => to(5),
            "Annots" => vec![to(6), to(7), to(8), to(9), to(16)],
            "Resources" => dictionary! {
                "XObject" => dictionary! { "Over" => to(10), "Under" => to(11) },
                "Properties" => dictionary! { "One" => to(14), "Two" => to(15) },
                "Font" => dictionary! { "F" => to(12) },
            },
        }.into(),
        dictionary! { "Fields" => vec![to(6), to(7), to(8), to(16)], "SigFlags" => 3 }.into(),
        Stream::new(dictionary! {}, b"/Under Do /Over Do /OC /Two BDC /Under Do EMC BT /F 9 Tf (100) Tj ET".to_vec()).into(),
        button.into(),
        fixed.into(),
        check.into(),
        overlay.into(),
        picture("1 g 0 0 200 200 re f").into(),
        picture("0 g 20 20 99 99 re f").into(),
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => to(13) }.into(),
        dictionary! { "Type" => "Encoding", "Differences" => vec![] }.into(),
        group("one").into(),
        group("two").into(),
        widget("Tx", "text").into(),
    ];
    whole(b"", &objects.iter().map(written).collect::<Vec<_>>())
}

type Change = Box<dyn Fn(&mut Edit<'_>)>;

#[expect(clippy::too_many_lines, reason = "a list")]
fn changes() -> Vec<(&'static str, Change)> {
    let set = |id: u32, change: fn(&mut Dictionary)| -> Change { Box::new(move |edit| edit.change((id, 0), change)) };
    vec![
        ("hide: the overlay is emptied", Box::new(|edit| edit.set((10, 0), picture("")))),
        ("hide: the overlay has no place", set(10, |form| form.set("BBox", numbers([0, 0, 0, 0])))),
        ("hide: the overlay is another type", set(10, |form| form.set("Subtype", "Image"))),
        ("hide: the overlay in a group", set(10, |form| form.set("OC", to(15)))),
        ("hide: the annotation is hidden", set(9, |annotation| annotation.set("F", 2))),
        ("hide: the annotation has no place", set(9, |annotation| annotation.set("Rect", numbers([0, 0, 0, 0])))),
        ("hide: the annotation is off the page", set(3, |page| page.set("Annots", vec![to(6), to(7), to(8), to(16)]))),
        (
            "hide: a group is off",
            set(1, |root| {
                root.set("OCProperties", dictionary! { "OCGs" => vec![to(14), to(15)], "D" => dictionary! { "OFF" => vec![to(14), to(15)] } })
            }),
        ),
        (
            "hide: a group is on",
            set(1, |root| {
                root.set("OCProperties", dictionary! { "OCGs" => vec![to(14), to(15)], "D" => dictionary! {} })
            }),
        ),
        (
            "hide: a group of another meaning",
            set(15, |group| group.set("Usage", dictionary! { "View" => dictionary! { "ViewState" => "ON" } })),
        ),
        (
            "replace: the font's encoding",
            set(13, |encoding| encoding.set("Differences", vec![49.into(), "nine".into()])),
        ),
        ("replace: the font", set(12, |font| font.set("BaseFont", "Symbol"))),
        ("replace: the font's widths", set(12, |font| font.set("Widths", numbers([0, 0])))),
        (
            "replace: the font's text",
            Box::new(|edit| {
                let map = edit.add(Stream::new(dictionary! {}, b"".to_vec()));
                edit.change((12, 0), |font| font.set("ToUnicode", map));
            }),
        ),
        (
            "replace: a button's picture",
            Box::new(|edit| {
                let other = edit.add(picture("0 g 0 0 200 200 re f"));
                edit.change((6, 0), |field| field.set("AP", dictionary! { "N" => other }));
            }),
        ),
        (
            "replace: a fixed field's value",
            Box::new(|edit| {
                let other = edit.add(picture("0 g 0 0 200 200 re f"));
                edit.change((7, 0), |field| {
                    field.set("V", Object::string_literal("refused"));
                    field.set("AP", dictionary! { "N" => other });
                });
            }),
        ),
        (
            "replace: a box's picture",
            Box::new(|edit| {
                let other = edit.add(picture("0 g 0 0 200 200 re f"));
                edit.change((8, 0), |field| field.set("AP", dictionary! { "N" => dictionary! { "Off" => other } }));
            }),
        ),
        (
            "replace: a shared picture",
            Box::new(|edit| {
                // The box's picture in place: it is the page's overlay, too.
                edit.set((10, 0), picture("0 g 0 0 99 99 re f"));
                edit.change((8, 0), |field| field.set("AS", "On"));
            }),
        ),
        (
            "replace: a picture without another value",
            Box::new(|edit| {
                let other = edit.add(picture("0 g 0 0 200 200 re f"));
                edit.change((16, 0), |field| field.set("AP", dictionary! { "N" => other }));
            }),
        ),
        ("replace: a field's font size", set(16, |field| field.set("DA", Object::string_literal("/F 99 Tf")))),
        ("replace: a field's length", set(16, |field| field.set("MaxLen", 1))),
        ("replace: a field's alignment", set(16, |field| field.set("Q", 2))),
        ("replace: a field's flags", set(16, |field| field.set("Ff", 4096))),
        ("replace: a field's colours", set(16, |field| field.set("MK", dictionary! { "BG" => numbers([0]) }))),
        (
            "replace: a field's action",
            set(16, |field| field.set("AA", dictionary! { "F" => dictionary! { "S" => "JavaScript" } })),
        ),
        ("replace: a field's parent", set(16, |field| field.set("Parent", to(7)))),
        ("replace: a field's place", set(16, |field| field.set("Rect", numbers([9, 9, 99, 99])))),
        ("replace: a field's name", set(16, |field| field.set("T", Object::string_literal("other")))),
        ("replace: a field's kind", set(16, |field| field.set("FT", "Btn"))),
        ("replace: a field's border", set(16, |field| field.set("Border", numbers([0, 0, 99])))),
        ("replace: a field in a group", set(16, |field| field.set("OC", to(15)))),
        ("replace: a field's popup", set(16, |field| field.set("Popup", to(9)))),
        (
            "both: what is under is over",
            set(3, |page| {
                page.set("Resources", dictionary! { "XObject" => dictionary! { "Over" => to(11), "Under" => to(10) } })
            }),
        ),
    ]
}

#[test]
fn what_was_prepared_is_put_to_use() {
    let mut trial = Trial::default();
    let base = prepared();
    for certified in [None, Some(1), Some(2), Some(3)] {
        let signed = signed_by(&base, "signer-p256", None, |options| options.certify = certified);
        let report = Case::default().report(&signed);
        assert_eq!(first(&report), "TOTAL-PASSED", "{:?}", codes(&report));
        let pdf = Pdf::read(&signed[..], &Default::default()).unwrap();
        for (name, change) in changes() {
            for (stream, packed) in [(false, false), (true, true)] {
                let mut edit = Edit::new(&pdf);
                change(&mut edit);
                let shape = Shape { stream, packed, ..Shape::default() };
                trial.add(format!("{name} {certified:?} {stream}"), &signed, edit.finish(&signed, &shape));
            }
        }
    }
    trial.none_passes("shadow", 250);
}

/// Hide and replace: every object twice in the signed bytes, and the cross-reference switched to the other one.
#[test]
fn what_was_prepared_twice_is_switched() {
    let mut trial = Trial::default();
    let base = prepared();
    for number in [1, 2, 3, 5, 10, 11, 12, 13, 16] {
        // The twin stands in the open before the first section's end, and no row names it.
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut twin = Edit::new(&pdf);
        match number {
            5 | 10 | 11 => twin.set((number, 0), picture("0 g 0 0 180 180 re f")),
            _ => twin.change((number, 0), |one| one.set("Rotate", 180)),
        }
        let text = indirect((number, 0), &written(&twin.get((number, 0))));
        let carrier = Stream::new(dictionary! {}, text.clone());
        for inside in [true, false] {
            let mut edit = Edit::new(&pdf);
            let with_twin = match inside {
                // In a stream that the catalogue leads to.
                true => {
                    let held = edit.add(carrier.clone());
                    edit.change((1, 0), |root| root.set("PieceInfo", held));
                    edit.finish(&base, &Shape::default())
                }
                false => edit.finish(&base, &Shape { before: text.clone(), ..Shape::default() }),
            };
            let signed = signed_by(&with_twin, "signer-p256", None, |_| {});
            assert_eq!(first(&Case::default().report(&signed)), "TOTAL-PASSED");
            let at = signed.windows(text.len()).rposition(|window| window == &text[..]).expect("the twin") as u64;
            let free = vec![(number, 0, 1)];
            for (name, rows) in
                [("twin", vec![(number, at, 0)]), ("a byte before", vec![(number, at - 1, 0)]), ("freed", free)]
            {
                for stream in [false, true] {
                    let shape = Shape { rows: rows.clone(), stream, ..Shape::default() };
                    trial.add(format!("{number} {inside} {name} {stream}"), &signed, appended(&signed, &[], &shape));
                }
            }
            // Nothing but space, so much that a reader looks for objects by itself and takes the last of each number.
            let mut spaced = signed.clone();
            spaced.extend_from_slice(&[b'\n'; 4096]);
            trial.add(format!("{number} {inside} space"), &signed, spaced);
        }
    }
    trial.none_passes("hide and replace", 100);
}
