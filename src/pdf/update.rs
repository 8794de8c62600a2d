//! The incremental update (ISO 32000-2, 7.5.6): new and changed objects after the base's bytes, in the base's own form.

use super::revision::XrefKind;
use super::xref::HIGHEST_NUMBER;
use super::{Pdf, PdfError, Source};
use crate::digest::DigestAlgorithm;
use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat, Writer};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The highest object number that readers accept, less room for an update.
const HIGHEST_OBJECT: u32 = HIGHEST_NUMBER as u32 - 65_536;

/// Exact text for one entry of one dictionary of the update, whose place in the file the caller must learn.
///
/// This is how fixed-width room is kept for values that are known only after everything else is written.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// The object, a dictionary of this update.
    pub object: ObjectId,
    /// The entry's key, without the slash.
    pub key: Vec<u8>,
    /// The value, written as it is.
    pub text: Vec<u8>,
}

/// A file with an incremental update: the base's bytes, untouched, and what follows them.
#[derive(Clone, Debug)]
pub struct Appended {
    base: Source,
    tail: Vec<u8>,
}

impl Appended {
    /// Returns a file as it is, with nothing behind it.
    pub fn unchanged(base: Source) -> Self {
        Self { base, tail: Vec::new() }
    }

    /// Returns the file with a further update, which must be one of this file.
    pub fn and(mut self, further: &Self) -> Self {
        debug_assert_eq!(further.base.size_bytes(), self.size_bytes());
        self.tail.extend_from_slice(&further.tail);
        self
    }

    /// Returns the base.
    pub fn base(&self) -> &Source {
        &self.base
    }

    /// Returns what follows the base's bytes.
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Returns what follows the base's bytes, for filling in what was reserved there.
    pub fn tail_mut(&mut self) -> &mut [u8] {
        &mut self.tail
    }

    /// Returns the size of the whole file in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.base.size_bytes() + self.tail.len() as u64
    }

    /// Returns the whole file as a source.
    pub fn source(&self) -> Source {
        self.base.followed_by(Arc::from(self.tail.as_slice()))
    }

    /// Reads the whole file into memory.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub fn to_vec(&self) -> Result<Vec<u8>, PdfError> {
        let mut whole = Vec::with_capacity(usize::try_from(self.size_bytes()).unwrap_or_default());
        self.base.pass(0..self.base.size_bytes(), &mut |bytes| whole.extend_from_slice(bytes))?;
        whole.extend_from_slice(&self.tail);
        Ok(whole)
    }
}

/// An incremental update in the making.
#[derive(Debug)]
pub struct Update<'a> {
    base: &'a Pdf,
    kind: XrefKind,
    previous: u64,
    objects: BTreeMap<ObjectId, Object>,
    next: u32,
}

impl<'a> Update<'a> {
    /// Starts an update of a file.
    ///
    /// # Errors
    /// [`PdfError::Repaired`] and [`PdfError::Damaged`] where the base's cross-reference data are not as written: the
    /// update could not point at it, and what it shows would be a guess. [`PdfError::Protected`].
    pub fn new(base: &'a Pdf) -> Result<Self, PdfError> {
        let last = base.revisions().last().filter(|_| !base.is_repaired()).ok_or(PdfError::Repaired)?;
        base.check_heads()?;
        base.check_end(last.end)?;
        if base.encryption().is_some_and(|encryption| !encryption.may_sign()) {
            return Err(PdfError::Protected);
        }
        // /Size is one more than the highest number in use, but writers have been seen to state less.
        let stated = base.trailer().get(b"Size").and_then(Object::as_i64).unwrap_or(0);
        let known = base.entries().last().map_or(0, |(number, _)| *number);
        let next = known.saturating_add(1).max(u32::try_from(stated).unwrap_or(0)).max(1);
        if next > HIGHEST_OBJECT {
            let (found, allowed) = (u64::from(next), u64::from(HIGHEST_OBJECT));
            return Err(PdfError::TooLarge { what: "the highest object number", found, allowed });
        }
        Ok(Self { base, kind: last.kind, previous: last.startxref, objects: BTreeMap::new(), next })
    }

    /// Returns a fresh object number.
    pub fn allocate(&mut self) -> ObjectId {
        let id = (self.next, 0);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Adds an object under a fresh number, which it returns.
    pub fn add(&mut self, object: impl Into<Object>) -> ObjectId {
        let id = self.allocate();
        self.set(id, object);
        id
    }

    /// Sets a new or changed object.
    pub fn set(&mut self, id: ObjectId, object: impl Into<Object>) {
        self.objects.insert(id, object.into());
    }

    /// Returns an object as this update leaves it.
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(&id).or_else(|| self.base.object(id))
    }

    /// Returns a dictionary object as this update leaves it, copied so that it can be changed and [`Update::set`].
    ///
    /// # Errors
    /// [`PdfError::BadObject`] where there is no such dictionary.
    pub fn dictionary(&self, id: ObjectId) -> Result<Dictionary, PdfError> {
        let found = self.object(id).and_then(|object| object.as_dict().ok());
        found.cloned().ok_or_else(|| PdfError::BadObject { id, what: "not a dictionary".to_owned() })
    }

    /// Writes the update.
    ///
    /// # Errors
    /// [`PdfError::TooLarge`] where the result would be larger than what is read, [`PdfError::BadObject`] for an object
    /// that cannot be written, [`PdfError::Read`] where the base's medium failed meanwhile.
    pub fn finish(self) -> Result<Appended, PdfError> {
        self.finish_reserved(&[]).map(|(appended, _)| appended)
    }

    /// Writes as [`Update::finish`] does, and returns where in the tail each reservation's text stands.
    ///
    /// # Errors
    /// Those of [`Update::finish`], and [`PdfError::BadObject`] for a reservation in what is not a dictionary of this update.
    pub fn finish_reserved(mut self, reservations: &[Reservation]) -> Result<(Appended, Vec<Range<usize>>), PdfError> {
        let source = self.base.source();
        let mut out = Tail { base_bytes: source.size_bytes(), bytes: Vec::with_capacity(64 << 10) };
        let last = source.read(source.size_bytes().saturating_sub(1)..source.size_bytes())?;
        if !matches!(*last, [b'\n' | b'\r']) {
            out.bytes.push(b'\n');
        }
        let mut spans = vec![0..0; reservations.len()];
        let mut offsets = BTreeMap::new();
        for (id, object) in std::mem::take(&mut self.objects) {
            offsets.insert(id, out.offset());
            let object = match self.base.encryption() {
                Some(encryption) => encryption.encrypt(id, object)?,
                None => object,
            };
            write_object(&mut out.bytes, id, &object, reservations, &mut spans)?;
        }
        if let Some(index) = spans.iter().position(Range::is_empty) {
            let id = reservations[index].object;
            return Err(PdfError::BadObject { id, what: "nothing of this update reserves room there".to_owned() });
        }
        let trailer = self.trailer(&out);
        match self.kind {
            XrefKind::Stream => self.write_xref_stream(&mut out, offsets, trailer)?,
            XrefKind::Table | XrefKind::Hybrid => write_xref_table(&mut out, &offsets, trailer, self.next),
        }
        let (found, allowed) = (out.offset(), self.base.limits().size_bytes);
        if found > allowed {
            return Err(PdfError::TooLarge { what: "the size in bytes", found, allowed });
        }
        // What seemed to be missing may only have been unreadable.
        self.base.trouble()?;
        Ok((Appended { base: source.clone(), tail: out.bytes }, spans))
    }

    /// Returns the trailer entries of the update: the base's, with `/Prev`, and a new second part of `/ID` (14.4).
    fn trailer(&self, out: &Tail) -> Dictionary {
        let base = self.base.trailer();
        let mut trailer = Dictionary::new();
        for key in [b"Root".as_slice(), b"Info", b"Encrypt"] {
            if let Ok(value) = base.get(key) {
                trailer.set(key, value.clone());
            }
        }
        let mut whole = DigestAlgorithm::Sha256.digest(&out.bytes).bytes;
        whole.extend_from_slice(&out.offset().to_be_bytes());
        let second = DigestAlgorithm::Sha256.digest(&whole).bytes[..16].to_vec();
        let first = base.get(b"ID").and_then(Object::as_array).ok().and_then(|pair| pair.first()?.as_str().ok());
        let first = first.map_or_else(|| second.clone(), <[u8]>::to_vec);
        let part = |bytes| Object::String(bytes, StringFormat::Hexadecimal);
        trailer.set("ID", Object::Array(vec![part(first), part(second)]));
        trailer.set("Prev", Object::Integer(i64::try_from(self.previous).unwrap_or(i64::MAX)));
        trailer
    }

    /// Writes a cross-reference stream (7.5.8) that lists the update's objects and itself.
    fn write_xref_stream(
        &mut self,
        out: &mut Tail,
        mut offsets: BTreeMap<ObjectId, u64>,
        mut dictionary: Dictionary,
    ) -> Result<(), PdfError> {
        let id = self.allocate();
        let start = out.offset();
        offsets.insert(id, start);
        let mut rows = Vec::with_capacity(offsets.len() * 11);
        for (id, offset) in &offsets {
            rows.push(1);
            rows.extend_from_slice(&offset.to_be_bytes());
            rows.extend_from_slice(&id.1.to_be_bytes());
        }
        let index = runs(&offsets).into_iter().flat_map(|run| [run[0].0.0 as usize, run.len()]);
        dictionary.set("Type", "XRef");
        dictionary.set("Size", i64::from(self.next));
        dictionary.set("W", vec![1.into(), 8.into(), 2.into()]);
        dictionary.set("Index", index.map(|number| Object::Integer(number as i64)).collect::<Vec<_>>());
        let stream = Object::Stream(Stream::new(dictionary, rows));
        write_object(&mut out.bytes, id, &stream, &[], &mut [])?;
        out.bytes.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        Ok(())
    }
}

/// What is written behind the base.
struct Tail {
    base_bytes: u64,
    bytes: Vec<u8>,
}

impl Tail {
    /// Returns the offset in the file of what is written next.
    fn offset(&self) -> u64 {
        self.base_bytes + self.bytes.len() as u64
    }
}

/// Writes a cross-reference table (7.5.4) and trailer.
fn write_xref_table(out: &mut Tail, offsets: &BTreeMap<ObjectId, u64>, mut trailer: Dictionary, size: u32) {
    let start = out.offset();
    let out = &mut out.bytes;
    out.extend_from_slice(b"xref\n");
    for run in runs(offsets) {
        out.extend_from_slice(format!("{} {}\n", run[0].0.0, run.len()).as_bytes());
        for (id, offset) in run {
            out.extend_from_slice(format!("{offset:010} {:05} n \n", id.1).as_bytes());
        }
    }
    trailer.set("Size", i64::from(size));
    out.extend_from_slice(b"trailer\n");
    // Writing to a vector cannot fail.
    let _ = Writer::write_object(out, &Object::Dictionary(trailer));
    out.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
}

/// Groups entries of consecutive object numbers.
fn runs(offsets: &BTreeMap<ObjectId, u64>) -> Vec<Vec<(ObjectId, u64)>> {
    let mut runs: Vec<Vec<(ObjectId, u64)>> = Vec::new();
    for (id, offset) in offsets {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(last, _)| last.0 + 1 == id.0) => run.push((*id, *offset)),
            _ => runs.push(vec![(*id, *offset)]),
        }
    }
    runs
}

fn write_object(
    out: &mut Vec<u8>,
    id: ObjectId,
    object: &Object,
    reservations: &[Reservation],
    spans: &mut [Range<usize>],
) -> Result<(), PdfError> {
    let unwritable = |error: std::io::Error| PdfError::BadObject { id, what: error.to_string() };
    out.extend_from_slice(format!("{} {} obj\n", id.0, id.1).as_bytes());
    let mine: Vec<usize> = (0..reservations.len()).filter(|index| reservations[*index].object == id).collect();
    match object {
        Object::Dictionary(dictionary) if !mine.is_empty() => {
            let mut rest = dictionary.clone();
            mine.iter().for_each(|index| {
                rest.remove(&reservations[*index].key);
            });
            Writer::write_object(out, &Object::Dictionary(rest)).map_err(unwritable)?;
            // Reopen the dictionary: the reserved entries come last.
            out.truncate(out.len() - b">>".len());
            for index in mine {
                Writer::write_object(out, &Object::Name(reservations[index].key.clone())).map_err(unwritable)?;
                out.push(b' ');
                spans[index] = out.len()..out.len() + reservations[index].text.len();
                out.extend_from_slice(&reservations[index].text);
            }
            out.extend_from_slice(b">>");
        }
        other => Writer::write_object(out, other).map_err(unwritable)?,
    }
    out.extend_from_slice(b"\nendobj\n");
    Ok(())
}
