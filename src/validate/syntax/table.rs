//! The cross-reference table (ISO 32000-2, 7.5.4), in the one form that all readers read alike.

use super::{Scanner, Token, ascending};

impl Scanner<'_> {
    /// Skips the subsections of a cross-reference table (7.5.4), from just behind `xref`. Each row must be of the one form
    /// that the standard knows. No number may stand twice: readers differ in which of two entries they believe.
    pub(crate) fn xref_table(&mut self) -> Option<()> {
        let mut sections = Vec::new();
        self.line_end()?;
        loop {
            let before = self.at;
            if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return ascending(&mut sections).then_some(());
            }
            let (Ok(Token::Number(first)), Ok(Token::Number(count))) = (self.token(), self.token()) else {
                self.at = before;
                return ascending(&mut sections).then_some(());
            };
            let number = |digits: &[u8]| {
                let plain = digits.iter().all(u8::is_ascii_digit);
                std::str::from_utf8(digits).ok().filter(|_| plain)?.parse::<u64>().ok()
            };
            // On one line, with one space between.
            let is_spaced = self.bytes.get(before + first.len()) == Some(&b' ');
            let is_close = is_spaced && self.at == before + first.len() + 1 + count.len();
            let (first, count) = (number(first)?, number(count)?);
            is_close.then(|| self.line_end())??;
            for index in 0..count {
                let is_head = self.row()?;
                // Readers take a table that begins at 1 with the head of the free list for one that begins at 0.
                if is_head && first == 1 && index == 0 && sections.is_empty() {
                    return None;
                }
            }
            sections.push((first, count));
        }
    }

    /// Skips spaces and one end of line.
    fn line_end(&mut self) -> Option<()> {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        match self.bytes.get(self.at..)? {
            [b'\r', b'\n', ..] => self.at += 2,
            [b'\r' | b'\n', ..] => self.at += 1,
            _ => return None,
        }
        Some(())
    }

    /// Skips the twenty bytes of `nnnnnnnnnn ggggg n` with its end of line; tells whether it is the head of the free list.
    fn row(&mut self) -> Option<bool> {
        const ROW_BYTES: usize = 20;
        let row = self.bytes.get(self.at..self.at.checked_add(ROW_BYTES)?)?;
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let formed = digits(&row[..10]) && row[10] == b' ' && digits(&row[11..16]) && row[16] == b' ';
        self.at += ROW_BYTES;
        let ends = matches!(row[18..], [b' ', b'\r' | b'\n'] | [b'\r', b'\n']);
        let at_nothing = row[17] == b'n' && row[..10] == *b"0000000000";
        let known = matches!(row[17], b'n' | b'f') && !at_nothing;
        (formed && ends && known).then_some(row[17] == b'f' && row[11..16] == *b"65535")
    }
}
