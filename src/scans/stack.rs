//! How a scanned stack comes apart at its cover sheets (R8).
//!
//! A cover sheet begins a document. What leaves any doubt about which page belongs where is told with the page's number and
//! goes to a person; nothing is guessed.

use super::{CoverSheet, ScannedPage, cover};
use crate::fault::{Fault, Kind};

/// What a stack comes apart into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Division {
    /// Documents, in their order. Without any cover sheet it is one, of all the pages.
    Documents(Vec<Part>),
    /// A person has to look; the reasons in the order of the pages.
    Doubtful(Vec<Doubt>),
}

/// One document of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The sheet that began it with its page's number; the sheet is no page of the document.
    pub cover: Option<(u32, CoverSheet)>,
    /// Its pages' numbers in the stack.
    pub pages: Vec<u32>,
    /// Those of them that are blank right behind the sheet or at the end: backs of sheets scanned on both sides. They stay.
    pub blank: Vec<u32>,
}

/// Why a person has to look at a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// There is no page.
    #[error("there is no page")]
    Empty,
    /// A page has something of a cover sheet that could not be read.
    #[error("page {page}: something of a cover sheet could not be read")]
    Unread {
        /// The page.
        page: u32,
    },
    /// A page has the codes of two cover sheets.
    #[error("page {page}: the codes of the cover sheet say different things")]
    Contradiction {
        /// The page.
        page: u32,
    },
    /// Pages stand before the first sheet.
    #[error("pages stand before the first cover sheet, which is page {page}")]
    BeforeFirst {
        /// The page of the first sheet.
        page: u32,
    },
    /// No page follows a sheet.
    #[error("page {page}: no page follows the cover sheet")]
    NoPages {
        /// The sheet's page.
        page: u32,
    },
    /// The same sheet came twice.
    #[error("page {page}: the cover sheet is the same as page {first}")]
    Twice {
        /// The page where it came again.
        page: u32,
        /// The page where it came first.
        first: u32,
    },
    /// Another number of pages follows than the sheet says.
    #[error(
        "page {page}: the cover sheet says {said} pages, and {found} follow, {written} of them with anything on them"
    )]
    Count {
        /// The sheet's page.
        page: u32,
        /// How many it says.
        said: u32,
        /// How many follow.
        found: u32,
        /// How many of those are not blank.
        written: u32,
    },
}

impl Doubt {
    /// Returns the page it is about; 0 where it is about the stack.
    pub fn page(&self) -> u32 {
        match self {
            Self::Empty => 0,
            Self::Unread { page }
            | Self::Contradiction { page }
            | Self::BeforeFirst { page }
            | Self::NoPages { page }
            | Self::Twice { page, .. }
            | Self::Count { page, .. } => *page,
        }
    }
}

impl Fault for Doubt {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "scan-stack-empty",
            Self::Unread { .. } => "scan-stack-unread",
            Self::Contradiction { .. } => "scan-stack-contradiction",
            Self::BeforeFirst { .. } => "scan-stack-before-first",
            Self::NoPages { .. } => "scan-stack-no-pages",
            Self::Twice { .. } => "scan-stack-twice",
            Self::Count { .. } => "scan-stack-count",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

/// Takes a stack apart. The pages are all of a stack, in their order.
pub fn divide(pages: &[ScannedPage]) -> Division {
    let mut doubts = Vec::new();
    let mut documents: Vec<(Part, Vec<&ScannedPage>)> = Vec::new();
    for page in pages {
        match what_it_is(page) {
            Ok(Some(sheet)) => {
                let part = Part { cover: Some((page.number, sheet)), pages: Vec::new(), blank: Vec::new() };
                documents.push((part, Vec::new()));
            }
            Ok(None) => {
                if documents.is_empty() {
                    documents.push((Part { cover: None, pages: Vec::new(), blank: Vec::new() }, Vec::new()));
                }
                if let Some((part, seen)) = documents.last_mut() {
                    part.pages.push(page.number);
                    seen.push(page);
                }
            }
            Err(doubt) => doubts.push(doubt),
        }
    }
    if pages.is_empty() {
        doubts.push(Doubt::Empty);
    }
    // Where a page is in doubt, every count is: it may have been a sheet.
    if doubts.is_empty() {
        for (part, seen) in &mut documents {
            mark_blank(part, seen);
        }
        doubts.extend(doubts_of_order(&documents));
    }
    if doubts.is_empty() {
        Division::Documents(documents.into_iter().map(|(part, _)| part).collect())
    } else {
        doubts.sort_by_key(Doubt::page);
        Division::Doubtful(doubts)
    }
}

/// Tells whether a page is a cover sheet.
fn what_it_is(page: &ScannedPage) -> Result<Option<CoverSheet>, Doubt> {
    let number = page.number;
    let claims: Vec<&String> = page.codes.iter().filter(|code| cover::claims(code)).collect();
    match claims.as_slice() {
        [] if page.code_unread => Err(Doubt::Unread { page: number }),
        [] => Ok(None),
        [code] => {
            let sheet = CoverSheet::read(code).map_err(|_| Doubt::Unread { page: number })?;
            if page.code_unread { Err(Doubt::Unread { page: number }) } else { Ok(Some(sheet)) }
        }
        _ => Err(Doubt::Contradiction { page: number }),
    }
}

/// Marks the blank pages right behind the sheet and at the end.
fn mark_blank(part: &mut Part, seen: &[&ScannedPage]) {
    // Blank throughout is not "the back of something": such a document has pages of which none says anything.
    let behind = usize::from(part.cover.is_some() && seen.first().is_some_and(|page| page.blank));
    let ending = seen.iter().rev().take_while(|page| page.blank).count();
    let last = seen.len().saturating_sub(ending).max(behind);
    let marked = seen.iter().take(behind).chain(seen.iter().skip(last));
    part.blank = marked.map(|page| page.number).collect();
}

/// Returns what is doubtful about the documents as a whole.
fn doubts_of_order(documents: &[(Part, Vec<&ScannedPage>)]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let mut known: Vec<(u32, CoverSheet)> = Vec::new();
    if let [(Part { cover: None, .. }, _), (Part { cover: Some((page, _)), .. }, _), ..] = documents {
        doubts.push(Doubt::BeforeFirst { page: *page });
    }
    for (part, seen) in documents {
        let Some((page, sheet)) = part.cover else { continue };
        if let Some((first, _)) = known.iter().find(|(_, other)| other.sheet == sheet.sheet) {
            doubts.push(Doubt::Twice { page, first: *first });
        }
        known.push((page, sheet));
        let written = seen.iter().filter(|page| !page.blank).count();
        if written == 0 {
            doubts.push(Doubt::NoPages { page });
        } else if let Some(doubt) = count_doubt(page, sheet, part, written) {
            doubts.push(doubt);
        }
    }
    doubts
}

/// Holds the count on a sheet against its pages. Blank backs are not counted by who counts what is written on; where none is
/// marked, a blank page in between may have been counted. Any other way to make the numbers fit could hide a lost page.
fn count_doubt(page: u32, sheet: CoverSheet, part: &Part, written: usize) -> Option<Doubt> {
    let said = sheet.pages?;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let (found, written) = (count(part.pages.len()), count(written));
    let fits = said == written || (said == found && part.blank.is_empty());
    (!fits).then_some(Doubt::Count { page, said, found, written })
}
