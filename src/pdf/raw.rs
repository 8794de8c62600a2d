//! Where the values of one indirect dictionary stand in the file's bytes (ISO 32000-2, 7.2 and 7.3).
//!
//! A parsed object no longer knows its place; whoever must compare parsed facts with raw bytes asks here.

use super::Pdf;
use lopdf::ObjectId;
use lopdf::xref::XrefEntry;
use std::ops::Range;

/// How deep arrays and dictionaries may nest inside a value.
const DEEPEST: usize = 100;

/// One entry of a dictionary as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEntry {
    /// The key without the slash, `#xx` escapes decoded.
    pub key: Vec<u8>,
    /// The bytes of the value, without surrounding white space.
    pub span: Range<usize>,
}

/// Returns the offset at which an indirect object begins: its number's first digit. None for an object that is free,
/// unknown, or inside an object stream.
pub(super) fn object_offset(pdf: &Pdf, id: ObjectId) -> Option<usize> {
    match pdf.document().reference_table.get(id.0)? {
        XrefEntry::Normal { offset, generation } if *generation == id.1 => usize::try_from(*offset).ok(),
        _ => None,
    }
}

/// Returns the entries of an indirect dictionary in file order, repeated keys included.
pub(super) fn entries(pdf: &Pdf, id: ObjectId) -> Option<Vec<RawEntry>> {
    let mut scan = Scan { bytes: pdf.bytes(), at: object_offset(pdf, id)? };
    scan.white();
    let head = (scan.number()?, scan.number()?);
    if head != (u64::from(id.0), u64::from(id.1)) || !scan.literally(b"obj") {
        return None;
    }
    scan.white();
    if !scan.literally(b"<<") {
        return None;
    }
    let mut entries = Vec::new();
    loop {
        scan.white();
        if scan.literally(b">>") {
            return Some(entries);
        }
        let key = scan.name()?;
        scan.white();
        let start = scan.at;
        scan.value(0)?;
        entries.push(RawEntry { key, span: start..scan.at });
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn white(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0 => self.at += 1,
                b'%' => {
                    while self.peek().is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn literally(&mut self, word: &[u8]) -> bool {
        let found = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Reads digits and the white space behind them.
    fn number(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let number = std::str::from_utf8(self.bytes.get(start..self.at)?).ok()?.parse().ok()?;
        self.white();
        Some(number)
    }

    fn name(&mut self) -> Option<Vec<u8>> {
        if !self.literally(b"/") {
            return None;
        }
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| is_regular(*byte)) {
            self.at += 1;
            let escaped = (byte == b'#').then(|| self.bytes.get(self.at..self.at + 2)).flatten();
            match escaped.and_then(hexadecimal_pair) {
                Some(decoded) => {
                    name.push(decoded);
                    self.at += 2;
                }
                None => name.push(byte),
            }
        }
        Some(name)
    }

    /// Passes over one value; `N G R` counts as one.
    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'<' if self.literally(b"<<") => self.until(b">>", depth),
            b'<' => {
                self.at += self.bytes[self.at..].iter().position(|byte| *byte == b'>')? + 1;
                Some(())
            }
            b'[' => {
                self.at += 1;
                self.until(b"]", depth)
            }
            b'(' => self.literal_string(),
            b'/' => self.name().map(|_| ()),
            _ => self.word_or_reference(),
        }
    }

    fn until(&mut self, close: &[u8], depth: usize) -> Option<()> {
        loop {
            self.white();
            if self.literally(close) {
                return Some(());
            }
            self.value(depth + 1)?;
        }
    }

    fn literal_string(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'\\' => self.at += 1,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn word_or_reference(&mut self) -> Option<()> {
        let first = self.word()?;
        let end = self.at;
        let is_reference = first.iter().all(u8::is_ascii_digit) && self.reference_tail();
        if !is_reference {
            self.at = end;
        }
        Some(())
    }

    fn reference_tail(&mut self) -> bool {
        self.white();
        let generation = self.word();
        if !generation.is_some_and(|word| word.iter().all(u8::is_ascii_digit)) {
            return false;
        }
        self.white();
        self.word().as_deref() == Some(b"R")
    }

    fn word(&mut self) -> Option<Vec<u8>> {
        let start = self.at;
        while self.peek().is_some_and(is_regular) {
            self.at += 1;
        }
        (self.at > start).then(|| self.bytes[start..self.at].to_vec())
    }
}

fn is_regular(byte: u8) -> bool {
    !b" \t\r\n\x0c\0()<>[]{}/%".contains(&byte)
}

fn hexadecimal_pair(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}
