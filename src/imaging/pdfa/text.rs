//! The invisible text (text rendering mode 3; ISO 32000-1, 9.3.6), each word where it was read.

use super::font::{ASCENT, Characters, DESCENT, WIDTH};
use crate::imaging::reader::Line;
use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Name, Str};

/// The smallest and the largest size of text that is written, in points.
const SIZES: (f64, f64) = (1.0, 2_000.0);

/// Writes the text of a page; `scale` turns pixels into points, `height` is the page's in points.
pub(super) fn write(
    content: &mut Content,
    characters: &mut Characters,
    lines: &[Line],
    height: f64,
    scale: (f64, f64),
) {
    if lines.iter().all(|line| line.words.is_empty()) {
        return;
    }
    content.begin_text();
    content.set_text_rendering_mode(TextRenderingMode::Invisible);
    let mut pen = Pen { content, characters, height, scale };
    for line in lines {
        if line.upright { pen.upright(line) } else { pen.level(line) }
    }
    content.end_text();
}

struct Pen<'a> {
    content: &'a mut Content,
    characters: &'a mut Characters,
    height: f64,
    scale: (f64, f64),
}

impl Pen<'_> {
    /// Writes a line from left to right. All its words have its height and baseline; a word reaches to the next one, so that
    /// who copies the text sees no space where none is.
    fn level(&mut self, line: &Line) {
        let top = line.words.iter().map(|word| word.at[1]).fold(f64::MAX, f64::min);
        let bottom = line.words.iter().map(|word| word.at[1] + word.at[3]).fold(f64::MIN, f64::max);
        let size = ((bottom - top) * self.scale.1).clamp(SIZES.0, SIZES.1);
        let baseline = self.height - bottom * self.scale.1 + size * f64::from(DESCENT) / 1000.0;
        self.content.set_font(Name(b"H"), size as f32);
        for (index, word) in line.words.iter().enumerate() {
            let next = line.words.get(index + 1);
            let (mut codes, mut count) = self.codes(&word.text);
            if next.is_some_and(|next| next.spaced) {
                let (space, one) = self.codes(" ");
                codes.extend(space);
                count += one;
            }
            let own = word.at[0] + word.at[2];
            let end = next.map(|next| next.at[0]).filter(|left| *left > word.at[0]).unwrap_or(own);
            let width = (end - word.at[0]).max(1.0) * self.scale.0;
            let natural = f64::from(WIDTH) / 1000.0 * size * f64::from(count);
            if count > 0 {
                self.content.set_horizontal_scaling((width / natural * 100.0) as f32);
                self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, (word.at[0] * self.scale.0) as f32, baseline as f32]);
                self.content.show(Str(&codes));
            }
        }
    }

    /// Writes a line from top to bottom, character under character (ISO 32000-1, 9.7.4.3: the default for vertical writing is
    /// 880 units above the middle of the upper edge, and 1,000 down). What stands close together is one text with equal steps:
    /// readers take uneven ones for spaces.
    fn upright(&mut self, line: &Line) {
        let left = line.words.iter().map(|word| word.at[0]).fold(f64::MAX, f64::min);
        let right = line.words.iter().map(|word| word.at[0] + word.at[2]).fold(f64::MIN, f64::max);
        let middle = (left + right) / 2.0 * self.scale.0;
        self.content.set_horizontal_scaling(100.0);
        for run in line.words.chunk_by(|word, next| next.at[1] - (word.at[1] + word.at[3]) < (right - left) * 0.8) {
            let top = run.iter().map(|word| word.at[1]).fold(f64::MAX, f64::min);
            let bottom = run.iter().map(|word| word.at[1] + word.at[3]).fold(f64::MIN, f64::max);
            let mut text = String::new();
            for (index, word) in run.iter().enumerate() {
                if index > 0 && word.spaced {
                    text.push(' ');
                }
                text.push_str(&word.text);
            }
            let (codes, count) = self.codes(&text);
            if count == 0 {
                continue;
            }
            let size = ((bottom - top) * self.scale.1 / f64::from(count)).clamp(SIZES.0, SIZES.1);
            let origin = self.height - top * self.scale.1 - size * (f64::from(ASCENT) - 880.0) / 1000.0;
            self.content.set_font(Name(b"V"), size as f32);
            self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, middle as f32, origin as f32]);
            self.content.show(Str(&codes));
        }
    }

    /// Returns the codes of a text, and how many characters they are.
    fn codes(&mut self, text: &str) -> (Vec<u8>, u32) {
        let mut codes = Vec::with_capacity(text.len());
        for code in text.chars().filter_map(|character| self.characters.code(character)) {
            codes.extend(code.to_be_bytes());
        }
        let count = codes.len() as u32 / 2;
        (codes, count)
    }
}
