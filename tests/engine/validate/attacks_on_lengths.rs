//! Attacks that change what old bytes mean without touching them: a length that is another object's value, and objects
//! that only later bytes complete.

use super::attacks::assert_no_pass;
use super::bench::{first, report, signed_by, updated};
use fumikura::pdf::{Limits, Object, Pdf};

/// Writes objects in the open and a cross-reference stream that also places object 7 in object stream 5.
fn prepared(objects: &[(u32, String)], inside: &[(u32, u32)]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut rows = vec![vec![0_u8; 7]; 9];
    for (number, body) in objects {
        let offset = u32::try_from(file.len()).unwrap().to_be_bytes();
        rows[*number as usize] = [&[1][..], &offset, &[0, 0]].concat();
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    for (number, container) in inside {
        rows[*number as usize] = [&[2][..], &container.to_be_bytes(), &[0, 0]].concat();
    }
    let start = file.len();
    rows[8] = [&[1][..], &u32::try_from(start).unwrap().to_be_bytes(), &[0, 0]].concat();
    let data: Vec<u8> = rows.concat();
    let head = format!("8 0 obj\n<</Type/XRef/Size 9/Root 1 0 R/W[1 4 2]/Length {}>>\nstream\n", data.len());
    file.extend_from_slice(head.as_bytes());
    file.extend_from_slice(&data);
    file.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

#[test]
fn the_length_of_an_object_stream_is_changed() {
    // Read with the short length, object 7 is a string without end, and so is nothing; with the long one it is there.
    let short = "7 0 (first";
    let long = format!("{short}\nendstream\nendobj\nsecond)");
    let base = prepared(
        &[
            (1, "<</Type/Catalog/Pages 2 0 R/PieceInfo 7 0 R>>".into()),
            (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into()),
            (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>".into()),
            (5, format!("<</Type/ObjStm/N 1/First 4/Length 6 0 R>>\nstream\n{long}\nendstream")),
            (6, short.len().to_string()),
        ],
        &[(7, 5)],
    );
    let pdf = Pdf::read(base.as_slice(), &Limits::default()).unwrap();
    assert!(pdf.object((7, 0)).is_none(), "nothing is there while the length is short");
    let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
    assert_eq!(first(&report(&signed)), "TOTAL-PASSED");
    let file = updated(&signed, |update, _| update.set((6, 0), Object::Integer(i64::try_from(long.len()).unwrap())));
    let changed = Pdf::read(file.as_slice(), &Limits::default()).unwrap();
    assert!(changed.object((7, 0)).is_some(), "the attack makes something of it");
    assert_no_pass("the length of an object stream", &file);
}

#[test]
fn the_length_of_a_content_stream_is_changed() {
    let (short, long) = ("BT ET", "BT ET\nendstream\nendobj\n% and more");
    let base = prepared(
        &[
            (1, "<</Type/Catalog/Pages 2 0 R>>".into()),
            (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".into()),
            (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 5 0 R>>".into()),
            (5, format!("<</Length 6 0 R>>\nstream\n{long}\nendstream")),
            (6, short.len().to_string()),
        ],
        &[],
    );
    let signed = signed_by(&base, "signer-rsa2048", None, |_| {});
    assert_eq!(first(&report(&signed)), "TOTAL-PASSED");
    let file = updated(&signed, |update, _| update.set((6, 0), Object::Integer(i64::try_from(long.len()).unwrap())));
    assert_no_pass("the length of a content stream", &file);
}
