//! Documents that mean harm, or were damaged: an error by name, in little memory and time.

use super::extract::tiff;
use super::paper::{Dice, Sheet, pdf};
use super::surveyed;
use crate::engine::hostile::shared::limits::peak_of;
use flate2::write::ZlibEncoder;
use fumikura::fault::Fault;
use fumikura::imaging::Imaging;
use fumikura::office::ports::{Digitiser, DigitiserError, DocumentInfo, ScannedDocument};
use std::io::Write;

const KINDS: [&str; 4] = ["application/pdf", "image/tiff", "image/jpeg", "image/png"];

/// Asks for a page's picture, which is made on this thread; returns what is told, and the most memory that was held.
fn refused(bytes: &[u8], media_type: &str) -> (DigitiserError, usize) {
    let mut told = None;
    let most = peak_of(|| told = Imaging::new(None).page_picture(&ScannedDocument { bytes, media_type }, 1, 200).err());
    (told.expect("it is refused"), most)
}

fn code(bytes: &[u8], media_type: &str) -> &'static str {
    surveyed(bytes, media_type).expect_err("it is refused").code()
}

/// A PDF with a page of a content stream and a picture, written as it stands.
fn raw_pdf(content: &[u8], content_entries: &str, picture: &[u8], picture_entries: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let mut object = |body: &[&[u8]]| {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", places.len()).bytes());
        body.iter().for_each(|part| bytes.extend(*part));
        bytes.extend(b"\nendobj\n");
    };
    object(&[b"<</Type/Catalog/Pages 2 0 R>>"]);
    object(&[b"<</Type/Pages/Count 1/Kids[3 0 R]>>"]);
    object(&[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</P 5 0 R>>>>>>"]);
    object(&[format!("<</Length {} {content_entries}>>\nstream\n", content.len()).as_bytes(), content, b"\nendstream"]);
    object(&[
        format!("<</Type/XObject/Subtype/Image/Length {} {picture_entries}>>\nstream\n", picture.len()).as_bytes(),
        picture,
        b"\nendstream",
    ]);
    let start = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    places.iter().for_each(|place| bytes.extend(format!("{place:010} 00000 n \n").bytes()));
    bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", places.len() + 1).bytes());
    bytes
}

fn zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 20];
    (0..megabytes).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

const DRAWN: &[u8] = b"q 595 0 0 842 0 0 cm /P Do Q";

#[test]
fn nothing_and_anything_are_refused_by_name() {
    for kind in KINDS {
        for bytes in [b"".as_slice(), b"\0", b"MM", b"II\x2a\0", b"%PDF-1.7", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"] {
            assert_eq!(code(bytes, kind), "scan-damaged", "{kind} {bytes:?}");
        }
        let mut dice = Dice::new(1);
        let noise: Vec<u8> = (0..5_000).map(|_| dice.next() as u8).collect();
        assert_eq!(code(&noise, kind), "scan-damaged", "{kind}");
    }
    assert_eq!(code(b"PK", "application/zip"), "scan-no-pages");
}

#[test]
fn what_was_cut_or_changed_is_an_error_or_a_page_and_never_a_panic() {
    let mut page = Sheet::a4(40.0);
    page.level("見本", 50.0, 50.0, 30.0);
    let pages = [page.clone(), page.clone()];
    let documents = [
        ("image/png", page.png()),
        ("image/jpeg", page.jpeg(70)),
        ("image/tiff", tiff(&pages, tiff::encoder::Compression::Lzw)),
        ("application/pdf", pdf(&pages)),
    ];
    let imaging = Imaging::new(None);
    let mut dice = Dice::new(9);
    for (kind, whole) in &documents {
        for round in 0..40 {
            let mut bytes = whole.clone();
            if round % 2 == 0 {
                bytes.truncate(dice.below(whole.len() as u64) as usize);
            } else {
                for _ in 0..8 {
                    let at = dice.below(whole.len() as u64) as usize;
                    bytes[at] = dice.next() as u8;
                }
            }
            let document = ScannedDocument { bytes: &bytes, media_type: kind };
            let told = imaging.survey(&document, &|_, _| {});
            assert!(told.is_err() || told.unwrap().len() <= 2, "{kind}, round {round}");
            let _ = imaging.extract(&document, &[1]).map(|part| assert!(part.len() <= bytes.len() * 2 + 4096));
        }
    }
}

#[test]
fn pictures_that_say_they_are_huge_are_refused_before_there_is_memory_for_them() {
    let mut png = Sheet::a4(30.0).png();
    png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let mut jpeg = Sheet::a4(30.0).jpeg(70);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let mut tif = tiff(&[Sheet::a4(30.0)], tiff::encoder::Compression::Uncompressed);
    for tag in [[0, 1], [1, 1]] {
        let entry = tif.windows(4).position(|four| four == [tag[0], tag[1], 4, 0]).unwrap();
        tif[entry + 8..entry + 12].copy_from_slice(&100_000_u32.to_le_bytes());
    }
    let entries = "/Width 100000/Height 100000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode";
    let huge = raw_pdf(DRAWN, "", &zeros(1), entries);
    for (kind, bytes) in [("image/png", png), ("image/jpeg", jpeg), ("image/tiff", tif), ("application/pdf", huge)] {
        let (told, most) = refused(&bytes, kind);
        assert!(matches!(told, DigitiserError::TooManyPixels { page: 1, .. }), "{kind}: {told:?}");
        assert!(most < 64 << 20, "{kind}: {most} bytes");
    }
}

#[test]
fn streams_that_grow_beyond_measure_are_refused() {
    let bomb = raw_pdf(&zeros(400), "/Filter/FlateDecode", b"", "/Width 1/Height 1");
    let (told, most) = refused(&bomb, "application/pdf");
    assert_eq!(told.code(), "scan-damaged");
    assert!(most < 64 << 20, "{most} bytes");
    let entries = "/Width 10/Height 10/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode";
    let bomb = raw_pdf(DRAWN, "", &zeros(400), entries);
    let (told, most) = refused(&bomb, "application/pdf");
    assert!(matches!(told, DigitiserError::Damaged { page: 1, .. }), "{told:?}");
    assert!(most < 64 << 20, "{most} bytes");
    let twice = raw_pdf(b"", "/Filter[/FlateDecode/FlateDecode]", b"", "/Width 1/Height 1");
    assert_eq!(code(&twice, "application/pdf"), "scan-damaged");
}

#[test]
fn encrypted_pdfs_are_called_encrypted() {
    let mut encrypted = raw_pdf(DRAWN, "", b"", "/Width 1/Height 1");
    let at = encrypted.windows(5).position(|five| five == b"/Root").unwrap();
    encrypted.splice(at..at, *b"/Encrypt 9 0 R");
    assert_eq!(code(&encrypted, "application/pdf"), "scan-encrypted");
}

#[test]
fn circles_come_to_an_end() {
    let round = pdf(&[Sheet::a4(20.0)]);
    let text = String::from_utf8_lossy(&round).into_owned();
    let tree = text.find("/Type/Pages").or_else(|| text.find("/Type /Pages")).unwrap();
    assert!(tree > 0);
    let circle = raw_pdf(DRAWN, "", b"", "/Width 1/Height 1");
    let circle = String::from_utf8_lossy(&circle).replace("/Kids[3 0 R]", "/Kids[2 0 R]");
    assert_eq!(code(circle.as_bytes(), "application/pdf"), "scan-damaged");
    let mut tif = tiff(&[Sheet::a4(20.0), Sheet::a4(20.0)], tiff::encoder::Compression::Uncompressed);
    let first = u32::from_le_bytes(tif[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes(tif[first..first + 2].try_into().unwrap()));
    let next = first + 2 + entries * 12;
    let second = u32::from_le_bytes(tif[next..next + 4].try_into().unwrap()) as usize;
    let last = second + 2 + entries * 12;
    let back = (first as u32).to_le_bytes();
    tif[last..last + 4].copy_from_slice(&back);
    assert_eq!(code(&tif, "image/tiff"), "scan-damaged");
}

#[test]
fn forms_that_draw_each_other_come_to_an_end() {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let mut object = |body: String| {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{body}\nendobj\n", places.len()).bytes());
    };
    object("<</Type/Catalog/Pages 2 0 R>>".to_owned());
    object("<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned());
    let resources = |next: usize| format!("/Resources<</XObject<</F {next} 0 R>>>>");
    let drawn = "/F Do ".repeat(20) + "0 0 9 9 re f";
    object(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R{}>>", resources(5)));
    object(format!("<</Length {}>>\nstream\n{drawn}\nendstream", drawn.len()));
    for number in 5..25 {
        let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 595 842]{}", resources(number + 1));
        object(format!("<<{entries}/Length {}>>\nstream\n{drawn}\nendstream", drawn.len()));
    }
    let start = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    places.iter().for_each(|place| bytes.extend(format!("{place:010} 00000 n \n").bytes()));
    bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", places.len() + 1).bytes());
    let told = surveyed(&bytes, "application/pdf").unwrap_err();
    assert!(matches!(told, DigitiserError::Damaged { page: 1, .. }), "{told:?}");
}

#[test]
fn strips_of_two_gigabytes_and_too_many_pages_are_refused() {
    let mut tif = tiff(&[Sheet::a4(20.0)], tiff::encoder::Compression::Uncompressed);
    // Tag 279, of shorts or longs: the first length is made huge where it stands.
    let entry = tif.windows(2).position(|two| two == [0x17, 0x01]).unwrap();
    tif[entry + 2..entry + 12].copy_from_slice(&[4, 0, 1, 0, 0, 0, 0, 0, 0, 0x80]);
    let (told, most) = refused(&tif, "image/tiff");
    assert!(matches!(told, DigitiserError::Damaged { page: 1, .. }), "{told:?}");
    assert!(most < 16 << 20, "{most} bytes");
    let many = vec![Sheet { width: 8, height: 8, dpi: 72.0, grey: vec![255; 64] }; 5_002];
    let told = surveyed(&tiff(&many, tiff::encoder::Compression::Uncompressed), "image/tiff").unwrap_err();
    assert!(matches!(told, DigitiserError::TooManyPages { most: 5_000, .. }), "{told:?}");
    let told = surveyed(&pdf(&many[..5_001]), "application/pdf").unwrap_err();
    assert!(matches!(told, DigitiserError::TooManyPages { found: 5_001, .. }), "{told:?}");
}

#[test]
fn half_a_jpeg_is_no_page() {
    let mut page = Sheet::a4(60.0);
    page.fill(20.0, 250.0, 100.0, 20.0, 0);
    let jpeg = page.jpeg(80);
    let half = &jpeg[..jpeg.len() / 2];
    assert_eq!(code(half, "image/jpeg"), "scan-damaged");
    let entries = format!(
        "/Width {}/Height {}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode",
        page.width, page.height
    );
    assert_eq!(code(&raw_pdf(DRAWN, "", half, &entries), "application/pdf"), "scan-damaged");
    assert_eq!(surveyed(&raw_pdf(DRAWN, "", &jpeg, &entries), "application/pdf").unwrap().len(), 1);
}

#[test]
fn a_damaged_page_is_named() {
    let pages: Vec<Sheet> = (0..4).map(|_| Sheet::a4(30.0)).collect();
    let mut whole = pdf(&pages);
    let jpegs: Vec<usize> =
        whole.windows(3).enumerate().filter(|(_, three)| three == &[0xff, 0xd8, 0xff]).map(|(at, _)| at).collect();
    assert_eq!(jpegs.len(), 4);
    whole[jpegs[2]..jpegs[2] + 40].fill(0);
    let told = surveyed(&whole, "application/pdf");
    assert!(matches!(told, Err(DigitiserError::Damaged { page: 3, .. })), "{told:?}");
    let about = DocumentInfo { title: "見本".to_owned(), created: "2026-11-23".parse().unwrap() };
    let document = ScannedDocument { bytes: &whole, media_type: "application/pdf" };
    let told = Imaging::new(None).derive(&document, &about, &|_, _| {});
    assert!(matches!(told, Err(DigitiserError::Damaged { page: 3, .. })), "{told:?}");
}
