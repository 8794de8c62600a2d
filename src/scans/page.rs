//! What is seen of one scanned page.

use serde::{Deserialize, Serialize};

/// What is seen of one page of a document as it came (R8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannedPage {
    /// Its number in the document, from 1.
    pub number: u32,
    /// Its picture's width and height in pixels, as it came.
    pub size_px: (u32, u32),
    /// Its resolution in dots per inch, the lower one of both directions; none where the document does not say.
    pub dpi: Option<u32>,
    /// Its colours.
    pub colour: Colour,
    /// What it has to be turned by, clockwise, to stand upright.
    pub turn: Turn,
    /// What it has to be turned by beside that to be straight, in hundredths of a degree, clockwise.
    pub skew_centidegrees: i32,
    /// The share of it that is ink, in millionths.
    pub ink_ppm: u32,
    /// Whether there is nothing on it: no ink but specks and the scanner's shadow at its edges.
    pub blank: bool,
    /// How steep its contours are, from 0 (all blurred) to 1000; none where there are too few to tell.
    pub sharpness: Option<u32>,
    /// The edges at which what is on it runs off.
    pub cut_edges: Vec<Edge>,
    /// The texts of the QR codes on it, each once, in order.
    pub codes: Vec<String>,
    /// Whether there is something on it that a cover sheet has, a code or the bars beside it, and that cannot be read.
    pub code_unread: bool,
    /// How many characters were read on it; none where nobody read.
    pub characters: Option<u32>,
    /// How sure the reader is of them, from 0 to 100, as a mean over the characters.
    pub confidence: Option<u32>,
}

/// The colours of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// Black and white, 1 bit a pixel.
    Bilevel,
    /// Shades of grey.
    Grey,
    /// 24 bits a pixel and more.
    Colour,
}

/// Quarter turns, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// None.
    #[default]
    None,
    /// 90°.
    Quarter,
    /// 180°.
    Half,
    /// 270°.
    ThreeQuarters,
}

impl Turn {
    /// Returns how many quarters clockwise it is, from 0 to 3.
    pub fn quarters(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Quarter => 1,
            Self::Half => 2,
            Self::ThreeQuarters => 3,
        }
    }

    /// Returns the turn of so many quarters clockwise.
    pub fn of_quarters(quarters: u8) -> Self {
        match quarters % 4 {
            1 => Self::Quarter,
            2 => Self::Half,
            3 => Self::ThreeQuarters,
            _ => Self::None,
        }
    }

    /// Returns this turn followed by another.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        Self::of_quarters(self.quarters() + other.quarters())
    }
}

/// An edge of an upright page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// The upper one.
    Top,
    /// The right one.
    Right,
    /// The lower one.
    Bottom,
    /// The left one.
    Left,
}

/// Reads page numbers: single ones and stretches, with commas between them, in the characters that people type, in the order
/// in which they are named; none where it names no pages.
pub fn page_numbers(said: &str) -> Option<Vec<u32>> {
    let plain = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '、' | '，' => ',',
        'ー' | '－' | '～' | '〜' | '―' => '-',
        _ => c,
    };
    let (said, mut pages): (String, Vec<u32>) = (said.chars().map(plain).collect(), Vec::new());
    for stretch in said.split(',') {
        let (first, last) = stretch.split_once('-').unwrap_or((stretch, stretch));
        let (first, last) = (first.trim().parse::<u32>().ok()?, last.trim().parse::<u32>().ok()?);
        if first == 0 || last < first || last - first > 100_000 {
            return None;
        }
        pages.extend(first..=last);
    }
    Some(pages)
}
