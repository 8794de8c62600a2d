//! What a template sees: three files, the fonts, and no day but that of the notice.

use super::Typst;
use crate::office::ports::Setting;
use crate::office::templates::{NoticeText, Template, TemplateError};
use serde::Serialize;
use std::sync::Arc;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

/// What templates begin with.
const PRELUDE: &str = include_str!("prelude.typ");

/// A template and what it is to say, as Typst reads them.
pub(super) struct Desk {
    library: Arc<LazyHash<Library>>,
    book: Arc<LazyHash<FontBook>>,
    fonts: Arc<[Font]>,
    template: String,
    source: Source,
    prelude: Source,
    notice: (FileId, Bytes),
}

/// `/notice.json`.
#[derive(Serialize)]
struct NoticeFile<'a> {
    #[serde(flatten)]
    text: &'a NoticeText,
    preview: bool,
    fonts: &'a [String],
}

impl Desk {
    pub(super) fn new(
        typst: &Typst,
        template: &Template,
        text: &NoticeText,
        asked: &Setting,
    ) -> Result<Self, TemplateError> {
        let json = NoticeFile { text, preview: asked.preview, fonts: &typst.families };
        let json = serde_json::to_vec(&json).map_err(|error| TemplateError::Broken(error.to_string()))?;
        Ok(Self {
            library: Arc::clone(&typst.library),
            book: Arc::clone(&typst.book),
            fonts: Arc::clone(&typst.fonts),
            template: template.id.clone(),
            source: Source::new(file(&format!("/{}.typ", template.id))?, template.source.clone()),
            prelude: Source::new(file("/fumikura.typ")?, PRELUDE.to_owned()),
            notice: (file("/notice.json")?, Bytes::new(json)),
        })
    }

    /// Returns the template's name.
    pub(super) fn template(&self) -> &str {
        &self.template
    }

    /// Returns line and column, from 1, of a byte of a source.
    pub(super) fn place(&self, id: FileId, byte: usize) -> Option<(usize, usize)> {
        let source = self.source(id).ok()?;
        let (line, column) = source.lines().byte_to_line_column(byte)?;
        Some((line + 1, column + 1))
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [&self.source, &self.prelude].into_iter().find(|source| source.id() == id).cloned().ok_or_else(|| no_file(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.notice.0 { Ok(self.notice.1.clone()) } else { Err(no_file(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn file(path: &str) -> Result<FileId, TemplateError> {
    let path = VirtualPath::new(path).map_err(|_| TemplateError::Broken(format!("no path: {path}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn no_file(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
