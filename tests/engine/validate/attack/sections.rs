//! Cross-reference sections and object streams that say more than one reader hears.

use super::super::bench::{Case, first, sample, signed_by};
use super::codes;
use super::raw::{Edit, Shape, appended, indirect};
use fumikura::pdf::{Object, ObjectId, Pdf};

fn signed() -> Vec<u8> {
    signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {})
}

fn content(pdf: &Pdf) -> ObjectId {
    let page = pdf.pages().unwrap()[0].id;
    match pdf.dictionary(page).unwrap().get(b"Contents").unwrap() {
        Object::Array(parts) => parts[0].as_reference().unwrap(),
        one => one.as_reference().unwrap(),
    }
}

/// A cross-reference stream that its update lists as an object among others, named by `/Prev` alone.
#[test]
fn a_second_section_stands_within_one_update() {
    let file = signed();
    let pdf = Pdf::read(&file[..], &Default::default()).unwrap();
    let content = content(&pdf);
    let Some(fumikura::pdf::Entry::At { offset, .. }) = pdf.place(content.0) else { panic!("content in the open") };
    let previous = pdf.revisions().last().unwrap().startxref;
    let (number, root) = (Edit::new(&pdf).add(Object::Null).0, pdf.catalog().unwrap().0.0);
    let row = |kind: u8, offset: u64| [&[kind][..], &offset.to_be_bytes(), &[0]].concat();
    for (name, rows) in [
        ("a row twice", vec![row(1, offset), row(1, offset + 9)]),
        ("a type that some know", vec![row(1, offset), row(7, offset)]),
        ("as it should be", vec![row(1, offset)]),
    ] {
        let index = format!("{} 1 ", content.0).repeat(rows.len());
        let rows = rows.concat();
        let head = format!(
            "<</Type/XRef/W[1 8 1]/Index[{index}]/Size {}/Root {root} 0 R/Prev {previous}/Length {}>>\nstream\n",
            number + 1,
            rows.len()
        );
        let body = [head.as_bytes(), &rows, b"\nendstream"].concat();
        let objects = [((number, 0), indirect((number, 0), &body))];
        let shape = Shape { previous: Some(file.len() as i64), ..Shape::default() };
        let report = Case::default().report(&appended(&file, &objects, &shape));
        assert_ne!(first(&report), "TOTAL-PASSED", "{name}: {:?}", codes(&report));
        // The same where nothing leads to it: readers that search for sections find it.
        let report = Case::default().report(&appended(&file, &objects, &Shape::default()));
        assert_ne!(first(&report), "TOTAL-PASSED", "{name} aside: {:?}", codes(&report));
    }
}

/// The head of an object stream names an object that the cross-reference places elsewhere.
#[test]
fn an_object_stream_holds_more_than_is_placed_there() {
    let file = signed();
    let pdf = Pdf::read(&file[..], &Default::default()).unwrap();
    let (content, root) = (content(&pdf).0, pdf.catalog().unwrap().0.0);
    let previous = pdf.revisions().last().unwrap().startxref;
    let fresh = Edit::new(&pdf).add(Object::Null).0;
    let (stream, section) = (fresh + 1, fresh + 2);
    for (numbers, passes) in
        [(vec![fresh], true), (vec![fresh, content], false), (vec![fresh, root], false), (vec![fresh, 4_000], false)]
    {
        let mut out = file.clone();
        let head: String = numbers.iter().enumerate().map(|(at, number)| format!("{number} {} ", at * 5)).collect();
        let inside = format!("{head}{}", "<<>> ".repeat(numbers.len()));
        let at = out.len() as u64;
        let body = format!(
            "<</Type/ObjStm/N {}/First {}/Length {}>>\nstream\n{inside}\nendstream",
            numbers.len(),
            head.len(),
            inside.len()
        );
        out.extend_from_slice(&indirect((stream, 0), body.as_bytes()));
        let start = out.len() as u64;
        let row = |kind: u8, field: u64| [&[kind][..], &field.to_be_bytes(), &[0]].concat();
        let rows = [row(2, u64::from(stream)), row(1, at), row(1, start)].concat();
        let id = match pdf.trailer().get(b"ID") {
            Ok(Object::Array(parts)) => {
                format!("/ID[<{}><00>]", fumikura::digest::hex(parts[0].as_str().unwrap()))
            }
            _ => String::new(),
        };
        let info =
            pdf.trailer().get(b"Info").and_then(Object::as_reference).map(|info| format!("/Info {} 0 R", info.0));
        let head = format!(
            "<</Type/XRef/W[1 8 1]/Index[{fresh} 3]/Size {}/Root {root} 0 R/Prev {previous}/Length {}{id}{}>>\nstream\n",
            section + 1,
            rows.len(),
            info.unwrap_or_default()
        );
        out.extend_from_slice(&indirect((section, 0), &[head.as_bytes(), &rows, b"\nendstream"].concat()));
        out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        let report = Case::default().report(&out);
        assert_eq!(first(&report) == "TOTAL-PASSED", passes, "{numbers:?}: {:?}", codes(&report));
    }
}
