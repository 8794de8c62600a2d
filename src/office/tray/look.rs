//! What is made of one document in the tray, as a pure function of its bytes: pages looked at, parts taken out, derivatives.

use super::arrive::NewArrival;
use super::error::TrayError;
use super::mail::{Attachment, attachments_of};
use super::process::Progress;
use crate::fault::{Fault, Kind};
use crate::office::OfficeError;
use crate::office::ports::{
    Converter, Derived, Digitiser, DigitiserError, DocumentInfo, FilingWish, ScannedDocument, TrayItem, TraySource,
    TrayTrouble, VaultError,
};
use crate::package::{Derivative, WaitingContents};
use crate::scans::{Division, Doubt, Part, ScannedPage, divide};

/// What came of looking at a document.
pub(super) enum Outcome {
    ToCheck(Box<Seen>),
    Parts(Vec<(Vec<u8>, NewArrival)>),
    Doubtful { pages: Vec<ScannedPage>, troubles: Vec<TrayTrouble> },
}

/// What is known of a document that goes to the second person.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) pages: Vec<ScannedPage>,
    pub(super) reader: Option<String>,
    pub(super) derivatives: Vec<Derivative>,
    /// What could not be made of it.
    pub(super) troubles: Vec<TrayTrouble>,
    /// What comes out of it beside it: the attachments of a message.
    pub(super) beside: Vec<(Vec<u8>, NewArrival)>,
}

/// Looks at the pages of a scan, and makes of them what is to be made.
pub(super) fn digitised(
    digitiser: &dyn Digitiser,
    item: &TrayItem,
    contents: &WaitingContents,
    progress: &Progress,
) -> Result<Outcome, OfficeError> {
    let document = document(contents);
    let note = |done: u32, of: u32| progress.note(item.id, Some((done, of)));
    let pages = match digitiser.survey(&document, &note) {
        Ok(pages) => pages,
        Err(error) => return failed(Vec::new(), error),
    };
    // A part was taken apart already, and its sheet is not in it.
    if !matches!(item.source, TraySource::Part { .. }) {
        match divide(&pages) {
            Division::Doubtful(doubts) => {
                let troubles =
                    doubts.iter().map(|doubt: &Doubt| trouble(doubt.page(), doubt.code(), &doubt.to_string()));
                return Ok(Outcome::Doubtful { pages, troubles: troubles.collect() });
            }
            Division::Documents(parts) if parts.iter().any(|part| part.cover.is_some()) => {
                let parts = parts.into_iter().map(|part| wished(item, part)).collect();
                return match extracted(digitiser, item, contents, parts) {
                    Ok(parts) => Ok(Outcome::Parts(parts)),
                    Err(error) => failed(pages, error),
                };
            }
            Division::Documents(_) => {}
        }
    }
    // A page without a picture was never scanned: what a program wrote stays as it wrote it, and there is no paper to hold it to.
    if item.media_type == "application/pdf" && pages.iter().any(|page| page.dpi.is_none()) {
        let is_scanned = pages.iter().any(|page| page.dpi.is_some());
        let pages = if is_scanned { pages } else { Vec::new() };
        return Ok(Outcome::ToCheck(Box::new(Seen { pages, ..Seen::default() })));
    }
    let about = DocumentInfo { title: item.wish.title.clone(), created: item.wish.created };
    match digitiser.derive(&document, &about, &note) {
        Ok(derived) => Ok(Outcome::ToCheck(Box::new(made(derived)))),
        Err(error) => failed(pages, error),
    }
}

/// Makes a PDF of an office document. That it cannot be made keeps the document from nothing: it is filed as it came.
pub(super) fn converted(converter: &dyn Converter, contents: &WaitingContents) -> Seen {
    match converter.to_pdf(&document(contents)) {
        Ok(pdf) => Seen { derivatives: vec![derivative("pdf", "application/pdf", pdf)], ..Seen::default() },
        Err(error) => Seen { troubles: vec![trouble(0, error.code(), &error.to_string())], ..Seen::default() },
    }
}

fn derivative(kind: &str, media_type: &str, bytes: Vec<u8>) -> Derivative {
    Derivative { kind: kind.to_owned(), media_type: media_type.to_owned(), bytes }
}

fn made(derived: Derived) -> Seen {
    let Derived { pages, pdfa, text, thumbnail, reader } = derived;
    let mut derivatives = vec![derivative("pdfa", "application/pdf", pdfa)];
    if reader.is_some() {
        derivatives.push(derivative("text", "text/plain; charset=utf-8", text.into_bytes()));
    }
    derivatives.push(derivative("thumbnail", thumbnail.media_type, thumbnail.bytes));
    Seen { pages, reader, derivatives, ..Seen::default() }
}

/// Names what a part of a stack is to be filed as, by its cover sheet.
fn wished(item: &TrayItem, part: Part) -> (Vec<u32>, FilingWish, Option<u32>) {
    let sheet = part.cover.map(|(_, sheet)| sheet);
    let file = sheet.map(|sheet| sheet.file).or(item.wish.file);
    let pages = part.pages.len();
    // Blank backs are not what was counted; what fits is what the division has found to fit.
    let expected = sheet.and_then(|sheet| sheet.pages).and_then(|_| u32::try_from(pages).ok());
    let wish = FilingWish { file, ..item.wish.clone() };
    (part.pages, wish, expected)
}

/// Takes pages out of a stack, as documents that come.
pub(super) fn extracted(
    digitiser: &dyn Digitiser,
    item: &TrayItem,
    contents: &WaitingContents,
    parts: Vec<(Vec<u32>, FilingWish, Option<u32>)>,
) -> Result<Vec<(Vec<u8>, NewArrival)>, DigitiserError> {
    let document = document(contents);
    let mut all = Vec::new();
    for (pages, wish, expected_pages) in parts {
        let seed = pages.iter().flat_map(|page| page.to_be_bytes()).collect();
        let source = TraySource::Part { of: item.id, sha256: item.sha256.clone(), pages: pages.clone() };
        let (first, last) = (pages.first().copied().unwrap_or(0), pages.last().copied().unwrap_or(0));
        let (stem, ending) = item.original_name.rsplit_once('.').unwrap_or((&item.original_name, "bin"));
        let (name, title) = match first == last {
            true => (format!("{stem}-p{first}.{ending}"), format!("{}（{first}頁）", wish.title)),
            false => (format!("{stem}-p{first}-{last}.{ending}"), format!("{}（{first}～{last}頁）", wish.title)),
        };
        let bytes = digitiser.extract(&document, &pages)?;
        let wish = FilingWish { title, ..wish };
        let device = item.device.clone();
        all.push((seed, NewArrival { name, bytes, source, device, wish, expected_pages }));
    }
    Ok(all)
}

/// Returns what comes out of a message beside it.
pub(super) fn attachments(item: &TrayItem, contents: &WaitingContents) -> Seen {
    let attachments = attachments_of(&contents.original.bytes);
    let beside = attachments.into_iter().zip(0_u32..).map(|(Attachment { name, bytes }, number)| {
        let source = TraySource::Part { of: item.id, sha256: item.sha256.clone(), pages: Vec::new() };
        let title = format!("{}（添付 {name}）", item.wish.title);
        let wish = FilingWish { title, paper: None, ..item.wish.clone() };
        let device = String::new();
        (number.to_be_bytes().to_vec(), NewArrival { name, bytes, source, device, wish, expected_pages: None })
    });
    Seen { beside: beside.collect(), ..Seen::default() }
}

fn document(contents: &WaitingContents) -> ScannedDocument<'_> {
    ScannedDocument { bytes: &contents.original.bytes, media_type: &contents.original.media_type }
}

/// Says what a person has to look at; what may be otherwise at the next look is an error.
fn failed(pages: Vec<ScannedPage>, error: DigitiserError) -> Result<Outcome, OfficeError> {
    if error.kind() == Kind::Unavailable && pages.is_empty() {
        return Err(TrayError::from(error).into());
    }
    let page = match &error {
        DigitiserError::Damaged { page, .. }
        | DigitiserError::TooManyPixels { page, .. }
        | DigitiserError::Reader { page, .. } => *page,
        _ => 0,
    };
    Ok(Outcome::Doubtful { pages, troubles: vec![trouble(page, error.code(), &error.to_string())] })
}

/// Tells whether an error would meet no other document.
pub(super) fn is_of_the_document(error: &OfficeError) -> bool {
    match error {
        OfficeError::Tray(_) | OfficeError::Filing(_) | OfficeError::Task => true,
        OfficeError::Vault(error) => matches!(
            error,
            VaultError::NoSuchPackage(_)
                | VaultError::NoSoundCopy(_)
                | VaultError::NoKey(_)
                | VaultError::Exists(_)
                | VaultError::Package(_)
        ),
        _ => false,
    }
}

pub(super) fn doubtful(trouble: TrayTrouble) -> Outcome {
    Outcome::Doubtful { pages: Vec::new(), troubles: vec![trouble] }
}

pub(super) fn trouble(page: u32, code: &str, english: &str) -> TrayTrouble {
    TrayTrouble { page, code: code.to_owned(), english: english.to_owned() }
}
