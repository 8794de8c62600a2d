//! A digitiser for stories: a document is lines of text, each a page, that say what would be seen on it.

use fumikura::office::ports::{
    Derived, Digitiser, DigitiserError, DocumentInfo, PagePicture, PageProgress, ScannedDocument,
};
use fumikura::scans::{Colour, ScannedPage, Turn};

/// What such a document begins with, so that it is told for a PDF by its content.
const HEAD: &str = "%PDF-1.4\n";

/// Sees what lines say: `text …`, `blank`, `code …`, `unread`, `grey …`, `born …`, `broken`, `bomb`.
pub struct Lines;

/// Writes a document of such lines.
pub fn scan(pages: &[&str]) -> Vec<u8> {
    format!("{HEAD}{}\n%%EOF", pages.join("\n")).into_bytes()
}

fn pages(document: &ScannedDocument<'_>) -> Result<Vec<String>, DigitiserError> {
    let text = std::str::from_utf8(document.bytes).map_err(|_| DigitiserError::NoPages("not text".to_owned()))?;
    let body = text.strip_prefix(HEAD).and_then(|text| text.strip_suffix("\n%%EOF"));
    let body = body.ok_or_else(|| DigitiserError::NoPages(document.media_type.to_owned()))?;
    Ok(body.lines().map(str::to_owned).collect())
}

fn seen(line: &str, number: u32, is_read: bool) -> Result<ScannedPage, DigitiserError> {
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    assert!(kind != "bomb", "a defect that a document brings to light");
    if kind == "broken" {
        return Err(DigitiserError::Damaged { page: number, reason: "its picture ends early".to_owned() });
    }
    let characters = u32::try_from(rest.chars().count()).unwrap();
    Ok(ScannedPage {
        number,
        size_px: (1654, 2339),
        dpi: (kind != "born").then_some(200),
        colour: if kind == "grey" { Colour::Grey } else { Colour::Colour },
        turn: Turn::None,
        skew_centidegrees: 0,
        ink_ppm: if kind == "blank" { 0 } else { 50_000 },
        blank: kind == "blank",
        sharpness: (kind != "blank").then_some(600),
        cut_edges: Vec::new(),
        codes: if kind == "code" { vec![rest.to_owned()] } else { Vec::new() },
        code_unread: kind == "unread",
        characters: is_read.then_some(characters),
        confidence: is_read.then_some(90),
    })
}

fn all(document: &ScannedDocument<'_>, is_read: bool) -> Result<Vec<ScannedPage>, DigitiserError> {
    pages(document)?.iter().zip(1..).map(|(line, number)| seen(line, number, is_read)).collect()
}

impl Digitiser for Lines {
    fn survey(
        &self,
        document: &ScannedDocument<'_>,
        progress: &PageProgress<'_>,
    ) -> Result<Vec<ScannedPage>, DigitiserError> {
        let all = all(document, false)?;
        let count = u32::try_from(all.len()).unwrap();
        (1..=count).for_each(|done| progress(done, count));
        Ok(all)
    }

    fn extract(&self, document: &ScannedDocument<'_>, numbers: &[u32]) -> Result<Vec<u8>, DigitiserError> {
        let lines = pages(document)?;
        let line = |number: &u32| lines.get(*number as usize - 1).ok_or(DigitiserError::NoSuchPage(*number));
        let lines = numbers.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        Ok(scan(&lines.iter().map(|line| line.as_str()).collect::<Vec<_>>()))
    }

    fn derive(
        &self,
        document: &ScannedDocument<'_>,
        _about: &DocumentInfo,
        _progress: &PageProgress<'_>,
    ) -> Result<Derived, DigitiserError> {
        let lines = pages(document)?;
        let text: String = lines.iter().map(|line| format!("{line}\u{c}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Ok(Derived {
            pages: all(document, true)?,
            pdfa: scan(&lines),
            text,
            thumbnail: PagePicture { media_type: "image/png", bytes: b"\x89PNG\r\n\x1a\n".to_vec() },
            reader: Some("lines 1".to_owned()),
        })
    }

    fn page_picture(
        &self,
        document: &ScannedDocument<'_>,
        page: u32,
        longest_px: u32,
    ) -> Result<PagePicture, DigitiserError> {
        // What a program wrote is a real PDF.
        let Ok(lines) = pages(document) else {
            return fumikura::imaging::Imaging::default().page_picture(document, page, longest_px);
        };
        let line = lines.get((page as usize).wrapping_sub(1)).ok_or(DigitiserError::NoSuchPage(page))?;
        Ok(PagePicture { media_type: "image/png", bytes: line.clone().into_bytes() })
    }
}
