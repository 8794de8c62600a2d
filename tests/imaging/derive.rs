//! What is written of pages: PDF/A-2u, upright and straight, with the text where it stands.

use super::paper::{Dice, Sheet, error_rate, pdf};
use super::{reader, surveyed};
use fumikura::imaging::Imaging;
use fumikura::office::ports::{Derived, Digitiser, DocumentInfo, ScannedDocument};
use fumikura::scans::{Colour, Turn};
use lopdf::{Dictionary, Document, Object};
use std::process::Command;

fn about() -> DocumentInfo {
    DocumentInfo { title: "道路占用許可書 <𠮷> & 見本".to_owned(), created: "2026-11-23".parse().unwrap() }
}

pub fn derive(imaging: &Imaging, bytes: &[u8], media_type: &str) -> Derived {
    imaging.derive(&ScannedDocument { bytes, media_type }, &about(), &|_, _| {}).expect("pages can be written")
}

/// Runs a tool over a file; none where it is not installed, which the test command does not allow.
#[allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]
pub fn tool(program: &str, before: &[&str], pdf: &[u8], after: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.pdf");
    std::fs::write(&path, pdf).unwrap();
    let run = Command::new(program).args(before).arg(&path).args(after).output();
    let Ok(output) = run else {
        assert!(std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "{program} is not installed");
        return None;
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {said}");
    Some(said)
}

fn dictionary<'a>(document: &'a Document, of: &'a Dictionary, key: &[u8]) -> &'a Dictionary {
    let value = of.get(key).unwrap_or_else(|_| panic!("{} is there", String::from_utf8_lossy(key)));
    document.dereference(value).unwrap().1.as_dict().unwrap()
}

/// Holds a file against the rules of ISO 19005-2 that what is written here touches.
pub fn is_pdfa_2u(bytes: &[u8]) {
    // 6.1.2: the header, and four bytes above 127 in a comment behind it.
    assert!(bytes.starts_with(b"%PDF-1.7\n%") && bytes[10..14].iter().all(|byte| *byte > 127));
    let document = Document::load_mem(bytes).unwrap();
    // 6.1.3: an identifier, and no encryption.
    assert_eq!(document.trailer.get(b"ID").unwrap().as_array().unwrap().len(), 2);
    assert!(!document.trailer.has(b"Encrypt"));
    let catalogue = document.catalog().unwrap();
    // 6.2.3: an output intent with a profile of three components.
    let intents = catalogue.get(b"OutputIntents").unwrap().as_array().unwrap();
    let intent = document.dereference(&intents[0]).unwrap().1.as_dict().unwrap();
    assert_eq!(intent.get(b"S").unwrap().as_name().unwrap(), b"GTS_PDFA1");
    let profile = document.dereference(intent.get(b"DestOutputProfile").unwrap()).unwrap().1.as_stream().unwrap();
    assert_eq!(profile.dict.get(b"N").unwrap().as_i64().unwrap(), 3);
    let icc = profile.decompressed_content().unwrap();
    assert_eq!((&icc[36..40], &icc[12..16], &icc[16..20]), (&b"acsp"[..], &b"mntr"[..], &b"RGB "[..]));
    assert_eq!((icc.len(), icc[8]), (u32::from_be_bytes(icc[..4].try_into().unwrap()) as usize, 4));
    // 6.6.2: metadata that are not filtered; 6.6.4: they say what the file is.
    let metadata = document.dereference(catalogue.get(b"Metadata").unwrap()).unwrap().1.as_stream().unwrap();
    assert!(!metadata.dict.has(b"Filter") && metadata.dict.get(b"Subtype").unwrap().as_name().unwrap() == b"XML");
    let packet = String::from_utf8(metadata.content.clone()).unwrap();
    let xml = roxmltree::Document::parse(packet.trim_start_matches('\u{feff}')).unwrap();
    let said = |name: &str| {
        let node = xml.descendants().find(|node| node.tag_name().name() == name).unwrap_or_else(|| panic!("{name}"));
        node.descendants()
            .filter(|node| node.is_text())
            .filter_map(|node| node.text())
            .collect::<String>()
            .trim()
            .to_owned()
    };
    assert_eq!((said("part"), said("conformance"), said("title")), ("2".into(), "U".into(), about().title));
    assert_eq!(said("CreateDate"), "2026-11-23T00:00:00+09:00");
    // 6.6.3: the information says the same.
    let info = dictionary(&document, &document.trailer, b"Info");
    assert_eq!(lopdf::decode_text_string(info.get(b"Title").unwrap()).unwrap(), about().title);
    assert_eq!(info.get(b"CreationDate").unwrap().as_str().unwrap(), b"D:20261123000000+09'00");
    assert_eq!(catalogue.get(b"Lang").unwrap().as_str().unwrap(), b"ja");
    for object in document.objects.values() {
        if let Ok(stream) = object.as_stream() {
            // 6.1.7: no LZW, no data elsewhere; 6.2.8: no interpolation, no alternates.
            let filter = stream.dict.get(b"Filter").and_then(Object::as_name).unwrap_or(b"");
            assert!([&b""[..], b"FlateDecode", b"DCTDecode", b"CCITTFaxDecode"].contains(&filter));
            let keys = [&b"F"[..], b"FFilter", b"Interpolate", b"Alternates", b"OPI", b"SMask"];
            assert!(keys.iter().all(|key| !stream.dict.has(key)));
        }
        if let Ok(dictionary) = object.as_dict()
            && dictionary.has_type(b"Font")
            && dictionary.get(b"Subtype").unwrap().as_name().unwrap() == b"Type0"
        {
            font_is_sound(&document, dictionary);
        }
    }
    for id in document.get_pages().values() {
        let page = document.get_dictionary(*id).unwrap();
        assert!(!page.has(b"AA") && !page.has(b"Annots"));
    }
}

/// 6.2.11: embedded, with widths that agree, mapped to Unicode throughout, and `.notdef` never shown.
fn font_is_sound(document: &Document, font: &Dictionary) {
    let encoding = font.get(b"Encoding").unwrap().as_name().unwrap();
    assert!([&b"Identity-H"[..], b"Identity-V"].contains(&encoding));
    let descendants = font.get(b"DescendantFonts").unwrap().as_array().unwrap();
    let descendant = document.dereference(&descendants[0]).unwrap().1.as_dict().unwrap();
    let stream = |of: &Dictionary, key: &[u8]| {
        document.dereference(of.get(key).unwrap()).unwrap().1.as_stream().unwrap().decompressed_content().unwrap()
    };
    let program = stream(dictionary(document, descendant, b"FontDescriptor"), b"FontFile2");
    let face = ttf_parser::Face::parse(&program, 0).expect("the embedded font can be read");
    assert_eq!(face.number_of_glyphs(), 2);
    let glyphs = stream(descendant, b"CIDToGIDMap");
    let width = descendant.get(b"DW").unwrap().as_float().unwrap();
    for (code, glyph) in glyphs.chunks(2).enumerate() {
        let glyph = u16::from_be_bytes([glyph[0], glyph[1]]);
        assert_eq!(glyph, u16::from(code > 0), "code {code}");
        let advance = face.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap();
        assert_eq!(f32::from(advance) * 1000.0 / f32::from(face.units_per_em()), width);
    }
    let map = String::from_utf8(stream(font, b"ToUnicode")).unwrap();
    let pairs: Vec<(&str, &str)> = map
        .lines()
        .filter_map(|line| line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <"))
        .filter(|(code, _)| *code != "0000")
        .collect();
    assert_eq!(pairs.len() + 1, glyphs.len() / 2, "every code is mapped");
    assert!(pairs.iter().all(|(_, to)| !["0000", "FEFF", "FFFE"].contains(to)));
}

#[test]
fn pictures_become_pdfa_without_a_reader() {
    let imaging = Imaging::new(None);
    let mut page = Sheet::a4(100.0);
    page.notice(12, 5.0, 0);
    let jpeg = page.jpeg(80);
    for (bytes, kind, colour, filter) in [
        (jpeg.clone(), "image/jpeg", Colour::Grey, "DCTDecode"),
        (page.png(), "image/png", Colour::Grey, "DCTDecode"),
        (page.bilevel_png(), "image/png", Colour::Bilevel, "CCITTFaxDecode"),
        (pdf(&[page.clone(), page.clone()]), "application/pdf", Colour::Grey, "DCTDecode"),
    ] {
        let derived = derive(&imaging, &bytes, kind);
        is_pdfa_2u(&derived.pdfa);
        assert_eq!(derived.pdfa, derive(&imaging, &bytes, kind).pdfa, "the same comes of the same");
        assert_eq!((derived.text.as_str(), derived.reader), ("", None));
        assert!(derived.pages.iter().all(|page| page.characters.is_none() && page.colour == colour));
        assert!(String::from_utf8_lossy(&derived.pdfa).contains(filter), "{kind}");
        // What is looked at again is the same page.
        let again = surveyed(&derived.pdfa, "application/pdf").unwrap();
        assert_eq!(again.len(), derived.pages.len());
        let (before, after) = (&derived.pages[0], &again[0]);
        assert_eq!((before.size_px, before.colour, after.turn), (after.size_px, after.colour, Turn::None), "{kind}");
        assert!(after.ink_ppm.abs_diff(before.ink_ppm) * 20 <= before.ink_ppm, "{before:?} {after:?}");
        assert_eq!(image::load_from_memory(&derived.thumbnail.bytes).unwrap().height(), 320);
        tool("qpdf", &["--check"], &derived.pdfa, &[]);
    }
    let derived = derive(&imaging, &jpeg, "image/jpeg");
    assert!(derived.pdfa.windows(jpeg.len()).any(|window| window == jpeg), "a straight JPEG stays as it came");
}

#[test]
fn black_and_white_stays_bit_by_bit() {
    let mut page = Sheet::a4(100.0);
    page.notice(12, 5.0, 0);
    let derived = derive(&Imaging::new(None), &page.bilevel_png(), "image/png");
    let document = ScannedDocument { bytes: &derived.pdfa, media_type: "application/pdf" };
    let picture = Imaging::new(None).page_picture(&document, 1, 8_000).unwrap();
    assert_eq!(picture.media_type, "image/png");
    let pixels = image::load_from_memory(&picture.bytes).unwrap().to_luma8().into_raw();
    let wanted: Vec<u8> = page.grey.iter().map(|pixel| if *pixel < 128 { 0 } else { 255 }).collect();
    assert!(pixels == wanted);
}

#[test]
fn crooked_pages_are_straight_afterwards() {
    let mut page = Sheet::a4(150.0);
    page.notice(20, 4.5, 0);
    let crooked = page.turned(2.3).noisy(&mut Dice::new(1), 3.0);
    let derived = derive(&Imaging::new(None), &crooked.jpeg(85), "image/jpeg");
    assert!((derived.pages[0].skew_centidegrees + 230).abs() <= 6, "{:?}", derived.pages[0]);
    let again = surveyed(&derived.pdfa, "application/pdf").unwrap();
    assert!(again[0].skew_centidegrees.abs() <= 6, "{:?}", again[0]);
}

#[test]
fn the_text_is_where_it_stands() {
    let Some(reader) = reader() else { return };
    let imaging = Imaging::new(Some(reader));
    let mut level = Sheet::a4(200.0);
    let level_text = level.notice(14, 4.5, 0);
    let level = level.turned(-1.7).noisy(&mut Dice::new(5), 4.0).quarters(2);
    let mut upright = Sheet::a4(200.0);
    let upright_text = upright.upright_notice(12, 4.5);
    let pages = [level, upright.noisy(&mut Dice::new(6), 4.0)];
    let derived = derive(&imaging, &pdf_at_200(&pages), "application/pdf");
    is_pdfa_2u(&derived.pdfa);
    assert_eq!(derived.pages[0].turn, Turn::Half);
    assert!(derived.pages.iter().all(|page| page.confidence.unwrap() > 75), "{:?}", derived.pages);
    let texts: Vec<&str> = derived.text.split('\u{c}').collect();
    assert_eq!(texts.len(), 3, "each page ends with a form feed");
    for (found, truth) in texts.iter().zip([&level_text, &upright_text]) {
        assert!(error_rate(found, truth) < 0.08, "{} of {found}", error_rate(found, truth));
    }
    assert!(!texts[0].contains(' '), "{}", texts[0]);
    let Some(told) = tool("pdftotext", &[], &derived.pdfa, &["-"]) else { return };
    let told: Vec<&str> = told.split('\u{c}').collect();
    assert!(error_rate(told[0], texts[0]) < 0.01, "{}\n{}", told[0], texts[0]);
    assert!(error_rate(told[1], texts[1]) < 0.02, "{}\n{}", told[1], texts[1]);
    for line in told[0].lines() {
        assert!(!line.trim().contains(' '), "{line}");
    }
    let fonts = tool("pdffonts", &[], &derived.pdfa, &[]).unwrap();
    assert!(fonts.lines().skip(2).all(|line| line.contains("Unseen") && line.contains("yes no  yes")), "{fonts}");
    tool("qpdf", &["--check"], &derived.pdfa, &[]);
    tool("mutool", &["info"], &derived.pdfa, &[]);
    // The first line stands 25 mm below the upper edge, and begins 22 mm from the left one.
    let boxes = tool("pdftotext", &["-bbox", "-f", "1", "-l", "1"], &derived.pdfa, &["-"]).unwrap();
    let first = boxes.lines().find(|line| line.contains("<word")).unwrap();
    let value = |name: &str| -> f64 {
        let from = first.split_once(&format!("{name}=\"")).unwrap().1;
        from.split_once('"').unwrap().0.parse().unwrap()
    };
    let points = |millimetres: f64| millimetres * 72.0 / 25.4;
    assert!((value("xMin") - points(22.0)).abs() < points(2.5), "{first}");
    assert!((value("yMax") - points(29.5)).abs() < points(3.5), "{first}");
}

/// A PDF of pages at 200 dpi.
fn pdf_at_200(pages: &[Sheet]) -> Vec<u8> {
    let bytes = pdf(pages);
    assert_eq!(surveyed_dpi(&bytes), Some(200));
    bytes
}

fn surveyed_dpi(bytes: &[u8]) -> Option<u32> {
    surveyed(bytes, "application/pdf").unwrap()[0].dpi
}

#[test]
fn progress_is_told_in_order() {
    let pages: Vec<Sheet> = (0..5).map(|_| Sheet::a4(30.0)).collect();
    let told = std::sync::Mutex::new(Vec::new());
    let bytes = pdf(&pages);
    let document = ScannedDocument { bytes: &bytes, media_type: "application/pdf" };
    let progress = |done, of| told.lock().unwrap().push((done, of));
    Imaging::new(None).derive(&document, &about(), &progress).unwrap();
    assert_eq!(*told.lock().unwrap(), [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
}
