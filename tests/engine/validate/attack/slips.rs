//! Changes that look like what a rule allows, and are something else.

use super::super::bench::{Case, first, sample, signed_by};
use super::certified::seal;
use super::changes::numbers;
use super::codes;
use super::forged::{empty_field, sealed, value};
use super::honest::form;
use super::raw::{Edit, Shape, written};
use super::structure::whole;
use fumikura::pdf::{Object, Pdf};
use fumikura::validate::Report;
use lopdf::{Dictionary, Stream, dictionary};

fn to(number: u32) -> Object {
    Object::Reference((number, 0))
}

fn changed(signed: &[u8], change: impl Fn(&mut Edit<'_>)) -> Report {
    let pdf = Pdf::read(signed, &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    change(&mut edit);
    Case::default().report(&edit.finish(signed, &Shape::default()))
}

fn assert_refused(what: &str, report: &Report) {
    assert_ne!(first(report), "TOTAL-PASSED", "{what}: {:?}", codes(report));
}

/// What a picture needs beside itself: globals of JBIG2, a soft mask, a colour space, a function, another picture.
#[test]
fn what_a_picture_needs_is_replaced_in_place() {
    let image = |more: Dictionary| {
        let mut image = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 8, "Height" => 8, "BitsPerComponent" => 8, "ColorSpace" => "DeviceGray",
        };
        more.into_iter().for_each(|(key, value)| image.set(key, value));
        Stream::new(image, vec![0; 64])
    };
    let picture = |paint: &str| {
        let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 200, 200]) };
        Object::from(Stream::new(form, paint.as_bytes().to_vec()))
    };
    let plain = Object::from(image(Dictionary::new()));
    let other = Object::from(Stream::new(plain.as_stream().unwrap().dict.clone(), vec![255; 64]));
    let jbig2 = dictionary! { "Filter" => "JBIG2Decode", "DecodeParms" => dictionary! { "JBIG2Globals" => to(6) } };
    let pattern = dictionary! { "ColorSpace" => vec![Object::from("Indexed"), "DeviceRGB".into(), 1.into(), to(6)] };
    let state = dictionary! { "SMask" => dictionary! { "S" => "Luminosity", "G" => to(6) } };
    for (what, resource, before, after) in [
        (
            "globals",
            Object::from(image(jbig2)),
            Stream::new(dictionary! {}, vec![1]).into(),
            Stream::new(dictionary! {}, vec![2]).into(),
        ),
        ("soft mask", image(dictionary! { "SMask" => to(6) }).into(), plain.clone(), other.clone()),
        ("mask", image(dictionary! { "Mask" => to(6) }).into(), plain.clone(), other.clone()),
        (
            "alternate",
            image(dictionary! { "Alternates" => vec![dictionary! { "Image" => to(6) }.into()] }).into(),
            plain,
            other,
        ),
        (
            "palette",
            image(pattern).into(),
            Stream::new(dictionary! {}, vec![0; 6]).into(),
            Stream::new(dictionary! {}, vec![9; 6]).into(),
        ),
        ("graphics state", state.into(), picture("1 g 0 0 99 99 re f"), picture("0 g 0 0 99 99 re f")),
        ("length", Stream::new(dictionary! { "Length" => to(6) }, b"q Q 0 g".to_vec()).into(), 7.into(), 3.into()),
    ] {
        let page = dictionary! {
            "Type" => "Page", "Parent" => to(2), "MediaBox" => numbers([0, 0, 200, 200]), "Contents" => to(4),
            "Resources" => dictionary! { "XObject" => dictionary! { "X" => to(5) }, "ExtGState" => dictionary! { "X" => to(5) } },
        };
        let objects: Vec<Object> = vec![
            dictionary! { "Type" => "Catalog", "Pages" => to(2) }.into(),
            dictionary! { "Type" => "Pages", "Kids" => vec![to(3)], "Count" => 1 }.into(),
            page.into(),
            Stream::new(dictionary! {}, b"/X gs /X Do".to_vec()).into(),
            resource,
            before,
        ];
        let base = whole(b"", &objects.iter().map(written).collect::<Vec<_>>());
        let signed = signed_by(&base, "signer-p256", None, |_| {});
        assert_eq!(first(&Case::default().report(&signed)), "TOTAL-PASSED", "{what}");
        let attacked = changed(&signed, |edit| edit.set((6, 0), after.clone()));
        assert_eq!(first(&attacked), "TOTAL-FAILED/FORMAT_FAILURE", "{what}: {:?}", codes(&attacked));
    }
}

#[test]
fn a_version_is_a_version() {
    let signed = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
    for (version, passes) in
        [("1.7", true), ("2.0", true), ("x.y", false), ("1.x", false), ("999", false), ("2.0.1", false)]
    {
        let report = changed(&signed, |edit| {
            let root = edit.root();
            edit.change(root, |root| root.set("Version", version));
        });
        assert_eq!(first(&report) == "TOTAL-PASSED", passes, "{version}: {:?}", codes(&report));
    }
}

#[test]
fn fields_are_added_where_others_are() {
    let (base, ids) = form();
    let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
    // Under a field that has a value itself, which would become a mere group.
    let report = changed(&signed, |edit| {
        let mut kid = empty_field("kid");
        kid.set("Parent", ids[0]);
        let kid = edit.add(kid);
        edit.change(ids[0], |field| field.set("Kids", vec![kid.into()]));
    });
    assert_refused("a value becomes a group", &report);
    // Under a name that another field has.
    for name in ["field0", "Signature1", "fresh"] {
        let report = changed(&signed, |edit| {
            let twin = edit.add(empty_field(name));
            edit.form(|form| {
                let mut fields = vec![Object::from(twin)];
                fields.extend(form.get(b"Fields").unwrap().as_array().unwrap().iter().cloned());
                form.set("Fields", fields);
            });
        });
        assert_eq!(first(&report) == "TOTAL-PASSED", name == "fresh", "{name}: {:?}", codes(&report));
    }
    // A name of two new fields.
    let report = changed(&signed, |edit| {
        let twins = [edit.add(empty_field("twin")), edit.add(empty_field("twin"))];
        edit.form(|form| {
            let mut fields = form.get(b"Fields").unwrap().as_array().unwrap().clone();
            fields.extend(twins.map(Object::from));
            form.set("Fields", fields);
        });
    });
    assert_refused("twins", &report);
}

#[test]
fn an_empty_field_paints_by_its_widgets() {
    let signed = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
    let report = changed(&signed, |edit| {
        let field = edit.add(dictionary! { "FT" => "Sig", "T" => Object::string_literal("group") });
        let mut widget = empty_field("x");
        widget.remove(b"T");
        widget.remove(b"FT");
        widget.set("Parent", field);
        widget.set("Rect", numbers([20, 20, 90, 60]));
        widget.set("MK", dictionary! { "BG" => numbers([0]) });
        let widget = edit.add(widget);
        edit.change(field, |field| field.set("Kids", vec![widget.into()]));
        edit.enter(field);
        // The widget shows, not the field.
        let page = edit.page();
        edit.change(page, |page| {
            let mut shown = page.get(b"Annots").unwrap().as_array().unwrap().clone();
            shown.pop();
            shown.push(widget.into());
            page.set("Annots", shown);
        });
    });
    assert_refused("a background", &report);
}

/// A sound signature of the attacker's, with a widget of his.
fn with_widget(signed: &[u8], widget: impl Fn(&mut Dictionary)) -> Report {
    let pdf = Pdf::read(signed, &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let value = value(&mut edit, Dictionary::new());
    let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 100, 100]), "Resources" => dictionary! {} };
    let painted = edit.add(Stream::new(form, b"0 g 0 0 100 100 re f".to_vec()));
    let mut field = empty_field(&format!("later{}", edit.page().0 + signed.len() as u32));
    field.set("V", value);
    field.set("Rect", numbers([300, 300, 380, 340]));
    field.set("AP", dictionary! { "N" => painted });
    widget(&mut field);
    let field = edit.add(field);
    edit.enter(field);
    Case::default().report(&sealed(edit, signed, &Shape::default()))
}

#[test]
fn a_seal_is_as_large_as_it_shows() {
    let signed = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
    let plain = with_widget(&signed, |_| {});
    assert_eq!(first(&plain), "TOTAL-PASSED", "{:?}", codes(&plain));
    let huge = || Object::Real(f32::MAX);
    for (what, key, value) in [
        ("of one size whatever the page's", "F", Object::from(4 | 8)),
        ("without end", "Rect", vec![0.into(), 0.into(), huge(), huge()].into()),
        ("a width only", "Rect", vec![0.into(), 0.into(), 600.into(), "x".into()].into()),
    ] {
        assert_refused(what, &with_widget(&signed, |field| field.set(key, value.clone())));
    }
    let far = format!("1{}", "0".repeat(60));
    let without_end = with_widget(&signed, |field| {
        field.set("Rect", vec![0.into(), 0.into(), Object::Name(far.clone().into_bytes()), 9.into()])
    });
    assert_refused("a number as a name", &without_end);
    // Upright on a page that is turned, it lies elsewhere than its rectangle.
    let turned = signed_by(&sample("rotated-cropped.pdf"), "signer-rsa2048", None, |_| {});
    let upright = |flags: i64| {
        with_widget(&turned, |field| {
            field.set("F", flags);
            field.set("Rect", numbers([100, 100, 120, 110]));
        })
    };
    assert_eq!(first(&upright(4)), "TOTAL-PASSED", "{:?}", codes(&upright(4)));
    assert_refused("upright", &upright(4 | 16));
}

#[test]
fn many_small_seals_cover_as_one_large() {
    let mut file = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
    // Each is a tenth of the page, edge to edge.
    let mut verdicts = Vec::new();
    for row in 0..4 {
        file = signed_by(&file, "signer-p256", None, |options| {
            let mut seal = seal(500.0, 100.0);
            seal.at[1] = 20.0 + 100.0 * row as f32;
            options.appearance = Some(seal);
        });
        verdicts.push(first(&Case::default().report(&file)));
    }
    assert_eq!(verdicts[..2], ["TOTAL-PASSED", "TOTAL-PASSED"]);
    assert_ne!(verdicts[3], "TOTAL-PASSED");
}

#[test]
fn the_crop_box_is_what_is_shown() {
    let base = sample("table-1.4.pdf");
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let page = edit.page();
    edit.change(page, |page| page.set("CropBox", numbers([0, 0, 200, 200])));
    let signed = signed_by(&edit.finish(&base, &Shape::default()), "signer-rsa2048", None, |_| {});
    for (rectangle, passes) in [([10, 10, 60, 60], true), ([0, 0, 200, 200], false)] {
        let report = with_widget(&signed, |field| field.set("Rect", numbers(rectangle)));
        assert_eq!(first(&report) == "TOTAL-PASSED", passes, "{rectangle:?}: {:?}", codes(&report));
    }
}

/// What was shown by the values is shown by other pictures once nobody draws anew.
#[test]
fn the_request_to_draw_anew_is_withdrawn() {
    for (kind, passes) in [("Tx", false), ("Sig", true)] {
        let base = sample("table-1.4.pdf");
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let mut field = empty_field("one");
        field.set("FT", kind);
        field.set("Rect", numbers([20, 20, 90, 40]));
        let field = edit.add(field);
        edit.annotate(field);
        let root = edit.root();
        edit.change(root, |root| {
            root.set("AcroForm", dictionary! { "Fields" => vec![field.into()], "SigFlags" => 3 });
        });
        let base = edit.finish(&base, &Shape::default());
        // Our signer would take the request away.
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let value = value(&mut edit, Dictionary::new());
        let mut own = empty_field("kouin");
        own.set("V", value);
        let own = edit.add(own);
        edit.enter(own);
        edit.form(|form| form.set("NeedAppearances", true));
        let signed = sealed(edit, &base, &Shape::default());
        assert_eq!(first(&Case::default().report(&signed)), "TOTAL-PASSED");
        for gone in [true, false] {
            let report = changed(&signed, |edit| {
                edit.form(|form| {
                    if gone { drop(form.remove(b"NeedAppearances")) } else { form.set("NeedAppearances", false) }
                });
            });
            assert_eq!(first(&report) == "TOTAL-PASSED", passes, "{kind} {gone}: {:?}", codes(&report));
        }
    }
}

/// A value that no picture shows is drawn in a font that there was not; until one comes that shows it as another.
#[test]
fn a_font_comes_that_values_were_waiting_for() {
    let font = || dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Symbol" };
    for (of_form, of_field) in
        [(Some("/W0it 9 Tf 0 g"), None), (None, Some("/W0it 9 Tf")), (None, Some("0 g /W0#69t 9 Tf"))]
    {
        let base = sample("table-1.4.pdf");
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let mut text = empty_field("sum");
        text.set("FT", "Tx");
        text.set("V", Object::string_literal("100"));
        text.set("Rect", numbers([20, 20, 90, 40]));
        text.extend(
            &of_field.map(|appearance| dictionary! { "DA" => Object::string_literal(appearance) }).unwrap_or_default(),
        );
        let text = edit.add(text);
        edit.annotate(text);
        let root = edit.root();
        edit.change(root, |root| {
            let mut form = dictionary! { "Fields" => vec![text.into()], "DR" => dictionary! { "Font" => dictionary! { "Helv" => font() } } };
            form.extend(&of_form.map(|appearance| dictionary! { "DA" => Object::string_literal(appearance) }).unwrap_or_default());
            root.set("AcroForm", form);
        });
        let base = edit.finish(&base, &Shape::default());
        let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
        for (name, passes) in [("W0it", false), ("Other", !of_field.is_some_and(|one| one.contains('#')))] {
            let report = changed(&signed, |edit| {
                edit.form(|form| {
                    form.set("DR", dictionary! { "Font" => dictionary! { "Helv" => font(), name => font() } })
                });
            });
            assert_eq!(
                first(&report) == "TOTAL-PASSED",
                passes,
                "{name} {of_form:?} {of_field:?}: {:?}",
                codes(&report)
            );
        }
    }
}

/// Empty signature fields that show a text, as another kind of annotation.
#[test]
fn a_new_field_is_a_signature_s_and_shows_as_one() {
    let (base, ids) = form();
    let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
    let merged = |change: &dyn Fn(&mut Dictionary)| {
        changed(&signed, |edit| {
            let mut field = empty_field("fresh");
            field.set("Rect", numbers([300, 300, 380, 340]));
            change(&mut field);
            let field = edit.add(field);
            edit.enter(field);
        })
    };
    let plain = merged(&|_| {});
    assert_eq!(first(&plain), "TOTAL-PASSED", "{:?}", codes(&plain));
    for subtype in ["FreeText", "Stamp", "Text", "Link", "Watermark"] {
        let report = merged(&|field| {
            field.set("Subtype", subtype);
            field.set("Contents", Object::string_literal("refused"));
            field.set("DA", Object::string_literal("/Helv 12 Tf"));
        });
        assert_refused(subtype, &report);
    }
    assert_refused("a parent that does not know it", &merged(&|field| field.set("Parent", ids[0])));
}

/// The same by a widget of another kind of field.
#[test]
fn the_widget_of_a_new_field_is_a_signature_s_too() {
    let (base, ids) = form();
    let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
    let with_kid = |change: &dyn Fn(&mut Dictionary)| {
        changed(&signed, |edit| {
            let field = edit.add(dictionary! { "FT" => "Sig", "T" => Object::string_literal("fresh") });
            let mut widget = empty_field("x");
            widget.remove(b"T");
            widget.remove(b"FT");
            widget.set("Parent", field);
            widget.set("Rect", numbers([300, 300, 380, 340]));
            change(&mut widget);
            let widget = edit.add(widget);
            edit.change(field, |field| field.set("Kids", vec![widget.into()]));
            edit.form(|form| {
                let mut fields = form.get(b"Fields").unwrap().as_array().unwrap().clone();
                fields.push(field.into());
                form.set("Fields", fields);
            });
            edit.annotate(widget);
        })
    };
    let plain = with_kid(&|_| {});
    assert_eq!(first(&plain), "TOTAL-PASSED", "{:?}", codes(&plain));
    let again = with_kid(&|widget| widget.set("FT", "Sig"));
    assert_eq!(first(&again), "TOTAL-PASSED", "{:?}", codes(&again));
    assert_refused("a stamp", &with_kid(&|widget| widget.set("Subtype", "Stamp")));
    assert_refused("no kind of annotation", &with_kid(&|widget| drop(widget.remove(b"Subtype"))));
    assert_refused("of another field", &with_kid(&|widget| widget.set("Parent", ids[0])));
    for (key, value) in [
        ("FT", Object::from("Tx")),
        ("FT", "Btn".into()),
        ("V", Object::string_literal("refused")),
        ("Ff", 65536.into()),
        ("Kids", vec![ids[0].into()].into()),
    ] {
        assert_refused(key, &with_kid(&|widget| widget.set(key, value.clone())));
    }
    let text = with_kid(&|widget| {
        widget.set("FT", "Tx");
        widget.set("V", Object::string_literal("refused"));
        widget.set("DA", Object::string_literal("/Helv 12 Tf"));
    });
    assert_refused("a text", &text);
}

/// Of a key that stands twice, some readers take the first value: what it leads to must not come later.
#[test]
fn the_other_value_of_a_key_that_stands_twice_comes_later() {
    let paint = |words: &str| {
        Stream::new(
            dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 200, 200]) },
            words.as_bytes().to_vec(),
        )
    };
    for (what, page) in [
        ("contents", "/Contents 60 0 R/Contents 4 0 R/Annots[]"),
        ("resources", "/Contents 4 0 R/Resources<</XObject<</X 60 0 R/X 5 0 R>>>>"),
        ("in a list", "/Contents 4 0 R/Resources<</XObject<</X[<</A 60 0 R/A 5 0 R>>]>>>>"),
    ] {
        let bodies = [
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]{page}>>").into_bytes(),
            written(&Stream::new(dictionary! {}, b"/X Do".to_vec()).into()),
            written(&paint("").into()),
        ];
        let base = whole(b"", &bodies);
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        // Our signer writes the page anew; this one leaves it as it is.
        let mut edit = Edit::new(&pdf);
        let value = value(&mut edit, Dictionary::new());
        let mut own = empty_field("kouin");
        own.set("V", value);
        let own = edit.add(own);
        let root = edit.root();
        edit.change(root, |root| root.set("AcroForm", dictionary! { "Fields" => vec![own.into()], "SigFlags" => 3 }));
        let signed = sealed(edit, &base, &Shape::default());
        assert_eq!(first(&Case::default().report(&signed)), "TOTAL-PASSED", "{what}");
        for used in [false, true] {
            let report = changed(&signed, |edit| {
                edit.set((60, 0), paint("0 g 0 0 99 99 re f"));
                if used {
                    let root = edit.root();
                    edit.change(root, |root| root.set("DSS", dictionary! { "Certs" => vec![to(60)] }));
                }
            });
            assert_refused(&format!("{what} {used}"), &report);
        }
    }
}

/// What values wait for is looked for as far as any reader looks: over many parents, and down from fields that their
/// widgets do not name.
#[test]
fn a_font_comes_that_is_named_far_from_the_value() {
    let font = || dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Symbol" };
    let waits = |(names_parents, depth, kind, bare): (bool, usize, &str, bool)| {
        let base = sample("table-1.4.pdf");
        let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
        let mut edit = Edit::new(&pdf);
        let mut widget = empty_field("w");
        widget.set("FT", kind);
        widget.set("V", Object::string_literal("100"));
        widget.set("Rect", numbers([20, 20, 90, 40]));
        if !bare {
            let picture = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 9, 9]) };
            widget.set("AP", dictionary! { "N" => edit.add(lopdf::Stream::new(picture, Vec::new())) });
        }
        let widget = edit.add(widget);
        edit.annotate(widget);
        let mut top = widget;
        for level in 0..depth {
            let mut parent =
                dictionary! { "T" => Object::string_literal(format!("p{level}")), "Kids" => vec![top.into()] };
            if level + 1 == depth {
                parent.set("DA", Object::string_literal("/W0it 9 Tf"));
            }
            let parent = edit.add(parent);
            if names_parents {
                edit.change(top, |kid| kid.set("Parent", parent));
            }
            top = parent;
        }
        let root = edit.root();
        edit.change(root, |root| {
            let fonts = dictionary! { "F1" => font() };
            root.set("AcroForm", dictionary! { "Fields" => vec![top.into()], "DR" => dictionary! { "Font" => fonts }, "NeedAppearances" => false });
        });
        let base = edit.finish(&base, &Shape::default());
        let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
        move |name: &str| {
            let report = changed(&signed, |edit| {
                edit.form(|form| {
                    form.set("DR", dictionary! { "Font" => dictionary! { "F1" => font(), name => font() } })
                })
            });
            first(&report) != "TOTAL-PASSED"
        }
    };
    for (names_parents, depth) in [(true, 31), (true, 33), (true, 40), (false, 1), (false, 3)] {
        let waits = waits((names_parents, depth, "Tx", false));
        assert!(waits("W0it"), "{names_parents} {depth}");
    }
    assert!(!waits((true, 3, "Tx", false))("Other"), "what nothing names may come");
    for name in ["ZaDb", "Helv"] {
        assert!(waits((true, 0, "Btn", true))(name), "{name} is taken by readers who draw themselves");
        assert!(!waits((true, 0, "Btn", false))(name), "{name} is not where there is a picture");
    }
}
