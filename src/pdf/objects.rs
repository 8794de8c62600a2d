//! The objects of a file, read when they are asked for and kept (ISO 32000-2, 7.3.10, 7.5.7).

use super::container::Container;
use super::effort::Left;
use super::encryption::Encryption;
use super::lexer::Lexer;
use super::window::{stream_data, window};
use super::xref::Entry;
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object, ObjectId, Stream};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The most bytes an object may have without its stream's data.
const OBJECT_BYTES: usize = 64 << 20;
/// How much of the file is searched at a time for the end of a stream whose length is wrong.
const STEP_BYTES: u64 = 1 << 20;

/// The longest `N G obj`, white space and short comments included.
const HEAD_BYTES: u64 = 64;

/// The longest way from the end of a stream's data to behind `endstream`.
const MARK_BYTES: u64 = 64;

/// What looking for an object counts for beside the bytes that are looked at.
pub(super) const LEAST_WORK: u64 = 64;

type Cell = OnceLock<Option<Box<Object>>>;

/// The objects of one file as its cross-reference data place them.
pub(super) struct Objects {
    source: Source,
    pub(super) limits: Limits,
    entries: Vec<(u32, Entry)>,
    cells: Vec<Cell>,
    pub(super) containers: Mutex<Vec<(u32, Arc<Container>)>>,
    pub(super) encryption: Option<Encryption>,
    trouble: Arc<OnceLock<Trouble>>,
    extents: Arc<Mutex<HashMap<u64, Extent>>>,
    overruled: Mutex<HashMap<ObjectId, Vec<ObjectId>>>,
    pub(super) work: Arc<Left>,
    pub(super) room: Left,
}

/// Why an object may seem to be missing that the file has.
#[derive(Clone, Copy)]
enum Trouble {
    /// The medium failed.
    Medium(std::io::ErrorKind),
    /// The file asks for more work or memory than a file of its size may.
    Costly,
}

/// Where a dictionary or stream ends: the same in every revision that reaches behind what was looked at to tell.
#[derive(Clone, Copy)]
struct Extent {
    id: ObjectId,
    end: u64,
    /// Behind the last byte that was looked at.
    seen: u64,
}

/// An object at an offset, where it ends, and where its stream's data begin if it has any.
struct Placed {
    object: Object,
    end: u64,
    data: Option<u64>,
    /// Behind the last byte that was looked at.
    seen: u64,
    /// The memory that the object takes, without its stream's data.
    weight: usize,
}

impl Objects {
    pub(super) fn new(source: Source, limits: Limits, entries: Vec<(u32, Entry)>) -> Self {
        let cells = entries.iter().map(|_| Cell::new()).collect();
        let (containers, extents) = (Mutex::new(Vec::new()), Arc::default());
        let size = source.size_bytes();
        let (work, room, trouble) = (Arc::new(Left::work(size)), Left::room(size), Arc::default());
        let overruled = Mutex::default();
        Self { source, limits, entries, cells, containers, encryption: None, trouble, extents, overruled, work, room }
    }

    /// Shares what is known of where objects end, and what reading may cost, with another revision of the same file.
    pub(super) fn share_with(&mut self, other: &Self) {
        self.extents = Arc::clone(&other.extents);
        self.work = Arc::clone(&other.work);
        self.trouble = Arc::clone(&other.trouble);
    }

    /// Returns the cross-reference entries by object number.
    pub(super) fn entries(&self) -> &[(u32, Entry)] {
        &self.entries
    }

    /// Returns the entry of a number.
    pub(super) fn entry(&self, number: u32) -> Option<Entry> {
        self.place(number).map(|index| self.entries[index].1)
    }

    /// Fails where an object in use does not stand where it should: which bytes were meant would be a guess.
    pub(super) fn check_heads(&self) -> Result<(), PdfError> {
        for (number, entry) in &self.entries {
            let Entry::At { offset, generation } = entry else { continue };
            let end = offset.saturating_add(HEAD_BYTES).min(self.source.size_bytes());
            let bytes = if *offset < end { self.source.read(*offset..end)? } else { Default::default() };
            let mut lexer = Lexer::new(&bytes);
            lexer.white();
            if lexer.object_head() != Some((*number, *generation)) {
                let what =
                    format!("object {number} {generation} does not stand where the cross-reference data place it");
                return Err(PdfError::Damaged { at: *offset, what });
            }
        }
        Ok(())
    }

    /// Returns the first trouble: since then, objects may be missing that the file has.
    pub(super) fn trouble(&self) -> Result<(), PdfError> {
        match self.trouble.get() {
            None => Ok(()),
            Some(Trouble::Medium(kind)) => Err(PdfError::Read((*kind).into())),
            Some(Trouble::Costly) => {
                let allowed = Left::work(self.source.size_bytes()).bytes() as u64;
                Err(PdfError::TooLarge { what: "the work that reading its objects takes", found: allowed + 1, allowed })
            }
        }
    }

    /// Takes work out of what is allowed; where there is no more of it, that is trouble.
    pub(super) fn spend(&self, bytes: u64) -> Option<()> {
        self.allowed(self.work.take(bytes))
    }

    pub(super) fn allowed(&self, allowed: bool) -> Option<()> {
        if !allowed {
            self.trouble.get_or_init(|| Trouble::Costly);
        }
        allowed.then_some(())
    }

    /// Returns the dictionary of an object or stream, without keeping it.
    pub(super) fn dictionary(&self, id: ObjectId) -> Option<Dictionary> {
        let Entry::At { offset, .. } = self.entry(id.0).filter(|entry| entry.is_of(id.1))? else { return None };
        match self.placed(id, offset)?.object {
            Object::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// Returns the `/Type` of an object or stream, without keeping it.
    pub(super) fn kind(&self, id: ObjectId) -> Option<Vec<u8>> {
        self.dictionary(id)?.get(b"Type").and_then(Object::as_name).ok().map(<[u8]>::to_vec)
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.entries.binary_search_by_key(&number, |(number, _)| *number).ok()
    }

    /// Returns an object. None for one that is free, unknown, of another generation, or not readable where it should be.
    pub(super) fn get(&self, id: ObjectId) -> Option<&Object> {
        let index = self.place(id.0)?;
        let entry = self.entries[index].1;
        if !entry.is_of(id.1) {
            return None;
        }
        self.cells[index].get_or_init(|| self.load(id, entry).map(Box::new)).as_deref()
    }

    /// Returns the references in values of an object that was read, whose keys stood again in their dictionary.
    pub(super) fn overruled(&self, id: ObjectId) -> Vec<ObjectId> {
        self.overruled.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned().unwrap_or_default()
    }

    pub(super) fn note_overruled(&self, id: ObjectId, found: Vec<ObjectId>) {
        if !found.is_empty() {
            self.overruled.lock().unwrap_or_else(PoisonError::into_inner).insert(id, found);
        }
    }

    /// Returns the references written in an object, those included that only some readers see, without keeping it or
    /// reading its stream's data.
    pub(super) fn references(&self, id: ObjectId) -> Vec<ObjectId> {
        let mut found = Vec::new();
        let Some(index) = self.place(id.0) else { return found };
        let entry = self.entries[index].1;
        match (self.cells[index].get(), entry) {
            (Some(kept), _) if entry.is_of(id.1) => kept.iter().for_each(|object| references(object, &mut found)),
            (None, Entry::At { offset, generation }) if generation == id.1 => {
                let placed = self.placed(id, offset);
                placed.iter().for_each(|placed| references(&placed.object, &mut found));
            }
            (None, Entry::InStream { container, index }) if id.1 == 0 => {
                let inside = self.inside(id, container, index);
                inside.iter().for_each(|(object, _)| references(object, &mut found));
            }
            _ => {}
        }
        found.extend(self.overruled(id));
        found
    }

    /// Returns where the data of a stream stand in the file.
    pub(super) fn stream_range(&self, id: ObjectId) -> Option<std::ops::Range<u64>> {
        let Entry::At { offset, .. } = self.entry(id.0).filter(|entry| entry.is_of(id.1))? else { return None };
        let placed = self.placed(id, offset)?;
        let start = placed.data?;
        Some(start..self.data_end(placed.object.as_dict().ok()?, start)?)
    }

    /// Returns the offset behind an object in the open, its stream's data included, without keeping it.
    pub(super) fn end(&self, id: ObjectId) -> Option<u64> {
        let Entry::At { offset, .. } = self.entry(id.0).filter(|entry| entry.is_of(id.1))? else { return None };
        let size = self.source.size_bytes();
        let extents = || self.extents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = extents().get(&offset).filter(|known| known.id == id && known.seen <= size) {
            return Some(known.end);
        }
        let placed = self.placed(id, offset)?;
        let Object::Dictionary(dictionary) = &placed.object else { return Some(placed.end) };
        let (end, seen) = match placed.data {
            None => (placed.end, placed.seen),
            Some(start) => {
                let end = self.data_end(dictionary, start)?;
                let stated = dictionary.get(b"Length").and_then(Object::as_i64).ok();
                // A length that is another object's value, or wrong, is another matter in every revision.
                let is_stated = stated.is_some_and(|length| i128::from(length) == i128::from(end - start));
                (end, if is_stated { end + MARK_BYTES } else { u64::MAX })
            }
        };
        if seen <= size {
            extents().insert(offset, Extent { id, end, seen });
        }
        Some(end)
    }

    fn load(&self, id: ObjectId, entry: Entry) -> Option<Object> {
        match entry {
            Entry::Free => None,
            Entry::At { offset, .. } => self.load_placed(id, offset),
            Entry::InStream { container, index } => self.load_inside(id, container, index),
        }
    }

    /// Reads an object that will be kept.
    fn load_placed(&self, id: ObjectId, offset: u64) -> Option<Object> {
        let (object, weight) = self.whole(id, offset)?;
        self.allowed(self.room.take(weight))?;
        Some(object)
    }

    /// Reads an object with its stream's data, and tells the memory that it takes.
    pub(super) fn whole(&self, id: ObjectId, offset: u64) -> Option<(Object, u64)> {
        let placed = self.placed(id, offset)?;
        let mut weight = placed.weight as u64;
        let object = match (placed.object, placed.data) {
            (Object::Dictionary(dictionary), Some(start)) => {
                let end = self.data_end(&dictionary, start)?;
                if end - start > self.limits.inflated_bytes as u64 {
                    return None;
                }
                weight += end - start;
                self.allowed(weight <= self.room.bytes() as u64)?;
                let data = self.noted(self.source.read(start..end).map_err(PdfError::from))?;
                let length = dictionary.get(b"Length").ok().cloned();
                let mut stream = Stream::new(dictionary, data.into_owned());
                if let Some(length) = length {
                    stream.dict.set("Length", length);
                }
                Object::Stream(stream)
            }
            (object, _) => object,
        };
        match &self.encryption {
            Some(encryption) => Some((encryption.decrypt(id, object)?, weight)),
            None => Some((object, weight)),
        }
    }

    /// Reads `N G obj` and the object behind it.
    fn placed(&self, id: ObjectId, offset: u64) -> Option<Placed> {
        // Before and behind: what is spent is not looked at any more.
        self.spend(LEAST_WORK)?;
        let (mut looked, mut is_full, mut overruled) = (0, false, Vec::new());
        let read = window(&self.source, offset, OBJECT_BYTES, |lexer| {
            lexer.allow(self.room.bytes());
            let found = placed(lexer, id, offset);
            (looked, is_full, overruled) = (lexer.position(), lexer.is_full(), lexer.overruled());
            found
        });
        self.note_overruled(id, overruled);
        self.spend(looked as u64)?;
        self.allowed(!is_full)?;
        self.noted(read)?
    }

    /// Returns where a stream's data end: after its length, where `endstream` follows there, else at the next one.
    fn data_end(&self, dictionary: &Dictionary, start: u64) -> Option<u64> {
        let stated = match dictionary.get(b"Length") {
            Ok(Object::Integer(length)) => Some(*length),
            // Read afresh: a length may be asked for while its own cell is being filled.
            Ok(Object::Reference(id)) => match self.entry(id.0).filter(|entry| entry.is_of(id.1)) {
                Some(Entry::At { offset, .. }) => {
                    self.placed(*id, offset).and_then(|placed| placed.object.as_i64().ok())
                }
                Some(Entry::InStream { container, index }) => {
                    self.inside(*id, container, index).and_then(|(object, _)| object.as_i64().ok())
                }
                _ => None,
            },
            _ => None,
        };
        let stated = stated.and_then(|length| start.checked_add(u64::try_from(length).ok()?));
        let fits = |end: u64| {
            let ends = window(&self.source, end, MARK_BYTES as usize, |lexer| {
                lexer.white();
                Some(lexer.literally(b"endstream"))
            });
            self.noted(ends).flatten() == Some(true)
        };
        stated.filter(|end| fits(*end)).or_else(|| self.search_end(start))
    }

    fn search_end(&self, start: u64) -> Option<u64> {
        const WORD: &[u8] = b"endstream";
        self.spend(LEAST_WORK)?;
        let mut from = start;
        while from < self.source.size_bytes() {
            let to = (from + STEP_BYTES).min(self.source.size_bytes());
            let bytes = self.noted(self.source.read(from..to).map_err(PdfError::from))?;
            if let Some(at) = memchr::memmem::find(&bytes, WORD) {
                // One end of line before the word is not data (7.3.8.1).
                let end = from + at as u64;
                let before =
                    self.noted(self.source.read(start.max(end.saturating_sub(2))..end).map_err(PdfError::from))?;
                let line = match *before {
                    [b'\r', b'\n'] => 2,
                    [.., b'\r' | b'\n'] => 1,
                    _ => 0,
                };
                self.spend(end - start)?;
                return Some(end - line);
            }
            from = if to == self.source.size_bytes() { to } else { to - WORD.len() as u64 };
        }
        self.spend(self.source.size_bytes().saturating_sub(start))?;
        None
    }

    /// Notes a failure of the medium, so that a missing object is not taken for an object that is not there.
    fn noted<T>(&self, result: Result<T, PdfError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(PdfError::Read(error)) => {
                self.trouble.get_or_init(|| Trouble::Medium(error.kind()));
                None
            }
            Err(_) => None,
        }
    }
}

/// Reads `N G obj`, the object, and where its stream's data begin.
fn placed(lexer: &mut Lexer<'_>, id: ObjectId, offset: u64) -> Option<Placed> {
    lexer.white();
    if lexer.object_head()? != id {
        return None;
    }
    lexer.white();
    let object = lexer.object()?;
    let end = offset + lexer.position() as u64;
    let data = if matches!(object, Object::Dictionary(_)) { stream_data(lexer) } else { None };
    let seen = offset + (lexer.position() + b"stream\r\n".len()) as u64;
    Some(Placed { object, end, data: data.map(|data| offset + data as u64), seen, weight: lexer.used() })
}

impl Entry {
    /// Returns whether an object of this generation is meant.
    pub fn is_of(self, generation: u16) -> bool {
        match self {
            Self::Free => false,
            Self::At { generation: own, .. } => own == generation,
            Self::InStream { .. } => generation == 0,
        }
    }
}

/// Collects the references written in a value.
pub fn references(object: &Object, found: &mut Vec<ObjectId>) {
    match object {
        Object::Reference(id) => found.push(*id),
        Object::Array(items) => items.iter().for_each(|item| references(item, found)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| references(value, found)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, value)| references(value, found)),
        _ => {}
    }
}
