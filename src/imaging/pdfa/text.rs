//! The invisible text (text rendering mode 3; ISO 32000-1, 9.3.6), each word where it was read.

use super::font::{ASCENT, Characters, DESCENT, WIDTH};
use crate::imaging::reader::{Line, Word};
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
    /// 880 units above the middle of the upper edge, and 1,000 down). All its characters have one size and stand in one column;
    /// the space between them fills the words' places.
    fn upright(&mut self, line: &Line) {
        let bounds = line.words.iter().map(|word| word.at).fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |all, at| {
            let [left, top, width, height] = at;
            [all[0].min(left), all[1].min(top), all[2].max(left + width), all[3].max(top + height)]
        });
        let [left, top, right, bottom] = bounds;
        let characters = line.words.iter().map(|word| word.text.chars().count()).sum::<usize>().max(1);
        let size = ((bottom - top) * self.scale.1 / characters as f64).clamp(SIZES.0, SIZES.1);
        let middle = (left + right) / 2.0 * self.scale.0;
        self.content.set_horizontal_scaling(100.0);
        self.content.set_font(Name(b"V"), size as f32);
        for (index, word) in line.words.iter().enumerate() {
            let next = line.words.get(index + 1).map(|next: &Word| next.at[1]).filter(|top| *top > word.at[1]);
            let bottom = next.unwrap_or(word.at[1] + word.at[3]);
            let (codes, count) = self.codes(&word.text);
            if count == 0 {
                continue;
            }
            let advance = (bottom - word.at[1]) * self.scale.1 / f64::from(count);
            let top = self.height - word.at[1] * self.scale.1;
            let origin = top - size * (f64::from(ASCENT) - 880.0) / 1000.0;
            // A character goes down by its size less the spacing (9.4.4).
            self.content.set_char_spacing((size - advance) as f32);
            self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, middle as f32, origin as f32]);
            self.content.show(Str(&codes));
        }
        self.content.set_char_spacing(0.0);
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
