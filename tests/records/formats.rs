//! What a file is, told by its content: files that others made, renamed, cut and made up.

use fumikura::formats::identify;
use proptest::prelude::*;
use std::io::Write;

fn media_type(bytes: &[u8], name: &str) -> String {
    identify(bytes, name).media_type
}

fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A ZIP with files of these names, as office programs write theirs.
fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in entries {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn the_name_does_not_make_a_file_what_it_is_not() {
    let pdf = data("pdf/table-1.4.pdf");
    for name in ["a.pdf", "a.txt", "a", "写真.jpg"] {
        assert_eq!(media_type(&pdf, name), "application/pdf");
    }
    assert_eq!(
        media_type(b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", "notice.pdf"),
        "application/x-dosexec"
    );
    assert_eq!(media_type(b"\x00\x01\x02\x03", "notice.pdf"), "application/octet-stream");
    assert_eq!(media_type(b"", "notice.pdf"), "application/octet-stream");
}

#[test]
fn pictures_and_office_documents_are_known() {
    let png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00";
    assert_eq!(media_type(png, "a"), "image/png");
    assert_eq!(media_type(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "a"), "image/jpeg");
    for tiff in [&b"II*\x00\x08\x00\x00\x00"[..], b"MM\x00*\x00\x00\x00\x08"] {
        assert_eq!(media_type(tiff, "a.pdf"), "image/tiff");
    }
    let types = "<Types/>";
    let docx = zipped(&[("[Content_Types].xml", types), ("word/document.xml", "<w/>")]);
    assert_eq!(media_type(&docx, "a"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    let xlsx = zipped(&[("[Content_Types].xml", types), ("xl/workbook.xml", "<w/>")]);
    assert_eq!(media_type(&xlsx, "a"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let odt = zipped(&[("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<o/>")]);
    assert_eq!(media_type(&odt, "a.zip"), "application/vnd.oasis.opendocument.text");
    assert_eq!(media_type(&zipped(&[("a.txt", "a")]), "a.docx"), "application/zip");
}

#[test]
fn text_is_text_in_either_encoding_and_its_ending_says_which() {
    let japanese = "管理番号,課\r\n総-01,総務課\r\n";
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(japanese);
    for bytes in [japanese.as_bytes(), &shift_jis] {
        assert_eq!(media_type(bytes, "a.CSV"), "text/csv");
        assert_eq!(media_type(bytes, "a"), "text/plain");
        assert_eq!(media_type(bytes, "a.pdf"), "text/plain");
    }
    assert_eq!(media_type("From: a@example.jp\r\n\r\n本文".as_bytes(), "a.eml"), "message/rfc822");
    assert_eq!(media_type(b"BM is how this text begins.", "a.txt"), "text/plain");
    // Cut in the middle of a character at the place up to which it is looked at.
    for lead in ["", "a", "ab"] {
        let long = lead.to_owned() + &"文".repeat(40_000);
        assert_eq!(media_type(long.as_bytes(), "a.txt"), "text/plain", "{lead}");
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&long);
        assert_eq!(media_type(&shift_jis, "a.txt"), "text/plain", "{lead}");
    }
    assert_eq!(media_type(b"text\x00with a zero", "a.txt"), "application/octet-stream");
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..600), at in 0usize..8) {
        let heads: [&[u8]; 8] = [b"", b"PK\x03\x04", b"%PDF-1.7\n", b"<?xml version='1.0'?>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"BM", b"RIFF", b"\x89PNG\r\n\x1a\n"];
        let file = [heads[at], &bytes].concat();
        prop_assert!(!identify(&file, "a.pdf").media_type.is_empty());
    }
}
