//! Where QR codes are: their three finder patterns (ISO/IEC 18004, 6.3.3), whose black and white runs are as 1:1:3:1:1 along
//! every line through their middle, however they are turned.

use crate::imaging::grey::Grey;

/// How dark a black module is against the paper.
const BLACK: u8 = 96;
/// The smallest module in pixels.
const SMALLEST_MODULE: f32 = 1.4;
/// The finder patterns of one page that are looked at, those seen in most rows first.
const MOST_PATTERNS: usize = 48;

/// A finder pattern.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    x: f32,
    y: f32,
    /// The side of a module in pixels.
    module: f32,
    /// In how many rows it was seen.
    rows: u32,
}

/// A place where a QR code is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Its middle in pixels.
    pub x: f32,
    /// Its middle in pixels.
    pub y: f32,
    /// Its side in pixels.
    pub side: f32,
    /// The side of a module in pixels.
    pub module: f32,
}

/// Looks for codes in a picture whose pixels are darker the higher they are.
pub(super) fn spots(dark: &Grey) -> Vec<Spot> {
    let patterns = patterns(dark);
    let mut spots: Vec<Spot> = Vec::new();
    for (i, one) in patterns.iter().enumerate() {
        for (j, two) in patterns.iter().enumerate().skip(i + 1) {
            for three in patterns.iter().skip(j + 1) {
                let Some(spot) = code_of([*one, *two, *three]) else { continue };
                let known = spots.iter().any(|other| distance(spot.x, spot.y, other.x, other.y) < spot.side / 2.0);
                if !known {
                    spots.push(spot);
                }
            }
        }
    }
    spots
}

/// Tells whether three patterns are those of one code: of one size, at the corners of half a square.
fn code_of(three: [Pattern; 3]) -> Option<Spot> {
    let module = three.iter().map(|pattern| pattern.module).sum::<f32>() / 3.0;
    if three.iter().any(|pattern| (pattern.module - module).abs() > module * 0.3) {
        return None;
    }
    let side = |a: &Pattern, b: &Pattern| distance(a.x, a.y, b.x, b.y);
    let [a, b, c] = three;
    // The longest side is the diagonal; the third pattern is at the right angle.
    let mut sides = [(side(&a, &b), c, a, b), (side(&b, &c), a, b, c), (side(&a, &c), b, a, c)];
    sides.sort_by(|one, other| one.0.total_cmp(&other.0));
    let [(short, ..), (long, ..), (diagonal, _, from, to)] = sides;
    let square = long > 0.0 && (long - short) < long * 0.15 && (diagonal - short.hypot(long)).abs() < diagonal * 0.1;
    let modules = (short + long) / 2.0 / module + 7.0;
    // From version 1 with 21 modules to version 40 with 177; the module is measured to some per cent.
    if !square || !(18.5..=200.0).contains(&modules) {
        return None;
    }
    let side = (short + long) / 2.0 + 7.0 * module;
    Some(Spot { x: (from.x + to.x) / 2.0, y: (from.y + to.y) / 2.0, side, module })
}

fn distance(x1: f32, y1: f32, x2: f32, y2: f32) -> f32 {
    (x1 - x2).hypot(y1 - y2)
}

/// Finds the patterns of a page.
fn patterns(dark: &Grey) -> Vec<Pattern> {
    let mut found: Vec<Pattern> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    for y in 0..dark.height {
        ends_of_runs(dark.row(y), &mut ends);
        // The first run is white, and so is every second one.
        for (index, window) in ends.windows(6).enumerate() {
            if index % 2 == 1 {
                continue;
            }
            let &[start, a, b, c, d, end] = window else { continue };
            let Some(module) = module_of([a - start, b - a, c - b, d - c, end - d]) else { continue };
            let x = (b + c) as f32 / 2.0;
            let Some((middle, down)) = upright(dark, x as usize, y) else { continue };
            if (down - module).abs() > module * 0.4 {
                continue;
            }
            note(&mut found, Pattern { x, y: middle, module: (module + down) / 2.0, rows: 1 });
        }
    }
    found.retain(|pattern| pattern.rows >= 2);
    found.sort_by_key(|pattern| std::cmp::Reverse(pattern.rows));
    found.truncate(MOST_PATTERNS);
    found
}

/// Adds what was seen in one row to what was seen before.
fn note(found: &mut Vec<Pattern>, seen: Pattern) {
    let near = |pattern: &&mut Pattern| {
        distance(pattern.x, pattern.y, seen.x, seen.y) < pattern.module * 2.0
            && (pattern.module - seen.module).abs() < pattern.module * 0.5
    };
    match found.iter_mut().rev().find(near) {
        Some(pattern) => {
            let rows = pattern.rows as f32;
            let mean = |old: f32, new: f32| (old * rows + new) / (rows + 1.0);
            pattern.x = mean(pattern.x, seen.x);
            pattern.y = mean(pattern.y, seen.y);
            pattern.module = mean(pattern.module, seen.module);
            pattern.rows += 1;
        }
        None => found.push(seen),
    }
}

/// Returns where the runs of a row end; the first is white, perhaps empty.
fn ends_of_runs(row: &[u8], ends: &mut Vec<usize>) {
    ends.clear();
    let (mut x, mut black) = (0, false);
    while x < row.len() {
        let rest = row.get(x..).unwrap_or_default();
        let end = rest.iter().position(|pixel| (*pixel >= BLACK) != black).map_or(row.len(), |length| x + length);
        ends.push(end);
        x = end;
        black = !black;
    }
}

/// Returns the module's side where five runs are as 1:1:3:1:1.
fn module_of(runs: [usize; 5]) -> Option<f32> {
    let total: usize = runs.iter().sum();
    let module = total as f32 / 7.0;
    if module < SMALLEST_MODULE {
        return None;
    }
    // Half a pixel is lost or won at every border.
    let slack = module * 0.45 + 0.5;
    let fits = runs.iter().zip([1.0, 1.0, 3.0, 1.0, 1.0]).all(|(run, modules)| {
        (*run as f32 - modules * module).abs() <= if modules > 1.0 { slack * 1.5 } else { slack }
    });
    fits.then_some(module)
}

/// Looks up and down from the middle of a pattern; returns its middle row and the module's side.
fn upright(dark: &Grey, x: usize, y: usize) -> Option<(f32, f32)> {
    let black = |y: usize| dark.at(x, y) >= BLACK && y < dark.height;
    if !black(y) {
        return None;
    }
    let mut up = [0_usize; 3];
    let mut at = y;
    for (index, run) in up.iter_mut().enumerate() {
        while at > 0 && black(at - 1) == (index % 2 == 0) {
            at -= 1;
            *run += 1;
        }
    }
    let mut down = [0_usize; 3];
    let mut at = y;
    for (index, run) in down.iter_mut().enumerate() {
        while at + 1 < dark.height && black(at + 1) == (index % 2 == 0) {
            at += 1;
            *run += 1;
        }
    }
    let module = module_of([up[2], up[1], up[0] + 1 + down[0], down[1], down[2]])?;
    Some((y as f32 + (down[0] as f32 - up[0] as f32) / 2.0, module))
}
