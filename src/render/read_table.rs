//! Tables that spreadsheet programs wrote: CSV in UTF-8 or Shift_JIS, its columns found by their names.

use encoding_rs::SHIFT_JIS;

/// A table that was read, with the names of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTable {
    head: Vec<String>,
    rows: Vec<ReadRow>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ReadRow {
    line: u64,
    fields: Vec<String>,
}

/// A row with the names of its columns.
#[derive(Clone, Copy, Debug)]
pub struct NamedRow<'a> {
    /// Where it stands, counted from 1, the head included.
    pub line: u64,
    head: &'a [String],
    fields: &'a [String],
}

impl ReadTable {
    /// Reads a table.
    ///
    /// # Errors
    /// What is wrong with it, in English: neither UTF-8 nor Shift_JIS, or no CSV.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = Self::text(bytes)?;
        let mut table = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let head = table.headers().map_err(|error| error.to_string())?.iter();
        let head: Vec<String> = head.map(|name| name.trim().to_owned()).collect();
        let mut rows = Vec::new();
        for record in table.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(ReadRow { line, fields: record.iter().map(|text| armed(text.trim()).to_owned()).collect() });
        }
        Ok(Self { head, rows })
    }

    /// Returns the text of a table, in UTF-8, each line's end one character.
    pub fn text(bytes: &[u8]) -> Result<String, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
                text.ok_or_else(|| "neither UTF-8 nor Shift_JIS".to_owned())?.into_owned()
            }
        };
        // A line counts as one to the reader of CSV only when its end is one character.
        Ok(text.replace("\r\n", "\n"))
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.head
    }

    /// Returns the first of some columns that is not there.
    pub fn lacks<'a>(&self, columns: &[&'a str]) -> Option<&'a str> {
        columns.iter().find(|name| !self.head.iter().any(|one| one == *name)).copied()
    }

    /// Returns the rows.
    pub fn rows(&self) -> impl Iterator<Item = NamedRow<'_>> {
        self.rows.iter().map(|row| NamedRow { line: row.line, head: &self.head, fields: &row.fields })
    }
}

impl<'a> NamedRow<'a> {
    /// Returns a field by its column's name, without the space around it; none where it is empty or not there.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        let column = self.head.iter().position(|one| one == name)?;
        self.fields.get(column).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// Takes off what disarmed a field.
fn armed(field: &str) -> &str {
    field
        .strip_prefix('\'')
        .filter(|rest| rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']))
        .unwrap_or(field)
}
