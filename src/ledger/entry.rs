//! One entry of the ledger, and the words it may hold.

use super::canonical_json;
use crate::digest::Sha256Hex;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The `prev` of the first entry: 64 zeros.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A code word, identifier, digest or date: 1 to 128 of `A-Z a-z 0-9 - . _ : /`. No blanks, no other letters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Word(String);

/// A text that is no [`Word`]; it is not repeated, as it may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ledger word is 1 to 128 letters, digits, '-', '.', '_', ':' or '/'")]
pub struct BadWord;

impl Word {
    /// Reads a word.
    pub fn parse(text: &str) -> Result<Self, BadWord> {
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b':' | b'/'));
        if fits { Ok(Self(text.to_owned())) } else { Err(BadWord) }
    }

    /// Returns the word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value in an entry's details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// Yes or no.
    Flag(bool),
    /// A count or a number.
    Number(u64),
    /// A word.
    Word(Word),
    /// Words.
    Words(Vec<Word>),
}

/// What an entry says beside its verb and subject, by name.
pub type Details = BTreeMap<Word, Fact>;

/// What a verb wants written: all but place and hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// When it happened.
    pub at: Instant,
    /// Who did it: a user's identifier, or `system`.
    pub actor: Word,
    /// What was done, for example `record.filed`.
    pub verb: Word,
    /// To what: an identifier.
    pub subject: Word,
    /// The rest.
    pub details: Details,
}

/// One entry of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its place, from 1, without gaps.
    pub seq: u64,
    /// When it happened.
    pub at: Instant,
    /// Who did it.
    pub actor: Word,
    /// What was done.
    pub verb: Word,
    /// To what.
    pub subject: Word,
    /// The rest.
    pub details: Details,
    /// The hash of the entry before, or [`GENESIS`].
    pub prev: Sha256Hex,
    /// SHA-256 over the canonical JSON of all members but this one.
    pub hash: Sha256Hex,
}

impl NewEntry {
    /// Starts an entry without details; refuses texts that are no words.
    pub fn new(at: Instant, actor: &str, verb: &str, subject: &str) -> Result<Self, BadWord> {
        Ok(Self {
            at,
            actor: Word::parse(actor)?,
            verb: Word::parse(verb)?,
            subject: Word::parse(subject)?,
            details: Details::new(),
        })
    }

    /// Adds a word, an identifier, a digest or a date.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Result<Self, BadWord> {
        self.details.insert(Word::parse(name)?, Fact::Word(Word::parse(&value.to_string())?));
        Ok(self)
    }

    /// Adds a number.
    pub fn with_number(mut self, name: &str, value: u64) -> Result<Self, BadWord> {
        self.details.insert(Word::parse(name)?, Fact::Number(value));
        Ok(self)
    }

    /// Adds a yes or no.
    pub fn with_flag(mut self, name: &str, value: bool) -> Result<Self, BadWord> {
        self.details.insert(Word::parse(name)?, Fact::Flag(value));
        Ok(self)
    }

    /// Adds several words.
    pub fn with_words(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = impl fmt::Display>,
    ) -> Result<Self, BadWord> {
        let words = values.into_iter().map(|value| Word::parse(&value.to_string())).collect::<Result<_, _>>()?;
        self.details.insert(Word::parse(name)?, Fact::Words(words));
        Ok(self)
    }

    /// Puts the entry at the end of a chain whose last entry is given (none: the chain is empty).
    pub fn chain(self, last: Option<&Entry>) -> Entry {
        match last {
            Some(last) => self.chain_after(last.seq, last.hash.clone()),
            None => self.chain_after(0, genesis()),
        }
    }

    /// Puts the entry after the one with this place and hash; place 0 and [`GENESIS`] begin a chain.
    pub fn chain_after(self, seq: u64, prev: Sha256Hex) -> Entry {
        let Self { at, actor, verb, subject, details } = self;
        let mut entry =
            Entry { seq: seq.saturating_add(1), at, actor, verb, subject, details, hash: prev.clone(), prev };
        entry.hash = entry.compute_hash();
        entry
    }
}

impl Entry {
    /// Recomputes the hash from the other members.
    pub fn compute_hash(&self) -> Sha256Hex {
        Sha256Hex::of(self.hashed_json().as_bytes())
    }

    /// Writes the canonical JSON of all members but the hash: the bytes that the hash is over.
    pub fn hashed_json(&self) -> String {
        #[derive(Serialize)]
        struct Hashed<'a> {
            seq: u64,
            at: &'a Instant,
            actor: &'a Word,
            verb: &'a Word,
            subject: &'a Word,
            details: BTreeMap<&'a str, &'a Fact>,
            prev: &'a Sha256Hex,
        }
        let details = self.details.iter().map(|(name, fact)| (name.as_str(), fact)).collect();
        let Self { seq, at, actor, verb, subject, prev, .. } = self;
        let hashed = Hashed { seq: *seq, at, actor, verb, subject, details, prev };
        // Words, numbers and flags always have a JSON form; an empty text would match no stored hash anyway.
        canonical_json(&hashed).unwrap_or_default()
    }

    /// Returns a word of the details.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(key, _)| key.as_str() == name).and_then(|(_, fact)| match fact {
            Fact::Word(word) => Some(word.as_str()),
            _ => None,
        })
    }

    /// Returns words of the details; none where nothing is said under that name.
    pub fn words(&self, name: &str) -> &[Word] {
        match self.details.iter().find(|(key, _)| key.as_str() == name) {
            Some((_, Fact::Words(words))) => words,
            _ => &[],
        }
    }

    /// Returns the details as canonical JSON, for a database column.
    pub fn details_json(&self) -> String {
        let details: BTreeMap<&str, &Fact> = self.details.iter().map(|(name, fact)| (name.as_str(), fact)).collect();
        canonical_json(&details).unwrap_or_default()
    }
}

pub(super) fn genesis() -> Sha256Hex {
    Sha256Hex::parse(GENESIS).unwrap_or_else(|| Sha256Hex::of(b""))
}

impl From<Word> for String {
    fn from(word: Word) -> String {
        word.0
    }
}

impl TryFrom<String> for Word {
    type Error = BadWord;
    fn try_from(text: String) -> Result<Self, BadWord> {
        Self::parse(&text)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
