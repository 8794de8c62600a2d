//! A strict reader of PDF syntax (ISO 32000-2, 7.2 and 7.3) that builds nothing: it only tells where tokens are, and
//! refuses a dictionary that holds one key twice.

mod table;

use crate::pdf::{hexadecimal_digits, is_regular};
use std::collections::HashSet;

/// How deep arrays and dictionaries may nest.
const DEPTH: usize = 100;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// The end of the bytes.
    End,
    /// `[`
    ArrayOpen,
    /// `]`
    ArrayClose,
    /// `<<`
    DictionaryOpen,
    /// `>>`
    DictionaryClose,
    /// A name, escapes as written.
    Name(&'a [u8]),
    /// A number as written.
    Number(&'a [u8]),
    /// A literal or hexadecimal string.
    Text,
    /// Any other word.
    Keyword(&'a [u8]),
}

/// What is not well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A string or dictionary does not end, or ends without having begun.
    Unbalanced,
    /// A byte that begins no token.
    Stray,
    /// A dictionary with one key twice.
    Duplicate,
    /// Deeper than any real file.
    TooDeep,
}

/// Reads tokens from bytes.
#[derive(Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open<'a>>,
    telling_comment: bool,
}

/// An array or dictionary not yet closed.
#[derive(Clone)]
enum Open<'a> {
    Array,
    Dictionary { keys: HashSet<Vec<u8>>, expects_key: bool, value: Vec<Token<'a>> },
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, open: Vec::new(), telling_comment: false }
    }

    /// Tells whether a comment was passed over in which a reader that repairs a file would find structure.
    pub(crate) fn has_telling_comment(&self) -> bool {
        self.telling_comment
    }

    /// Returns the offset of the next byte.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | 0 => self.at += 1,
                b'%' => self.skip_comment(),
                _ => break,
            }
        }
    }

    /// Reads the next token and keeps account of dictionaries and their keys.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, Malformed> {
        let token = self.token()?;
        self.account(token)?;
        Ok(token)
    }

    /// Reads one whole value; a reference is read as its first number, so the caller's next token may be a keyword.
    pub(crate) fn value(&mut self) -> Result<(), Malformed> {
        let depth = self.open.len();
        loop {
            let before = self.at;
            match self.next()? {
                Token::End => return Err(Malformed::Unbalanced),
                Token::Keyword(b"endobj" | b"stream") => {
                    self.at = before;
                    return Err(Malformed::Stray);
                }
                _ => {}
            }
            if self.open.len() == depth {
                return self.reference_tail();
            }
        }
    }

    /// Reads `N G obj` where it stands next, and nothing otherwise.
    pub(crate) fn object_head(&mut self) -> Option<(u32, u16)> {
        let before = self.at;
        let head = self.try_object_head();
        if head.is_none() {
            self.at = before;
        }
        head
    }

    /// Reads a keyword where it stands next, and nothing otherwise.
    pub(crate) fn keyword(&mut self, word: &[u8]) -> bool {
        let before = self.at;
        let found = matches!(self.token(), Ok(Token::Keyword(found)) if found == word);
        if !found {
            self.at = before;
        }
        found
    }

    /// Skips a stream's data of a known length, from just behind `stream` through `endstream`.
    pub(crate) fn stream(&mut self, length: usize) -> Option<()> {
        match self.bytes.get(self.at..)? {
            [b'\r', b'\n', ..] => self.at += 2,
            // A carriage return alone is the end of a line to some readers, and data to others (7.3.8.1).
            [b'\n', ..] => self.at += 1,
            _ => return None,
        }
        self.at = self.at.checked_add(length).filter(|at| *at <= self.bytes.len())?;
        while self.peek().is_some_and(|byte| matches!(byte, b'\r' | b'\n' | b' ')) {
            self.at += 1;
        }
        self.keyword(b"endstream").then_some(())
    }

    /// Reads the next token where it is a number without sign.
    pub(crate) fn unsigned(&mut self) -> Option<u32> {
        match self.token() {
            Ok(Token::Number(digits)) => std::str::from_utf8(digits).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// Reads the rest of `N G R` behind a value that was its first number.
    fn reference_tail(&mut self) -> Result<(), Malformed> {
        let before = self.at;
        let is_tail = matches!(self.token(), Ok(Token::Number(_))) && matches!(self.token(), Ok(Token::Keyword(b"R")));
        if !is_tail {
            self.at = before;
        }
        Ok(())
    }

    fn try_object_head(&mut self) -> Option<(u32, u16)> {
        let (Ok(Token::Number(number)), Ok(Token::Number(generation))) = (self.token(), self.token()) else {
            return None;
        };
        if !self.keyword(b"obj") {
            return None;
        }
        let text = |digits: &[u8]| std::str::from_utf8(digits).ok().map(str::to_owned);
        Some((text(number)?.parse().ok()?, text(generation)?.parse().ok()?))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_comment(&mut self) {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte != b'\r' && byte != b'\n') {
            self.at += 1;
        }
        let words: [&[u8]; 4] = [b"obj", b"xref", b"trailer", b"stream"];
        let comment = self.bytes.get(start..self.at).unwrap_or_default();
        self.telling_comment |= words.iter().any(|word| memchr::memmem::find(comment, word).is_some());
    }

    fn token(&mut self) -> Result<Token<'a>, Malformed> {
        self.skip_space();
        let Some(first) = self.peek() else { return Ok(Token::End) };
        let rest = &self.bytes[self.at..];
        match first {
            b'[' => Ok(self.take(1, Token::ArrayOpen)),
            b']' => Ok(self.take(1, Token::ArrayClose)),
            b'<' if rest.starts_with(b"<<") => Ok(self.take(2, Token::DictionaryOpen)),
            b'>' if rest.starts_with(b">>") => Ok(self.take(2, Token::DictionaryClose)),
            b'<' => self.hexadecimal(),
            b'(' => self.literal(),
            b'/' => {
                let name = regular(&rest[1..]);
                Ok(self.take(name.len() + 1, Token::Name(name)))
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => {
                let number = regular(rest);
                if is_number(number) {
                    Ok(self.take(number.len(), Token::Number(number)))
                } else {
                    Err(Malformed::Stray)
                }
            }
            _ => {
                let word = regular(rest);
                if word.is_empty() { Err(Malformed::Stray) } else { Ok(self.take(word.len(), Token::Keyword(word))) }
            }
        }
    }

    fn take(&mut self, length: usize, token: Token<'a>) -> Token<'a> {
        self.at += length;
        token
    }

    fn hexadecimal(&mut self) -> Result<Token<'a>, Malformed> {
        self.at += 1;
        loop {
            self.at += hexadecimal_digits(&self.bytes[self.at..]);
            let Some(byte) = self.peek() else { return Err(Malformed::Unbalanced) };
            self.at += 1;
            match byte {
                b'>' => return Ok(Token::Text),
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | 0 => {}
                _ => return Err(Malformed::Stray),
            }
        }
    }

    fn literal(&mut self) -> Result<Token<'a>, Malformed> {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' if depth == 1 => return Ok(Token::Text),
                b')' => depth -= 1,
                _ => {}
            }
        }
        Err(Malformed::Unbalanced)
    }

    fn account(&mut self, token: Token<'a>) -> Result<(), Malformed> {
        match token {
            Token::ArrayOpen => self.begin(Open::Array),
            Token::DictionaryOpen => {
                self.begin(Open::Dictionary { keys: HashSet::new(), expects_key: true, value: Vec::new() })
            }
            Token::ArrayClose => match self.open.pop() {
                Some(Open::Array) => self.completed(token),
                _ => Err(Malformed::Unbalanced),
            },
            Token::DictionaryClose => match self.open.pop() {
                Some(Open::Dictionary { expects_key, value, .. }) if expects_key || is_whole(&value) => {
                    self.completed(token)
                }
                _ => Err(Malformed::Unbalanced),
            },
            Token::End if !self.open.is_empty() => Err(Malformed::Unbalanced),
            Token::End => Ok(()),
            Token::Name(name) => self.name(name),
            _ => self.completed(token),
        }
    }

    fn begin(&mut self, open: Open<'a>) -> Result<(), Malformed> {
        if self.open.len() >= DEPTH {
            return Err(Malformed::TooDeep);
        }
        self.open.push(open);
        Ok(())
    }

    /// Takes a name as a key where a key is due. Behind a number, `G R` may still follow, so a name ends the value.
    fn name(&mut self, name: &'a [u8]) -> Result<(), Malformed> {
        match self.open.last_mut() {
            Some(Open::Dictionary { keys, expects_key, value }) if *expects_key || is_whole(value) => {
                if !keys.insert(unescaped(name)) {
                    return Err(Malformed::Duplicate);
                }
                *expects_key = false;
                value.clear();
                Ok(())
            }
            _ => self.completed(Token::Name(name)),
        }
    }

    fn completed(&mut self, token: Token<'a>) -> Result<(), Malformed> {
        if let Some(Open::Dictionary { expects_key, value, .. }) = self.open.last_mut() {
            if *expects_key {
                return Err(Malformed::Stray);
            }
            let fits = match value.as_slice() {
                [] => true,
                [Token::Number(_)] => matches!(token, Token::Number(_)),
                [Token::Number(_), Token::Number(_)] => token == Token::Keyword(b"R"),
                _ => false,
            };
            if !fits {
                return Err(Malformed::Stray);
            }
            value.push(token);
        }
        Ok(())
    }
}

/// Tells whether the tokens of a value make one: a single one, or a reference.
fn is_whole(value: &[Token<'_>]) -> bool {
    matches!(value.len(), 1 | 3)
}

/// Tells whether ranges of a first number and a count overlap nowhere.
pub(crate) fn ascending(ranges: &mut [(u64, u64)]) -> bool {
    ranges.sort_unstable();
    ranges.windows(2).all(|pair| pair[0].0.saturating_add(pair[0].1) <= pair[1].0)
}

/// Returns the regular characters at the start (7.2.3).
fn regular(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| !is_regular(*byte)).unwrap_or(bytes.len());
    &bytes[..end]
}

/// Tells whether a word is a number (7.3.3): digits, at most one sign before them and one point among them.
fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"+").or_else(|| word.strip_prefix(b"-")).unwrap_or(word);
    let count = |is: fn(&u8) -> bool| digits.iter().filter(|byte| is(byte)).count();
    let (plain, points) = (count(u8::is_ascii_digit), count(|byte| *byte == b'.'));
    plain > 0 && points <= 1 && plain + points == digits.len()
}

/// Reads `#xx` escapes, so that a key cannot stand twice under two spellings.
fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    let mut at = 0;
    while let Some(&byte) = name.get(at) {
        let digits = name.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match digits.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(value) if byte == b'#' => {
                plain.push(value);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Scanner, Token};

    fn all(text: &[u8]) -> Result<usize, Malformed> {
        let mut scanner = Scanner::new(text);
        let mut count = 0;
        while scanner.next()? != Token::End {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn well_formed_values_are_read() {
        assert_eq!(all(b"<< /A 1 /B 2 0 R /C /D /E [1 2 (a(b)\\)c) <00ff>] /F << /G true >> >>"), Ok(22));
        assert_eq!(all(b"% a comment\n12"), Ok(1));
    }

    #[test]
    fn a_key_may_stand_once_however_it_is_spelled() {
        assert_eq!(all(b"<< /A 1 /A 2 >>"), Err(Malformed::Duplicate));
        assert_eq!(all(b"<< /Pages 1 /P#61ges 2 >>"), Err(Malformed::Duplicate));
        assert!(all(b"<< /A << /A 1 >> >>").is_ok());
    }

    #[test]
    fn what_only_begins_like_a_number_is_refused() {
        for text in ["0", "-17", "+5", "1.5", "-.5", "4.", "00012", "99999999999999999999"] {
            assert_eq!(all(text.as_bytes()), Ok(1), "{text}");
        }
        for text in ["1abc", "--5", "+-5", "1-2", "5-", "1.2.3", "1e5", "0x10", ".", "-", "+", "-.", "1_000"] {
            assert_eq!(all(text.as_bytes()), Err(Malformed::Stray), "{text}");
        }
    }

    #[test]
    fn what_does_not_end_is_refused() {
        for text in [&b"<< /A 1"[..], b"[1 2", b"(abc", b"<00", b"]", b">>", b"<< 1 2 >>", b"<< /A 1 2 >>", b"}"] {
            assert!(all(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(all(&b"[".repeat(1000)), Err(Malformed::TooDeep));
    }
}
