//! Tables for spreadsheet programs: CSV (RFC 4180) in the encodings that they open by themselves.

use crate::fault::{Fault, Kind};
use encoding_rs::SHIFT_JIS;
use std::collections::BTreeMap;

/// How the characters of a CSV file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 with a byte order mark.
    #[default]
    Utf8,
    /// Shift_JIS as Windows writes it.
    ShiftJis,
}

/// A table on its way to become a CSV file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spreadsheet(String);

/// Characters that are not in Shift_JIS: each would be another one in the file, or none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} characters are not in Shift_JIS: {named}")]
pub struct Misfits {
    count: usize,
    named: String,
}

impl Spreadsheet {
    /// Begins a table with the names of its columns.
    pub fn new<const COLUMNS: usize>(head: [&str; COLUMNS]) -> Self {
        let mut table = Self::default();
        table.row(head);
        table
    }

    /// Adds a row, its fields in the order of the columns.
    pub fn row<const COLUMNS: usize>(&mut self, fields: [&str; COLUMNS]) {
        self.0.push_str(&fields.map(quoted).join(","));
        self.0.push_str("\r\n");
    }

    /// Returns the table as text, for programs.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Writes the file as spreadsheet programs look for it.
    ///
    /// # Errors
    /// [`Misfits`] names every character that does not come back from the encoding as it was, with its lines.
    pub fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, Misfits> {
        match encoding {
            Encoding::Utf8 => Ok(format!("\u{feff}{}", self.0).into_bytes()),
            Encoding::ShiftJis => shift_jis(&self.0),
        }
    }
}

impl Fault for Misfits {
    fn code(&self) -> &'static str {
        "characters-do-not-fit"
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

/// Quotes a field where it must be, and disarms what a spreadsheet would run as a formula.
fn quoted(field: &str) -> String {
    let armed = field.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']);
    let field = if armed { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

fn shift_jis(text: &str) -> Result<Vec<u8>, Misfits> {
    let mut misfits: BTreeMap<char, Vec<usize>> = BTreeMap::new();
    for (line, content) in text.lines().enumerate() {
        for character in content.chars().filter(|character| !fits(*character)) {
            misfits.entry(character).or_default().push(line + 1);
        }
    }
    if misfits.is_empty() {
        return Ok(SHIFT_JIS.encode(text).0.into_owned());
    }
    let named = misfits.iter().take(50).map(|(character, lines)| {
        let lines: Vec<String> = lines.iter().take(5).map(ToString::to_string).collect();
        format!("{character} (U+{:04X}; line {})", u32::from(*character), lines.join(", "))
    });
    Err(Misfits { count: misfits.len(), named: named.collect::<Vec<_>>().join(", ") })
}

/// Tells whether a character comes back as it was.
fn fits(character: char) -> bool {
    let mut bytes = [0; 4];
    let text: &str = character.encode_utf8(&mut bytes);
    let (encoded, _, misfits) = SHIFT_JIS.encode(text);
    !misfits && SHIFT_JIS.decode_without_bom_handling(&encoded).0 == text
}
