//! Line breaking for Japanese text with Latin words in it, after the rules of JIS X 4051 that official letters need.

use super::RenderError;
use super::metrics::{Metrics, clusters};

/// Characters that do not begin a line (行頭禁則).
const NOT_FIRST: &str =
    "、。，．・：；？！ー－〜)）]］}｝」』】〕〉》々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!%％℃";
/// Characters that do not end a line (行末禁則).
const NOT_LAST: &str = "(（[［{｛「『【〔〈《#№¥￥";

/// The most words carried to the next line; where more would have to go, the line ends against the rules instead.
const MOST_CARRIED: usize = 8;

/// Breaks a text into lines no wider than `width` ems, the first one shorter by `indent` ems. A line break in the text
/// is kept.
pub(super) fn lines(
    text: &str,
    width: f32,
    indent: f32,
    metrics: &dyn Metrics,
    place: &str,
) -> Result<Vec<String>, RenderError> {
    let mut all = Vec::new();
    let mut seen = 0;
    for (number, paragraph) in text.split('\n').enumerate() {
        let mut breaker = Breaker { width, room: width - if number == 0 { indent } else { 0.0 }, ..Breaker::default() };
        for word in words(paragraph, metrics, place, &mut seen)? {
            breaker.add(word);
        }
        breaker.flush();
        all.append(&mut breaker.lines);
        seen += 1;
    }
    Ok(all)
}

/// What stays together on a line.
#[derive(Clone, Debug)]
struct Word {
    text: String,
    width: f32,
}

impl Word {
    fn may_begin(&self) -> bool {
        !self.text.starts_with(|first| NOT_FIRST.contains(first))
    }

    fn may_end(&self) -> bool {
        !self.text.ends_with(|last| NOT_LAST.contains(last))
    }
}

/// Splits into words: a run of Latin letters and digits, or one character of any other kind.
fn words(text: &str, metrics: &dyn Metrics, place: &str, seen: &mut usize) -> Result<Vec<Word>, RenderError> {
    let mut words: Vec<Word> = Vec::new();
    let mut in_latin = false;
    for cluster in clusters(text) {
        *seen += 1;
        let first = cluster.chars().next().unwrap_or(' ');
        let width = metrics.width(cluster).ok_or_else(|| RenderError::MissingGlyph {
            character: first,
            place: place.to_owned(),
            position: *seen,
        })?;
        let latin = first.is_ascii_graphic();
        match words.last_mut() {
            Some(word) if latin && in_latin => {
                word.text.push_str(cluster);
                word.width += width;
            }
            _ => words.push(Word { text: cluster.to_owned(), width }),
        }
        in_latin = latin;
    }
    Ok(words)
}

#[derive(Default)]
struct Breaker {
    width: f32,
    room: f32,
    used: f32,
    current: Vec<Word>,
    lines: Vec<String>,
}

impl Breaker {
    fn add(&mut self, word: Word) {
        if self.used + word.width <= self.room + 0.001 {
            self.used += word.width;
            self.current.push(word);
            return;
        }
        // A word wider than a line, such as a digest, is cut wherever the line ends.
        if word.width > self.width && word.text.chars().count() > 1 {
            let each = word.width / word.text.chars().count() as f32;
            for character in word.text.chars() {
                self.add(Word { text: character.to_string(), width: each });
            }
            return;
        }
        let mut carried = vec![word];
        while self.current.len() > 1 && carried.len() <= MOST_CARRIED {
            let begins = carried.first().is_none_or(Word::may_begin);
            let ends = self.current.last().is_none_or(Word::may_end);
            if begins && ends {
                break;
            }
            let Some(last) = self.current.pop() else { break };
            carried.insert(0, last);
        }
        self.flush();
        self.room = self.width;
        // A space that a line would begin with is the break itself.
        if carried.first().is_some_and(|word| word.text == " ") {
            carried.remove(0);
        }
        self.used = carried.iter().map(|word| word.width).sum();
        self.current = carried;
    }

    fn flush(&mut self) {
        let line: String = self.current.drain(..).map(|word| word.text).collect();
        self.lines.push(line.trim_end_matches(' ').to_owned());
        self.used = 0.0;
    }
}
