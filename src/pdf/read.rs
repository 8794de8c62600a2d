//! Reading: a file's objects, revisions and pages; bounded before anything is allocated.

use super::encryption::Encryption;
use super::objects::Objects;
use super::page::{self, Page};
use super::raw::{self, RawEntry};
use super::rebuilt;
use super::revision::Revision;
use super::xref::{Chain, Entry, Xref, damaged};
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object, ObjectId, Stream};
use std::ops::Range;
use std::sync::Arc;

/// How many references in a row are followed before a value counts as missing.
const REFERENCE_CHAIN: usize = 16;
/// The largest file whose objects are searched for where its cross-reference data are wrong.
const REPAIRED_BYTES: u64 = 512 << 20;

/// A PDF file: its bytes, untouched, and what they mean. Objects are read when they are asked for.
pub struct Pdf {
    source: Source,
    objects: Objects,
    trailer: Dictionary,
    start: u64,
    is_exact: bool,
    head: u64,
    version: String,
    revisions: Vec<Revision>,
    replaced: Vec<(u32, Entry)>,
    sections: Vec<u64>,
    chain: Chain,
    repaired: bool,
    is_ambiguous: bool,
    password: Option<zeroize::Zeroizing<Vec<u8>>>,
    limits: Limits,
}

impl Pdf {
    /// Reads a file that has no password.
    ///
    /// A file whose cross-reference data are wrong is still read where its objects can be found, and then
    /// [`Pdf::is_repaired`]: it may be looked at, but is never updated and never passes validation.
    ///
    /// # Errors
    /// [`PdfError`] for what is empty, no PDF, locked by a password, over a limit, or damaged beyond reading.
    pub fn read(source: impl Into<Source>, limits: &Limits) -> Result<Self, PdfError> {
        Self::read_locked(source, None, limits)
    }

    /// Reads a file with a password, the user's or the owner's.
    ///
    /// # Errors
    /// Those of [`Pdf::read`].
    pub fn read_locked(source: impl Into<Source>, password: Option<&[u8]>, limits: &Limits) -> Result<Self, PdfError> {
        Self::read_beside(source.into(), password, limits, None)
    }

    /// Reads a file, and shares what is read with another revision of it.
    fn read_beside(
        source: Source,
        password: Option<&[u8]>,
        limits: &Limits,
        other: Option<&Self>,
    ) -> Result<Self, PdfError> {
        let (head, version) = check_head(&source, limits)?;
        let limits = &limits.of_size(source.size_bytes());
        let known = other.map(|other| &other.chain);
        let mut pdf = match Self::as_written(&source, limits, known.unwrap_or(&Chain::new())) {
            Ok(mut pdf) => {
                other.iter().for_each(|other| pdf.objects.share_with(&other.objects));
                pdf
            }
            Err(PdfError::Damaged { at, what }) => Self::rebuilt(&source, limits, damaged(at, &what))?,
            Err(error) => return Err(error),
        };
        (pdf.head, pdf.version) = (head, version);
        pdf.password = password.map(|password| password.to_vec().into());
        pdf.unlock(password)?;
        if pdf.catalog().is_err() {
            pdf.trouble()?;
            if pdf.repaired || pdf.objects.encryption.is_some() {
                return Err(damaged(source.size_bytes(), "no catalogue"));
            }
            let version = std::mem::take(&mut pdf.version);
            pdf = Self::rebuilt(&source, limits, damaged(source.size_bytes(), "no catalogue"))?;
            (pdf.head, pdf.version) = (head, version);
            pdf.catalog()?;
        }
        Ok(pdf)
    }

    /// Reads the cross-reference data as they are written.
    fn as_written(source: &Source, limits: &Limits, known: &Chain) -> Result<Self, PdfError> {
        let xref = Xref::read(source, limits, known)?;
        Ok(Self {
            objects: Objects::new(source.clone(), *limits, xref.entries),
            source: source.clone(),
            trailer: xref.trailer,
            start: xref.start,
            is_exact: xref.is_exact,
            head: 0,
            version: String::new(),
            revisions: xref.revisions,
            replaced: xref.replaced,
            sections: xref.sections,
            chain: xref.chain,
            repaired: false,
            is_ambiguous: xref.is_ambiguous,
            password: None,
            limits: *limits,
        })
    }

    /// Searches for the objects of a file whose cross-reference data are wrong.
    fn rebuilt(source: &Source, limits: &Limits, why: PdfError) -> Result<Self, PdfError> {
        if source.size_bytes() > REPAIRED_BYTES {
            return Err(why);
        }
        let (entries, trailer) = rebuilt::search(source, limits)?;
        if trailer.has(b"Encrypt") {
            return Err(PdfError::Encrypted);
        }
        if !trailer.has(b"Root") {
            return Err(why);
        }
        Ok(Self {
            objects: Objects::new(source.clone(), *limits, entries),
            source: source.clone(),
            trailer,
            start: 0,
            is_exact: false,
            head: 0,
            version: String::new(),
            revisions: Vec::new(),
            replaced: Vec::new(),
            sections: Vec::new(),
            chain: Chain::new(),
            repaired: true,
            is_ambiguous: false,
            password: None,
            limits: *limits,
        })
    }

    fn unlock(&mut self, password: Option<&[u8]>) -> Result<(), PdfError> {
        let Ok(place) = self.trailer.get(b"Encrypt") else { return Ok(()) };
        let found = match place {
            Object::Reference(id) => self.objects.get(*id).map(|object| (Some(*id), object.clone())),
            other => Some((None, other.clone())),
        };
        let Some((id, Object::Dictionary(dictionary))) = found else { return Err(PdfError::Encrypted) };
        let encryption = Encryption::open(&self.trailer, (id, dictionary), password)?;
        // What was read so far was read in its locked form.
        let mut unlocked = Objects::new(self.source.clone(), self.limits, self.objects.entries().to_vec());
        unlocked.share_with(&self.objects);
        unlocked.encryption = Some(encryption);
        self.objects = unlocked;
        Ok(())
    }

    /// Returns the file's bytes.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the newest trailer; the dictionary of the cross-reference stream where that is one (ISO 32000-2, 7.5.5).
    pub fn trailer(&self) -> &Dictionary {
        &self.trailer
    }

    /// Returns the offset of the newest cross-reference section.
    pub fn xref_start(&self) -> u64 {
        self.start
    }

    /// Returns whether the newest cross-reference section, where it is a stream, is exactly what readers agree on: as many
    /// rows as it says, of types that all know, by no filter but Flate.
    pub fn is_xref_exact(&self) -> bool {
        self.is_exact
    }

    /// Returns the offset of `%PDF-`; readers differ in whether offsets count from there where that is not 0.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Returns the version that the header states, for example `1.7`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the cross-reference entries, by object number.
    pub fn entries(&self) -> &[(u32, Entry)] {
        self.objects.entries()
    }

    /// Returns the cross-reference entry of an object number.
    pub fn place(&self, number: u32) -> Option<Entry> {
        self.objects.entry(number)
    }

    /// Returns what older cross-reference sections say of numbers of which a newer one says something else.
    pub(super) fn replaced(&self) -> &[(u32, Entry)] {
        &self.replaced
    }

    /// Returns the offsets of all cross-reference sections in file order, those of streams beside tables included.
    pub fn sections(&self) -> &[u64] {
        &self.sections
    }

    /// Returns the `/Type` of the object that stands at an offset, whatever the cross-reference data place there.
    pub(super) fn kind_at(&self, id: ObjectId, offset: u64) -> Option<Vec<u8>> {
        self.objects.kind_at(id, offset)
    }

    /// Returns the offset behind the object that stands at an offset, its stream's data included.
    pub(super) fn end_at(&self, id: ObjectId, offset: u64) -> Option<u64> {
        self.objects.end_at(id, offset)
    }

    /// Returns the numbers of the objects in an object stream.
    pub(super) fn contained(&self, number: u32) -> Vec<u32> {
        self.objects.contained(number)
    }

    /// Returns the revisions, oldest first; none where [`Pdf::is_repaired`].
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// Returns how many bytes follow the last revision's end.
    pub fn trailing_bytes(&self) -> u64 {
        self.revisions.last().map_or(0, |last| self.source.size_bytes() - last.end)
    }

    /// Returns whether the cross-reference data are wrong and the objects were found by searching.
    pub fn is_repaired(&self) -> bool {
        self.repaired
    }

    /// Returns whether a cross-reference section lists an object twice, or is a stream that names a further one beside it:
    /// readers differ in which of the two they believe.
    pub fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// Returns whether the file is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.objects.encryption.is_some()
    }

    pub(super) fn encryption(&self) -> Option<&Encryption> {
        self.objects.encryption.as_ref()
    }

    /// Takes work out of what reading this file may cost.
    pub(super) fn spend(&self, bytes: u64) -> Option<()> {
        self.objects.spend(bytes)
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Fails where an object in use does not stand where the cross-reference data place it.
    pub(super) fn check_heads(&self) -> Result<(), PdfError> {
        self.objects.check_heads()
    }

    /// Fails where anything but white space follows the last revision: it may be the rest of another.
    pub(super) fn check_end(&self, end: u64) -> Result<(), PdfError> {
        let mut is_white = true;
        self.source.pass(end..self.source.size_bytes(), &mut |rest| {
            is_white &= rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0));
        })?;
        if is_white { Ok(()) } else { Err(damaged(end, "bytes follow the end that its last %%EOF marks")) }
    }

    /// Fails where the medium failed: since then, objects may seem to be missing that the file has.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub fn trouble(&self) -> Result<(), PdfError> {
        self.objects.trouble()
    }

    /// Reads the file as it was when a revision (counted from 0) was its last.
    ///
    /// # Errors
    /// Those of [`Pdf::read`] over that prefix, and [`PdfError::Damaged`] for a revision that does not exist.
    pub fn at_revision(&self, index: usize) -> Result<Self, PdfError> {
        let Some(revision) = self.revisions.get(index) else {
            return Err(damaged(self.source.size_bytes(), &format!("there is no revision {index}")));
        };
        let password = self.password.as_ref().map(|password| password.as_slice());
        let earlier = Self::read_beside(self.source.prefix(revision.end), password, &self.limits, Some(self))?;
        earlier.trouble()?;
        Ok(earlier)
    }

    /// Reads another file with this one's password and limits: what an update made of it.
    ///
    /// # Errors
    /// Those of [`Pdf::read`].
    pub fn reread(&self, source: Source) -> Result<Self, PdfError> {
        Self::read_locked(source, self.password.as_ref().map(|password| password.as_slice()), &self.limits)
    }

    /// Returns the catalogue's object id and dictionary (ISO 32000-2, 7.7.2).
    ///
    /// # Errors
    /// [`PdfError::Damaged`] where `/Root` is not a reference to a dictionary.
    pub fn catalog(&self) -> Result<(ObjectId, &Dictionary), PdfError> {
        let root = self.trailer.get(b"Root").and_then(Object::as_reference).ok();
        let found = root.and_then(|id| Some((id, self.dictionary(id)?)));
        found.ok_or_else(|| damaged(self.source.size_bytes(), "no catalogue"))
    }

    /// Returns an object. None for one that is free, unknown, of another generation, or not readable where the
    /// cross-reference data place it.
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id)
    }

    /// Returns an object that is a dictionary; a stream is none.
    pub fn dictionary(&self, id: ObjectId) -> Option<&Dictionary> {
        match self.object(id)? {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// Returns the references written in an object, without keeping it or reading its stream's data. None where the
    /// cross-reference data place it and it cannot be read there.
    pub fn references(&self, id: ObjectId) -> Option<Arc<[ObjectId]>> {
        self.objects.references(id)
    }

    /// Returns those of an object's references that only some readers see: of a key that stands twice in a dictionary, the
    /// last value counts here, and the first elsewhere. None of an object that was not read yet.
    pub fn overruled_references(&self, id: ObjectId) -> Arc<[ObjectId]> {
        self.objects.overruled(id)
    }

    /// Returns the offset behind an object that stands in the open, its stream's data included.
    pub fn object_end(&self, id: ObjectId) -> Option<u64> {
        self.objects.end(id)
    }

    /// Returns where the data of a stream stand in the file.
    pub fn stream_range(&self, id: ObjectId) -> Option<Range<u64>> {
        self.objects.stream_range(id)
    }

    /// Follows references to the object itself; a dangling or circular reference is `Null` (ISO 32000-2, 7.3.10).
    pub fn resolve<'a>(&'a self, object: &'a Object) -> &'a Object {
        let mut object = object;
        for _ in 0..REFERENCE_CHAIN {
            match object {
                Object::Reference(id) => object = self.object(*id).unwrap_or(&Object::Null),
                other => return other,
            }
        }
        &Object::Null
    }

    /// Returns an entry of a dictionary, references followed; null counts as missing.
    pub fn entry<'a>(&'a self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        dictionary.get(key).ok().map(|object| self.resolve(object)).filter(|object| !object.is_null())
    }

    /// Returns the offset of the newest version of an object: of the first digit of its `N G obj`.
    /// None for an object that is free, unknown, or inside an object stream.
    pub fn object_offset(&self, id: ObjectId) -> Option<u64> {
        match self.place(id.0)? {
            Entry::At { offset, generation } if generation == id.1 => Some(offset),
            _ => None,
        }
    }

    /// Returns the data of a stream, inflated; none where they cannot be inflated, are longer than that, or where the file
    /// has asked for too much of this (then [`Pdf::trouble`] says so).
    pub fn inflated(&self, stream: &Stream, most_bytes: usize) -> Option<Vec<u8>> {
        self.objects.inflated(stream, most_bytes)
    }

    /// Returns where the entries of an indirect dictionary stand in the file, in file order, repeated keys included.
    /// None where [`Pdf::object_offset`] is none, or where the bytes there are not that dictionary.
    pub fn raw_entries(&self, id: ObjectId) -> Option<Vec<RawEntry>> {
        raw::entries(self, id, None)
    }

    /// Returns the same of the direct dictionary that is the value of a key of an indirect dictionary. None, too, where
    /// the key stands there twice.
    pub fn raw_entries_inside(&self, id: ObjectId, key: &[u8]) -> Option<Vec<RawEntry>> {
        raw::entries(self, id, Some(key))
    }

    /// Returns the pages in order, inherited attributes resolved (ISO 32000-2, 7.7.3).
    ///
    /// # Errors
    /// [`PdfError::BadObject`] for a page tree that loops or is too deep, [`PdfError::TooLarge`] for too many pages.
    pub fn pages(&self) -> Result<Vec<Page>, PdfError> {
        page::pages(self, self.limits.pages)
    }

    /// Returns a page by its number from 1, and reads no page behind it.
    ///
    /// # Errors
    /// [`PdfError::NoPage`], and those of [`Pdf::pages`].
    pub fn page(&self, number: usize) -> Result<Page, PdfError> {
        page::page(self, number, self.limits.pages)
    }
}

impl std::fmt::Debug for Pdf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (objects, revisions) = (self.entries().len(), self.revisions.len());
        f.debug_struct("Pdf")
            .field("source", &self.source)
            .field("objects", &objects)
            .field("revisions", &revisions)
            .finish()
    }
}

/// Holds the head of a file to what it must be, and returns its offset and version.
fn check_head(source: &Source, limits: &Limits) -> Result<(u64, String), PdfError> {
    const MARK: &[u8] = b"%PDF-";
    if source.size_bytes() == 0 {
        return Err(PdfError::Empty);
    }
    let (found, allowed) = (source.size_bytes(), limits.size_bytes);
    if found > allowed {
        return Err(PdfError::TooLarge { what: "the size in bytes", found, allowed });
    }
    // Readers look for the header in the first 1024 bytes (ISO 32000-1, annex H, note 13).
    let head = source.read(0..found.min(1024))?;
    let at = memchr::memmem::find(&head, MARK).ok_or(PdfError::NotPdf)?;
    let version = head[at + MARK.len()..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').take(4);
    Ok((at as u64, version.map(|byte| char::from(*byte)).collect()))
}
