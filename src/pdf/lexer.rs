//! Tokens and objects from bytes (ISO 32000-2, 7.2 and 7.3).

use super::objects::references;
use lopdf::{Dictionary, Object, ObjectId, StringFormat};

/// How deep arrays and dictionaries may nest.
const DEEPEST: usize = 100;
/// The memory that the values read by one lexer may take, in bytes, where nobody says otherwise.
const ROOM_BYTES: usize = 16 << 20;
/// What a value takes beside the text in it, and what an entry of a dictionary takes beside its value.
const VALUE_BYTES: usize = size_of::<Object>();
const ENTRY_BYTES: usize = 64;

/// Reads tokens from a window of a file. Whatever is not well-formed is `None`; whether more bytes might have helped is
/// told by [`Lexer::ran_out`].
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    ran_out: bool,
    room: usize,
    used: usize,
    is_full: bool,
    overruled: Vec<ObjectId>,
}

impl<'a> Lexer<'a> {
    /// Starts at the first byte of a window.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, ran_out: false, room: ROOM_BYTES, used: 0, is_full: false, overruled: Vec::new() }
    }

    /// Sets the memory that values may take, in bytes.
    pub(super) fn allow(&mut self, room: usize) {
        self.room = room;
    }

    /// Returns the memory that the values read so far take, in bytes.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Returns the references in values of keys that stood again in their dictionary: some readers take the first value.
    pub(super) fn overruled(&mut self) -> Vec<ObjectId> {
        std::mem::take(&mut self.overruled)
    }

    /// Returns whether a value was given up because there was no more memory for it.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    fn take(&mut self, bytes: usize) -> Option<()> {
        self.used = self.used.saturating_add(bytes);
        self.is_full |= self.used > self.room;
        (!self.is_full).then_some(())
    }

    /// Returns how many bytes were read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Returns whether the end of the window was looked behind.
    pub(super) fn ran_out(&self) -> bool {
        self.ran_out
    }

    fn peek(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.ran_out |= byte.is_none();
        byte
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Passes over white space and comments, but not over the comment `%%EOF`. Returns whether there was any.
    pub(super) fn white(&mut self) -> bool {
        let before = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0 => self.at += 1,
                b'%' if !self.rest().starts_with(b"%%EOF") => {
                    while self.peek().is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
                        self.at += 1;
                    }
                }
                _ => break,
            }
        }
        self.at > before
    }

    /// Passes over these very bytes where they stand next.
    pub(super) fn literally(&mut self, word: &[u8]) -> bool {
        let rest = self.rest();
        self.ran_out |= rest.len() < word.len() && word.starts_with(rest);
        let found = rest.starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Passes over a word where it stands next and no regular character follows it.
    pub(super) fn keyword(&mut self, word: &[u8]) -> bool {
        let before = self.at;
        let found = self.literally(word) && !self.peek().is_some_and(is_regular);
        self.at = if found { self.at } else { before };
        found
    }

    /// Reads digits.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let (start, mut number) = (self.at, Some(0_u64));
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            self.at += 1;
            number = number.and_then(|number| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
        }
        number.filter(|_| self.at > start)
    }

    /// Reads digits and the white space behind them.
    pub(super) fn number(&mut self) -> Option<u64> {
        let number = self.unsigned()?;
        self.white();
        Some(number)
    }

    /// Reads `N G obj`.
    pub(super) fn object_head(&mut self) -> Option<(u32, u16)> {
        let number = u32::try_from(self.number()?).ok()?;
        let generation = u16::try_from(self.number()?).ok()?;
        self.literally(b"obj").then_some((number, generation))
    }

    /// Reads a name, its `#xx` escapes decoded.
    pub(super) fn name(&mut self) -> Option<Vec<u8>> {
        if !self.literally(b"/") {
            return None;
        }
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.at += 1;
            let escaped = if byte == b'#' { self.bytes.get(self.at..self.at + 2).and_then(pair) } else { None };
            self.at += if escaped.is_some() { 2 } else { 0 };
            name.push(escaped.unwrap_or(byte));
        }
        Some(name)
    }

    /// Reads one object; `N G R` is one.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.nested(0)
    }

    /// Reads a dictionary, whose last entry of a repeated key counts.
    pub(super) fn dictionary(&mut self) -> Option<Dictionary> {
        match self.nested(0)? {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    fn nested(&mut self, depth: usize) -> Option<Object> {
        if depth > DEEPEST {
            return None;
        }
        self.take(VALUE_BYTES)?;
        let before = self.at;
        match self.peek()? {
            b'/' => {
                let name = self.name()?;
                self.take(self.at - before)?;
                Some(Object::Name(name))
            }
            b'(' => {
                let text = self.literal_string()?;
                self.take(self.at - before)?;
                Some(text)
            }
            b'<' if self.literally(b"<<") => {
                let mut dictionary = Dictionary::new();
                while !self.closes(b">>") {
                    let key = self.name()?;
                    self.take(ENTRY_BYTES + key.len())?;
                    self.white();
                    let value = self.nested(depth + 1)?;
                    if let Ok(other) = dictionary.get(&key) {
                        references(other, &mut self.overruled);
                    }
                    dictionary.set(key, value);
                }
                Some(Object::Dictionary(dictionary))
            }
            b'<' => {
                let text = self.hexadecimal_string()?;
                self.take((self.at - before) / 2)?;
                Some(text)
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while !self.closes(b"]") {
                    items.push(self.nested(depth + 1)?);
                }
                items.shrink_to_fit();
                Some(Object::Array(items))
            }
            b'0'..=b'9' => self.reference().or_else(|| self.numeric()),
            b'+' | b'-' | b'.' => self.numeric(),
            _ => self.constant(),
        }
    }

    fn closes(&mut self, mark: &[u8]) -> bool {
        self.white();
        self.literally(mark)
    }

    fn constant(&mut self) -> Option<Object> {
        if self.keyword(b"true") {
            Some(Object::Boolean(true))
        } else if self.keyword(b"false") {
            Some(Object::Boolean(false))
        } else if self.keyword(b"null") {
            Some(Object::Null)
        } else {
            None
        }
    }

    fn reference(&mut self) -> Option<Object> {
        let before = self.at;
        let mut read = || {
            let number = u32::try_from(self.unsigned()?).ok()?;
            let generation = if self.white() { u16::try_from(self.unsigned()?).ok()? } else { return None };
            (self.white() && self.keyword(b"R")).then_some(Object::Reference((number, generation)))
        };
        let reference = read();
        if reference.is_none() {
            self.at = before;
        }
        reference
    }

    fn numeric(&mut self) -> Option<Object> {
        let start = self.at;
        while self.peek().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        if self.peek().is_some_and(is_regular) {
            return None;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        if let Ok(integer) = text.parse() {
            return Some(Object::Integer(integer));
        }
        // `1.` and `.5` are reals; a lone sign or point is zero to most readers (7.3.3 allows neither).
        match text {
            "." | "-" | "+" | "-." | "+." => Some(Object::Real(0.0)),
            _ => text.parse().ok().map(Object::Real),
        }
    }

    /// Reads `(…)` with its escapes (7.3.4.2).
    fn literal_string(&mut self) -> Option<Object> {
        self.at += 1;
        let (mut text, mut depth) = (Vec::new(), 1_usize);
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' if depth == 1 => return Some(Object::String(text, StringFormat::Literal)),
                b')' => depth -= 1,
                b'\\' => {
                    text.extend(self.escape()?);
                    continue;
                }
                b'\r' => {
                    self.literally(b"\n");
                    text.push(b'\n');
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
    }

    /// Reads what follows a backslash; an escaped end of line is nothing.
    fn escape(&mut self) -> Option<Option<u8>> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(0x0c),
            b'\n' => None,
            b'\r' => {
                self.literally(b"\n");
                None
            }
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|digit| (b'0'..=b'7').contains(digit)) else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                // High-order overflow is ignored (table 3).
                Some((code & 0xff) as u8)
            }
            other => Some(other),
        })
    }

    /// Reads `<…>` (7.3.4.3).
    fn hexadecimal_string(&mut self) -> Option<Object> {
        let Some(length) = memchr::memchr(b'>', self.rest()) else {
            self.ran_out = true;
            self.at = self.bytes.len();
            return None;
        };
        let inside = &self.rest()[1..length];
        self.at += length + 1;
        let bytes = hexadecimal(inside)?;
        Some(Object::String(bytes, StringFormat::Hexadecimal))
    }
}

/// Decodes what stands between the brackets of a hexadecimal string: digits, perhaps with white space between them and
/// without the last one (7.3.4.3).
pub fn hexadecimal(inside: &[u8]) -> Option<Vec<u8>> {
    hexadecimal_pairs(inside).or_else(|| {
        let mut bytes = Vec::with_capacity(inside.len() / 2);
        let mut high = None;
        for digit in inside.iter().filter(|digit| !digit.is_ascii_whitespace() && **digit != 0) {
            let value = nibble(*digit)?;
            match high.take() {
                None => high = Some(value),
                Some(first) => bytes.push(first << 4 | value),
            }
        }
        bytes.extend(high.map(|first| first << 4));
        Some(bytes)
    })
}

/// Decodes hexadecimal digits that stand side by side, in pairs: all of a signature's value does.
pub fn hexadecimal_pairs(digits: &[u8]) -> Option<Vec<u8>> {
    // The crate passes over a prefix that is none here.
    if digits.starts_with(b"0x") { None } else { const_hex::decode(digits).ok() }
}

/// Counts the hexadecimal digits that bytes begin with, many at a time.
pub fn hexadecimal_digits(bytes: &[u8]) -> usize {
    const AT_A_TIME: usize = 64;
    // Without a way out in between, the compiler looks at all of them at once.
    let all = |bytes: &&[u8]| bytes.iter().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
    let sure = bytes.chunks_exact(AT_A_TIME).take_while(all).count() * AT_A_TIME;
    sure + bytes[sure..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count()
}

/// Tells whether a byte is neither white space nor a delimiter (7.2.3).
pub fn is_regular(byte: u8) -> bool {
    !matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

fn pair(digits: &[u8]) -> Option<u8> {
    Some(nibble(digits[0])? << 4 | nibble(digits[1])?)
}

#[cfg(test)]
mod tests {
    use super::hexadecimal_digits;

    #[test]
    fn digits_are_counted_to_the_first_byte_that_is_none() {
        for length in 0..200 {
            let digits = "0123456789abcdefABCDEF".bytes().cycle().take(length).collect::<Vec<u8>>();
            assert_eq!(hexadecimal_digits(&digits), length);
            for other in [b'>', b'g', b'/', b':', b'@', b'G', b'`', 0, 0xff] {
                let tail = [digits.as_slice(), &[other], &digits].concat();
                assert_eq!(hexadecimal_digits(&tail), length, "{other}");
            }
        }
    }
}
