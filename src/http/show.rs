//! How values look on a page: as in every report, and states as word + sign + tone.

pub use crate::wording::show::{date, date_or, exact, size, time};

/// A state as the pages show it: a word in both languages, a sign and a tone, so never colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The Japanese word.
    pub ja: &'static str,
    /// The English word.
    pub en: &'static str,
    /// The sign in front.
    pub sign: &'static str,
    /// The class of the style sheet: empty, `good`, `bad`, `warn` or `key`.
    pub tone: &'static str,
}

impl Tag {
    /// Makes a tag.
    pub const fn new(tone: &'static str, sign: &'static str, ja: &'static str, en: &'static str) -> Self {
        Self { ja, en, sign, tone }
    }
}
