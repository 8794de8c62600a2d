//! How far a page is from straight, by the profiles of its lines: at the right angle the lower edges of what is printed fall
//! into few rows, or its right edges into few columns. Lines of text, of tables and of vertical Japanese all count.

use super::paper::Paper;

/// The most that a page is taken to be askew, in degrees.
const MOST_DEGREES: f64 = 10.0;
/// The step of the first search, in degrees.
const COARSE_DEGREES: f64 = 0.2;
/// The step of the second, in degrees.
const FINE_DEGREES: f64 = 0.05;
/// Edges that are counted in the first search and in the second.
const EDGES: (usize, usize) = (12_000, 40_000);
/// Edges below which nothing is said.
const FEWEST_EDGES: usize = 150;
/// How much steeper the best profile is than the middle one where there are lines at all.
const CLEAR: f64 = 1.25;
/// How dark ink is against the paper.
const INK: u8 = 64;
/// The share of the page at each edge that is left out: shadows lie there, as straight as the scanner.
const MARGIN: f64 = 0.035;

/// Which way the lines of a page run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::imaging) enum Lines {
    /// From left to right.
    Level,
    /// From top to bottom.
    Upright,
}

/// The skew of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skew {
    /// What it has to be turned by clockwise, in hundredths of a degree; 0 where that is not clear.
    pub centidegrees: i32,
    /// Which way its clearest lines run; none where that is not clear.
    pub lines: Option<Lines>,
}

/// Measures the skew of a page.
pub(super) fn measure(paper: &Paper) -> Skew {
    let level = best(&lower_edges(paper));
    let upright = best(&right_edges(paper));
    let (angle, lines) = match (level, upright) {
        (Some(level), Some(upright)) if upright.clear > level.clear => (-upright.degrees, Some(Lines::Upright)),
        (Some(level), _) => (level.degrees, Some(Lines::Level)),
        (None, Some(upright)) => (-upright.degrees, Some(Lines::Upright)),
        (None, None) => (0.0, None),
    };
    // The lines fall to the right by the angle: the page was turned clockwise, and goes back.
    Skew { centidegrees: (-angle * 100.0).round() as i32, lines }
}

/// The best angle of a set of edges.
struct Best {
    degrees: f64,
    clear: f64,
}

fn best(edges: &[(f32, f32)]) -> Option<Best> {
    if edges.len() < FEWEST_EDGES {
        return None;
    }
    let few = thinned(edges, EDGES.0);
    let steps = (MOST_DEGREES / COARSE_DEGREES).round() as i32;
    let mut bins = Vec::new();
    let coarse: Vec<(f64, f64)> = (-steps..=steps)
        .map(|step| f64::from(step) * COARSE_DEGREES)
        .map(|degrees| (degrees, steepness(&few, degrees, 2.0, &mut bins)))
        .collect();
    let mut sorted: Vec<f64> = coarse.iter().map(|(_, score)| *score).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0).max(1e-9);
    let (near, score) = coarse.iter().copied().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let clear = score / middle;
    // At the end of the range the true angle may lie beyond it.
    if clear < CLEAR || near.abs() > MOST_DEGREES - COARSE_DEGREES {
        return None;
    }
    let many = thinned(edges, EDGES.1);
    let fine: Vec<(f64, f64)> = (-6..=6)
        .map(|step| near + f64::from(step) * FINE_DEGREES)
        .map(|degrees| (degrees, steepness(&many, degrees, 1.0, &mut bins)))
        .collect();
    Some(Best { degrees: summit(&fine)?, clear })
}

/// Returns the top of the parabola through the highest of the scores and its neighbours.
fn summit(scores: &[(f64, f64)]) -> Option<f64> {
    let (index, (at, high)) = scores.iter().enumerate().max_by(|one, other| one.1.1.total_cmp(&other.1.1))?;
    let (Some((_, before)), Some((_, after))) =
        (index.checked_sub(1).and_then(|i| scores.get(i)), scores.get(index + 1))
    else {
        return Some(*at);
    };
    let bend = before - 2.0 * high + after;
    if bend.abs() < 1e-9 {
        return Some(*at);
    }
    Some(at + ((before - after) / (2.0 * bend)).clamp(-1.0, 1.0) * FINE_DEGREES)
}

/// Tells how unevenly the edges fall into rows that run at an angle: the sum of squares of the counts.
fn steepness(edges: &[(f32, f32)], degrees: f64, bin: f32, bins: &mut Vec<u32>) -> f64 {
    let slope = degrees.to_radians().tan() as f32;
    let low = edges.iter().fold(f32::MAX, |low, (along, across)| low.min(across - along * slope));
    bins.clear();
    for (along, across) in edges {
        let row = ((across - along * slope - low) / bin) as usize;
        if row >= bins.len() {
            bins.resize(row + 1, 0);
        }
        if let Some(count) = bins.get_mut(row) {
            *count += 1;
        }
    }
    bins.iter().map(|count| f64::from(*count) * f64::from(*count)).sum()
}

/// Takes so many edges at most, from all over the page.
fn thinned(edges: &[(f32, f32)], most: usize) -> Vec<(f32, f32)> {
    // An odd step falls into no pattern of lines.
    let step = (edges.len() / most.max(1)).max(1) | 1;
    edges.iter().step_by(step).copied().collect()
}

/// Returns the pixels below which ink ends, as places along and across lines from left to right.
fn lower_edges(paper: &Paper) -> Vec<(f32, f32)> {
    let (columns, rows) = inner(paper);
    let mut edges = Vec::new();
    for y in rows {
        let (here, below) = (paper.dark.row(y), paper.dark.row(y + 1));
        let pairs = here.iter().zip(below).enumerate().skip(columns.start).take(columns.len());
        for (x, (here, below)) in pairs {
            if *here >= INK && *below < INK {
                edges.push((x as f32, y as f32));
            }
        }
    }
    edges
}

/// Returns the pixels beside which ink ends, as places along and across lines from top to bottom.
fn right_edges(paper: &Paper) -> Vec<(f32, f32)> {
    let (columns, rows) = inner(paper);
    let mut edges = Vec::new();
    for y in rows {
        let row = paper.dark.row(y);
        let pairs = row.iter().zip(row.iter().skip(1)).enumerate().skip(columns.start).take(columns.len());
        for (x, (here, beside)) in pairs {
            if *here >= INK && *beside < INK {
                edges.push((y as f32, x as f32));
            }
        }
    }
    edges
}

/// Returns the columns and rows within the margins.
fn inner(paper: &Paper) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let within = |length: usize| {
        let margin = (length as f64 * MARGIN) as usize + 1;
        margin..length.saturating_sub(margin).max(margin)
    };
    (within(paper.dark.width), within(paper.dark.height))
}
