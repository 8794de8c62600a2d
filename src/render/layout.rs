//! From blocks to placed lines of text and rules, page by page, on A4.

use super::breaking;
use super::code;
use super::metrics::{Metrics, clusters};
use super::{Block, Fact, RenderError, SealPlace, Sheet};

/// A4 in points.
pub(super) const PAGE: [f32; 2] = [595.28, 841.89];
/// The most pages; a disposal of ten thousand files takes about four hundred.
const MOST_PAGES: usize = 5_000;
const MARGIN: f32 = 62.0;
const WIDTH: f32 = PAGE[0] - 2.0 * MARGIN;
const BODY: f32 = 10.5;
const SMALL: f32 = 8.5;
const TITLE: f32 = 16.0;
const HEADING: f32 = 11.5;
const FOOT: f32 = 7.5;
/// The distance of baselines as a multiple of the size.
const LEADING: f32 = 1.7;
/// Leading within table cells.
const TIGHT: f32 = 1.35;
/// Space between a cell's rule and its text.
const CELL: f32 = 4.0;
/// The side of the square kept for an official seal; municipal seals measure 18 to 24 mm.
const SEAL: f32 = 62.0;
/// Where the window of an envelope for a third of A4 (長形3号, 90 by 45 mm, 20 mm from the left, 12 mm from the top) shows an
/// address for certain, however the letter slides in it: left, top, width and height.
const WINDOW: [f32; 4] = [74.0, 46.0, 226.0, 102.0];
/// Where what must not be seen through the window may begin.
const BELOW_WINDOW: f32 = 190.0;
/// Leading of an address.
const ADDRESS_LEADING: f32 = 1.4;
/// The side of a QR code with its quiet zone: cameras read it off office paper.
const CODE: f32 = 84.0;
/// How far below the line's top a baseline sits, as a multiple of the size.
const RISE: f32 = 0.88;

/// A line of text at its baseline's left end, from the page's upper left corner.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) text: String,
}

/// A straight rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
}

/// One page.
#[derive(Clone, Debug, Default)]
pub(super) struct LaidPage {
    pub(super) runs: Vec<Run>,
    pub(super) rules: Vec<Rule>,
    /// Black rectangles: left, top, width, height.
    pub(super) blacks: Vec<[f32; 4]>,
}

/// All pages.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) pages: Vec<LaidPage>,
    pub(super) seal: Option<SealPlace>,
}

/// Places a sheet's blocks.
pub(super) fn lay_out(sheet: &Sheet, metrics: &dyn Metrics) -> Result<Layout, RenderError> {
    let layout = Layout { pages: vec![LaidPage::default()], seal: None };
    let mut hand = Hand { metrics, y: MARGIN, layout };
    for (index, block) in sheet.blocks.iter().enumerate() {
        hand.block(block, &format!("block {}", index + 1))?;
    }
    hand.feet(&sheet.title)?;
    Ok(hand.layout)
}

struct Hand<'a> {
    metrics: &'a dyn Metrics,
    y: f32,
    layout: Layout,
}

impl Hand<'_> {
    fn block(&mut self, block: &Block, place: &str) -> Result<(), RenderError> {
        match block {
            Block::Title(text) => self.text(text, TITLE, Align::Centre, place),
            Block::Heading(text) => {
                // A heading never stands alone at the foot of a page.
                self.need(HEADING * LEADING + 2.0 * BODY * LEADING)?;
                self.text(text, HEADING, Align::Left, place)
            }
            Block::Paragraph(text) => self.text(text, BODY, Align::Indented, place),
            Block::Line(text) => self.text(text, BODY, Align::Left, place),
            Block::Right(text) => self.text(text, BODY, Align::Right, place),
            Block::Small(text) => self.text(text, SMALL, Align::Left, place),
            Block::Window { lines, name } => self.window(lines, name),
            Block::Sealed(text) => self.sealed(text, place),
            Block::Facts(facts) => self.facts(facts, place),
            Block::Table { columns, rows } => self.table(columns, rows, place),
            Block::Framed { head, lines } => self.framed(head, lines, place),
            Block::Code { text, lines } => self.code(text, lines, place),
            Block::Space(lines) => {
                self.y += lines * BODY * LEADING;
                Ok(())
            }
            Block::NewPage => self.turn(),
        }
    }

    fn text(&mut self, text: &str, size: f32, align: Align, place: &str) -> Result<(), RenderError> {
        let indent = if align == Align::Indented { 1.0 } else { 0.0 };
        let lines = breaking::lines(text, WIDTH / size, indent, self.metrics, place)?;
        for (index, line) in lines.into_iter().enumerate() {
            self.need(size * LEADING)?;
            let free = WIDTH - self.measure(&line) * size;
            let left = match align {
                Align::Left => 0.0,
                Align::Indented => {
                    if index == 0 {
                        size
                    } else {
                        0.0
                    }
                }
                Align::Centre => free / 2.0,
                Align::Right => free,
            };
            self.run(MARGIN + left, self.y + size * (LEADING - 1.0) / 2.0, size, line);
            self.y += size * LEADING;
        }
        Ok(())
    }

    /// Sets the office's name so that the seal's square covers its last character, as seals are pressed by custom.
    fn sealed(&mut self, text: &str, place: &str) -> Result<(), RenderError> {
        const SIZE: f32 = 13.0;
        self.need(SEAL)?;
        let lines = breaking::lines(text, (WIDTH - SEAL) / SIZE, 0.0, self.metrics, place)?;
        let block = lines.len() as f32 * SIZE * LEADING;
        let square_left = MARGIN + WIDTH - SEAL;
        let mut y = self.y + ((SEAL - block) / 2.0).max(0.0);
        for line in lines {
            let left = square_left + SIZE - self.measure(&line) * SIZE;
            self.run(left, y + SIZE * (LEADING - 1.0) / 2.0, SIZE, line);
            y += SIZE * LEADING;
        }
        let bottom = PAGE[1] - self.y - SEAL;
        self.layout.seal = Some(SealPlace { page: self.layout.pages.len(), at: [square_left, bottom, SEAL, SEAL] });
        self.y += SEAL.max(block);
        Ok(())
    }

    /// Sets an address where the window of an envelope shows it, and goes on below.
    fn window(&mut self, lines: &[String], name: &str) -> Result<(), RenderError> {
        const SIZE: f32 = 10.5;
        const NAME: f32 = 13.0;
        let [left, top, width, height] = WINDOW;
        let mut set: Vec<(f32, String)> = Vec::new();
        for (size, text, place) in
            lines.iter().map(|line| (SIZE, line, "address")).chain(std::iter::once((NAME, &name.to_owned(), "name")))
        {
            let broken = breaking::lines(text, width / size, 0.0, self.metrics, place)?;
            set.extend(broken.into_iter().map(|line| (size, line)));
        }
        if set.iter().map(|(size, _)| size * ADDRESS_LEADING).sum::<f32>() > height {
            return Err(RenderError::DoesNotFit("the address".to_owned()));
        }
        let mut y = top;
        for (size, line) in set {
            self.run(left, y + size * (ADDRESS_LEADING - 1.0) / 2.0, size, line);
            y += size * ADDRESS_LEADING;
        }
        self.y = self.y.max(BELOW_WINDOW);
        Ok(())
    }

    /// Sets a word and its lines in a frame, which stays on one page.
    fn framed(&mut self, head: &str, lines: &[String], place: &str) -> Result<(), RenderError> {
        const INSET: f32 = 10.0;
        let width = WIDTH - 2.0 * INSET;
        let mut set: Vec<(f32, String)> = Vec::new();
        for (size, text) in std::iter::once((TITLE, head)).chain(lines.iter().map(|line| (BODY, line.as_str()))) {
            let broken = breaking::lines(text, width / size, 0.0, self.metrics, place)?;
            set.extend(broken.into_iter().map(|line| (size, line)));
        }
        let height = set.iter().map(|(size, _)| size * LEADING).sum::<f32>() + INSET;
        self.need(height)?;
        let (top, left, right) = (self.y, MARGIN, MARGIN + WIDTH);
        self.y += INSET / 2.0;
        for (size, line) in set {
            self.run(left + INSET, self.y + size * (LEADING - 1.0) / 2.0, size, line);
            self.y += size * LEADING;
        }
        self.y = top + height;
        let corners = [[left, top], [right, top], [right, self.y], [left, self.y], [left, top]];
        corners.windows(2).for_each(|pair| self.rule(pair[0], pair[1]));
        Ok(())
    }

    /// Sets a code with its lines beside it, which stay on one page.
    fn code(&mut self, text: &str, lines: &[String], place: &str) -> Result<(), RenderError> {
        const GAP: f32 = 8.0;
        let (modules, runs) = code::runs(text).ok_or_else(|| RenderError::DoesNotFit("the code".to_owned()))?;
        let mut set = Vec::new();
        for line in lines {
            set.extend(breaking::lines(line, (WIDTH - CODE - GAP) / SMALL, 0.0, self.metrics, place)?);
        }
        let block = set.len() as f32 * SMALL * LEADING;
        self.need(CODE.max(block))?;
        let (top, module) = (self.y, CODE / modules as f32);
        if let Some(page) = self.layout.pages.last_mut() {
            let black = |[x, y, length]: [i32; 3]| {
                [MARGIN + x as f32 * module, top + y as f32 * module, length as f32 * module, module]
            };
            page.blacks.extend(runs.into_iter().map(black));
        }
        self.y += ((CODE - block) / 2.0).max(0.0);
        for line in set {
            self.run(MARGIN + CODE + GAP, self.y + SMALL * (LEADING - 1.0) / 2.0, SMALL, line);
            self.y += SMALL * LEADING;
        }
        self.y = top + CODE.max(block);
        Ok(())
    }

    fn facts(&mut self, facts: &[Fact], place: &str) -> Result<(), RenderError> {
        let columns = [0.26, 0.74];
        for (index, fact) in facts.iter().enumerate() {
            let cells = [fact.label.as_str(), fact.value.as_str()];
            let place = format!("{place}, row {}", index + 1);
            self.row(&cells, &columns, BODY - 0.5, index == 0, &place)?;
        }
        Ok(())
    }

    fn table(&mut self, columns: &[(String, f32)], rows: &[Vec<String>], place: &str) -> Result<(), RenderError> {
        let total: f32 = columns.iter().map(|(_, share)| share.max(0.01)).sum();
        let shares: Vec<f32> = columns.iter().map(|(_, share)| share.max(0.01) / total).collect();
        let heads: Vec<&str> = columns.iter().map(|(head, _)| head.as_str()).collect();
        self.row(&heads, &shares, SMALL, true, &format!("{place}, head"))?;
        for (index, row) in rows.iter().enumerate() {
            if row.len() != columns.len() {
                return Err(RenderError::Table { columns: columns.len(), found: row.len() });
            }
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            let page = self.layout.pages.len();
            let height = self.row_height(&cells, &shares, SMALL, place)?;
            self.need(height.min(PAGE[1] - 2.0 * MARGIN))?;
            if self.layout.pages.len() > page {
                self.row(&heads, &shares, SMALL, true, &format!("{place}, head"))?;
            }
            self.row(&cells, &shares, SMALL, false, &format!("{place}, row {}", index + 1))?;
        }
        Ok(())
    }

    fn row_height(&self, cells: &[&str], shares: &[f32], size: f32, place: &str) -> Result<f32, RenderError> {
        let mut most = 1;
        for (cell, share) in cells.iter().zip(shares) {
            most = most.max(self.cell(cell, *share, size, place)?.len());
        }
        Ok(most as f32 * size * TIGHT + 2.0 * CELL)
    }

    fn cell(&self, text: &str, share: f32, size: f32, place: &str) -> Result<Vec<String>, RenderError> {
        breaking::lines(text, (WIDTH * share - 2.0 * CELL) / size, 0.0, self.metrics, place)
    }

    /// Sets one ruled row; one taller than a page goes on on the next.
    fn row(&mut self, cells: &[&str], shares: &[f32], size: f32, first: bool, place: &str) -> Result<(), RenderError> {
        let mut columns: Vec<Vec<String>> = Vec::new();
        for (cell, share) in cells.iter().zip(shares) {
            columns.push(self.cell(cell, *share, size, place)?);
        }
        let mut first = first;
        loop {
            let most = columns.iter().map(Vec::len).max().unwrap_or(0);
            let whole = most as f32 * size * TIGHT + 2.0 * CELL;
            let page = self.layout.pages.len();
            self.need(whole.min(PAGE[1] - 2.0 * MARGIN))?;
            first |= self.layout.pages.len() > page;
            let room = PAGE[1] - MARGIN - self.y - 2.0 * CELL;
            // A hair more than the room is rounding, not another line.
            let fits = (room / (size * TIGHT) + 0.01).max(1.0) as usize;
            let piece: Vec<Vec<String>> =
                columns.iter_mut().map(|lines| lines.drain(..lines.len().min(fits)).collect()).collect();
            self.piece(piece, shares, size, first);
            first = false;
            if most <= fits {
                return Ok(());
            }
        }
    }

    /// Sets what fits of a row.
    fn piece(&mut self, columns: Vec<Vec<String>>, shares: &[f32], size: f32, first: bool) {
        let most = columns.iter().map(Vec::len).max().unwrap_or(0);
        let height = most as f32 * size * TIGHT + 2.0 * CELL;
        let top = self.y;
        let mut left = MARGIN;
        for (lines, share) in columns.into_iter().zip(shares) {
            for (index, line) in lines.into_iter().enumerate() {
                let y = top + CELL + index as f32 * size * TIGHT + size * (TIGHT - 1.0) / 2.0;
                self.run(left + CELL, y, size, line);
            }
            self.rule([left, top], [left, top + height]);
            left += WIDTH * share;
        }
        self.rule([left, top], [left, top + height]);
        if first {
            self.rule([MARGIN, top], [left, top]);
        }
        self.rule([MARGIN, top + height], [left, top + height]);
        self.y += height;
    }

    /// Turns the page where what follows does not fit any more.
    fn need(&mut self, height: f32) -> Result<(), RenderError> {
        if self.y + height <= PAGE[1] - MARGIN || self.y <= MARGIN {
            return Ok(());
        }
        self.turn()
    }

    /// Begins a page.
    fn turn(&mut self) -> Result<(), RenderError> {
        if self.layout.pages.len() >= MOST_PAGES {
            return Err(RenderError::TooLong(MOST_PAGES));
        }
        self.layout.pages.push(LaidPage::default());
        self.y = MARGIN;
        Ok(())
    }

    fn feet(&mut self, title: &str) -> Result<(), RenderError> {
        let count = self.layout.pages.len();
        for index in 0..count {
            let text = format!("{title}  {} / {count}", index + 1);
            let line = breaking::lines(&text, WIDTH / FOOT, 0.0, self.metrics, "foot")?.swap_remove(0);
            let x = MARGIN + (WIDTH - self.measure(&line) * FOOT) / 2.0;
            self.layout.pages[index].runs.push(Run { x, y: PAGE[1] - 36.0, size: FOOT, text: line });
        }
        Ok(())
    }

    fn measure(&self, line: &str) -> f32 {
        clusters(line).filter_map(|cluster| self.metrics.width(cluster)).sum()
    }

    fn run(&mut self, x: f32, top: f32, size: f32, text: String) {
        if let Some(page) = self.layout.pages.last_mut()
            && !text.is_empty()
        {
            page.runs.push(Run { x, y: top + size * RISE, size, text });
        }
    }

    fn rule(&mut self, from: [f32; 2], to: [f32; 2]) {
        if let Some(page) = self.layout.pages.last_mut() {
            page.rules.push(Rule { from, to });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Indented,
    Centre,
    Right,
}
