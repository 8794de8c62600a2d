//! Universal forgery (USF) and signature wrapping (SWA): byte range and contents of every odd form, and the signed bytes
//! moved to where the range still finds them.

use super::super::bench::{contents, signed, signed_form};
use super::Trial;
use super::raw::{Edit, Shape, appended, indirect};
use fumikura::pdf::{Object, Pdf};

/// Returns where the `/ByteRange` entry stands, key and array.
fn range_entry(file: &[u8]) -> std::ops::Range<usize> {
    let at = file.windows(10).position(|window| window == b"/ByteRange").expect("a range");
    at..at + file[at..].iter().position(|byte| *byte == b']').expect("an array") + 1
}

/// Puts a text of any length that fits in place of some bytes, the rest white.
fn in_place(file: &[u8], place: std::ops::Range<usize>, text: &str) -> Vec<u8> {
    let mut copy = file.to_vec();
    copy[place.clone()].fill(b' ');
    copy[place.start..place.start + text.len()].copy_from_slice(text.as_bytes());
    copy
}

#[test]
fn the_byte_range_is_of_another_form() {
    let mut trial = Trial::default();
    for file in [signed(), signed_form()] {
        let (entry, gap) = (range_entry(file), contents(file));
        let (a, b, c) = (gap.start, gap.end, file.len() - gap.end);
        let ranges = [
            "null".into(),
            "[]".into(),
            "[0]".into(),
            "[0 1 2]".into(),
            "[0 0 0 0]".into(),
            "[0 -1 1 2]".into(),
            "0".into(),
            "(0)".into(),
            "/0".into(),
            "true".into(),
            format!("[0 {a} {b} {c} 0]"),
            format!("[0 {a} {b}]"),
            format!("[{a} 0 {b} {c}]"),
            format!("[0 {b} {a} {c}]"),
            format!("[0 {a} {b} -{c}]"),
            format!("[0 {a} {b} 99999999999]"),
            format!("[0 {a} {b} {c}.0]"),
            format!("[0 {a} {b} {}]", c - 1),
            format!("[0 {a} {b} {}]", c + 1),
            format!("[0 {} {b} {c}]", a - 1),
            format!("[0 {} {b} {c}]", a + 1),
            format!("[0 {a} {} {c}]", b + 1),
            format!("[0 {a} {} {}]", b - 1, c + 1),
            format!("[1 {} {b} {c}]", a - 1),
            format!("[0 {a} {a} {}]", file.len() - a),
            format!("[0 {} 0 0]", file.len()),
            format!("[0 1 0 R {b} {c}]"),
            format!("[[0 {a}] {b} {c}]"),
            format!("<<0 {a}>>"),
            format!("[0,{a},{b},{c}]"),
            "[0 9223372036854775807 1 1]".into(),
            "[0 1 18446744073709551615 2]".into(),
            format!("[0 {a} {b} {c}%]"),
        ];
        for range in ranges {
            let text = format!("/ByteRange {range}");
            if text.len() <= entry.len() {
                trial.add(text.clone(), file, in_place(file, entry.clone(), &text));
            }
        }
        for key in ["/ByteRangf", "/Byte#52an", "/byterange", "/B#79teRange[0 0 0 0]", "%ByteRange", "/Contents "] {
            let mut copy = file.to_vec();
            copy[entry.start..entry.start + key.len()].copy_from_slice(key.as_bytes());
            trial.add(key, file, copy);
        }
    }
    trial.none_passes("byte range", 50);
}

#[test]
fn the_contents_are_of_another_form() {
    let mut trial = Trial::default();
    let file = signed();
    let gap = contents(file);
    let head = |text: &[u8]| {
        let mut copy = file.to_vec();
        copy[gap.start..gap.start + text.len()].copy_from_slice(text);
        copy
    };
    for text in [
        &b"<>"[..],
        b"<00>",
        b"()<",
        b"(x)<",
        b"null ",
        b"< 3",
        b"<\n3",
        b"<%\n3",
        b"<00",
        b"<30<",
        b"[3",
        b"<<",
        b"<3g",
        b"<>>><</A<",
    ] {
        trial.add(String::from_utf8_lossy(text), file, head(text));
    }
    for at in [gap.end - 2, gap.end - 3, gap.end - 40] {
        for byte in *b"> (<%gZ/\0\n" {
            let mut copy = file.to_vec();
            copy[at] = byte;
            trial.add(format!("{byte} at {at}"), file, copy);
        }
    }
    let mut zero = file.to_vec();
    zero[gap.start + 1..gap.end - 1].fill(b'0');
    trial.add("nothing but zeros", file, zero);
    // The gap is widened, and the trailing zeros hold an update of their own.
    let evil = b"> /Evil << /Type /Catalog >> /Contents <00";
    let mut held = file.to_vec();
    held[gap.end - 1 - evil.len()..gap.end - 1].copy_from_slice(evil);
    trial.add("keys among the zeros", file, held);
    trial.none_passes("contents", 30);
}

#[test]
fn the_signature_dictionary_is_written_anew() {
    let mut trial = Trial::default();
    let file = signed();
    let pdf = Pdf::read(file, &Default::default()).unwrap();
    let found = &fumikura::pades::signatures(&pdf)[0];
    let (id, gap) = (found.object.unwrap(), contents(file));
    let hex = String::from_utf8_lossy(&file[gap.clone()]).into_owned();
    let (a, b, c) = (gap.start, gap.end, file.len() - gap.end);
    let range = format!("/ByteRange[0 {a} {b} {c}]");
    let usual = "/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached";
    let bodies = [
        format!("<</Type/Sig{usual}{range}/Contents {hex}>>"),
        format!("<<{usual}{range}/Contents {hex}>>"),
        format!("<</Type/Sig{usual}{range}/Contents {hex}/Contents<00>>>"),
        format!("<</Type/Sig{usual}{range}/Contents<00>/Contents {hex}>>"),
        format!("<</Type/Sig{usual}{range}/C#6fntents {hex}>>"),
        format!("<</Type/Sig{usual}{range}/ByteRange[0 0 0 0]/Contents {hex}>>"),
        format!("<</Type/Sig{usual}{range}/Contents 1 0 R>>"),
        format!("<</Type/Sig/Filter/X/SubFilter/X{range}/Contents {hex}>>"),
        format!("<</Type/Sig{usual}{range}/Reason(changed)/Contents {hex}>>"),
        format!("<</Type/DocTimeStamp{usual}{range}/Contents {hex}>>"),
        format!("<</Type/Sig{range}/Contents {hex}>>"),
        format!("<</Type/Sig{usual}/Contents {hex}>>"),
        format!("<</Type/Sig{usual}{range}>>"),
        "null".to_owned(),
        "<<>>".to_owned(),
    ];
    for (index, body) in bodies.iter().enumerate() {
        for stream in [false, true] {
            let objects = [(id, indirect(id, body.as_bytes()))];
            let shape = Shape { stream, ..Shape::default() };
            trial.add(format!("{index} {stream}"), file, appended(file, &objects, &shape));
        }
    }
    // A field whose value is a copy, so that the old one is not led to.
    for body in &bodies {
        let mut edit = Edit::new(&pdf);
        let copy = edit.add(Object::Null);
        let field = edit.field();
        edit.change(field, |field| field.set("V", copy));
        let changed = super::raw::written(&edit.get(field));
        let objects = [(field, indirect(field, &changed)), (copy, indirect(copy, body.as_bytes()))];
        trial.add("a copy as the value", file, appended(file, &objects, &Shape::default()));
    }
    trial.none_passes("signature dictionary", 40);
}

/// The signed second part is moved towards the end, and other bytes take its place.
#[test]
fn the_signature_is_wrapped() {
    let mut trial = Trial::default();
    for file in [signed(), signed_form()] {
        let gap = contents(file);
        let entry = range_entry(file);
        let (a, c) = (gap.start, file.len() - gap.end);
        let fillers: [&[u8]; 8] = [
            b"",
            b">>\nendobj\n",
            b"%",
            b"\nstartxref\n0\n%%EOF\n",
            b"<</Type/Catalog>>",
            b" /Pages 1 0 R ",
            b"(",
            b"\nstream\n",
        ];
        for filler in fillers {
            for room in [filler.len(), 64, 1024] {
                let mut middle = filler.to_vec();
                middle.resize(room.max(filler.len()), b' ');
                let second = gap.end + middle.len();
                let mut wrapped = [&file[..gap.end], &middle, &file[gap.end..]].concat();
                let range = format!("/ByteRange[0 {a} {second} {c}]");
                if range.len() <= entry.len() && !middle.is_empty() {
                    // In place, where the digest no longer fits, and in the new middle, where it may.
                    trial.add("range in place", file, in_place(&wrapped, entry.clone(), &range));
                    if room >= range.len() + filler.len() {
                        wrapped[gap.end + filler.len()..gap.end + filler.len() + range.len()]
                            .copy_from_slice(range.as_bytes());
                    }
                    trial.add("range in the middle", file, wrapped);
                }
            }
        }
        // The whole signed file inside another, as a stream.
        let head =
            format!("%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n2 0 obj\n<</Length {}>>\nstream\n", file.len());
        trial.add(
            "inside another file",
            file,
            [head.as_bytes(), file, b"\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n"].concat(),
        );
        trial.add("behind another header", file, [b"%PDF-1.7\n", file].concat());
        trial.add("twice", file, [file, file].concat());
    }
    trial.none_passes("wrapping", 60);
}
