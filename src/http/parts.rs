//! The few building blocks that all pages are made of: tables that stack on narrow screens, facts, a line of events.

use crate::http::show::Tag;

/// One cell of a table or the value of a fact.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Plain words.
    Text(String),
    /// A date, a number of a document: never broken over two lines.
    Unbroken(String),
    /// A link of this service.
    Link(String, String),
    /// A state.
    Tag(Tag),
    /// A hash or an identifier.
    Mono(String),
    /// A number, set flush right.
    Number(String),
    /// Several words, each on a line of its own.
    Lines(Vec<String>),
    /// Words that were looked for, with what stands before and after them.
    Found(String, String, String),
}

/// A table with its head in both languages.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What the table holds, for its caption; may be empty.
    pub caption: String,
    /// Japanese and English heads.
    pub head: &'static [(&'static str, &'static str)],
    /// The rows, each as wide as the head.
    pub rows: Vec<Vec<Cell>>,
    /// What stands there when there are no rows.
    pub empty: &'static str,
}

/// One fact: Japanese label, English label, value.
pub type Fact = (&'static str, &'static str, Cell);

/// One event of a history.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, as shown.
    pub when: String,
    /// What happened, in Japanese.
    pub ja: String,
    /// What happened, in English.
    pub en: String,
    /// Who did it, or more about it; may be empty.
    pub note: String,
}

impl Cell {
    /// Makes words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Makes a date or time.
    pub fn unbroken(text: impl Into<String>) -> Self {
        Self::Unbroken(text.into())
    }

    /// Makes a hash or identifier.
    pub fn mono(text: impl ToString) -> Self {
        Self::Mono(text.to_string())
    }

    /// Makes a link.
    pub fn link(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Link(path.into(), text.into())
    }

    /// Makes a number.
    pub fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }
}

impl Table {
    /// Makes a table.
    pub fn new(head: &'static [(&'static str, &'static str)], rows: Vec<Vec<Cell>>, empty: &'static str) -> Self {
        Self { caption: String::new(), head, rows, empty }
    }

    /// Adds a caption.
    pub fn captioned(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// Tells whether a column holds numbers.
    pub fn is_number(&self, column: &usize) -> bool {
        matches!(self.rows.first().and_then(|row| row.get(*column)), Some(Cell::Number(_)))
    }

    /// Returns the Japanese head of a column.
    pub fn label(&self, column: &usize) -> &'static str {
        self.head.get(*column).map_or("", |head| head.0)
    }
}
