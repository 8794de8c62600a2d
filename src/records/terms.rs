//! The pieces by which contents are found, as numbers: each two characters of a normal form that stand side by side, and each
//! three digits and letters of ASCII, as two of them stand in every document.
//!
//! A number of 32 bits holds both characters as they are (UTF-16), so that all pairs that begin with a character are a range,
//! and a character alone needs no piece of its own. What lies beyond 16 bits shares a number with others: an index of pieces
//! says where words may stand, the text itself whether they do.

use super::SearchWords;

/// By how many pieces a word is looked up at most: the text decides.
const MOST_OF_A_WORD: usize = 3;
/// By how many pieces words are looked up at most.
const MOST_TERMS: usize = 8;
/// Where the first halves of three digits and letters lie, among characters for private use.
const THREES: u32 = 0xe000;

/// What a text has where a word stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sought {
    /// This piece.
    Term(u32),
    /// A piece that begins with this half.
    Beginning(u16),
}

impl Sought {
    /// Returns the first piece and the last one that will do.
    pub fn range(self) -> (u32, u32) {
        match self {
            Self::Term(term) => (term, term),
            Self::Beginning(half) => (u32::from(half) << 16, (u32::from(half) << 16) | 0xffff),
        }
    }
}

/// Returns the pieces of some normal forms, in order, each once.
pub fn terms<'a>(normals: impl IntoIterator<Item = &'a str>) -> Vec<u32> {
    let mut terms = Vec::new();
    for normal in normals {
        let mut last: [Option<char>; 2] = [None, None];
        for c in normal.chars() {
            if let Some(before) = last[1] {
                terms.push(pair(before, c));
                terms.extend(last[0].and_then(|first| three(first, before, c)));
            }
            last = [last[1], Some(c)];
        }
        // The last character begins a pair, too.
        terms.extend(last[1].map(|c| u32::from(half(c)) << 16));
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

impl SearchWords {
    /// Returns what every text has among its [`terms`] in which the words stand: not all of it, but what says most.
    pub fn sought(&self) -> Vec<Sought> {
        let mut all: Vec<(u8, Sought)> = Vec::new();
        for word in self.words() {
            let mut some = of_word(word);
            some.sort_by_key(|(commonness, _)| *commonness);
            some.truncate(MOST_OF_A_WORD);
            all.extend(some);
        }
        all.sort_unstable();
        all.dedup();
        all.truncate(MOST_TERMS);
        all.into_iter().map(|(_, sought)| sought).collect()
    }
}

/// Returns what a word is found by, each with how common it may be: 0 the least.
fn of_word(word: &str) -> Vec<(u8, Sought)> {
    let chars: Vec<char> = word.chars().collect();
    if let [c] = chars.as_slice() {
        return vec![(9, Sought::Beginning(half(*c)))];
    }
    let mut found = Vec::new();
    for pair_of in chars.windows(2) {
        if let [one, other] = pair_of {
            found.push((commonness(*one) + commonness(*other), Sought::Term(pair(*one, *other))));
        }
    }
    for three_of in chars.windows(3) {
        if let [one, other, last] = three_of {
            found.extend(three(*one, *other, *last).map(|term| (1, Sought::Term(term))));
        }
    }
    // Pieces that lie apart say more than those that share a character.
    found.sort_by_key(|(commonness, _)| *commonness);
    found.dedup();
    found
}

/// Says how common a character is in documents: ideographs are the least.
fn commonness(c: char) -> u8 {
    match c {
        '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => 0,
        '\u{3040}'..='\u{30ff}' => 2,
        _ => 3,
    }
}

fn pair(one: char, other: char) -> u32 {
    (u32::from(half(one)) << 16) | u32::from(half(other))
}

/// Returns a character as 16 bits: as it is, or, beyond them, by a number that no character has (a surrogate's).
fn half(c: char) -> u16 {
    let code = u32::from(c);
    u16::try_from(code).unwrap_or(0xd800 | (code & 0x7ff) as u16)
}

/// Returns the piece of three digits or small letters.
fn three(one: char, other: char, last: char) -> Option<u32> {
    let (first, second) = (small(one)?, small(other)?);
    small(last)?;
    Some(((THREES + first * 36 + second) << 16) | u32::from(last))
}

fn small(c: char) -> Option<u32> {
    c.to_digit(36).filter(|_| c.is_ascii_digit() || c.is_ascii_lowercase())
}
