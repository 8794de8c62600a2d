//! The marks on a page: connected darker places, with what tells a pen's stroke from a speck, a shadow or the back's ink.

use super::paper::Paper;

/// How much darker than paper a pixel of the faintest mark is.
const FAINTEST: f64 = 22.0;
/// How many deviations of the paper's noise it is darker at least.
const ABOVE_NOISE: f64 = 5.5;
/// The runs of marks on one page that are looked at; noise beyond all measure has more.
const MOST_RUNS: usize = 4_000_000;

/// A connected dark place; its bounds in pixels, the far ones excluded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Its left edge.
    pub left: usize,
    /// Its upper edge.
    pub top: usize,
    /// Its right edge.
    pub right: usize,
    /// Its lower edge.
    pub bottom: usize,
    /// Its pixels.
    pub area: usize,
    /// Its darkest pixel.
    pub darkest: u8,
    /// The steepest step into or out of it, over three pixels.
    pub steepest: u8,
}

/// What a page bears.
pub(super) struct Marks {
    /// Every mark that is no speck, no shadow and no shine of the back.
    pub content: Vec<Mark>,
    /// The share of the page that they cover, in millionths.
    pub ink_ppm: u32,
    /// Whether the page is blank.
    pub blank: bool,
    /// Whether what is there runs off at the left, upper, right and lower edge of the picture.
    pub cut: [bool; 4],
}

/// Looks for the marks of a page.
pub(super) fn look(paper: &Paper) -> Marks {
    let threshold = FAINTEST.max(paper.noise * ABOVE_NOISE).min(200.0) as u8;
    let all = connected(paper, threshold);
    let content: Vec<Mark> =
        all.into_iter().filter(|mark| !is_speck(mark, paper) && !is_shadow(mark, paper) && is_sharp(mark)).collect();
    let (width, height) = (paper.dark.width, paper.dark.height);
    let area: usize = content.iter().map(|mark| mark.area).sum();
    let ink_ppm = (area as f64 * 1e6 / (width * height).max(1) as f64) as u32;
    let long = |millimetres: f64| {
        let least = paper.pixels(millimetres).max(2.0) as usize;
        content.iter().filter(|mark| (mark.right - mark.left).max(mark.bottom - mark.top) >= least).count()
    };
    // One stroke of 2 mm, or three of 1 mm: a line of the smallest print has more.
    let blank = long(2.0) == 0 && long(1.0) < 3;
    let near = paper.pixels(0.3).max(1.0) as usize;
    let cut = |at: &dyn Fn(&Mark) -> bool| content.iter().any(|mark| mark.darkest > 60 && at(mark));
    let cut = [
        cut(&|mark| mark.left < near),
        cut(&|mark| mark.top < near),
        cut(&|mark| mark.right + near > width),
        cut(&|mark| mark.bottom + near > height),
    ];
    Marks { content, ink_ppm, blank, cut }
}

/// A speck is smaller than a full stop of small print.
fn is_speck(mark: &Mark, paper: &Paper) -> bool {
    let least = paper.pixels(0.45).max(2.0) as usize;
    mark.right - mark.left < least && mark.bottom - mark.top < least
}

/// The shadow of a lid or a page's edge lies along an edge of the picture, and is long and narrow.
fn is_shadow(mark: &Mark, paper: &Paper) -> bool {
    let near = paper.pixels(1.0).max(2.0) as usize;
    let narrow = paper.pixels(12.0) as usize;
    let (wide, high) = (mark.right - mark.left, mark.bottom - mark.top);
    let (width, height) = (paper.dark.width, paper.dark.height);
    let upright = (mark.left < near || mark.right + near > width) && wide <= narrow && high >= wide.saturating_mul(4);
    let level = (mark.top < near || mark.bottom + near > height) && high <= narrow && wide >= high.saturating_mul(4);
    // Along several edges at once: a frame, of which little is covered.
    let edges = [mark.left < near, mark.top < near, mark.right + near > width, mark.bottom + near > height];
    let frame = edges.iter().filter(|edge| **edge).count() >= 2
        && wide.saturating_mul(10) >= width.saturating_mul(7)
        && high.saturating_mul(10) >= height.saturating_mul(7)
        && mark.area.saturating_mul(12) < wide.saturating_mul(high);
    upright || level || frame
}

/// What shines through from the back is faint, and has no sharp contours; a pencil's stroke has.
fn is_sharp(mark: &Mark) -> bool {
    mark.darkest >= 70 || (mark.darkest >= 28 && mark.steepest >= 18)
}

/// A run of dark pixels in a row.
#[derive(Clone, Copy)]
struct Run {
    left: usize,
    right: usize,
    mark: usize,
}

/// Finds the connected dark places, eight neighbours each, by their runs.
fn connected(paper: &Paper, threshold: u8) -> Vec<Mark> {
    let mut forest = Forest::default();
    let (mut above, mut here): (Vec<Run>, Vec<Run>) = (Vec::new(), Vec::new());
    let mut seen = 0;
    for y in 0..paper.dark.height {
        here.clear();
        let row = paper.dark.row(y);
        let mut x = 0;
        let mut candidate = 0;
        while let Some(start) = row.get(x..).and_then(|rest| rest.iter().position(|pixel| *pixel >= threshold)) {
            let left = x + start;
            let length = row.get(left..).unwrap_or_default().iter().take_while(|pixel| **pixel >= threshold).count();
            let right = left + length;
            let mark = forest.add(measured(row, left, right, y));
            // Runs of the row above that end before this one begins touch no later one either.
            while above.get(candidate).is_some_and(|run| run.right < left) {
                candidate += 1;
            }
            for run in above.get(candidate..).unwrap_or_default().iter().take_while(|run| run.left <= right) {
                forest.join(run.mark, mark);
            }
            here.push(Run { left, right, mark });
            seen += 1;
            x = right;
        }
        std::mem::swap(&mut above, &mut here);
        if seen > MOST_RUNS {
            break;
        }
    }
    forest.marks()
}

/// Measures one run.
fn measured(row: &[u8], left: usize, right: usize, y: usize) -> Mark {
    let pixels = row.get(left..right).unwrap_or_default();
    let at = |x: usize| row.get(x).copied();
    let into = at(left + 1).zip(left.checked_sub(2).and_then(at)).map_or(0, |(dark, light)| dark.abs_diff(light));
    let out = right.checked_sub(2).and_then(at).zip(at(right + 1)).map_or(0, |(dark, light)| dark.abs_diff(light));
    Mark {
        left,
        top: y,
        right,
        bottom: y + 1,
        area: right - left,
        darkest: pixels.iter().copied().max().unwrap_or(0),
        steepest: into.max(out),
    }
}

/// Marks that are found to be one (disjoint sets).
#[derive(Default)]
struct Forest {
    parents: Vec<usize>,
    marks: Vec<Mark>,
}

impl Forest {
    fn add(&mut self, mark: Mark) -> usize {
        self.parents.push(self.parents.len());
        self.marks.push(mark);
        self.parents.len() - 1
    }

    fn root(&mut self, mut of: usize) -> usize {
        loop {
            let Some(parent) = self.parents.get(of).copied() else { return of };
            if parent == of {
                return of;
            }
            // Half the way is saved for whoever comes next.
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(entry) = self.parents.get_mut(of) {
                *entry = above;
            }
            of = above;
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        let (to, from) = (one.min(other), one.max(other));
        if let Some(parent) = self.parents.get_mut(from) {
            *parent = to;
        }
        let Some(gone) = self.marks.get(from).copied() else { return };
        if let Some(mark) = self.marks.get_mut(to) {
            mark.left = mark.left.min(gone.left);
            mark.top = mark.top.min(gone.top);
            mark.right = mark.right.max(gone.right);
            mark.bottom = mark.bottom.max(gone.bottom);
            mark.area += gone.area;
            mark.darkest = mark.darkest.max(gone.darkest);
            mark.steepest = mark.steepest.max(gone.steepest);
        }
    }

    fn marks(self) -> Vec<Mark> {
        let roots = self.parents.iter().enumerate().filter(|(index, parent)| index == *parent);
        roots.filter_map(|(index, _)| self.marks.get(index).copied()).collect()
    }
}
