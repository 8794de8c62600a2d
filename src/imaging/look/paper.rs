//! Paper and what is darker on it: the brightness of the paper is taken out of a picture, with its shadows and its colour.

use crate::imaging::grey::Grey;

/// The side of the squares in which the paper's brightness is looked for, in inches.
const SQUARE_INCHES: f64 = 0.22;
/// The share of a square's pixels that are darker than its paper.
const PAPER_RANK: f64 = 0.8;
/// How dark a place may be against the median of the page and still be paper in the shade.
const DARKEST_PAPER: f64 = 0.6;

/// How much darker than the paper each pixel is.
pub(super) struct Paper {
    /// From 0, paper, to 255, black.
    pub dark: Grey,
    /// The resolution in dots per inch.
    pub dpi: f64,
    /// How much the pixels of blank paper differ, as a standard deviation.
    pub noise: f64,
}

impl Paper {
    /// Looks at a picture of a page.
    pub(super) fn of(page: &Grey, dpi: f64) -> Self {
        let paper = brightness(page, dpi);
        let mut dark = Grey::white(page.width, page.height);
        for y in 0..page.height {
            let row = dark.row_mut(y);
            for ((out, pixel), white) in row.iter_mut().zip(page.row(y)).zip(paper.row(y)) {
                let white = u32::from(*white).max(1);
                *out = (white.saturating_sub(u32::from(*pixel)) * 255 / white) as u8;
            }
        }
        let noise = noise(page).max(grain(&dark));
        Self { noise, dark, dpi }
    }

    /// Turns millimetres into pixels.
    pub(super) fn pixels(&self, millimetres: f64) -> f64 {
        millimetres * self.dpi / 25.4
    }
}

/// Returns the brightness that the paper would have at each pixel.
fn brightness(page: &Grey, dpi: f64) -> Grey {
    let side = ((dpi * SQUARE_INCHES) as usize).clamp(4, 400);
    let (across, down) = (page.width.div_ceil(side).max(1), page.height.div_ceil(side).max(1));
    let mut squares = Grey::white(across, down);
    let mut counts = vec![[0_u32; 256]; across];
    for (row, square_row) in (0..down).map(|row| (row, row * side)) {
        counts.iter_mut().for_each(|count| *count = [0; 256]);
        for y in square_row..(square_row + side).min(page.height) {
            for (chunk, count) in page.row(y).chunks(side).zip(&mut counts) {
                for pixel in chunk {
                    if let Some(count) = count.get_mut(usize::from(*pixel)) {
                        *count += 1;
                    }
                }
            }
        }
        for (square, count) in squares.row_mut(row).iter_mut().zip(&counts) {
            *square = rank(count, PAPER_RANK);
        }
    }
    // What is dark over more than a square and its neighbours is no paper, unless the whole page is.
    let mut levels = [0_u32; 256];
    squares.pixels.iter().for_each(|level| levels[usize::from(*level)] += 1);
    let least = (f64::from(rank(&levels, 0.5)) * DARKEST_PAPER) as u8;
    let lightest = around(&squares, |near| near.iter().copied().max().unwrap_or(255).max(least));
    let smooth = around(&lightest, |near| {
        (near.iter().map(|level| u32::from(*level)).sum::<u32>() / near.len().max(1) as u32) as u8
    });
    smooth.scaled(page.width, page.height)
}

/// Returns the brightness below which the share of the counted pixels lies.
fn rank(count: &[u32; 256], share: f64) -> u8 {
    let total: u32 = count.iter().sum();
    let wanted = (f64::from(total) * share) as u32;
    let mut sum = 0;
    for (level, found) in count.iter().enumerate() {
        sum += found;
        if sum > wanted {
            return level as u8;
        }
    }
    255
}

/// Makes each pixel of what it and its neighbours are.
fn around(from: &Grey, of: impl Fn(&[u8]) -> u8) -> Grey {
    let mut to = Grey::white(from.width, from.height);
    let mut near = Vec::with_capacity(9);
    for y in 0..from.height {
        for x in 0..from.width {
            near.clear();
            for row in y.saturating_sub(1)..(y + 2).min(from.height) {
                let columns = x.saturating_sub(1)..(x + 2).min(from.width);
                near.extend_from_slice(from.row(row).get(columns).unwrap_or_default());
            }
            if let Some(pixel) = to.row_mut(y).get_mut(x) {
                *pixel = of(&near);
            }
        }
    }
    to
}

/// Estimates the noise of the paper from how dark it is in the median: its brightness was taken to be that which a fifth of
/// it exceeds, 0.84 deviations above the mean. Noise that JPEG has made coarse has small steps, and is seen here.
fn grain(dark: &Grey) -> f64 {
    let mut levels = [0_u32; 256];
    for y in (0..dark.height).step_by(5) {
        dark.row(y).iter().for_each(|level| levels[usize::from(*level)] += 1);
    }
    f64::from(rank(&levels, 0.5)) / 0.84
}

/// Estimates the noise of the paper from the median step between neighbours.
fn noise(page: &Grey) -> f64 {
    let mut steps = [0_u32; 256];
    for y in (0..page.height).step_by(7) {
        for (one, next) in page.row(y).iter().zip(page.row(y).iter().skip(1)) {
            steps[usize::from(one.abs_diff(*next))] += 1;
        }
    }
    // The median of the absolute difference of two normal deviates is 0.954 standard deviations.
    f64::from(rank(&steps, 0.5)) / 0.954
}
