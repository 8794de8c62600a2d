//! Incremental saving (ISA): content, pages and catalogue changed after signing, by every route and in every form.

use super::bases::{bases, shapes};
use super::raw::{Edit, Shape, appended, indirect, written};
use super::{Trial, is_thorough};
use fumikura::pdf::{Object, ObjectId, Pdf};
use lopdf::{Dictionary, Stream, dictionary};

type Change = Box<dyn Fn(&mut Edit<'_>)>;

fn painted(text: &str) -> Stream {
    let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 600, 800]) };
    Stream::new(form, format!("0 g 50 50 300 300 re f % {text}").into_bytes())
}

/// Returns an array of integers.
pub fn numbers<const N: usize>(numbers: [i64; N]) -> Vec<Object> {
    numbers.map(Object::from).to_vec()
}

fn script() -> Dictionary {
    dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") }
}

fn in_page(key: &'static str, value: impl Fn(&mut Edit<'_>) -> Object + 'static) -> (String, Change) {
    (
        format!("page {key}"),
        Box::new(move |edit| {
            let (value, page) = (value(edit), edit.page());
            edit.change(page, |page| page.set(key, value));
        }),
    )
}

fn in_node(key: &'static str, value: impl Fn(&mut Edit<'_>) -> Object + 'static) -> (String, Change) {
    (
        format!("node {key}"),
        Box::new(move |edit| {
            let (value, node, page) = (value(edit), edit.node(), edit.page());
            edit.change(node, |node| node.set(key, value));
            // What the page says of itself would hide what it inherits.
            if !["Kids", "Count"].contains(&key) {
                edit.change(page, |page| drop(page.remove(key.as_bytes())));
            }
        }),
    )
}

fn in_root(key: &'static str, value: impl Fn(&mut Edit<'_>) -> Object + 'static) -> (String, Change) {
    (
        format!("catalogue {key}"),
        Box::new(move |edit| {
            let (value, root) = (value(edit), edit.root());
            edit.change(root, |root| root.set(key, value));
        }),
    )
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn changes_of_pages() -> Vec<(String, Change)> {
    let direct = |value: Object| move |_: &mut Edit<'_>| value.clone();
    let mut all = vec![
        in_page("Contents", |edit| edit.add(painted("other")).into()),
        in_page("Contents", |edit| vec![edit.add(painted("other")).into()].into()),
        in_page("Contents", |edit| edit.add(Object::Array(vec![])).into()),
        in_page("Contents", |edit| {
            let old = edit.get(edit.page()).as_dict().unwrap().get(b"Contents").cloned().unwrap();
            let mut parts = old.as_array().cloned().unwrap_or_else(|_| vec![old]);
            parts.push(edit.add(painted("more")).into());
            edit.add(Object::Array(parts)).into()
        }),
        in_page("Contents", |_| Object::Null),
        in_page("Resources", |edit| edit.add(dictionary! {}).into()),
        in_page("Resources", |_| Object::Dictionary(dictionary! { "Font" => dictionary! {} })),
        in_page("Group", |edit| edit.add(dictionary! { "S" => "Transparency", "K" => true }).into()),
        in_page("Thumb", |edit| edit.add(painted("thumb")).into()),
        in_page("Metadata", |edit| edit.add(painted("data")).into()),
        in_page("AA", |_| dictionary! { "O" => script() }.into()),
        in_page("Trans", |_| dictionary! { "S" => "Blinds" }.into()),
        in_page("PieceInfo", |_| dictionary! { "X" => dictionary! {} }.into()),
        in_page("AF", |edit| vec![edit.add(dictionary! { "Type" => "Filespec" }).into()].into()),
        in_node("Kids", |edit| vec![edit.page().into(), edit.page().into()].into()),
        in_node("Kids", |edit| {
            let (page, node) = (edit.get(edit.page()), edit.node());
            let mut kids = edit.get(node).as_dict().unwrap().get(b"Kids").and_then(Object::as_array).unwrap().clone();
            let mut page = page.as_dict().unwrap().clone();
            page.set("Contents", edit.add(painted("a page more")));
            kids.insert(0, edit.add(page).into());
            kids.into()
        }),
        in_node("Kids", |edit| Object::Reference(edit.add(Object::Array(vec![])))),
        in_node("Resources", |_| dictionary! {}.into()),
        in_node("Rotate", |_| 90.into()),
        in_node("MediaBox", |_| numbers([0, 0, 99, 99]).into()),
        in_node("CropBox", |_| numbers([0, 0, 99, 99]).into()),
        in_node("Count", |_| 0.into()),
        in_node("Parent", |edit| edit.root().into()),
    ];
    for (key, value) in [
        ("MediaBox", Object::from(numbers([0, 0, 99, 99]))),
        ("CropBox", numbers([0, 0, 99, 99]).into()),
        ("Rotate", 180.into()),
        ("UserUnit", 2.into()),
        ("TrimBox", numbers([1, 1, 9, 9]).into()),
        ("BleedBox", numbers([1, 1, 9, 9]).into()),
        ("ArtBox", numbers([1, 1, 9, 9]).into()),
        ("Tabs", "S".into()),
        ("Dur", 1.into()),
        ("StructParents", 99.into()),
        ("B", vec![].into()),
        ("VP", vec![].into()),
        ("Hid", true.into()),
        ("Type", "Template".into()),
        ("Kids", vec![].into()),
        ("Con#74ents", 1.into()),
        ("TemplateInstantiated", "x".into()),
        ("PresSteps", dictionary! {}.into()),
    ] {
        all.push(in_page(key, direct(value)));
    }
    all
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn changes_of_the_catalogue() -> Vec<(String, Change)> {
    let direct = |value: Object| move |_: &mut Edit<'_>| value.clone();
    let mut all = vec![
        in_root("Pages", |edit| edit.add(dictionary! { "Type" => "Pages", "Kids" => vec![], "Count" => 0 }).into()),
        in_root("Pages", |edit| {
            // A tree of its own around the same page.
            let kids = vec![edit.page().into()];
            edit.add(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1, "Rotate" => 90 }).into()
        }),
        in_root("OpenAction", |_| script().into()),
        in_root("OpenAction", |edit| edit.add(script()).into()),
        in_root("AA", |edit| dictionary! { "WC" => edit.add(script()) }.into()),
        in_root("Names", |edit| {
            let tree = dictionary! { "Names" => vec![Object::string_literal("x"), edit.add(script()).into()] };
            dictionary! { "JavaScript" => tree }.into()
        }),
        in_root("Outlines", |edit| edit.add(dictionary! { "Type" => "Outlines" }).into()),
        in_root("Metadata", |edit| {
            edit.add(Stream::new(dictionary! { "Type" => "Metadata" }, b"<x/>".to_vec())).into()
        }),
        in_root("OCProperties", |edit| {
            let group = Object::from(edit.add(dictionary! { "Type" => "OCG", "Name" => Object::string_literal("x") }));
            let off = dictionary! { "OFF" => vec![group.clone()], "BaseState" => "OFF" };
            dictionary! { "OCGs" => vec![group], "D" => off }.into()
        }),
        in_root("AF", |edit| vec![edit.add(dictionary! { "Type" => "Filespec" }).into()].into()),
        in_root("OutputIntents", |edit| vec![edit.add(dictionary! { "S" => "GTS_PDFA1" }).into()].into()),
        in_root("DSS", |edit| dictionary! { "Certs" => vec![edit.page().into()] }.into()),
        in_root("DSS", |_| dictionary! { "Evil" => 1 }.into()),
        in_root("DSS", |edit| {
            dictionary! { "VRI" => dictionary! { "X" => dictionary! { "Cert" => vec![edit.page().into()] } } }.into()
        }),
        (
            "form exchanged".to_owned(),
            Box::new(|edit| {
                let (root, form) = (edit.root(), edit.add(dictionary! { "Fields" => vec![], "SigFlags" => 3 }));
                edit.change(root, |root| root.set("AcroForm", form));
            }),
        ),
        (
            "form gone".to_owned(),
            Box::new(|edit| {
                let root = edit.root();
                edit.change(root, |root| drop(root.remove(b"AcroForm")));
            }),
        ),
    ];
    for (key, value) in [
        ("Dests", Object::from(dictionary! { "a" => 1 })),
        ("StructTreeRoot", dictionary! { "Type" => "StructTreeRoot" }.into()),
        ("MarkInfo", dictionary! { "Suspects" => true }.into()),
        ("ViewerPreferences", dictionary! { "Direction" => "R2L", "NumCopies" => 5 }.into()),
        ("PageLabels", dictionary! { "Nums" => vec![0.into(), dictionary! { "S" => "r" }.into()] }.into()),
        ("PageMode", "FullScreen".into()),
        ("PageLayout", "TwoColumnLeft".into()),
        ("Threads", vec![].into()),
        ("Lang", Object::string_literal("xx")),
        ("Collection", dictionary! { "View" => "H" }.into()),
        ("URI", dictionary! { "Base" => Object::string_literal("http://x.invalid/") }.into()),
        ("SpiderInfo", dictionary! {}.into()),
        ("Legal", dictionary! { "Attestation" => Object::string_literal("x") }.into()),
        ("Requirements", vec![].into()),
        ("NeedsRendering", true.into()),
        ("PieceInfo", dictionary! {}.into()),
        ("DPartRoot", dictionary! {}.into()),
        ("Perms", Object::Null),
        ("Perms", dictionary! { "UR3" => dictionary! {} }.into()),
        ("Version", 2.into()),
        ("Version", "2.0.1".into()),
        ("Extensions", dictionary! { "ADBE" => dictionary! { "Evil" => 1 } }.into()),
        ("Unknown", 1.into()),
        ("P#61ges", 1.into()),
        ("Pages", Object::Null),
        ("Type", "Page".into()),
        ("AcroForm", Object::Null),
    ] {
        if key != "Perms" || !matches!(value, Object::Null) {
            all.push(in_root(key, direct(value)));
        }
    }
    for (key, value) in [
        ("XFA", Object::string_literal("<x/>")),
        ("NeedAppearances", true.into()),
        ("Fields", vec![].into()),
        ("SigFlags", 0.into()),
        ("SigFlags", 7.into()),
        ("CO", vec![].into()),
        ("Evil", 1.into()),
        ("Fields", Object::Null),
        ("Calculation", true.into()),
    ] {
        all.push((format!("form {key}"), Box::new(move |edit| edit.form(|form| form.set(key, value.clone())))));
    }
    all
}

/// Tries each change on each base.
fn tried(trial: &mut Trial, changes: &[(String, Change)]) {
    for (row, base) in bases().iter().enumerate() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        for (column, (name, change)) in changes.iter().enumerate() {
            if !is_thorough() && (row + column) % 3 != 0 {
                continue;
            }
            for (form, shape) in shapes(row + column) {
                let mut edit = Edit::new(&pdf);
                change(&mut edit);
                trial.add(
                    format!("{} {name} #{column} {form}", base.name),
                    &base.bytes,
                    edit.finish(&base.bytes, &shape),
                );
            }
        }
    }
}

#[test]
fn pages_are_changed() {
    let mut trial = Trial::default();
    tried(&mut trial, &changes_of_pages());
    trial.none_passes("pages", 150);
}

#[test]
fn the_catalogue_is_changed() {
    let mut trial = Trial::default();
    tried(&mut trial, &changes_of_the_catalogue());
    trial.none_passes("catalogue", 200);
}

#[test]
fn the_catalogue_and_the_trailer_are_exchanged() {
    let mut trial = Trial::default();
    for (row, base) in bases().iter().enumerate() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        for (form, shape) in shapes(row) {
            let copy = pdf.catalog().unwrap().1.clone();
            let mut edit = Edit::new(&pdf);
            let root = edit.add(copy);
            let info =
                pdf.trailer().get(b"Info").and_then(Object::as_reference).map(|id| format!("/Info {} 0 R", id.0));
            let info = info.unwrap_or_default();
            let others = [
                ("a copy as root", vec!["Root"], format!("/Root {} 0 R", root.0)),
                ("root of another generation", vec!["Root"], format!("/Root {} 1 R", edit.root().0)),
                ("no root", vec!["Root"], String::new()),
                ("root twice", vec![], format!("/Root {} 0 R", root.0)),
                ("another identifier", vec!["ID"], "/ID [<00><00>]".to_owned()),
                ("encrypted by nobody", vec![], "/Encrypt <</Filter/None>>".to_owned()),
                ("a key of nobody's", vec![], "/Evil 1".to_owned()),
                ("information in the trailer", vec!["Info"], "/Info <</Title(x)>>".to_owned()),
                ("a stream beside", vec![], "/XRefStm 15".to_owned()),
            ];
            for (name, without, more) in others {
                let mut again = Edit::new(&pdf);
                again.objects = edit.objects.clone();
                let shape = Shape {
                    without,
                    trailer: format!("{more} {}", if name == "root twice" { &info } else { "" }),
                    ..shape.clone()
                };
                let shape = if name == "root twice" { Shape { without: vec!["Info"], ..shape } } else { shape };
                trial.add(format!("{} {name} {form}", base.name), &base.bytes, again.finish(&base.bytes, &shape));
            }
        }
    }
    trial.none_passes("trailer", 60);
}

/// Every object of a file in turn is overwritten, emptied, changed a little, freed, or given another generation.
#[test]
fn any_object_is_overwritten() {
    let mut trial = Trial::default();
    for (row, base) in bases().iter().enumerate() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        let ids: Vec<ObjectId> = pdf.entries().iter().map(|(number, _)| (*number, 0)).collect();
        for (column, id) in ids.into_iter().enumerate() {
            let Some(old) = pdf.object(id) else { continue };
            if (!is_thorough() && (row + column) % 4 != 0) || is_information(&pdf, id) || is_structure(old) {
                continue;
            }
            let mut variants = vec![("null", Object::Null), ("empty", dictionary! {}.into())];
            match old {
                Object::Dictionary(dictionary) => {
                    let mut more = dictionary.clone();
                    more.set("Evil", 1);
                    variants.push(("a key more", more.into()));
                }
                Object::Stream(stream) => {
                    let mut other = stream.clone();
                    other.dict.remove(b"Filter");
                    other.set_plain_content(b"0 g 9 9 99 99 re f".to_vec());
                    variants.push(("other data", other.into()));
                }
                _ => {}
            }
            for (form, shape) in shapes(row + column) {
                for (name, value) in &variants {
                    let objects = [(id, indirect(id, &written(value)))];
                    trial.add(
                        format!("{} {id:?} {name} {form}", base.name),
                        &base.bytes,
                        appended(&base.bytes, &objects, &shape),
                    );
                }
                let freed = Shape { rows: vec![(id.0, 0, 1)], ..shape.clone() };
                trial.add(
                    format!("{} {id:?} freed {form}", base.name),
                    &base.bytes,
                    appended(&base.bytes, &[], &freed),
                );
                let other = (id.0, 1);
                let objects = [(other, indirect(other, &written(old)))];
                trial.add(
                    format!("{} {id:?} reborn {form}", base.name),
                    &base.bytes,
                    appended(&base.bytes, &objects, &shape),
                );
            }
        }
    }
    trial.none_passes("overwritten", 200);
}

fn is_information(pdf: &Pdf, id: ObjectId) -> bool {
    // What is brought up to date there is judged key by key, elsewhere; and what nothing leads to may be freed.
    let mut reached = std::collections::BTreeSet::new();
    let mut open = Vec::new();
    fumikura::pdf::references(&Object::Dictionary(pdf.trailer().clone()), &mut open);
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(pdf.references(next).iter().flat_map(|all| all.iter()));
        }
    }
    !reached.contains(&id) || pdf.trailer().get(b"Info").and_then(Object::as_reference).ok() == Some(id)
}

fn is_structure(object: &Object) -> bool {
    matches!(object, Object::Stream(stream) if stream.dict.has_type(b"XRef") || stream.dict.has_type(b"ObjStm"))
}
