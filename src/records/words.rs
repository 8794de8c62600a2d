//! Words as people look for them: the normal form of titles and numbers, what stands in it, and the pieces by which it is
//! found.
//!
//! Two texts that people take for the same have the same normal form. It is made of NFKC (widths, half-width kana,
//! compatibility forms), lower case, and then, character by character: katakana is read as hiragana, small ヵ and ヶ as か
//! and け, since registers write ゴミ and ごみ, 霞ヶ関 and 霞ケ関 by turns; old forms of characters and variants in names
//! are read as the form of today (`forms`); every dash is a hyphen and every wave a tilde. White space, control
//! characters, variation selectors and whatever else shows nothing are left out, so that 山田　太郎 is found by 山田太郎.

use super::forms::form_of_today;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// The number of this normal form and of its pairs. To be counted up with every change of what [`normal_form`] or [`grams`]
/// return: an index of another number is made anew.
pub const WORD_FORM: u32 = 1;

/// By how much records are looked up at most; what has it is held against the words themselves.
const MOST_GRAMS: usize = 12;

/// Returns the normal form of a text. That of a normal form is itself.
pub fn normal_form(text: &str) -> String {
    let (mut normal, mut rest) = (String::with_capacity(text.len()), text);
    while !rest.is_empty() {
        // What NFKC leaves as it is makes up most of a document. The last one may become another with what follows.
        let plain = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
        let last = rest.get(..plain).and_then(|head| head.chars().next_back()).map_or(0, char::len_utf8);
        let plain = if plain == rest.len() { plain } else { plain - last };
        let (head, tail) = rest.split_at(plain);
        normal.extend(head.chars().map(|c| alike(c.to_ascii_lowercase())));
        // From there on to where plain characters go on, two of them, all of it has to be looked at.
        let mut was_plain = false;
        let stop = tail.char_indices().skip(1).find(|(_, c)| {
            let goes_on = was_plain && is_plain(*c);
            was_plain = is_plain(*c);
            goes_on
        });
        let (odd, after) = tail.split_at(stop.map_or(tail.len(), |(at, _)| at));
        let shown = odd.chars().filter(|c| !shows_nothing(*c));
        normal.extend(shown.nfkc().flat_map(char::to_lowercase).filter(|c| !shows_nothing(*c)).map(alike).nfkc());
        rest = after;
    }
    normal
}

/// Tells whether NFKC leaves a character as it is, whatever stands before it.
fn is_plain(c: char) -> bool {
    matches!(c, '!'..='~' | '\u{4e00}'..='\u{9fff}' | 'ぁ'..='ゔ' | 'ァ'..='ヺ' | 'ー' | '、' | '。' | '「' | '」')
}

/// Returns what a normal form is found by: each of its characters, each two that stand side by side, and each three digits,
/// as two of them stand in every tenth number.
pub fn grams(normal: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut before: Option<usize> = None;
    for (start, c) in normal.char_indices() {
        let end = start + c.len_utf8();
        found.extend(normal.get(start..end));
        found.extend(before.and_then(|first| normal.get(first..end)));
        let three = end.checked_sub(3).and_then(|first| normal.get(first..end));
        found.extend(three.filter(|three| three.bytes().all(|byte| byte.is_ascii_digit())));
        before = Some(start);
    }
    found
}

/// Words that are looked for: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// Reads words that white space stands between. A text that shows nothing has none, and they stand everywhere.
    pub fn of(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut met = BTreeSet::new();
        for word in text.split_whitespace().map(normal_form) {
            if !word.is_empty() && met.insert(word.clone()) {
                words.push(word);
            }
        }
        Self(words)
    }

    /// Tells whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the normal form of each word.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Tells whether each word stands in one of the texts.
    pub fn stand_in<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        if self.is_empty() {
            return true;
        }
        let normals: Vec<String> = texts.into_iter().map(normal_form).collect();
        self.words().all(|word| normals.iter().any(|text| text.contains(word)))
    }

    /// Returns what every text has among its [`grams`] in which the words stand: not all of it, where it is much.
    pub fn grams(&self) -> Vec<&str> {
        let is_pair = |gram: &str| gram.chars().nth(1).is_some();
        let pairs: BTreeSet<&str> = self.0.iter().flat_map(|word| grams(word)).filter(|gram| is_pair(gram)).collect();
        // A character alone says less than a pair that it stands in.
        let alone = self.0.iter().map(String::as_str).filter(|word| !is_pair(word));
        let all: Vec<&str> = pairs.iter().copied().chain(alone).collect();
        let step = all.len().div_ceil(MOST_GRAMS).max(1);
        all.into_iter().step_by(step).collect()
    }
}

/// Tells whether the words stand in a text, for a hold: by the normal form, or letter by letter as they are. The latter
/// takes in what the former tells apart, such as a letter and its mark of sound that were written as two characters.
pub(super) fn hold_finds(words: &str, text: &str) -> bool {
    text.contains(words) || SearchWords::of(words).stand_in([text])
}

/// Reads a character as the one that people take for the same.
fn alike(c: char) -> char {
    match c {
        'ヵ' | 'ゕ' => 'か',
        'ヶ' | 'ゖ' => 'け',
        'ァ'..='ヴ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' => '-',
        '\u{301c}' | '\u{3030}' | '\u{223c}' => '~',
        _ => form_of_today(c),
    }
}

/// Tells whether nothing is to be seen of a character: white space, controls, what Unicode calls ignorable by default, and
/// the mark that stands where a database has no place for a character.
pub(super) fn shows_nothing(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fffd}')
        || matches!(c, '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
