//! What stands around a word in a text, in the characters that the text has, where the word was found in its normal form.

use super::words::{SearchWords, normal_form, shows_nothing};
use unicode_normalization::char::canonical_combining_class;

/// A word in a text, with what stands before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// What stands before it.
    pub before: String,
    /// The word, as it is written there.
    pub hit: String,
    /// What stands after it.
    pub after: String,
}

/// Characters before and after a word.
const BEFORE: usize = 24;
const AFTER: usize = 48;
/// Characters that are brought into the normal form together.
const TOGETHER: usize = 32;

/// Returns the first place of the first word that stands in a text, with some characters around it; none where none does.
pub fn excerpt(text: &str, words: &SearchWords) -> Option<Excerpt> {
    around(text, &Pieces::of(text), words)
}

/// Tells whether each word stands in a text or in one of the normal forms beside it, and returns what stands around the first
/// that is in the text; none where one of them stands nowhere.
pub fn found_in(text: &str, beside: &[String], words: &SearchWords) -> Option<Option<Excerpt>> {
    let pieces = Pieces::of(text);
    let is_beside = |word: &str| beside.iter().any(|other| other.contains(word));
    let stands = |normal: &str| words.words().all(|word| normal.contains(word) || is_beside(word));
    // Pieces and whole are the same; were they ever not, the whole says what is true.
    (stands(&pieces.normal) || stands(&normal_form(text))).then(|| around(text, &pieces, words))
}

fn around(text: &str, pieces: &Pieces, words: &SearchWords) -> Option<Excerpt> {
    let (start, length) = words.words().find_map(|word| Some((pieces.normal.find(word)?, word.len())))?;
    let (start, end) = (pieces.before(text, start), pieces.after(text, start + length));
    let (before, hit, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let head: Vec<char> = shown(before.chars().rev()).take(BEFORE).collect();
    Some(Excerpt {
        before: head.into_iter().rev().collect(),
        hit: shown(hit.chars()).collect(),
        after: shown(after.chars()).take(AFTER).collect(),
    })
}

/// Leaves of white space one blank, wherever it stands.
fn shown(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut last = '\0';
    chars.map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).filter(move |c| {
        let again = *c == ' ' && last == ' ';
        last = *c;
        !again
    })
}

/// A text in pieces whose normal forms, one after the other, are that of the whole.
struct Pieces {
    normal: String,
    /// Where each begins: in the normal form, and in the text.
    begins: Vec<(usize, usize)>,
}

impl Pieces {
    fn of(text: &str) -> Self {
        let (mut normal, mut begins, mut begin, mut count) = (String::new(), vec![(0, 0)], 0, 0);
        for (at, c) in text.char_indices() {
            // What vanishes in the normal form leaves what follows it to become one with what was before.
            if count >= TOGETHER && stands_alone(c) && !shows_nothing(c) {
                normal.push_str(&normal_form(text.get(begin..at).unwrap_or_default()));
                begins.push((normal.len(), at));
                (begin, count) = (at, 0);
            }
            count += 1;
        }
        normal.push_str(&normal_form(text.get(begin..).unwrap_or_default()));
        Self { normal, begins }
    }

    /// Returns where the character begins in the text that a place in the normal form comes of.
    fn before(&self, text: &str, place: usize) -> usize {
        self.walk(text, place, |reached| reached > place).0
    }

    /// Returns where the character ends in the text that a place in the normal form is the end of.
    fn after(&self, text: &str, place: usize) -> usize {
        let end = self.walk(text, place.saturating_sub(1), |reached| reached >= place).1;
        let marks = text.get(end..).unwrap_or_default().chars().take_while(|c| !stands_alone(*c));
        end + marks.map(char::len_utf8).sum::<usize>()
    }

    /// Goes on from the piece that a place is in until enough of the normal form is reached; returns the last character gone
    /// over, from where to where it stands in the text.
    fn walk(&self, text: &str, place: usize, is_enough: impl Fn(usize) -> bool) -> (usize, usize) {
        let piece = self.begins.partition_point(|(begin, _)| *begin <= place).saturating_sub(1);
        let Some((reached, begin)) = self.begins.get(piece).copied() else { return (0, 0) };
        let rest = text.get(begin..).unwrap_or_default();
        let (mut from, mut end) = (begin, begin);
        for (at, c) in rest.char_indices() {
            (from, end) = (begin + at, begin + at + c.len_utf8());
            if is_enough(reached + normal_form(rest.get(..at + c.len_utf8()).unwrap_or_default()).len()) {
                break;
            }
        }
        (from, end)
    }
}

/// Tells whether a character never becomes one with what stands before it.
fn stands_alone(c: char) -> bool {
    canonical_combining_class(c) == 0
        && !matches!(c, '\u{ff9e}' | '\u{ff9f}' | '\u{1160}'..='\u{11ff}' | '\u{3099}' | '\u{309a}')
}
