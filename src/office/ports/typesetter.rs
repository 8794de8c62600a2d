//! The port to whatever sets the pages of notices.

use crate::office::settings::SealPlace;
use crate::office::templates::{NoticeText, Template, TemplateError};
use crate::time::Instant;

/// Sets the pages of a notice by a template, as PDF/A with its fonts embedded. Calls keep a processor busy.
///
/// A template is the city's own and is trusted as its settings are; what is filled in is not, and is never taken for source.
pub trait Typesetter: Send + Sync {
    /// Sets the pages.
    ///
    /// # Errors
    /// [`TemplateError::MissingGlyph`] where no font has a character, or its form (N16); never a blank box.
    fn set(&self, template: &Template, text: &NoticeText, asked: &Setting) -> Result<Typeset, TemplateError>;

    /// Looks whether fonts have every character of the texts, without setting a page.
    fn look(&self, template: &Template, text: &NoticeText) -> Result<(), TemplateError>;
}

/// How pages are to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// When the PDF is written.
    pub written_at: Instant,
    /// Whether it is to look at alone: the place of the seal is drawn.
    pub preview: bool,
}

/// Pages that were set.
#[derive(Clone, Debug, PartialEq)]
pub struct Typeset {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Where the template wants the seal; none where it does not say.
    pub seal: Option<SealPlace>,
}
