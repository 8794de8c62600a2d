//! QR codes on a page, read over again at other sizes, thresholds and angles until two readings agree.

use super::finder::{Spot, spots};
use super::paper::Paper;
use crate::imaging::grey::Grey;
use crate::imaging::straighten;
use crate::scans::{CoverError, CoverSheet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Codes of one page that are read.
const MOST_CODES: usize = 24;
/// The longest side of a picture that is given to the reader of codes, in pixels.
const LONGEST_SIDE: f32 = 1_400.0;
/// How often a code is read: the module's side in pixels, whether the reader finds the threshold itself, and by how many
/// degrees it is turned before.
const READINGS: [(f32, bool, f64); 9] = [
    (5.0, true, 0.0),
    (4.0, false, 0.0),
    (3.0, true, 0.0),
    (6.5, false, 0.0),
    (4.5, true, 31.0),
    (5.5, false, 17.0),
    (8.0, true, 0.0),
    (3.5, false, 45.0),
    (10.0, true, -12.0),
];

/// What was read of codes.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// The texts, each once, in order.
    pub texts: Vec<String>,
    /// Whether something of a cover sheet is there that could not be read.
    pub unread: bool,
}

/// Reads the codes of a page; `bars` says whether a cover sheet's bars are there.
pub(super) fn read(page: &Grey, dpi: f64, paper: &Paper, bars: bool) -> Codes {
    let found = spots(&paper.dark);
    let (mut texts, mut unsure): (Vec<String>, bool) = (Vec::new(), false);
    let scale = (dpi / paper.dpi) as f32;
    for spot in found.iter().take(MOST_CODES) {
        match read_spot(page, spot, scale) {
            Reading::Sure(text) => texts.push(text),
            Reading::Contradictory => unsure = true,
            Reading::Nothing => {}
        }
    }
    let covers = |texts: &[String]| texts.iter().filter(|text| claims(text)).count();
    if covers(&texts) == 0 && bars {
        texts.extend(read_all(page, dpi));
    }
    texts.sort();
    texts.dedup();
    let nothing = texts.is_empty() && !found.is_empty();
    let contradictory = covers(&texts) > 1 || texts.iter().any(|text| claims(text) && CoverSheet::read(text).is_err());
    let unread = unsure || nothing || contradictory || (bars && covers(&texts) == 0);
    Codes { texts, unread }
}

/// What came of reading one code several times.
enum Reading {
    Sure(String),
    Contradictory,
    Nothing,
}

/// Tells whether a text is a cover sheet's, or wants to be.
fn claims(text: &str) -> bool {
    !matches!(CoverSheet::read(text), Err(CoverError::Other))
}

/// Reads one code until two readings agree.
fn read_spot(page: &Grey, spot: &Spot, scale: f32) -> Reading {
    let (side, module) = (spot.side * scale, (spot.module * scale).max(0.5));
    // The corners of a code that lies at 45° are 0.71 of its side away, and around it is the quiet zone.
    let half = side * 0.75 + 4.0 * module;
    let (left, top) = ((spot.x * scale - half).max(0.0), (spot.y * scale - half).max(0.0));
    let cut = page.cut(left as usize, top as usize, (half * 2.0) as usize, (half * 2.0) as usize);
    let mut texts: Vec<String> = Vec::new();
    for (size, adaptive, degrees) in READINGS {
        let factor = (size / module).min(LONGEST_SIDE / cut.width.max(cut.height).max(1) as f32);
        let mut sized = cut.scaled((cut.width as f32 * factor) as usize, (cut.height as f32 * factor) as usize);
        if degrees != 0.0 {
            sized = straighten::turn_grey(&sized, degrees);
        }
        let Some(text) = decode(&sized, adaptive).into_iter().next() else { continue };
        if texts.contains(&text) {
            return Reading::Sure(text);
        }
        texts.push(text);
    }
    // One reading alone is believed where its own check bears it out; the code's error correction has none.
    match (texts.len(), texts.pop()) {
        (0, _) | (_, None) => Reading::Nothing,
        (1, Some(text)) if CoverSheet::read(&text).is_ok() || !claims(&text) => Reading::Sure(text),
        _ => Reading::Contradictory,
    }
}

/// Reads whatever is found on the whole page, where bars say that there must be something.
fn read_all(page: &Grey, dpi: f64) -> Vec<String> {
    let mut texts = Vec::new();
    for (to, adaptive) in [(100.0, true), (75.0, false), (150.0, false)] {
        let (small, _) = page.reduced(dpi, to);
        texts.extend(decode(&small, adaptive).into_iter().filter(|text| CoverSheet::read(text).is_ok()));
        if !texts.is_empty() {
            break;
        }
    }
    texts
}

/// Decodes the codes of a picture. The reader may panic where finder patterns lie oddly; then there is none.
fn decode(picture: &Grey, adaptive: bool) -> Vec<String> {
    let read = || {
        let (width, height) = (picture.width, picture.height);
        let mut prepared = if adaptive {
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.at(x, y))
        } else {
            let middle = middle(picture);
            rqrr::PreparedImage::prepare_from_bitmap(width, height, |x, y| picture.at(x, y) < middle)
        };
        let grids = prepared.detect_grids();
        grids.iter().take(MOST_CODES).filter_map(|grid| grid.decode().ok().map(|(_, text)| text)).collect()
    };
    if picture.width < 21 || picture.height < 21 {
        return Vec::new();
    }
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}

/// Returns the brightness half way between the dark and the light tenth of a picture.
fn middle(picture: &Grey) -> u8 {
    let mut counts = [0_usize; 256];
    picture.pixels.iter().for_each(|pixel| counts[usize::from(*pixel)] += 1);
    let rank = |share: usize| {
        let mut sum = 0;
        let level = counts.iter().position(|count| {
            sum += count;
            sum * 10 > picture.pixels.len() * share
        });
        level.unwrap_or(255)
    };
    ((rank(1) + rank(9)) / 2) as u8
}
