//! The visible seal: text, pictures, rotated pages, PDF/A, and what is refused.

use super::city::{now, usual_seal};
use super::interop::{run, said, sample, signed};
use crate::engine::pki::TestEntropy;
use fumikura::pades::{Appearance, Level, PadesError, SignOptions, sign, signatures};
use fumikura::pdf::{Limits, Pdf};
use std::process::Command;
use std::sync::Arc;

const FONT: &str = "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf";
const OTHER_FONT: &str = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc";

/// A seal that needs no font file.
pub fn latin() -> Appearance {
    Appearance {
        page: 1,
        at: [20.0, 20.0, 150.0, 40.0],
        lines: vec!["Mihon City".into()],
        font: None,
        image: None,
        ..Appearance::default()
    }
}

fn font(path: &str) -> Option<Arc<[u8]>> {
    let found = std::fs::read(path).ok();
    assert!(found.is_some() || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "{path} must be installed");
    found.map(Arc::from)
}

fn picture(name: &str) -> Option<Arc<[u8]>> {
    let path = format!("{}/tests/data/seal/{name}", env!("CARGO_MANIFEST_DIR"));
    Some(Arc::from(std::fs::read(path).unwrap()))
}

fn japanese(font: Option<Arc<[u8]>>, at: [f32; 4], image: Option<Arc<[u8]>>) -> Appearance {
    let lines = ["見本市長", "電子署名 令和8年11月23日", "道路占用許可"].map(str::to_owned).to_vec();
    Appearance { page: 1, at, lines, font, image, ..Appearance::default() }
}

fn with(look: Appearance) -> SignOptions {
    SignOptions { appearance: Some(look), ..SignOptions::new(Level::BB, now()) }
}

fn refused(base: &[u8], options: &SignOptions) -> PadesError {
    let pdf = Pdf::read(base, &Limits::default()).unwrap();
    sign(&pdf, &usual_seal(), options, None, &TestEntropy).unwrap_err()
}

/// Keeps a file for a person to look at, where asked.
fn keep(name: &str, bytes: &[u8]) {
    if let Ok(folder) = std::env::var("FUMIKURA_KEEP") {
        std::fs::write(format!("{folder}/{name}.pdf"), bytes).unwrap();
    }
}

#[test]
fn japanese_text_can_be_read_back_on_pages_of_any_rotation() {
    for (name, path) in [("ipa", FONT), ("noto", OTHER_FONT)] {
        let Some(font) = font(path) else { continue };
        for file in ["typst.pdf", "rotated-cropped.pdf", "scan.pdf", "table-1.4.pdf"] {
            let look = japanese(Some(Arc::clone(&font)), [30.0, 30.0, 200.0, 60.0], None);
            let made = signed(&sample(file), &usual_seal(), &with(look));
            keep(&format!("{name}-{file}"), &made);
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("sealed.pdf");
            std::fs::write(&path, &made).unwrap();
            if let Some(output) = run(Command::new("pdftotext").arg(&path).arg("-")) {
                let text: String = said(&output).split_whitespace().collect();
                assert!(text.contains("見本市長") && text.contains("道路占用許可"), "{name} {file}: {text}");
            }
            if let Some(output) = run(Command::new("pdffonts").arg(&path)) {
                let words = said(&output);
                let ours = words.lines().find(|line| line.contains("FMKSEA+")).unwrap();
                assert!(ours.contains("yes yes yes"), "embedded, subset, with text: {ours}");
            }
        }
    }
}

#[test]
fn a_seal_sits_where_it_was_asked_for_as_the_page_is_shown() {
    // The page of this sample is turned by 90 degrees and cropped.
    let base = sample("rotated-cropped.pdf");
    let page = Pdf::read(base.as_slice(), &Limits::default()).unwrap().pages().unwrap()[0];
    assert_eq!(page.rotate_degrees, 90);
    let look = Appearance { at: [10.0, 20.0, 100.0, 30.0], ..latin() };
    let made = signed(&base, &usual_seal(), &with(look));
    let pdf = Pdf::read(made.as_slice(), &Limits::default()).unwrap();
    let (number, rectangle) = signatures(&pdf)[0].place.unwrap();
    assert_eq!(number, 1);
    // Shown turned clockwise, 10 to the right is 10 up, and 20 up is 20 from the right edge.
    assert_eq!((rectangle.bottom, rectangle.top), (page.visible.bottom + 10.0, page.visible.bottom + 110.0));
    assert_eq!((rectangle.left, rectangle.right), (page.visible.right - 50.0, page.visible.right - 20.0));
}

#[test]
fn pictures_of_every_kind_are_shown() {
    for name in ["rgba.png", "palette.png", "grey.png", "one-bit.png", "rgb.jpg"] {
        let look = Appearance { at: [400.0, 100.0, 68.0, 68.0], lines: Vec::new(), image: picture(name), ..latin() };
        let made = signed(&sample("typst.pdf"), &usual_seal(), &with(look));
        keep(name, &made);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealed.pdf");
        std::fs::write(&path, &made).unwrap();
        if let Some(output) = run(Command::new("pdfimages").arg("-list").arg(&path)) {
            assert!(said(&output).contains("240   240"), "{name}: {}", said(&output));
        }
        if let Some(output) = run(Command::new("qpdf").arg("--check").arg(&path)) {
            assert!(output.status.success(), "{}", said(&output));
        }
    }
    let Some(font) = font(FONT) else { return };
    let look = japanese(Some(font), [300.0, 100.0, 220.0, 68.0], picture("rgba.png"));
    keep("picture-and-text", &signed(&sample("typst.pdf"), &usual_seal(), &with(look)));
}

#[test]
fn broken_pictures_are_refused() {
    let whole = picture("rgba.png").unwrap();
    let jpeg = picture("rgb.jpg").unwrap();
    let mut cases: Vec<Vec<u8>> =
        vec![Vec::new(), b"GIF89a".to_vec(), jpeg[..20].to_vec(), b"\xff\xd8\xff\xd9".to_vec()];
    cases.extend([8, 20, 33, 40, 200, whole.len() - 12].map(|end| whole[..end].to_vec()));
    let mut huge = whole.to_vec();
    huge[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    cases.push(huge);
    for case in cases {
        let look = Appearance { image: Some(Arc::from(case)), lines: Vec::new(), ..latin() };
        assert!(matches!(refused(&sample("typst.pdf"), &with(look)), PadesError::Image(_)));
    }
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let base = sample("typst.pdf");
    let kanji = Appearance { lines: vec!["市長".into()], ..latin() };
    assert!(matches!(refused(&base, &with(kanji)), PadesError::FontNeeded('市')));
    for at in [[-1.0, 0.0, 50.0, 50.0], [0.0, 0.0, 0.0, 50.0], [500.0, 0.0, 500.0, 50.0], [f32::NAN, 0.0, 50.0, 50.0]] {
        let look = Appearance { at, ..latin() };
        assert!(matches!(refused(&base, &with(look)), PadesError::AppearanceOutside(1)), "{at:?}");
    }
    let small = Appearance { at: [0.0, 0.0, 20.0, 10.0], ..latin() };
    assert!(matches!(refused(&base, &with(small)), PadesError::AppearanceTooSmall));
    let nowhere = Appearance { page: 99, ..latin() };
    assert!(matches!(refused(&base, &with(nowhere)), PadesError::Pdf(_)));
    let Some(font) = font(FONT) else { return };
    let castle = Appearance { lines: vec!["市".into(), "市\u{1f3ef}".into()], font: Some(font), ..latin() };
    let error = refused(&base, &with(castle));
    assert!(matches!(error, PadesError::MissingGlyph { character: '\u{1f3ef}', line: 2, position: 2 }), "{error}");
    let junk = Appearance { font: Some(Arc::from(b"junk".as_slice())), ..latin() };
    assert!(matches!(refused(&base, &with(junk)), PadesError::Font(_)));
}

#[test]
fn name_variants_take_the_glyph_of_their_selector() {
    let Some(font) = font(OTHER_FONT) else { return };
    // 葛 with VS17 and VS18 of Adobe-Japan1: two shapes of one character (N16).
    let lines = vec!["葛\u{e0100}城 葛\u{e0101}飾".to_owned()];
    let look = Appearance { lines, font: Some(font), ..latin() };
    let made = signed(&sample("typst.pdf"), &usual_seal(), &with(look));
    keep("variants", &made);
}
