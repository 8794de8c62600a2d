//! Words with their places, from the table that `tesseract` writes (TSV).

use super::Reading;
use crate::imaging::limits;

/// A word on a page.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::imaging) struct Word {
    /// Its characters.
    pub text: String,
    /// Left, top, width and height in pixels.
    pub at: [f64; 4],
    /// Whether a space stands between it and the word before it.
    pub spaced: bool,
}

/// A line of words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::imaging) struct Line {
    /// Its words.
    pub words: Vec<Word>,
    /// Whether it runs from top to bottom.
    pub upright: bool,
    /// The block it belongs to.
    block: u32,
}

/// Returns the text of lines: one a line, an empty line between blocks.
pub(in crate::imaging) fn text_of(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut block = None;
    for line in lines {
        if block.is_some_and(|block| block != line.block) {
            text.push('\n');
        }
        block = Some(line.block);
        for word in &line.words {
            if word.spaced {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text.push('\n');
    }
    text
}

/// Reads the table; places are multiplied by the scale.
pub(super) fn read(table: &str, scale: f64) -> Reading {
    let (mut lines, mut key): (Vec<Line>, _) = (Vec::new(), None);
    let (mut characters, mut confident) = (0_usize, 0.0);
    for row in table.lines() {
        let Some(row) = Row::read(row) else { continue };
        let count = row.text.chars().count();
        if characters + count > limits::MOST_CHARACTERS {
            break;
        }
        characters += count;
        confident += row.confidence.clamp(0.0, 100.0) * count as f64;
        if key != Some(row.line) {
            key = Some(row.line);
            lines.push(Line { block: row.line.0, ..Line::default() });
        }
        if let Some(line) = lines.last_mut() {
            let spaced = line.words.last().is_some_and(|last| is_spaced(&last.text, &row.text));
            line.words.push(Word { text: row.text, at: row.at.map(|value| value * scale), spaced });
        }
    }
    lines.iter_mut().for_each(|line| line.upright = is_upright(line));
    Reading {
        lines,
        characters: characters as u32,
        confidence: (characters > 0).then(|| (confident / characters as f64).round() as u32),
    }
}

/// One word's row of the table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
struct Row {
    line: (u32, u32, u32),
    at: [f64; 4],
    confidence: f64,
    text: String,
}

impl Row {
    fn read(row: &str) -> Option<Self> {
        let fields: Vec<&str> = row.splitn(12, '\t').collect();
        let [level, _, block, paragraph, line, _, left, top, width, height, confidence, text] = fields.as_slice()
        else {
            return None;
        };
        let number = |field: &str| field.parse::<u32>().ok();
        // Level 5 is a word.
        if number(level)? != 5 {
            return None;
        }
        let text: String = text.chars().filter(|c| is_written(*c)).collect();
        if text.is_empty() {
            return None;
        }
        let place = |field: &str| field.parse::<f64>().ok();
        Some(Self {
            line: (number(block)?, number(paragraph)?, number(line)?),
            at: [place(left)?, place(top)?, place(width)?, place(height)?],
            confidence: place(confidence)?,
            text,
        })
    }
}

/// Leaves out spaces, controls, and what no text has: marks of byte order and noncharacters (ISO 19005-2, 6.2.11.7.2).
fn is_written(c: char) -> bool {
    let code = u32::from(c);
    !c.is_whitespace()
        && !c.is_control()
        && code != 0xfeff
        && code & 0xfffe != 0xfffe
        && !(0xfdd0..=0xfdef).contains(&code)
}

/// Tells whether a space belongs between two words. The program puts them between Japanese words, where none are written.
fn is_spaced(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else { return false };
    !is_japanese(last) && !is_japanese(first)
}

/// Tells whether a character is set without spaces around it.
fn is_japanese(c: char) -> bool {
    matches!(u32::from(c),
        0x2010..=0x206f | 0x2190..=0x21ff | 0x2460..=0x27bf | 0x2e80..=0x9fff | 0xf900..=0xfaff
        | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x2_0000..=0x3_ffff)
}

/// Tells whether a line runs from top to bottom: it is higher than it is wide, and so are the words that have several
/// characters.
fn is_upright(line: &Line) -> bool {
    let (mut left, mut top, mut right, mut bottom) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
    let mut characters = 0;
    for word in &line.words {
        let [x, y, width, height] = word.at;
        (left, top) = (left.min(x), top.min(y));
        (right, bottom) = (right.max(x + width), bottom.max(y + height));
        characters += word.text.chars().count();
    }
    characters > 1 && bottom - top > (right - left) * 1.5
}
