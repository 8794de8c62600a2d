//! Documents of scanners and programs that we did not make: those that OCRmyPDF ships for its tests, with JBIG2, fax and JPEG 2000
//! pictures, layers under masks, palettes, inks, and pages that are too large.

use super::derive::{derive, is_pdfa_2u, tool};
use crate::engine::agreement::shipped::{below, files, foreign};
use fumikura::fault::Fault;
use fumikura::imaging::Imaging;
use fumikura::office::ports::{Digitiser, ScannedDocument};
use std::path::{Path, PathBuf};

/// What is refused, by which code: a picture of 1.2 thousand million pixels, and a file that is no PDF.
const REFUSED: &[(&str, &str)] = &[("hugemono.pdf", "scan-too-many-pixels"), ("invalid.pdf", "scan-damaged")];

/// What is written as PDF/A, with the resolution of its first page, and its skew in degrees: of a copier and a fax, in JBIG2, in
/// layers as scanners with optical separation write them, in inks, with a palette, in JPEG 2000, and askew.
const WRITTEN: &[(&str, Option<u32>, f64)] = &[
    ("epson.pdf", Some(300), 0.0),
    ("kcs.pdf", Some(300), 0.0),
    ("jbig2.pdf", Some(300), 0.0),
    ("masks.pdf", Some(298), 0.0),
    ("cmyk.pdf", Some(300), 0.0),
    ("palette.pdf", Some(96), 0.0),
    ("lichtenstein.pdf", Some(96), 0.0),
    ("skew.pdf", Some(300), -1.9),
];

fn shipped() -> Option<PathBuf> {
    Some(below(&below(&foreign()?, "ocrmypdf-17.13.0"), "resources"))
}

fn media_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "pdf" => Some("application/pdf"),
        "png" => Some("image/png"),
        "jpg" => Some("image/jpeg"),
        _ => None,
    }
}

#[test]
fn every_document_is_looked_at_or_refused_by_name() {
    let Some(folder) = shipped() else { return };
    let (mut refused, mut seen) = (Vec::new(), 0);
    for path in files(&folder) {
        let Some(media_type) = media_type(&path) else { continue };
        let (name, bytes) = (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap());
        match Imaging::new(None).survey(&ScannedDocument { bytes: &bytes, media_type }, &|_, _| {}) {
            Ok(pages) if media_type == "application/pdf" => {
                seen += 1;
                let Some(said) = tool("pdfinfo", &[], &bytes, &[]) else { return };
                let line = said.lines().find_map(|line| line.strip_prefix("Pages:")).expect("pdfinfo counts pages");
                assert_eq!(line.trim(), pages.len().to_string(), "{name}");
            }
            Ok(pages) => assert_eq!(pages.len(), 1, "{name}"),
            Err(error) => refused.push((name, error.code())),
        }
    }
    assert_eq!(refused, REFUSED.iter().map(|(name, code)| ((*name).to_owned(), *code)).collect::<Vec<_>>());
    assert!(seen >= 40, "{seen} PDFs");
}

#[test]
fn what_scanners_wrote_is_written_as_pdfa() {
    let Some(folder) = shipped() else { return };
    for (name, dpi, skew) in WRITTEN {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let derived = derive(&Imaging::new(None), &bytes, "application/pdf");
        let page = derived.pages.first().unwrap();
        assert_eq!(page.dpi, *dpi, "{name}");
        assert!((f64::from(page.skew_centidegrees) / 100.0 - skew).abs() < 0.5, "{name}: {}", page.skew_centidegrees);
        is_pdfa_2u(&derived.pdfa);
        let Some(_) = tool("qpdf", &["--check"], &derived.pdfa, &[]) else { return };
    }
}
