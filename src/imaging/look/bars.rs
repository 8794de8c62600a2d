//! The two thick bars across a cover sheet, by which it is known even where none of its codes can be read.

use crate::imaging::grey::Grey;
use crate::scans::SheetLayout;

/// The resolution at which bars are looked for, in dots per inch: they have some 12 pixels then.
const DPI: f64 = 50.0;
/// How dark a bar is against the paper.
const BLACK: u8 = 90;
/// The share of the picture's width that a bar covers at least; it has 86 of 100 of the paper.
const LEAST_COVERED: f64 = 0.55;
/// The steepest that a bar lies, as a slope: some 11°.
const STEEPEST: f64 = 0.2;

/// Tells whether two bars lie across a page near opposite edges, level or upright.
pub(super) fn are_there(dark: &Grey, dpi: f64) -> bool {
    let (small, dpi) = dark.reduced(dpi, DPI);
    if small.width < 40 || small.height < 40 {
        return false;
    }
    level(&small, dpi) || level(&Grey::of(&small.into_image().rotate90()), dpi)
}

/// Looks for level bars: in every column a black run as high as a bar, whose middles lie on two parallel lines.
fn level(dark: &Grey, dpi: f64) -> bool {
    let thick = SheetLayout::BAR_THICKNESS_MM * dpi / 25.4;
    let (least, most) = ((thick * 0.6) as usize, (thick * 2.0) as usize);
    let mut middles: Vec<(f64, f64)> = Vec::new();
    for x in 0..dark.width {
        let mut y = 0;
        while y < dark.height {
            let black = (y..dark.height).take_while(|y| dark.at(x, *y) >= BLACK).count();
            // What touches an edge of the picture is a shadow.
            if (least..=most).contains(&black) && y > 0 && y + black < dark.height {
                middles.push((x as f64, y as f64 + black as f64 / 2.0));
            }
            y += black + 1;
        }
    }
    let wanted = (dark.width as f64 * LEAST_COVERED) as u32;
    let steps = (STEEPEST / 0.005) as i32;
    (-steps..=steps).any(|step| {
        let slope = f64::from(step) * 0.005;
        let shift = dark.width as f64 * STEEPEST;
        let mut rows = vec![0_u32; ((dark.height as f64 + 2.0 * shift) / 2.0) as usize + 2];
        for (x, y) in &middles {
            let row = ((y - x * slope + shift) / 2.0) as usize;
            if let Some(count) = rows.get_mut(row) {
                *count += 1;
            }
        }
        let full: Vec<usize> = rows
            .windows(3)
            .enumerate()
            .filter(|(_, near)| near.iter().sum::<u32>() >= wanted)
            .map(|(row, _)| row)
            .collect();
        // The bars lie 265 of 297 mm apart.
        match (full.first(), full.last()) {
            (Some(first), Some(last)) => (last - first) as f64 * 2.0 > dark.height as f64 * 0.6,
            _ => false,
        }
    })
}
