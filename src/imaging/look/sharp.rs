//! How sharp a page is: over how many pixels its contours go from paper to ink.

use crate::imaging::grey::Grey;

/// How much darker ink is than the paper beside it where a contour counts.
const STEP: i32 = 60;
/// The widest contour that counts, in pixels at 200 dpi.
const WIDEST: f64 = 12.0;
/// Contours below which nothing is said.
const FEWEST: usize = 60;
/// Rows that are looked at.
const ROWS: usize = 400;

/// Returns from 0 to 1000 how steep the contours of a page are: 1000 where ink begins within a pixel at 200 dpi, 500 where it
/// takes two; none where there are too few.
pub(super) fn measure(page: &Grey, dpi: f64) -> Option<u32> {
    let widest = (WIDEST * dpi / 200.0).max(3.0) as usize;
    let (mut contours, mut width) = (0_usize, 0.0_f64);
    for y in (0..page.height).step_by((page.height / ROWS).max(1)) {
        let row = page.row(y);
        let mut x = 0;
        while x + 1 < row.len() {
            let (end, fall, steepest) = monotonous(row, x, widest);
            if fall >= STEP {
                contours += 1;
                width += f64::from(fall) / f64::from(steepest.max(1));
            }
            x = end.max(x + 1);
        }
    }
    if contours < FEWEST {
        return None;
    }
    let at_200_dpi = width / contours as f64 * 200.0 / dpi.max(1.0);
    Some((1000.0 / at_200_dpi.max(1.0)).round() as u32)
}

/// Follows a row while it goes on rising or falling; returns where that ends, by how much it went, and its steepest step.
fn monotonous(row: &[u8], from: usize, widest: usize) -> (usize, i32, i32) {
    let at = |x: usize| row.get(x).map_or(255, |pixel| i32::from(*pixel));
    let direction = (at(from + 1) - at(from)).signum();
    let (mut x, mut steepest) = (from, 0);
    while x + 1 < row.len() && x - from < widest {
        let step = at(x + 1) - at(x);
        if step.signum() != direction || step == 0 {
            break;
        }
        steepest = steepest.max(step.abs());
        x += 1;
    }
    (x, (at(x) - at(from)).abs(), steepest)
}
