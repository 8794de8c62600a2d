//! Attacks on signed files, each built here: none may pass.
//!
//! The classes are those of the literature on PDF signatures: universal forgery (USF), incremental saving (ISA),
//! signature wrapping (SWA), shadow content (hide, replace, both), evil annotations and sneaky signatures on certified
//! files (EAA, SSA), and the reuse and exchange of objects.

use super::bench::{
    Case, catalogue, codes, contents, first, page, replaced, report, sample, signed, signed_by, updated,
};
use fumikura::pdf::{Object, Pdf, Update};
use fumikura::validate::{Changes, Indication};
use lopdf::{Dictionary, Stream, dictionary};

/// Demands that a change is called forbidden and fails.
pub fn assert_forbidden(what: &str, file: &[u8]) {
    let report = report(file);
    assert_eq!(report.signatures[0].changes, Changes::Forbidden, "{what}: {:?}", codes(&report));
    assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{what}: {:?}", codes(&report));
}

/// Demands only that a file does not pass.
pub fn assert_no_pass(what: &str, file: &[u8]) {
    if let Ok(report) = Case::default().try_validate(file) {
        assert_ne!(report.indication, Indication::TotalPassed, "{what}");
        assert_ne!(report.indication, Indication::NoSignature, "{what}: a signature does not vanish");
    }
}

fn text(content: &str) -> Stream {
    Stream::new(Dictionary::new(), format!("BT /F1 24 Tf 72 700 Td ({content}) Tj ET").into_bytes())
}

fn changed_catalogue(change: impl Fn(&mut Dictionary, &mut Update<'_>)) -> Vec<u8> {
    updated(signed(), |update, pdf| {
        let (id, mut catalogue) = catalogue(pdf);
        change(&mut catalogue, update);
        update.set(id, catalogue);
    })
}

fn changed_page(change: impl Fn(&mut Dictionary, &mut Update<'_>)) -> Vec<u8> {
    updated(signed(), |update, pdf| {
        let (id, mut page) = page(pdf);
        change(&mut page, update);
        update.set(id, page);
    })
}

#[test]
fn content_is_replaced() {
    assert_forbidden(
        "other stream",
        &changed_page(|page, update| {
            page.set("Contents", update.add(text("refused")));
        }),
    );
    let overwritten = updated(signed(), |update, pdf| {
        let (_, page) = page(pdf);
        let id = match page.get(b"Contents").expect("a page has contents") {
            Object::Array(parts) => parts[0].as_reference(),
            other => other.as_reference(),
        };
        update.set(id.expect("contents are objects"), text("refused"));
    });
    assert_forbidden("stream overwritten", &overwritten);
    assert_forbidden(
        "media box",
        &changed_page(|page, _| page.set("MediaBox", vec![0.into(), 0.into(), 9.into(), 9.into()])),
    );
    assert_forbidden("resources", &changed_page(|page, _| page.set("Resources", dictionary! {})));
    assert_forbidden(
        "action on opening the page",
        &changed_page(|page, _| {
            page.set("AA", dictionary! { "O" => dictionary! { "S" => "JavaScript" } });
        }),
    );
}

#[test]
fn a_page_is_appended() {
    let file = updated(signed(), |update, pdf| {
        let (first, mut extra) = page(pdf);
        extra.set("Contents", update.add(text("and further")));
        let extra = update.add(extra);
        let parent = pdf.dictionary(first).and_then(|page| page.get(b"Parent").and_then(Object::as_reference).ok());
        let parent = parent.expect("a page has a parent");
        let mut node = update.dictionary(parent).expect("the parent is a dictionary");
        let mut kids = node.get(b"Kids").and_then(Object::as_array).expect("kids").clone();
        kids.push(extra.into());
        node.set("Count", kids.len() as i64);
        node.set("Kids", kids);
        update.set(parent, node);
    });
    assert_forbidden("appended page", &file);
}

#[test]
fn the_catalogue_is_changed_or_exchanged() {
    assert_forbidden(
        "open action",
        &changed_catalogue(|catalogue, _| {
            catalogue
                .set("OpenAction", dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") });
        }),
    );
    assert_forbidden("names", &changed_catalogue(|catalogue, _| catalogue.set("Names", dictionary! {})));
    assert_forbidden("unknown key", &changed_catalogue(|catalogue, _| catalogue.set("Fumi", 1)));
    assert_forbidden("pages removed", &changed_catalogue(|catalogue, _| drop(catalogue.remove(b"Pages"))));
    assert_forbidden(
        "viewer preferences",
        &changed_catalogue(|catalogue, _| {
            catalogue.set("ViewerPreferences", dictionary! { "HideMenubar" => true });
        }),
    );
    assert_forbidden(
        "metadata",
        &changed_catalogue(|catalogue, update| {
            let metadata = Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, b"<x/>".to_vec());
            catalogue.set("Metadata", update.add(metadata));
        }),
    );
    let pdf = Pdf::read(signed(), &Default::default()).expect("readable");
    let (root, _) = catalogue(&pdf);
    let fresh = pdf.entries().last().unwrap().0 + 1;
    let body = format!("{fresh} 0 obj\n<< /Type /Catalog /Pages {} 0 R >>\nendobj\n", fresh + 1);
    let pages = format!("{} 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n", fresh + 1);
    let swapped = raw_update(signed(), &[(fresh, body), (fresh + 1, pages)], fresh);
    assert_forbidden("catalogue exchanged", &swapped);
    let same = raw_update(signed(), &[], root.0);
    assert_eq!(first(&report(&same)), "TOTAL-PASSED", "an empty update changes nothing");
}

/// Appends objects as they are written, a table naming them, and a trailer with another root.
fn raw_update(bytes: &[u8], objects: &[(u32, String)], root: u32) -> Vec<u8> {
    let pdf = Pdf::read(bytes, &Default::default()).expect("readable");
    let previous = pdf.revisions().last().expect("a revision").startxref;
    let mut out = bytes.to_vec();
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(body.as_bytes());
    }
    let start = out.len();
    if objects.is_empty() {
        table.push_str("0 0\n");
    }
    let trailer = pdf.trailer();
    let id = trailer.get(b"ID").and_then(Object::as_array).ok().map(|parts| {
        let hex =
            |part: &Object| part.as_str().unwrap_or_default().iter().map(|b| format!("{b:02x}")).collect::<String>();
        format!("/ID [<{}> <00>]", hex(&parts[0]))
    });
    let info = trailer.get(b"Info").and_then(Object::as_reference).ok().map(|id| format!("/Info {} 0 R", id.0));
    let size = pdf.entries().last().unwrap().0 + 3;
    let more = format!("{} {}", id.unwrap_or_default(), info.unwrap_or_default());
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(
        format!("trailer\n<< /Size {size} /Root {root} 0 R /Prev {previous} {more} >>\nstartxref\n{start}\n%%EOF\n")
            .as_bytes(),
    );
    out
}

#[test]
fn bytes_are_appended_outside_any_revision() {
    let pdf = Pdf::read(signed(), &Default::default()).expect("readable");
    let (root, _) = catalogue(&pdf);
    let previous = pdf.revisions().last().expect("a revision").startxref;
    let body = b"4 0 obj\n<< /Type /Catalog >>\nendobj\n".to_vec();
    let with = |tail: &[u8]| [signed(), tail].concat();
    assert_no_pass("garbage", &with(b"garbage"));
    assert_no_pass("objects alone", &with(&body));
    assert_no_pass("objects and trailer", &with(&[&body[..], b"trailer\n<< /Root 4 0 R >>\n"].concat()));
    let old = format!("startxref\n{previous}\n%%EOF\n");
    assert_no_pass("objects and the old startxref", &with(&[&body[..], old.as_bytes()].concat()));
    let hidden = {
        let mut out = [signed(), &body[..]].concat();
        let update = raw_update(signed(), &[], root.0);
        let tail = String::from_utf8_lossy(&update[signed().len()..]).into_owned();
        let shifted = tail.replace(&format!("startxref\n{}", signed().len()), &format!("startxref\n{}", out.len()));
        out.extend_from_slice(shifted.as_bytes());
        out
    };
    assert_no_pass("an object that no cross-reference names", &hidden);
    assert_eq!(first(&report(&with(b"\r\n\n"))), "TOTAL-PASSED", "white space shows nothing");
}

#[test]
fn a_dictionary_says_one_thing_twice() {
    let pdf = Pdf::read(signed(), &Default::default()).expect("readable");
    let (root, dictionary) = catalogue(&pdf);
    let pages = dictionary.get(b"Pages").and_then(Object::as_reference).expect("pages");
    let form = dictionary.get(b"AcroForm").and_then(Object::as_reference);
    let form = form.map(|id| format!("/AcroForm {} 0 R", id.0)).unwrap_or_default();
    let body = format!(
        "{} 0 obj\n<< /Type /Catalog /Pages {} 0 R /P#61ges {} 0 R {form} >>\nendobj\n",
        root.0,
        pages.0 + 1,
        pages.0
    );
    assert_no_pass("a key twice", &raw_update(signed(), &[(root.0, body)], root.0));
}

#[test]
fn a_cross_reference_names_a_number_twice() {
    let pdf = Pdf::read(signed(), &Default::default()).expect("readable");
    let (root, dictionary) = catalogue(&pdf);
    let mut body = Vec::new();
    lopdf::Writer::write_object(&mut body, &Object::Dictionary(dictionary)).expect("a dictionary can be written");
    let same = format!("{} 0 obj\n{}\nendobj\n", root.0, String::from_utf8_lossy(&body));
    let other = format!("{} 0 obj\n<< /Type /Catalog >>\nendobj\n", root.0);
    assert_eq!(first(&report(&raw_update(signed(), &[(root.0, same.clone())], root.0))), "TOTAL-PASSED");
    assert_no_pass("other, same", &raw_update(signed(), &[(root.0, other.clone()), (root.0, same.clone())], root.0));
    assert_no_pass("same, other", &raw_update(signed(), &[(root.0, same), (root.0, other)], root.0));
}

#[test]
fn an_old_number_is_pointed_at_other_old_bytes() {
    // Before signing, a second body of the content's number lies in the file, named by nothing.
    let base = sample("table-1.4.pdf");
    let pdf = Pdf::read(&base[..], &Default::default()).expect("readable");
    let (_, dictionary) = page(&pdf);
    let content = match dictionary.get(b"Contents").expect("contents") {
        Object::Array(parts) => parts[0].as_reference(),
        other => other.as_reference(),
    };
    let content = content.expect("an object").0;
    let marker = base.windows(9).rposition(|window| window == b"startxref").expect("a startxref");
    let shadow = format!("{content} 0 obj\n<< /Length 2 >>\nstream\nq \nendstream\nendobj\n");
    let xref = base.windows(5).rposition(|window| window == b"\nxref").expect("a table") + 1;
    let mut prepared = base[..xref].to_vec();
    let shadow_at = prepared.len();
    prepared.extend_from_slice(shadow.as_bytes());
    let start = prepared.len();
    prepared.extend_from_slice(&base[xref..marker]);
    prepared.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    let file = signed_by(&prepared, "signer-rsa2048", None, |_| {});
    assert_eq!(first(&report(&file)), "TOTAL-PASSED");
    let previous =
        Pdf::read(&file[..], &Default::default()).expect("readable").revisions().last().expect("one").startxref;
    let (root, _) = catalogue(&pdf);
    let mut attacked = file.clone();
    let start = attacked.len();
    attacked.extend_from_slice(
        format!(
            "xref\n{content} 1\n{shadow_at:010} 00000 n \ntrailer\n<< /Size 999 /Root {} 0 R /Prev {previous} >>\nstartxref\n{start}\n%%EOF\n",
            root.0
        )
        .as_bytes(),
    );
    assert_no_pass("shadow replaced", &attacked);
    let mut freed = file.clone();
    let start = freed.len();
    freed.extend_from_slice(
        format!(
            "xref\n{content} 1\n0000000000 00001 f \ntrailer\n<< /Size 999 /Root {} 0 R /Prev {previous} >>\nstartxref\n{start}\n%%EOF\n",
            root.0
        )
        .as_bytes(),
    );
    assert_no_pass("content freed", &freed);
}

#[test]
fn the_signature_dictionary_is_forged() {
    let range = {
        let at = signed().windows(10).position(|window| window == b"/ByteRange").expect("a range");
        let end = signed()[at..].iter().position(|byte| *byte == b']').expect("an array") + at + 1;
        signed()[at..end].to_vec()
    };
    let blank = |text: &str| {
        let mut padded = text.as_bytes().to_vec();
        padded.resize(range.len(), b' ');
        replaced(signed(), &range, &padded)
    };
    for forged in
        ["/ByteRange null", "/ByteRange []", "/ByteRange [0 -1 1 2]", "/ByteRange [0 0 0 0]", "/BiteRange [0 1 2 3]"]
    {
        assert_no_pass(forged, &blank(forged));
    }
    // The same in an update that overwrites the signature dictionary.
    let pdf = Pdf::read(signed(), &Default::default()).expect("readable");
    let found = fumikura::pades::signatures(&pdf);
    let object = found[0].object.expect("an object");
    let forge = |change: &dyn Fn(&mut Dictionary)| {
        updated(signed(), |update, _| {
            let mut dictionary = update.dictionary(object).expect("a dictionary");
            change(&mut dictionary);
            update.set(object, dictionary);
        })
    };
    assert_no_pass("contents empty", &forge(&|dictionary| dictionary.set("Contents", Object::string_literal(""))));
    assert_no_pass("contents zero", &forge(&|dictionary| dictionary.set("Contents", Object::string_literal("\0"))));
    assert_no_pass("contents gone", &forge(&|dictionary| drop(dictionary.remove(b"Contents"))));
    assert_no_pass("range gone", &forge(&|dictionary| drop(dictionary.remove(b"ByteRange"))));
    assert_no_pass("filter gone", &forge(&|dictionary| drop(dictionary.remove(b"SubFilter"))));
    assert_no_pass("reason", &forge(&|dictionary| dictionary.set("Reason", Object::string_literal("granted"))));
}

#[test]
fn the_signature_is_wrapped() {
    let gap = contents(signed());
    let injected = b" /Evil << /Type /Catalog >> ";
    let (start, end) = (gap.start, gap.end + injected.len());
    let mut wrapped = signed()[..gap.end].to_vec();
    wrapped.extend_from_slice(injected);
    wrapped.extend_from_slice(&signed()[gap.end..]);
    assert_no_pass("bytes in the gap", &wrapped);
    let range = format!(" /ByteRange [0 {start} {} {}] ", end + 80, signed().len() - gap.end);
    let mut wrapped = signed()[..gap.end].to_vec();
    let mut filler = range.into_bytes();
    filler.resize(injected.len() + 80, b' ');
    wrapped.extend_from_slice(&filler);
    wrapped.extend_from_slice(&signed()[gap.end..]);
    assert_no_pass("a second range in the gap", &wrapped);
}

/// An object in the signed bytes that no table names, with a `/Length` that this parser refuses and others repair.
#[test]
fn a_missing_object_is_filled_from_old_bytes_that_cannot_be_parsed() {
    let text = "BT /F1 30 Tf 50 500 Td (REFUSED) Tj ET";
    let hidden = format!("60 0 obj\n<< /Length {} >>\nstream\n{text}\nendstream\nendobj\n", text.len() - 2);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [4 0 R 60 0 R] /Resources << >> >>".to_owned(),
        "<< /Length 2 >>\nstream\nq \nendstream".to_owned(),
        format!("<< /Length {} >>\nstream\n{hidden}\nendstream", hidden.len()),
    ];
    let (mut prepared, mut table) = (String::from("%PDF-1.7\n"), String::from("xref\n0 6\n0000000000 65535 f \n"));
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", prepared.len()));
        prepared.push_str(&format!("{} 0 obj\n{body}\nendobj\n", index + 1));
    }
    let start = prepared.len();
    let trailer = "trailer\n<< /Size 6 /Root 1 0 R >>";
    prepared.push_str(&format!("{table}{trailer}\nstartxref\n{start}\n%%EOF\n"));
    let file = signed_by(prepared.as_bytes(), "signer-rsa2048", None, |_| {});
    assert_eq!(first(&report(&file)), "TOTAL-PASSED");
    let pdf = Pdf::read(&file[..], &Default::default()).expect("readable");
    let previous = pdf.revisions().last().expect("one").startxref;
    let id = pdf.trailer().get(b"ID").and_then(Object::as_array).map(|parts| {
        let hex =
            |part: &Object| part.as_str().unwrap_or_default().iter().map(|b| format!("{b:02x}")).collect::<String>();
        format!("/ID [<{}> <00>]", hex(&parts[0]))
    });
    let place = prepared.find("60 0 obj").expect("the hidden object");
    let start = file.len();
    let update = format!(
        "xref\n60 1\n{place:010} 00000 n \ntrailer\n<< /Size 61 /Root 1 0 R /Prev {previous} {} >>\nstartxref\n{start}\n%%EOF\n",
        id.unwrap_or_default()
    );
    assert_no_pass("a missing object filled from old bytes", &[&file[..], update.as_bytes()].concat());
}
