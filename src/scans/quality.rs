//! What is asked of scans, and what of a scan does not meet it (R8).

use super::{Colour, Edge, ScannedPage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is asked of scans (city).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScanStandard {
    /// The lowest resolution, in dots per inch.
    pub lowest_dpi: u32,
    /// Whether pages are to be in colours of 24 bits.
    pub in_colour: bool,
    /// The lowest sharpness, from 0 to 1000.
    pub lowest_sharpness: u32,
    /// How sure the reader of the text has to be on a page, from 0 to 100.
    pub lowest_confidence: u32,
    /// How many of a hundred pages the second person looks at, beside the first, the last and those that were flagged.
    pub looked_at_percent: u32,
}

impl Default for ScanStandard {
    /// 200 dpi, 24 bits, every page looked at.
    fn default() -> Self {
        Self { lowest_dpi: 200, in_colour: true, lowest_sharpness: 150, lowest_confidence: 50, looked_at_percent: 100 }
    }
}

/// Something about a scan that a person has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "flag")]
pub enum Flag {
    /// The cover sheet says another number of pages.
    PageCount {
        /// What it says.
        expected: u32,
        /// How many there are.
        found: u32,
    },
    /// There is nothing on the page.
    Blank,
    /// The resolution is too low.
    LowResolution {
        /// It, in dots per inch.
        dpi: u32,
    },
    /// The document does not say its resolution.
    UnknownResolution,
    /// The page is not in colour.
    NotInColour,
    /// The page is blurred.
    Blurred,
    /// What is on the page runs off at an edge.
    CutEdge {
        /// The edge.
        edge: Edge,
    },
    /// There is a code on the page that cannot be read, or the bars of a cover sheet.
    CodeUnread,
    /// The text was read with little confidence.
    Unsure,
}

/// Flags of one page; page 0 stands for the document as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFlags {
    /// The page, from 1; 0 for the document.
    pub page: u32,
    /// What is to be looked at.
    pub flags: Vec<Flag>,
}

impl Flag {
    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::PageCount { .. } => "scan-page-count",
            Self::Blank => "scan-blank",
            Self::LowResolution { .. } => "scan-low-resolution",
            Self::UnknownResolution => "scan-unknown-resolution",
            Self::NotInColour => "scan-not-in-colour",
            Self::Blurred => "scan-blurred",
            Self::CutEdge { .. } => "scan-cut-edge",
            Self::CodeUnread => "scan-code-unread",
            Self::Unsure => "scan-text-unsure",
        }
    }
}

impl ScanStandard {
    /// Returns what does not meet this, page by page; pages without flags are left out.
    pub fn flags(&self, pages: &[ScannedPage], expected: Option<u32>) -> Vec<PageFlags> {
        let found = u32::try_from(pages.len()).unwrap_or(u32::MAX);
        // Where nobody has looked yet there is nothing to count.
        let count = expected.filter(|expected| *expected != found && !pages.is_empty());
        let whole = count.map(|expected| PageFlags { page: 0, flags: vec![Flag::PageCount { expected, found }] });
        let each = pages.iter().map(|page| PageFlags { page: page.number, flags: self.flags_of(page) });
        whole.into_iter().chain(each).filter(|page| !page.flags.is_empty()).collect()
    }

    fn flags_of(&self, page: &ScannedPage) -> Vec<Flag> {
        let mut flags = Vec::new();
        if page.blank {
            flags.push(Flag::Blank);
        }
        match page.dpi {
            Some(dpi) if dpi < self.lowest_dpi => flags.push(Flag::LowResolution { dpi }),
            Some(_) => {}
            None => flags.push(Flag::UnknownResolution),
        }
        if self.in_colour && page.colour != Colour::Colour {
            flags.push(Flag::NotInColour);
        }
        if page.sharpness.is_some_and(|sharpness| sharpness < self.lowest_sharpness) {
            flags.push(Flag::Blurred);
        }
        flags.extend(page.cut_edges.iter().map(|edge| Flag::CutEdge { edge: *edge }));
        if page.code_unread {
            flags.push(Flag::CodeUnread);
        }
        let unsure = page.confidence.is_some_and(|confidence| confidence < self.lowest_confidence);
        if unsure && page.characters.is_some_and(|characters| characters > 0) {
            flags.push(Flag::Unsure);
        }
        flags
    }

    /// Returns the pages that the second person has to look at: the first and the last, those that have flags, and of the
    /// others every so many, evenly spread.
    pub fn to_look_at(&self, pages: &[ScannedPage], expected: Option<u32>) -> BTreeSet<u32> {
        let numbers: Vec<u32> = pages.iter().map(|page| page.number).collect();
        let mut chosen: BTreeSet<u32> = numbers.first().into_iter().chain(numbers.last()).copied().collect();
        chosen.extend(self.flags(pages, expected).into_iter().map(|page| page.page).filter(|page| *page > 0));
        let percent = u64::from(self.looked_at_percent.min(100));
        let spread =
            numbers.iter().zip(1_u64..).filter(|(_, place)| place * percent / 100 > (place - 1) * percent / 100);
        chosen.extend(spread.map(|(number, _)| *number));
        chosen
    }
}
