//! Junk, comments, doubled and odd structure between, before and behind revisions: what readers would read differently.

use super::super::bench::first;
use super::bases::bases;
use super::raw::{Edit, Shape, appended, indirect, offset, written};
use super::{Case, Trial};
use fumikura::pdf::{Object, Pdf};
use lopdf::{Stream, dictionary};

/// An update that changes nothing, in every odd form.
#[test]
#[expect(clippy::too_many_lines, reason = "a list")]
fn an_update_that_changes_nothing_hides_nothing() {
    let mut trial = Trial::default();
    let evil = b"9 0 obj\n<</Type/Catalog/Pages 99 0 R>>\nendobj\n".to_vec();
    for base in bases() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        let (root, _) = pdf.catalog().unwrap();
        let body = |text: &str| indirect(root, text.as_bytes());
        let same = String::from_utf8_lossy(&written(&pdf.object(root).cloned().unwrap())).into_owned();
        let inner = same.trim_start_matches("<<").trim_end_matches(">>").to_owned();
        let start = pdf.revisions().last().unwrap().startxref;
        let mut odd: Vec<(String, Vec<u8>)> = Vec::new();
        for stream in [false, true] {
            let shape = || Shape { stream, ..Shape::default() };
            let objects = [(root, body(&same))];
            let mut with = |name: &str, shape: Shape| {
                odd.push((format!("{name} {stream}"), appended(&base.bytes, &objects, &shape)))
            };
            with("junk before", Shape { before: b"junk\n".to_vec(), ..shape() });
            with("object before", Shape { before: evil.clone(), ..shape() });
            with("object between", Shape { between: evil.clone(), ..shape() });
            with("object in a comment", Shape { between: b"%9 0 obj <<>> endobj\n".to_vec(), ..shape() });
            with("trailer between", Shape { between: b"trailer\n<</Root 9 0 R>>\n".to_vec(), ..shape() });
            with("startxref between", Shape { between: format!("startxref\n{start}\n").into_bytes(), ..shape() });
            with("end between", Shape { between: format!("startxref\n{start}\n%%EOF\n").into_bytes(), ..shape() });
            with("startxref 0 between", Shape { between: b"startxref\n0\n%%EOF\n".to_vec(), ..shape() });
            with("xref between", Shape { between: b"xref\n0 0\ntrailer\n<<>>\n".to_vec(), ..shape() });
            with("junk after", Shape { after: b"junk".to_vec(), ..shape() });
            with("object after", Shape { after: evil.clone(), ..shape() });
            with("much space after", Shape { after: vec![b' '; 2000], ..shape() });
            with("a second end", Shape { after: format!("startxref\n{start}\n%%EOF\n").into_bytes(), ..shape() });
            with("startxref 0 after", Shape { after: b"startxref\n0\n%%EOF\n".to_vec(), ..shape() });
            with("startxref 0", Shape { startxref: Some("0".into()), ..shape() });
            with("startxref of the old", Shape { startxref: Some(start.to_string()), ..shape() });
            with("startxref is a comment", Shape { startxref: Some(format!("%\n{start}")), ..shape() });
            with("startxref negative", Shape { startxref: Some("-1".into()), ..shape() });
            with("previous skips", Shape { previous: Some(0), ..shape() });
            with("previous before", Shape { previous: Some(start as i64 - 1), ..shape() });
            with("previous negative", Shape { previous: Some(-5), ..shape() });
            with("previous beyond", Shape { previous: Some(1 << 40), ..shape() });
            with("previous is itself", Shape { previous: Some(base.bytes.len() as i64), ..shape() });
            with("size small", Shape { size: Some(2), ..shape() });
            with("size zero", Shape { size: Some(0), ..shape() });
            with("size negative", Shape { size: Some(-1), ..shape() });
            with("beside", Shape { trailer: "/XRefStm 9".into(), ..shape() }.only_for(!stream));
            with("beyond the end", Shape { rows: vec![(4000, 1 << 30, 0)], ..shape() });
            with("into the middle", Shape { rows: vec![(4000, 100, 0)], ..shape() });
            with("two numbers at one place", Shape { rows: vec![(4000, base.bytes.len() as u64, 0)], ..shape() });
            with("a row twice", Shape { rows: vec![(root.0, offset(&pdf, root).unwrap_or(9), 0)], ..shape() });
            with("free and used", Shape { rows: vec![(root.0, 0, 0)], ..shape() });
            let mut with = |name: &str, text: Vec<u8>| {
                odd.push((format!("{name} {stream}"), appended(&base.bytes, &[(root, text)], &shape())))
            };
            with("a key twice", body(&format!("<<{inner} /Pages 9 0 R>>")));
            with("a key twice, escaped", body(&format!("<</P#61ges 9 0 R {inner}>>")));
            with("other number in the head", same_under(root.0 + 1, 0, &same));
            with("other generation in the head", same_under(root.0, 1, &same));
            with("a sign in the head", format!("+{} 0 obj\n{same}\nendobj\n", root.0).into_bytes());
            with("no endobj", format!("{} 0 obj\n{same}\n", root.0).into_bytes());
            with("two values", body(&format!("{same} <</Type/Catalog>>")));
            with("unbalanced", body(&same[..same.len() - 1]));
            with("an odd number", body(&format!("<<{inner} /Evil 1-2>>")));
            with("a word", body(&format!("<<{inner} /Evil evil>>")));
            with("a sign alone", body(&format!("<<{inner} /Evil []]>>")));
            with("a string without end", body(&format!("<<{inner} /Evil (>>")));
        }
        for (name, row_end) in [("no space", ""), ("a word", " x\n")] {
            let shape = Shape { row_end: Some(row_end), ..Shape::default() };
            odd.push((format!("rows end in {name}"), appended(&base.bytes, &[(root, body(&same))], &shape)));
        }
        for (name, file) in odd {
            trial.add(format!("{} {name}", base.name), &base.bytes, file);
        }
    }
    trial.none_passes("structure", 600);
}

impl Shape {
    /// A shape that is an attack in one kind of section only; an offset into the middle makes it one in the other, too.
    fn only_for(self, fits: bool) -> Self {
        if fits { self } else { Shape { startxref: Some("17".into()), ..self } }
    }
}

fn same_under(number: u32, generation: u16, body: &str) -> Vec<u8> {
    format!("{number} {generation} obj\n{body}\nendobj\n").into_bytes()
}

#[test]
fn the_same_update_without_oddities_passes() {
    for base in bases().iter().filter(|base| base.certified != Some(1)) {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        let (root, _) = pdf.catalog().unwrap();
        let same = written(&pdf.object(root).cloned().unwrap());
        for (stream, packed, scattered) in
            [(false, false, false), (true, false, false), (true, true, false), (false, false, true)]
        {
            let shape = Shape { stream, packed, scattered, ..Shape::default() };
            let file = appended(&base.bytes, &[(root, indirect(root, &same))], &shape);
            let report = Case::default().report(&file);
            assert_eq!(first(&report), "TOTAL-PASSED", "{} {shape:?}: {:?}", base.name, super::codes(&report));
        }
    }
}

/// Streams whose length is another thing to each reader.
#[test]
fn streams_end_where_each_reader_likes() {
    let mut trial = Trial::default();
    for base in bases() {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        for (name, length, tail) in [
            ("short", "3", ""),
            ("long", "99", ""),
            ("negative", "-1", ""),
            ("missing", "null", ""),
            ("a name", "/X", ""),
            ("a dangling reference", "9999 0 R", ""),
            ("two ends", "9", "\nendstream\nendobj\n77 0 obj\n<<>>\nstream\nx"),
            ("real", "9.0", ""),
        ] {
            for keyword in ["stream\n", "stream\r", "stream \n", "stream"] {
                let honest = length == "9" && tail.is_empty();
                if honest {
                    continue;
                }
                let mut edit = Edit::new(&pdf);
                let id = edit.add(Object::Null);
                let (root, list) = (edit.root(), vec![Object::Reference(id)]);
                edit.change(root, |root| root.set("DSS", dictionary! { "Certs" => list }));
                let root_bytes = indirect(root, &written(&edit.get(root)));
                let body = format!("<</Length {length}>>\n{keyword}123456789{tail}\nendstream");
                let objects = [(root, root_bytes), (id, indirect(id, body.as_bytes()))];
                trial.add(
                    format!("{} {name} {keyword:?}", base.name),
                    &base.bytes,
                    appended(&base.bytes, &objects, &Shape::default()),
                );
            }
        }
    }
    trial.none_passes("lengths", 200);
}

#[test]
fn bytes_stand_before_the_header() {
    // Signed with them, so that every digest fits.
    let mut trial = Trial::default();
    for junk in [&b"\n"[..], b"junk\n", b"%!PS\n", &[0; 512]] {
        let base = prefixed(junk);
        let file = super::super::bench::signed_by(&base, "signer-p256", None, |_| {});
        trial.add(format!("{} bytes", junk.len()), &file, file.clone());
    }
    trial.none_passes("header", 4);
}

/// A file with bytes before its header and offsets from the first byte on.
fn prefixed(junk: &[u8]) -> Vec<u8> {
    let content = Stream::new(dictionary! {}, b"0 g 9 9 99 99 re f".to_vec());
    let objects: [Object; 4] = [
        dictionary! { "Type" => "Catalog", "Pages" => Object::Reference((2, 0)) }.into(),
        dictionary! { "Type" => "Pages", "Kids" => vec![Object::Reference((3, 0))], "Count" => 1 }.into(),
        dictionary! { "Type" => "Page", "Parent" => Object::Reference((2, 0)), "Contents" => Object::Reference((4, 0)),
        "MediaBox" => super::changes::numbers([0, 0, 200, 200]), "Resources" => dictionary! {} }
        .into(),
        content.into(),
    ];
    whole(junk, &objects.iter().map(written).collect::<Vec<_>>())
}

/// Writes a whole file with a table; the first object is the catalogue.
pub fn whole(junk: &[u8], bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [junk, b"%PDF-1.7\n"].concat();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1);
    for (index, body) in bodies.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend_from_slice(&indirect((index as u32 + 1, 0), body));
    }
    let (start, size) = (out.len(), bodies.len() + 1);
    out.extend_from_slice(
        format!("{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").as_bytes(),
    );
    out
}
