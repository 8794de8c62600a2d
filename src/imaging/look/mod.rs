//! What is seen of a page without reading it: skew, ink, sharpness, cut edges, codes.

mod bars;
mod codes;
mod finder;
mod marks;
mod paper;
mod sharp;
mod skew;

pub(super) use skew::Lines;

use super::grey::Grey;
use super::picture::Picture;
use crate::scans::{Edge, ScannedPage, Turn};
use marks::Mark;
use paper::Paper;

/// The resolution at which pages are looked at, in dots per inch.
pub(super) const DPI: f64 = 150.0;
/// Marks by which the orientation of a page can be told; a Japanese character has two or three.
const TELLING_MARKS: usize = 350;
/// The sides of the parts of a page that are looked at for that, in millimetres.
const PARTS_MM: [f64; 5] = [40.0, 60.0, 85.0, 120.0, 170.0];

/// What was seen of a page, and what helps to read it.
pub(super) struct Seen {
    /// The facts; the page is taken to be upright.
    pub page: ScannedPage,
    /// Which way its lines run; none where that is not clear.
    pub lines: Option<Lines>,
    /// The smallest part of the page by which its orientation can be told, at [`DPI`]; none where nothing is on it.
    pub telling: Option<Grey>,
    /// The edges that are cut, as the picture lies: left, upper, right, lower.
    cut: [bool; 4],
}

/// Looks at a page.
pub(super) fn look(number: u32, picture: &Picture) -> Seen {
    let full = Grey::of(&picture.pixels);
    let dpi = picture.mean_dpi();
    let (small, small_dpi) = full.reduced(dpi, DPI);
    let paper = Paper::of(&small, small_dpi);
    let marks = marks::look(&paper);
    let bars = bars::are_there(&paper.dark, paper.dpi);
    let codes = codes::read(&full, dpi, &paper, bars);
    let skew = if marks.blank { None } else { Some(skew::measure(&paper)) };
    let page = ScannedPage {
        number,
        size_px: (picture.pixels.width(), picture.pixels.height()),
        dpi: picture.dpi,
        colour: picture.colour,
        turn: Turn::None,
        skew_centidegrees: skew.map_or(0, |skew| skew.centidegrees),
        ink_ppm: marks.ink_ppm,
        blank: marks.blank && codes.texts.is_empty() && !codes.unread,
        sharpness: sharp::measure(&full, dpi),
        cut_edges: Vec::new(),
        codes: codes.texts,
        code_unread: codes.unread,
        characters: None,
        confidence: None,
    };
    let telling = (!page.blank).then(|| telling_part(&small, &paper, &marks.content));
    Seen { page, lines: skew.and_then(|skew| skew.lines), telling, cut: marks.cut }.upright_by(Turn::None)
}

/// Cuts out the smallest square with enough marks of the size of characters; the whole page where none has.
fn telling_part(page: &Grey, paper: &Paper, marks: &[Mark]) -> Grey {
    let (least, most) = (paper.pixels(0.7) as usize, paper.pixels(9.0) as usize);
    let is_character = |mark: &&Mark| {
        let longest = (mark.right - mark.left).max(mark.bottom - mark.top);
        (least..=most).contains(&longest)
    };
    let middles: Vec<(usize, usize)> = marks
        .iter()
        .filter(is_character)
        .map(|mark| ((mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2))
        .collect();
    for side in PARTS_MM.map(|side| paper.pixels(side) as usize) {
        // Squares of half the side: four of them are one part.
        let half = (side / 2).max(1);
        let (across, down) = (page.width / half + 2, page.height / half + 2);
        let mut squares = vec![0_usize; across * down];
        for (x, y) in &middles {
            if let Some(count) = squares.get_mut(y / half * across + x / half) {
                *count += 1;
            }
        }
        let at = |x: usize, y: usize| squares.get(y * across + x).copied().unwrap_or(0);
        let four = |x: usize, y: usize| at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1);
        let places = (0..down - 1).flat_map(|y| (0..across - 1).map(move |x| (x, y)));
        let best = places.max_by_key(|(x, y)| four(*x, *y));
        if let Some((x, y)) = best.filter(|(x, y)| four(*x, *y) >= TELLING_MARKS) {
            return page.cut(x * half, y * half, side, side);
        }
    }
    page.clone()
}

impl Seen {
    /// Says by what the page has to be turned; its edges are named as they are then.
    pub(super) fn upright_by(mut self, turn: Turn) -> Self {
        // Clockwise from the left, as the cut edges are.
        const EDGES: [Edge; 4] = [Edge::Left, Edge::Top, Edge::Right, Edge::Bottom];
        let shift = usize::from(turn.quarters());
        let named = EDGES.iter().cycle().skip(shift).zip(self.cut).filter(|(_, cut)| *cut);
        self.page.cut_edges = named.map(|(edge, _)| *edge).collect();
        self.page.cut_edges.sort_unstable();
        self.page.turn = turn;
        self
    }
}
