//! The visible seal in all its kinds: drawings, codes, vertical writing, and impressions on further pages.

use super::city::{now, usual_seal};
use super::interop::{run, said, sample, signed};
use crate::engine::pki::TestEntropy;
use fumikura::fault::Fault;
use fumikura::pades::{Appearance, Level, PadesError, SignOptions, Writing, sign};
use fumikura::pdf::{Limits, Pdf};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const FONT: &str = "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf";
const ADDRESS: &str = "https://mihon.example.jp/v/7-123-abcdef";

fn with(look: Appearance) -> SignOptions {
    SignOptions { appearance: Some(look), ..SignOptions::new(Level::BB, now()) }
}

fn seal_at(at: [f32; 4]) -> Appearance {
    Appearance { page: 1, at, ..Appearance::default() }
}

fn refusal(look: Appearance) -> PadesError {
    let pdf = Pdf::read(sample("typst.pdf"), &Limits::default()).unwrap();
    sign(&pdf, &usual_seal(), &with(look), None, &TestEntropy).unwrap_err()
}

/// Renders a page in grey with poppler: width, height, samples.
fn rendered(folder: &Path, bytes: &[u8], page: usize) -> Option<(usize, usize, Vec<u8>)> {
    let path = folder.join("made.pdf");
    std::fs::write(&path, bytes).unwrap();
    let number = page.to_string();
    let words = ["-r", "300", "-gray", "-singlefile", "-png", "-f", number.as_str()];
    let output = run(Command::new("pdftoppm").args(words).arg(&path).arg(folder.join("page")))?;
    assert!(output.status.success(), "{}", said(&output));
    let file = std::io::BufReader::new(std::fs::File::open(folder.join("page.png")).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut samples).unwrap();
    samples.truncate(frame.buffer_size());
    Some((frame.width as usize, frame.height as usize, samples))
}

fn data(name: &str) -> Arc<[u8]> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/data/seal", name].iter().collect();
    Arc::from(std::fs::read(path).unwrap())
}

#[test]
fn a_camera_reads_the_code() {
    let folder = tempfile::tempdir().unwrap();
    for (file, look) in [
        ("typst.pdf", Appearance { code: Some(ADDRESS.into()), ..seal_at([300.0, 60.0, 80.0, 80.0]) }),
        (
            "scan.pdf",
            Appearance {
                code: Some(ADDRESS.into()),
                lines: vec!["Verify".into()],
                ..seal_at([30.0, 30.0, 200.0, 80.0])
            },
        ),
        (
            "rotated-cropped.pdf",
            Appearance {
                code: Some(ADDRESS.into()),
                image: Some(data("drawing.svg")),
                ..seal_at([20.0, 20.0, 200.0, 80.0])
            },
        ),
    ] {
        let made = signed(&sample(file), &usual_seal(), &with(look));
        if rendered(folder.path(), &made, 1).is_none() {
            return;
        }
        let Some(read) = run(Command::new("zbarimg").args(["-q", "--raw"]).arg(folder.path().join("page.png"))) else {
            return;
        };
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        let found: Vec<&str> = text.lines().collect();
        assert_eq!(found, [ADDRESS], "{file}");
    }
    let small = Appearance { code: Some(ADDRESS.into()), ..seal_at([10.0, 10.0, 20.0, 20.0]) };
    assert_eq!(refusal(small).code(), "pades-code-too-small");
    let long = Appearance { code: Some("x".repeat(5000)), ..seal_at([10.0, 10.0, 200.0, 200.0]) };
    assert_eq!(refusal(long).code(), "pades-code-too-long");
}

#[test]
fn small_type_stands_below_the_words_and_whoever_makes_a_seal_learns_whether_there_is_room() {
    let note = "3F9A-01BC-77D2-E410".to_owned();
    let look = |at| Appearance { lines: vec!["Mayor".into()], notes: vec![note.clone()], ..seal_at(at) };
    let usual = look([60.0, 60.0, 104.0, 36.0]);
    let plain = Appearance { notes: Vec::new(), ..usual.clone() };
    assert!(usual.type_size().unwrap() < plain.type_size().unwrap(), "the words make room");
    let made = signed(&sample("typst.pdf"), &usual_seal(), &with(usual));
    assert!(memchr::memmem::find(&made, format!("Mayor {note}").as_bytes()).is_some(), "a screen reader is told both");
    for narrow in [[60.0, 60.0, 50.0, 36.0], [60.0, 60.0, 104.0, 20.0]] {
        assert!(matches!(look(narrow).type_size(), Err(PadesError::AppearanceTooSmall)), "{narrow:?}");
        assert_eq!(refusal(look(narrow)).code(), "pades-appearance-too-small");
    }
    let coded = Appearance { code: Some(ADDRESS.into()), ..look([60.0, 60.0, 150.0, 40.0]) };
    assert!(matches!(coded.type_size(), Err(PadesError::CodeTooSmall(_))));
    assert!(Appearance { at: [60.0, 60.0, 190.0, 70.0], ..coded }.type_size().is_ok());
}

#[test]
fn a_drawing_is_drawn_and_what_would_be_left_out_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let look = Appearance { image: Some(data("drawing.svg")), ..seal_at([100.0, 60.0, 80.0, 80.0]) };
    let base = sample("typst.pdf");
    let made = signed(&base, &usual_seal(), &with(look));
    if let (Some(before), Some(after)) = (rendered(folder.path(), &base, 1), rendered(folder.path(), &made, 1)) {
        let dark = |(_, _, grey): &(usize, usize, Vec<u8>)| grey.iter().filter(|sample| **sample < 200).count();
        assert!(dark(&after) > dark(&before) + 2_000, "the drawing is on the page");
    }
    let svg = |inside: &str| {
        let text = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{inside}</svg>"#);
        refusal(Appearance { image: Some(Arc::from(text.into_bytes())), ..seal_at([10.0, 10.0, 50.0, 50.0]) })
    };
    for inside in [
        "<text>印</text>",
        r#"<image href="file:///etc/passwd" width="5" height="5"/>"#,
        r#"<rect width="5" height="5" opacity="0.5"/>"#,
        r#"<rect width="5" height="5" fill-opacity="0.5"/>"#,
        r#"<linearGradient id="g"/><rect width="5" height="5" fill="url(#g)"/>"#,
        r#"<rect width="5" height="5" style="mix-blend-mode:multiply"/>"#,
    ] {
        assert!(matches!(svg(inside), PadesError::Drawing(_)), "{inside}");
    }
    for inside in ["<rect", "<rect/></svg><svg>", "&unknown;"] {
        assert!(matches!(svg(inside), PadesError::Image(_)), "{inside}");
    }
    let bomb = format!("<!DOCTYPE svg [<!ENTITY a \"{}\">]><svg>&a;</svg>", "x".repeat(100));
    let bomb = Appearance { image: Some(Arc::from(bomb.into_bytes())), ..seal_at([10.0, 10.0, 50.0, 50.0]) };
    assert!(matches!(refusal(bomb), PadesError::Image(_)));
}

#[test]
fn a_drawing_is_clipped_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let base = sample("typst.pdf");
    let dark = |inside: &str| {
        let text = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{inside}</svg>"#);
        let look = Appearance { image: Some(Arc::from(text.into_bytes())), ..seal_at([100.0, 60.0, 80.0, 80.0]) };
        let (_, _, grey) = rendered(folder.path(), &signed(&base, &usual_seal(), &with(look)), 1)?;
        Some(grey.iter().filter(|sample| **sample < 128).count() as f64)
    };
    let Some(nothing) = dark(r#"<rect width="1" height="1" fill="white"/>"#) else { return };
    let whole = dark(r#"<rect width="10" height="10"/>"#).unwrap() - nothing;
    for (share, inside) in [
        // A quarter; the same moved and turned by the group; an intersection; a ring by the even-odd rule.
        (
            0.25,
            r#"<clipPath id="c"><rect width="5" height="5"/></clipPath><rect width="10" height="10" clip-path="url(#c)"/>"#,
        ),
        (
            0.25,
            r#"<clipPath id="c" transform="scale(.5)"><rect transform="translate(4)" width="10" height="10"/></clipPath><g transform="rotate(90 5 5)" clip-path="url(#c)"><rect width="10" height="10"/></g>"#,
        ),
        (
            0.25,
            r#"<clipPath id="a"><rect width="5" height="10"/></clipPath><clipPath id="b" clip-path="url(#a)"><rect width="10" height="5"/></clipPath><rect width="10" height="10" clip-path="url(#b)"/>"#,
        ),
        (
            0.75,
            r#"<clipPath id="c"><path clip-rule="evenodd" d="M0 0H10V10H0Z M2.5 2.5H7.5V7.5H2.5Z"/></clipPath><rect width="10" height="10" clip-path="url(#c)"/>"#,
        ),
    ] {
        let found = (dark(inside).unwrap() - nothing) / whole;
        assert!((found - share).abs() < 0.03, "{inside}: {found}");
    }
    let two = r#"<clipPath id="c"><rect width="5" height="5"/><circle r="5"/></clipPath><rect width="9" height="9" clip-path="url(#c)"/>"#;
    let text = format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{two}</svg>"#);
    let two = Appearance { image: Some(Arc::from(text.into_bytes())), ..seal_at([10.0, 10.0, 50.0, 50.0]) };
    assert!(matches!(refusal(two), PadesError::Drawing(_)));
}

#[test]
fn a_png_of_16_bits_and_interlaced_is_read() {
    let look = Appearance { image: Some(data("interlaced-16.png")), ..seal_at([100.0, 60.0, 80.0, 80.0]) };
    let made = signed(&sample("typst.pdf"), &usual_seal(), &with(look));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pdf");
    std::fs::write(&path, made).unwrap();
    let Some(output) = run(Command::new("pdfimages").arg("-list").arg(&path)) else { return };
    assert_eq!(said(&output).matches("120   120").count(), 2, "the picture and its mask: {}", said(&output));
}

#[test]
fn vertical_writing_stands_in_columns_with_its_own_brackets() {
    let Ok(font) = std::fs::read(FONT) else { return };
    let font: Arc<[u8]> = Arc::from(font);
    let lines = vec!["見本市長之印".to_owned(), "「十一月」、".to_owned()];
    let look = |writing| Appearance {
        lines: lines.clone(),
        writing,
        font: Some(Arc::clone(&font)),
        ..seal_at([100.0, 60.0, 80.0, 160.0])
    };
    let folder = tempfile::tempdir().unwrap();
    let made = signed(&sample("typst.pdf"), &usual_seal(), &with(look(Writing::Vertical)));
    let path = folder.path().join("made.pdf");
    std::fs::write(&path, &made).unwrap();
    let Some(output) = run(Command::new("pdftotext").arg("-raw").arg(&path).arg("-")) else { return };
    let text: String = said(&output).split_whitespace().collect();
    assert!(text.contains("見本市長之印") && text.contains("「十一月」、"), "{text}");
    // The bracket that stands upright is another glyph than the one that lies.
    let size = |writing| signed(&sample("typst.pdf"), &usual_seal(), &with(look(writing))).len();
    assert_ne!(size(Writing::Vertical), size(Writing::Horizontal));
    let tall = Appearance {
        lines: vec!["長".repeat(200)],
        font: Some(font),
        writing: Writing::Vertical,
        ..seal_at([1.0, 1.0, 50.0, 100.0])
    };
    assert!(matches!(refusal(tall), PadesError::AppearanceTooSmall));
}

#[test]
fn further_pages_get_the_same_impression() {
    let base = sample("libreoffice.pdf");
    let pages = Pdf::read(base.as_slice(), &Limits::default()).unwrap().pages().unwrap().len();
    let at = [100.0, 60.0, 120.0, 40.0];
    let look = Appearance {
        lines: vec!["Mihon City".into()],
        further: vec![(pages, [100.0, 200.0, 120.0, 40.0])],
        ..seal_at(at)
    };
    let made = signed(&base, &usual_seal(), &with(look.clone()));
    let pdf = Pdf::read(made.as_slice(), &Limits::default()).unwrap();
    let last = pdf.page(pages).unwrap();
    let annotations =
        pdf.entry(pdf.dictionary(last.id).unwrap(), b"Annots").and_then(|list| list.as_array().ok()).unwrap();
    let stamps = annotations.iter().filter_map(|one| pdf.resolve(one).as_dict().ok());
    let stamps: Vec<_> = stamps
        .filter(|one| one.get(b"Subtype").is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Stamp")))
        .collect();
    assert!(stamps.len() == 1 && stamps[0].has(b"AP") && stamps[0].has(b"Contents"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pdf");
    std::fs::write(&path, &made).unwrap();
    if let Some(output) = run(Command::new("pdfsig").arg("-nocert").arg(&path)) {
        assert!(said(&output).contains("Signature is Valid") && said(&output).contains("Total document signed"));
    }
    let again = sign(&pdf, &usual_seal(), &with(look), None, &TestEntropy).unwrap_err();
    assert_eq!(again.code(), "pades-impressions-not-first");
}

#[test]
fn a_tagged_document_gets_the_seal_into_its_structure() {
    let folder = tempfile::tempdir().unwrap();
    let look = Appearance { lines: vec!["Mihon City".into()], ..seal_at([100.0, 60.0, 120.0, 40.0]) };
    for file in ["chromium.pdf", "typst.pdf"] {
        let base = sample(file);
        let before = Pdf::read(base.as_slice(), &Limits::default()).unwrap();
        assert!(before.catalog().unwrap().1.has(b"StructTreeRoot"), "{file} is tagged");
        let made = signed(&base, &usual_seal(), &with(look.clone()));
        let path = folder.path().join("made.pdf");
        std::fs::write(&path, &made).unwrap();
        let Some(output) = run(Command::new("pdfinfo").arg("-struct").arg(&path)) else { return };
        let words = said(&output);
        assert!(words.contains("Form") && words.contains("Object"), "{file}: {words}");
        let pdf = Pdf::read(made.as_slice(), &Limits::default()).unwrap();
        let field = fumikura::pades::signature_fields(&pdf)[0].id;
        let key = pdf.dictionary(field).unwrap().get(b"StructParent").and_then(|key| key.as_i64()).unwrap();
        let (_, catalog) = pdf.catalog().unwrap();
        let root = pdf.entry(catalog, b"StructTreeRoot").and_then(|root| root.as_dict().ok()).unwrap();
        assert_eq!(pdf.entry(root, b"ParentTreeNextKey").and_then(|next| next.as_i64().ok()), Some(key + 1));
        if let Some(output) = run(Command::new("qpdf").arg("--check").arg(&path)) {
            assert!(output.status.success(), "{file}: {}", said(&output));
        }
        // A further seal leaves the tree, which the first one covers, as it is.
        let twice = signed(&made, &usual_seal(), &with(look.clone()));
        std::fs::write(&path, &twice).unwrap();
        if let Some(output) = run(Command::new("pdfsig").arg("-nocert").arg(&path)) {
            assert_eq!(said(&output).matches("Signature is Valid").count(), 2, "{file}");
        }
    }
}
