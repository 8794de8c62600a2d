//! Gathers text up to a limit.

use super::{DocumentText, LONGEST_TEXT_BYTES};

/// Text that is being gathered.
#[derive(Debug, Default)]
pub(super) struct Gather {
    text: String,
    is_cut: bool,
}

impl Gather {
    /// Adds text; what is too much is left out, and that is kept in mind.
    pub(super) fn text(&mut self, text: &str) {
        let room = LONGEST_TEXT_BYTES.saturating_sub(self.text.len());
        let end = text.floor_char_boundary(room);
        self.is_cut |= end < text.len();
        // Controls say nothing; a database has no place for some of them.
        let shown = |c: char| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c };
        self.text.extend(text.get(..end).unwrap_or_default().chars().map(shown));
    }

    /// Adds the end of a line, once.
    pub(super) fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text("\n");
        }
    }

    /// Adds a blank, once.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
            self.text(" ");
        }
    }

    /// Says that there is more than was read.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Tells whether nothing more is taken.
    pub(super) fn is_full(&self) -> bool {
        self.is_cut || self.text.len() >= LONGEST_TEXT_BYTES
    }

    /// Returns what was gathered.
    pub(super) fn finish(self) -> DocumentText {
        DocumentText { text: self.text, is_cut: self.is_cut }
    }
}
