//! Reading: the parsed document, its revisions, its pages; bounded before anything is allocated.

use super::PdfError;
use super::page::{self, Page};
use super::raw::{self, RawEntry};
use super::revision::{self, Revision};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};
use std::sync::Arc;

/// Bounds on what is read from an untrusted file.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest file, in bytes.
    pub size_bytes: u64,
    /// The most objects. The file of the widest real use seen, a land register, has about 400,000.
    pub objects: usize,
    /// The most a single stream may inflate to while the structure is read, in bytes.
    pub inflated_bytes: usize,
    /// The most revisions. Long-term archives renew yearly; a thousand is beyond any honest file.
    pub revisions: usize,
    /// The most pages.
    pub pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { size_bytes: 512 << 20, objects: 2_000_000, inflated_bytes: 256 << 20, revisions: 1_000, pages: 200_000 }
    }
}

/// A PDF file: its bytes, untouched, and what they mean.
#[derive(Clone, Debug)]
pub struct Pdf {
    bytes: Arc<[u8]>,
    document: Document,
    revisions: Vec<Revision>,
    repaired: bool,
    limits: Limits,
}

impl Pdf {
    /// Reads a file.
    ///
    /// A file whose cross-reference data is wrong is still read where its objects can be found, and then
    /// [`Pdf::is_repaired`]: it may be looked at, but is never updated and never passes validation.
    ///
    /// # Errors
    /// [`PdfError`] for what is empty, no PDF, encrypted, over a limit, or damaged beyond reading.
    pub fn read(bytes: impl Into<Arc<[u8]>>, limits: &Limits) -> Result<Self, PdfError> {
        let bytes = bytes.into();
        check_head(&bytes, limits)?;
        let options = LoadOptions { max_decompressed_size: Some(limits.inflated_bytes), ..LoadOptions::default() };
        let document = Document::load_mem_with_options(&bytes, options).map_err(|error| load_error(&bytes, &error))?;
        if document.is_encrypted() || document.was_encrypted() || document.trailer.has(b"Encrypt") {
            return Err(PdfError::Encrypted);
        }
        if document.objects.len() > limits.objects {
            let (found, allowed) = (document.objects.len() as u64, limits.objects as u64);
            return Err(PdfError::TooLarge { what: "the number of objects", found, allowed });
        }
        if document.catalog().is_err() {
            return Err(PdfError::Damaged { at: bytes.len() as u64, what: "no catalogue".to_owned() });
        }
        let revisions = revision::revisions(&bytes, limits.revisions);
        let repaired = document.xref_recovery.is_some() || revisions.as_ref().map_or(true, Vec::is_empty);
        if let Err(error @ PdfError::TooLarge { .. }) = revisions {
            return Err(error);
        }
        Ok(Self { document, revisions: revisions.unwrap_or_default(), repaired, bytes, limits: *limits })
    }

    /// Returns the file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the parsed document: all revisions merged, the newest first.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the revisions, oldest first; none where [`Pdf::is_repaired`].
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// Returns how many bytes follow the last revision's end.
    pub fn trailing_bytes(&self) -> u64 {
        self.revisions.last().map_or(0, |last| self.bytes.len() as u64 - last.end)
    }

    /// Returns whether the cross-reference data is wrong and the objects were found by searching.
    pub fn is_repaired(&self) -> bool {
        self.repaired
    }

    /// Reads the file as it was when a revision (counted from 0) was its last.
    ///
    /// # Errors
    /// Those of [`Pdf::read`] over that prefix, and [`PdfError::Damaged`] for a revision that does not exist.
    pub fn at_revision(&self, index: usize) -> Result<Self, PdfError> {
        let Some(revision) = self.revisions.get(index) else {
            return Err(PdfError::Damaged {
                at: self.bytes.len() as u64,
                what: format!("there is no revision {index}"),
            });
        };
        let end = usize::try_from(revision.end).unwrap_or(usize::MAX).min(self.bytes.len());
        Self::read(&self.bytes[..end], &self.limits)
    }

    /// Returns the catalogue's object id and dictionary (ISO 32000-2, 7.7.2).
    ///
    /// # Errors
    /// [`PdfError::Damaged`] where `/Root` is not a reference to a dictionary.
    pub fn catalog(&self) -> Result<(ObjectId, &Dictionary), PdfError> {
        let root = self.document.trailer.get(b"Root").and_then(Object::as_reference);
        let missing = || PdfError::Damaged { at: self.bytes.len() as u64, what: "no catalogue".to_owned() };
        let id = root.map_err(|_| missing())?;
        Ok((id, self.document.get_dictionary(id).map_err(|_| missing())?))
    }

    /// Follows references to the object itself; a dangling or circular reference is `Null` (ISO 32000-2, 7.3.10).
    pub fn resolve<'a>(&'a self, object: &'a Object) -> &'a Object {
        self.document.dereference(object).map_or(&Object::Null, |(_, object)| object)
    }

    /// Returns an entry of a dictionary, references followed.
    pub fn entry<'a>(&'a self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        dictionary.get(key).ok().map(|object| self.resolve(object)).filter(|object| !object.is_null())
    }

    /// Returns the offset of the newest version of an object: of the first digit of its `N G obj`.
    /// None for an object that is free, unknown, or inside an object stream.
    pub fn object_offset(&self, id: ObjectId) -> Option<usize> {
        raw::object_offset(self, id)
    }

    /// Returns where the entries of an indirect dictionary stand in the file, in file order, repeated keys included.
    /// None where [`Pdf::object_offset`] is none, or where the bytes there are not that dictionary.
    pub fn raw_entries(&self, id: ObjectId) -> Option<Vec<RawEntry>> {
        raw::entries(self, id)
    }

    /// Returns the pages in order, inherited attributes resolved (ISO 32000-2, 7.7.3).
    ///
    /// # Errors
    /// [`PdfError::BadObject`] for a page tree that loops or is too deep, [`PdfError::TooLarge`] for too many pages.
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        page::pages(self, self.limits.pages)
    }
}

fn check_head(bytes: &[u8], limits: &Limits) -> Result<(), PdfError> {
    if bytes.is_empty() {
        return Err(PdfError::Empty);
    }
    let (found, allowed) = (bytes.len() as u64, limits.size_bytes.min(u64::from(u32::MAX)));
    if found > allowed {
        return Err(PdfError::TooLarge { what: "the size in bytes", found, allowed });
    }
    // Readers look for the header in the first 1024 bytes (ISO 32000-1, annex H, note 13).
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(5).any(|window| window == b"%PDF-").then_some(()).ok_or(PdfError::NotPdf)
}

fn load_error(bytes: &[u8], error: &lopdf::Error) -> PdfError {
    match error {
        lopdf::Error::Decryption(_) | lopdf::Error::AlreadyEncrypted | lopdf::Error::InvalidPassword => {
            PdfError::Encrypted
        }
        lopdf::Error::InvalidOffset(at) => {
            PdfError::Damaged { at: *at as u64, what: "an offset that leads nowhere".to_owned() }
        }
        other => PdfError::Damaged { at: bytes.len() as u64, what: other.to_string() },
    }
}
